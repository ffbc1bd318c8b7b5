"""How bodies are read: JSON, strictly, bounded in size and depth, and never a server error whatever they hold.

What a body may say is the matter of the operation that takes it.
"""

import json
import re
from codecs import BOM_UTF8
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from incidents.api.problems import Problem, too_large

DEEPEST = 32
LONGEST_NUMBER = 1_000  # digits; no member takes more than twenty
# Nothing is tried twice (possessive), so a hostile body costs as much as an honest one of its size.
STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
BRACKETS = b"[]{}"
NO_BRACKET = bytes(set(range(256)) - set(BRACKETS))
STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


class StrictJSON(JSONParser):
    """JSON as RFC 8259 has it: no NaN, no member twice, no lone surrogate; ParseError says what is wrong.

    Raises a Problem (413) for a body that is too large, which is then not read to its end.
    """

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        _refuse_encoded((parser_context or {}).get("request"))
        content = _bounded(stream)
        if depth(content) > DEEPEST:
            raise ParseError(f"The body is nested too deeply: {DEEPEST} levels are read.")
        if content.startswith(BOM_UTF8):
            raise ParseError("The body begins with a byte order mark (U+FEFF); send it without one.")
        try:
            text = content.decode("utf-8")
            value = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse_constant, parse_int=_whole)
            # A lone surrogate can be written as an escape; no text column can hold it.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeError as error:
            raise ParseError("The body is not UTF-8, or holds half of a surrogate pair.") from error
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"The body is not JSON: {error}.") from error
        return value


class MergePatch(StrictJSON):
    """The same under the media type of a JSON merge patch (RFC 7396)."""

    media_type = "application/merge-patch+json"


def depth(content: bytes) -> int:
    """How deeply arrays and objects stand in one another, told before anything is parsed."""
    brackets = STRING.sub(b"", content).translate(None, NO_BRACKET)
    return max(accumulate(map(STEPS.__getitem__, brackets), initial=0))


def _refuse_encoded(request: Any) -> None:
    """Raises a Problem (415) for a body that says that it is compressed: it would read as one that is not UTF-8."""
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower() if request is not None else ""
    if encoding not in {"", "identity"}:
        raise Problem("unsupported-media-type", "Content-Encoding is not read here; send the body as it is.")


def _bounded(stream: Any) -> bytes:
    largest: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    content: bytes = stream.read(largest + 1)
    if len(content) > largest:
        raise too_large()
    return content


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("an object has the same member twice")
    return members


def _whole(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError(f"a number has {len(digits):,} digits, and none that is read here has more than twenty")
    return int(digits)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
