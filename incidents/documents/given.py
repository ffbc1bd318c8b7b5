"""Members of what programs send: objects that refuse what they do not know, texts by language, keys and references.

Each refuses what cannot be read, in words that say what to write instead.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from rest_framework import serializers

from incidents.documents.fields import code
from incidents.models.base import validate_texts

LONG, MIDDLE, SHORT = 5_000, 500, 200
MOST_LANGUAGES = 20
MOST_UNKNOWN = 50
LOCAL_KEY = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$"
REFERENCE = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$"
KEYS = (
    "A key has 1 to 40 of the letters A to Z and a to z, digits 0 to 9, dots, hyphens and low lines, such as source-1."
)
DECIMAL = re.compile(r"-?[0-9]{1,3}([.][0-9]{1,20})?")
UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def uuid_of(text: str) -> UUID | None:
    """The UUID that a text in the usual form with hyphens is; None for any other text.

    Python reads many more forms, and two ways of writing one id are two things to whoever compares texts.
    """
    return UUID(text) if UUID_TEXT.fullmatch(text) else None


class Strict(serializers.Serializer[Any]):
    """An object whose every member is known: one that is not is refused, never ignored."""

    default_error_messages = {
        "invalid": "Write one JSON object here.",
        "null": "Write one JSON object here.",
    }

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields))[:MOST_UNKNOWN] if isinstance(data, Mapping) else []
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as refused:
            if not unknown:
                raise
            raise serializers.ValidationError({**refused.detail, **self._unknown(unknown)}) from refused  # type: ignore[dict-item]
        if unknown:
            raise serializers.ValidationError(self._unknown(unknown))
        return value

    def unknown_in(self, given: Mapping[str, Any], at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
        """Members of a patch that no such object has, with the steps to each: one whose value is null would be lost."""
        for name, value in given.items():
            field = self.fields.get(name)
            if field is None:
                yield (*at, name), self._hint(name)
            elif isinstance(field, Strict) and isinstance(value, Mapping):
                yield from field.unknown_in(value, (*at, name))

    def _unknown(self, names: list[str]) -> dict[str, Any]:
        return {name: [serializers.ErrorDetail(self._hint(name), "unknown_field")] for name in names}

    def _hint(self, name: str) -> str:
        close = get_close_matches(name[:60], list(self.fields), n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"known are {', '.join(self.fields)}."
        return f"There is no such member; {hint}"


class TextsIn(serializers.DictField):
    """A text by language, such as {"en": "Tuwaym", "ar": "..."}."""

    def __init__(self, *, longest: int = MIDDLE, **kwargs: Any) -> None:
        super().__init__(child=serializers.CharField(max_length=longest), **kwargs)
        self.error_messages["not_a_dict"] = 'Write it by language, as in {{"en": "Tuwaym"}}, and not as {input_type}.'

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if isinstance(data, Mapping) and len(data) > MOST_LANGUAGES:
            raise serializers.ValidationError(f"Write it in {MOST_LANGUAGES} languages at most.")
        value: dict[str, str] = super().to_internal_value(data)
        try:
            validate_texts(value)
        except ValidationError as refused:
            raise serializers.ValidationError(refused.messages) from refused
        return value


def _for_everybody(value: str) -> None:
    """Refuse what an address that is published must not hold, or cannot be reached by."""
    try:
        address = urlsplit(value)
    except ValueError:
        return  # it is no address at all, and is told so
    try:
        port = address.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValidationError("The port is a number from 1 to 65535; leave it out where it is the usual one.")
    if "@" in address.netloc:
        raise ValidationError(
            "It holds a user or a password, which would be published; leave out what is before the @."
        )


class WebAddress(serializers.URLField):
    """An address of the web for everybody; DRF's takes those of file servers, and user and password, as well."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        web = URLValidator(schemes=["http", "https"], message="Write a web address: https://example.org/report.")
        self.validators = [web if isinstance(each, URLValidator) else each for each in self.validators]
        self.validators.append(_for_everybody)


class Id(serializers.UUIDField):
    """The id of a record; DRF's reads numbers, URNs and ids without hyphens as well."""

    default_error_messages = {"invalid": "Write a UUID with its hyphens, such as 3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f."}

    def to_internal_value(self, data: Any) -> UUID:
        found = uuid_of(data) if isinstance(data, str) else None
        if found is None:
            self.fail("invalid")
        return found


class Degrees(serializers.FloatField):
    """Decimal degrees, also as a text of digits; an integer too large for a float is none."""

    default_error_messages = {"invalid": "Write degrees as a number, such as 35.3, or its digits 0 to 9 in a text."}

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, str) and not DECIMAL.fullmatch(data):
            self.fail("invalid")
        try:
            return super().to_internal_value(data)
        except OverflowError:
            self.fail("invalid")


def text(longest: int = SHORT, **kwargs: Any) -> serializers.CharField:
    """A text that may be left out."""
    return serializers.CharField(max_length=longest, required=False, **kwargs)


def reference(what: str, **kwargs: Any) -> serializers.RegexField:
    """Names one of the submission's own by its `key`, or a published one by its id."""
    return serializers.RegexField(
        REFERENCE,
        help_text=f"The `key` of one of `{what}` sent along, or the id of a published one.",
        error_messages={"invalid": f"Write the `key` of one of `{what}` or an id. {KEYS}"},
        **kwargs,
    )


def key(**kwargs: Any) -> serializers.RegexField:
    """A name for use inside one submission."""
    told = {"help_text": "Yours, for use inside this submission.", "error_messages": {"invalid": KEYS}}
    return serializers.RegexField(LOCAL_KEY, **told | kwargs)


def optional(vocabulary: Any, **kwargs: Any) -> Any:
    """A code that may be left out."""
    return code(vocabulary, required=False, **kwargs)


def several(item: type[serializers.Serializer[Any]], most: int, **kwargs: Any) -> serializers.ListSerializer[Any]:
    """A list that may be left out, of so many items at most."""
    messages: dict[str, Any] = {
        "not_a_list": "Write a list here, also of one.",
        "null": "Write a list here, or leave it out.",
    }
    return serializers.ListSerializer(child=item(), max_length=most, required=False, error_messages=messages, **kwargs)


class Day(serializers.DateField):
    """A day as YYYY-MM-DD, in ASCII digits."""

    default_error_messages = {"invalid": "It is no day of the calendar as YYYY-MM-DD, such as 2025-03-08."}

    def to_internal_value(self, value: Any) -> Any:
        """Refuse other digits, as parameters do: what two programs read differently is nobody's day."""
        if isinstance(value, str) and not value.isascii():
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


def day(**kwargs: Any) -> Day:
    """A day that may be left out."""
    return Day(required=False, allow_null=True, **kwargs)
