"""Concurrent edits of the working record: nobody overwrites what somebody else saved meanwhile.

A record's version counts its saved changes, and a change of a child (a claim, an act, a deadline) is one of its parent.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import F, Model
from django.utils import timezone

from incidents.models import (
    ActorAlias,
    ActorReference,
    ActorRelation,
    Attribution,
    Claim,
    ClaimCell,
    CustodyEvent,
    Deadline,
    EstimateOverride,
    IncidentAct,
    IncidentReference,
    IncidentRelation,
    InvestigationEvent,
    Recommendation,
    Scope,
    TargetedGroup,
    bulk,
)
from incidents.models.base import Record
from incidents.models.history import CHANGED, current_user
from incidents.rules.trail import log

R = TypeVar("R", bound=Record)

# The foreign key by which each kind of child hangs on its parent.
PARENTS: dict[type[Model], str] = {
    ActorAlias: "actor",
    ActorReference: "actor",
    ActorRelation: "from_actor",
    Attribution: "incident",
    Claim: "incident",
    ClaimCell: "claim",
    CustodyEvent: "document",
    Deadline: "investigation",
    EstimateOverride: "incident",
    IncidentAct: "incident",
    IncidentReference: "incident",
    IncidentRelation: "from_incident",
    InvestigationEvent: "investigation",
    Recommendation: "investigation",
    Scope: "investigation",
    TargetedGroup: "incident",
}
UNCOUNTED = frozenset({"version", "created_at", "updated_at"})
CHILDREN = "children: "
REASON_LENGTH = 100


@dataclass(frozen=True)
class Edit:
    """One saved change: by whom (None where not known), when, and which fields or kinds of children it touched."""

    by: str | None
    at: datetime
    parts: tuple[str, ...]


class Stale(Exception):
    """The record was saved by somebody after the caller read it; ``edits`` are those changes, oldest first."""

    def __init__(self, record: Record, edits: Sequence[Edit]) -> None:
        super().__init__(f"{record._meta.model_name} {record.public_id} is at version {record.version} now.")
        self.record = record
        self.edits = tuple(edits)


def check(record: R, version: int | None, towards: Model | None = None) -> R:
    """Lock the record's row until the transaction ends and return it as stored; raise Stale unless at ``version``.

    Call it inside a transaction, before the change is made; ``towards`` is as in hold(). On SQLite the transaction
    itself is the lock.
    """
    hold(record, towards)
    stored = type(record)._default_manager.select_for_update(no_key=True).get(pk=record.pk)
    if version is None or stored.version != version:
        raise Stale(stored, edits_since(stored, version or 0))
    return stored


def hold(row: Model, towards: Model | None = None) -> None:
    """Lock what a row belongs to, the outermost first, before the row is changed.

    Everybody who changes a part locks the whole before it, so that no two wait for each other. ``towards`` is the row
    as it is about to be: where that belongs to something else, both are locked, in the order of their keys. A merge
    has another order, and the log's head first, so that it is taken here as well.
    """
    if towards is None or not moved(row, towards):
        _hold([row])
    else:
        log.lock_head()
        _hold([row, towards])


def _hold(rows: Sequence[Model]) -> None:
    field = PARENTS.get(type(rows[0]))
    if field is None:
        return
    parents = {parent.pk: parent for parent in (getattr(row, field) for row in rows)}
    _hold(list(parents.values()))
    model = type(next(iter(parents.values())))
    list(model._default_manager.select_for_update(no_key=True).filter(pk__in=parents).order_by("pk"))


def moved(before: Model, after: Model) -> bool:
    """Whether a row belongs to something else than it did."""
    field = PARENTS.get(type(before))
    return field is not None and getattr(before, f"{field}_id") != getattr(after, f"{field}_id")


def save(record: Record, parts: Iterable[str] = ()) -> None:
    """Save a changed record as its next version; ``parts`` names what changed besides its own columns."""
    record.version += 1
    record._change_reason = _reason(parts)  # type: ignore[attr-defined]
    record.save()


def keep(row: Model, parts: Iterable[str] = ()) -> None:
    """Save a changed row: of a record the next version, of a part that has none of its own just the row."""
    if isinstance(row, Record):
        save(row, parts)
    else:
        row.save()


def keep_all(rows: Sequence[tuple[Any, Iterable[str]]]) -> None:
    """The same for rows of one model, each with what changed of it: a few statements for all with the same changes."""
    alike: dict[tuple[str, ...], list[Any]] = {}
    for row, parts in rows:
        alike.setdefault(tuple(sorted(set(parts))), []).append(row)
    now = timezone.now()
    for names, some in alike.items():
        model = type(some[0])
        columns = [field.name for field in model._meta.concrete_fields if field.name in names]
        if issubclass(model, Record):
            columns += ["version", "updated_at"]
            for row in some:
                row.version, row.updated_at = row.version + 1, now
        bulk.update(some, columns)
        if hasattr(model, "history"):
            keys = [row.pk for row in some]
            bulk.remember(model, keys, kind=CHANGED, reason=_reason(names), by=current_user())


def touch(child: Model, before: Model | None = None) -> None:
    """Count a change of ``child`` as one of its parent, and so on upwards; a record without a parent is left alone.

    ``before`` is the child as it was: a parent that it left has changed as well.
    """
    field = PARENTS.get(type(child))
    if field is None:
        return
    with transaction.atomic():
        for each in [child] if before is None or not moved(before, child) else [child, before]:
            parent = getattr(each, field)
            stored = type(parent)._default_manager.select_for_update(no_key=True).get(pk=parent.pk)
            save(stored, [type(child).__name__])
            touch(stored)


def touch_all(model: type[Record], keys: Collection[int], parts: Iterable[str], *, by: int | None) -> None:
    """Count a change of these kinds of children as one of each of these records: few statements, however many.

    `by` is the primary key of its author; None where it wrote nothing, as when something is taken back.
    """
    if keys:
        changed = {"version": F("version") + 1, "updated_at": timezone.now()}
        model._default_manager.filter(pk__among=set(keys)).update(**changed)
        bulk.remember(model, keys, kind=CHANGED, reason=_reason(parts), by=by)


def edits_since(record: Record, version: int) -> list[Edit]:
    """What was saved after ``version``, oldest first; empty where the record keeps no history."""
    history = getattr(record, "history", None)
    if history is None:
        return []
    rows = list(history.filter(version__gte=version).select_related("history_user").order_by("version", "history_id"))
    return list(_compared(rows, version))


def _compared(rows: Sequence[Any], version: int) -> Iterator[Edit]:
    for before, after in pairwise(rows):
        if after.version > version:
            changed = set(after.diff_against(before, foreign_keys_are_objs=False).changed_fields) - UNCOUNTED
            parts = (*sorted(changed), *children_of(after.history_change_reason))
            user = after.history_user
            yield Edit(user.get_username() if user else None, after.history_date, parts)


def _reason(parts: Iterable[str]) -> str | None:
    names = sorted(set(parts))
    return (CHILDREN + " ".join(names))[:REASON_LENGTH] if names else None


def children_of(reason: str | None) -> list[str]:
    """The parts that a change names as its reason; none where the reason is another, as that of a loader is."""
    return (reason or "").removeprefix(CHILDREN).split() if (reason or "").startswith(CHILDREN) else []
