"""A small application behind Impatient, for the server of test_stalled.py."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from config.stalled import Impatient

SECONDS = 1
PIECE, PIECES = b"x" * 1_000_000, 60  # more than the sockets of both sides take up


def answered(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """/long answers 60 MB, /scheme by what it was asked, /busy after a while; anything else how long its body was, 400
    where that did not come."""
    try:
        body = environ["wsgi.input"].read()
    except OSError as broken:
        start_response("400 Bad Request", [("Content-Type", "text/plain"), ("Connection", "close")])
        return [str(broken).encode()]
    if environ["PATH_INFO"] == "/scheme":
        body = environ["wsgi.url_scheme"].encode()
    elif environ["PATH_INFO"] == "/busy":
        time.sleep(3 * SECONDS)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return (
        (PIECE for _ in range(PIECES))
        if environ["PATH_INFO"] == "/long"
        else [body if environ["PATH_INFO"] == "/scheme" else str(len(body)).encode()]
    )


application = Impatient(answered, SECONDS, largest=100)
