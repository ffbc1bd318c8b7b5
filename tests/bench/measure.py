"""Requests to real servers, one client and one connection each, in rounds that take the contenders in turn.

Processor time is that of a server's processes and of the whole database, from the kernel's own nanoseconds.
"""

import http.client
import itertools
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
# Whoever makes a key and whoever takes it must know the same.
PEPPERS = "1:benchmark-only-0123456789-abcdefghijklmnopqrstuvwxyz"
HEADERS = {"Host": "localhost", "X-Forwarded-Proto": "https", "Accept-Encoding": "identity"}


@dataclass
class Server:
    """A running server, and the connection to it that is kept."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    seconds_to_serve: float
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> http.client.HTTPResponse:
        self.connection.request("GET", path, headers={**HEADERS, **(headers or {})})
        return self.connection.getresponse()


@contextmanager
def served(
    name: str,
    application: str,
    database: str,
    options: list[str],
    *,
    probe: str = "/api/v1/",
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Serve an application by gunicorn with the production settings until the end, as `started` says.

    Variables of the ``environment`` go before the usual ones.
    """
    port = free_port()
    variables = {
        "DATABASE_URL": database, "DEBUG": "false", "ALLOWED_HOSTS": "localhost", "NUM_PROXIES": "1",
        "SECRET_KEY": "benchmark-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF", "ANON_RATE": "10000/second",
        "KEY_RATE": "10000/second", "KEY_PEPPERS": PEPPERS,
        "PYTHONPATH": str(ROOT), "LOG_LEVEL": "ERROR", "SITE_URL": "https://localhost",
        **(environment or {}),
    }  # fmt: skip
    command = [
        sys.executable, "-m", "gunicorn", application, "--config", "config/gunicorn.py",
        "--bind", f"127.0.0.1:{port}", "--log-level", "error", *options,
    ]  # fmt: skip
    with started(name, port, command, variables, probe=probe) as server:
        yield server


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def started(
    name: str, port: int, command: list[str], environment: Mapping[str, str], *, probe: str
) -> Iterator[Server]:
    """A server that lives until the end, once `probe` is answered; raises RuntimeError where it does not start."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ, **environment}, cwd=ROOT)
    try:
        yield Server(name, process, port, _wait(port, process, begun, probe))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=START_SECONDS)


def _wait(port: int, process: subprocess.Popen[bytes], begun: float, probe: str) -> float:
    while time.perf_counter() - begun < START_SECONDS and process.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
            connection.request("GET", probe, headers=HEADERS)
            connection.getresponse().read()
        except OSError:
            time.sleep(0.02)
        else:
            return time.perf_counter() - begun
    raise RuntimeError(f"The server on port {port} did not start.")


@dataclass
class Samples:
    """What one question cost one contender."""

    wall: list[float] = field(default_factory=list)
    cpu: float = 0.0
    body: bytes = b""

    @property
    def seconds(self) -> float:
        """The median of a request."""
        return statistics.median(self.wall)

    @property
    def cpu_seconds(self) -> float:
        return self.cpu / len(self.wall)


def rounds(
    contenders: Mapping[str, tuple[Server, str, Mapping[str, str]]],
    database_cpu: Callable[[], float],
    *,
    number: int,
    requests: int,
    statuses: frozenset[int] = frozenset({200, 304}),
) -> dict[str, Samples]:
    """Ask each contender its question `requests` times a round, in turn; the first round only warms up.

    Each round has another order, six all orders of three: who comes after one that reads the same rows finds them in
    the processor's cache, and who comes after one that reads much finds nothing there.
    """
    samples = {name: Samples() for name in contenders}
    orders = list(itertools.permutations(contenders))
    step = max(1, len(orders) // number)
    for turn in range(number + 1):
        for name in orders[turn * step % len(orders)]:
            server, path, headers = contenders[name]
            before = server_cpu(server.process.pid) + database_cpu()
            wall = []
            for _ in range(requests):
                started = time.perf_counter()
                answer = server.get(path, headers)
                body = answer.read()
                wall.append(time.perf_counter() - started)
                if answer.status not in statuses:
                    raise RuntimeError(f"{name}: {path} answered {answer.status}: {body[:300]!r}")
            used = server_cpu(server.process.pid) + database_cpu() - before
            if turn:
                samples[name].wall += wall
                samples[name].cpu += used
                samples[name].body = body
    return samples


def server_cpu(pid: int) -> float:
    """Seconds of processor time of a process and its children, all threads, those that have ended included."""
    return sum(_cpu(each) + _ended(each) for each in (pid, *_children(pid)))


def peak_memory(pid: int) -> int:
    """Bytes that a process and its children have held at most, added up."""
    total = 0
    for each in (pid, *_children(pid)):
        status = Path(f"/proc/{each}/status").read_text(encoding="ascii", errors="replace")
        total += next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    return total


def database_clock(address: str) -> Callable[[], float]:
    """A function that reads the processor seconds of every process of a PostgreSQL server on this machine."""
    with psycopg.connect(address) as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        backend = row[0] if row else 0
        status = Path(f"/proc/{backend}/status").read_text(encoding="ascii", errors="replace")
    postmaster = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid"))
    return lambda: server_cpu(postmaster)


def _children(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, waiting = [], [pid]
    while waiting:
        below = parents.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _ended(pid: int) -> float:
    """What children took that a process has waited for, in hundredths of a second: a pool lets go of connections."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def _cpu(pid: int) -> float:
    total = 0.0
    for statistics_file in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            total += int(statistics_file.read_text(encoding="ascii").split()[0]) / 1e9
        except (OSError, ProcessLookupError):
            continue
    return total
