"""Writing many rows of one table at once: by COPY on PostgreSQL, by one prepared INSERT on SQLite.

For tables whose rows nobody edits (the log and its index): no model instance is made and no signal sent. A row is a
mapping of column to value; every row of one call names the same columns.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

from django.db import connections, models, router, transaction

Row = Mapping[str, Any]


def insert(model: type[models.Model], rows: Iterable[Row]) -> None:
    """Insert these rows; keys are column names as the model has them (``incident_id``), all columns without default.

    Raises django.db.IntegrityError where a constraint of the table refuses a row; nothing is inserted then.
    """
    remaining = iter(rows)
    first = next(remaining, None)
    if first is None:
        return
    names = tuple(first)
    pick = itemgetter(*names)
    values = (pick(row) for row in chain([first], remaining))
    connection = connections[router.db_for_write(model)]
    fields = {field.attname: field for field in model._meta.concrete_fields}
    columns = ", ".join(connection.ops.quote_name(fields[name].column) for name in names)
    table = connection.ops.quote_name(model._meta.db_table)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
            return
        prepared = [fields[name].get_db_prep_save for name in names]
        marks = ", ".join(["%s"] * len(names))
        cursor.executemany(
            f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608
            [tuple(prepare(value, connection) for prepare, value in zip(prepared, row, strict=True)) for row in values],
        )


def reserve(model: type[models.Model], count: int) -> Sequence[int]:
    """Primary keys for as many new rows, which nobody else gets; on SQLite only while the transaction lasts."""
    connection = connections[router.db_for_write(model)]
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [table, column, count]
            )
            return [key for (key,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = cursor.fetchone()
        start = (last[0] if last else 0) + 1
        return range(start, start + count)
