"""One migrated database for a run: every worker of every suite copies it, where each would migrate for seven seconds.

tests/run.py makes it; without it, as when pytest is called directly, Django migrates as ever.
"""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
NAMED_BY = "TEST_MIGRATED"  # the file of a SQLite database, or the name of one on the PostgreSQL server


@contextmanager
def migrated_file() -> Iterator[Mapping[str, str]]:
    """A migrated SQLite database in a temporary folder; yields the environment that names it."""
    with TemporaryDirectory(prefix="hid-migrated-") as folder:
        file = Path(folder) / "migrated.sqlite3"
        _migrate(f"sqlite:///{file}")
        yield {NAMED_BY: str(file)}


@contextmanager
def migrated_beside(address: str) -> Iterator[Mapping[str, str]]:
    """A migrated database on the server of that address; yields the environment that names it, and drops it."""
    name = f"migrated_{uuid4().hex[:12]}"
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        _migrate(f"{address.rpartition('/')[0]}/{name}")
        yield {NAMED_BY: name}
    finally:
        with psycopg.connect(address, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _migrate(address: str) -> None:
    environment = {**os.environ, "DEBUG": "true", "DATABASE_URL": address, "PUBLIC_DATABASE_URL": ""}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input", "-v", "0"], cwd=ROOT, env=environment, check=True
    )


@contextmanager
def copied(connection: Any) -> Iterator[None]:
    """While Django makes the test database, begin it as a copy, so that nothing is left to migrate."""
    named = os.environ.get(NAMED_BY)
    if not named:
        yield
    elif connection.vendor == "postgresql":
        connection.settings_dict["TEST"]["TEMPLATE"] = named
        yield
    else:
        # The database in memory is there as long as somebody is connected.
        memory = connection.creation._get_test_db_name()
        with closing(sqlite3.connect(memory, uri=True)) as copy:
            with closing(sqlite3.connect(named)) as original:
                original.backup(copy)
            yield
