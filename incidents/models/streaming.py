"""Reading a whole table as text, row by row and with flat memory: by COPY on PostgreSQL, by the ORM on SQLite.

A cursor in pages took twice as long for a million rows: between two pages the server waits for the client.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import connections
from django.db.models import F, Func, QuerySet, TextField

TextRow = tuple[str | None, ...]


class MomentText(Func):
    """On PostgreSQL a moment in UTC with microseconds as text, 2025-03-09T12:00:00.000000Z; elsewhere the moment."""

    arity = 1
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # to_char writes years before our era like those after it.
        template = (
            "(to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
            " || CASE WHEN %(expressions)s < '0001-01-01+00' THEN ' BC' ELSE '' END)"
        )
        return self.as_sql(compiler, connection, template=template, **context)


def text_rows(rows: QuerySet[Any], *columns: str, moment: str) -> Iterator[TextRow]:
    """These columns of every row as text, None for null; `moment` is the one that holds moments, written as in the log.

    On PostgreSQL the connection is taken until the last row is read.
    """
    connection = connections[rows.db]
    if connection.vendor != "postgresql":
        for row in rows.values_list(*columns).iterator(chunk_size=2000):
            yield tuple(map(_text, row))
        return
    asked = rows.values_list(*(MomentText(F(name)) if name == moment else name for name in columns))
    sql, parameters = asked.query.sql_with_params()
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({sql}) TO STDOUT", parameters) as copy,
    ):
        yield from copy.rows()


def _text(value: Any) -> str | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    return None if value is None else str(value)
