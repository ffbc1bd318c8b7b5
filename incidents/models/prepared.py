"""Statements that the ORM puts together once: for a hot path that costs more than the database needs to answer.

Only values differ from call to call, so that PostgreSQL too keeps a statement, parsed, for each connection.
Where values stand is known by blanks, values that nobody asks for.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, TypeAlias
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
        return cls(
            alias=rows.db,
            sql=sql,
            parameters=tuple(parameters),
            fields=tuple(fields),
            places=places,
            names=names,
            converters=converters,
        )

    def rows(self, values: Sequence[Any], *, encoded: bool = False) -> list[dict[str, Any]]:
        """The rows for these values; `encoded`: long texts may come in UTF-8, as the server sent them."""
        return [dict(zip(self.names, row, strict=True)) for row in self.tuples(values, encoded=encoded)]

    def tuples(self, values: Sequence[Any], *, encoded: bool = False) -> list[Sequence[Any]]:
        """The same, each row the values of `names` in their order."""
        connection = connections[self.alias]
        with keeping_cursor(connection) if self.kept else connection.cursor() as cursor:
            if encoded and connection.vendor == "postgresql":
                cursor.cursor.adapters.register_loader("text", _Encoded)
            cursor.execute(self.sql, self._filled(values, connection))
            found: list[Sequence[Any]] = cursor.fetchall()
        return self._read(found, connection)

    def sent(self, values: Sequence[Any], *, encoded: bool = False) -> Callable[[], list[dict[str, Any]]]:
        """What gives the rows for these values; within `sending_ahead` the server reads them meanwhile."""
        connection = connections[self.alias]
        driver = connection.connection
        if not is_sending_ahead(connection):
            return partial(self.rows, values, encoded=encoded)
        with connection.cursor() as cursor:  # which knows how Django's values are written
            statement = cursor.mogrify(self.sql, self._filled(values, connection))
        waiting = Cursor(driver)
        if encoded:
            waiting.adapters.register_loader("text", _Encoded)
        with connection.wrap_database_errors:
            waiting.execute(statement.encode(), prepare=False)

        def received() -> list[dict[str, Any]]:
            with connection.wrap_database_errors:
                found = waiting.fetchall()
            return [dict(zip(self.names, row, strict=True)) for row in self._read(found, connection)]

        return received

    def _filled(self, values: Sequence[Any], connection: Any) -> list[Any]:
        parameters = list(self.parameters)
        for places, field, value in zip(self.places, self.fields, values, strict=True):
            for place in places:
                parameters[place] = field.get_db_prep_value(value, connection)
        return parameters

    def _read(self, found: list[Any], connection: Any) -> list[Sequence[Any]]:
        return [self._converted(row, connection) for row in found] if self.converters else found

    def _converted(self, row: Sequence[Any], connection: Any) -> list[Any]:
        converted = list(row)
        for place, converters, column in self.converters:
            for convert in converters:
                converted[place] = convert(converted[place], column, connection)
        return converted


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

    Where queries are logged, and on SQLite, each is asked when it is needed.
    """
    connection = connections[alias]
    if connection.vendor != "postgresql" or connection.queries_logged:
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
