"""How bodies are read: JSON, strictly, and never a server error whatever they hold.

No operation of version 1 takes a body yet; whoever adds one gets this parser from the settings.
"""

import codecs
import json
from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class StrictJSON(JSONParser):
    """JSON as RFC 8259 has it: no NaN, no member twice, no lone surrogate; ParseError says what is wrong."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        try:
            text = codecs.getreader("utf-8")(stream).read()
            value = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse_constant)
            # A lone surrogate can be written as an escape; no text column can hold it.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeError as error:
            raise ParseError("The body is not UTF-8, or holds half of a surrogate pair.") from error
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"The body is not JSON: {error}.") from error
        return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("an object has the same member twice")
    return members


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
