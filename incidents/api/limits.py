"""How often a request's client may ask, and the headers that tell it (draft-ietf-httpapi-ratelimit-headers).

A key is counted by itself, whoever has none by the network of the address; counting is rules/limits.py.
"""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from incidents.api.authentication import caller_of
from incidents.api.clients import client_address, customer
from incidents.api.problems import Problem
from incidents.rules.access import Caller
from incidents.rules.limits import Allowance, Rate, spend

HOUR = 3_600
STATE = "_allowance"


@dataclass(frozen=True, slots=True)
class Spent:
    """What a request has left under the policy it was counted by."""

    policy: str
    allowance: Allowance


def admit(request: Request) -> None:
    """Count the request; raises a Problem: 429 where the rate is used up, 401 where the key opens nothing.

    A key that opens nothing counts against the address that tries it.
    """
    try:
        caller = caller_of(request)
    except Problem:
        _spend(request, None)
        raise
    _spend(request, caller)


def announce(request: Request, response: HttpResponseBase) -> None:
    """Say on the answer what the policy is and what is left of it, where the request was counted."""
    spent: Spent | None = getattr(request._request, STATE, None)
    if spent is None:
        return
    allowance = spent.allowance
    response["RateLimit-Policy"] = f'"{spent.policy}";q={allowance.rate.requests};w={allowance.rate.seconds}'
    response["RateLimit"] = f'"{spent.policy}";r={allowance.left};t={allowance.seconds}'


def _spend(request: Request, caller: Caller | None) -> None:
    rate = _rate_of(caller) if caller else _rate(settings.ANON_RATE)
    if rate is None:
        return
    policy = "key" if caller else "address"
    client = f"key {caller.key.prefix}" if caller else f"address {customer(client_address(request._request))}"
    allowance = spend(client, rate)
    if allowance is None:
        return
    setattr(request._request, STATE, Spent(policy, allowance))
    if not allowance.allowed:
        raise Problem(
            "too-many-requests",
            f"{rate.requests} requests in {rate.seconds} seconds are allowed for each {policy}. Wait "
            f"{allowance.seconds} seconds"
            + ("." if caller else ", or ask the administrators of this site for a key, which may ask more often."),
            headers={"Retry-After": str(allowance.seconds)},
        )


def _rate_of(caller: Caller) -> Rate | None:
    """The rate of a key: its organisation's own, else that of all keys."""
    hourly = caller.organisation.hourly_requests
    return Rate(hourly, HOUR) if hourly else _rate(settings.KEY_RATE)


@lru_cache(maxsize=16)
def _rate(text: str) -> Rate | None:
    return Rate.of(text)
