"""The handlers of the server's two interfaces, with requests whose Content-Type may be anything.

Django raises a ValueError for one with a parameter in an encoding that there is not, and reads address and form by the
charset that is named, though that be no encoding of text: a 500 for whoever sends it, before any view or middleware.
"""

from typing import Any

from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

UNKNOWN = "application/octet-stream"  # what nobody can name (RFC 2046, 4.5.1); the API answers 415 to it


class _Readable:
    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        """Addresses are UTF-8, so are JSON (RFC 8259, 8.1) and what our own forms send, whatever is said of them."""
        request: Any = self
        try:
            request.content_type, request.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:
            meta["CONTENT_TYPE"] = UNKNOWN
            request.content_type, request.content_params = UNKNOWN, {}


class Request(_Readable, WSGIRequest):
    """A request over WSGI."""


class AsyncRequest(_Readable, ASGIRequest):
    """A request over ASGI."""


class Handler(WSGIHandler):
    """Django's, with such requests."""

    request_class = Request


class AsyncHandler(ASGIHandler):
    """Django's, with such requests."""

    request_class = AsyncRequest
