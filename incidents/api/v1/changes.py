"""Changes: the publication log as a feed, from which anybody can keep and verify a mirror.

Reading on from the last sequence number misses nothing: numbers are given out in the order of commits.
"""

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import BigIntegerField, Case, Exists, F, FilteredRelation, OuterRef, Q, When
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from rest_framework.request import Request

from incidents import choices
from incidents.api.base import Resource, current_state, enclosed, matches
from incidents.api.filters import codes
from incidents.api.operations import Operation
from incidents.api.pagination import digest
from incidents.api.parameters import Boolean, Integer
from incidents.api.problems import InvalidParameters, ParameterError
from incidents.documents.log import Change, ChangePage
from incidents.documents.upgrades import SCHEMA_VERSION
from incidents.models import Publication, PublicIncident
from incidents.models.json_text import Hyphenated, Joined, Literal, Moment, Quoted
from incidents.models.prepared import Prepared, blank, column, prepared
from incidents.rules.publication.board import TABLES

# In the order of the document, written by hand: a serializer for each of 1,000 rows took most of the answer's time, and
# loading the columns and formatting them in Python half of what was left. Codes, ids and digests need no escape.
BARE = frozenset({"seq", "version", "reason", "survivor"})
*NAMES, _ = map(str, Change().fields)  # without the last, the document
SALT, DOCUMENT = b'"salt":', b',"document":'
PLACES = [BigIntegerField(), BigIntegerField()]
BEYOND = (
    "after={} lies beyond the head of this log, which is {}: this is not the log that the mirror was made from. "
    "Example: after=0 begins anew."
)


class Changes(Resource):
    """Every publication, withdrawal, merge and redaction, in the order of the log."""

    resource = "changes"
    operations = {
        "page": Operation(
            id="changes_list",
            path="",
            summary="The publication log",
            description=(
                "Every publication, withdrawal (a tombstone), merge and redaction after a sequence number, in the "
                "order of the log. A row holds its document and salt where it is the object's current version, with "
                "`earlier=true` each row that publishes one, unless it was emptied. Follow `next`; when it is null you "
                "have everything up to `last_seq`: ask again later with `after` = `last_seq`."
            ),
            answer=ChangePage,
            conditional=True,
            parameters={
                "after": Integer(
                    "Rows after this sequence number, at most that of the head; 0 begins.", default="0", example="0"
                ),
                "kind": codes("Only rows about these kinds of object.", choices.PublicKind, "incident"),
                "earlier": Boolean(
                    "Also the documents of earlier versions, each as it was published under its `schema_version`: what "
                    "stood there on a day can be verified like what stands there now.",
                    example="true",
                ),
                "limit": Integer(
                    "How many rows a page has, 100 unless told.", low=1, high=1000, default="100", example="1000"
                ),
            },
        ),
    }

    def page(self, request: Request) -> HttpResponse:
        """Rows after ``after``, at most ``limit``, up to the head of the log as it was first read."""
        values = self.values
        # Read before the rows: what is committed in between comes with the next request and is not lost.
        state = current_state()
        head = state.seq
        if values["after"] > head:
            raise InvalidParameters(ParameterError("after", "beyond_log", BEYOND.format(values["after"], head)))
        # What was current then may be so no more where the rows are read: the head has moved on, and the ETag with it.
        etag = f'W/"{state.tag}-{digest({**values, "schema": SCHEMA_VERSION})}"'
        if matches(request, etag):
            return self.conditional(request, etag, self.answer("", seq=head))
        found: Sequence[dict[str, Any]] = []
        if values["after"] < head:  # a mirror that is up to date asks often, and the head answers it
            kinds, earlier = tuple(values["kind"] or ()), bool(values["earlier"])
            statement = prepared(
                ("changes", kinds, earlier, values["limit"]),
                lambda: _statement(kinds, values["limit"] + 1, earlier=earlier),
                kept=False,
            )
            last = _last(kinds, values["after"], values["limit"] + 1, head)
            found = statement.rows([values["after"], last], encoded=True)
        more, found = len(found) > values["limit"], found[: values["limit"]]
        following = self.here_with(after=found[-1]["seq"]) if more else None
        body = enclosed(_parts(found), next=following, last_seq=head)
        return self.answer(body, seq=head, links={"next": following}, ETag=etag)


def _last(kinds: Sequence[str], after: int, count: int, head: int) -> int:
    """The number of the last of so many rows after one: without it the database would weigh all up to the head."""
    if not kinds:  # numbers have no gaps
        return min(head, after + count)
    rows = Publication.objects.using("public").filter(seq__gt=after, seq__lte=head, kind__in=kinds)
    numbers = list(rows.order_by("seq").values_list("seq", flat=True)[:count])
    return numbers[-1] if len(numbers) == count else head


def _parts(rows: Sequence[dict[str, Any]]) -> Iterator[bytes]:
    """The JSON of the rows in pieces, so that no document is copied before the whole answer is put together."""
    sign = b""
    for text, document in zip(column(rows, "text"), column(rows, "stored"), strict=True):
        members = sign + _encoded(text)
        if document is None:
            yield members[: members.rindex(SALT)] + SALT + b"null" + DOCUMENT + b"null}"
        else:
            yield members
            yield _encoded(document)
            yield b"}"
        sign = b","


def _encoded(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _statement(kinds: Sequence[str], limit: int, *, earlier: bool) -> Prepared:
    """The rows after one number up to another, in order, each as its number, its JSON up to the document, and that.

    Without `earlier` only where it is its object's current one, which the index knows by its number. The numbers bound
    bodies and index as well: the database would read all of these otherwise, or look up each by itself.
    """
    after, last = (blank(field, position) for position, field in enumerate(PLACES))
    within = Q(seq__gt=after, seq__lte=last)
    rows = Publication.objects.using("public").filter(within)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    tables = sorted(TABLES.values(), key=lambda table: table is not PublicIncident)  # most rows are about incidents
    current = reduce(or_, (Exists(table._default_manager.filter(within, seq=OuterRef("seq"))) for table in tables))
    rows = rows.annotate(
        bodies=FilteredRelation("body", condition=Q(body__publication__gt=after, body__publication__lte=last)),
        text=_written(),
        stored=F("bodies__document") if earlier else Case(When(current, then=F("bodies__document"))),
    )
    return Prepared.of(rows.order_by("seq").values("seq", "text", "stored")[:limit], PLACES)


def _written() -> Joined:
    """A row as JSON up to its document, with the salt of its body."""
    columns = {name: F(name) for name in NAMES} | {
        "id": Hyphenated(F("object_id")),
        "reason": Quoted(F("reason")),
        "survivor": Coalesce(Joined(Literal('"'), Hyphenated(F("survivor")), Literal('"')), Literal("null")),
        "published_at": Moment(F("published_at")),
        "salt": Coalesce(F("bodies__salt"), Literal("")),
    }
    parts: list[Any] = []
    sign = "{"
    for name in NAMES:
        quote = "" if name in BARE else '"'
        parts += [Literal(f'{sign}"{name}":{quote}'), columns[name]]
        sign = f"{quote},"
    return Joined(*parts, Literal(f'"{DOCUMENT.decode()}'))
