"""A PostgreSQL server for one test run, in a temporary folder, gone afterwards whatever happened.

Nothing in it outlives the run, so it is tuned for speed and never for safety; it never runs as root.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ACCOUNT = "postgres"  # the system account that owns the server where this process is root
ROLE = "hid"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
}


class NotAvailable(Exception):
    """There is no PostgreSQL here that a test may start; the text says why."""


def server_binaries() -> Path:
    """The folder with initdb and pg_ctl: on PATH, else Debian's newest, else Homebrew's."""
    found = shutil.which("pg_ctl")
    candidates = [Path(found).resolve().parent] if found else []
    for folder, pattern in (("/usr/lib/postgresql", "*/bin"), ("/opt/homebrew/opt", "postgresql@*/bin")):
        candidates += sorted(Path(folder).glob(pattern), key=lambda path: _number(path.parent.name), reverse=True)
    for candidate in candidates:
        if (candidate / "pg_ctl").exists() and (candidate / "initdb").exists():
            return candidate
    raise NotAvailable("no initdb and pg_ctl were found; install PostgreSQL 15 or newer, or set TEST_DATABASE_URL.")


@dataclass(frozen=True)
class Cluster:
    """A server in a folder of its own: started, killed, started again."""

    folder: Path
    binaries: Path
    as_account: list[str]
    settings: dict[str, str]
    port: int

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def postmaster(self) -> int:
        """The id of the server's first process."""
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def url(self, database: str = ROLE) -> str:
        """The address of one of its databases."""
        return f"postgresql://{ROLE}@127.0.0.1:{self.port}/{database}"

    def initialise(self) -> None:
        self.call(
            "initdb", "-D", str(self.data), "-U", ROLE, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"
        )

    def start(self) -> None:
        chosen = {**self.settings, "port": str(self.port), "unix_socket_directories": str(self.folder)}
        flags = " ".join(f"-c {name}={value}" for name, value in chosen.items())
        log = str(self.folder / "server.log")
        self.call("pg_ctl", "-D", str(self.data), "-l", log, "-w", "-t", "60", "-o", flags, "start")

    def stop(self) -> None:
        self.call("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")

    def create(self, database: str, *, template: str = "template1") -> None:
        """An empty database, or a copy of one that nobody is connected to."""
        self.call("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", ROLE, "-T", template, database)

    def drop(self, database: str) -> None:
        self.call("dropdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", ROLE, "--force", database)

    def call(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs; raises NotAvailable with what it said."""
        command = [*self.as_account, str(self.binaries / program), *arguments]
        # Output goes to a file: the server inherits it, and a pipe would be waited for until the server ends.
        log = self.folder / "commands.log"
        with log.open("ab") as output:
            done = subprocess.run(
                command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd=self.folder, check=False
            )
        if done.returncode:
            raise NotAvailable(f"{program} failed: {log.read_text(errors='replace')[-2000:]}")


@contextmanager
def running_cluster(**settings: str) -> Iterator[Cluster]:
    """Yield a server that runs, with these settings besides ours; afterwards it is stopped and its folder removed."""
    binaries, as_account = server_binaries(), _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="hid-pg-"))
    if as_account:
        shutil.chown(folder, ACCOUNT)
    cluster = Cluster(folder, binaries, as_account, {**SETTINGS, **settings}, _free_port())
    try:
        cluster.initialise()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def temporary_cluster() -> Iterator[str]:
    """Yield the address of an empty database on a server of its own."""
    with running_cluster() as cluster:
        cluster.create(ROLE)
        yield cluster.url()


def _unprivileged() -> list[str]:
    if os.geteuid() != 0:
        return []
    if not shutil.which("runuser"):
        raise NotAvailable("the server may not run as root and there is no runuser to change the account.")
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError as error:
        raise NotAvailable(f"the server may not run as root and there is no account named {ACCOUNT}.") from error
    return ["runuser", "-u", ACCOUNT, "--"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _number(version: str) -> int:
    digits = "".join(filter(str.isdigit, version))
    return int(digits) if digits else 0
