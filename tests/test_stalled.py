"""Clients that stop reading, or stop sending, are let go of by a real server with one thread; slow ones are served."""

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.stalled import UNREAD_SECONDS, Body, in_one_line, watch
from tests.processes import free_port
from tests.stalling import PIECE, PIECES, SECONDS

ROOT = Path(__file__).resolve().parent.parent
pytestmark = [pytest.mark.processes, pytest.mark.once]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    chosen = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "tests.stalling:application", "--bind", f"127.0.0.1:{chosen}",
        "--config", "config/gunicorn.py", "--workers", "1", "--threads", "1", "--log-level", "critical",
    ]  # fmt: skip
    environment = {**os.environ, "REQUEST_SECONDS": str(SECONDS)}
    with subprocess.Popen(command, cwd=ROOT, env=environment) as server:
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


HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 100\r\n"


class Dripping:
    """Sends a byte every fifth of the time that a wait may take, and never an end."""

    def __init__(self, port: int, begun: bytes) -> None:
        self.connection, self.ended = ask(port, begun), threading.Event()
        self.thread = threading.Thread(target=self._drip)

    def _drip(self) -> None:
        while not self.ended.wait(SECONDS / 5):
            try:
                self.connection.sendall(b"x")
            except OSError:
                return

    def __enter__(self) -> "Dripping":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()
        self.connection.close()


@pytest.mark.parametrize("begun", [HEAD + b"\r\n", HEAD + b"X-Long: "], ids=["a body", "a head"])
def test_who_sends_a_byte_now_and_then_is_let_go_of(port: int, begun: bytes) -> None:
    with Dripping(port, begun):
        time.sleep(0.5)
        assert SECONDS / 2 < seconds_until_somebody_else_is_answered(port) < 10 * SECONDS


def test_whatever_length_it_says_is_no_more_time_than_the_longest_body_that_is_read(port: int) -> None:
    with Dripping(port, HEAD.replace(b"100", b"1000000000") + b"\r\n"):
        time.sleep(0.5)
        assert SECONDS / 2 < seconds_until_somebody_else_is_answered(port) < 10 * SECONDS


def test_who_sends_a_body_too_slowly_is_told(port: int) -> None:
    with Dripping(port, HEAD + b"\r\n") as client:
        said = rest(client.connection)
        assert said.startswith(b"HTTP/1.1 400")
        assert b"The body came too slowly." in said


@pytest.mark.timeout(30)
def test_what_nobody_reads_is_waited_for_a_moment_only() -> None:
    client, server = socket.socketpair()
    with client, server, server.makefile("rb") as stream, watch.over(server, 400) as wait:
        client.sendall(b"x")
        begun = time.monotonic()
        Body(stream, wait, 2_000_000).finish()
        assert UNREAD_SECONDS - 1 < time.monotonic() - begun < UNREAD_SECONDS + 5


def test_a_body_in_pieces_that_comes_in_time_is_read(port: int) -> None:
    with ask(port, HEAD + b"\r\n") as connection:
        for _ in range(4):
            time.sleep(SECONDS / 8)
            connection.sendall(b"x" * 25)
        assert b"\r\n100\r\n" in rest(connection)


def test_how_long_the_answer_takes_is_no_matter_of_the_body(port: int) -> None:
    """The connection stays open for the next request."""
    busy, next_one = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: {kept}\r\n\r\n{{}}".encode()
        for path, kept in (("/busy", "keep-alive"), ("/", "close"))
    )
    with ask(port, busy) as connection:
        first = connection.recv(1 << 16)
        assert first.startswith(b"HTTP/1.1 200")
        connection.sendall(next_one)
        assert b"HTTP/1.1 200" in rest(connection)


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
    for fault in (
        BlockingIOError(11, "Resource temporarily unavailable"),
        TimeoutError("late"),
        OSError(5, "Input/output error"),
    ):
        try:
            raise fault
        except OSError:
            log.exception("Socket error processing request.")
    *let_go, other = caplog.records
    assert [(each.levelname, each.exc_info) for each in let_go] == [("WARNING", None)] * 2
    assert {each.getMessage() for each in let_go} == {"A client that neither read nor sent was let go of."}
    assert (other.levelname, bool(other.exc_info)) == ("ERROR", True)


@pytest.mark.parametrize("name", ["X-Forwarded-Proto: https", "X-Forwarded-Ssl: on", "X-Forwarded-Protocol: ssl"])
def test_nobody_on_the_same_machine_is_believed_that_a_request_came_by_https(port: int, name: str) -> None:
    """That is for NUM_PROXIES to say."""
    answer = rest(ask(port, f"GET /scheme HTTP/1.1\r\nHost: x\r\n{name}\r\nConnection: close\r\n\r\n".encode()))
    assert b"\r\nhttp\r\n" in answer
