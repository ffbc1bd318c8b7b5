"""Webhooks: what is told, how a subscription and a message stand, and what went wrong with a delivery.

The names of events are public and frozen; the rest is for the desk and the organisation that subscribed.
"""

from django.db.models import TextChoices


class WebhookEvent(TextChoices):
    PUBLISHED = "publication.published", "Published"
    WITHDRAWN = "publication.withdrawn", "Withdrawn"
    MERGED = "publication.merged", "Merged into another"
    REDACTED = "publication.redacted", "Earlier versions emptied"
    DEADLINE_MISSED = "investigation.deadline_missed", "Deadline missed"
    SUBMISSION_CHANGED = "submission.changed", "Own submission changed"


class WebhookState(TextChoices):
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    DISABLED = "disabled", "Disabled by the desk"


class WebhookAction(TextChoices):
    """What an organisation does to its own."""

    PAUSE = "pause", "Pause"
    RESUME = "resume", "Go on where it stood"
    ROTATE_SECRET = "rotate_secret", "Change the secret"
    RESEND = "resend", "Send again"


class MessageState(TextChoices):
    PENDING = "pending", "To be delivered"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Given up until resumed"
    HELD = "held", "Waiting until resumed"


class DeliveryFault(TextChoices):
    """Why a message did not arrive; what the receiver wrote is never kept."""

    ADDRESS_REFUSED = "address_refused", "The address is not one that we call"
    NOT_RESOLVED = "not_resolved", "The host name was not found"
    NOT_CONNECTED = "not_connected", "No connection"
    TLS = "tls", "No trusted TLS connection"
    TIMEOUT = "timeout", "Too slow"
    BAD_ANSWER = "bad_answer", "Not an answer in HTTP"
    STATUS = "status", "Another status than 2xx"
    GONE = "gone", "410: it wants no more"
    INTERNAL = "internal", "Our own error"
