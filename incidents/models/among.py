"""The lookup `among`: a key that is one of many, handed over as one parameter however many there are.

`in` writes a parameter for each, and the ORM, the driver and the server each read all of them: for a thousand keys that
takes longer than finding the rows.
"""

import json
from collections.abc import Collection
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import AutoField, CharField, Field, ForeignKey, IntegerField, Lookup, UUIDField
from django.db.models.sql.compiler import SQLCompiler

KEYS = {IntegerField: "bigint", AutoField: "bigint", UUIDField: "uuid", CharField: "text"}
IN_JSON = "IN (SELECT value FROM json_each(%s))"


class Keys:
    """How the one parameter of `among` is written for a column; raises TypeError for a column of another type."""

    def __init__(self, column: Any) -> None:
        field = column
        while isinstance(field, ForeignKey):
            field = field.target_field
        kind = next((name for each, name in KEYS.items() if isinstance(field, each)), None)
        if kind is None:
            raise TypeError(f"{field} holds no keys: `among` is for whole numbers, UUIDs and short texts.")
        self.field, self.kind = field, kind

    def get_db_prep_value(self, values: Collection[Any], connection: BaseDatabaseWrapper) -> str:
        """An array literal on PostgreSQL, JSON on SQLite."""
        if connection.vendor == "postgresql":
            return "{" + ",".join(map(_quoted if self.kind == "text" else str, values)) + "}"
        return json.dumps([self.field.get_db_prep_value(value, connection) for value in values])


@ForeignKey.register_lookup
@Field.register_lookup
class Among(Lookup[Any]):
    """`pk__among=keys`, of whole numbers, UUIDs or short texts; raises TypeError for a column of another type."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        left, parameters = self.process_lhs(compiler, connection)
        keys = Keys(self.lhs.output_field)
        if not self.rhs:
            raise EmptyResultSet
        one_of = f"= ANY(%s::{keys.kind}[])" if connection.vendor == "postgresql" else IN_JSON
        return f"{left} {one_of}", (*parameters, keys.get_db_prep_value(self.rhs, connection))


def _quoted(text: str) -> str:
    """A text as an array literal of PostgreSQL has it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
