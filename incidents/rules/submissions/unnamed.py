"""Sources and documents that are public only because of records that are undone: withdrawn where nobody names them.

A perpetrator goes with the last attribution that names it (naming.py); what one stricter incident alone named goes
with its versions (redacting.py).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from incidents import choices
from incidents.models import Document, Incident, Investigation, Publication, PublicMention, Source
from incidents.rules.publication.board import TABLES, Address, Board
from incidents.rules.publication.naming import take_out
from incidents.rules.publication.settling import settle
from incidents.rules.trail import log
from incidents.rules.trail.auditing import Deed

SOURCE, DOCUMENT = choices.PublicKind.SOURCE.value, choices.PublicKind.DOCUMENT.value
# Documents first: their publisher is named by nobody once they are gone.
RECORDS: dict[str, type[Any]] = {DOCUMENT: Document, SOURCE: Source}
LEFT_BEHIND = "What it came with was undone before, and nothing that is public names it."


@dataclass(frozen=True, slots=True)
class Gone:
    """A source or a document that was withdrawn, and the reason that stands in the log."""

    kind: str
    id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class Named:
    """What public records name before they are undone, and the moments at which these records were published."""

    ids: frozenset[UUID] = frozenset()
    moments: frozenset[datetime] = frozenset()


def named_by(records: Collection[Incident | Investigation]) -> Named:
    """The ids that the public documents of these records name, and the publishers of documents among them."""
    holders = {each.public_id for each in records}
    ids = _mentioned_by(holders)
    moments = Publication.objects.filter(object_id__among=holders).values_list("published_at", flat=True)
    return Named(frozenset(ids | _mentioned_by(ids)), frozenset(moments))


def withdraw_unnamed(named: Named, removed: Iterable[Address], reason: str) -> list[Gone]:
    """Withdraw the sources and documents that no public record names any more; answers which, in the log's order.

    Those are meant whose rows were `removed`, and of what the undone records named what became public with them: what
    was public before stays. So are those whose row was removed by an earlier undoing. The caller holds the log's head.
    """
    own = set(removed)
    gone: list[Gone] = []
    for kind, record in RECORDS.items():
        ids = {key for each, key in own if each == kind} | _came_with(kind, named)
        gone += _withdraw(kind, _unnamed(kind).filter(public_id__among=ids), reason)
        row = record._default_manager.filter(public_id=OuterRef("public_id"))
        gone += _withdraw(kind, _unnamed(kind).filter(~Exists(row)), LEFT_BEHIND)
    return gone


def withdraw_left_behind() -> list[Gone]:
    """The same of what an earlier undoing left public, and nothing else."""
    return withdraw_unnamed(Named(), (), LEFT_BEHIND)


def withdrawals(gone: Iterable[Gone]) -> list[Deed]:
    """What the audit chain says of these."""
    return [Deed(choices.AuditAction.WITHDRAW.value, (each.kind, str(each.id)), reason=each.reason) for each in gone]


def _mentioned_by(holders: Collection[UUID]) -> set[UUID]:
    return set(PublicMention.objects.filter(holder__among=holders).values_list("mentioned", flat=True))


def _came_with(kind: str, named: Named) -> set[UUID]:
    """Those of the named that became public in the same transaction as one of the records that name them."""
    rows = Publication.objects.filter(kind=kind, object_id__among=named.ids).order_by("seq")
    since: dict[UUID, datetime] = {}
    for key, operation, moment in rows.values_list("object_id", "operation", "published_at"):
        if operation == choices.Operation.WITHDRAW:
            since.pop(key, None)
        else:
            since.setdefault(key, moment)
    return {key for key, moment in since.items() if moment in named.moments}


def _unnamed(kind: str) -> QuerySet[Any]:
    """The public objects of a kind that no public document names."""
    return TABLES[kind]._default_manager.filter(~Exists(PublicMention.objects.filter(mentioned=OuterRef("public_id"))))


def _withdraw(kind: str, rows: QuerySet[Any], reason: str) -> list[Gone]:
    keys = list(rows.order_by("seq").values_list("public_id", flat=True))
    if not keys:
        return []
    with transaction.atomic():
        head, board = log.lock_head(), Board()
        board.load(kind, keys)
        for key in keys:
            take_out(board, kind, key, choices.ReasonCode.RETRACTION.value, reason)
        settle(head, board, set(), set(), set())
    return [Gone(kind, key, reason) for key in keys]
