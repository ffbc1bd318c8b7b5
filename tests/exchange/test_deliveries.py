"""The wire: real servers of the test, by plain HTTP on this machine or by TLS behind a diverted public address.

The hostile addresses are in tests/promises/test_p14_egress.py.
"""

import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from incidents.exchange import deliveries
from incidents.exchange.deliveries import MOST_BYTES, Sender
from incidents.rules.delivery.delivering import Outcome, Outgoing
from tests.webhooks import Receiver, listening
from tests.wire import PUBLIC, PUBLIC_TOO, certificate, tapped

NAME = "hooks.example.org"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def loopback(settings: Any) -> None:
    settings.WEBHOOK_LOOPBACK = True


@contextmanager
def talking(script: bytes, *, pause: float = 0.0, chunk: int = 0) -> Iterator[str]:
    """A server that sends these bytes, all at once or so many at a time, and never closes first; yields its address."""
    server = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            try:
                for start in range(0, len(script), chunk or len(script) or 1):
                    connection.sendall(script[start : start + (chunk or len(script))])
                    if done.wait(pause):
                        return
                done.wait(10)
            except OSError:
                return  # the sender has had enough

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    finally:
        done.set()
        server.close()
        thread.join()


def post(url: str, sender: Sender | None = None, body: bytes = b"{}") -> Outcome:
    return (sender or Sender())(Outgoing(url, body, {"content-type": "application/json", "webhook-id": "msg_1"}))


def test_it_works() -> None:
    with listening(Receiver()) as receiver:
        outcome = post(receiver.url)
    assert (outcome.status, outcome.fault, receiver.requests) == (401, "status", 1)


@pytest.mark.parametrize(("status", "fault"), [(200, ""), (204, ""), (302, "status"), (410, "gone"), (503, "status")])
def test_only_2xx_means_that_it_arrived(status: int, fault: str) -> None:
    answer = f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n".encode()
    with talking(answer) as url:
        assert post(url).fault == fault


@pytest.mark.parametrize(
    ("status", "given", "seconds"),
    [
        (503, "3600", 3600),
        (429, "Thu, 01 Jan 2026 00:02:00 GMT", 120),
        (503, "Thu, 01 Jan 2015 00:00:00 GMT", 0),
        (500, "3600", 0),
        (503, "-5", 0),
        (503, "9" * 400, 0),
        (503, "soon \xff", 0),
    ],
)
def test_a_busy_receiver_says_when_to_come_again(status: int, given: str, seconds: int) -> None:
    answer = f"HTTP/1.1 {status} X\r\nretry-after: {given}\r\ncontent-length: 0\r\n\r\n".encode("latin-1")
    with talking(answer) as url, time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False):
        assert post(url).wait == timedelta(seconds=seconds)


def test_the_connection_is_made_to_the_judged_address_and_tls_to_the_name(tmp_path: Path) -> None:
    server, client = certificate(tmp_path, NAME)
    asked: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: asked.append(name)
    resolved: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        resolved.append(f"{host}:{port}")
        return [PUBLIC]

    receiver = Receiver()
    with listening(receiver, server), tapped(lambda _host, _port: receiver.port) as connected:
        outcome = post(f"https://{NAME}/incidents?of=us", Sender(resolve=resolve, tls=client))
    assert outcome.status == 401
    assert (resolved, connected, asked) == ([f"{NAME}:443"], [PUBLIC], [NAME])
    heard = receiver.heard[0]
    assert (heard["host"], heard["content-length"], heard["webhook-id"]) == (NAME, "2", "msg_1")


def test_the_next_address_is_tried_where_nobody_answers(tmp_path: Path) -> None:
    server, client = certificate(tmp_path, NAME)
    receiver = Receiver()
    with (
        listening(receiver, server),
        tapped(lambda host, _port: receiver.port if host == PUBLIC_TOO else None) as connected,
    ):
        outcome = post(f"https://{NAME}/", Sender(resolve=lambda *_: [PUBLIC, PUBLIC_TOO], tls=client))
    assert (outcome.status, connected) == (401, [PUBLIC, PUBLIC_TOO])


@pytest.mark.parametrize("broken", ["name", "expired", "issuer"])
def test_a_certificate_that_is_not_for_the_name_or_not_trusted_ends_it(tmp_path: Path, broken: str) -> None:
    names = ["other.example.org"] if broken == "name" else [NAME]
    valid = timedelta(days=-1) if broken == "expired" else timedelta(days=1)
    server, client = certificate(tmp_path, *names, valid_for=valid)
    receiver = Receiver()
    tls = ssl.create_default_context() if broken == "issuer" else client
    with listening(receiver, server), tapped(lambda *_: receiver.port):
        outcome = post(f"https://{NAME}/", Sender(resolve=lambda *_: [PUBLIC], tls=tls))
    assert (outcome.status, outcome.fault, receiver.requests) == (None, "tls", 0)


def test_plain_http_behind_an_https_address_is_no_answer(tmp_path: Path) -> None:
    receiver = Receiver()
    with listening(receiver), tapped(lambda *_: receiver.port):
        outcome = post(f"https://{NAME}/", Sender(resolve=lambda *_: [PUBLIC]))
    assert (outcome.fault, receiver.requests) == ("tls", 0)


def test_a_redirect_is_not_followed() -> None:
    with listening(Receiver()) as elsewhere:
        answer = f"HTTP/1.1 307 Moved\r\nlocation: {elsewhere.url}\r\ncontent-length: 0\r\n\r\n".encode()
        with talking(answer) as url:
            outcome = post(url)
    assert (outcome.status, outcome.fault, elsewhere.requests) == (307, "status", 0)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(Receiver()) as proxy, listening(Receiver()) as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        post(receiver.url)
    assert (proxy.requests, receiver.requests) == (0, 1)


@pytest.mark.parametrize(
    "script",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n" + b"x" * 99,
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 1000,
        b"HTTP/1.1 102 Processing\r\n\r\n" * 1000,
    ],
    ids=["silence", "a body that never ends", "headers that never end", "progress for ever"],
)
def test_a_receiver_that_takes_its_time_is_left_when_the_time_is_up(
    script: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "SECONDS", 0.4)
    with talking(script, pause=0.05, chunk=30) as url:
        began = time.monotonic()
        outcome = post(url)
    assert outcome.fault == "timeout"
    assert 0.3 < time.monotonic() - began < 1.5


def test_a_name_server_that_does_not_answer_counts_against_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "SECONDS", 0.2)
    answered = threading.Event()

    def resolve(_host: str, _port: int) -> list[str]:
        answered.wait(10)
        return [PUBLIC]

    began = time.monotonic()
    outcome = post(f"https://{NAME}/", Sender(resolve=resolve))
    answered.set()
    assert (outcome.fault, time.monotonic() - began < 1) == ("timeout", True)


def test_of_an_answer_no_more_than_64_kilobytes_are_read() -> None:
    sent = [0]
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n")
            try:
                while True:
                    sent[0] += connection.send(b"x" * 16384)
            except OSError:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    outcome = post(f"http://127.0.0.1:{server.getsockname()[1]}/")
    thread.join()
    server.close()
    assert (outcome.status, outcome.fault) == (200, "")
    assert MOST_BYTES <= sent[0] < 16 * 1024 * 1024  # what the kernel's buffers took besides


@pytest.mark.parametrize(
    "script",
    [b"220 mail.example.org ESMTP\r\n", b"HTTP/9.9 banana\r\n\r\n", b"\0" * 200, b"HTTP/1.1 200 OK\r\nx" * 20000],
    ids=["another protocol", "no status", "zeros", "a header without end"],
)
def test_what_is_not_http_is_a_bad_answer(script: bytes) -> None:
    with talking(script + b"\r\n\r\n") as url:
        assert post(url).fault == "bad_answer"


def test_a_connection_that_ends_early_is_a_failed_attempt() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]

    def hang_up() -> None:
        server.accept()[0].close()

    thread = threading.Thread(target=hang_up)
    thread.start()
    assert post(f"http://127.0.0.1:{port}/").fault in {"bad_answer", "not_connected"}
    thread.join()
    server.close()
    assert post(f"http://127.0.0.1:{port}/").fault == "not_connected"


def test_a_name_that_is_not_found_says_so() -> None:
    def nothing(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    assert post(f"https://{NAME}/", Sender(resolve=nothing)).fault == "not_resolved"


def test_a_name_with_one_address_that_is_not_public_is_not_called() -> None:
    with tapped(lambda *_: None) as connected:
        outcome = post(f"https://{NAME}/", Sender(resolve=lambda *_: [PUBLIC, "10.0.0.1"]))
    assert (outcome.fault, connected) == ("address_refused", [])


def test_the_systems_resolver_gives_addresses() -> None:
    assert set(deliveries.resolve("localhost", 443)) <= {"127.0.0.1", "::1"}


def test_without_the_setting_this_machine_is_not_called(settings: Any) -> None:
    settings.WEBHOOK_LOOPBACK = False
    with listening(Receiver()) as receiver:
        assert post(receiver.url).fault == "address_refused"
    assert receiver.requests == 0


def test_in_production_nobody_can_open_this_machine_to_webhooks() -> None:
    told = "import django; django.setup(); from django.conf import settings; print(settings.WEBHOOK_LOOPBACK)"
    found = []
    for debug in ("false", "true"):
        given = {"DEBUG": debug, "WEBHOOK_LOOPBACK": "true", "SECRET_KEY": "k" * 60, "PATH": os.environ["PATH"]}
        command = [sys.executable, "-c", told]
        done = subprocess.run(
            command,
            env=given | {"DJANGO_SETTINGS_MODULE": "config.settings"},
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        found.append(done.stdout.decode().strip())
    assert found == ["False", "True"]
