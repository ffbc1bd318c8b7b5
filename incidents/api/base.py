"""What every resource of the API does: strict parameters, pages, details, histories, headers.

To add a resource over stored documents, write one file in v1/ and add its class to v1.RESOURCES:

    class SourceFilter(FilterSet):
        q = SearchFilter()
        kind = Filter(codes("Kind of source.", choices.SourceKind, "un_body"), "kind__in")
        after_seq = after_seq()

    class Sources(StoredResource):            # from versioned.py
        resource = "sources"                  # the address and the tag (config/api.py declares tags)
        singular = "source"                   # for summaries
        kind = choices.PublicKind.SOURCE      # its kind in the log
        model = PublicSource                  # the index table; its column `document` is what is served
        document = documents.Source           # the serializer whose shape the document has
        filterset = SourceFilter
        orderings = {"seq": "seq"}            # name: column that is not null
        ordering = "seq"

Members that are not stored but computed when read: list them in the serializer, override ``additions`` (and ``etag``,
since the version alone no longer says what the answer holds), and name further columns in ``columns``. A resource
that computes everything, such as the signed heads of v1/log.py, subclasses Resource, declares ``operations`` and writes
one method for each. The tests that walk the registry, the OpenAPI document and the contract tests then cover it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import Subquery, Value
from django.db.models.functions import Coalesce, Left
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.viewsets import ViewSet

from incidents.api import limits, queries
from incidents.api.authentication import ScopesHeld
from incidents.api.operations import Operation
from incidents.api.pagination import Page
from incidents.api.parameters import NO_TEXT
from incidents.api.parsers import MergePatch, StrictJSON
from incidents.api.problems import InvalidParameters, NotFound, ParameterError
from incidents.api.renderers import JSON, SAVED, compact
from incidents.models import LogHead
from incidents.models.prepared import Prepared, prepared

FAILURE = 400
READING = ("GET", "HEAD")
# Memory for half a megabyte at once the C library takes from the system and gives back for every answer, which costs
# more than putting its bytes there; small pieces make many calls of a large page.
PIECE = 262_144
DATASET = ("dataset_seq", "dataset_hash")
HASH_LENGTH = 12
DIGEST_BYTES = 16
# Bytes of all parameters but the cursor, as a `next` writes them: with the path and a cursor (each of them below 500)
# it fits into the 8,190 bytes of a request line that servers and proxies take.
LONGEST_QUERY = 7_000


class Resource(ViewSet):
    """A resource: its operations by the name of the method that answers each.

    ``values`` holds the parameters of the request, read and checked before the method runs.
    """

    resource: ClassVar[str] = ""
    operations: ClassVar[Mapping[str, Operation]] = {}
    admitting: ClassVar[frozenset[str]] = frozenset()  # methods that have it counted while the database reads
    permission_classes = (ScopesHeld,)
    values: dict[str, Any]

    @classmethod
    def addresses(cls) -> list[URLPattern]:
        """The URL patterns of its operations, named by operationId; the first of an address answers every method."""
        views: dict[str, dict[str, Any]] = {}
        for method, operation in cls.operations.items():
            views.setdefault(operation.path, {})[operation.method] = method
        answering = {below: cls.as_view(methods) for below, methods in views.items()}
        return [
            path(f"{cls.resource}/{operation.path}".lstrip("/"), answering[operation.path], name=operation.id)
            for operation in cls.operations.values()
        ]

    @property
    def tag(self) -> str:
        """Under which heading of the OpenAPI document it stands."""
        return self.resource or "about"

    @property
    def operation(self) -> Operation | None:
        """The operation asked for; None for OPTIONS and for methods that are not known here."""
        return self.operations.get(getattr(self, "action", None) or "")

    def get_parsers(self) -> list[Any]:
        """JSON; what a PATCH holds is a merge patch, and may say so."""
        method = getattr(self.request, "method", None)  # there is no request while the OpenAPI document is made
        return [StrictJSON(), MergePatch()] if method == "PATCH" else [StrictJSON()]

    def get_renderers(self) -> list[BaseRenderer]:
        # A method that is not known here still gets its 405 in the format of the address.
        operation = self.operation or next(iter(self.operations.values()), None)
        return [each() for each in (operation.formats if operation else (JSON,))]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        operation = self.operation
        if request.method not in READING or operation is None or operation.scopes:
            limits.settle(request)  # before anything else is done for it
        else:
            limits.expect(request)
            if self.action not in self.admitting:
                limits.admit(request)
        super().initial(request, *args, **kwargs)
        if operation is None:
            return
        if operation.method == "get" and any(map(is_no_text, kwargs.values())):
            raise NotFound  # PostgreSQL refuses to look for it; what is sent to such an address is told what is wrong
        self.values = queries.read(request.query_params, operation.known)
        errors = list(operation.filterset.contradictions(self.values)) if operation.filterset else []
        if self.values.get("fields") and self.values.get("omit"):
            detail = "fields and omit exclude each other. Example: fields=id."
            errors.append(ParameterError("omit", "contradiction", detail))
        if operation.method == "get" and (excess := too_long(request.query_params)):
            errors.append(excess)
        if errors:
            raise InvalidParameters(*errors)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """204; Allow, as on every answer, names the methods."""
        return HttpResponse(status=204)

    def finalize_response(  # type: ignore[override]
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        try:
            limits.settle(request)
        except Exception as refused:  # noqa: BLE001 -- the one way out that nothing else is around
            response = self.handle_exception(refused)
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[arg-type]
        if len(self.get_renderers()) > 1:
            patch_vary_headers(response, ["Accept"])
        # Anybody may keep a public answer, but asks before using it again: what was withdrawn must not be served on.
        # An answer to somebody with a key, or to nobody else, is for them alone.
        patch_vary_headers(response, ["Authorization"])
        private = "Authorization" in request.headers or bool(self.operation and self.operation.scopes)
        kept = "private, no-cache" if private else "public, no-cache"
        response.headers.setdefault("Cache-Control", "no-store" if response.status_code >= FAILURE else kept)
        limits.announce(request._request, response)
        renderer = getattr(request, "accepted_renderer", None)
        if response.status_code == HTTPStatus.OK and isinstance(renderer, SAVED):
            name = f"{self.resource}.{renderer.format}"
            response.headers.setdefault("Content-Disposition", f'attachment; filename="{name}"')
        return response

    def answer(
        self,
        content: str | bytes | Sequence[bytes],
        *,
        seq: int | None = None,
        links: Mapping[str, str | None] | None = None,
        media_type: str = "application/json",
        **headers: str,
    ) -> HttpResponse:
        """A finished body, whole or in pieces, as the answer; ``headers`` are named with underscores for hyphens."""
        response = HttpResponse(content_type=media_type)
        if isinstance(content, str | bytes):
            response.content = content
        else:
            response.writelines(content)
            response["Content-Length"] = str(sum(map(len, content)))
        if seq is not None:
            response["X-Dataset-Seq"] = str(seq)
        if header := ", ".join(f'<{url}>; rel="{relation}"' for relation, url in (links or {}).items() if url):
            response["Link"] = header
        for header_name, value in headers.items():
            response[header_name.replace("_", "-")] = value
        return response

    def listing(
        self,
        found: Page,
        results: Iterable[str | bytes],
        *,
        seq: int | None = None,
        count: int | None = None,
        **headers: str,
    ) -> HttpResponse:
        """A page of finished texts in the envelope of our lists, with its Link header."""
        links = self.links(found)
        body = envelope(results, next=links["next"], next_cursor=found.next, previous=links["prev"], count=count)
        return self.answer(body, seq=seq, links=links, **headers)

    def links(self, found: Page) -> dict[str, str | None]:
        """The URLs of the pages beside one."""
        return {
            "next": found.next and self.here_with(cursor=found.next),
            "prev": found.previous and self.here_with(cursor=found.previous),
        }

    def conditional(self, request: Request, etag: str, response: HttpResponse) -> HttpResponse:
        """The response with its ETag, or 304 where the client has it already."""
        if matches(request, etag):
            fresh = HttpResponse(status=304)
            for header_name in ("X-Dataset-Seq", "Link"):
                if header_name in response:
                    fresh[header_name] = response[header_name]
            response = fresh
            del response["Content-Type"]
        response["ETag"] = etag
        return response

    def digested(self, request: Request, response: HttpResponse) -> HttpResponse:
        """The response with a digest of its body as its ETag, or 304: for what changes without the log."""
        digest = hashlib.blake2b(response.content, digest_size=DIGEST_BYTES).hexdigest()
        return self.conditional(request, f'"{digest}"', response)

    def address(self, operation_id: str, **keys: Any) -> str:
        """The path of another operation of the same version of the API."""
        return reverse(f"{self.request.version}:{operation_id}", kwargs=keys)

    def absolute(self, address: str) -> str:
        """A path as a full URL of this site."""
        return self.request.build_absolute_uri(address)

    def here_with(self, **changed: Any) -> str:
        """The full URL of this request with parameters changed; None takes one out."""
        asked = self.request.query_params
        kept = {name: queries.text_of(asked, name) for name in asked if name not in changed}
        given = kept | {name: value for name, value in changed.items() if value is not None}
        return self.absolute(f"{self.request.path}?{written(given)}")


def written(given: Mapping[str, Any]) -> str:
    """Parameters as the addresses that we give out have them."""
    return urlencode(given, safe=",:")


def too_long(asked: QueryDict) -> ParameterError | None:
    """What is wrong with parameters whose `next` would be longer than servers take; the longest is named."""
    lengths = {name: len(written({name: queries.text_of(asked, name)})) for name in asked if name != "cursor"}
    total = sum(lengths.values()) + len(lengths)
    if total <= LONGEST_QUERY:
        return None
    name = max(lengths, key=lambda each: lengths[each])
    detail = (
        f"{name} takes {lengths[name]:,} of {total:,} bytes; all parameters together may have {LONGEST_QUERY:,}, so "
        f"that the address of the next page can be asked for. Example: {name} in two requests, each with half of it."
    )
    return ParameterError(name[:60], "too_long", detail)


def is_no_text(value: Any) -> bool:
    """Whether a value from an address is a text with a character that no text of the record has, such as NUL."""
    return isinstance(value, str) and NO_TEXT.search(value) is not None


def matches(request: Request | HttpRequest, etag: str) -> bool:
    """Whether If-None-Match names the ETag (compared weakly, as RFC 9110 has it) or is a star."""
    header = request.headers.get("If-None-Match", "")
    given = [each.removeprefix("W/") for each in parse_etags(header)]
    return "*" in given or etag.removeprefix("W/") in given


@dataclass(frozen=True, slots=True)
class State:
    """A state of the log: its last sequence number, and the beginning of the hash of that row.

    The number alone would not tell a record from another that went on from a restored copy of it.
    """

    seq: int
    hash: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "State":
        """From the columns of `dataset()`, where they were read encoded too."""
        beginning: str | bytes = row["dataset_hash"]
        return cls(row["dataset_seq"], beginning if isinstance(beginning, str) else beginning.decode())

    @property
    def tag(self) -> str:
        """How ETags begin that hold for this state."""
        return f"{self.seq}-{self.hash}" if self.hash else str(self.seq)


def dataset() -> dict[str, Any]:
    """The state of the log as columns of another query; DATASET names them."""
    head = LogHead.objects.all()
    return {
        "dataset_seq": Coalesce(Subquery(head.values("seq")[:1]), 0),
        "dataset_hash": Coalesce(Subquery(head.values(start=Left("hash", HASH_LENGTH))[:1]), Value("")),
    }


def current_state() -> State:
    """The state of the log now."""
    seq, row_hash = log_state()
    return State(seq, row_hash[:HASH_LENGTH])


def head_seq() -> int:
    """The log's last sequence number; 0 for an empty log."""
    return log_state()[0]


def log_state() -> tuple[int, str]:
    """The log's last sequence number and hash; 0 and nothing for an empty log."""
    rows = prepared("head", lambda: Prepared.of(LogHead.objects.using("public").values("seq", "hash"), [])).rows([])
    return (rows[0]["seq"], rows[0]["hash"]) if rows else (0, "")


def envelope(results: Iterable[str | bytes], **members: Any) -> list[bytes]:
    """The JSON of a page whose results are finished, as text or in UTF-8, in pieces.

    Each is encoded by itself: one letter outside Latin-1 makes a joined text of half a megabyte twice as wide.
    """
    texts = [text if isinstance(text, bytes) else text.encode() for text in results]
    parts = [b","] * (2 * len(texts) - 1) if texts else []
    parts[::2] = texts
    return enclosed(parts, **members)


def enclosed(parts: Iterable[bytes], **members: Any) -> list[bytes]:
    """The JSON of a page from the parts of its results, commas included, in pieces of PIECE bytes or little more."""
    pieces, gathered, size = [], [b'{"results":['], 0
    for part in parts:
        gathered.append(part)
        size += len(part)
        if size >= PIECE:
            pieces.append(b"".join(gathered))
            gathered, size = [], 0
    pieces.append(b"".join([*gathered, b"],", compact(members)[1:].encode()]))
    return pieces
