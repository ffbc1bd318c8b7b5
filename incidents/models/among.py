"""The lookup `among`: a key that is one of many, handed over as one parameter however many there are.

`in` writes a parameter for each, and the ORM, the driver and the server each read all of them: for a thousand keys that
takes longer than finding the rows.
"""

import json
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import AutoField, CharField, Field, ForeignKey, IntegerField, Lookup, UUIDField
from django.db.models.sql.compiler import SQLCompiler

KEYS = {IntegerField: "bigint", AutoField: "bigint", UUIDField: "uuid", CharField: "text"}


@ForeignKey.register_lookup
@Field.register_lookup
class Among(Lookup[Any]):
    """`pk__among=keys`, of whole numbers, UUIDs or short texts; raises TypeError for a column of another type."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        left, parameters = self.process_lhs(compiler, connection)
        field = self.lhs.output_field
        while isinstance(field, ForeignKey):
            field = field.target_field
        kind = next((name for each, name in KEYS.items() if isinstance(field, each)), None)
        if kind is None:
            raise TypeError(f"{field} holds no keys: `among` is for whole numbers, UUIDs and short texts.")
        if not self.rhs:
            raise EmptyResultSet
        if connection.vendor == "postgresql":
            array = "{" + ",".join(map(_quoted if kind == "text" else str, self.rhs)) + "}"
            return f"{left} = ANY(%s::{kind}[])", (*parameters, array)
        values = [field.get_db_prep_value(value, connection) for value in self.rhs]
        one_of = "IN (SELECT value FROM json_each(%s))"
        return f"{left} {one_of}", (*parameters, json.dumps(values))


def _quoted(text: str) -> str:
    """A text as an array literal of PostgreSQL has it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
