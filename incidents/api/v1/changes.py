"""Changes: the publication log as a feed, from which anybody can keep and verify a mirror.

Reading on from the last sequence number misses nothing: numbers are given out in the order of commits.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import BigIntegerField, Exists, F, OuterRef, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce
from django.http import HttpResponse
from rest_framework.request import Request

from incidents import choices
from incidents.api.base import Resource, envelope, head_seq
from incidents.api.filters import codes
from incidents.api.operations import Operation
from incidents.api.parameters import Integer
from incidents.api.problems import InvalidParameters, ParameterError
from incidents.documents.log import Change, ChangePage
from incidents.models import Publication, PublicationBody
from incidents.models.json_text import Formatted, Hyphenated, Moment, Quoted
from incidents.models.prepared import Prepared, blank, prepared

# In the order of the document, written by hand: a serializer for each of 1,000 rows took most of the answer's time, and
# loading the columns and formatting them in Python half of what was left. Codes, ids and digests need no escape.
BARE = frozenset({"seq", "version", "document", "reason", "survivor", "salt"})
NAMES = tuple(map(str, Change().fields))
MEMBERS = ",".join(f'"{name}":%s' if name in BARE else f'"{name}":"%s"' for name in NAMES)
TEMPLATE = f"{{{MEMBERS}}}"
NULL = Cast(Value("null"), TextField())
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
                "order of the log. A row holds its document and salt where it is the object's current version; older "
                "versions come from `history/` and `at_seq`. Follow `next`; when it is null you have everything up to "
                "`last_seq`: ask again later with `after` = `last_seq`."
            ),
            answer=ChangePage,
            parameters={
                "after": Integer(
                    "Rows after this sequence number, at most that of the head; 0 begins.", default="0", example="0"
                ),
                "kind": codes("Only rows about these kinds of object.", choices.PublicKind, "incident"),
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
        head = head_seq()
        if values["after"] > head:
            raise InvalidParameters(ParameterError("after", "beyond_log", BEYOND.format(values["after"], head)))
        found: list[Sequence[Any]] = []
        if values["after"] < head:  # a mirror that is up to date asks often, and the head answers it
            kinds = tuple(values["kind"] or ())
            statement = prepared(("changes", kinds, values["limit"]), lambda: _statement(kinds, values["limit"] + 1))
            found = statement.tuples([values["after"], head], encoded=True)
        more, found = len(found) > values["limit"], found[: values["limit"]]
        following = self.here_with(after=found[-1][0]) if more else None
        body = envelope((text for _, text in found), next=following, last_seq=head)
        return self.answer(body, seq=head, links={"next": following})


def _statement(kinds: Sequence[str], limit: int) -> Prepared:
    """The rows after one number up to another, in order, each as its number and its JSON.

    With salt and document where no later row about the same object is in the log. They are looked up row by row:
    joined, all bodies below the first row are read as well, or all rows up to the head written and sorted.
    """
    after, head = (blank(field, position) for position, field in enumerate(PLACES))
    rows = Publication.objects.using("public").filter(seq__gt=after, seq__lte=head)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    # Versions count up with the log, and (kind, object_id, version) is an index.
    later = Publication.objects.filter(
        kind=OuterRef(OuterRef("kind")), object_id=OuterRef(OuterRef("object_id")),
        version__gt=OuterRef(OuterRef("version")),
    )  # fmt: skip
    current = PublicationBody.objects.filter(~Exists(later), publication=OuterRef("seq"), document__isnull=False)
    with_body = current.values(text=_written(OuterRef, document=F("document"), salt=Quoted(F("salt"))))
    without = _written(F, document=NULL, salt=NULL)
    text = Coalesce(Subquery(with_body), without)
    return Prepared.of(rows.annotate(text=text).order_by("seq").values("seq", "text")[:limit], PLACES)


def _written(column: Callable[[str], Any], *, document: Any, salt: Any) -> Formatted:
    """A row as JSON, with document and salt as JSON: the document byte for byte, as it was digested."""
    members = {name: column(name) for name in NAMES if name not in {"id", "document", "salt"}} | {
        "id": Hyphenated(column("object_id")),
        "document": document,
        "reason": Quoted(column("reason")),
        "survivor": Quoted(Hyphenated(column("survivor"))),
        "published_at": Moment(column("published_at")),
        "salt": salt,
    }
    return Formatted(Value(TEMPLATE), *(members[name] for name in NAMES))
