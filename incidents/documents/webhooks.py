"""How an event reads that a webhook is told: what happened to which object, and where it can be read; no content.

Members are those that Standard Webhooks recommends: type, timestamp, data. Whether and when it is told is the rules'.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from rest_framework import serializers

from incidents import choices
from incidents.documents.fields import COUNT_MAX, code
from incidents.documents.log import LogMoment
from incidents.models import Publication

PATHS: dict[str, str] = {
    choices.PublicKind.INCIDENT: "incidents",
    choices.PublicKind.PERPETRATOR: "perpetrators",
    choices.PublicKind.INVESTIGATION: "investigations",
    choices.PublicKind.SOURCE: "sources",
    choices.PublicKind.DOCUMENT: "documents",
}
EVENT_OF: dict[str, choices.WebhookEvent] = {
    choices.Operation.PUBLISH: choices.WebhookEvent.PUBLISHED,
    choices.Operation.WITHDRAW: choices.WebhookEvent.WITHDRAWN,
    choices.Operation.MERGE: choices.WebhookEvent.MERGED,
    choices.Operation.REDACT: choices.WebhookEvent.REDACTED,
}


def url_of(kind: str, key: UUID) -> str:
    """Where an object can be read; after a withdrawal that answers 410, after a merge 308."""
    return f"{settings.SITE_URL}/api/v1/{PATHS[kind]}/{key}/"


class PublicationEventData(serializers.Serializer[Any]):
    """Which object, at which version; the row of the log is at /api/v1/changes/?after={seq - 1}&limit=1."""

    kind = code(choices.PublicKind)
    id = serializers.UUIDField(source="object_id")
    version = serializers.IntegerField(min_value=1, max_value=COUNT_MAX)
    seq = serializers.IntegerField(min_value=1, max_value=COUNT_MAX)
    operation = code(choices.Operation)
    url = serializers.SerializerMethodField()

    def get_url(self, row: Publication) -> str:
        """Where it can be read; after a withdrawal that answers 410, after a merge 308."""
        return url_of(row.kind, row.object_id)


class PublicationEvent(serializers.Serializer[Any]):
    """Something was published, withdrawn, merged or redacted: one row of the publication log."""

    type = serializers.SerializerMethodField()
    timestamp = LogMoment(source="published_at", help_text="When it happened, the same in every attempt.")
    data = PublicationEventData(source="*")  # type: ignore[assignment]

    def get_type(self, row: Publication) -> str:
        """The event, such as publication.published."""
        return EVENT_OF[row.operation].value


class DeadlineEventData(serializers.Serializer[Any]):
    """A published investigation, and the day (UTC) by which it was to report and did not."""

    kind = code(choices.PublicKind)
    id = serializers.UUIDField()
    version = serializers.IntegerField(min_value=1, max_value=COUNT_MAX)
    due_on = serializers.DateField()
    url = serializers.CharField(max_length=500, help_text="Where it can be read; `now` says how it stands today.")


class DeadlineEvent(serializers.Serializer[Any]):
    """A published investigation did not report in time. Each day that it was given is told once, an extension too."""

    type = serializers.CharField(help_text="investigation.deadline_missed.")
    timestamp = LogMoment(help_text="When we noticed: once the day was over, or when it was published later.")
    data = DeadlineEventData()  # type: ignore[assignment]


class SubmissionEventData(serializers.Serializer[Any]):
    """A submission of the organisation's own, and the state it is in now."""

    id = serializers.UUIDField()
    version = serializers.IntegerField(min_value=1, max_value=COUNT_MAX)
    state = serializers.CharField(max_length=40)
    url = serializers.CharField(max_length=500, help_text="Where it can be read, with a key of the organisation.")


class SubmissionEvent(serializers.Serializer[Any]):
    """A submission of the organisation's own changed its state."""

    type = serializers.CharField(help_text="submission.changed.")
    timestamp = LogMoment(help_text="When it happened, the same in every attempt.")
    data = SubmissionEventData()  # type: ignore[assignment]
