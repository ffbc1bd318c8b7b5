"""Telling subscriptions that a published inquiry let the day pass by which it was to report: once for each such day.

Nothing is published when that happens, so no row of the log tells of it. Whoever delivers looks when the day turns
(UTC), and again at whatever is published of inquiries.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from threading import Lock
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from incidents import choices
from incidents.documents.webhooks import DeadlineEvent, url_of
from incidents.models import MissedDeadline, PublicInvestigation, Webhook
from incidents.rules.delivery import outbox
from incidents.rules.timelines import stands

AT_ONCE = 500
EVENT = choices.WebhookEvent.DEADLINE_MISSED.value
INQUIRY = choices.PublicKind.INVESTIGATION.value


@dataclass(frozen=True, slots=True)
class _Missed:
    """A published inquiry at a version, and the day in force by which it was to report."""

    investigation: UUID
    version: int
    due_on: date


class Watch:
    """What one worker looked at: every published inquiry once a day, and in between those that were published since."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._seq = 0
        self._looking = Lock()

    def look(self) -> int:
        """Queue messages of what is missed and was told to nobody yet; returns how many inquiries missed their day.

        Any number of threads and workers may look at once: each day of an inquiry is told by one of them.
        """
        if not self._looking.acquire(blocking=False):
            return 0
        try:
            now = timezone.now()
            today, end = now.astimezone(UTC).date(), outbox.head_seq()
            if (today, end) == (self._day, self._seq):
                return 0
            rows = PublicInvestigation.objects.all()
            if today == self._day:
                rows = rows.filter(seq__gt=self._seq)
            told = sum(_tell(missed, now) for missed in _missed(rows, today))
            self._day, self._seq = today, end
            return told
        finally:
            self._looking.release()


def _missed(rows: QuerySet[PublicInvestigation], today: date) -> Iterator[_Missed]:
    """Those of these inquiries that are overdue, but for what was told before."""
    last = 0
    while found := list(rows.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        last = found[-1].pk
        known = MissedDeadline.objects.filter(investigation__in=[each.public_id for each in found])
        told = set(known.values_list("investigation", "due_on"))
        for row in found:
            document = json.loads(row.document)
            state = stands(document, today)
            if state.overdue and state.due_on is not None and (row.public_id, state.due_on) not in told:
                yield _Missed(row.public_id, document["version"], state.due_on)


def _tell(missed: _Missed, now: datetime) -> bool:
    """Queue a message to whoever is told of inquiries and of this event; False where another worker was faster."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                MissedDeadline.objects.create(investigation=missed.investigation, due_on=missed.due_on, noticed_at=now)
        except IntegrityError:
            return False
        subscribed = [
            webhook
            for webhook in Webhook.objects.order_by("pk")
            if (not webhook.events or EVENT in webhook.events) and (not webhook.kinds or INQUIRY in webhook.kinds)
        ]
        data = {
            "kind": INQUIRY,
            "id": missed.investigation,
            "version": missed.version,
            "due_on": missed.due_on,
            "url": url_of(INQUIRY, missed.investigation),
        }
        outbox.queue(subscribed, EVENT, [DeadlineEvent({"type": EVENT, "timestamp": now, "data": data}).data], now)
        return True
