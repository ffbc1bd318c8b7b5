"""Bringing more documents up to date than one transaction should hold: batch by batch, to be resumed at will.

A new name is queued by naming.py, and nothing private ever waits here; members that a new schema asks for are put into
what is public, never taken from the record that is being edited.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from incidents.choices import AuditAction, ReasonCode
from incidents.documents.fields import ActorRef
from incidents.documents.upgrades import lacking
from incidents.models import Actor, Publication, PublicMention, PublicObject, Restatement
from incidents.rules.publication.board import TABLES, Address, Board, content_of
from incidents.rules.publication.naming import carry
from incidents.rules.publication.publishing import PublishOutcome, recorded
from incidents.rules.publication.recalling import lives_of, stood_at
from incidents.rules.publication.settling import settle
from incidents.rules.trail import log

BATCH = 500
SAID = "It has the members of the present schema."


def restate(advance: Callable[[int, int], None] = lambda _done, _total: None) -> int:
    """Work off every queued restatement and answer how many documents were restated.

    `advance` is told after each batch how many holders were looked at, of how many. Killed and started
    again it goes on: what is up to date already adds nothing.
    """
    restated = 0
    for waiting in Restatement.objects.order_by("pk"):
        last: UUID | None = None
        looked, total = 0, PublicMention.objects.filter(mentioned=waiting.object_id).count()
        while True:
            rows = PublicMention.objects.filter(mentioned=waiting.object_id).order_by("holder")
            if last is not None:
                rows = rows.filter(holder__gt=last)
            holders = list(rows.values_list("holder_kind", "holder")[:BATCH])
            done = _carry_name(holders, waiting) if holders else None
            if done is None:
                break
            last = holders[-1][1]
            restated += done.published
            looked += len(holders)
            advance(looked, total)
        # Queued again meanwhile, it carries a newer name and stays.
        Restatement.objects.filter(pk=waiting.pk, queued_at=waiting.queued_at).delete()
    return restated


def _carry_name(holders: Sequence[Address], waiting: Restatement) -> PublishOutcome | None:
    """Bring these holders' documents up to date with the name of an object, in one transaction; None if it has none.

    The name is read under the head's lock, by each batch: what became private since the batch before says it no more.
    """
    with transaction.atomic():
        head = log.lock_head()
        key = waiting.object_id
        reference = _reference(key, waiting.queued_at)
        if reference is None:
            return None
        board = Board()
        for kind in TABLES:
            board.load(kind, [holder for each, holder in holders if each == kind])
        among = set(holders)
        carry(board, {str(key): reference}, set(), among)
        written = settle(head, board, set(), set(), set())
        done = PublishOutcome(len(written), len(among) - len(written), head.seq)
        return recorded(done, AuditAction.RESTATE, [], ReasonCode.RENAME, "")


def restate_schema(advance: Callable[[int, int], None] = lambda _done, _total: None) -> int:
    """Publish again what was published under an earlier schema and lacks members of it; answers how many documents.

    Each is the public document as its readers see it by `at_seq`, with the reason code `schema`: what was edited since
    stays unpublished. `advance` and being killed are as in `restate`.
    """
    restated, looked = 0, 0
    total = sum(_of_earlier_schemas(kind).count() for kind in TABLES)
    for kind in TABLES:
        last: UUID | None = None
        while True:
            rows = _of_earlier_schemas(kind) if last is None else _of_earlier_schemas(kind).filter(public_id__gt=last)
            keys = list(rows.order_by("public_id").values_list("public_id", flat=True)[:BATCH])
            if not keys:
                break
            last = keys[-1]
            restated += _under_present_schema(kind, keys)
            looked += len(keys)
            advance(looked, total)
    return restated


def _of_earlier_schemas(kind: str) -> QuerySet[PublicObject]:
    rows = Publication.objects.filter(seq=OuterRef("seq"), schema_version__in=lacking(kind))
    return TABLES[kind]._default_manager.filter(Exists(rows))


def _under_present_schema(kind: str, keys: Sequence[UUID]) -> int:
    with transaction.atomic():
        head = log.lock_head()
        board = Board()
        board.load(kind, keys)
        for key in keys:
            slot = board.slots[kind, key]
            if slot.outdated:
                slot.forced, slot.reason_code, slot.reason = True, ReasonCode.SCHEMA.value, SAID
        written = settle(head, board, set(), set(), set())
        done = PublishOutcome(len(written), len(keys) - len(written), head.seq)
        return recorded(done, AuditAction.RESTATE, [], ReasonCode.SCHEMA, SAID).published


def _reference(key: UUID, published: datetime) -> dict[str, Any] | None:
    """The values by which others name the object: those of its document, or of an actor that has none.

    Such an actor is called as it was when its name was `published`, and queued with that: what people call it since is
    an edit. What no history tells is as the record has it.
    """
    for table in TABLES.values():
        row = table._default_manager.filter(public_id=key).first()
        if row is not None:
            return content_of(row.document)
    actor = Actor.objects.filter(public_id=key).first()
    if actor is None:
        return None
    then = stood_at(published, lives_of(Actor, id=actor.pk).get(actor.pk, ()))
    return dict(ActorRef(then or actor).data)
