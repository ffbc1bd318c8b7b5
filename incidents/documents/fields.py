"""The small fields and references that every published document is made of.

A reference (to a source, a document, an actor) always has the same keys, so that a rename can be
carried into stored documents by looking for it.
"""

import re
from datetime import UTC
from difflib import get_close_matches
from typing import Any

from django.db.models import TextChoices
from rest_framework import serializers

from incidents import choices
from incidents.models import Source

COUNT_MAX = 2_147_483_647
# How much a code resembles another that is proposed in its place: "dead" is not "detained".
ALIKE = 0.75


def vocabulary_name(vocabulary: type[TextChoices]) -> str:
    """The name of a vocabulary at /vocabularies/: its class name in snake_case."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in vocabulary.__name__).lstrip("_")


def text_or_null(value: Any) -> str | None:
    """A text as it is published: null where nobody said."""
    return str(value) or None


class OpenCode(serializers.CharField):
    """A code of a vocabulary that grows: a plain string, so that a new term breaks no client."""

    def __init__(self, vocabulary: type[TextChoices], **kwargs: Any) -> None:
        self.vocabulary = vocabulary
        name = vocabulary_name(vocabulary)
        note = f"A code of the vocabulary `{name}`, see /api/v1/vocabularies/{name}/."
        kwargs["help_text"] = " ".join(filter(None, [kwargs.get("help_text"), note]))
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        value: str = super().to_internal_value(data)
        if value not in self.vocabulary.values:
            close = get_close_matches(value, self.vocabulary.values, n=1, cutoff=ALIKE)
            all_of_them = f"see /api/v1/vocabularies/{vocabulary_name(self.vocabulary)}/."
            hint = f"did you mean '{close[0]}'?" if close else all_of_them
            raise serializers.ValidationError(f'"{value}" is not a valid choice; {hint}', code="invalid_choice")
        return value

    def to_representation(self, value: Any) -> str | None:  # type: ignore[override]
        return text_or_null(value)


class ClosedCode(serializers.ChoiceField):
    """A code of a short, closed vocabulary: an enum; the empty string in the table reads null."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        told = ", ".join(str(value) for value in self.choices)
        self.error_messages["invalid_choice"] = f'"{{input}}" is not a valid choice; write one of {told}.'

    def to_representation(self, value: Any) -> str | None:  # type: ignore[override]
        return text_or_null(value)


def code(vocabulary: type[TextChoices], **kwargs: Any) -> serializers.Field[Any, Any, Any, Any]:
    """The field for a code of `vocabulary`, open or closed as choices.GROWING says."""
    if vocabulary in choices.GROWING:
        return OpenCode(vocabulary, **kwargs)
    return ClosedCode(choices=vocabulary.choices, **kwargs)


DIGITS = re.compile(r"-?[0-9]{1,19}")


class Whole(serializers.IntegerField):
    """A whole number, also as a text of its digits; Python reads " 31 ", 1_0 and \u0663\u0661 as well."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, str) and not DIGITS.fullmatch(data):
            raise serializers.ValidationError("Write the number itself, without quotes, such as 31.", code="invalid")
        return super().to_internal_value(data)


def count(**kwargs: Any) -> serializers.IntegerField:
    """A number of units, 0 to 2,147,483,647; null is not known and 0 is none."""
    invalid: dict[str, Any] = {"invalid": "Write a whole number, such as 31."}
    return Whole(min_value=0, max_value=COUNT_MAX, error_messages=invalid, **kwargs)


class TextOrNull(serializers.CharField):
    """A text whose empty column reads null: nobody said."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, **kwargs)

    def to_representation(self, value: Any) -> str | None:  # type: ignore[override]
        return text_or_null(value)


class Discreetly(serializers.Field[Any, Any, Any, Any]):
    """Mixed into a field that could lead to a place or person: what reads otherwise of a highly sensitive incident."""

    def to_representation(self, value: Any) -> Any:
        return self.instead(value) if self.context.get("discreet") else super().to_representation(value)

    def instead(self, value: Any) -> Any:
        """What stands in place of the value."""
        return None


class DiscreetText(Discreetly, TextOrNull):
    """A text that could lead to a place or person: null where the incident is highly sensitive."""


class Discreet(Discreetly, serializers.ListField):
    """A list that could lead to a place or person: empty where the incident is highly sensitive."""

    def instead(self, value: Any) -> list[Any]:
        return []


class Texts(serializers.DictField):
    """A text by language: {language tag: text}; empty when nobody named it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=serializers.CharField(), **kwargs)

    def to_representation(self, value: Any) -> dict[str, str]:
        return dict(value)


class DiscreetTexts(Discreetly, Texts):
    """A text by language that could lead to a place or person: empty where the incident is highly sensitive."""

    def instead(self, value: Any) -> dict[str, str]:
        return {}


class DiscreetId(Discreetly, serializers.UUIDField):
    """The id of something that could lead to a place: null where the incident is highly sensitive."""


class DiscreetCode(Discreetly, ClosedCode):
    """A code that could lead to a place: null where the incident is highly sensitive."""


class DiscreetDate(Discreetly, serializers.DateField):
    """A day that could lead to the incident's own: null where the incident is highly sensitive."""


class DiscreetMoment(Discreetly, serializers.DateTimeField):
    """A moment that could lead to the incident's day: its month's first where the incident is highly sensitive."""

    def instead(self, value: Any) -> str | None:
        first = value.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return serializers.DateTimeField.to_representation(self, first)


class Remembered(serializers.Serializer[Any]):
    """A reference that is rendered once an object where the context has `refs`: thousands of rows name the same few.

    Documents are replaced and never changed in place, so that they may share it.
    """

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return self.remembered(instance, self.context.get("refs"))

    def remembered(self, instance: Any, refs: dict[Any, dict[str, Any]] | None) -> dict[str, Any]:
        """The reference, as `refs` has it already or as it is put there now."""
        if refs is None:
            return self.reference(instance)
        key = type(self), instance.pk
        if key not in refs:
            refs[key] = self.reference(instance)
        return refs[key]

    def reference(self, instance: Any) -> dict[str, Any]:
        return dict(super().to_representation(instance))


class SourceRef(Remembered):
    """Who asserts. Of a confidential source only the kind is published: id null, name empty."""

    id = serializers.UUIDField(source="public_id", allow_null=True)
    kind = code(choices.SourceKind)
    name = Texts(source="names")
    confidential = serializers.BooleanField()

    def reference(self, instance: Source) -> dict[str, Any]:
        instance.settle_confidential()
        confidential = bool(instance.confidential)
        return {
            "id": None if confidential else str(instance.public_id),
            "kind": instance.kind,
            "name": {} if confidential else dict(instance.names),
            "confidential": confidential,
        }


# What of a document gives its publisher away, and how it reads where the publisher is confidential.
TRACES: dict[str, Any] = {
    "title": {},
    "url": None,
    "archive_url": None,
    "sha256": None,
    "sha256_of": None,
    "seen_at": None,
    "rights": None,
}


def traceless(document: dict[str, Any]) -> dict[str, Any]:
    """A document's record, or a reference to it, without what gives its publisher away."""
    return document | {name: value for name, value in TRACES.items() if name in document}


def without_traces(document: dict[str, Any], publisher: Source) -> dict[str, Any]:
    """The same where the publisher is confidential; else the document as it is."""
    publisher.settle_confidential()
    return traceless(document) if publisher.confidential else document


class DocumentRef(Remembered):
    """Where it stands. Null in place of a document that may not be published."""

    id = serializers.UUIDField(source="public_id")
    type = code(choices.DocumentType)
    title = Texts()
    published_on = serializers.DateField(allow_null=True)
    url = TextOrNull()

    def reference(self, instance: Any) -> dict[str, Any]:
        return without_traces(super().reference(instance), instance.publisher)


class PublishableDocumentRef(DocumentRef):
    """A document reference, null where consent or state forbid it."""

    def to_representation(self, instance: Any) -> dict[str, Any] | None:  # type: ignore[override]
        return super().to_representation(instance) if instance.publishable else None


class DocumentRefField(Discreetly, PublishableDocumentRef):
    """A document reference, null where consent or state forbid it or it could lead to a highly sensitive incident."""


class ActorRef(Remembered):
    """To whom something is attributed."""

    id = serializers.UUIDField(source="public_id")
    type = code(choices.ActorType)
    identification = code(choices.Identification)
    name = Texts(source="names")


class AreaRef(Remembered):
    """A country (level 0) or an administrative area (levels 1 to 4)."""

    pcode = serializers.CharField()
    level = serializers.IntegerField(min_value=0, max_value=4)
    name = Texts(source="names")


class IncidentRef(serializers.Serializer[Any]):
    """Another published incident."""

    id = serializers.UUIDField(source="public_id")
    title = Texts()


class InvestigationRef(serializers.Serializer[Any]):
    """A published investigation."""

    id = serializers.UUIDField(source="public_id")
    type = code(choices.InvestigationType)
    name = Texts(source="names")


class ExternalReference(serializers.Serializer[Any]):
    """An id in another system."""

    scheme = serializers.CharField()
    key = serializers.CharField()


class Head(serializers.Serializer[Any]):
    """What every published document begins with: its id, version and place in the log."""

    id = serializers.UUIDField(source="public_id")
    version = serializers.IntegerField(min_value=1, max_value=COUNT_MAX)
    seq = serializers.IntegerField(min_value=1, max_value=COUNT_MAX)
    published_at = serializers.DateTimeField()
