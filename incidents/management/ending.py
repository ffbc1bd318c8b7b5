"""How a command ends that was interrupted or that its database failed: in a sentence, without a traceback.

`--traceback`, which every command takes, shows where it was.
"""

from typing import NamedTuple

from django.db import DatabaseError, OperationalError, ProgrammingError

FAILED, INTERRUPTED = 1, 130
STAYS = "What was finished stays, and nothing is half done; the same command may be run again."
NO_TABLES = "The tables of this database are not those of this version: run manage.py migrate first. It said: {}"
NO_DATABASE = "The database cannot be used; look at DATABASE_URL, and whether its server runs. It said: {}"
UNDEFINED = frozenset({"42P01", "42703"})  # a table, a column: PostgreSQL's codes
MISSING = ("no such table", "no such column", "has no column named")  # and what SQLite says


class Ending(NamedTuple):
    """What to tell a person, and the exit code."""

    sentence: str
    code: int


def ending(error: BaseException) -> Ending | None:
    """The ending that this exception calls for; None for a fault of ours, whose traceback is wanted."""
    if isinstance(error, KeyboardInterrupt):
        return Ending(f"Interrupted. {STAYS}", INTERRUPTED)
    if not isinstance(error, DatabaseError):
        return None
    said = next(iter(str(error).strip().splitlines()), "")
    code = getattr(error.__cause__, "sqlstate", None)
    if isinstance(error, ProgrammingError | OperationalError) and (code in UNDEFINED or _misses(said)):
        return Ending(NO_TABLES.format(said), FAILED)
    if isinstance(error, OperationalError):
        return Ending(f"{NO_DATABASE.format(said)}\n{STAYS}", FAILED)
    return None


def _misses(said: str) -> bool:
    return any(words in said for words in MISSING)
