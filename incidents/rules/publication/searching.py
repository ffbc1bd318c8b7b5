"""The words by which published objects are found."""

from collections.abc import Callable, Iterable
from functools import lru_cache

from incidents.models.folding import tokens

SEARCH_LENGTH = 20_000
REMEMBERED_LENGTH = 200


def words(texts: Iterable[str], places: frozenset[str]) -> str:
    """The folded words by which an object is found: of its texts (board.told), and those of places."""
    found: set[str] = set()
    for text in texts:
        found.update(_short(text) if len(text) < REMEMBERED_LENGTH else tokens(text))
    # Places come again and again: in order already, they are merged with what is new.
    return " ".join(sorted([*_in_order(places), *sorted(found - places)]))[:SEARCH_LENGTH]


# Names and titles of sources, documents and actors come again and again.
_short = lru_cache(maxsize=10_000)(tokens)
_in_order: Callable[[frozenset[str]], list[str]] = lru_cache(maxsize=1_000)(sorted)
