"""A statement that works too long on SQLite is ended, as on PostgreSQL, and one that is fetched slowly is not."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.db.backends.signals import connection_created
from django.db.backends.sqlite3.base import DatabaseWrapper

from config import sqlite_time
from config.databases import databases
from config.sqlite_time import Stopwatch

SECONDS = 0.3
LONG = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {}) SELECT {} FROM n"


@pytest.fixture
def connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any) -> Iterator[DatabaseWrapper]:
    """A connection to a file, opened in a process that answers requests."""
    monkeypatch.setattr(connection_created, "receivers", [*connection_created.receivers])
    connection_created.sender_receivers_cache.clear()
    sqlite_time.bound(SECONDS)
    known: dict[str, Any] = databases(f"sqlite:///{tmp_path}/x.sqlite3", "", tmp_path, 1)["default"]
    opened = DatabaseWrapper(known | {"ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "TIME_ZONE": None}, "file")
    opened.inc_thread_sharing()
    with django_db_blocker.unblock():
        yield opened
        opened.close()
    connection_created.sender_receivers_cache.clear()


def test_what_works_too_long_is_ended_and_the_next_statement_has_its_time_again(connection: DatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        begun = time.monotonic()
        with pytest.raises(OperationalError, match="interrupted"):
            cursor.execute(LONG.format(10**9, "count(*)"))
        assert SECONDS <= time.monotonic() - begun < 20
        for _ in range(2):
            cursor.execute(LONG.format(1_000, "count(*)"))
            assert cursor.fetchone() == (1_000,)


def test_it_holds_after_the_connection_was_opened_anew(connection: DatabaseWrapper) -> None:
    for _ in range(2):
        with connection.cursor() as cursor, pytest.raises(OperationalError, match="interrupted"):
            cursor.execute(LONG.format(10**9, "count(*)"))
        connection.close()
    connection.ensure_connection()
    assert sum(isinstance(sqlite_time._owner(each), Stopwatch) for each in connection.execute_wrappers) == 1


def test_waiting_for_whoever_reads_the_rows_does_not_count(connection: DatabaseWrapper, monkeypatch: Any) -> None:
    monkeypatch.setattr(sqlite_time, "AT_ONCE", 0.001)
    with connection.cursor() as cursor:
        cursor.execute(LONG.format(100_000, "x"))
        read = 0
        while rows := cursor.fetchmany(20_000):
            read += len(rows)
            time.sleep(SECONDS / 2)
        assert read == 100_000


def test_only_processes_that_answer_requests_are_bounded() -> None:
    """The suite itself is none: an import takes long by right."""
    assert not any(key[0] == "config.sqlite_time" for key, *_ in connection_created.receivers)
