"""How the publication log reads: the versions of one object, and the feed of changes.

Bodies stand in the log as they were published; a body that was redacted, and one that is no longer current, is null.
"""

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from incidents import choices
from incidents.documents.fields import COUNT_MAX, code


class LogMoment(serializers.DateTimeField):
    """A moment exactly as the log hashes it: UTC, always six decimals of a second, Z."""

    def to_representation(self, value: Any) -> str:
        moment: datetime = value
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _reason() -> serializers.CharField:
    return serializers.CharField(help_text="A sentence; empty where none was given.")


class Version(serializers.Serializer[Any]):
    """One entry of an object's history; `redacted` says that its document was erased and answers 410."""

    seq = serializers.IntegerField(min_value=1, max_value=COUNT_MAX)
    version = serializers.IntegerField(min_value=1, max_value=COUNT_MAX)
    operation = code(choices.Operation)
    reason_code = code(choices.ReasonCode)
    reason = _reason()
    survivor = serializers.UUIDField(allow_null=True, help_text="Where it was merged into.")
    published_at = LogMoment()
    hash = serializers.CharField(help_text="SHA-256 in hexadecimal, over the row before, the header and the digest.")
    redacted = serializers.BooleanField()


class Change(serializers.Serializer[Any]):
    """One row of the log.

    `document` and `salt` are given where this row is the object's current version, of each version where earlier ones
    are asked for, so that `document_digest`, which is SHA-256(salt, document), can be verified; otherwise, and where it
    was emptied, both are null. The chain of `hash` needs only digests.
    """

    seq = serializers.IntegerField(min_value=1, max_value=COUNT_MAX)
    operation = code(choices.Operation)
    kind = code(choices.PublicKind)
    id = serializers.UUIDField()
    version = serializers.IntegerField(min_value=1, max_value=COUNT_MAX)
    schema_version = serializers.CharField()
    reason_code = code(choices.ReasonCode)
    reason = _reason()
    survivor = serializers.UUIDField(allow_null=True, help_text="Where it was merged into.")
    published_at = LogMoment()
    hash = serializers.CharField()
    previous_hash = serializers.CharField()
    document_digest = serializers.CharField(help_text="Empty where the operation publishes no document.")
    salt = serializers.CharField(allow_null=True)
    document = serializers.DictField(
        allow_null=True,
        help_text="As the detail of its kind read under `schema_version`, without what is computed when it is read.",
    )


class ChangePage(serializers.Serializer[Any]):
    """Rows of the log in order. When `next` is null, ask again later with `after` = `last_seq`."""

    results = Change(many=True)
    next = serializers.URLField(allow_null=True)
    last_seq = serializers.IntegerField(
        min_value=0, max_value=COUNT_MAX, help_text="The last of the log that this answer takes into account."
    )


class Tombstone(serializers.Serializer[Any]):
    """What stands where an object was: the operation that took it away, and why."""

    operation = code(choices.Operation)
    seq = serializers.IntegerField(min_value=1, max_value=COUNT_MAX)
    reason_code = code(choices.ReasonCode)
    reason = _reason()
    published_at = LogMoment()
