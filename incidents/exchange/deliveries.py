"""Sending a message over the wire: the only place from which this site calls an address that somebody else chose.

Which addresses may be called is judged in rules/delivery/egress.py, when and what is sent in delivering.py beside it.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

import httpcore
from django.conf import settings
from django.utils.http import parse_http_date_safe

from incidents import choices
from incidents.rules.delivery.delivering import Outcome, Outgoing
from incidents.rules.delivery.egress import EgressRefused, Target, addresses_of, target_of

SECONDS = 10.0
MOST_BYTES = 64 * 1024
SECONDS_DIGITS = 9
USER_AGENT = "hid-webhooks/1"
FAULT = choices.DeliveryFault
_FAULTS: tuple[tuple[type[Exception], choices.DeliveryFault], ...] = (
    (EgressRefused, FAULT.ADDRESS_REFUSED),
    (httpcore.TimeoutException, FAULT.TIMEOUT),
    (httpcore.ProtocolError, FAULT.BAD_ANSWER),
    (httpcore.NetworkError, FAULT.NOT_CONNECTED),
    (OSError, FAULT.NOT_RESOLVED),
    # A name that no encoder takes: the check of names lets only letters, digits and hyphens through.
    (UnicodeError, FAULT.NOT_RESOLVED),
)

Resolve = Callable[[str, int], Sequence[str]]


class _NoTls(httpcore.ConnectError):
    """A connection was there, but no trusted TLS on it."""


def resolve(host: str, port: int) -> list[str]:
    """Every address of a name, in the system's order; raises OSError."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Sender:
    """Posts messages, each within ten seconds in all, to addresses that may be called and to no other.

    The name is resolved once; every address of it is judged, and the connection is made to one of those, so that a
    second answer of the name server is never asked for. TLS is verified for the name; there is no setting that turns
    that off. Redirects are not followed, proxies of the environment not used, and answers thrown away.
    """

    def __init__(self, *, resolve: Resolve = resolve, tls: ssl.SSLContext | None = None) -> None:
        self._resolve = resolve
        self._tls = tls or ssl.create_default_context()

    def __call__(self, outgoing: Outgoing) -> Outcome:
        """Send one message and say what came of it; raises nothing that a receiver could cause."""
        clock = Deadline(SECONDS)
        try:
            target = target_of(outgoing.url, ports=settings.WEBHOOK_PORTS, allow_loopback=settings.WEBHOOK_LOOPBACK)
            addresses = addresses_of(target, self._resolved(target, clock))
            status, wait = self._post(target, addresses, outgoing, clock)
            return Outcome.answered(status, clock.spent_ms(), wait=wait)
        except _NoTls:
            return Outcome(None, FAULT.TLS.value, clock.spent_ms())
        except tuple(kind for kind, _ in _FAULTS) as error:
            fault = next(fault for kind, fault in _FAULTS if isinstance(error, kind))
            return Outcome(None, fault.value, clock.spent_ms())

    def _resolved(self, target: Target, clock: "Deadline") -> Sequence[str]:
        """The addresses of the name, within the time: the system's resolver knows no limit of ours."""
        found: list[Sequence[str] | OSError | UnicodeError] = []

        def ask() -> None:
            try:
                found.append(self._resolve(target.host, target.port))
            except (OSError, UnicodeError) as error:
                found.append(error)

        # A daemon, so that a name server that does not answer holds up neither the message nor the end of the worker.
        asking = threading.Thread(target=ask, name="resolve", daemon=True)
        asking.start()
        asking.join(clock.left())
        if not found:
            raise httpcore.ConnectTimeout
        if isinstance(found[0], Exception):
            raise found[0]
        return found[0]

    def _post(
        self, target: Target, addresses: Sequence[str], outgoing: Outgoing, clock: "Deadline"
    ) -> tuple[int, timedelta]:
        host = f"[{target.host}]" if ":" in target.host else target.host
        port = "" if (target.scheme, target.port) in {("https", 443), ("http", 80)} else f":{target.port}"
        fixed = {"host": f"{host}{port}", "content-length": str(len(outgoing.body)), "user-agent": USER_AGENT}
        headers = [(name.encode(), value.encode()) for name, value in {**outgoing.headers, **fixed}.items()]
        url = httpcore.URL(
            scheme=target.scheme.encode(), host=target.host.encode(), port=target.port, target=target.path.encode()
        )
        backend = _Pinned(addresses, clock)
        with (
            httpcore.ConnectionPool(ssl_context=self._tls, network_backend=backend, retries=0) as pool,
            pool.stream("POST", url, headers=headers, content=outgoing.body) as answer,
        ):
            read = 0
            for part in answer.iter_stream():
                read += len(part)
                if read >= MOST_BYTES:
                    break
            return answer.status, _wait(answer.headers)


def _wait(headers: Iterable[tuple[bytes, bytes]]) -> timedelta:
    """How long Retry-After asks to wait, in seconds or until a moment; none where it says nothing that can be read."""
    given = next((value.decode("latin-1") for name, value in headers if name.lower() == b"retry-after"), "")
    if given.isascii() and given.isdigit() and len(given) <= SECONDS_DIGITS:
        return timedelta(seconds=int(given))
    until = parse_http_date_safe(given)
    return timedelta(seconds=max(0, until - time.time())) if until is not None else timedelta()


class Deadline:
    """A moment by which everything must be done."""

    def __init__(self, seconds: float) -> None:
        self._began = time.monotonic()
        self._ends = self._began + seconds

    def left(self) -> float:
        """The seconds that are left; raises the timeout where there are none."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left

    def spent_ms(self) -> int:
        return round((time.monotonic() - self._began) * 1000)


class _Pinned(httpcore.NetworkBackend):
    """Connects to the addresses that were judged, whatever host it is asked for."""

    def __init__(self, addresses: Sequence[str], clock: Deadline) -> None:
        self._addresses, self._clock = addresses, clock
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of the addresses that takes the connection."""
        for address in self._addresses[:-1]:
            try:
                return _Hurried(self._plain.connect_tcp(address, port, self._clock.left()), self._clock)
            except httpcore.ConnectError:
                continue
        return _Hurried(self._plain.connect_tcp(self._addresses[-1], port, self._clock.left()), self._clock)


class _Hurried(httpcore.NetworkStream):
    """A connection every step of which takes from the same ten seconds: a receiver that drips gains nothing."""

    def __init__(self, stream: httpcore.NetworkStream, clock: Deadline) -> None:
        self._stream, self._clock = stream, clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._clock.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._clock.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            return _Hurried(self._stream.start_tls(ssl_context, server_hostname, self._clock.left()), self._clock)
        except httpcore.ConnectError as error:
            raise _NoTls(str(error)) from error

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
