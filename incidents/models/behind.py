"""Writing behind: what a caller made goes to PostgreSQL in a thread of its own, while the caller makes the next.

Everything goes over the caller's connection, in the order in which it was given and within its transaction. Whatever
else is asked of that connection waits until all is written, so that nobody reads half of it.
"""

import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as ended
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.copy import Writer

# So many statements may wait, which bounds the memory that they hold.
WAITING = 24
# Python's usual turns are longer than the database takes over a statement, and it would wait for the next.
USUAL_TURN, TURN = sys.getswitchinterval(), 0.000_05
_of_thread = threading.local()


class Kept(Writer):
    """Keeps the blocks of a COPY, which psycopg makes, instead of sending them."""

    def __init__(self) -> None:
        self.blocks: list[Any] = []

    def write(self, data: Any) -> None:
        self.blocks.append(data)


class Behind:
    """The statements that wait behind one connection."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self._driver: Any = connection.connection
        self._thread = ThreadPoolExecutor(1)
        self._given: list[Future[None]] = []

    def copy(self, statement: str, blocks: Sequence[Any]) -> None:
        """Have `COPY ... FROM STDIN` take in these blocks."""
        self._give(partial(self.copied, statement, blocks))

    def execute(self, statement: str, parameters: Sequence[Any]) -> None:
        """Have a statement executed whose answer nobody asks for."""
        self._give(partial(self.executed, statement, parameters))

    def wait(self) -> None:
        """Return when all is written. Raises what the database said of the first statement that it refused."""
        given, self._given = self._given, []
        ended(given)  # those after a refused one too: whoever undoes it does so on the same connection
        for each in given:
            self._result(each)

    def end(self) -> None:
        """Return when nothing goes on any more; what was not begun is left out."""
        self._thread.shutdown(cancel_futures=True)

    def copied(self, statement: str, blocks: Sequence[Any]) -> None:
        with self._driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(b"".join(blocks))

    def executed(self, statement: str, parameters: Sequence[Any]) -> None:
        with self._driver.cursor() as cursor:
            cursor.execute(statement, parameters)

    def _give(self, job: Any) -> None:
        if len(self._given) >= WAITING:
            first = self._given[0]
            if first.exception() is not None:
                self.wait()
            del self._given[0]
        self._given.append(self._thread.submit(job))

    def _result(self, given: Future[None]) -> None:
        with self._connection.wrap_database_errors:
            given.result()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """As Django's wrapper of a statement: it waits for those before it."""
        self.wait()
        return execute(sql, params, many, context)


@contextmanager
def behind(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """What bulk.py writes within goes on behind, and is written when this ends; SQLite writes at once as ever.

    Raises at the latest at its end what the database refused; the transaction that this is a part of is over then.
    """
    if connection.vendor != "postgresql" or of(connection) is not None:
        yield
        return
    connection.ensure_connection()
    writer = Behind(connection)
    setattr(_of_thread, connection.alias, writer)
    sys.setswitchinterval(TURN)
    try:
        with connection.execute_wrapper(writer):
            yield
            writer.wait()
    finally:
        writer.end()
        sys.setswitchinterval(USUAL_TURN)
        delattr(_of_thread, connection.alias)


def of(connection: BaseDatabaseWrapper) -> Behind | None:
    """What goes on behind a connection of this thread, None where all is written at once."""
    found: Behind | None = getattr(_of_thread, connection.alias, None)
    return found
