"""Subscriptions of organisations: making, changing, stopping and resuming them, their secrets, and telling them.

What waits for them is in outbox.py, how it is delivered in delivering.py. Whoever calls has checked who may.
"""

import base64
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from incidents import choices
from incidents.choices import AuditAction
from incidents.documents.webhooks import SubmissionEvent
from incidents.models import Organisation, Webhook, WebhookMessage
from incidents.models.webhooks import validate_events, validate_kinds
from incidents.rules.delivery import outbox
from incidents.rules.delivery.egress import EgressRefused, target_of
from incidents.rules.delivery.sealing import readable, seal, unseal
from incidents.rules.legible import illegible, is_written
from incidents.rules.sentences import worded
from incidents.rules.trail import auditing
from incidents.rules.trail.differences import changed
from incidents.rules.trail.editing import Stale

ACTIVE, PAUSED, DISABLED = choices.WebhookState.ACTIVE, choices.WebhookState.PAUSED, choices.WebhookState.DISABLED
MOST = 10
MAX_NAME = 100
MAX_REASON = 500
SECRET_PREFIX = "whsec_"  # noqa: S105 -- the form of Standard Webhooks, not a secret
SECRET_BYTES = 32
OVERLAP = timedelta(hours=24)


class WebhookError(Exception):
    """What the rules of webhooks refuse, and of which member of what was sent; the message says what to do instead.

    Without a member it is the state of the webhook that does not allow it. `code` is that of the fault, for programs.
    """

    def __init__(self, message: str, pointer: str = "", code: str = "refused") -> None:
        super().__init__(message)
        self.pointer, self.code = pointer, code


def subscribe(
    organisation: Organisation,
    *,
    name: str,
    url: str,
    kinds: Sequence[str] = (),
    events: Sequence[str] = (),
    after: int | None = None,
    by: User | None = None,
) -> tuple[Webhook, str]:
    """A new subscription and its signing secret, which is told this one time.

    It begins with what is published from now on, or after the row `after` of the log. Raises WebhookError.
    """
    check(name, url, kinds, events)
    secret = new_secret()
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        if Webhook.objects.filter(organisation=organisation).count() >= MOST:
            raise WebhookError(
                worded(
                    "%(organisation)s has %(most)d webhooks, the most it may have; change one of those.",
                    organisation=organisation.name,
                    most=MOST,
                )
            )
        end = outbox.head_seq()
        if after is not None and not 0 <= after <= end:
            raise WebhookError(f"The log has no row {after}; write a number from 0 to {end}.", "/after")
        webhook = Webhook.objects.create(
            organisation=organisation,
            name=name,
            url=url,
            kinds=list(kinds),
            events=list(events),
            state=ACTIVE,
            state_since=timezone.now(),
            created_by=by,
            secret=seal(secret),
            seq=end if after is None else after,
        )
        _record(AuditAction.CREATE, webhook, **_subject(webhook))
    return webhook, secret


def change(
    webhook: Webhook,
    *,
    name: str,
    url: str,
    kinds: Sequence[str],
    events: Sequence[str],
    version: int | None = None,
) -> Webhook:
    """Change what a subscription is about and where it is told; what is queued goes to a new address at once.

    Raises Stale unless it is at `version` (None: whatever it is at).
    """
    check(name, url, kinds, events)
    with transaction.atomic():
        stored = _locked(webhook, version)
        if url != stored.url:
            outbox.hasten(stored, timezone.now())
        was = _subject(stored)
        stored.name, stored.url, stored.kinds, stored.events = name, url, list(kinds), list(events)
        before, after = changed(was, _subject(stored))
        auditing.record(action=AuditAction.CHANGE, obj=stored, before=before, after=after)
        return _saved(stored, "name", "url", "kinds", "events")


def pause(webhook: Webhook, *, reason: str, version: int | None = None) -> Webhook:
    """Stop a subscription for a time; nothing is lost, it goes on where it stood when resumed.

    Raises Stale unless it is at `version` (None: whatever it is at), as all that follows here.
    """
    return _stop(webhook, PAUSED, reason, version)


def disable(webhook: Webhook, *, reason: str) -> Webhook:
    """Stop a subscription until the desk enables it again; nothing is lost."""
    return _stop(webhook, DISABLED, reason)


def resume(webhook: Webhook, *, version: int | None = None) -> Webhook:
    """Let a paused subscription go on where it stood; raises WebhookError for one that the desk disabled."""
    with transaction.atomic():
        stored = _locked(webhook, version)
        if stored.state == DISABLED:
            raise WebhookError(f"The desk disabled it ({stored.state_reason}); only the desk can enable it again.")
        return _go_on(stored)


def enable(webhook: Webhook) -> Webhook:
    """Let a subscription go on where it stood, whoever stopped it: for the desk."""
    with transaction.atomic():
        return _go_on(_locked(webhook))


def rotate(webhook: Webhook, *, version: int | None = None) -> tuple[Webhook, str]:
    """A new signing secret, told this one time; for a day every message is signed with the one before as well.

    One before that cannot be read any more, since SECRET_KEY has changed, signs nothing.
    """
    secret = new_secret()
    with transaction.atomic():
        stored = _locked(webhook, version)
        stored.earlier_secret, stored.earlier_until = stored.secret, timezone.now() + OVERLAP
        if not readable(stored.secret):
            stored.earlier_secret, stored.earlier_until = "", None
        stored.secret = seal(secret)
        _record(AuditAction.KEY_ROTATED, stored)
        return _saved(stored, "secret", "earlier_secret", "earlier_until"), secret


def secret_of(webhook: Webhook) -> str | None:
    """The signing secret that is in force; None where SECRET_KEY has changed and it cannot be read any more."""
    return unseal(webhook.secret) if readable(webhook.secret) else None


def resend(message: WebhookMessage, *, version: int | None = None) -> WebhookMessage:
    """Deliver one message once more, under its id, after what is queued; one that still waits is due at once.

    Raises WebhookError where the subscription is stopped, whose version stays as it is.
    """
    with transaction.atomic():
        webhook = _locked(message.webhook, version)
        stored = WebhookMessage.objects.select_for_update(no_key=True).filter(pk=message.pk).first()
        if stored is None:
            raise WebhookError(worded("It was old and has been deleted meanwhile; send again from its row of the log."))
        if webhook.state != ACTIVE:
            raise WebhookError(
                worded(
                    "The webhook is %(state)s (%(reason)s); resume it first.",
                    state=choices.WebhookState(webhook.state),
                    reason=webhook.state_reason,
                )
            )
        if stored.state == choices.MessageState.HELD:
            raise WebhookError(
                worded("It waits for its turn already: the webhook was set back to an earlier row of the log.")
            )
        if stored.state == choices.MessageState.DELIVERED or stored.place == outbox.NO_TURN:
            stored.place, stored.attempts = outbox.next_place(webhook), 0
        stored.state, stored.due_at = choices.MessageState.PENDING, timezone.now()
        stored.save(update_fields=["place", "attempts", "state", "due_at"])
        _record(AuditAction.CHANGE, webhook, resend=stored.message_id)
        return stored


def resend_from(webhook: Webhook, *, seq: int, version: int | None = None) -> Webhook:
    """Tell a subscription of the log again from this row on, in order and under the same ids; raises WebhookError."""
    with transaction.atomic():
        stored = _locked(webhook, version)
        if not 1 <= seq <= stored.seq:
            told = worded("It was told of the log up to row %(seq)d; write a number from 1 to %(seq)d.", seq=stored.seq)
            raise WebhookError(told, "/from_seq")
        outbox.rewind(stored, seq)
        _record(AuditAction.CHANGE, stored, resend_from=seq)
        return stored


def notify_organisation(organisation: Organisation, event: str, payloads: Sequence[Mapping[str, Any]]) -> int:
    """Queue messages to every subscription of the organisation to this event; returns how many were queued.

    Call it in the transaction of what it tells of, after those rows are locked: rolled back, nothing is sent, and the
    messages of one row keep their order. Each payload is the event's `data` (documents/webhooks.py); publications are
    told from the log, never from here. Raises WebhookError for another event or payload.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a message is queued inside the transaction that it tells of")
    if event != choices.WebhookEvent.SUBMISSION_CHANGED:
        raise WebhookError(f"'{event}' is not told from here; {choices.WebhookEvent.SUBMISSION_CHANGED.value} is.")
    webhooks = [
        webhook
        for webhook in Webhook.objects.filter(organisation=organisation).order_by("pk")
        if not webhook.events or event in webhook.events
    ]
    now = timezone.now()
    # Where nobody listens, one payload is read all the same, so that a mistake shows.
    told = [_told(event, payload, now) for payload in (payloads if webhooks else payloads[:1])]
    return outbox.queue(webhooks, event, told, now)


def _told(event: str, payload: Mapping[str, Any], now: datetime) -> Any:
    given = SubmissionEvent(data={"type": event, "timestamp": now, "data": dict(payload)})
    if not given.is_valid():
        raise WebhookError(f"The event does not read as the contract says: {given.errors}")
    return SubmissionEvent(given.validated_data).data


def new_secret() -> str:
    """A signing secret as Standard Webhooks writes it: whsec_ and 32 random bytes in Base64."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def stop_locked(webhook: Webhook, state: str, reason: str, now: datetime) -> None:
    """Stop a subscription whose row the caller has locked."""
    webhook.state, webhook.state_reason, webhook.state_since = state, reason, now
    _saved(webhook, "state", "state_reason", "state_since")
    outbox.hold(webhook)
    _record(AuditAction.CHANGE, webhook, reason, state=state)


def _stop(webhook: Webhook, state: str, reason: str, version: int | None = None) -> Webhook:
    missing = not is_written(reason)
    if missing or len(reason) > MAX_REASON:
        wanted = worded(
            "Write the reason in %(most)d characters at most: whoever finds it stopped, among you or at the desk, "
            "reads it as state_reason.",
            desk="Write the reason in %(most)d characters at most: the organisation reads it.",
            most=MAX_REASON,
        )
        raise WebhookError(wanted, "/reason", "required" if missing else "max_length")
    if fault := illegible(reason):
        raise WebhookError(fault, "/reason")
    with transaction.atomic():
        stored = _locked(webhook, version)
        if stored.state == DISABLED and state == PAUSED:
            raise WebhookError(worded("The desk disabled it already."))
        stop_locked(stored, state, reason, timezone.now())
        return stored


def _go_on(stored: Webhook) -> Webhook:
    """Make a locked subscription active; what it was not told meanwhile is due from the beginning of the schedule."""
    if stored.state == ACTIVE:
        return stored
    now = timezone.now()
    stored.state, stored.state_reason, stored.state_since = ACTIVE, "", now
    outbox.release(stored, now)
    _record(AuditAction.CHANGE, stored, state=ACTIVE.value)
    return _saved(stored, "state", "state_reason", "state_since")


def _subject(webhook: Webhook) -> dict[str, Any]:
    """What the audit chain tells of a subscription that is made or changed."""
    return {name: getattr(webhook, name) for name in ("name", "url", "kinds", "events")}


def _record(action: AuditAction, webhook: Webhook, reason: str = "", **after: Any) -> None:
    """An entry of the audit chain; never a secret."""
    auditing.record(action=action, obj=webhook, after=after, reason=reason)


def _locked(webhook: Webhook, version: int | None = None) -> Webhook:
    """The subscription as stored, locked; messages may still be queued to it meanwhile. Stale unless at `version`."""
    stored = Webhook.objects.select_for_update(no_key=True).get(pk=webhook.pk)
    if version is not None and stored.version != version:
        raise Stale(stored, ())
    return stored


def _saved(stored: Webhook, *fields: str) -> Webhook:
    stored.version += 1
    stored.save(update_fields=[*fields, "version", "updated_at"])
    return stored


def check(name: str, url: str, kinds: Sequence[str], events: Sequence[str]) -> None:
    """Raise WebhookError unless there can be such a subscription; names are not resolved here, but when it is told."""
    if not is_written(name) or len(name) > MAX_NAME:
        raise WebhookError(
            worded("Give it a name of %(most)d characters at most, such as: our archive.", most=MAX_NAME), "/name"
        )
    if fault := illegible(name):
        raise WebhookError(fault, "/name")
    try:
        target_of(url, ports=settings.WEBHOOK_PORTS, allow_loopback=settings.WEBHOOK_LOOPBACK)
    except EgressRefused as refusal:
        raise WebhookError(refusal.args[0], "/url") from refusal
    for member, codes, validate in (("/kinds", kinds, validate_kinds), ("/events", events, validate_events)):
        try:
            validate(list(codes))
        except ValidationError as refusal:
            raise WebhookError(" ".join(refusal.messages), member) from refusal
        if twice := [code for code in codes if codes.count(code) > 1]:
            raise WebhookError(f"{twice[0]} stands twice. Write each once.", member)
