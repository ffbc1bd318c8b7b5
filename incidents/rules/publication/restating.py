"""Carrying a new name into more documents than one transaction should hold: batch by batch, to be resumed at will.

naming.py queues such work; nothing private ever waits here.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from incidents.models import Actor, PublicMention, Restatement
from incidents.rules.publication.board import TABLES, content_of
from incidents.rules.publication.publishing import carry_name
from incidents.rules.publication.rendering import perpetrator_content

BATCH = 500


def restate(advance: Callable[[int, int], None] = lambda _done, _total: None) -> int:
    """Work off every queued restatement and answer how many documents were restated.

    `advance` is told after each batch how many holders were looked at, of how many. Killed and started
    again it goes on: what is up to date already adds nothing.
    """
    restated = 0
    for waiting in Restatement.objects.order_by("pk"):
        reference = _reference(waiting.object_id)
        last: UUID | None = None
        looked, total = 0, PublicMention.objects.filter(mentioned=waiting.object_id).count()
        while reference is not None:
            rows = PublicMention.objects.filter(mentioned=waiting.object_id).order_by("holder")
            if last is not None:
                rows = rows.filter(holder__gt=last)
            holders = list(rows.values_list("holder_kind", "holder")[:BATCH])
            if not holders:
                break
            last = holders[-1][1]
            restated += carry_name(holders, {str(waiting.object_id): reference}).published
            looked += len(holders)
            advance(looked, total)
        # Queued again meanwhile, it carries a newer name and stays.
        Restatement.objects.filter(pk=waiting.pk, queued_at=waiting.queued_at).delete()
    return restated


def _reference(key: UUID) -> dict[str, Any] | None:
    """The values by which others name the object: those of its document, or of an actor that has none."""
    for table in TABLES.values():
        row = table._default_manager.filter(public_id=key).first()
        if row is not None:
            return content_of(row.document)
    actor = Actor.objects.filter(public_id=key).first()
    return None if actor is None else perpetrator_content(actor)
