"""How often a client may ask: rates in words, and what is left of one after each request.

Counting itself is one statement (models/limits.py); who a client is and which rate it has the API decides.
"""

import hashlib
import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from incidents.models.limits import NotCounted, counting, ready

logger = logging.getLogger(__name__)

RATE = re.compile(r"(\d{1,9})/(?:s(?:ec(?:ond)?)?|(m)(?:in(?:ute)?)?|(h)(?:our)?|(d)(?:ay)?)")
SECONDS = (60, 3_600, 86_400)
REMEMBERED = 10_000
WARN_EVERY = 60  # seconds


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in so many seconds."""

    requests: int
    seconds: int

    @classmethod
    def of(cls, text: str) -> "Rate | None":
        """From `600/min`, `10/second`, `5000/day`; None for `0`, no limit. Raises ValueError."""
        if text.strip() == "0":
            return None
        match = RATE.fullmatch(text.strip())
        if match is None or not int(match[1]):
            raise ValueError(f"{text!r} is no rate. Write 600/min, 10/second, 5000/day, or 0 for no limit.")
        unit = next((seconds for seconds, letter in zip(SECONDS, match.groups()[1:], strict=True) if letter), 1)
        return cls(int(match[1]), unit)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a client has of its rate after a request: ``left`` requests until the window ends in ``seconds``."""

    rate: Rate
    allowed: bool
    left: int
    seconds: int


class Memory:
    """Until when clients have used up their rates: whoever is refused already costs the database nothing more."""

    def __init__(self) -> None:
        self.until: dict[str, int] = {}
        self.lock = threading.Lock()

    def ends(self, client: str, now: int) -> int | None:
        """When the window ends in which this client is refused; None where it may be let in."""
        ends = self.until.get(client)
        return ends if ends is not None and ends > now else None

    def keep(self, client: str, ends: int, now: int) -> None:
        with self.lock:
            if len(self.until) >= REMEMBERED:
                self.until = {each: until for each, until in self.until.items() if until > now}
            if len(self.until) >= REMEMBERED:
                self.until.clear()
            self.until[client] = ends

    def forget(self) -> None:
        with self.lock:
            self.until.clear()


refused = Memory()
_warned = 0.0


def spend(client: str, rate: Rate) -> Callable[[], Allowance | None]:
    """Count one request of a client against a rate; what tells what is left of it, which need not be asked at once.

    It tells None where the request could not be counted: reading what is public matters more than counting who reads.
    """
    now = time.time_ns() // 1_000_000
    name = _name(client, rate)
    ends = refused.ends(name, now)
    if ends is not None:
        none_left = Allowance(rate, allowed=False, left=0, seconds=_seconds(ends, now))
        return lambda: none_left
    try:
        counted = counting(name, window=rate.seconds * 1000, now=now)
    except NotCounted as error:
        _warn(error)
        return lambda: None

    def left() -> Allowance | None:
        try:
            ends, used = counted()
        except NotCounted as error:
            _warn(error)
            return None
        if used > rate.requests:
            refused.keep(name, ends, now)
        return Allowance(rate, used <= rate.requests, max(0, rate.requests - used), _seconds(ends, now))

    return left


def may_count() -> bool:
    """Whether there is a connection to count with; it is taken."""
    try:
        ready()
    except NotCounted as error:
        _warn(error)
        return False
    return True


def used_up(client: str, rate: Rate) -> Allowance | None:
    """What a client has of a rate that it is known to have used up, nothing; None of every other. Asks no database."""
    now = time.time_ns() // 1_000_000
    ends = refused.ends(_name(client, rate), now)
    return None if ends is None else Allowance(rate, allowed=False, left=0, seconds=_seconds(ends, now))


def _seconds(ends: int, now: int) -> int:
    return max(1, -((now - ends) // 1000))


def _name(client: str, rate: Rate) -> str:
    """Under which a client is counted: no address can be read from it. Another rate begins another count."""
    text = f"{rate.requests}/{rate.seconds} {client}".encode("utf-8", "backslashreplace")
    return hashlib.blake2b(text, key=settings.SECRET_KEY.encode()[:64], digest_size=16).hexdigest()


def _warn(error: NotCounted) -> None:
    global _warned  # noqa: PLW0603
    if time.monotonic() > _warned + WARN_EVERY:
        _warned = time.monotonic()
        logger.warning("Requests are not counted at the moment: %s", error)
