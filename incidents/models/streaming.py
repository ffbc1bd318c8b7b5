"""Reading the whole answer of a statement row by row and with flat memory, the next pages under way meanwhile.

On PostgreSQL only, where tables are large.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from psycopg import Cursor

# Pages that are asked for before they are needed, so that the server reads on while this process works; a thread that
# asked for one page at a time left both waiting for each other half of the time.
AHEAD = 3
DECLARE, FETCH, CLOSE = "DECLARE streamed NO SCROLL CURSOR FOR ", "FETCH 1000 FROM streamed", "CLOSE streamed"


def streamed(statement: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a statement without parameters; the connection is taken until the last of them is read."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(DECLARE + statement)
        driver = connection.connection
        with driver.pipeline():
            coming = deque(Cursor(driver).execute(FETCH, prepare=False) for _ in range(AHEAD))
            while page := coming.popleft().fetchall():
                coming.append(Cursor(driver).execute(FETCH, prepare=False))
                yield from page
        with connection.cursor() as cursor:
            cursor.execute(CLOSE)
