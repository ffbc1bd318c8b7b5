"""Letting go of what was delivered to webhooks long ago: messages, with every attempt to deliver them.

What is younger than KEPT_DAYS, or not delivered, the database itself keeps (models/triggers.py). Idempotency keys and
windows of rates drop what is old in passing (idempotency.py, limits.py): they are nobody's proof of anything.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from incidents.choices import AuditAction, MessageState
from incidents.models import WebhookAttempt, WebhookMessage
from incidents.models.triggers import KEPT_DAYS
from incidents.rules.trail import auditing

MESSAGES_AT_ONCE = 500
ATTEMPTS_AT_ONCE = 5_000
LONGEST_DAYS = 36_500


class PruningError(Exception):
    """A wish that cannot be granted; the message says why and what to write instead."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many messages went, and how many attempts to deliver them."""

    messages: int = 0
    attempts: int = 0


def prune_webhook_log(days: int = KEPT_DAYS, *, advance: Callable[[Pruned], None] = lambda _: None) -> Pruned:
    """Delete the messages that were made, and last sent, more than so many days ago and were delivered.

    A transaction takes 500 messages and 5,000 attempts at most, and nobody waits for what another one holds; `advance`
    is told what went so far after each, and the audit chain what went with it. Those of the log are made anew, under
    the same ids, where somebody sets a webhook back to an earlier row. Raises PruningError for less than 30 days.
    """
    if not KEPT_DAYS <= days <= LONGEST_DAYS:
        raise PruningError(f"Write {KEPT_DAYS} days or more, at most {LONGEST_DAYS:,}: all that is younger is kept.")
    before = timezone.now() - timedelta(days=days)
    gone, last = Pruned(), 0
    while True:
        with transaction.atomic():
            keys = list(_delivered(before, last)[:MESSAGES_AT_ONCE])
            tried: QuerySet[Any, Any] = WebhookAttempt.objects.filter(message__in=keys, at__gte=before)
            young = set(tried.values_list("message", flat=True))
            old = [key for key in keys if key not in young]
            attempts = _of(old)
            more = len(attempts) > ATTEMPTS_AT_ONCE
            # Nothing else hangs on these rows: the database sees to it, and no row has to be read to be deleted.
            _delete(WebhookAttempt.objects.filter(pk__in=attempts[:ATTEMPTS_AT_ONCE]))
            if not more:
                _delete(WebhookMessage.objects.filter(pk__in=old))
            now = Pruned(0 if more else len(old), len(attempts[:ATTEMPTS_AT_ONCE]))
            _record(now, before)
        if not keys:
            return gone
        last = last if more else keys[-1]
        gone = Pruned(gone.messages + now.messages, gone.attempts + now.attempts)
        advance(gone)


def _record(gone: Pruned, before: datetime) -> None:
    """Say in the audit chain how much of which time went; the head is taken last, as everywhere."""
    if gone == Pruned():
        return
    said = {"webhook_messages": gone.messages, "attempts": gone.attempts, "made_before": before.isoformat()}
    auditing.record(action=AuditAction.DELETE, after=said, reason="Delivered long ago.")


def _delivered(before: datetime, after: int) -> QuerySet[WebhookMessage, int]:
    """The keys of what was made before and delivered, those that nobody holds, each locked; of it some may be young.

    Which were sent again since is asked of those few alone: together, PostgreSQL may read all attempts for each few.
    """
    rows = WebhookMessage.objects.filter(state=MessageState.DELIVERED, created_at__lt=before, pk__gt=after)
    return rows.select_for_update(no_key=True, skip_locked=True).order_by("pk").values_list("pk", flat=True)


def _of(messages: list[int]) -> list[int]:
    """The attempts of these messages, one more than are deleted at once."""
    rows = WebhookAttempt.objects.filter(message__in=messages).order_by("pk")
    return list(rows.values_list("pk", flat=True)[: ATTEMPTS_AT_ONCE + 1])


def _delete(rows: QuerySet[WebhookAttempt] | QuerySet[WebhookMessage]) -> None:
    rows._raw_delete(using=rows.db)
