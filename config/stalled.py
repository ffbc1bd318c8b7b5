"""Clients who send nothing, drip, or do not read are let go of: each would keep a thread, and in the middle of an
export a session of the database, for as long as it likes.

Needs gunicorn, which hands over the socket; with another server this is the proxy's to see to.
"""

import logging
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

WAITS = (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO)
DRAINED = 65_536  # bytes that gunicorn reads of a body which nobody asked for; for more it closes the connection
UNREAD_SECONDS = 2  # that a body which nobody asked for may take
SLOWEST = 5_000  # bytes a second that a body comes with at least, beyond what every wait may take


class Wait:
    """One wait for a client; `over` says that the time ran out, and nothing more comes from there."""

    def __init__(self, client: socket.socket, seconds: float) -> None:
        self.client, self.until, self.over = client, time.monotonic() + seconds, False


class Watch:
    """Ends waits whose time has run out, by a thread that looks once a second and begins with the first of them.

    The kernel counts anew with every byte; here a client has so long for all that it sends.
    """

    def __init__(self) -> None:
        self._waits: set[Wait] = set()
        self._begun = threading.Lock()

    @contextmanager
    def over(self, client: socket.socket, seconds: float) -> Iterator[Wait]:
        """Wait for a client, and no longer than this; then it reads as one that has hung up, and can still be told."""
        wait = self.begin(client, seconds)
        try:
            yield wait
        finally:
            self.end(wait)

    def begin(self, client: socket.socket, seconds: float) -> Wait:
        """The same, until end() is called."""
        if self._begun.acquire(blocking=False):
            threading.Thread(target=self._look, name="stalled", daemon=True).start()
        wait = Wait(client, seconds)
        self._waits.add(wait)
        return wait

    def end(self, wait: Wait) -> None:
        """What was waited for is there, or nobody waits any more."""
        self._waits.discard(wait)

    def _look(self) -> None:
        while True:
            time.sleep(1)
            now = time.monotonic()
            for wait in [each for each in list(self._waits) if each.until < now]:
                wait.over = True
                self.end(wait)
                try:
                    # The plain socket's: that of one with TLS forgets the TLS, and the answer would go out unencrypted.
                    socket.socket.shutdown(wait.client, socket.SHUT_RD)
                except OSError:
                    continue  # it has gone by itself


watch = Watch()


class Impatient:
    """Has the kernel end a wait for the client after so many seconds in which nothing went over.

    For reading time counts anew with every byte, so that a slow reader is served to the end. One that stops is waited
    for up to three times: until what the kernel still took of a long piece counts as sent, until nothing of the rest
    does, and until the end of the answer is given up too. A body may take so many seconds in all, and one more for each
    5 kB of it, up to `largest` bytes, whatever it says of itself: no longer one is read.
    """

    def __init__(self, application: Application, seconds: int, largest: int) -> None:
        self.application, self.seconds, self.largest = application, seconds, largest
        self.timeval = struct.pack("@ll", seconds, 0)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        client: socket.socket | None = environ.get("gunicorn.socket")
        if client is None:
            return self.application(environ, start_response)
        for wait in WAITS:
            client.setsockopt(socket.SOL_SOCKET, wait, self.timeval)
        said = _length(environ, self.largest)
        length = min(said, self.largest)
        if not length:
            return self.application(environ, start_response)
        with watch.over(client, self.seconds + length / SLOWEST) as waited:
            body = environ["wsgi.input"] = Body(environ["wsgi.input"], waited, length)
            answered = self.application(environ, start_response)
            if said <= self.largest + DRAINED:
                body.finish()
            return answered


class Body:
    """A body that is waited for; who reads on when the time has run out is told, as where the connection broke."""

    def __init__(self, stream: Any, wait: Wait, length: int) -> None:
        self._stream, self._wait, self._left = stream, wait, length

    def read(self, *size: int) -> bytes:
        """As of the stream (PEP 3333); raises TimeoutError where the time ran out before the end came."""
        return self._there(self._stream.read(*size))

    def readline(self, *size: int) -> bytes:
        """The same of a line."""
        return self._there(self._stream.readline(*size))

    def readlines(self, *hint: int) -> list[bytes]:
        """The same of all lines."""
        lines: list[bytes] = self._stream.readlines(*hint)
        self._there(b"".join(lines))
        return lines

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readlines())

    def finish(self) -> None:
        """Read what nobody asked for, such as what came with a key that is none.

        The server would close the connection for more than it drains, though the answer said that it stays open. Only
        what is on its way is waited for: who needs no key to be refused would keep a thread as long as a body may take.
        """
        self._wait.until = min(self._wait.until, time.monotonic() + UNREAD_SECONDS)
        try:
            while self._left > 0 and self.read(DRAINED):
                pass
        except OSError:
            return  # the connection went, or the time ran out

    def _there(self, data: bytes) -> bytes:
        if self._wait.over:
            raise TimeoutError("The body came too slowly.")
        self._left -= len(data)
        if self._left <= 0:
            watch.end(self._wait)  # it is there: how long the answer takes is another matter
        return data


def _length(environ: dict[str, Any], largest: int) -> int:
    """How long the body is said to be, in bytes: 0 where there is none, the most that is read where it is not said."""
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        return largest
    try:
        return max(0, int(environ.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0


def in_one_line(record: logging.LogRecord) -> bool:
    """A filter of gunicorn's log: what it takes for its own fault, with a trace, is a client that was let go of."""
    if record.exc_info and isinstance(record.exc_info[1], BlockingIOError | TimeoutError):
        record.msg, record.args = "A client that neither read nor sent was let go of.", ()
        record.exc_info = record.exc_text = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True
