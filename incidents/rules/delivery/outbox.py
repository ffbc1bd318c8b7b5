"""What waits to be told to a subscription, in its order: messages derived from the publication log, and others.

The log is the outbox of publications: `derive` makes messages of the next rows when earlier ones are gone, so that
publishing ten thousand records inserts none. A message's id follows from subscription and row: derived again, it is
the same message.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4, uuid5

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from incidents import choices
from incidents.documents.webhooks import EVENT_OF, PublicationEvent
from incidents.models import LogHead, Publication, Webhook, WebhookMessage

AT_ONCE = 100
NO_TURN = 0  # the place of a message that was passed over
PENDING, HELD, FAILED = choices.MessageState.PENDING, choices.MessageState.HELD, choices.MessageState.FAILED
OPERATION_OF = {event.value: operation for operation, event in EVENT_OF.items()}


def message_id(webhook: Webhook, seq: int) -> str:
    """The id under which a subscription is told of a row of the log, every time that it is."""
    return f"msg_{uuid5(webhook.public_id, f'log {seq}').hex}"


def head_seq() -> int:
    """The last sequence number of the log."""
    return LogHead.objects.values_list("seq", flat=True).first() or 0


def pending(webhook: Webhook) -> QuerySet[WebhookMessage]:
    """What is to be delivered, in its order."""
    return WebhookMessage.objects.filter(webhook=webhook, state=PENDING).order_by("place", "pk")


def next_place(webhook: Webhook) -> int:
    """The turn after everything that was ever queued.

    Two transactions may take the same at once, of messages that do not depend on each other: id then decides.
    """
    return (WebhookMessage.objects.filter(webhook=webhook).aggregate(last=Max("place"))["last"] or 0) + 1


def queue(webhooks: Iterable[Webhook], event: str, contents: Sequence[Any], now: datetime) -> int:
    """Queue what stands in no row of the log to these subscriptions, in this order; returns how many messages.

    One that is stopped is told when it is resumed, which may be at this moment: so the messages wait no other way.
    """
    messages = [
        WebhookMessage(
            message_id=f"msg_{uuid4().hex}",
            webhook=webhook,
            event=event,
            payload=content,
            place=place,
            state=PENDING,
            due_at=now,
            created_at=now,
        )
        for webhook in webhooks
        for place, content in enumerate(contents, next_place(webhook))
    ]
    WebhookMessage.objects.bulk_create(messages, batch_size=500)
    return len(messages)


def next_message(webhook: Webhook, now: datetime) -> WebhookMessage | None:
    """The message whose turn it is, derived from the log if none is queued; None where there is nothing to tell."""
    return pending(webhook).first() or (pending(webhook).first() if derive(webhook, now) else None)


def derive(webhook: Webhook, now: datetime) -> int:
    """Queue messages for the next rows of the log that the subscription is about; returns how many.

    The caller holds the subscription's lease. Rows that were told before (somebody rewound it) get their old message.
    Messages that waited for rows that it is no longer about are given up, and have no turn any more.
    """
    with transaction.atomic():
        stored = Webhook.objects.select_for_update(no_key=True).get(pk=webhook.pk)
        end = head_seq()
        rows = list(_wanted(stored).filter(seq__gt=stored.seq, seq__lte=end).order_by("seq")[:AT_ONCE])
        place = next_place(stored) if rows else 0
        known = {message.seq: message for message in _told(stored, [row.seq for row in rows])}
        new = []
        for turn, row in enumerate(rows, start=place):
            message = known.get(row.seq)
            if message is None:
                new.append(_message(stored, row, turn, now))
                continue
            message.place, message.state, message.attempts, message.due_at = turn, PENDING, 0, now
            message.save(update_fields=["place", "state", "attempts", "due_at"])
        WebhookMessage.objects.bulk_create(new)
        begin, stored.seq = stored.seq, rows[-1].seq if len(rows) == AT_ONCE else end
        passed = WebhookMessage.objects.filter(webhook=stored, state=HELD, seq__gt=begin, seq__lte=stored.seq)
        passed.update(state=FAILED, place=NO_TURN)
        stored.save(update_fields=["seq"])
        webhook.seq = stored.seq
        return len(rows)


def _told(webhook: Webhook, rows: list[int]) -> QuerySet[WebhookMessage]:
    """The messages of these rows that there are, kept from being pruned meanwhile."""
    return WebhookMessage.objects.select_for_update(no_key=True).filter(webhook=webhook, seq__in=rows)


def _wanted(webhook: Webhook) -> QuerySet[Publication]:
    """The rows of the log that a subscription is about."""
    rows = Publication.objects.all()
    if webhook.kinds:
        rows = rows.filter(kind__in=webhook.kinds)
    if webhook.events:
        rows = rows.filter(operation__in=[OPERATION_OF[event] for event in webhook.events if event in OPERATION_OF])
    return rows


def _message(webhook: Webhook, row: Publication, place: int, now: datetime) -> WebhookMessage:
    return WebhookMessage(
        message_id=message_id(webhook, row.seq),
        webhook=webhook,
        event=EVENT_OF[row.operation],
        seq=row.seq,
        payload=PublicationEvent(row).data,
        place=place,
        due_at=now,
        created_at=now,
    )


def hasten(webhook: Webhook, now: datetime) -> None:
    """Let what waits for its next attempt be tried now, from the beginning of the schedule."""
    WebhookMessage.objects.filter(webhook=webhook, state=PENDING).update(due_at=now, attempts=0)


def hold(webhook: Webhook) -> None:
    """Keep what is to be delivered until the subscription is resumed."""
    WebhookMessage.objects.filter(webhook=webhook, state=PENDING).update(state=HELD)


def release(webhook: Webhook, now: datetime) -> None:
    """Deliver what was kept or given up, from the beginning of the schedule.

    Messages beyond the subscription's seq are left to `derive`, which gives them their turn anew; those that it passed
    over are older than what was told since.
    """
    kept = WebhookMessage.objects.filter(webhook=webhook, state__in=[HELD, FAILED]).exclude(place=NO_TURN)
    kept.filter(Q(seq__isnull=True) | Q(seq__lte=webhook.seq)).update(state=PENDING, attempts=0, due_at=now)


def rewind(webhook: Webhook, seq: int) -> None:
    """Let the subscription be told of the log from this row on again; what was queued beyond it waits for its turn."""
    beyond = WebhookMessage.objects.filter(webhook=webhook, seq__gte=seq, state__in=[PENDING, FAILED])
    beyond.update(state=HELD)
    webhook.seq = seq - 1
    webhook.version += 1
    webhook.save(update_fields=["seq", "version", "updated_at"])
