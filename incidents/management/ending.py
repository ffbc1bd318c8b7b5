"""How a command ends that was interrupted, that its database failed, or that was given no UTF-8: in a sentence.

`--traceback`, which every command takes, shows where it was.
"""

from typing import NamedTuple

from django.db import DatabaseError, OperationalError, ProgrammingError

FAILED, INTERRUPTED = 1, 130
STAYS = "What was finished stays, and nothing is half done; the same command may be run again."
NO_TABLES = "The tables of this database are not those of this version: run manage.py migrate first. It said: {}"
BUSY = "Others were changing the same rows at this moment. It said: {}"
NO_DATABASE = "The database cannot be used; look at DATABASE_URL, and whether its server runs. It said: {}"
IN_THE_WAY = frozenset({"40P01", "40001", "55P03"})  # a deadlock, a serialization failure, a lock not granted
UNDEFINED = frozenset({"42P01", "42703"})  # a table, a column: PostgreSQL's codes
NO_TEXT = "An argument is not UTF-8: it holds the byte {}. Write it in UTF-8; nothing was changed."
BYTES = range(0xDC80, 0xDD00)  # what stands in an argument for bytes that are no text (PEP 383)
LOCKED = "database is locked"  # and what SQLite says of its one writer
MISSING = ("no such table", "no such column", "has no column named")  # and what SQLite says


class Ending(NamedTuple):
    """What to tell a person, and the exit code."""

    sentence: str
    code: int


def ending(error: BaseException) -> Ending | None:
    """The ending that this exception calls for; None for a fault of ours, whose traceback is wanted."""
    if isinstance(error, KeyboardInterrupt):
        return Ending(f"Interrupted. {STAYS}", INTERRUPTED)
    for one in (error, error.__cause__):  # as the database's driver or the canonical JSON refuses it
        if isinstance(one, UnicodeEncodeError) and ord(one.object[one.start]) in BYTES:
            return Ending(NO_TEXT.format(f"0x{ord(one.object[one.start]) - 0xDC00:02X}"), FAILED)
    if not isinstance(error, DatabaseError):
        return None
    said = next(iter(str(error).strip().splitlines()), "")
    code = getattr(error.__cause__, "sqlstate", None)
    if isinstance(error, ProgrammingError | OperationalError) and (code in UNDEFINED or _misses(said)):
        return Ending(NO_TABLES.format(said), FAILED)
    if isinstance(error, OperationalError):
        busy = code in IN_THE_WAY or LOCKED in said
        return Ending(f"{(BUSY if busy else NO_DATABASE).format(said)}\n{STAYS}", FAILED)
    return None


def _misses(said: str) -> bool:
    return any(words in said for words in MISSING)
