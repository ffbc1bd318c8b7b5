"""A pooled connection is looked at before it is used, without asking the server when nothing has happened to it.

Django's own check is a query: a quarter of the time that a detail takes. What ends a connection (a restart, a
proxy's timeout) sends something first, so a socket with nothing to read is still open. A hot statement is parsed once
for each connection, and planned for the values of each request.
"""

import select
from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper
from psycopg import Connection, Cursor
from psycopg_pool import ConnectionPool


def check(connection: Connection[Any]) -> None:
    """Raises psycopg.OperationalError where the server has closed the connection."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        ConnectionPool.check_connection(connection)


class DatabaseWrapper(base.DatabaseWrapper):
    """The backend; its pool uses ``check`` where CONN_HEALTH_CHECKS asks for one.

    The option ``prepare_threshold`` counts for ``keeping_cursor`` alone: Django's own cursors put values into the text
    of a statement and never prepare one.
    """

    def keeping_cursor(self) -> CursorWrapper:
        """A cursor for statements that are asked again with other values: the server keeps them.

        Where queries are logged it is a usual one, so that they stand in the log with their values.
        """
        wrapper: Any = self
        if wrapper.queries_logged:
            usual: CursorWrapper = wrapper.cursor()
            return usual
        wrapper.ensure_connection()
        cursor: CursorWrapper = wrapper._prepare_cursor(Cursor(wrapper.connection))
        return cursor

    @property
    def pool(self) -> Any:
        pool = super().pool
        if pool is not None and pool._check is not None:
            pool._check = check
        return pool
