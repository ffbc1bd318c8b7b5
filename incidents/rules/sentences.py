"""Sentences by which the rules refuse: English for programs, with the parts by which the desk says them otherwise.

Rules know no language but English. The desk's own words for each are in the catalogues (incidents/locale), found by
admin/telling.py; tests/admin/test_telling.py compares them.
"""

from collections.abc import Iterable
from typing import Any, Self

from django.db.models import TextChoices


class Sentence(str):
    """What programs get, with codes and ids; `at_desk` is what people get, where `parts` are put in by their names."""

    __slots__ = ("at_desk", "parts")
    at_desk: str
    parts: dict[str, Any]

    def __new__(cls, english: str, at_desk: str, parts: dict[str, Any]) -> Self:
        made = super().__new__(cls, english % {name: _coded(part) for name, part in parts.items()})
        made.at_desk, made.parts = at_desk, parts
        return made


def worded(english: str, *, desk: str = "", **parts: Any) -> Sentence:
    """A sentence with its parts in it as %(name)s; `desk` where people are told it in other words than programs.

    To programs a term of a vocabulary is its code, to people its label. A record is told by its name now: once it is
    shown, its row may be gone.
    """
    return Sentence(english, desk or english, {name: _kept(part) for name, part in parts.items()})


def _kept(part: Any) -> Any:
    if isinstance(part, str | int):
        return part
    return tuple(part) if isinstance(part, Iterable) else str(part)


def _coded(part: Any) -> Any:
    if isinstance(part, TextChoices):
        return part.value
    return ", ".join(part) if isinstance(part, tuple) else part
