"""A WSGI wrapper that lets go of clients who neither read their answer nor send the rest of their body.

Each would keep a thread, and in the middle of an export a session of the database, for as long as it likes.
"""

import socket
import struct
from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

WAITS = (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO)


class Impatient:
    """Has the kernel end a wait for the client after so many seconds in which nothing went over.

    Time counts anew with every byte, so that a slow client is served to the end. Needs gunicorn, which hands over the
    socket; with another server this is the proxy's to see to.
    """

    def __init__(self, application: Application, seconds: int) -> None:
        self.application, self.timeval = application, struct.pack("@ll", seconds, 0)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        client: socket.socket | None = environ.get("gunicorn.socket")
        if client is not None:
            for wait in WAITS:
                client.setsockopt(socket.SOL_SOCKET, wait, self.timeval)
        return self.application(environ, start_response)
