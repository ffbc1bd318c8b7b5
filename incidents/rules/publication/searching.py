"""The words by which published objects are found."""

from collections.abc import Iterable
from functools import lru_cache

from incidents.models.folding import tokens

SEARCH_LENGTH = 20_000
REMEMBERED_LENGTH = 200


def words(texts: Iterable[str], places: Iterable[str]) -> str:
    """The folded words by which an object is found: of its texts (board.told), and those of places."""
    found = set(places)
    for text in texts:
        found.update(_short(text) if len(text) < REMEMBERED_LENGTH else tokens(text))
    return " ".join(sorted(found))[:SEARCH_LENGTH]


# Names and titles of sources, documents and actors come again and again.
_short = lru_cache(maxsize=10_000)(tokens)
