"""The words by which published objects are found."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from incidents.models.folding import tokens
from incidents.rules.board import NAMELESS, NESTED, Content

SEARCH_LENGTH = 20_000
TEXTS = frozenset({"name", "title", "summary", "names", "group", "mandate"})
ALL_TEXTS = TEXTS | {"text", "unit_as_written", "key"}
REMEMBERED_LENGTH = 200


def words(content: Content, places: Iterable[str]) -> str:
    """The folded words by which an object is found: names, titles, summaries, words of places, who is named in it."""
    found = set(places)
    for text in _texts(content):
        found.update(_short(text) if len(text) < REMEMBERED_LENGTH else tokens(text))
    return " ".join(sorted(found))[:SEARCH_LENGTH]


# Names and titles of sources, documents and actors come again and again.
_short = lru_cache(maxsize=10_000)(tokens)


def _texts(content: Content) -> Iterator[str]:
    waiting: list[Any] = [{name: value for name, value in content.items() if name not in {"relations", "statements"}}]
    for value in waiting:
        if type(value) is list:
            waiting += value
        elif type(value) is dict:
            for name, each in value.items():
                if type(each) is str:
                    if name in ALL_TEXTS:
                        yield each
                elif type(each) is dict and name in TEXTS:
                    yield from each.values()
                elif type(each) in NESTED and name not in NAMELESS:
                    waiting.append(each)
