"""Who acts and in which request, so that no rule needs to be told: set at the door, read by the audit chain.

Whether somebody may act is not decided here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Acting:
    """A user (perhaps not asked for yet, or anonymous), the prefix of a key, and the id of the request.

    Neither user nor key is the system itself: commands, and what no request caused.
    """

    user: Any = None
    key_prefix: str = ""
    request_id: str = SYSTEM

    @property
    def user_id(self) -> int | None:
        """The user's primary key; None where nobody is signed in."""
        if self.user is None or not self.user.is_authenticated:
            return None
        key: int = self.user.pk
        return key


_current: ContextVar[Acting] = ContextVar("acting", default=Acting())  # noqa: B039 -- it is frozen


def current() -> Acting:
    """Who acts now."""
    return _current.get()


@contextmanager
def acting(user: Any = None, key_prefix: str = "", request_id: str = SYSTEM) -> Iterator[None]:
    """Whatever is recorded inside was done by these."""
    token = _current.set(Acting(user, key_prefix, request_id))
    try:
        yield
    finally:
        _current.reset(token)


def identify(user: Any = None, key_prefix: str = "") -> None:
    """Say who it is once that is known in the middle of a request; ends with the `acting` around it."""
    _current.set(replace(_current.get(), user=user, key_prefix=key_prefix))
