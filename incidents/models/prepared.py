"""Statements that the ORM puts together once: for a hot path that costs more than the database needs to answer.

Only values differ from call to call, so that PostgreSQL too keeps a statement, parsed and planned, for each connection:
one that looks for a single row, or walks an index from a place in it. What hangs on the values it is asked with, such
as a filter or a stretch of the log, is not kept: one plan for any country would walk through the dates of all incidents
to find those of a small one. Where values stand is known by blanks, values that nobody asks for.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, TypeAlias, overload
from uuid import UUID

from django.db import connections
from django.db.models import CharField, DateField, Field, JSONField, QuerySet, UUIDField
from psycopg import Cursor
from psycopg.abc import Buffer
from psycopg.adapt import Loader

from incidents.models.among import Keys

Converters: TypeAlias = tuple[tuple[int, tuple[Callable[..., Any], ...], Any], ...]

KEPT = 500
_prepared: dict[Hashable, "Prepared"] = {}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A SELECT of named columns with places for values; where it is `kept`, PostgreSQL keeps it too."""

    alias: str
    sql: str
    parameters: tuple[Any, ...]
    fields: tuple[Any, ...]
    places: tuple[tuple[int, ...], ...]
    names: tuple[str, ...]
    converters: Converters
    kept: bool = False

    @classmethod
    def of(cls, rows: QuerySet[Any, Any], fields: Sequence["Field[Any, Any] | Keys"]) -> "Prepared":
        """From a query of `.values()` in which each of `fields` is compared with the `blank` of its position."""
        compiler = rows.query.get_compiler(rows.db)
        sql, parameters = compiler.as_sql()
        connection = connections[rows.db]
        blanks = [field.get_db_prep_value(blank(field, at), connection) for at, field in enumerate(fields)]
        places = tuple(tuple(place for place, each in enumerate(parameters) if each == sought) for sought in blanks)
        query = rows.query
        names = tuple(query.selected or (*query.extra_select, *query.values_select, *query.annotation_select))
        converters = _converters(connection, compiler)
        if not fields and parameters and connection.vendor == "postgresql":
            # What has no places is planned the first time and never again.
            connection.ensure_connection()
            operations: Any = connection.ops
            sql, parameters = operations.compose_sql(sql, parameters).replace("%", "%%"), ()
        return cls(
            alias=rows.db,
            sql=sql,
            parameters=tuple(parameters),
            fields=tuple(fields),
            places=places,
            names=names,
            converters=converters,
        )

    def rows(self, values: Sequence[Any], *, encoded: bool = False) -> Sequence[dict[str, Any]]:
        """The rows for these values; `encoded`: long texts may come in UTF-8, as the server sent them."""
        connection = connections[self.alias]
        if not encoded or connection.vendor != "postgresql":
            return [dict(zip(self.names, row, strict=True)) for row in self.tuples(values)]
        cursor = self._cursor(connection, encoded=True)
        cursor.execute(self.sql, self._filled(values, connection))
        return self._as_sent(cursor.cursor, connection)

    def tuples(self, values: Sequence[Any]) -> list[Sequence[Any]]:
        """The rows for these values, each the values of `names` in their order."""
        connection = connections[self.alias]
        with self._cursor(connection, encoded=False) as cursor:
            cursor.execute(self.sql, self._filled(values, connection))
            found: list[Sequence[Any]] = cursor.fetchall()
        return [self._converted(row, connection) for row in found] if self.converters else found

    def sent(self, values: Sequence[Any], *, encoded: bool = False) -> Callable[[], Sequence[dict[str, Any]]]:
        """What gives the rows for these values, which PostgreSQL reads meanwhile."""
        connection: Any = connections[self.alias]
        if connection.vendor != "postgresql" or connection.watched:
            return partial(self.rows, values, encoded=encoded)
        filled = self._filled(values, connection)
        if is_sending_ahead(connection):
            waited = self._sent_ahead(filled, connection, encoded=encoded)
        else:
            waited = connection.send(self._cursor(connection, encoded=encoded), self.sql, filled)

        def received() -> Sequence[dict[str, Any]]:
            cursor = waited()
            if encoded:
                return self._as_sent(cursor, connection)
            return [self._named(row, connection) for row in cursor.fetchall()]

        return received

    def _sent_ahead(self, filled: Sequence[Any], connection: Any, *, encoded: bool) -> Callable[[], Any]:
        """The same within `sending_ahead`, where several statements may be on their way."""
        with connection.cursor() as cursor:  # which knows how Django's values are written
            statement = cursor.mogrify(self.sql, filled)
        waiting = Cursor(connection.connection)
        if encoded:
            waiting.adapters.register_loader("text", _Encoded)
        with connection.wrap_database_errors:
            waiting.execute(statement.encode(), prepare=False)

        def received() -> Any:
            with connection.wrap_database_errors:
                if waiting.fetchone() is not None:
                    waiting.scroll(0, mode="absolute")
            return waiting

        return received

    def _cursor(self, connection: Any, *, encoded: bool) -> Any:
        cursor = keeping_cursor(connection) if self.kept else connection.cursor()
        if encoded and connection.vendor == "postgresql":
            cursor.cursor.adapters.register_loader("text", _Encoded)
        return cursor

    def _as_sent(self, cursor: Any, connection: Any) -> "AsSent":
        return AsSent(cursor, self.names, lambda row: self._named(row, connection))

    def _filled(self, values: Sequence[Any], connection: Any) -> list[Any]:
        parameters = list(self.parameters)
        for places, field, value in zip(self.places, self.fields, values, strict=True):
            for place in places:
                parameters[place] = field.get_db_prep_value(value, connection)
        return parameters

    def _named(self, row: Sequence[Any], connection: Any) -> dict[str, Any]:
        return dict(zip(self.names, self._converted(row, connection) if self.converters else row, strict=True))

    def _converted(self, row: Sequence[Any], connection: Any) -> list[Any]:
        converted = list(row)
        for place, converters, column in self.converters:
            for convert in converters:
                converted[place] = convert(converted[place], column, connection)
        return converted


class AsSent(Sequence[dict[str, Any]]):
    """Rows that PostgreSQL answered with: one is made when it is looked at, a column is as the server sent it.

    Of a page of documents no more is looked at than the first row and the last: making ids and dates of all the others
    took a tenth of its time.
    """

    def __init__(
        self,
        cursor: Cursor[Any],
        names: Sequence[str],
        make: Callable[[Sequence[Any]], dict[str, Any]],
        places: range | None = None,
    ) -> None:
        self._cursor, self._names, self._make = cursor, names, make
        self._places = range(cursor.rowcount) if places is None else places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, at: slice) -> "AsSent": ...
    def __getitem__(self, at: int | slice) -> "dict[str, Any] | AsSent":
        if isinstance(at, slice):
            return AsSent(self._cursor, self._names, self._make, self._places[at])
        self._cursor.scroll(self._places[at], mode="absolute")
        row = self._cursor.fetchone()
        if row is None:
            raise IndexError(at)
        return self._make(row)

    def column(self, name: str) -> list[Any]:
        """The texts of a column in UTF-8."""
        answer, number = self._cursor.pgresult, self._names.index(name)
        return [answer.get_value(place, number) for place in self._places] if answer else []


def column(rows: Sequence[dict[str, Any]], name: str) -> list[Any]:
    """The texts of a column of rows that were read, in UTF-8 where they came so."""
    return rows.column(name) if isinstance(rows, AsSent) else [row[name] for row in rows]


def _converters(connection: Any, compiler: Any) -> Converters:
    """By place among the columns: what makes Python's values of the database's."""
    columns = [column for column, *_ in compiler.select]
    if connection.vendor == "postgresql":  # whose driver makes them: an expression that is a number is one already
        found = {
            place: (
                [
                    *connection.ops.get_db_converters(column),
                    *map(_read, column.output_field.get_db_converters(connection)),
                ],
                column,
            )
            for place, column in enumerate(columns)
        }
    else:
        found = compiler.get_converters(columns)
    return tuple((place, tuple(converters), column) for place, (converters, column) in found.items() if converters)


def _read(convert: Any) -> Any:
    """A converter that knows nothing at all by sight: of most records most texts in several languages are empty."""
    if getattr(convert, "__func__", None) is not JSONField.from_db_value:
        return convert
    empty: dict[Any, Any] = {"{}": dict, "[]": list}

    def read(value: Any, *args: Any) -> Any:
        return empty[value]() if value in empty else convert(value, *args)

    return read


def prepared(key: Hashable, make: Callable[[], Prepared], *, kept: bool = True) -> Prepared:
    """The statement kept under the key, made the first time; unless `kept`, the server plans it each time."""
    known = _prepared.get(key)
    if known is None:
        if len(_prepared) >= KEPT:
            _prepared.clear()
        known = _prepared[key] = replace(make(), kept=kept)
    return known


@contextmanager
def sending_ahead(alias: str) -> Iterator[None]:
    """Within it PostgreSQL reads what was `sent` while we do something else; nothing else may be asked meanwhile.

    Where somebody watches the connection, and on SQLite, each is asked when it is needed.
    """
    connection: Any = connections[alias]
    if connection.vendor != "postgresql" or connection.watched:
        yield
        return
    connection.ensure_connection()
    with connection.connection.pipeline():
        yield


def is_sending_ahead(connection: Any) -> bool:
    """Whether `sending_ahead` is under way on this connection."""
    driver = connection.connection  # None until something was asked
    return connection.vendor == "postgresql" and driver is not None and bool(driver.pgconn.pipeline_status)


def keeping_cursor(connection: Any) -> Any:
    """A cursor for a statement that is asked again with other values."""
    return connection.keeping_cursor() if connection.vendor == "postgresql" else connection.cursor()


def blank(field: "Field[Any, Any] | Keys", position: int) -> Any:
    """A value that stands where a real one will: another one at each position among the fields."""
    if isinstance(field, Keys):
        return (blank(field.field, position),)
    if isinstance(field, UUIDField):
        return UUID(int=0xB1A4B1A4_0000_4000_8000_B1A4B1A40000 + position)
    if isinstance(field, CharField):
        return f"blank {position} b1a4b1a4"
    return date(1, 1, 1 + position) if isinstance(field, DateField) else 1 + position - 2**31


class _Encoded(Loader):
    """Leaves a text as the server sent it."""

    def load(self, data: Buffer) -> bytes:
        return bytes(data)
