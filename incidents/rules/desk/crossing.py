"""Links between claims and attributions stay within one incident: figures are derived of one incident's claims only.

What organisations send is refused for it in entering_claims.py; here is what the desk enters.
"""

from collections.abc import Iterable

from incidents.models import Attribution, Claim
from incidents.rules.publication.rendering import LINKS, MODELS

Linked = Claim | Attribution


def links_of(model: type[Linked]) -> tuple[str, ...]:
    """The columns by which rows of this model name others of their incident."""
    return next(LINKS[part] for part in LINKS if MODELS[part] is model)


def crossing(row: Linked) -> list[str]:
    """The links of a row, as it is about to be, that lead to another incident than its own.

    They are read anew, however the row came by them: whoever asks holds the incident.
    """
    return [name for name in links_of(type(row)) if _leads_away(row, name)]


def to_itself(row: Linked) -> list[str]:
    """The links of a row that name the row itself."""
    return [name for name in links_of(type(row)) if _names_itself(row, name)]


def left_behind(row: Linked) -> list[Linked]:
    """What names a row, as it is about to be, in another incident than its own."""
    return [each for model, name in _pointing_to(type(row)) for each in _naming(model, name, row)]


def _names_itself(row: Linked, name: str) -> bool:
    key = getattr(row, f"{name}_id")
    return key is not None and key == row.pk and row._meta.get_field(name).related_model is type(row)


def _leads_away(row: Linked, name: str) -> bool:
    key = getattr(row, f"{name}_id")
    target = row._meta.get_field(name).related_model
    return key is not None and not target._default_manager.filter(pk=key, incident=row.incident_id).exists()  # type: ignore[union-attr]


def _pointing_to(model: type[Linked]) -> list[tuple[type[Linked], str]]:
    linked: tuple[type[Linked], ...] = (Claim, Attribution)
    return [(each, name) for each in linked for name in links_of(each) if _target(each, name) is model]


def _target(model: type[Linked], name: str) -> object:
    return model._meta.get_field(name).related_model


def _naming(model: type[Linked], name: str, row: Linked) -> Iterable[Linked]:
    found: Iterable[Linked] = model._default_manager.filter(**{name: row.pk}).exclude(incident=row.incident_id)
    return found
