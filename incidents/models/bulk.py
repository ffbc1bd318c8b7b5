"""Writing many rows of one table at once: by COPY on PostgreSQL, by one prepared INSERT on SQLite.

No signal is sent and no `save` called: for the log and its index, whose rows nobody edits, and for importers. A row is
a mapping of column to value; every row of one call names the same columns.
"""

import gc
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.db import connections, models, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone
from psycopg import Copy
from psycopg.types.json import JsonbBinaryDumper

from incidents.models import behind
from incidents.models.history import CREATED

Row = Mapping[str, Any]


def look_over(tables: Collection[type[models.Model]]) -> None:
    """Have PostgreSQL see how many rows these tables have now, before its autovacuum comes by.

    What a connection asked while they were small it goes on to answer by reading them through.
    """
    connection = connections[router.db_for_write(next(iter(tables)))]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(connection.ops.quote_name(each._meta.db_table) for each in tables)}")


def insert(model: type[models.Model], rows: Iterable[Row]) -> None:
    """Insert these rows; keys are column names as the model has them (``incident_id``), all columns without default.

    Values are of the columns' Python types: a moment is a datetime and not its text.
    Raises django.db.IntegrityError where a constraint of the table refuses a row; nothing is inserted then, and a
    transaction that this is a part of ends without effect.
    """
    remaining = iter(rows)
    first = next(remaining, None)
    if first is None:
        return
    names = tuple(first)
    connection = connections[router.db_for_write(model)]
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in names]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    every = chain([first], remaining)
    # Without a savepoint: publishing one incident writes a dozen tables, and whoever fails here goes no further.
    with transaction.atomic(using=connection.alias, savepoint=False), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.cursor.adapters.register_dumper(dict, _Json)
            types = [_type(field, connection) for field in fields]
            of_rows = map(itemgetter(*names), every) if len(names) > 1 else ([row[names[0]]] for row in every)
            writer = behind.of(connection)
            statement = f"COPY {table} ({columns}) FROM STDIN (FORMAT {'BINARY' if writer else _format(fields)})"
            with connection.wrap_database_errors:
                if writer:
                    kept = behind.Kept()
                    with Copy(cursor.cursor, binary=True, writer=kept) as copy:
                        _write(copy, types, of_rows)
                    writer.copy(statement, kept.blocks)
                else:
                    with cursor.copy(statement) as copy:
                        _write(copy, types, of_rows)
            return
        marks = ", ".join(["%s"] * len(names))
        values = list(_values(fields, every, connection))
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)  # noqa: S608


def _write(copy: Copy, types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    copy.set_types(types)
    for row in rows:
        copy.write_row(row)


def execute(connection: BaseDatabaseWrapper, statement: str, parameters: Sequence[Any]) -> None:
    """Execute a statement whose answer nobody asks for, in its turn where the connection writes behind."""
    writer = behind.of(connection)
    if writer:
        writer.execute(statement, parameters)
        return
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


# What PostgreSQL's driver calls the types of columns; text has no length there.
TYPES = {
    "bigint": "int8", "integer": "int4", "smallint": "int2", "double precision": "float8", "boolean": "bool",
    "timestamp with time zone": "timestamptz",
}  # fmt: skip


def _format(fields: Sequence[models.Field[Any, Any]]) -> str:
    """Binary, which costs both sides less, but for rows with a document that are taken in while more are made.

    In text the server begins with 64 kB; in binary it counts no bytes and waits for a thousand rows or the end.
    """
    documents = any(field.attname == "document" for field in fields)
    return "TEXT" if documents and not any(isinstance(field, models.JSONField) for field in fields) else "BINARY"


def _type(field: models.Field[Any, Any], connection: BaseDatabaseWrapper) -> str:
    """The driver's name for the type of a column: in binary nothing is converted, and nothing guessed."""
    name = str(field.db_type(connection))
    return "text" if name.startswith(("varchar", "char")) else TYPES.get(name, name)


class _Json(JsonbBinaryDumper):
    """JSON values as they are, written at a tenth of the cost."""

    def dump(self, obj: Any) -> bytes:
        return b"\x01" + orjson.dumps(obj)


def _values(
    fields: Sequence[models.Field[Any, Any]], rows: Iterable[Row], connection: BaseDatabaseWrapper
) -> Iterator[Sequence[Any]]:
    """The rows as SQLite's driver takes them."""
    prepared = [
        (field.attname, _as_json if _plain_json(field) else partial(field.get_db_prep_save, connection=connection))
        for field in fields
    ]
    for row in rows:
        yield [prepare(row[name]) for name, prepare in prepared]


@contextmanager
def uncollected() -> Iterator[None]:
    """Hold back the search for cyclic garbage: a batch makes little, and looking for it costs a fifth of its time.

    As a decorator, so that what the batch held is gone before anybody looks again: within it all of that would be
    walked through once more.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _plain_json(field: models.Field[Any, Any]) -> bool:
    return isinstance(field, models.JSONField) and field.encoder is None


def _as_json(value: Any) -> str | None:
    """What Django's field gives the driver in an object of its own for each value."""
    return None if value is None else json.dumps(value)


def completed(model: type[models.Model], rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """The rows with the model's defaults for the columns that they do not name.

    No instance is made: its `__init__` took a third of the time of an import.
    """
    remaining = iter(rows)
    first = next(remaining, None)
    if first is None:
        return
    missing = [
        field
        for field in model._meta.concrete_fields
        if field.attname not in first and not field.primary_key and not field.generated
    ]
    now = timezone.now()
    moments = {
        field.attname: now
        for field in missing
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    }
    made = {field.attname: field.default for field in missing if field.has_default() and callable(field.default)}
    made = {name: partial(next, _random_ids()) if make is uuid4 else make for name, make in made.items()}
    fixed = {field.attname: field.get_default() for field in missing if field.attname not in made} | moments
    for row in chain([first], remaining):
        filled = {**fixed, **row}
        for name, make in made.items():
            filled[name] = make()
        yield filled


def _random_ids() -> Iterator[UUID]:
    """What uuid4 gives, for which the system is asked for many at once."""
    while True:
        drawn = os.urandom(16 * 256)
        for start in range(0, len(drawn), 16):
            yield UUID(bytes=drawn[start : start + 16], version=4)


def create(
    model: type[models.Model], rows: Iterable[Row], *, reason: str, keys: Sequence[int] | None = None
) -> Sequence[int]:
    """Insert these new rows and the first entry of their history; returns their primary keys in the same order.

    Columns that the rows do not name have the model's defaults. `reason` is the history's reason for the change.
    `keys` are primary keys that were reserved for them, one for each; the rows are asked for one after another then.
    """
    if keys is None:
        rows = list(rows)
        keys = reserve(model, len(rows)) if rows else ()
    if not keys:
        return ()
    insert(model, _with_keys(completed(model, rows), model._meta.pk.attname, keys))
    remember(model, keys, kind=CREATED, reason=reason)
    return keys


def _with_keys(rows: Iterable[dict[str, Any]], name: str, keys: Sequence[int]) -> Iterator[Row]:
    for row, key in zip(rows, keys, strict=True):
        row[name] = key
        yield row


def update(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write these fields of rows of one model: one prepared UPDATE, where the ORM puts a CASE of all together."""
    if not rows:
        return
    model = type(rows[0])
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    columns = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    table, key = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    values = [
        [*(each.get_db_prep_save(getattr(row, each.attname), connection) for each in fields), row.pk] for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {columns} WHERE {key} = %s", values)  # noqa: S608


def remember(
    model: type[models.Model], keys: Collection[int], *, kind: str, reason: str | None = None, by: int | None = None
) -> None:
    """An entry of the history of each of these rows, which the database copies from them as they are.

    `kind` is that of the history (CREATED, CHANGED, DELETED), `by` the primary key of a user.
    """
    history = model.history.model  # type: ignore[attr-defined]  # added by simple_history
    connection = connections[router.db_for_write(model)]
    kept = {field.attname for field in history._meta.concrete_fields}
    quote = connection.ops.quote_name
    same = ", ".join(
        quote(str(field.column))
        for field in model._meta.concrete_fields
        if field.attname in kept and not field.generated
    )
    change = {
        "history_date": timezone.now(), "history_change_reason": reason, "history_type": kind, "history_user": by
    }  # fmt: skip
    fields = {name: history._meta.get_field(name) for name in change}
    values = [field.get_db_prep_save(change[name], connection) for name, field in fields.items()]
    columns = ", ".join(quote(str(field.column)) for field in fields.values())
    pk, table, versions = (quote(str(name)) for name in (
        model._meta.pk.column, model._meta.db_table, history._meta.db_table
    ))  # fmt: skip
    among, sought = one_parameter(connection, keys)
    statement = (
        f"INSERT INTO {versions} ({same}, {columns})"  # noqa: S608
        f" SELECT {same}, %s, %s, %s, %s FROM {table} WHERE {pk} {among} ORDER BY {pk}"
    )
    execute(connection, statement, [*values, sought])


def one_parameter(connection: BaseDatabaseWrapper, keys: Collection[int]) -> tuple[str, Any]:
    """What stands behind a column of whole numbers to say that it is one of these, and its one parameter.

    The lookup `among` says the same in a queryset.
    """
    if connection.vendor == "postgresql":
        return "= ANY(%s)", list(keys)
    return "IN (SELECT value FROM json_each(%s))", json.dumps(list(keys))


def reserve(model: type[models.Model], count: int) -> Sequence[int]:
    """Primary keys for as many new rows, which nobody else gets; on SQLite only while the transaction lasts."""
    connection = connections[router.db_for_write(model)]
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Materialised, since the name would be looked up again for each key.
            cursor.execute(
                "WITH keys AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, %s)::regclass AS name)"
                " SELECT nextval(name) FROM keys, generate_series(1, %s)",
                [table, column, count],
            )
            return [key for (key,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = cursor.fetchone()
        start = (last[0] if last else 0) + 1
        return range(start, start + count)
