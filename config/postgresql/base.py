"""A pooled connection is looked at before it is used, without asking the server when nothing has happened to it.

Django's own check is a query: a quarter of the time that a detail takes. What ends a connection (a restart, a
proxy's timeout) sends something first, so a socket with nothing to read is still open. A hot statement is parsed and
planned once for each connection, unless the server finds that its values make a difference. A statement may be sent
and waited for later: what counts requests takes a tenth of the time of a list, and nobody needs to know before.
"""

import select
from collections.abc import Callable, Sequence
from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper
from psycopg import Connection, Cursor, Error, OperationalError
from psycopg.waiting import Ready, Wait
from psycopg_pool import ConnectionPool


def check(connection: Connection[Any]) -> None:
    """Raises psycopg.OperationalError where the server has closed the connection."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        ConnectionPool.check_connection(connection)


class Sent:
    """A statement on its way, and what came of it once somebody has waited.

    The driver has no public name for the steps that its `execute` waits for, but those of a pipeline, which keeps an
    answer back until it is asked to end. tests/models/test_sent.py sees to it that they stay what they are.
    """

    def __init__(self, cursor: Any, sql: str, parameters: Sequence[Any]) -> None:
        self.cursor = cursor
        self.error: Error | None = None
        self._steps: Any = cursor._execute_gen(sql, parameters)
        self._do(self._send)

    def receive(self) -> None:
        """Wait for the answer unless somebody has; what the server refuses is kept, and nothing raised."""
        if self._steps is not None:
            self._do(self._wait)

    def _send(self, steps: Any) -> None:
        """The first step sends it; where it is longer than the kernel takes at once, the next ones send the rest."""
        wanted = next(steps)
        poll = select.poll()
        poll.register(self.cursor.connection.fileno(), select.POLLIN | select.POLLOUT)
        while wanted != Wait.R:
            ((_, found),) = poll.poll()
            writable = Ready.W if found & select.POLLOUT else 0
            wanted = steps.send(writable | (0 if found == select.POLLOUT else Ready.R))
        self._steps = steps

    def _wait(self, steps: Any) -> None:
        self.cursor.connection.wait(steps)

    def _do(self, step: Callable[[Any], None]) -> None:
        steps, self._steps = self._steps, None
        try:
            step(steps)
        except Error as error:
            self.error = error
        except BaseException:
            self.error = OperationalError("Somebody broke off the wait for the answer.")
            raise


class DatabaseWrapper(base.DatabaseWrapper):
    """The backend; its pool uses ``check`` where CONN_HEALTH_CHECKS asks for one.

    The option ``prepare_threshold`` counts for ``keeping_cursor`` alone: Django's own cursors put values into the text
    of a statement and never prepare one. Whoever takes a cursor waits for what was sent before; one that was taken
    earlier is not to be used until then: the driver refuses it.
    """

    _sent: Sent | None = None

    @property
    def watched(self) -> bool:
        """Whether somebody looks at each statement while it is asked: then none is sent ahead of being waited for."""
        return bool(self.queries_logged or self.execute_wrappers)

    def send(self, cursor: CursorWrapper, sql: str, parameters: Sequence[Any]) -> Callable[[], Any]:
        """Have the server work on a statement while this thread goes on; what is returned waits for the answer.

        It gives the driver's cursor, and raises what Django raises of a statement that fails.
        """
        self.receive()
        sent = self._sent = Sent(cursor.cursor, sql, parameters)

        def received() -> Any:
            self.receive()
            if sent.error is not None:
                with self.wrap_database_errors:
                    raise sent.error
            return sent.cursor

        return received

    def receive(self) -> None:
        """Wait for what is on its way."""
        sent, self._sent = self._sent, None
        if sent is not None:
            sent.receive()

    def ensure_connection(self) -> None:
        self.receive()
        super().ensure_connection()

    def _commit(self) -> Any:
        """Raises what the server said of a statement that nobody asked about: what came before it is not kept."""
        sent = self._sent
        self.receive()
        if sent is not None and sent.error is not None:
            with self.wrap_database_errors:
                raise sent.error
        return super()._commit()  # type: ignore[misc]

    def _rollback(self) -> Any:
        self.receive()
        return super()._rollback()  # type: ignore[misc]

    def _set_autocommit(self, autocommit: bool) -> None:
        self.receive()
        super()._set_autocommit(autocommit)  # type: ignore[misc]

    def _close(self) -> Any:
        try:
            self.receive()
        finally:
            super()._close()  # type: ignore[misc]

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
