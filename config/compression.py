"""Compression of the API's answers by zstd, Brotli or gzip, whichever the client prefers, at measured levels.

Only what anybody may read is compressed: a page with a secret in it, such as the admin's, would leak it by its length.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol, cast

import brotli
import zstandard
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

PREFIX = "/api/"
SMALLEST = 1_000  # bytes; less than a packet is not worth a header
TEXTS = ("text/", "application/json", "application/problem+json", "application/geo+json", "application/x-ndjson",
         "application/yaml", "application/vnd.oai.openapi")  # fmt: skip
# On a list of 100 incidents: zstd 1 costs a fifth of gzip 1, Brotli 1 about as much as gzip 1 (docs/performance.md).
ZSTD_LEVEL, BROTLI_QUALITY, GZIP_LEVEL = 1, 1, 1
GZIP_HEADER = 16


class Compressor(Protocol):
    """What takes pieces and gives compressed ones, some of them empty, and the rest at the end."""

    def compress(self, piece: bytes) -> bytes: ...

    def flush(self) -> bytes: ...


class _Brotli:
    def __init__(self) -> None:
        self._compressor: Any = brotli.Compressor(mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY)

    def compress(self, piece: bytes) -> bytes:
        return cast("bytes", self._compressor.process(piece))

    def flush(self) -> bytes:
        return cast("bytes", self._compressor.finish())


def _gzip() -> Compressor:
    return zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS + GZIP_HEADER)


def _zstd() -> Compressor:
    return zstandard.ZstdCompressor(level=ZSTD_LEVEL).compressobj()


CODINGS: dict[str, Callable[[], Compressor]] = {"zstd": _zstd, "br": _Brotli, "gzip": _gzip}


@dataclass(frozen=True, slots=True)
class Compression:
    """The middleware: adds Content-Encoding and Vary, and weakens a strong ETag, since the bytes are others.

    Every answer of the API has the Vary, also the 304 by which a cache renews a compressed one, and one without a body.
    """

    get_response: Callable[[HttpRequest], HttpResponseBase]

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not request.path_info.startswith(PREFIX):
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        if response.status_code == HTTPStatus.NOT_MODIFIED:
            del response["Content-Length"]  # it would be that of the answer which is not sent
        coding = preferred(request.headers.get("Accept-Encoding", "")) if _worthwhile(response) else None
        if coding is None:
            return response
        compressor = CODINGS[coding]()
        if request.method == "HEAD":  # how long the body of a GET comes out nobody knows before it is made
            del response["Content-Length"]
        elif isinstance(response, StreamingHttpResponse):
            response.streaming_content = compressed(cast("Iterable[bytes]", response.streaming_content), compressor)
            del response["Content-Length"]
        elif isinstance(response, HttpResponse):
            response.content = b"".join(compressed(response, compressor))
            response["Content-Length"] = str(len(response.content))
        response["Content-Encoding"] = coding
        if response.get("ETag", "").startswith('"'):
            response["ETag"] = f"W/{response['ETag']}"
        return response


def compressed(pieces: Iterable[bytes], compressor: Compressor) -> Iterator[bytes]:
    """The pieces compressed as they come; an answer that breaks off has no end, and no client takes it for whole."""
    for piece in pieces:
        if packed := compressor.compress(piece):
            yield packed
    yield compressor.flush()


def preferred(accepted: str) -> str | None:
    """The coding with the highest quality in an Accept-Encoding header; of equals the cheapest; None for identity."""
    qualities: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameter = part.partition(";")
        qualities[name.strip()] = _quality(parameter)
    other = qualities.get("*", 0.0)
    best = max(CODINGS, key=lambda coding: qualities.get(coding, other))
    quality = qualities.get(best, other)
    return best if quality > 0 and quality >= qualities.get("identity", 0.0) else None


def _quality(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def _worthwhile(response: HttpResponseBase) -> bool:
    if response.has_header("Content-Encoding") or not response.get("Content-Type", "").startswith(TEXTS):
        return False
    length = response.get("Content-Length")  # an answer to HEAD has that of the body alone
    return response.streaming or int(length or len(cast("HttpResponse", response).content)) >= SMALLEST
