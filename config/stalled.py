"""A WSGI wrapper that lets go of clients who neither read their answer nor send the rest of their body.

Each would keep a thread, and in the middle of an export a session of the database, for as long as it likes.
"""

import logging
import socket
import struct
from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

WAITS = (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO)


class Impatient:
    """Has the kernel end a wait for the client after so many seconds in which nothing went over.

    Time counts anew with every byte, so that a slow client is served to the end. One that stops is waited for up to
    three times: until what the kernel still took of a long piece counts as sent, until nothing of the rest does, and
    until the end of the answer is given up too. Needs gunicorn, which hands over the socket; with another server this
    is the proxy's to see to.
    """

    def __init__(self, application: Application, seconds: int) -> None:
        self.application, self.timeval = application, struct.pack("@ll", seconds, 0)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        client: socket.socket | None = environ.get("gunicorn.socket")
        if client is not None:
            for wait in WAITS:
                client.setsockopt(socket.SOL_SOCKET, wait, self.timeval)
        return self.application(environ, start_response)


def in_one_line(record: logging.LogRecord) -> bool:
    """A filter of gunicorn's log: what it takes for its own fault, with a trace, is a client that was let go of."""
    if record.exc_info and isinstance(record.exc_info[1], BlockingIOError):
        record.msg, record.args = "A client that neither read nor sent was let go of.", ()
        record.exc_info = record.exc_text = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True
