"""Clients that stop reading, or stop sending, are let go of by a real server with one thread; slow ones are served."""

import logging
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.stalled import in_one_line
from tests.stalling import PIECE, PIECES, SECONDS
from tests.test_journey import free_port

ROOT = Path(__file__).resolve().parent.parent
pytestmark = [pytest.mark.processes, pytest.mark.once]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    chosen = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "tests.stalling:application", "--bind", f"127.0.0.1:{chosen}",
        "--workers", "1", "--worker-class", "gthread", "--threads", "1", "--log-level", "critical",
    ]  # fmt: skip
    with subprocess.Popen(command, cwd=ROOT) as server:
        try:
            for _ in range(300):
                try:
                    ask(chosen, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").close()
                except OSError:
                    time.sleep(0.1)
                else:
                    break
            yield chosen
        finally:
            server.terminate()


def ask(port: int, request: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.sendall(request)
    return connection


def rest(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    with connection:
        return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def seconds_until_somebody_else_is_answered(port: int) -> float:
    begun = time.monotonic()
    assert rest(ask(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).startswith(b"HTTP/1.1 200")
    return time.monotonic() - begun


def test_who_does_not_read_is_let_go_of(port: int) -> None:
    with ask(port, b"GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"):
        time.sleep(0.5)  # the one thread waits for the client
        assert SECONDS / 2 < seconds_until_somebody_else_is_answered(port) < 10 * SECONDS


def test_who_does_not_send_the_rest_is_let_go_of(port: int) -> None:
    with ask(port, b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 100\r\n\r\nbegun"):
        time.sleep(0.5)
        assert SECONDS / 2 < seconds_until_somebody_else_is_answered(port) < 10 * SECONDS


def test_who_reads_slowly_gets_everything(port: int) -> None:
    connection = ask(port, b"GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    begun, read = time.monotonic(), 0
    while time.monotonic() - begun < 2 * SECONDS:
        read += len(connection.recv(1 << 16))
        time.sleep(0.05)
    assert read + len(rest(connection)) > PIECES * len(PIECE)


def test_the_log_says_it_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("stalled")
    log.addFilter(in_one_line)
    for fault in (BlockingIOError(11, "Resource temporarily unavailable"), OSError(5, "Input/output error")):
        try:
            raise fault
        except OSError:
            log.exception("Socket error processing request.")
    let_go, other = caplog.records
    assert (let_go.levelname, let_go.exc_info) == ("WARNING", None)
    assert let_go.getMessage() == "A client that neither read nor sent was let go of."
    assert (other.levelname, bool(other.exc_info)) == ("ERROR", True)
