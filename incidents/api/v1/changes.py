"""Changes: the publication log as a feed, from which anybody can keep and verify a mirror.

Reading on from the last sequence number misses nothing: numbers are given out in the order of commits.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import BigIntegerField, Case, Exists, OuterRef, Q, TextField, Value, When
from django.db.models.functions import Concat
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
from incidents.models.prepared import Prepared, blank, prepared
from incidents.rules.log import timestamp

HEADER = ("seq", "operation", "kind", "object_id", "version", "schema_version", "reason_code", "reason", "survivor",
          "published_at", "hash", "previous_hash", "document_digest")  # fmt: skip
# In the order of the document, written by hand: a serializer for each of 1,000 rows took most of the answer's time.
# Codes, ids and digests need no escape; what may be null or is a person's text is JSON by itself.
BARE = frozenset({"seq", "version", "reason", "survivor", "salt"})
NAMES = tuple(map(str, Change().fields))
TEMPLATE = ",".join(f'"{name}":%({name})s' if name in BARE else f'"{name}":"%({name})s"' for name in NAMES)
BEFORE, AFTER = f"{{{TEMPLATE}}}".split('"%(document)s"')
PLACES = [BigIntegerField(), BigIntegerField()]
SALT_LENGTH = 32
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
            kinds = tuple(values["kind"] or ())
            statement = prepared(("changes", kinds, values["limit"]), lambda: _statement(kinds, values["limit"] + 1))
            found = statement.rows([values["after"], head], encoded=True)
        more, found = len(found) > values["limit"], found[: values["limit"]]
        following = self.here_with(after=found[-1]["seq"]) if more else None
        body = envelope(map(_encoded, found), next=following, last_seq=head)
        return self.answer(body, seq=head, links={"next": following})


def _statement(kinds: Sequence[str], limit: int) -> Prepared:
    """The rows after one number up to another, in order.

    With salt and document in one where no later row about the same object is in the log, so that this is asked once.
    """
    after, head = (blank(field, position) for position, field in enumerate(PLACES))
    rows = Publication.objects.using("public").filter(seq__gt=after, seq__lte=head)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    # Versions count up with the log, and (kind, object_id, version) is an index.
    later = Publication.objects.filter(
        kind=OuterRef("kind"), object_id=OuterRef("object_id"), version__gt=OuterRef("version")
    )
    current = ~Exists(later) & Q(body__document__isnull=False)
    salted = Concat("body__salt", "body__document", output_field=TextField())
    body = Case(When(current, then=salted), default=Value(None, output_field=TextField()))
    return Prepared.of(rows.annotate(body_text=body).order_by("seq").values(*HEADER, "body_text")[:limit], PLACES)


def _encoded(row: dict[str, Any]) -> bytes:
    """A row as JSON; the document goes in byte for byte, as it was digested."""
    body, reason, survivor = row["body_text"], row["reason"], row["survivor"]
    body = body.encode() if isinstance(body, str) else body
    row["id"] = row["object_id"]
    row["published_at"] = timestamp(row["published_at"])
    row["reason"] = compact(reason.decode() if isinstance(reason, bytes) else reason)
    row["survivor"] = f'"{survivor}"' if survivor else "null"
    row["salt"] = f'"{body[:SALT_LENGTH].decode()}"' if body else "null"
    document = body[SALT_LENGTH:] if body else b"null"
    return b"".join(((BEFORE % row).encode(), document, (AFTER % row).encode()))
