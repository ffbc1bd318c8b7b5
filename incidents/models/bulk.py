"""Writing many rows of one table at once: by COPY on PostgreSQL, by one prepared INSERT on SQLite.

No signal is sent and no `save` called: for the log and its index, whose rows nobody edits, and for importers. A row is
a mapping of column to value; every row of one call names the same columns.
"""

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from operator import itemgetter
from typing import Any, TypeVar

from django.db import connections, models, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

Row = Mapping[str, Any]
Model = TypeVar("Model", bound=models.Model)


def insert(model: type[models.Model], rows: Iterable[Row]) -> None:
    """Insert these rows; keys are column names as the model has them (``incident_id``), all columns without default.

    Raises django.db.IntegrityError where a constraint of the table refuses a row; nothing is inserted then.
    """
    remaining = iter(rows)
    first = next(remaining, None)
    if first is None:
        return
    names = tuple(first)
    connection = connections[router.db_for_write(model)]
    fields = {field.attname: field for field in model._meta.concrete_fields}
    columns = ", ".join(connection.ops.quote_name(str(fields[name].column)) for name in names)
    table = connection.ops.quote_name(model._meta.db_table)
    values = _values([fields[name] for name in names], chain([first], remaining), connection)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(names))
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(values))  # noqa: S608


def _values(
    fields: Sequence[models.Field[Any, Any]], rows: Iterable[Row], connection: BaseDatabaseWrapper
) -> Iterator[Sequence[Any]]:
    """The rows as the database's driver takes them; PostgreSQL's knows all Python types but JSON."""
    pick = itemgetter(*(field.attname for field in fields))
    prepared = [
        (place, field.get_db_prep_save)
        for place, field in enumerate(fields)
        if connection.vendor != "postgresql" or isinstance(field, models.JSONField)
    ]
    if not prepared and len(fields) > 1:
        yield from map(pick, rows)
        return
    for row in rows:
        values = list(pick(row))
        for place, prepare in prepared:
            values[place] = prepare(values[place], connection)
        yield values


@contextmanager
def uncollected() -> Iterator[None]:
    """Hold back the search for cyclic garbage: a batch makes little, and looking for it costs a fifth of its time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def create(model: type[Model], instances: Sequence[Model], *, reason: str) -> list[Model]:
    """Insert these new instances and the first entry of their history, and set their primary keys.

    `reason` is the history's reason for the change.
    """
    history = model.history.model  # type: ignore[attr-defined]  # added by simple_history
    now = timezone.now()
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    kept = {field.attname for field in history._meta.concrete_fields}
    rows = []
    for instance, key in zip(instances, reserve(model, len(instances)), strict=True):
        instance.pk = key
        for field in fields:
            if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
                setattr(instance, field.attname, now)
        rows.append({field.attname: getattr(instance, field.attname) for field in fields})
        instance._state.adding = False
    insert(model, rows)
    change = {"history_date": now, "history_change_reason": reason, "history_type": "+"}
    insert(history, ({name: row[name] for name in row if name in kept} | change for row in rows))
    return list(instances)


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
