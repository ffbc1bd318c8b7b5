"""Reading one state of a database, whatever is written meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction
from psycopg import IsolationLevel


@contextmanager
def one_state(alias: str) -> Iterator[None]:
    """Everything read within sees the database as it was at the first query, whatever is published meanwhile."""
    connection: Any = connections[alias]
    if connection.in_atomic_block or connection.vendor != "postgresql":
        with transaction.atomic(using=alias):
            yield
        return
    connection.ensure_connection()
    driver = connection.connection
    driver.isolation_level = IsolationLevel.REPEATABLE_READ  # which it begins with, so that nothing more is asked
    try:
        with transaction.atomic(using=alias):
            yield
    finally:
        if not driver.closed:
            driver.isolation_level = None
