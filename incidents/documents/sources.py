"""How a source and a document read. Reliability letters stay internal; confidential sources have no document."""

from typing import Any

from rest_framework import serializers

from incidents import choices
from incidents.documents.fields import Head, SourceRef, TextOrNull, Texts, code, without_traces


class AffiliationRef(serializers.Serializer[Any]):
    """The actor a source belongs to: figures of a party to the conflict are ranked last."""

    id = serializers.UUIDField(source="public_id")
    name = Texts(source="names")


class SourceRecord(serializers.Serializer[Any]):
    """Somebody who asserts something."""

    id = serializers.UUIDField(source="public_id")
    kind = code(choices.SourceKind)
    name = Texts(source="names")
    affiliated_with = AffiliationRef(allow_null=True)


class Source(Head, SourceRecord):
    """Somebody who asserts something, as published."""


class DocumentRecord(serializers.Serializer[Any]):
    """A document in which claims stand; of a confidential publisher's own, nothing that leads to it."""

    id = serializers.UUIDField(source="public_id")
    type = code(choices.DocumentType)
    publisher = SourceRef()
    title = Texts()
    language = TextOrNull()
    published_on = serializers.DateField(allow_null=True)
    url = TextOrNull()
    archive_url = TextOrNull()
    captured_at = serializers.DateTimeField(allow_null=True)
    sha256 = TextOrNull(help_text="Of the stored copy, in hexadecimal.")
    sha256_of = TextOrNull()
    seen_at = TextOrNull()
    rights = TextOrNull()
    consent = code(choices.Consent)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return without_traces(dict(super().to_representation(instance)), instance.publisher)


class Document(Head, DocumentRecord):
    """A document in which claims stand, as published."""
