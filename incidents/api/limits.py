"""How often a request's client may ask, and the headers that tell it (draft-ietf-httpapi-ratelimit-headers).

A key is counted by itself, whoever has none by the network of the address; counting is rules/accounts/limits.py.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from django.conf import settings
from django.db import Error
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from incidents.api.authentication import caller_of
from incidents.api.clients import client_address, customer
from incidents.api.problems import Problem
from incidents.rules.accounts.access import Caller
from incidents.rules.accounts.limits import Allowance, Rate, may_count, spend, used_up

HOUR = 3_600
STATE, UNDER_WAY = "_allowance", "_counting"
KEY, ADDRESS = "key", "address"  # the policies
HELD_BACK = 0.1  # seconds
_holding = threading.Semaphore()
NOBODY: tuple[str, Callable[[], Allowance | None]] = ("", lambda: None)  # who is counted under no policy


@dataclass(frozen=True, slots=True)
class Spent:
    """What a request has left under the policy it was counted by."""

    policy: str
    allowance: Allowance


def expect(request: Request) -> None:
    """Before anything is read for a request: raises a Problem, 429, where its client is known to have used up its rate.

    It takes the connection that counts, too. Everything takes that one first: requests that took two in other orders
    would wait for each other where there are fewer connections than threads.
    """
    try:
        caller = caller_of(request)
    except Problem:
        return  # `admit` counts it against the address, and says so
    except Error:  # of the database: nobody can say whose the key is, and it is not asked for again
        setattr(request._request, UNDER_WAY, NOBODY)
        raise
    rate = _rate_of(caller) if caller else _rate(settings.ANON_RATE)
    if rate is None:
        return
    allowance = used_up(_client(request._request, caller), rate)
    if allowance is not None:
        setattr(request._request, UNDER_WAY, NOBODY)
        _refuse(request._request, KEY if caller else ADDRESS, allowance)
    if not may_count():
        setattr(request._request, UNDER_WAY, NOBODY)


def admit(request: Request) -> None:
    """Begin to count the request, once; raises a Problem, 401, where the key opens nothing.

    Such a key counts against the address that tries it. Whether there was anything left, `settle` knows.
    """
    if UNDER_WAY in request._request.__dict__:
        return
    setattr(request._request, UNDER_WAY, NOBODY)
    try:
        caller = caller_of(request)
    except Problem:
        _spend(request, None)
        raise
    _spend(request, caller)


def settle(request: Request) -> None:
    """Wait until the request is counted; raises a Problem: 429 where its rate was used up, 401 as `admit` does.

    What is public may be read before. Of a client that asks on, each process reads for one request in vain and knows
    from then on (`refusal`, `expect`).
    """
    try:
        admit(request)
    finally:
        _look(request._request)


def _look(request: HttpRequest) -> None:
    policy, left = request.__dict__[UNDER_WAY]
    setattr(request, UNDER_WAY, NOBODY)
    allowance = left()
    if allowance is None:
        return
    if not allowance.allowed:
        _refuse(request, policy, allowance)
    setattr(request, STATE, Spent(policy, allowance))


def _refuse(request: HttpRequest, policy: str, allowance: Allowance) -> NoReturn:
    setattr(request, STATE, Spent(policy, allowance))
    hold_back(request)
    raise _too_many(policy, allowance)


def refusal(request: HttpRequest) -> Problem | None:
    """The 429 of a request that sends no key and whose address has used up its rate; None where it is to be counted."""
    rate = None if "HTTP_AUTHORIZATION" in request.META else _rate(settings.ANON_RATE)
    allowance = used_up(_of_address(request), rate) if rate else None
    if allowance is None:
        return None
    setattr(request, STATE, Spent(ADDRESS, allowance))
    return _too_many(ADDRESS, allowance)


def hold_back(request: HttpRequest) -> None:
    """Let whoever is refused wait for a moment, on one thread of this process at most.

    A program that asks again as soon as it is answered takes a whole processor from the others, even if all that it
    gets is a refusal. Of several at once one waits, and the others are refused at once: no more threads are kept busy.
    In a process of one thread nobody waits, since everybody would.
    """
    if request.META.get("wsgi.multithread") and _holding.acquire(blocking=False):
        try:
            time.sleep(HELD_BACK)
        finally:
            _holding.release()


def announce(request: HttpRequest, response: HttpResponseBase) -> None:
    """Say on the answer what the policy is and what is left of it, where the request was counted."""
    spent: Spent | None = getattr(request, STATE, None)
    if spent is None:
        return
    allowance = spent.allowance
    response["RateLimit-Policy"] = f'"{spent.policy}";q={allowance.rate.requests};w={allowance.rate.seconds}'
    response["RateLimit"] = f'"{spent.policy}";r={allowance.left};t={allowance.seconds}'


def _spend(request: Request, caller: Caller | None) -> None:
    rate = _rate_of(caller) if caller else _rate(settings.ANON_RATE)
    if rate is None:
        return
    client = _client(request._request, caller)
    setattr(request._request, UNDER_WAY, (KEY if caller else ADDRESS, spend(client, rate)))


def _client(request: HttpRequest, caller: Caller | None) -> str:
    return f"key {caller.key.prefix}" if caller else _of_address(request)


def _of_address(request: HttpRequest) -> str:
    """The name under which whoever sends no key is counted."""
    return f"address {customer(client_address(request))}"


def _too_many(policy: str, allowance: Allowance) -> Problem:
    else_said = {
        KEY: ".",
        ADDRESS: ", or ask the administrators of this site for a key, which may ask more often.",
    }
    rate = allowance.rate
    return Problem(
        "too-many-requests",
        f"{rate.requests} requests in {rate.seconds} seconds are allowed for each {policy}. Wait "
        f"{allowance.seconds} seconds{else_said[policy]}",
        headers={"Retry-After": str(allowance.seconds)},
    )


def _rate_of(caller: Caller) -> Rate | None:
    """The rate of a key: its organisation's own, else that of all keys."""
    hourly = caller.organisation.hourly_requests
    return Rate(hourly, HOUR) if hourly else _rate(settings.KEY_RATE)


@lru_cache(maxsize=16)
def _rate(text: str) -> Rate | None:
    return Rate.of(text)
