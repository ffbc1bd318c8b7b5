"""A WSGI wrapper for bodies that come in chunks, without saying how long they are: they are read here, up to the bound.

Django and the REST framework take a request without Content-Length for one without a body.
"""

import io
from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Measured:
    """Gives such a request its Content-Length; of one that is too long only one byte more than is taken is read.

    Left as it is where the server does not end the stream where the body ends (PEP 3333 lets it); the API then answers
    411 (api/writing.py). `largest` is in bytes.
    """

    def __init__(self, application: Application, largest: int) -> None:
        self.application, self.largest = application, largest

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        if chunked and not environ.get("CONTENT_LENGTH") and environ.get("wsgi.input_terminated"):
            try:
                body = environ["wsgi.input"].read(self.largest + 1)
            except OSError as broken:
                environ["CONTENT_LENGTH"], environ["wsgi.input"] = "1", io.BufferedReader(_Broken(broken))
            else:
                environ["CONTENT_LENGTH"], environ["wsgi.input"] = str(len(body)), io.BytesIO(body)
        return self.application(environ, start_response)


class _Broken(io.RawIOBase):
    """The body of a connection of which nothing more comes: who reads it is told, once, as of one with a length."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: Any) -> int:
        raise self.error
