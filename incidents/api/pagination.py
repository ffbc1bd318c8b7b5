"""Pages of a list: signed keyset cursors, which cost the same on the first page and the millionth row.

A cursor carries the ordering, a digest of the filters, the keys of the row it stands at and the direction; nothing in
it changes with the clock, so that equal requests get equal bytes.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.core.exceptions import EmptyResultSet, ValidationError
from django.db.models import BooleanField, F, Func, Model, QuerySet, Value
from django.utils.crypto import constant_time_compare

from incidents.api.parameters import Code, Integer, Parameter, Schema
from incidents.api.problems import InvalidParameters, ParameterError
from incidents.api.renderers import compact
from incidents.models.prepared import Prepared, blank, prepared

AnyModel = TypeVar("AnyModel", bound=Model)

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
TIE_BREAKER = "public_id"
SEPARATOR = ":"


@dataclass(frozen=True, slots=True)
class Ordering:
    """An ordering as asked for. ``columns`` are not null, end in a unique one and all run the same way."""

    text: str
    columns: tuple[str, ...]
    descending: bool

    @classmethod
    def of(cls, text: str, columns: Mapping[str, str], tie_breaker: str = TIE_BREAKER) -> "Ordering":
        """``text`` is a name of ``columns`` (name: column), with a minus for descending."""
        column = columns[text.lstrip("-")]
        keys = (column,) if column == tie_breaker else (column, tie_breaker)
        return cls(text, keys, text.startswith("-"))

    def by(self, *, backwards: bool) -> list[str]:
        """What Django's order_by takes."""
        sign = "-" if self.descending != backwards else ""
        return [sign + column for column in self.columns]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: behind the row with these keys or, ``backwards``, before it."""

    ordering: str
    filters: str
    keys: tuple[Any, ...]
    backwards: bool

    def signed(self, resource: str) -> str:
        content = [self.ordering, self.filters, [_plain(key) for key in self.keys], int(self.backwards)]
        text = urlsafe_b64encode(compact(content).encode()).decode().rstrip("=")
        return f"{text}{SEPARATOR}{_signature(text, resource, settings.SECRET_KEY)}"

    @classmethod
    def read(cls, text: str, resource: str) -> "Cursor":
        """Raises ValidationError unless it is a cursor that this resource gave out, byte for byte."""
        content, _, given = text.rpartition(SEPARATOR)
        secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        if not any(constant_time_compare(given, _signature(content, resource, secret)) for secret in secrets):
            raise ValidationError("is not a cursor of this list, or was changed", code="bad_cursor")
        ordering, filters, keys, backwards = json.loads(urlsafe_b64decode(content + "=" * (-len(content) % 4)))
        return cls(str(ordering), str(filters), tuple(keys), bool(backwards))


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in the order asked for; ``next`` and ``previous`` are cursors, None where nothing lies beyond."""

    rows: Sequence[dict[str, Any]]
    next: str | None
    previous: str | None


class CursorParameter(Parameter):
    """The cursor of a list; it is passed on as it was given out."""

    def __init__(self, resource: str) -> None:
        super().__init__(
            "Where the page begins: `next_cursor` of the page before, with the same filters and ordering.",
            example="",
        )
        self.resource = resource

    def hint(self, name: str) -> str:
        return f"Example: /api/v1/{self.resource}/?limit=100 begins, and its `next` goes on."

    def parse(self, text: str) -> Cursor:
        return Cursor.read(text, self.resource)

    def example_value(self) -> None:
        return None


class Limit(Integer):
    """How many results a page has; the document states no default, since what is whole without it is cut by it.

    Generated clients send every default that a schema states, and would cut each export to one page.
    """

    def schema(self) -> Schema:
        return {name: value for name, value in super().schema().items() if name != "default"}


def parameters(resource: str) -> dict[str, Parameter]:
    """The parameters that every list has."""
    return {
        "limit": Limit(
            f"How many results a page has, {DEFAULT_LIMIT} unless told. What `format` exports is whole without it.",
            low=1, high=MAX_LIMIT, default=str(DEFAULT_LIMIT), example="100",
        ),
        "cursor": CursorParameter(resource),
        "count": Code("`exact` counts all results, which costs time; else `count` is null.",
                      allowed=("exact",), component="CountMode", example="exact"),
    }  # fmt: skip


def ordering_parameter(columns: Mapping[str, str], default: str, component: str) -> Parameter:
    """The parameter that chooses among the orderings of a list, each upwards and, with a minus, downwards."""
    allowed = [sign + name for name in columns for sign in ("", "-")]
    said = (
        f"The order of the results, `{default}` unless told; a minus turns it. What is published while you page moves "
        "in it: `seq` may then repeat a result and never skips one, every other order may skip what moved."
    )
    return Code(said, allowed=allowed, component=component, default=default, example=default)


def digest(values: Mapping[str, Any]) -> str:
    """A short digest of the filters that are set."""
    stated = sorted((name, repr(value)) for name, value in values.items() if value is not None)
    return _digest(repr(stated))


@lru_cache(maxsize=64)  # most ask without filters, or for the same ones
def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Turn:
    """Which page of which list: how many rows of which columns, in which order, from where.

    ``filters`` is a digest of those that the list has; a cursor given out for others is refused.
    """

    resource: str
    ordering: Ordering
    filters: str
    limit: int
    cursor: Cursor | None
    columns: Sequence[str]

    @property
    def backwards(self) -> bool:
        return self.cursor is not None and self.cursor.backwards

    @property
    def names(self) -> tuple[str, ...]:
        """The columns with those of the ordering."""
        return tuple(dict.fromkeys((*self.ordering.columns, *self.columns)))

    def asked(self, rows: QuerySet[AnyModel], keys: Sequence[Any] | None) -> QuerySet[AnyModel, dict[str, Any]]:
        """The query of the page behind the row with these keys."""
        if keys is not None:
            rows = rows.filter(beyond(rows, self.ordering, keys, backwards=self.backwards))
        return rows.order_by(*self.ordering.by(backwards=self.backwards)).values(*self.names)[: self.limit + 1]

    def statement(self, rows: QuerySet[AnyModel]) -> Prepared:
        """The same for any keys."""
        fields = [] if self.cursor is None else _fields(rows, self.ordering)
        blanks = [blank(field, position) for position, field in enumerate(fields)]
        return Prepared.of(self.asked(rows, blanks if self.cursor else None), fields)


def page(
    queryset: Callable[[], QuerySet[AnyModel]],
    turn: Turn,
    *,
    unfiltered: bool = False,
    encoded: bool = False,
    meanwhile: Callable[[], None] = lambda: None,
) -> Page:
    """One page in one query, and `meanwhile` what can be done while the database reads.

    ``unfiltered``: the queryset hangs on the resource alone, so that its statement is kept from page to page;
    ``encoded``: long texts may come in UTF-8 (models/prepared.py). Raises InvalidParameters where the cursor was given
    out for another ordering or other filters.
    """
    ordering, cursor, limit, backwards = turn.ordering, turn.cursor, turn.limit, turn.backwards
    if cursor is not None:
        _refuse_foreign(cursor, ordering, turn.filters)
    answer = _asked(queryset, turn, unfiltered=unfiltered, encoded=encoded)
    meanwhile()
    found = answer()
    if backwards and not found:  # what stood before was withdrawn: the list begins where the reader came from
        return page(queryset, replace(turn, cursor=None), unfiltered=unfiltered, encoded=encoded)
    more, rows = len(found) > limit, found[:limit]
    if backwards:
        rows = rows[::-1]

    def at(row: dict[str, Any], *, before: bool) -> str:
        keys = tuple(row[column] for column in ordering.columns)
        return Cursor(ordering.text, turn.filters, keys, before).signed(turn.resource)

    following = bool(rows) and (more or backwards)
    preceding = bool(rows) and cursor is not None and (more or not backwards)
    return Page(
        rows=rows,
        next=at(rows[-1], before=False) if following else None,
        previous=at(rows[0], before=True) if preceding else None,
    )


def pages(
    queryset: Callable[[], QuerySet[AnyModel]], turn: Turn, *, unfiltered: bool, encoded: bool
) -> Iterator[Sequence[dict[str, Any]]]:
    """The rows of every page from this turn on, one page at least; asked for one before they are taken.

    Within models/prepared.sending_ahead the database reads the next page while the caller works on one.
    """
    asked: Callable[[], Sequence[dict[str, Any]]] | None
    asked = _asked(queryset, turn, unfiltered=unfiltered, encoded=encoded)
    while asked is not None:
        found = asked()
        rows, asked = found[: turn.limit], None
        if len(found) > turn.limit:
            keys = tuple(rows[-1][column] for column in turn.ordering.columns)
            turn = replace(turn, cursor=Cursor(turn.ordering.text, turn.filters, keys, backwards=False))
            asked = _asked(queryset, turn, unfiltered=unfiltered, encoded=encoded)
        yield rows


def beyond(queryset: QuerySet[Any], ordering: Ordering, keys: Sequence[Any], *, backwards: bool) -> Func:
    """The condition for rows behind ``keys``, as one comparison of row values.

    Written `(a, b) < (x, y)` both databases seek the index; written with OR they scan it (1,400 ms against 2 ms at the
    millionth row).
    """
    fields = _fields(queryset, ordering)
    values = [Value(field.to_python(key), output_field=field) for field, key in zip(fields, keys, strict=True)]
    sign = "<" if ordering.descending != backwards else ">"
    return Func(
        _row(*(F(column) for column in ordering.columns)),
        _row(*values),
        template="%(expressions)s",
        arg_joiner=f" {sign} ",
        output_field=BooleanField(),
    )


def _asked(
    queryset: Callable[[], QuerySet[AnyModel]], turn: Turn, *, unfiltered: bool, encoded: bool
) -> Callable[[], Sequence[dict[str, Any]]]:
    """What gives the rows of a page, and one more where there is one."""
    keys = turn.cursor.keys if turn.cursor else None
    if unfiltered:
        key = (turn.resource, turn.ordering.text, turn.names, turn.limit, keys is not None, turn.backwards)
        kept = prepared(key, lambda: turn.statement(queryset()))
        values = [field.to_python(each) for field, each in zip(kept.fields, keys or (), strict=True)]
        return kept.sent(values, encoded=encoded)
    try:
        return Prepared.of(turn.asked(queryset(), keys), []).sent([], encoded=encoded)
    except EmptyResultSet:  # a filter that nothing can pass needs no query
        return list


def _fields(queryset: QuerySet[Any], ordering: Ordering) -> list[Any]:
    computed = queryset.query.annotations
    return [
        computed[column].output_field if column in computed else queryset.model._meta.get_field(column)
        for column in ordering.columns
    ]


def _row(*expressions: Any) -> Func:
    return Func(*expressions, template="(%(expressions)s)", arg_joiner=", ", output_field=BooleanField())


def _refuse_foreign(cursor: Cursor, ordering: Ordering, filters: str) -> None:
    if cursor.ordering != ordering.text:
        detail = f"cursor was given out for another ordering. Example: ordering={cursor.ordering}, or begin without it."
        raise InvalidParameters(ParameterError("cursor", "other_ordering", detail))
    if cursor.filters != filters:
        detail = "cursor was given out for other filters. Example: follow `next` as it stands, or begin without cursor."
        raise InvalidParameters(ParameterError("cursor", "other_filters", detail))


def _signature(text: str, resource: str, secret: str) -> str:
    mac = _mac(resource, secret).copy()
    mac.update(text.encode())
    return urlsafe_b64encode(mac.digest()).decode().rstrip("=")


@lru_cache(maxsize=64)
def _mac(resource: str, secret: str) -> hmac.HMAC:
    """What signs the cursors of one list, with the key that Django's Signer derives anew for each."""
    key = hashlib.sha256(f"incidents.cursor.{resource}signer{secret}".encode()).digest()
    return hmac.new(key, digestmod="sha256")


def _plain(key: Any) -> Any:
    return key.hex if isinstance(key, UUID) else key.isoformat() if isinstance(key, date) else key
