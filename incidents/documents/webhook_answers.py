"""How a subscription and its deliveries read for the organisation that has them, and what it may send to change them.

The events themselves are in webhooks.py.
"""

from typing import Any

from rest_framework import serializers

from incidents import choices
from incidents.documents.fields import TextOrNull, code, count
from incidents.documents.given import Strict


class WebhookContent(Strict):
    """A subscription: where you want to be told, and of what; without kinds or events, of all."""

    name = serializers.CharField(max_length=100)
    url = serializers.CharField(max_length=1000, help_text="https only, on port 443, at a public address.")
    kinds = serializers.ListField(child=code(choices.PublicKind), max_length=10, required=False)
    events = serializers.ListField(
        child=serializers.CharField(max_length=40),
        max_length=10,
        required=False,
        help_text="Such as publication.published; they are described in the `webhooks` section.",
    )


class WebhookStep(Strict):
    """What to do: `pause` (with a reason), `resume`, `rotate_secret`, or `resend` one message or all from a row."""

    action = code(choices.WebhookAction)
    reason = serializers.CharField(max_length=500, required=False)
    message_id = serializers.CharField(max_length=40, required=False)
    from_seq = serializers.IntegerField(min_value=1, max_value=2_147_483_647, required=False)


class Webhook(serializers.Serializer[Any]):
    """A subscription and how it stands."""

    id = serializers.UUIDField(source="public_id")
    version = count()
    name = serializers.CharField()
    url = serializers.CharField()
    kinds = serializers.ListField(child=serializers.CharField())
    events = serializers.ListField(child=serializers.CharField())
    state = serializers.CharField(help_text="active, paused or disabled.")
    state_reason = TextOrNull()
    state_since = serializers.DateTimeField()
    seq = count(help_text="The row of the log up to which messages were made.")
    secret = serializers.SerializerMethodField(
        help_text="`whsec_...`, told once: when the subscription is made and when the secret is changed; else null."
    )

    def get_secret(self, _webhook: Any) -> str | None:
        secret: str | None = self.context.get("secret")
        return secret


class DeliveryAttempt(serializers.Serializer[Any]):
    """One attempt: the status that came back, or the word for what went wrong."""

    at = serializers.DateTimeField()
    status = serializers.IntegerField(min_value=100, max_value=599, allow_null=True)
    fault = TextOrNull()
    duration_ms = count()


class WebhookDelivery(serializers.Serializer[Any]):
    """A message and the attempts to deliver it, the last first."""

    id = serializers.CharField(source="message_id")
    event = serializers.CharField()
    seq = count(allow_null=True)
    state = serializers.CharField(help_text="pending, delivered, failed or held.")
    due_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    attempts = DeliveryAttempt(many=True, source="deliveries")
