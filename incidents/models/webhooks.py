"""Webhooks: what organisations subscribe to, the outbox of messages, and the log of every attempt to deliver one.

Publications are not copied into the outbox when they are made: the publication log is their outbox, and a
subscription's `seq` says up to where messages were derived from it (rules/delivery/outbox.py).
"""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from incidents import choices
from incidents.models.access import Organisation
from incidents.models.base import Record, code_field, one_of

MAX_URL = 2000
NOT_OF_LOG = (choices.WebhookEvent.DEADLINE_MISSED, choices.WebhookEvent.SUBMISSION_CHANGED)
"""Events that no row of the log stands behind."""


def validate_kinds(value: Any) -> None:
    """Refuse anything but a list of kinds of published objects."""
    _codes(value, choices.PublicKind.values)


def validate_events(value: Any) -> None:
    """Refuse anything but a list of events."""
    _codes(value, choices.WebhookEvent.values)


def _codes(value: Any, known: list[str]) -> None:
    if not isinstance(value, list) or not all(isinstance(each, str) and each in known for each in value):
        raise ValidationError(_("Write a list of these: %(known)s."), params={"known": ", ".join(known)})


class Webhook(Record):
    """A subscription: where an organisation wants to be told what. Secrets are sealed (rules/delivery/sealing.py)."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="webhooks")
    name = models.CharField(max_length=100, help_text=_("What it is for, such as: our archive."))
    url = models.CharField(max_length=MAX_URL, help_text=_("Such as https://hooks.example.org/incidents."))
    kinds = models.JSONField(
        default=list, blank=True, validators=[validate_kinds], help_text=_("Of which kinds of objects; none: of all.")
    )
    events = models.JSONField(
        default=list, blank=True, validators=[validate_events], help_text=_("Of which events; none: of all.")
    )
    state = code_field(choices.WebhookState.choices, default=choices.WebhookState.ACTIVE, editable=False)
    state_reason = models.TextField(blank=True, default="", editable=False)
    state_since = models.DateTimeField(editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    secret = models.TextField(editable=False)
    earlier_secret = models.TextField(blank=True, default="", editable=False)
    earlier_until = models.DateTimeField(null=True, blank=True, editable=False)
    seq = models.BigIntegerField(default=0, editable=False)
    # Who delivers holds a lease, not a lock: a receiver may take ten seconds, and no transaction should.
    lease = models.UUIDField(null=True, blank=True, editable=False)
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    looked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=one_of("state", choices.WebhookState.values), name="webhook_state_known"),
            models.CheckConstraint(
                condition=Q(state=choices.WebhookState.ACTIVE) | ~Q(state_reason=""), name="webhook_stopped_says_why"
            ),
            models.CheckConstraint(condition=~Q(secret=""), name="webhook_has_secret"),
            models.CheckConstraint(
                condition=Q(earlier_secret="", earlier_until__isnull=True)
                | (~Q(earlier_secret="") & Q(earlier_until__isnull=False)),
                name="webhook_earlier_secret_ends",
            ),
            models.CheckConstraint(condition=Q(seq__gte=0), name="webhook_seq_from_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"


class WebhookMessage(models.Model):
    """One message to one subscription, with the id under which it is sent every time.

    `seq` is the log row that it tells of, null for what is not in the log. `place` is its turn: a subscription's
    messages go out in the order of place, then id; 0 is none, of what it was no longer about when that came.
    `attempts` counts those since it last became pending.
    """

    message_id = models.CharField(max_length=40, unique=True)
    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="messages")
    event = code_field(choices.WebhookEvent.choices)
    seq = models.BigIntegerField(null=True, blank=True)
    payload = models.JSONField()
    place = models.BigIntegerField()
    state = code_field(choices.MessageState.choices, default=choices.MessageState.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=one_of("event", choices.WebhookEvent.values), name="message_event_known"),
            models.CheckConstraint(condition=one_of("state", choices.MessageState.values), name="message_state_known"),
            models.CheckConstraint(
                condition=Q(event__in=NOT_OF_LOG, seq__isnull=True) | (~Q(event__in=NOT_OF_LOG) & Q(seq__isnull=False)),
                name="message_of_log_has_seq",
            ),
            models.UniqueConstraint(fields=["webhook", "seq"], name="message_once_for_log_row"),
        ]
        indexes = [
            models.Index(fields=["webhook", "state", "place", "id"], name="message_turn"),
            models.Index(fields=["webhook", "place"], name="message_place"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.event} ({self.state})"


class WebhookAttempt(models.Model):
    """One attempt to deliver a message, append-only: the status that came back, or the word for what went wrong."""

    message = models.ForeignKey(WebhookMessage, on_delete=models.PROTECT, related_name="deliveries")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    fault = code_field(choices.DeliveryFault.choices, blank=True, default="")
    duration_ms = models.PositiveIntegerField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=one_of("fault", ["", *choices.DeliveryFault.values]), name="attempt_fault_known"
            ),
            models.CheckConstraint(
                condition=~Q(fault="") | Q(status__isnull=False, status__gte=200, status__lt=300),
                name="attempt_succeeds_with_2xx",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.status or self.fault}"


class MissedDeadline(models.Model):
    """A day by which a published investigation was to report and did not: whoever is told of it is told once."""

    investigation = models.UUIDField()
    due_on = models.DateField()
    noticed_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["investigation", "due_on"], name="missed_deadline_told_once")]

    def __str__(self) -> str:
        return f"{self.investigation} {self.due_on}"
