"""Who asks: `Authorization: Bearer hid_<prefix>_<secret>` and nothing else, no cookie; and whether the key is for this.

What makes a key good is rules/accounts/keys.py; here it becomes 401 and 403 with the challenges of RFC 6750.
"""

from typing import Any, ClassVar, cast

from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from incidents.api.clients import client_address
from incidents.api.problems import Problem
from incidents.rules.accounts.access import Caller
from incidents.rules.accounts.keys import FORM, KeyRefused, check_key
from incidents.rules.trail import acting

SCHEME = "Bearer"
REALM = 'Bearer realm="api"'


class BearerKey(BaseAuthentication):
    """The owner of the key as ``request.user``, its Caller as ``request.auth``; another scheme is nobody's key here."""

    def authenticate(self, request: Request) -> tuple[Any, Caller] | None:
        scheme, _, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        try:
            caller = check_key(text=text.strip(), address=client_address(request._request))
        except KeyRefused as refused:
            challenge = f'{REALM}, error="invalid_token"'
            raise Problem("unauthorized", str(refused), headers={"WWW-Authenticate": challenge}) from refused
        request._request.key_prefix = caller.key.prefix  # type: ignore[attr-defined]  # for the access log
        acting.identify(caller.owner, caller.key.prefix)
        return caller.owner, caller

    def authenticate_header(self, request: Request) -> str:
        return REALM


class ScopesHeld(BasePermission):
    """Lets in whoever has a key with all the scopes that the operation declares; without scopes, everybody."""

    open: ClassVar[frozenset[str]] = frozenset()

    def has_permission(self, request: Request, view: Any) -> bool:
        operation = view.operation
        needed: frozenset[str] = operation.scopes if operation else self.open
        if not needed:
            return True
        names = " ".join(sorted(needed))
        caller = caller_of(request)
        if caller is None:
            raise Problem(
                "unauthorized",
                f"This needs a key with the scope {names}. Send it as Authorization: Bearer {FORM}.",
                headers={"WWW-Authenticate": f'{REALM}, scope="{names}"'},
            )
        missing = " ".join(sorted(needed - caller.scopes))
        if missing:
            lacks = (
                f"This key has the scope {missing}, but whoever answers for it may not do that any more, or did not "
                "make it: ask the administrators of this site."
                if needed <= frozenset(caller.key.scopes)
                else f"This key lacks the scope {missing}. Ask the administrators of this site for a key that has it."
            )
            raise Problem(
                "forbidden",
                lacks,
                headers={"WWW-Authenticate": f'{REALM}, error="insufficient_scope", scope="{names}"'},
            )
        return True


def caller_of(request: Request) -> Caller | None:
    """Who comes in by a key; None without one."""
    return cast("Caller | None", request.auth)
