"""A row as JSON values, what changed between two states of it, and which record a change counts as one of.

For the audit chain; what the public document says is rendering.py's matter.
"""

from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any

from django.db.models import Model, QuerySet

from incidents.models.gathering import Gathering, columns
from incidents.rules.trail.editing import PARENTS, UNCOUNTED

State = dict[str, Any]
# Of keys and webhooks: what opens and signs stands in its own row and nowhere else, sealed or digested as it is.
SECRETS = frozenset({"secret", "earlier_secret", "digest", "pepper_version"})
_UNSAID = UNCOUNTED | SECRETS | {"lease", "leased_until", "looked_at"}  # and whose turn it is, which nobody changes
_EXACT = 2**53
_PLAIN = (str, bool, type(None))


def state_of(row: Model) -> State:
    """The columns of a row and what it refers to many of, by name; how it is counted and dated is left out.

    So are secrets. References are primary keys. One query for each many-to-many field.
    """
    state = _columns(row)
    for several in row._meta.many_to_many:
        # Asked of the table anew: what a page has prefetched is older than what it saved.
        through = getattr(row, several.name).through._default_manager
        chosen = through.filter(**{several.m2m_field_name(): row.pk})
        state[several.name] = sorted(chosen.values_list(several.m2m_reverse_field_name(), flat=True))
    return state


def states_of(model: type[Any], keys: Collection[int], gathering: Gathering) -> list[tuple[Any, State]]:
    """The rows with these primary keys that are there, each with its state: two or three statements for all of them.

    What a part is recorded under is asked for unless the gathering has read it.
    """
    rows = gathering.read(model, keys)
    if not rows:
        return []
    if model in PARENTS:
        gathering.named(rows, PARENTS[model])
    states = [(row, _columns(row)) for row in rows]
    for several in model._meta.many_to_many:
        found: dict[int, list[Any]] = {}
        for key, other in columns(("chosen", several), _chosen(several), model._meta.pk, keys):
            found.setdefault(key, []).append(other)
        for row, state in states:
            state[several.name] = found.get(row.pk, [])
    return states


def _chosen(several: Any) -> Callable[[Any], QuerySet[Any, Any]]:
    """What a many-to-many field leads to, from some of the rows that have it."""
    holder, chosen = several.m2m_field_name(), several.m2m_reverse_field_name()
    through = several.remote_field.through._default_manager
    return lambda some: through.filter(**{f"{holder}__among": some}).order_by(chosen).values(holder, chosen)


def _columns(row: Model) -> State:
    return {name: plain(getattr(row, attribute)) for name, attribute in _told(type(row))}


@cache
def _told(model: type[Model]) -> list[tuple[str, str]]:
    """(name, attribute) of the columns that belong to a state."""
    return [
        (field.name, field.attname)
        for field in model._meta.concrete_fields
        if not field.primary_key and field.name not in _UNSAID and not field.generated
    ]


def stored_state(row: Model) -> State:
    """The same of the row as the database has it, whatever was set on the instance; empty where it is not there."""
    stored = type(row)._default_manager.filter(pk=row.pk).first()
    return {} if stored is None else state_of(stored)


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[State, State]:
    """Only what differs: what it was and what it is. A side that says nothing of a name leaves it out."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return (
        {name: before[name] for name in names if name in before},
        {name: after[name] for name in names if name in after},
    )


def said(state: Mapping[str, Any]) -> State:
    """A state without what is empty: all that a new row says, or a deleted one said."""
    return {name: value for name, value in state.items() if value not in (None, "", [], {})}


def subject_of(row: Model) -> tuple[str, str]:
    """(kind, id) of the record that a row is, or is a part of: its public id, or its primary key where it has none."""
    while not hasattr(row, "public_id") and type(row) in PARENTS:
        row = getattr(row, PARENTS[type(row)])
    return kind_of(type(row)), str(getattr(row, "public_id", row.pk))


@cache
def kind_of(model: type[Model]) -> str:
    """The name of a model as the audit chain writes it: admin_area."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in model.__name__).lstrip("_")


def plain(value: Any) -> Any:
    """A value as JSON has it; moments, days, ids and numbers that JSON does not keep exactly become text."""
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, int):
        return value if -_EXACT < value < _EXACT else str(value)
    if isinstance(value, float):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return str(value)
