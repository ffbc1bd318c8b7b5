"""The project as real processes: a server, commands and a worker over a database of their own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg

from tests.migrated import NAMED_BY

ROOT = Path(__file__).resolve().parents[1]
SUBMISSIONS = "/api/v1/submissions/"


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """The address of a database without rows: on the server the tests use, or a file."""
    given, migrated = os.environ.get("TEST_DATABASE_URL", ""), os.environ.get(NAMED_BY, "")
    if not given.startswith("postgres"):
        if migrated:
            shutil.copy(migrated, folder / "journey.sqlite3")
        yield f"sqlite:///{folder / 'journey.sqlite3'}"
        return
    name = f"journey_{uuid4().hex[:12]}"
    with psycopg.connect(given, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {migrated or 'template1'}")
    try:
        yield f"{given.rpartition('/')[0]}/{name}"
    finally:
        with psycopg.connect(given, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


class Site:
    """The project as an operator runs it: commands, a server and a worker over one database."""

    def __init__(self, url: str, folder: Path) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = {
            "PATH": os.environ["PATH"],
            "DEBUG": "true",
            "SECRET_KEY": "journey-0123456789-abcdefghijklmnopqrstuvwxyz-0123",
            "DATABASE_URL": url,
            "SITE_URL": self.address,
            "WEBHOOK_LOOPBACK": "true",
            "RELEASES_DIR": str(folder / "releases"),
            "CHECKPOINTS_FILE": str(folder / "checkpoints.ndjson"),
        }
        self.log = folder / "processes.log"
        self.processes: list[subprocess.Popen[bytes]] = []

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def migrate(self) -> None:
        """Make the tables, where the database did not begin as a copy of one that has them."""
        if NAMED_BY not in os.environ:
            self.manage("migrate", "--no-input")

    def start(self, *command: str) -> None:
        with self.log.open("ab") as log:
            self.processes.append(
                subprocess.Popen([sys.executable, *command], cwd=ROOT, env=self.environment, stdout=log, stderr=log)
            )

    def serve(self, *options: str) -> None:
        """Start the server with the configuration that production has, and further options."""
        bind = f"127.0.0.1:{self.port}"
        self.start("-m", "gunicorn", "config.wsgi", "--config", "config/gunicorn.py", "--bind", bind, *options)

    def stop(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/api/v1/incidents/", timeout=10).status_code == 200
    except httpx.TransportError:
        return False


def wait_for(condition: Callable[[], bool], seconds: float, site: Site) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, site.log.read_text(errors="replace")[-3000:]
        time.sleep(0.2)
