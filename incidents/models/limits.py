"""The counters of requests: one row for each client that asked lately, written by one statement for each request.

Django's ORM does not know the table: on PostgreSQL it is unlogged, and nobody edits or shows it. Which rate a client
has is the rules' matter (limits.py).
"""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from incidents.models.prepared import keeping_cursor

TABLE = "incidents_requestcount"
# Room in each page for new versions of its rows: a count changes no indexed column, so no index is written (HOT).
CREATE = {
    "postgresql": (
        f"CREATE UNLOGGED TABLE {TABLE} (client char(32) PRIMARY KEY, ends bigint NOT NULL, used integer NOT NULL)"
        " WITH (fillfactor = 50)"
    ),
    "sqlite": (
        f"CREATE TABLE {TABLE} (client char(32) NOT NULL PRIMARY KEY, ends bigint NOT NULL, used integer NOT NULL)"
        " WITHOUT ROWID"
    ),
}
INDEX = f"CREATE INDEX {TABLE}_ends ON {TABLE} (ends)"
DROP = f"DROP TABLE {TABLE}"
# A window begins with a client's first request and ends for good: what comes later begins another one. The numbers
# are milliseconds since 1970.
COUNT = f"""
    INSERT INTO {TABLE} (client, ends, used) VALUES (%s, %s, 1)
    ON CONFLICT (client) DO UPDATE SET
        used = CASE WHEN {TABLE}.ends <= %s THEN 1 ELSE {TABLE}.used + 1 END,
        ends = CASE WHEN {TABLE}.ends <= %s THEN excluded.ends ELSE {TABLE}.ends END
    RETURNING ends, used"""  # noqa: S608
FORGET = {
    # Two processes that forget at once take different rows.
    "postgresql": (
        f"DELETE FROM {TABLE} WHERE client IN"  # noqa: S608
        f" (SELECT client FROM {TABLE} WHERE ends <= %s LIMIT %s FOR UPDATE SKIP LOCKED)"
    ),
    "sqlite": f"DELETE FROM {TABLE} WHERE client IN (SELECT client FROM {TABLE} WHERE ends <= %s LIMIT %s)",  # noqa: S608
}
FORGET_EVERY = 500  # requests counted by a process
FORGET_AT_ONCE = 5_000  # rows, more than so many requests can have added

# An import may hold SQLite's one write lock for minutes. Reading goes on meanwhile, so counting must not stop it.
PATIENCE = 0.1  # seconds
REST = 1.0  # seconds before it is tried again
_one_at_a_time = threading.Lock()
_counted = itertools.count(1)
_resting_until = 0.0


class NotCounted(Exception):
    """The request could not be counted: the database is busy with something longer, or not there."""


def counting(client: str, *, window: int, now: int) -> Callable[[], tuple[int, int]]:
    """Count one request of a client; what tells when its window ends and how many requests it has had in it.

    PostgreSQL counts while the caller goes on; SQLite, and where somebody watches the connection, before. ``client``
    has 32 characters, ``window`` and ``now`` are milliseconds. Both this and what it returns raise NotCounted.
    """
    values = (client, now + window, now, now)
    wrapper: Any = connection
    with _no_database_no_count():
        if wrapper.vendor == "postgresql" and not wrapper.watched:
            answered = wrapper.send(keeping_cursor(wrapper), COUNT, values)
            return lambda: _read(answered, now)
        with _hurried(wrapper), keeping_cursor(wrapper) as cursor:
            cursor.execute(COUNT, values)
            ends, used = cursor.fetchone()
            _forget(now)
    return lambda: (ends, used)


def ready() -> None:
    """Take the connection that counts. Raises NotCounted where none is free."""
    with _no_database_no_count():
        connection.ensure_connection()


def _read(answered: Callable[[], Any], now: int) -> tuple[int, int]:
    with _no_database_no_count():
        ends, used = answered().fetchone()
        _forget(now)
    return ends, used


def _forget(now: int) -> None:
    """Drop the rows of clients that ask no more, once in so many requests of this process."""
    if next(_counted) % FORGET_EVERY == 0:
        with connection.cursor() as cursor:
            cursor.execute(FORGET[connection.vendor], [now, FORGET_AT_ONCE])


@contextmanager
def _no_database_no_count() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise NotCounted(str(error)) from error


@contextmanager
def _hurried(wrapper: Any) -> Iterator[None]:
    """On SQLite: wait for the write lock a moment only, and among the threads of a process not at all."""
    global _resting_until  # noqa: PLW0603
    if wrapper.vendor != "sqlite":
        yield
        return
    with _one_at_a_time:
        if time.monotonic() < _resting_until:
            raise NotCounted("The database is busy with something longer.")
        with impatient(wrapper):
            try:
                yield
            except OperationalError:
                _resting_until = time.monotonic() + REST
                raise


@contextmanager
def impatient(wrapper: Any) -> Iterator[None]:
    """On SQLite: a statement that finds the write lock taken for longer than PATIENCE raises OperationalError."""
    if wrapper.vendor != "sqlite":
        yield
        return
    wrapper.ensure_connection()
    database = wrapper.connection
    (usual,) = database.execute("PRAGMA busy_timeout").fetchone()
    database.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")
    try:
        yield
    finally:
        database.execute(f"PRAGMA busy_timeout = {usual}")


def create_table(wrapper: BaseDatabaseWrapper) -> None:
    """Make the table; for the migration."""
    with wrapper.cursor() as cursor:
        cursor.execute(CREATE[wrapper.vendor])
        cursor.execute(INDEX)


def drop_table(wrapper: BaseDatabaseWrapper) -> None:
    """Unmake the table; for the migration."""
    with wrapper.cursor() as cursor:
        cursor.execute(DROP)


def clients() -> int:
    """How many clients have a row; expired ones are dropped every FORGET_EVERY requests."""
    with connections["default"].cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {TABLE}")  # noqa: S608
        (found,) = cursor.fetchone()
    return int(found)
