"""Reading a whole chain row by row and with flat memory, on PostgreSQL with the next page under way meanwhile.

Of a million rows COPY took 5.2 s of this process, since each row is a message; pages of a cursor take 1.9 s. What is
in the rows is the rules' matter (chains.py).
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connections, transaction
from django.db.models import CharField, F, Func, QuerySet, TextField, UUIDField, Value
from django.db.models.functions import Cast, Coalesce

TextRow = tuple[Any, ...]
PAGE = 2000


class MomentText(Func):
    """On PostgreSQL a moment in UTC with microseconds as text, 2025-03-09T12:00:00.000000Z; elsewhere the moment."""

    arity = 1
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # to_char writes years before our era like those after it.
        template = (
            "(to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
            " || CASE WHEN %(expressions)s < '0001-01-01+00' THEN ' BC' ELSE '' END)::varchar"
        )
        return self.as_sql(compiler, connection, template=template, **context)


def text_rows(rows: QuerySet[Any], *columns: str, moment: str, body: tuple[str, str]) -> Iterator[TextRow]:
    """These columns of every row and, last, its body: salt and text, the columns `body` names, as one text, or None.

    Ids are text, and so is `moment`, the column that holds moments, as the log writes them. On PostgreSQL the
    connection is taken until the last row is read.
    """
    connection = connections[rows.db]
    if connection.vendor != "postgresql":
        for *row, salt, text in rows.values_list(*columns, *body).iterator(chunk_size=PAGE):
            yield *map(_text, row), None if text is None else (salt or "") + text
        return
    fields = {field.attname: field for field in rows.model._meta.concrete_fields}
    asked = rows.values_list(
        *(
            MomentText(F(name))
            if name == moment
            else Cast(name, CharField())
            if isinstance(fields[name], UUIDField | TextField)
            else name
            for name in columns
        ),
        Func(
            Coalesce(F(body[0]), Value("")),
            Cast(body[1], TextField()),
            template="(%(expressions)s)",
            arg_joiner=" || ",
            output_field=TextField(),
        ),
    )
    statement, parameters = asked.query.sql_with_params()
    # A cursor lives in a transaction: outside one the server would first copy the whole answer.
    with (
        transaction.atomic(using=rows.db),
        connection.chunked_cursor() as cursor,
        ThreadPoolExecutor(max_workers=1) as reader,
    ):
        cursor.execute(statement, parameters)
        coming = reader.submit(cursor.fetchmany, PAGE)
        while page := coming.result():
            coming = reader.submit(cursor.fetchmany, PAGE)
            yield from page


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    return str(value) if isinstance(value, UUID) else value
