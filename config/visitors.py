"""What only pages for people need: a session, who is signed in, messages, and the security policy of a browser.

The API reads no cookie, so its requests pass these by; its answers carry the same policy as every page.
"""

from collections.abc import Callable
from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin

API = "/api/"
OVERRIDES = frozenset({"_csp_config", "_csp_update", "_csp_replace", "_csp_exempt"})


class _PagesOnly(MiddlewareMixin):
    """Lets requests of the API pass."""

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith(API):
            return self.get_response(request)
        return super().__call__(request)


class Sessions(_PagesOnly, SessionMiddleware):
    """Django's, but for the API."""


class Languages(LocaleMiddleware):
    """Django's, but for the API, whose answers are the same whatever language is asked for, and say so."""

    def process_request(self, request: HttpRequest) -> None:
        """Choose the language of a page; a thread may still have that of the page before."""
        if request.path_info.startswith(API):
            translation.activate(settings.LANGUAGE_CODE)
        else:
            super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Set the headers that tell it."""
        return response if request.path_info.startswith(API) else super().process_response(request, response)


class Messages(_PagesOnly, MessageMiddleware):
    """Django's, but for the API."""


class Users(_PagesOnly, AuthenticationMiddleware):
    """Django's, but for the API, where nobody is signed in until a key says who it is."""

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith(API):
            request.user = AnonymousUser()
        return super().__call__(request)


class Policy(CSPMiddleware):
    """The library's, with the policy of answers that change nothing in it put together once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)
        self.usual = build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Set the header."""
        changed = getattr(request, "_csp_nonce", None) or not OVERRIDES.isdisjoint(vars(response))
        if changed or settings.DEBUG:
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self.usual)
        return response
