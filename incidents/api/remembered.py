"""Answers that took counting, kept until something is published: the next who asks the same gets the same text.

Kept under the hash of the log's last row, so that no other state of the record, nor a restored one, can answer for it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.cache import cache

from incidents.api.pagination import digest
from incidents.models import LogHead

SECONDS = 3_600  # names in the gazetteer change without the log
LONGEST = 300_000  # characters


def remembered(kind: str, asked: Mapping[str, Any], make: Callable[[], str]) -> str:
    """The text that `make` gives for what is asked at the current state of the log; read within one state."""
    state = LogHead.objects.using("public").values_list("hash", flat=True).first() or ""
    key = f"{kind}-{state}-{digest(asked)}"
    known: str | None = cache.get(key)
    if known is not None:
        return known
    text = make()
    if len(text) <= LONGEST:
        cache.set(key, text, SECONDS)
    return text
