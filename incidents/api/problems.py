"""Everything that goes wrong under /api/, answered as RFC 9457 problem details.

The rules raise typed exceptions of their own; here they, Django's and the REST framework's become one shape.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.views import csrf, defaults
from rest_framework import exceptions
from rest_framework.request import Request

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:hid:problem:"

KINDS: dict[str, tuple[int, str]] = {
    "invalid-parameters": (400, "A parameter cannot be used as it was given"),
    "invalid-body": (400, "The body cannot be taken as it was sent"),
    "bad-request": (400, "The request cannot be read"),
    "unauthorized": (401, "This needs a key"),
    "forbidden": (403, "This is not allowed"),
    "not-found": (404, "There is nothing at this address"),
    "method-not-allowed": (405, "This address does not know the method"),
    "not-acceptable": (406, "None of the accepted formats is available here"),
    "conflict": (409, "This does not fit the state it is in"),
    "in-progress": (409, "The same request is being answered"),
    "withdrawn": (410, "This was withdrawn"),
    "redacted": (410, "This version was redacted"),
    "length-required": (411, "Say how long the body is"),
    "precondition-failed": (412, "It was changed meanwhile"),
    "content-too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "The body has a format that is not read here"),
    "other-request": (422, "This key was used for another request"),
    "precondition-required": (428, "Say which version you change"),
    "too-many-requests": (429, "Too many requests"),
    "server-error": (500, "The server failed"),
    "unavailable": (503, "The database cannot answer at the moment"),
}
_NAMED = {"invalid-parameters", "invalid-body"}
_BY_STATUS = {status: kind for kind, (status, _) in reversed(KINDS.items()) if kind not in _NAMED}


@dataclass(frozen=True, slots=True)
class ParameterError:
    """One parameter that cannot be used; ``detail`` is a sentence with a valid example."""

    parameter: str
    code: str
    detail: str

    def as_dict(self) -> dict[str, str | None]:
        return {"parameter": self.parameter, "pointer": None, "code": self.code, "detail": self.detail}


# What to send instead of what the framework refuses.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
UNAVAILABLE = "Nothing was done; send it again in a moment."
PERHAPS_DONE = (
    "The database was away or busy, and whether it was done is not known: look before you send it again. With the same "
    "Idempotency-Key, or as PUT by your external reference, it is safe to send again in a moment."
)
INSTEAD = {405: "The header Allow names those that are.", 415: "Send application/json."}


@dataclass(frozen=True, slots=True)
class BodyError:
    """One member of a body that cannot be taken, by JSON pointer; ``detail`` is a sentence."""

    pointer: str
    code: str
    detail: str

    def as_dict(self) -> dict[str, str | None]:
        return {"parameter": None, "pointer": self.pointer, "code": self.code, "detail": self.detail}


class Problem(Exception):
    """An answer other than the one asked for. ``kind`` is a key of KINDS; ``extension`` adds members to the body."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        errors: Sequence[ParameterError | BodyError] = (),
        headers: Mapping[str, str] | None = None,
        extension: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extension = dict(extension or {})


class InvalidParameters(Problem):
    """400: every parameter of the request that cannot be used, each with a valid example."""

    def __init__(self, *errors: ParameterError) -> None:
        super().__init__("invalid-parameters", " ".join(error.detail for error in errors), errors=errors)


class InvalidBody(Problem):
    """400: every member of the body that cannot be taken."""

    def __init__(self, *errors: BodyError) -> None:
        said = " ".join(f"{error.pointer or 'The body'}: {error.detail}" for error in errors[:5])
        super().__init__("invalid-body", said, errors=errors)


class NotFound(Problem):
    """404; hidden things answer it with the same body as absent ones."""

    def __init__(self) -> None:
        super().__init__("not-found", "There is nothing here, or nothing that is public.")


def too_large() -> Problem:
    """413, with the number of bytes that are taken."""
    return Problem(
        "content-too-large",
        f"The body is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes. Send less at once.",
    )


def answer(request: HttpRequest | Request, problem: Problem) -> HttpResponse:
    """The problem as a response: type, title, status, detail, instance, request_id, errors and its own members."""
    status, title = KINDS[problem.kind]
    body = {
        "type": TYPE_PREFIX + problem.kind,
        "title": title,
        "status": status,
        "detail": problem.detail,
        "instance": request.path,
        "request_id": getattr(request, "request_id", ""),
        "errors": [error.as_dict() for error in problem.errors],
        **problem.extension,
    }
    # A lone surrogate that came in with the request must not become an encoding error on the way out.
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
    return HttpResponse(content, status=status, content_type=MEDIA_TYPE, headers=problem.headers)


def handler(exc: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """REST_FRAMEWORK's EXCEPTION_HANDLER: no exception of a view leaves as anything but problem details."""
    request = context["request"]
    problem = translated(exc)
    if problem is None:
        django_request = getattr(request, "_request", request)
        route = getattr(django_request.resolver_match, "route", "no route of ours")  # the path may hold a name
        logger.error("Unexpected exception at %s", route, exc_info=exc)
        got_request_exception.send(sender=None, request=django_request)
        problem = _failure(exc, safe=django_request.method in SAFE_METHODS)
    return answer(request, problem)


def _failure(exc: Exception, *, safe: bool) -> Problem:
    """What is answered to an exception that nobody expected: send it again where the database had no time for it.

    A connection may be lost after what was done is kept, and before that is answered: what is not `safe` may be done.
    """
    if isinstance(exc, OperationalError):  # no connection is free, a lock was not, the server restarts
        return Problem("unavailable", UNAVAILABLE if safe else PERHAPS_DONE, headers={"Retry-After": "1"})
    return Problem("server-error", "The failure was logged under the request id.")


def translated(exc: Exception) -> Problem | None:
    """The problem that an exception stands for, or None for one that nobody expected."""
    if isinstance(exc, Problem):
        return exc
    if isinstance(exc, Http404 | exceptions.NotFound):
        return NotFound()
    if isinstance(exc, PermissionDenied):
        return Problem("forbidden", "You may not do this.")
    if isinstance(exc, SuspiciousOperation | BadRequest | UnreadablePostError):
        return _unreadable(exc)
    if not isinstance(exc, exceptions.APIException):
        return None
    headers: dict[str, str] = {}
    if auth_header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    kind = _BY_STATUS.get(exc.status_code, "bad-request" if exc.status_code < 500 else "server-error")
    return Problem(kind, " ".join(filter(None, [str(exc.detail), INSTEAD.get(exc.status_code)])), headers=headers)


def _unreadable(exc: Exception) -> Problem:
    if isinstance(exc, RequestDataTooBig):
        return too_large()
    broken = isinstance(exc, UnreadablePostError)  # the connection, or nothing came for too long
    detail = "The body did not come to its end. Send it again." if broken else "The request cannot be read."
    return Problem("bad-request", detail)


def _of_address(request: HttpRequest, problem: Problem) -> HttpResponse | None:
    return answer(request, problem) if request.path.startswith("/api/") else None


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 400, as problem details under /api/."""
    problem = Problem("bad-request", "The request cannot be read.")
    return _of_address(request, problem) or defaults.bad_request(request, exception)


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 403, as problem details under /api/."""
    return _of_address(request, Problem("forbidden", "You may not do this.")) or defaults.permission_denied(
        request, exception
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's refusal of a form from elsewhere, as problem details under /api/, where no form is taken."""
    return _of_address(request, Problem("forbidden", "You may not do this.")) or csrf.csrf_failure(request, reason)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 404, as problem details under /api/."""
    return _of_address(request, NotFound()) or defaults.page_not_found(request, exception)


def handler500(request: HttpRequest) -> HttpResponse:
    """Django's 500, as problem details under /api/."""
    problem = Problem("server-error", "The failure was logged under the request id.")
    return _of_address(request, problem) or defaults.server_error(request)


def reason_phrase(status: int) -> str:
    """The phrase HTTP gives a status, for the OpenAPI document."""
    return HTTPStatus(status).phrase
