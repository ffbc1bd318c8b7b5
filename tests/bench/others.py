"""Contenders with packages of their own: FastAPI with SQLAlchemy over the working tables, Datasette over a SQLite file.

`make bench` installs them beside the figures; where they are not, as on CI, they are not asked. What they run stands in
tests/bench/apart/.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.bench.measure import ROOT, Server, free_port, started

LOCK = ROOT / "tests" / "bench" / "rivals.lock"
ENVIRONMENT = ROOT / "var" / "bench" / "rivals"
NOT_ASKED = (
    "FastAPI with SQLAlchemy, and Datasette, are not asked: `make bench` installs them, where it reaches an index."
)
# As long as gunicorn's for the others: the connection is kept while they are asked.
UVICORN = ["--timeout-keep-alive", "75", "--no-access-log", "--log-level", "error"]
IN_SQLITE = 20_000  # documents, the newest; Datasette is asked for the first hundred, which an index finds


@dataclass(frozen=True, slots=True)
class Others:
    """The two servers."""

    fastapi: Server
    datasette: Server


def installed(environment: Path = ENVIRONMENT) -> bool:
    """Whether the environment is there, and as the lock has it now."""
    stamp = environment / "installed.lock"
    return stamp.is_file() and stamp.read_bytes() == LOCK.read_bytes()


@contextmanager
def others(address: str, scratch: Path) -> Iterator[Others]:
    """Both over the incidents of the database at this address, one worker each, until the end."""
    documents = scratch / "incidents.db"
    with psycopg.connect(address) as connection:
        newest = connection.execute(
            "SELECT public_id::text, start_earliest::text, document FROM incidents_publicincident"
            " ORDER BY start_earliest DESC, public_id DESC LIMIT %s",
            [IN_SQLITE],
        )
        write_documents(newest, documents)
    with (
        _apart("fastapi", {"DATABASE_URL": address}, probe="/incidents?limit=1") as fastapi,
        _apart("datasette", {"DOCUMENTS": str(documents)}, probe="/-/versions.json") as datasette,
    ):
        yield Others(fastapi, datasette)


@contextmanager
def _apart(name: str, environment: Mapping[str, str], *, probe: str) -> Iterator[Server]:
    port = free_port()
    command = [
        str(ENVIRONMENT / "bin" / "python"), "-m", "uvicorn", f"tests.bench.apart.{name}_app:app",
        "--host", "127.0.0.1", "--port", str(port), *UVICORN,
    ]  # fmt: skip
    with started(name, port, command, environment, probe=probe) as server:
        yield server


def write_documents(rows: Iterable[tuple[str, str, str]], file: Path) -> None:
    """Write public ids, first days and documents into a new SQLite file, with the index that finds the newest."""
    database = sqlite3.connect(file)
    with database:
        database.execute(
            "CREATE TABLE incidents (public_id TEXT PRIMARY KEY, start_earliest TEXT NOT NULL, document TEXT NOT NULL)"
        )
        database.executemany("INSERT INTO incidents VALUES (?, ?, ?)", rows)
        database.execute("CREATE INDEX newest ON incidents (start_earliest, public_id)")
    database.close()
