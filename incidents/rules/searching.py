"""The words by which published objects are found."""

from collections.abc import Sequence
from typing import Any

from incidents.models.folding import fold
from incidents.rules.board import NAMELESS, Content

SEARCH_LENGTH = 20_000
TEXTS = frozenset({"name", "title", "summary", "names", "group", "mandate"})
TEXT = frozenset({"text", "unit_as_written"})


def words(content: Content, places: Sequence[str]) -> str:
    """The folded words by which an object is found: names, titles, summaries, places, who is named in it."""
    said: list[str] = []
    _collect({name: value for name, value in content.items() if name not in {"relations", "statements"}}, said)
    found = {*fold(" ".join(said)).split(), *(word for name in places for word in name.split())}
    return " ".join(sorted(found))[:SEARCH_LENGTH]


def _collect(value: Any, said: list[str]) -> None:
    if isinstance(value, list):
        for each in value:
            _collect(each, said)
    elif isinstance(value, dict):
        for name, each in value.items():
            if not each or name in NAMELESS:
                continue
            if name in TEXTS and isinstance(each, dict):
                said.extend(each.values())
            elif (name in TEXT | TEXTS and isinstance(each, str)) or (name == "key" and isinstance(each, str)):
                said.append(each)
            else:
                _collect(each, said)
