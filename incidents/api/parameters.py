"""Query parameters: each kind reads one text strictly, states its OpenAPI schema and knows a valid example.

What a filter does to a query stands in filters.py; which parameters an operation has, with the resource.
"""

import difflib
import math
import re
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.dateparse import parse_datetime

from incidents import choices
from incidents.documents.fields import vocabulary_name
from incidents.documents.given import uuid_of
from incidents.models import AdminArea

INT32_MAX = 2_147_483_647
LONGEST = 4_000
LONGEST_SHOWN, SHOWN_VALUES = 60, 40
ALPHA_2 = 2  # letters of a country's code in ISO 3166-1 alpha-2
COMPONENT = "x-component"
# Control characters, halves of surrogate pairs, and what Django reads in place of bytes that are no UTF-8.
NO_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")
Schema = dict[str, Any]


def nearest(text: str, known: Iterable[str], alike: float = 0.5) -> str | None:
    """The known word closest to ``text``, or None where none is as much ``alike``, 0 to 1."""
    return next(iter(difflib.get_close_matches(text[:100], list(known), n=1, cutoff=alike)), None)


class Parameter(forms.Field):
    """A query parameter. ``clean`` takes the text, or None where it is absent, and raises ValidationError."""

    def __init__(self, description: str, *, example: str, default: str | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)
        self.description = description
        self.example = example
        self.default = default

    def clean(self, value: Any) -> Any:
        if value is None:
            return None if self.default is None else self.parse(self.default)
        text = str(value)
        if not text.strip():
            raise ValidationError("is empty; leave it out or give it a value", code="empty")
        if len(text) > LONGEST:
            raise ValidationError(f"is longer than {LONGEST} characters", code="too_long")
        if NO_TEXT.search(text):
            raise ValidationError("holds a character that no text has, or is no UTF-8", code="invalid_character")
        return self.parse(text)

    def parse(self, text: str) -> Any:
        """The value of a text that is not empty; raises ValidationError with the end of a sentence."""
        return text

    def hint(self, name: str) -> str:
        """A sentence with a valid example, for the detail of an error."""
        return f"Example: {name}={self.example}."

    def schema(self) -> Schema:
        """The OpenAPI schema of the value."""
        return {"type": "string", "minLength": 1, "maxLength": LONGEST}

    def example_value(self) -> Any:
        """The example as it stands in the OpenAPI document."""
        return self.example


class Text(Parameter):
    """A text, 1 to 200 characters."""

    longest = 200

    def parse(self, text: str) -> str:
        if len(text) > self.longest:
            raise ValidationError(f"is longer than {self.longest} characters", code="too_long")
        return text

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1, "maxLength": self.longest}


class Integer(Parameter):
    """A whole number between ``low`` and ``high``, in ASCII digits."""

    def __init__(self, description: str, *, low: int = 0, high: int = INT32_MAX, **kwargs: Any) -> None:
        super().__init__(description, **kwargs)
        self.low, self.high = low, high

    def parse(self, text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,19}", text, re.ASCII) or not self.low <= int(text) <= self.high:
            raise ValidationError(f"should be a whole number from {self.low} to {self.high}", code="not_in_range")
        return int(text)

    def schema(self) -> Schema:
        bounds: Schema = {"type": "integer", "minimum": self.low, "maximum": self.high}
        return bounds | ({"default": int(self.default)} if self.default is not None else {})

    def example_value(self) -> int:
        return int(self.example)


class Number(Parameter):
    """A decimal number between ``low`` (exclusive) and ``high``; NaN and infinities are none."""

    def __init__(self, description: str, *, low: float, high: float, **kwargs: Any) -> None:
        super().__init__(description, **kwargs)
        self.low, self.high = low, high

    def parse(self, text: str) -> float:
        number = decimal(text)
        if number is None or not self.low < number <= self.high:
            raise ValidationError(f"should be a number above {self.low:g} and up to {self.high:g}", code="not_in_range")
        return number

    def schema(self) -> Schema:
        bounds: Schema = {"type": "number", "exclusiveMinimum": self.low, "maximum": self.high}
        return bounds | ({"default": float(self.default)} if self.default is not None else {})

    def example_value(self) -> float:
        return float(self.example)


class Boolean(Parameter):
    """true or false."""

    def parse(self, text: str) -> bool:
        if text not in {"true", "false"}:
            raise ValidationError("should be true or false", code="not_a_boolean")
        return text == "true"

    def schema(self) -> Schema:
        return {"type": "boolean"}

    def example_value(self) -> bool:
        return self.example == "true"


class Day(Parameter):
    """A date, YYYY-MM-DD."""

    def parse(self, text: str) -> date:
        found = day(text)
        if found is None:
            wanted = "is no day of the calendar" if _A_DAY.fullmatch(text) else "should be a date, YYYY-MM-DD"
            raise ValidationError(wanted, code="not_a_date")
        return found

    def schema(self) -> Schema:
        return {"type": "string", "format": "date"}


class Moment(Parameter):
    """A moment, ISO 8601; without an offset it is UTC, and a date alone means the end of that day."""

    def parse(self, text: str) -> datetime:
        found = day(text)
        if found is not None:
            return datetime.combine(found, time.max, UTC)
        moment = moment_in_utc(text)
        if moment is None:
            raise ValidationError("should be a date or a moment in ISO 8601", code="not_a_moment")
        return moment

    def schema(self) -> Schema:
        return {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}


class Uuid(Parameter):
    """A UUID in its usual form with hyphens."""

    def parse(self, text: str) -> UUID:
        found = uuid_of(text)
        if found is None:
            raise ValidationError("should be a UUID", code="not_a_uuid")
        return found

    def schema(self) -> Schema:
        return {"type": "string", "format": "uuid"}


class Code(Parameter):
    """One of a fixed set of words that is no vocabulary, such as a format or an ordering.

    ``component`` is the name of the set in the OpenAPI document, chosen once: an enum without one becomes a class of
    each list in generated clients.
    """

    def __init__(self, description: str, *, allowed: Collection[str], component: str = "", **kwargs: Any) -> None:
        super().__init__(description, **kwargs)
        self.allowed, self.component = tuple(allowed), component

    def parse(self, text: str) -> str:
        if text not in self.allowed:
            raise ValidationError(not_among(text, self.allowed), code="not_a_choice")
        return text

    def schema(self) -> Schema:
        named: Schema = {COMPONENT: self.component} if self.component else {}
        default: Schema = {"default": self.default} if self.default else {}
        return {"type": "string", "enum": list(self.allowed)} | named | default


class Vocabulary(Parameter):
    """A code of a vocabulary: an enum where it is closed, a string where it grows."""

    def __init__(self, description: str, vocabulary: type[TextChoices], **kwargs: Any) -> None:
        name = vocabulary_name(vocabulary)
        self.where = "" if vocabulary in choices.INTERNAL else f"/api/v1/vocabularies/{name}/"
        told = f"A code of the vocabulary `{name}`, see {self.where}." if self.where else ""
        super().__init__(" ".join(filter(None, [description, told])), **kwargs)
        self.vocabulary = vocabulary

    def parse(self, text: str) -> str:
        if text not in self.vocabulary.values:
            all_of_them = f"{self.where} has all" if self.where else f"write one of {', '.join(self.vocabulary.values)}"
            raise ValidationError(f"{not_among(text, self.vocabulary.values)}; {all_of_them}", code="not_a_code")
        return text

    def schema(self) -> Schema:
        if self.vocabulary in choices.GROWING:
            return {"type": "string", "minLength": 1}
        return {"$ref": f"#/components/schemas/{self.vocabulary.__name__}"}


class Area(Parameter):
    """The P-code of an area of the gazetteer, or the ISO 3166 alpha-3 code of a country."""

    def __init__(self, description: str, *, countries_only: bool = False, **kwargs: Any) -> None:
        super().__init__(description, **kwargs)
        self.countries_only = countries_only

    def parse(self, text: str) -> str:
        kind = "country, ISO 3166 alpha-3" if self.countries_only else "P-code of the gazetteer"
        if re.fullmatch(r"[A-Za-z0-9_-]{2,16}", text):
            areas = AdminArea.objects.using("public").filter(pcode__in={text, text.upper()})
            known = set((areas.filter(level=0) if self.countries_only else areas).values_list("pcode", flat=True))
            if text in known:
                return text
            meant = next(iter(known), None) or _country_of(text.upper())
            if meant:
                raise ValidationError(f"is not a {kind}; did you mean {meant}?", code="unknown_area")
        raise ValidationError(f"is not a {kind}; /api/v1/places/ has all", code="unknown_area")

    def schema(self) -> Schema:
        pattern = "^[A-Z]{3}$" if self.countries_only else "^[A-Za-z0-9_-]{2,16}$"
        return {"type": "string", "pattern": pattern}


def _country_of(prefix: str) -> str | None:
    """The country whose provinces' P-codes begin so, as the codes of two letters do that others give countries."""
    within = AdminArea.objects.using("public").filter(level=1, pcode__startswith=prefix, parent__level=0)
    return within.values_list("parent__pcode", flat=True).first() if len(prefix) == ALPHA_2 else None


class Point(Parameter):
    """lat,lon in degrees (WGS 84)."""

    def parse(self, text: str) -> tuple[float, float]:
        numbers = decimals(text, 2)
        if numbers is None or abs(numbers[0]) > 90 or abs(numbers[1]) > 180:
            raise ValidationError("should be a latitude and a longitude in degrees", code="not_a_point")
        return numbers[0], numbers[1]


class Box(Parameter):
    """west,south,east,north in degrees (WGS 84); west > east crosses the antimeridian."""

    def parse(self, text: str) -> tuple[float, float, float, float]:
        numbers = decimals(text, 4)
        if numbers is None:
            raise ValidationError("should be west,south,east,north in degrees", code="not_a_box")
        west, south, east, north = numbers
        if max(abs(west), abs(east)) > 180:
            raise ValidationError("should have its west and east from -180 to 180", code="not_a_box")
        if not -90 <= south <= north <= 90:
            raise ValidationError("should have its south and north from -90 to 90, south <= north", code="not_a_box")
        return west, south, east, north


class Many(Parameter):
    """Several values of one kind; any of them may hold. Reads a list without repetitions.

    They are separated by commas, as the OpenAPI document says. A parameter given several times means the same, since
    some generated clients write lists so whatever the document says.
    """

    def __init__(self, each: Parameter, *, most: int = 50) -> None:
        super().__init__(each.description, example=each.example)
        self.each, self.most = each, most

    def parse(self, text: str) -> list[Any]:
        parts = text.split(",")
        if len(parts) > self.most:
            raise ValidationError(f"takes {self.most} values at most", code="too_many")
        return list(dict.fromkeys(self._one(part.strip()) for part in parts))

    def _one(self, text: str) -> Any:
        """The value of one of several texts; an error has that text as its params["value"]."""
        try:
            return self.each.clean(text)
        except ValidationError as error:
            raise ValidationError(error.message, code=error.code, params={"value": text}) from None

    def schema(self) -> Schema:
        return {"type": "array", "items": self.each.schema(), "minItems": 1, "maxItems": self.most}

    def example_value(self) -> Any:
        return [self.each.example_value()]


def decimal(text: str) -> float | None:
    """A finite number written in ASCII digits, or None."""
    if len(text) > 40 or not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", text.strip()):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def decimals(text: str, expected: int) -> list[float] | None:
    """So many finite numbers separated by commas, or None."""
    numbers = [number for part in text.split(",") if (number := decimal(part)) is not None]
    return numbers if len(numbers) == expected == text.count(",") + 1 else None


_A_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def day(text: str) -> date | None:
    """A date written YYYY-MM-DD, or None."""
    if not _A_DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


# Weeks, days of the year and days without hyphens are ISO 8601 too, and too easily mistaken for something else.
_DAY_AND_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}[ -~]*\Z")


def moment_in_utc(text: str) -> datetime | None:
    """A moment in ISO 8601, in UTC; without an offset it is UTC already. None for anything else."""
    try:
        moment = parse_datetime(text) if _DAY_AND_TIME.match(text) else None
        return moment and (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def not_among(text: str, allowed: Collection[str]) -> str:
    """The end of a sentence about a word that is not allowed: the nearest one, or all of a short list."""
    close = nearest(text, allowed)
    shown = f"should be one of {', '.join(allowed)}" if len(allowed) <= SHOWN_VALUES else "is not among the values"
    return f"{shown}; did you mean {close}?" if close else shown


def shown(text: str) -> str:
    """A value as an error repeats it: its beginning, without what is no text."""
    legible = NO_TEXT.sub("?", text)
    return legible if len(legible) <= LONGEST_SHOWN else f"{legible[:LONGEST_SHOWN]}..."


def stopped(sentence: str) -> str:
    """A sentence with its full stop, unless it ends in a question."""
    return sentence if sentence.endswith("?") else f"{sentence}."
