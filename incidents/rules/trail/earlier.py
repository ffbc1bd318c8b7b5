"""What earlier versions of an object say and the record does not say any more, and emptying it.

Who changed it, when and which columns stays, with codes, days and figures: figures are derived by them. What the audit
chain says of the same changes is erasing.py's matter, what the log has published the publication's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models

from incidents.choices import AuditAction
from incidents.documents.given import uuid_of
from incidents.models.base import TextsField
from incidents.rules.trail import auditing
from incidents.rules.trail.auditing import AuditError
from incidents.rules.trail.differences import kind_of
from incidents.rules.trail.editing import PARENTS

# By these a row is known, or they are codes without a list of their own.
KEPT = frozenset({"scheme", "key", "language", "country", "sha256", "published_sensitivity"})
PLACES = frozenset({"latitude", "longitude"})


@dataclass(frozen=True, slots=True)
class Earlier:
    """How many versions say something that the record does not, and the names of these columns."""

    kind: str
    object_id: str
    versions: int
    fields: tuple[str, ...]


def earlier(kind: str, object_id: str) -> Earlier:
    """What the versions of an object, and of its parts that have no id of their own, say and the record does not.

    None of something that keeps no versions.
    """
    found = list(_versions(kind, object_id))
    return Earlier(kind, object_id, len(found), tuple(dict.fromkeys(name for *_, names in found for name in names)))


def forget(kind: str, object_id: str, reason: str) -> int:
    """Empty that for good, with an entry of the audit chain; answers how many versions said it.

    Call it inside a transaction. Raises AuditError where nothing of this kind keeps versions.
    """
    check(kind)
    found = list(_versions(kind, object_id))
    for history, pk, names in found:
        history.filter(pk=pk).update(**names)
    if found:
        auditing.record(action=AuditAction.ERASE, obj=(kind, object_id), reason=reason)
    return len(found)


def check(kind: str) -> None:
    """Raise AuditError where nothing of this kind keeps versions."""
    if kind not in _kept():
        raise AuditError(f"No versions are kept of {kind}; they are of {', '.join(sorted(_kept()))}.")


def _versions(kind: str, object_id: str) -> Iterator[tuple[Any, int, dict[str, Any]]]:
    """(history, primary key of the version, {column: how it reads when it is empty})."""
    model, key = _kept().get(kind), uuid_of(object_id)
    if model is None or key is None:
        return
    rows = list(model.history.filter(public_id=key).order_by("history_id"))
    yield from _differing(model, rows)
    keys = {row.id for row in rows}
    for part, whole in PARENTS.items():
        of: Any = part
        if part._meta.get_field(whole).related_model is model and hasattr(part, "history") and not _has_id(part):
            yield from _differing(of, of.history.filter(**{f"{whole}_id__in": keys}).order_by("history_id"))


def _differing(model: Any, rows: Any) -> Iterator[tuple[Any, int, dict[str, Any]]]:
    rows = list(rows)
    standing = model._default_manager.in_bulk({row.id for row in rows})
    for row in rows:
        now = standing.get(row.id)
        names = {
            name: empty
            for name, empty in empty_words(model).items()
            if getattr(row, name) not in (empty, None) and (now is None or getattr(row, name) != getattr(now, name))
        }
        if names:
            yield model.history, row.pk, names


@cache
def _kept() -> dict[str, Any]:
    """The models that keep versions and have public ids, by their kind."""
    found = apps.get_app_config("incidents").get_models()
    return {kind_of(each): each for each in found if hasattr(each, "history") and _has_id(each)}


def _has_id(model: type[models.Model]) -> bool:
    return any(field.name == "public_id" for field in model._meta.concrete_fields)


@cache
def empty_words(model: type[models.Model]) -> dict[str, Any]:
    """The columns that hold words, or a point, and how each reads when it is empty."""
    found: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if isinstance(field, TextsField):
            found[field.name] = {}
        elif isinstance(field, models.CharField | models.TextField) and not field.choices and field.name not in KEPT:
            found[field.name] = ""
        elif field.name in PLACES:
            found[field.name] = None
    return found
