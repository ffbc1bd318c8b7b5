"""The handlers of the server's two interfaces, with requests whose Content-Type may be anything.

Django raises a ValueError for one with a parameter in an encoding that there is not, before any view or middleware:
a 500 for whoever sends it.
"""

from typing import Any

from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

UNKNOWN = "application/octet-stream"  # what nobody can name (RFC 2046, 4.5.1); the API answers 415 to it


class _Readable:
    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        parent: Any = super()
        try:
            parent._set_content_type_params(meta)
        except ValueError:
            meta["CONTENT_TYPE"] = UNKNOWN
            parent._set_content_type_params(meta)


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
