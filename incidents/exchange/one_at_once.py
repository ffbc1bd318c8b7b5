"""One import at a time in a database: a lock that is taken before anything is looked up and goes with the process.

Two imports that look for the same source or actor and find none would each make one, and each claim would count twice.
"""

import fcntl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection

KEY = "imports"  # of the advisory lock: hashed on the server, with a seed of its own
SEED = 11
ASKED = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, %s))"
RUNS = "Another import or seed is at work in this database; wait until it is done, then start this one again."


class ImportRunning(Exception):
    """Somebody else imports into this database now; the message says what to do."""


@contextmanager
def one_at_once() -> Iterator[None]:
    """Nobody else imports meanwhile. Enter it before a transaction, so that others see what was written once it ends.

    Raises ImportRunning, without waiting: an import may take an hour.
    """
    if connection.vendor == "postgresql":
        with _held_by_the_server():
            yield
    elif connection.is_in_memory_db():  # type: ignore[attr-defined]  # what SQLite has instead of a server
        yield  # no other process reaches it
    else:
        with _held_by_a_file(Path(f"{connection.settings_dict['NAME']}-importing")):
            yield


@contextmanager
def _held_by_the_server() -> Iterator[None]:
    """A transaction of a second connection, open over all transactions of the import, and over a pooler as well."""
    other = connection.copy()
    other.settings_dict["OPTIONS"].pop("pool", None)  # a pool of one has no second connection
    with closing(other):
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute(ASKED, [KEY, SEED])
            if cursor.fetchone() != (True,):
                raise ImportRunning(RUNS)
        yield


@contextmanager
def _held_by_a_file(path: Path) -> Iterator[None]:
    """A file beside the database's: locking that one, and closing it, would let go of the locks of SQLite itself."""
    with path.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ImportRunning(RUNS) from error
        yield
