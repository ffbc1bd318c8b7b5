"""Entries of the audit chain that hold what a submission said: about itself, by what it did, and about its rows.

What becomes of them is forgetting.py's matter.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from incidents.choices import AuditAction, PartOutcome
from incidents.models import AuditEntry, AuditValues, SubmissionPart
from incidents.rules.trail import erasing
from incidents.rules.trail.differences import kind_of
from incidents.rules.trail.editing import PARENTS

SAID = (PartOutcome.ENTERED.value, PartOutcome.CHANGED.value, PartOutcome.REMOVED.value)
# Their values count what was published, and say nothing of it.
COUNTING = (AuditAction.PUBLISH, AuditAction.WITHDRAW, AuditAction.REDACT, AuditAction.RESTATE)
Gone = Mapping[type[Model], set[int]]


@dataclass(frozen=True, slots=True)
class Recorded:
    """Numbers of entries: those that hold only what it said, and those that hold it beside what others said."""

    own: list[int]
    beside: list[int]


def entries_about(kind: str, key: str, parts: Sequence[SubmissionPart], gone: Gone) -> Recorded:
    """The entries about a submission, and about those rows of its parts that are `gone`, {model: primary keys}.

    Asked before their history goes, which tells what they were parts of.
    """
    own = set(erasing.of_object(kind, key))
    own.update(erasing.naming(key, own))
    said = {(part.table, part.row): part.object_id for part in parts if part.outcome in SAID}
    lost = {model: {row for row in rows if (model.__name__, row) in said} for model, rows in gone.items()}
    for model, rows in lost.items():
        ids = {said[model.__name__, row] for row in rows} - {""}
        entries = AuditEntry.objects.filter(kind=kind_of(model), object_id__in=ids).exclude(action__in=COUNTING)
        own.update(entries.values_list("seq", flat=True))
    theirs = {kind_of(model): set(map(str, rows)) for model, rows in lost.items()}
    beside: set[int] = set()
    for seq, values in _of_wholes(lost):
        sides = [side for side in values.values() if side]
        if any(_parts_in(side, theirs) for side in sides) and seq not in own:
            (own if all(_nothing_else(side, theirs) for side in sides) else beside).add(seq)
    return Recorded(sorted(own), sorted(beside))


def _of_wholes(lost: Gone) -> Iterator[tuple[int, dict[str, Any]]]:
    """The entries, with their values, about what these rows were parts of: parts are told there on one page."""
    for model, rows in lost.items():
        field, history = PARENTS.get(model), getattr(model, "history", None)
        if field is None or history is None or not rows:
            continue
        whole: Any = model._meta.get_field(field).related_model
        held = set(history.filter(id__in=rows).values_list(f"{field}_id", flat=True))
        keys = set(whole.history.filter(id__in=held).values_list("public_id", flat=True))
        about = {"entry__kind": kind_of(whole), "entry__object_id__in": set(map(str, keys))}
        for kept in AuditValues.objects.filter(values__contains='"parts"', **about).order_by("pk"):
            yield kept.pk, json.loads(kept.values or "{}")


def _parts_in(side: Mapping[str, Any], theirs: Mapping[str, set[str]]) -> bool:
    return any(theirs.get(kind, set()) & told.keys() for kind, told in side.get("parts", {}).items())


def _nothing_else(side: Mapping[str, Any], theirs: Mapping[str, set[str]]) -> bool:
    parts = side.get("parts", {})
    return side.keys() == {"parts"} and all(told.keys() <= theirs.get(kind, set()) for kind, told in parts.items())
