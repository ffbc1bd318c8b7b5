"""Resources whose documents are stored: list and detail straight from index tables; what was before is versioned.py's.

A list joins the bytes of stored documents; they are parsed only for ?fields, ?omit and formats other than JSON.
JSON comes in pages and NDJSON whole; other formats come whole unless ?limit or ?cursor asks for a page.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, TypeAlias
from uuid import UUID

from django.db.models import Model, QuerySet, UUIDField
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from incidents.api import limits, pagination
from incidents.api.base import DATASET, Resource, State, current_state, dataset, head_seq, matches
from incidents.api.filters import FilterSet
from incidents.api.operations import Operation
from incidents.api.pagination import Cursor, Ordering, Page, Turn
from incidents.api.parameters import Parameter
from incidents.api.problems import InvalidParameters, NotFound, ParameterError
from incidents.api.renderers import JSON, NDJSON, Format, only, with_charset, with_members
from incidents.api.writers import Lines, Writer, encoded
from incidents.documents.upgrades import SCHEMA_VERSION
from incidents.models.prepared import Prepared, blank, column, prepared, sending_ahead
from incidents.models.reading import one_state

Row: TypeAlias = dict[str, Any]

STREAM_PAGE = 1000
DIGEST_BYTES = 6
PAGING = frozenset({"limit", "cursor"})


class ReadOnly(Resource):
    """A resource over one index table whose column ``document`` is what is served."""

    singular: ClassVar[str] = ""
    model: ClassVar[type[Model]]
    document: ClassVar[type[Serializer[Any]]]
    filterset: ClassVar[type[FilterSet]]
    orderings: ClassVar[Mapping[str, str]] = {"seq": "seq"}
    ordering: ClassVar[str] = "seq"
    columns: ClassVar[tuple[str, ...]] = ()
    state: ClassVar[str] = "version"
    reads_more: ClassVar[bool] = False  # whether additions ask the database
    admitting = frozenset({"page", "one"})
    formats: ClassVar[tuple[type[Format], ...]] = (JSON, NDJSON)
    writers: ClassVar[Mapping[str, Writer]] = {}
    list_parameters: ClassVar[Mapping[str, Parameter]] = {}
    only_in: ClassVar[Mapping[str, str]] = {}  # parameters that mean something in one format alone

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.resource:
            cls.operations = cls.declared()

    @classmethod
    def declared(cls) -> dict[str, Operation]:
        """Its operations: the method that answers each, and what OpenAPI says of it."""
        return {"page": cls.list_operation(), "one": cls.one_operation()}

    @classmethod
    def list_operation(cls) -> Operation:
        component = f"{cls.singular.capitalize()}Ordering"
        ordering = {"ordering": pagination.ordering_parameter(cls.orderings, cls.ordering, component)}
        return Operation(
            id=f"{cls.resource}_list",
            path="",
            summary=f"List {cls.resource}",
            description=described(cls),
            answer=cls.document,
            parameters={**ordering, **cls.list_parameters, **pagination.parameters(cls.resource)},
            filterset=cls.filterset,
            formats=cls.formats,
            page=True,
            sparse=True,
            conditional=True,
        )

    @classmethod
    def one_operation(cls) -> Operation:
        return Operation(
            id=f"{cls.resource}_get", path="<uuid:id>/", summary=f"One {cls.singular}", answer=cls.document,
            sparse=True, conditional=True,
        )  # fmt: skip

    def rows(self) -> QuerySet[Any]:
        """The rows of the index table, through the alias that may read nothing else."""
        return self.model._default_manager.using("public")

    def selected(self) -> QuerySet[Any]:
        """The rows that the filters of this request let through."""
        return self.filterset.narrow(self.rows(), self.values)

    @property
    def unfiltered(self) -> bool:
        """Whether this request has no filter."""
        return all(self.values[name] is None for name in self.filterset.parameters())

    def additions(self, rows: Sequence[Row], at: datetime | None = None) -> Sequence[Mapping[str, Any]]:
        """What is computed for each row when it is read: an object of further members for each, or nothing at all.

        A row has public_id, document and the columns named in ``columns``. ``at`` is given for an earlier state.
        """
        return ()

    def etag(self, row: Row) -> str:
        """The strong ETag of a row's document: which version it says it is, and a digest of what it says.

        A record that went on from a restored copy may have another document of the same version.
        """
        return f'"{row[self.state]}-{document_digest(row["document"])}"'

    def texts(self, rows: Sequence[Row], at: datetime | None = None) -> list[Any]:
        """The documents of the rows as they are served, additions and ?fields and ?omit considered.

        Text, or bytes where the rows were read encoded.
        """
        documents = column(rows, "document")
        if rows and (added := self.additions(rows, at)):
            documents = [with_members(text, members) for text, members in zip(documents, added, strict=True)]
        names, omitted = self.values.get("fields"), self.values.get("omit")
        if names or omitted:
            documents = [only(text, names or omitted or (), omitted=bool(omitted)) for text in documents]
        return documents

    def page(self, request: Request) -> HttpResponse | StreamingHttpResponse:
        """A page of the list, or all of it, in the format asked for."""
        wanted = str(request.accepted_renderer.format)
        self.refuse_what_the_format_ignores(wanted)
        if "If-None-Match" in request.headers:
            limits.admit(request)
            state = current_state()
            if matches(request, self.list_etag(state, wanted)):
                return self.conditional(request, self.list_etag(state, wanted), self.answer("", seq=state.seq))
        if wanted != "json" and not request.query_params.keys() & PAGING:
            return self.stream(request, Lines() if wanted == "ndjson" else self.writers[wanted])
        values = self.values
        found = self.found() if self.in_one_statement else None
        if found is not None and found.rows:
            state, texts, count = State.of(found.rows[0]), self.texts(found.rows), None
        else:
            # More than one statement, or no row that says at which state it was read.
            with one_state("public"):
                found = self.found()
                state = State.of(found.rows[0]) if found.rows else current_state()
                texts = self.texts(found.rows)
                count = self.selected().count() if values["count"] else None
            refuse_what_is_to_come("after_seq", values.get("after_seq"), state.seq)
        seq, etag = state.seq, self.list_etag(state, wanted)
        if wanted == "json":
            return self.listing(found, texts, seq=seq, count=count, ETag=etag)
        writer, links = self.writers[wanted], self.links(found)
        parts = (
            writer.opening(values),
            writer.rows(texts, values, first=True),
            writer.closing(len(texts), seq, links["next"]),
        )
        further = {"ETag": etag} | ({"X_Next_Cursor": found.next} if found.next else {})
        media_type = with_charset(str(request.accepted_renderer.media_type))
        return self.answer(b"".join(map(encoded, parts)), seq=seq, links=links, media_type=media_type, **further)

    @property
    def in_one_statement(self) -> bool:
        """Whether one statement reads all that the answer says of the record."""
        return not self.values["count"] and not self.reads_more

    def found(self) -> Page:
        """The page asked for; its rows say at which state of the log they were read."""
        return pagination.page(
            lambda: self.selected().annotate(**dataset()),
            self.turn(self.values["limit"], self.values["cursor"], ("public_id", "document", *DATASET, *self.columns)),
            unfiltered=self.unfiltered,
            encoded=self.as_stored,
            meanwhile=partial(limits.admit, self.request),
        )

    def list_etag(self, state: State, wanted: str) -> str:
        """A weak ETag of a list: the state of the log, what was asked in which format, and the day.

        Names in the gazetteer and how an inquiry stands change without the log: of these it is right within a day.
        """
        asked = {**self.values, "format": wanted, "day": timezone.now().date(), "schema": SCHEMA_VERSION}
        return f'W/"{state.tag}-{pagination.digest(asked)}"'

    def refuse_what_the_format_ignores(self, wanted: str) -> None:
        """Raises InvalidParameters where a parameter was given that means nothing in the format asked for."""
        ignored: dict[str, str] = {}
        if wanted != "json":
            ignored["count"] = f"cannot be said in {wanted}"
        if wanted == "ndjson":
            ignored |= dict.fromkeys(PAGING, "divides pages, and ndjson has none: it answers everything that matches")
        elif wanted != "json":
            ignored |= dict.fromkeys(("fields", "omit"), f"chooses members of JSON documents, and {wanted} has none")
        asked = self.request.query_params
        # Generated clients send every default that the OpenAPI document has.
        for name, belongs_to in self.only_in.items():
            if wanted != belongs_to and asked.get(name) != self.list_parameters[name].default:
                ignored[name] = f"shapes {belongs_to}, and {wanted} was asked for"
        errors = []
        for name in sorted(ignored.keys() & asked.keys()):
            example = f"leave it out, or format={self.only_in.get(name, 'json')}."
            errors.append(ParameterError(name, "not_in_this_format", f"{name} {ignored[name]}. Example: {example}"))
        if errors:
            raise InvalidParameters(*errors)

    def turn(self, limit: int, cursor: Cursor | None, columns: Sequence[str]) -> Turn:
        """A page of this request's list; a cursor holds for one set of filters."""
        filters = pagination.digest({name: self.values[name] for name in self.filterset.parameters()})
        ordering = Ordering.of(self.values["ordering"], self.orderings)
        return Turn(self.resource, ordering, filters, limit, cursor, columns)

    def stream(self, request: Request, writer: Writer) -> StreamingHttpResponse:
        """Every document that the filters let through, at one state of the log.

        The header has the state before that: a mirror that reads on from there misses nothing.
        """
        state = current_state()
        refuse_what_is_to_come("after_seq", self.values.get("after_seq"), state.seq)
        self.selected()  # refuses what it will not search, before anything is answered
        # It begins with the first piece: one that is begun and dropped would end its transaction whenever Python
        # collects it, in the middle of another statement of the same thread, which then waits for itself.
        pieces = self.pieces(writer) if request.method != "HEAD" else iter(())
        media_type = with_charset(str(request.accepted_renderer.media_type))
        response = StreamingHttpResponse(pieces, content_type=media_type)
        response["X-Dataset-Seq"] = str(state.seq)
        response["ETag"] = self.list_etag(state, str(request.accepted_renderer.format))
        return response

    def pieces(self, writer: Writer) -> Iterator[bytes]:
        """The pieces of an answer that holds everything, one for each page read."""
        count = 0
        turn = self.turn(STREAM_PAGE, None, ("public_id", "document", *self.columns))
        with one_state("public"):
            seq, selected = head_seq(), self.selected()
            yield writer.opening(self.values).encode()
            with nullcontext() if self.adds else sending_ahead("public"):
                for rows in pagination.pages(
                    lambda: selected, turn, unfiltered=self.unfiltered, encoded=self.as_stored
                ):
                    yield encoded(writer.rows(self.texts(rows), self.values, first=count == 0))
                    count += len(rows)
        yield writer.closing(count, seq).encode()

    def one(self, request: Request, id: UUID) -> HttpResponse:  # noqa: A002 -- the name in the address
        """The current document."""
        row = self.current(id)
        if row is None:
            return self.absent(id)
        return self.document_answer(request, row, seq=row["dataset_seq"])

    def current(self, public_id: UUID) -> Row | None:
        """The row of one object with the log's last sequence number, None where there is none."""
        names = (self.state, "document", *DATASET, *self.columns)
        if self.columns:
            found = self.rows().filter(public_id=public_id).annotate(**dataset()).values(*names).first()
            return None if found is None else {**found, "public_id": public_id}
        statement = prepared((self.resource, "one"), lambda: self.current_statement(names))
        answer = statement.sent([public_id], encoded=self.as_stored)
        limits.admit(self.request)
        rows = answer()
        return {**rows[0], "public_id": public_id} if rows else None

    def current_statement(self, names: Sequence[str]) -> Prepared:
        """The columns of the row of one object, which its id tells."""
        field = UUIDField()
        rows = self.rows().filter(public_id=blank(field, 0)).annotate(**dataset())
        return Prepared.of(rows.values(*names), [field])

    @property
    def as_stored(self) -> bool:
        """Whether documents are served byte for byte as they are stored."""
        return not self.adds and not self.values.get("fields") and not self.values.get("omit")

    @property
    def adds(self) -> bool:
        """Whether documents have members that are computed when they are read, for which the database may be asked."""
        return type(self).additions is not ReadOnly.additions

    def absent(self, public_id: UUID) -> HttpResponse:
        """What is answered where there is no current document."""
        raise NotFound

    def document_answer(
        self, request: Request, row: Row, *, seq: int | None, at: datetime | None = None
    ) -> HttpResponse:
        """One document with its ETag, or 304."""
        shrunk = self.values.get("fields") or self.values.get("omit")
        etag = self.etag(row)
        if shrunk:
            chosen = pagination.digest({"fields": self.values["fields"], "omit": self.values["omit"]})
            etag = f'{etag[:-1]}-{chosen}"'
        if matches(request, etag):
            return self.conditional(request, etag, self.answer("", seq=seq))
        links = {"collection": self.absolute(self.address(f"{self.resource}_list"))}
        if "history" in self.operations:
            links["version-history"] = self.absolute(self.address(f"{self.resource}_history", id=row["public_id"]))
        return self.conditional(request, etag, self.answer(self.texts([row], at)[0], seq=seq, links=links))


def document_digest(document: str | bytes) -> str:
    """The beginning of a digest of a stored document."""
    text = document if isinstance(document, bytes) else document.encode()
    return hashlib.blake2b(text, digest_size=DIGEST_BYTES).hexdigest()


def refuse_what_is_to_come(name: str, asked: int | None, last: int) -> None:
    """Raises InvalidParameters where a sequence number lies beyond the end of the log."""
    if asked is not None and asked > last:
        detail = (
            f"{name}={asked} lies beyond the head of this log, which is {last}: nothing is known of it yet, or this is "
            f"not the log that the number is from. Example: {name}={last}."
        )
        raise InvalidParameters(ParameterError(name, "beyond_log", detail))


def described(resource: type[Resource]) -> str:
    """The docstring of a resource, for people who read the OpenAPI document."""
    return " ".join((resource.__doc__ or "").split())
