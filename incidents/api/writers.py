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
    def rows(self, texts: Sequence[str | bytes], values: Mapping[str, Any], *, first: bool) -> str | bytes:
        """Some documents, as text or in UTF-8; ``first`` where none was written before them."""

    def closing(self, count: int, seq: int, following: str | None = None) -> str:
        """What stands behind the last of ``count`` documents read at ``seq``; ``following``: the next page's URL."""
        return ""


def encoded(text: str | bytes) -> bytes:
    """A text in UTF-8."""
    return text if isinstance(text, bytes) else text.encode()


class Lines(Writer):
    """NDJSON: a document a line, and a last line that says that it was all."""

    def rows(self, texts: Sequence[str | bytes], values: Mapping[str, Any], *, first: bool) -> bytes:
        """Separators of lines and paragraphs are escaped: to many readers they end a line."""
        lines = b"".join([part for text in texts for part in (encoded(text), b"\n")])
        return lines.replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")

    def closing(self, count: int, seq: int, following: str | None = None) -> str:
        return f"{compact({'_end': True, 'count': count, 'seq': seq})}\n"
