"""JSON written by the database: a row comes as one finished text, of which Python neither loads nor formats a column.

Letter for letter what `json.dumps` with `ensure_ascii=False` and rules/trail/log.py write of the same values.
"""

from typing import Any

from django.db.models import Expression, Func, TextField


class Joined(Func):
    """The expressions one after another as one text, null where one is null: at half the cost of FORMAT."""

    template = "(%(expressions)s)"
    arg_joiner = " || "
    output_field = TextField()


class Literal(Expression):
    """A text of ours, written into the statement."""

    def __init__(self, text: str) -> None:
        super().__init__(output_field=TextField())
        self.text = text

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        quoted = self.text.replace("'", "''").replace("%", "%%")
        return f"'{quoted}'", ()


class Quoted(Func):
    """A text or an id as a JSON string, `null` where it is null."""

    function = "TO_JSON"
    template = "COALESCE(%(function)s(%(expressions)s), 'null')::text"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="JSON_QUOTE(%(expressions)s)", **context)


class Hyphenated(Func):
    """An id as it is written, which SQLite stores without hyphens."""

    template = "%(expressions)s"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        (column,) = self.get_source_expressions()
        sql, parameters = compiler.compile(column)
        parts = (f"SUBSTR({sql}, {start}, {length})" for start, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12)))
        return " || '-' || ".join(parts), tuple(parameters) * 5


class Moment(Func):
    """A moment as the log hashes it: UTC, microseconds, Z."""

    template = """TO_CHAR(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        (column,) = self.get_source_expressions()
        sql, parameters = compiler.compile(column)
        # Stored as 2025-03-09 12:00:00, with a point and six digits where the second is not whole.
        written = (
            f"SUBSTR({sql}, 1, 10) || 'T' || SUBSTR({sql}, 12, 8) || '.' || SUBSTR(SUBSTR({sql}, 21) || '000000', 1, 6)"
            " || 'Z'"
        )
        return written, tuple(parameters) * 3
