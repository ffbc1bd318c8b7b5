"""Changes: the publication log as a feed, from which anybody can keep and verify a mirror.

Reading on from the last sequence number misses nothing: numbers are given out in the order of commits.
"""

from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, TextField, Value, When
from django.http import HttpResponse
from rest_framework.request import Request

from incidents import choices
from incidents.api.base import Resource, envelope, head_seq
from incidents.api.filters import codes
from incidents.api.operations import Operation
from incidents.api.parameters import Integer
from incidents.api.problems import InvalidParameters, ParameterError
from incidents.api.renderers import compact
from incidents.documents.log import Change, ChangePage
from incidents.models import Publication
from incidents.rules.log import timestamp

HEADER = ("seq", "operation", "kind", "version", "schema_version", "reason_code", "reason", "survivor", "published_at",
          "hash", "previous_hash", "document_digest")  # fmt: skip


# In the order of the document, written by hand: a serializer for each of 1,000 rows took most of the answer's time.
MEMBERS = tuple(Change().fields)
NO_DOCUMENT = '"document":null'
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
        found: list[dict[str, Any]] = []
        if values["after"] < head:  # a mirror that is up to date asks often, and the head answers it
            rows = Publication.objects.using("public").filter(seq__gt=values["after"], seq__lte=head)
            if values["kind"]:
                rows = rows.filter(kind__in=values["kind"])
            found = list(_with_current_document(rows)[: values["limit"] + 1])
        more, found = len(found) > values["limit"], found[: values["limit"]]
        following = self.here_with(after=found[-1]["seq"]) if more else None
        body = envelope((_text(row) for row in found), next=following, last_seq=head)
        return self.answer(body, seq=head, links={"next": following})


def _with_current_document(rows: QuerySet[Publication]) -> QuerySet[Publication, dict[str, Any]]:
    """The rows in order, with document and salt where no later row about the same object is in the log."""
    # Versions count up with the log, and (kind, object_id, version) is an index.
    later = Publication.objects.filter(
        kind=OuterRef("kind"), object_id=OuterRef("object_id"), version__gt=OuterRef("version")
    )
    current = ~Exists(later) & Q(body__document__isnull=False)
    nothing = Value(None, output_field=TextField())
    found: QuerySet[Publication, dict[str, Any]] = (
        rows.annotate(
            document=Case(When(current, then=F("body__document")), default=nothing),
            salt=Case(When(current, then=F("body__salt")), default=nothing, output_field=TextField()),
        )
        .order_by("seq")
        .values(*HEADER, "object_id", "document", "salt")
    )
    return found


def _text(row: dict[str, Any]) -> str:
    """A row as JSON; the document goes in byte for byte, as it was digested."""
    said = {
        **row,
        "id": str(row["object_id"]),
        "survivor": str(row["survivor"]) if row["survivor"] else None,
        "published_at": timestamp(row["published_at"]),
        "document": None,
    }
    text = compact({name: said[name] for name in MEMBERS})
    # Within a string the quotes would have backslashes: nothing but the member itself reads like this.
    return text.replace(NO_DOCUMENT, f'"document":{row["document"]}', 1) if row["document"] else text
