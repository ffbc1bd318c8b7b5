"""How a format puts documents into one text, whether as a page or as everything that matches, piece by piece."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from incidents.api.renderers import compact


class Writer(ABC):
    """Writes documents, each the text of a JSON object, between an opening and a closing; ``values`` as asked for."""

    def opening(self, values: Mapping[str, Any]) -> str:
        """What stands before the first document."""
        return ""

    @abstractmethod
    def rows(self, texts: Sequence[str], values: Mapping[str, Any], *, first: bool) -> str:
        """Some documents; ``first`` where none was written before them."""

    def closing(self, count: int, seq: int, following: str | None = None) -> str:
        """What stands behind the last of ``count`` documents read at ``seq``; ``following``: the next page's URL."""
        return ""


class Lines(Writer):
    """NDJSON: a document a line, and a last line that says that it was all."""

    def rows(self, texts: Sequence[str], values: Mapping[str, Any], *, first: bool) -> str:
        return "".join(f"{text}\n" for text in texts)

    def closing(self, count: int, seq: int, following: str | None = None) -> str:
        return f"{compact({'_end': True, 'count': count, 'seq': seq})}\n"
