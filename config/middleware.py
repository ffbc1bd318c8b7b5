"""What happens to every request before its view: its id, a line in the log, a redirect to its usual address.

Nothing here knows the subject; sessions, languages and security are Django's own middleware.
"""

import logging
import re
import time
from collections.abc import Callable
from contextvars import ContextVar
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import Resolver404, resolve
from django.utils.encoding import escape_uri_path
from django.utils.http import escape_leading_slashes

from config.redaction import redacted
from incidents.api.clients import client_address, truncated

access = logging.getLogger("hid.access")

GetResponse = Callable[[HttpRequest], HttpResponse]

KNOWN_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
UUID = re.compile(r"(?<![^/])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![^/])", re.ASCII)
SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_current: ContextVar[str] = ContextVar("request_id", default="-")


class RequestId:
    """Puts ``request.request_id`` on every request and X-Request-ID on every answer; a sane incoming id is kept."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        # A key sent in the wrong header would stand in every line of the log.
        sane = SANE_REQUEST_ID.fullmatch(given) and redacted(given) == given
        request_id = given if sane else uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        token = _current.set(request_id)
        try:
            response = self.get_response(request)
        finally:
            _current.reset(token)
        response["X-Request-ID"] = request_id
        return response


class RequestIdFilter(logging.Filter):
    """Gives every log record the id of the request it belongs to, or a dash."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = _current.get()
        return True


class AccessLog:
    """One line for each request: method, status, time, route, prefix of the key, network of the address.

    Neither the address asked for, its query, a header nor a name is kept: who read what is nobody's business.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        response = self.get_response(request)
        if access.isEnabledFor(logging.INFO):
            match = request.resolver_match
            access.info(
                "%s %s %d ms %s key=%s from=%s",
                request.method if request.method in KNOWN_METHODS else "-",
                response.status_code,
                (time.perf_counter() - begun) * 1000,
                match.route if match else "-",
                getattr(request, "key_prefix", "-"),
                truncated(client_address(request)),
            )
        return response


class NoBody:
    """Leaves out the body of an answer to HEAD, whose length it says; not every server drops it itself."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "HEAD" and not response.streaming and response.content:
            response.headers.setdefault("Content-Length", str(len(response.content)))
            response.content = b""
        return response


class OneAddress:
    """Answers 308, keeping method, body and query, where only the usual spelling of a path leads somewhere.

    That is a slash at its end, and ids in lower case: RFC 9562 has UUIDs read in either case, and a thing has one
    address and one ETag. A catch-all view, such as the admin's, resolves both spellings alike and is left alone; so is
    a key of somebody else's that happens to read like an id.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        usual = UUID.sub(lambda found: found[0].lower(), path)
        usual = usual if usual.endswith("/") else usual + "/"
        if usual != path:
            target = _route(usual)
            if target is not None and target != _route(path):
                # What goes before path_info, where the site does not stand at the root of its host, stays.
                prefix = request.path.removesuffix(path)
                location = escape_leading_slashes(escape_uri_path(prefix + usual) + _query(request))
                return HttpResponsePermanentRedirect(location, preserve_request=True)
        return self.get_response(request)


def _query(request: HttpRequest) -> str:
    """The query as it came; letters that should have been percent-encoded, and were not, are."""
    query: str = request.META.get("QUERY_STRING", "")
    if not query.isascii():
        query = request.GET.urlencode()
    return f"?{query}" if query else ""


def _route(path: str) -> str | None:
    try:
        return resolve(path).route
    except Resolver404:
        return None
