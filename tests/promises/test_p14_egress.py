"""P14: eighty hostile addresses for webhooks make no connection to an address that is not public.

A trap counts connections on this machine; names resolve to what an attacker's name server would say, and every other
address that anybody connects to is counted as well.
"""

import ipaddress
import socket
import ssl
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from incidents.exchange.deliveries import Sender
from incidents.rules.delivery import egress
from incidents.rules.delivery.delivering import Outcome, Outgoing, Send
from incidents.rules.delivery.webhooks import WebhookError, subscribe
from tests.promises.hostile_urls import ANSWERS, NAMES, REDIRECTOR, URLS
from tests.webhooks import Receiver, an_organisation, listening
from tests.wire import PUBLIC, certificate, tapped

Resolve = Callable[[str, int], list[str]]
getaddrinfo = socket.getaddrinfo


@dataclass
class Internet:
    """What the attacker owns: a name server that changes its mind, a public server that redirects, and a target."""

    port: int
    public_port: int
    trusted: ssl.SSLContext
    caught: list[str] = field(default_factory=list)
    asked: dict[str, int] = field(default_factory=dict)

    def resolve(self, host: str, _port: int = 0) -> list[str]:
        host = unicodedata.normalize("NFKC", unquote(host)).replace("。", ".").lower()
        if host in ANSWERS:
            times = self.asked[host] = self.asked.get(host, 0) + 1
            return ANSWERS[host][min(times, len(ANSWERS[host])) - 1]
        if host in NAMES:
            return [NAMES[host]]
        if host in {REDIRECTOR, "hooks.example.org"}:
            return [PUBLIC]
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            pass
        try:
            return [socket.inet_ntoa(socket.inet_aton(host.rstrip(".")))]  # as libc reads 0x7f.1 and 2130706433
        except OSError as error:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from error

    def divert(self, host: str, _port: int) -> int | None:
        """Public addresses are the attacker's public server, all others the trap."""
        return self.public_port if host == PUBLIC else self.port


@contextmanager
def trap(caught: list[str]) -> Iterator[int]:
    """A port of this machine on which every connection is counted and closed."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.05)
    done = threading.Event()

    def serve() -> None:
        while not done.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            caught.append("a connection")
            connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        done.set()
        thread.join()
        server.close()


@pytest.fixture
def internet(tmp_path: Path, settings: Any) -> Iterator[Internet]:
    server, trusted = certificate(tmp_path, "*.example.org")
    caught: list[str] = []
    with trap(caught) as port, redirecting(server) as public_port:
        settings.WEBHOOK_PORTS, settings.WEBHOOK_LOOPBACK = frozenset({443, port}), False
        yield Internet(port, public_port, trusted, caught)


@contextmanager
def redirecting(tls: ssl.SSLContext) -> Iterator[int]:
    """A public server that sends everybody who asks to the address after the question mark, by the status before."""
    receiver = Receiver()

    def handle(headers: dict[str, str], _body: str) -> tuple[int, dict[str, str]]:
        status, _, target = headers[":path"].removeprefix("/").partition("?")
        return (int(status), {"location": target}) if target else (204, {})

    receiver.handle = handle  # type: ignore[method-assign, assignment]
    with listening(receiver, tls):
        yield receiver.port


def reached(internet: Internet, send: Send) -> tuple[int, int]:
    """Call every address; returns the connections to addresses that are not public, and what the trap counted."""
    with tapped(internet.divert) as connected:
        for url in URLS:
            send(Outgoing(url.format(port=internet.port), b"{}", {"content-type": "application/json"}))
    return sum(address != PUBLIC for address in connected), len(internet.caught)


def naive(internet: Internet) -> Send:
    """A sender as it is usually written: a good HTTP client, told to follow redirects."""
    client = httpx.Client(verify=internet.trusted, follow_redirects=True, trust_env=False, timeout=1)

    def send(outgoing: Outgoing) -> Outcome:
        try:
            answer = client.post(outgoing.url, content=outgoing.body)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return Outcome(None, "not_connected", 0)
        return Outcome.answered(answer.status_code, 0)

    return send


@contextmanager
def names_lie(internet: Internet) -> Iterator[None]:
    """Whoever asks the system gets the attacker's answers."""

    def info(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        text = host.decode() if isinstance(host, bytes) else host
        return [each for address in internet.resolve(text) for each in getaddrinfo(address, port, *args, **kwargs)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", info)
        yield


def test_eighty_hostile_addresses_reach_nothing(internet: Internet, kept: Callable[[str, str], None]) -> None:
    assert len(set(URLS)) == 80
    connections, caught = reached(internet, Sender(resolve=internet.resolve, tls=internet.trusted))
    assert (connections, caught) == (0, 0)
    assert set(internet.asked.values()) == {1}, "a name was resolved twice"
    kept("P14", f"{connections} connections to non-public addresses / {len(URLS)} hostile URLs")


def test_with_the_systems_resolver_neither(internet: Internet) -> None:
    with names_lie(internet):
        assert reached(internet, Sender(tls=internet.trusted)) == (0, 0)


@pytest.mark.django_db
def test_most_of_them_cannot_even_be_subscribed_to(internet: Internet) -> None:
    """What only the resolver can tell is refused when it is delivered."""
    organisation, accepted = an_organisation(), []
    for url in URLS:
        try:
            webhook, _ = subscribe(organisation, name="Us", url=url.format(port=internet.port))
        except WebhookError:
            continue
        accepted.append(url)
        webhook.delete()
    names = [*(name for name in (*NAMES, *ANSWERS) if "." in name.rstrip(".")), REDIRECTOR, "https://hooks.example.org"]
    assert [url for url in accepted if not any(name in url for name in names)] == []


def test_control_a_naive_sender_reaches_the_trap(internet: Internet) -> None:
    with names_lie(internet):
        connections, caught = reached(internet, naive(internet))
    assert connections > 40
    assert caught > 30


def test_control_a_sender_that_judges_names_but_not_addresses_reaches_it(
    internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(egress, "is_public", lambda _address: True)
    connections, caught = reached(internet, Sender(resolve=internet.resolve, tls=internet.trusted))
    assert connections > 10
    assert caught > 5


def test_control_a_sender_that_resolves_again_to_connect_is_rebound(internet: Internet) -> None:
    judged = Sender(resolve=internet.resolve, tls=internet.trusted)
    again = naive(internet)

    def send(outgoing: Outgoing) -> Outcome:
        outcome = judged(outgoing)
        return outcome if outcome.fault == "address_refused" else again(outgoing)

    with names_lie(internet):
        connections, caught = reached(internet, send)
    assert connections >= 3
    assert caught >= 1
