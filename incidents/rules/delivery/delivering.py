"""Delivering messages: whose turn it is, signing, the schedule of attempts, and what an attempt changes.

How a message goes over the wire is not known here: the caller brings the sender (exchange/deliveries.py).
"""

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from standardwebhooks import Webhook as Signer

from incidents import choices
from incidents.models import Webhook, WebhookAttempt, WebhookMessage
from incidents.rules.delivery import outbox
from incidents.rules.delivery.sealing import SealError, unseal
from incidents.rules.delivery.webhooks import stop_locked
from incidents.rules.trail.log import canonical

GIVE_UP_AFTER = timedelta(hours=28)
_FIRST = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10),
)  # fmt: skip
DELAYS = (*_FIRST, GIVE_UP_AFTER - sum(_FIRST, timedelta()))
"""How long to wait after the first, second, ... failed attempt, as Standard Webhooks recommends; 28 hours in all."""
JITTER = 0.1
LEASE = timedelta(seconds=60)
IN_A_ROW = 50
TURN = timedelta(seconds=20)
GONE = 410
BUSY = (429, 503)
LONGEST_WAIT = timedelta(hours=10)
"""What a receiver may ask for at most by Retry-After; never less than the schedule says."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request: a POST of this body with these headers to this address."""

    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the status of the answer, or the word for why there was none; how long it took.

    `wait` is how long a busy receiver asks to be left alone (Retry-After).
    """

    status: int | None
    fault: str
    duration_ms: int
    wait: timedelta = timedelta()

    @classmethod
    def answered(cls, status: int, duration_ms: int, *, wait: timedelta = timedelta()) -> "Outcome":
        """The outcome of an answer: only 2xx means that the message arrived."""
        if 200 <= status < 300:
            return cls(status, "", duration_ms)
        fault = choices.DeliveryFault.GONE if status == GONE else choices.DeliveryFault.STATUS
        return cls(status, fault.value, duration_ms, wait if status in BUSY else timedelta())


@dataclass(frozen=True, slots=True)
class Round:
    """What one turn of a subscription came to: messages delivered and attempts that failed."""

    delivered: int
    failed: int


Send = Callable[[Outgoing], Outcome]


def deliver_next(send: Send, *, stopping: Callable[[], bool] = lambda: False) -> Round | None:
    """Deliver what is due to the subscription that waited longest, in order; None where nothing is due.

    It ends at the first failure, after fifty messages or twenty seconds, or when `stopping` says so. Any number of
    callers may do so at once: each holds a lease on the subscription that it delivers to, which runs out if it dies.
    """
    webhook = _take()
    if webhook is None:
        return None
    delivered = failed = 0
    now = timezone.now()
    ends = now + TURN
    try:
        while delivered < IN_A_ROW and not failed and now < ends and not stopping():
            message = outbox.next_message(webhook, now)
            if message is None or message.due_at > now or not _still_ours(webhook, now):
                break
            try:
                outgoing = _signed(webhook, message, now)
            except SealError as error:
                _pause(webhook, str(error), now)
                break
            outcome = _sent(send, outgoing)
            _record(webhook, message, outcome, now)
            delivered, failed = delivered + (not outcome.fault), failed + bool(outcome.fault)
            now = timezone.now()
    finally:
        Webhook.objects.filter(pk=webhook.pk, lease=webhook.lease).update(
            lease=None, leased_until=None, looked_at=timezone.now()
        )
    return Round(delivered, failed)


def waiting(now: datetime) -> QuerySet[Webhook]:
    """The subscriptions that somebody should deliver to now, the one that waited longest first."""
    first = WebhookMessage.objects.filter(webhook=OuterRef("pk"), state=choices.MessageState.PENDING)
    due = Subquery(first.order_by("place", "pk").values("due_at")[:1])
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=now)
    something = Q(due__lte=now) | (Q(seq__lt=outbox.head_seq()) & ~Exists(first))
    active = Webhook.objects.filter(state=choices.WebhookState.ACTIVE, organisation__active=True)
    return active.annotate(due=due).filter(free, something).order_by(F("looked_at").asc(nulls_first=True), "pk")


def delay_after(attempts: int) -> timedelta | None:
    """How long to wait after so many failed attempts, with up to a tenth more by chance; None: give up.

    By chance, so that the many subscriptions of a receiver that was down do not all come back in the same second.
    """
    if attempts > len(DELAYS):
        return None
    return DELAYS[attempts - 1] * random.uniform(1, 1 + JITTER)  # noqa: S311 -- no secret hangs on it


def _take() -> Webhook | None:
    """Lease the subscription whose turn it is."""
    now = timezone.now()
    if not waiting(now).exists():  # without a lock: SQLite has only the one of the whole database
        return None
    with transaction.atomic():
        webhook = waiting(now).select_for_update(no_key=True, skip_locked=True, of=("self",)).first()
        if webhook is None:
            return None
        webhook.lease, webhook.leased_until = uuid4(), now + LEASE
        webhook.save(update_fields=["lease", "leased_until"])
        return webhook


def _still_ours(webhook: Webhook, now: datetime) -> bool:
    """Renew the lease and read what may have changed since the last message; False where somebody stopped it.

    Switching the organisation off stops it too.
    """
    held = Webhook.objects.filter(pk=webhook.pk, lease=webhook.lease, state=choices.WebhookState.ACTIVE)
    if not held.filter(organisation__active=True).update(leased_until=now + LEASE):
        return False
    webhook.refresh_from_db()
    return True


def _signed(webhook: Webhook, message: WebhookMessage, now: datetime) -> Outgoing:
    """The request with the headers of Standard Webhooks; during a rotation both secrets sign."""
    body = canonical(message.payload)
    sealed = [webhook.secret]
    if webhook.earlier_until is not None and webhook.earlier_until > now:
        sealed.append(webhook.earlier_secret)
    signatures = [Signer(unseal(each)).sign(message.message_id, now, body) for each in sealed]
    headers = {
        "content-type": "application/json",
        "webhook-id": message.message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
    return Outgoing(webhook.url, body.encode(), headers)


def _sent(send: Send, outgoing: Outgoing) -> Outcome:
    try:
        return send(outgoing)
    except Exception:  # an error of ours must not keep this message at the head of the worker's queue for good
        logger.exception("a webhook could not be sent: %s", outgoing.headers["webhook-id"])
        return Outcome(None, choices.DeliveryFault.INTERNAL.value, 0)


def _record(webhook: Webhook, message: WebhookMessage, outcome: Outcome, at: datetime) -> None:
    """Write down an attempt and what follows from it: delivered, to be tried again, or given up.

    Nothing does where the subscription has another address since.
    """
    with transaction.atomic():
        stored = Webhook.objects.select_for_update(no_key=True).get(pk=webhook.pk)
        told = WebhookMessage.objects.select_for_update(no_key=True).get(pk=message.pk)
        WebhookAttempt.objects.create(
            message=told, at=at, status=outcome.status, fault=outcome.fault, duration_ms=outcome.duration_ms
        )
        if stored.url != webhook.url:
            return  # it goes to the new address, whatever came of it at the one before
        if not outcome.fault:
            told.state, told.attempts = choices.MessageState.DELIVERED, told.attempts + 1
            told.save(update_fields=["state", "attempts"])
        elif _waits(stored, webhook.lease, told):
            _failed(stored, told, outcome, timezone.now())


def _waits(stored: Webhook, lease: UUID | None, told: WebhookMessage) -> bool:
    """Whether a failure still matters: nobody took over, stopped the subscription or delivered the message."""
    return stored.lease == lease and told.state == choices.MessageState.PENDING


def _failed(stored: Webhook, told: WebhookMessage, outcome: Outcome, now: datetime) -> None:
    told.attempts += 1
    delay = delay_after(told.attempts)
    if delay is not None and outcome.fault != choices.DeliveryFault.GONE:
        told.due_at = now + max(delay, min(outcome.wait, LONGEST_WAIT))
        told.save(update_fields=["attempts", "due_at"])
        return
    told.state = choices.MessageState.FAILED
    told.save(update_fields=["attempts", "state"])
    word = outcome.status or choices.DeliveryFault(outcome.fault).label
    reason = (
        "The receiver answered 410: it wants no more messages."
        if outcome.fault == choices.DeliveryFault.GONE
        else f"The message {told.message_id} was not taken in {told.attempts} attempts; the last one: {word}."
    )
    stop_locked(stored, choices.WebhookState.PAUSED, reason, now)


def _pause(webhook: Webhook, reason: str, now: datetime) -> None:
    with transaction.atomic():
        stored = Webhook.objects.select_for_update(no_key=True).get(pk=webhook.pk)
        if stored.state == choices.WebhookState.ACTIVE and stored.lease == webhook.lease:  # else somebody was faster
            stop_locked(stored, choices.WebhookState.PAUSED, reason, now)
