"""Middleware that refuses whoever has used up the rate of its address at once, before languages, sessions and views.

A client that asks on and on costs the others half of what it would. Who sends a key is looked at by limits.py alone.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.cache import patch_vary_headers

from incidents.api import limits
from incidents.api.base import Resource
from incidents.api.problems import answer


class RefuseAtOnce:
    """Answers 429 to such a client where a resource would."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        problem = limits.refusal(request)
        if problem is None or not _counted(request):
            return self.get_response(request)
        limits.hold_back(request)
        response = answer(request, problem)
        response["Cache-Control"] = "no-store"
        patch_vary_headers(response, ["Authorization"])
        limits.announce(request, response)
        if request.method == "HEAD":
            response["Content-Length"] = str(len(response.content))
            response.content = b""
        return response


def _counted(request: HttpRequest) -> bool:
    """Whether the address is one of a resource, whose requests are counted; the log of access learns which."""
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return False
    request.resolver_match = match
    return issubclass(getattr(match.func, "cls", object), Resource)
