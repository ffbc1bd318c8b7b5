"""A small application behind Impatient, for the server of test_stalled.py."""

from collections.abc import Callable, Iterable
from typing import Any

from config.stalled import Impatient

SECONDS = 1
PIECE, PIECES = b"x" * 1_000_000, 60  # more than the sockets of both sides take up


def answered(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """/long answers 60 MB, anything else how long its body was."""
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return (PIECE for _ in range(PIECES)) if environ["PATH_INFO"] == "/long" else [str(len(body)).encode()]


application = Impatient(answered, SECONDS)
