"""The formats an answer may have, and how one is chosen: ?format= first, then Accept.

How a document becomes a row or a feature stands in documents/; here are names, media types and streams.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.http.request import MediaType
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from incidents.api.parameters import not_among, shown, stopped
from incidents.api.problems import MEDIA_TYPE as PROBLEM
from incidents.api.problems import InvalidParameters, ParameterError

Schema = dict[str, Any]
ANY = "*/*"


class Format(BaseRenderer):
    """A format of our answers: its media type, its name in ?format=, and the OpenAPI schema of what is not JSON."""

    charset = None
    schema: Schema = {"type": "string"}

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        """JSON text of plain values; views hand over finished bytes and do not come here."""
        return compact(data).encode()


class JSON(Format):
    media_type = "application/json"
    format = "json"


class CSV(Format):
    media_type = "text/csv"
    format = "csv"


class GeoJSON(Format):
    media_type = "application/geo+json"
    format = "geojson"
    schema: Schema = {"$ref": "#/components/schemas/IncidentFeatureCollection"}


class NDJSON(Format):
    media_type = "application/x-ndjson"
    format = "ndjson"


SAVED = (CSV, GeoJSON, NDJSON)
"""What programs open as a file, which therefore has a name."""


class YAML(Format):
    media_type = "application/yaml"
    format = "yaml"


class Negotiation(DefaultContentNegotiation):
    """Chooses the format: the one ?format= names, else by Accept; problem+json alone gets JSON.

    Raises InvalidParameters for a format that is not available here and NotAcceptable for an Accept that names none.
    """

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        available = list(renderers)
        named = request.query_params.get("format")
        if named is not None and len(available) > 1:
            for renderer in available:
                if renderer.format == named:
                    return renderer, str(renderer.media_type)
            formats = [str(renderer.format) for renderer in available]
            detail = f"format={shown(named)} {stopped(not_among(named, formats))} Example: format={formats[0]}."
            raise InvalidParameters(ParameterError("format", "not_a_choice", detail))
        if request.META.get("HTTP_ACCEPT", ANY) in {ANY, available[0].media_type}:  # nothing to weigh
            return available[0], str(available[0].media_type)
        types = {str(renderer.media_type): renderer for renderer in available}
        quality = accepted(request.META.get("HTTP_ACCEPT", ANY))
        preferred = max(types, key=quality)
        if not quality(preferred):
            # Generated clients of a DELETE, or of an address that only answers problems, accept nothing else.
            if PROBLEM not in request.headers.get("Accept", ""):
                raise NotAcceptable(f"Available here: {', '.join(types)}.")
            preferred = next(iter(types))
        return types[preferred], preferred


def accepted(header: str) -> Callable[[str], float]:
    """What gives the quality of a media type under an Accept header, that of the most specific range that it is in.

    0 where none is or where that one refuses it (RFC 9110, 12.5.1); parameters other than q are not looked at, and a
    range that cannot be read holds nothing.
    """
    ranges = [each for each in map(_range, header.split(",")) if each is not None]

    def quality(media_type: str) -> float:
        main, _, sub = media_type.partition("/")
        holding = [each for each in ranges if each.main_type in {main, "*"} and each.sub_type in {sub, "*"}]
        best = max(holding, key=lambda each: (each.main_type != "*", each.sub_type != "*"), default=None)
        return float(best.quality) if best else 0.0

    return quality


def _range(text: str) -> MediaType | None:
    try:
        return MediaType(text) if text.strip() else None
    except ValueError:  # a parameter in an encoding that there is not
        return None


def compact(value: Any) -> str:
    """JSON text without spaces, letters as they are."""
    return _COMPACT.encode(value)


# Kept, since json.dumps makes an encoder anew for every call with options.
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def with_members(document: str, members: Mapping[str, Any]) -> str:
    """A stored document, an object of JSON text, with more members behind its own; it is not parsed."""
    return f"{document[:-1]},{compact(members)[1:]}" if members else document


def only(document: str, names: Sequence[str], *, omitted: bool) -> str:
    """A document with only the named members, or without them; ``id`` always stays."""
    content: dict[str, Any] = json.loads(document)
    kept = {name: value for name, value in content.items() if name == "id" or (name in names) != omitted}
    return compact(kept)


def with_charset(media_type: str) -> str:
    """Formats read as text say their encoding; JSON needs none."""
    says = media_type.startswith("text/") or media_type == NDJSON.media_type
    return f"{media_type}; charset=utf-8" if says else media_type
