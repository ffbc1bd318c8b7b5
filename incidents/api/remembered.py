"""Answers that took counting, kept until something is published: the next who asks the same gets the same text.

Kept under the hash of the log's last row, so that no other state of the record, nor a restored one, can answer for it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.cache import cache

from incidents.api.base import log_state
from incidents.api.pagination import digest

SECONDS = 3_600  # names in the gazetteer change without the log
LONGEST = 300_000  # characters


def recalled(kind: str, asked: Mapping[str, Any], state: str) -> str | None:
    """The text that was kept for what is asked at this state of the log (its hash)."""
    known: str | None = cache.get(_key(kind, asked, state))
    return known


def keep(kind: str, asked: Mapping[str, Any], state: str, text: str) -> None:
    """Keep a text for whoever asks the same."""
    if len(text) <= LONGEST:
        cache.set(_key(kind, asked, state), text, SECONDS)


def remembered(kind: str, asked: Mapping[str, Any], make: Callable[[], str]) -> str:
    """The text that `make` gives for what is asked at the current state of the log; read within one state."""
    _, state = log_state()
    known = recalled(kind, asked, state)
    if known is not None:
        return known
    text = make()
    keep(kind, asked, state, text)
    return text


def _key(kind: str, asked: Mapping[str, Any], state: str) -> str:
    return f"{kind}-{state}-{digest(asked)}"
