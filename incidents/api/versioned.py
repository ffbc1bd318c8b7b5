"""Resources over published objects: the current document as in stored.py, every version, and the document as it was.

What is not current any more is answered from the log: 308 after a merge, 410 with a tombstone after a withdrawal.
"""

import json
from datetime import datetime, time, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Case, Q, QuerySet, Value, When
from django.http import HttpResponse, HttpResponsePermanentRedirect
from django.utils import timezone
from rest_framework.request import Request

from incidents import choices
from incidents.api import pagination
from incidents.api.base import head_seq
from incidents.api.operations import Operation
from incidents.api.pagination import Ordering, Turn
from incidents.api.parameters import Integer, Moment, Parameter
from incidents.api.problems import InvalidParameters, NotFound, ParameterError, Problem
from incidents.api.renderers import compact
from incidents.api.stored import ReadOnly, Row, refuse_what_is_to_come
from incidents.documents.fields import COUNT_MAX
from incidents.documents.log import Tombstone, Version
from incidents.documents.upgrades import SCHEMA_VERSION, upgrade
from incidents.models import Publication

# A redaction publishes too: the object as it is after its earlier versions were erased.
WITH_DOCUMENT = (choices.Operation.PUBLISH, choices.Operation.REDACT)
EARLIEST_ZONE = timedelta(hours=14)  # a date alone means its end in UTC, and somewhere it is tomorrow already
LOG_COLUMNS = ("seq", "version", "operation", "reason_code", "reason", "survivor", "published_at", "hash")


def is_to_come(moment: datetime) -> bool:
    """Whether a moment lies ahead; a date alone, which is its last moment, does once it has begun nowhere."""
    now = timezone.now()
    return moment.date() > (now + EARLIEST_ZONE).date() if moment.time() == time.max else moment > now


class StoredResource(ReadOnly):
    """A resource over published objects of one kind of the log, with its history and its earlier states."""

    kind: ClassVar[choices.PublicKind]

    @classmethod
    def declared(cls) -> dict[str, Operation]:
        return {**super().declared(), "history": cls.history_operation()}

    @classmethod
    def one_operation(cls) -> Operation:
        return Operation(
            id=f"{cls.resource}_get", path="<uuid:id>/", summary=f"One {cls.singular}, as it is or as it was",
            description="As it is published now, or was at `at_seq` or `at`. What was withdrawn is a 410 with its "
            "tombstone, and what was merged leads to where it went (308).",
            answer=cls.document, parameters=EARLIER, sparse=True, conditional=True, gone=True,
        )  # fmt: skip

    @classmethod
    def history_operation(cls) -> Operation:
        return Operation(
            id=f"{cls.resource}_history", path="<uuid:id>/history/", summary=f"Versions of one {cls.singular}",
            description="Every row of the log about it, newest first; it stays readable after a withdrawal.",
            answer=Version, page=True, parameters=pagination.parameters(f"{cls.resource}/history"),
        )  # fmt: skip

    def one(self, request: Request, id: UUID) -> HttpResponse:  # noqa: A002 -- the name in the address
        """The current document, or the one that was current at ?at_seq or ?at."""
        if self.values["at_seq"] is not None or self.values["at"] is not None:
            return self.earlier(request, id)
        return super().one(request, id)

    def log(self, public_id: UUID) -> QuerySet[Publication]:
        """The log's rows about one object."""
        return Publication.objects.using("public").filter(kind=self.kind, object_id=public_id)

    def earlier(self, request: Request, public_id: UUID) -> HttpResponse:
        """The document that was current at a place in the log or at a moment; 404 before the first."""
        at_seq, at = self.values["at_seq"], self.values["at"]
        if at_seq is not None and at is not None:
            detail = "at_seq and at exclude each other. Example: at_seq=1."
            raise InvalidParameters(ParameterError("at", "contradiction", detail))
        seq = head_seq()
        refuse_what_is_to_come("at_seq", at_seq, seq)
        if at is not None and is_to_come(at):
            detail = "at lies in the future, of which nothing is known. Example: at=2025-04-09."
            raise InvalidParameters(ParameterError("at", "to_come", detail))
        limits: dict[str, Any] = {"seq__lte": at_seq} if at is None else {"published_at__lte": at}
        row = self.log(public_id).filter(**limits).order_by("-seq").values(
            *LOG_COLUMNS, "schema_version", "body__document"
        ).first()  # fmt: skip
        if row is None:
            raise NotFound
        if row["operation"] not in WITH_DOCUMENT:
            return self.gone(row)
        if row["body__document"] is None:
            raise Problem(
                "redacted",
                "The document of this version was erased; its row in the log and its digest remain.",
                extension={"tombstone": Tombstone(row).data},
            )
        text = row["body__document"]
        if row["schema_version"] != SCHEMA_VERSION:
            text = compact(upgrade(self.kind, json.loads(text), row["schema_version"]))
        stored = {"public_id": public_id, "version": row["version"], "document": text}
        return self.document_answer(request, stored, seq=seq, at=row["published_at"])

    def absent(self, public_id: UUID) -> HttpResponse:
        row = self.log(public_id).order_by("-seq").values(*LOG_COLUMNS).first()
        if row is None or row["operation"] in WITH_DOCUMENT:
            raise NotFound
        return self.gone(row)

    def gone(self, row: Row) -> HttpResponse:
        """308 to the survivor of a merge; raises 410 with the tombstone of a withdrawal."""
        if row["operation"] == choices.Operation.MERGE and row["survivor"]:
            address = self.address(f"{self.resource}_get", id=row["survivor"])
            query = self.request.META.get("QUERY_STRING", "")
            return HttpResponsePermanentRedirect(f"{address}?{query}" if query else address, preserve_request=True)
        raise Problem(
            "withdrawn",
            f"Withdrawn at sequence number {row['seq']}: {row['reason_code']}.",
            extension={"tombstone": Tombstone(row).data},
        )

    def history(self, request: Request, id: UUID) -> HttpResponse:  # noqa: A002 -- the name in the address
        """The versions of one object, newest first."""
        erased = Q(operation__in=WITH_DOCUMENT, body__document__isnull=True)
        found = pagination.page(
            lambda: self.log(id).annotate(redacted=Case(When(erased, Value(value=True)), default=Value(value=False))),
            Turn(
                resource=f"{self.resource}/history",
                ordering=Ordering("-seq", ("seq",), descending=True),
                filters=str(id),
                limit=self.values["limit"],
                cursor=self.values["cursor"],
                columns=(*LOG_COLUMNS, "redacted"),
            ),
        )
        if not found.rows and self.values["cursor"] is None:
            raise NotFound
        return self.listing(
            found,
            [compact(version) for version in Version(found.rows, many=True).data],
            count=self.log(id).count() if self.values["count"] else None,
        )


EARLIER: dict[str, Parameter] = {
    "at_seq": Integer(
        "As it was at this sequence number of the log; 404 before it was published.",
        low=1, high=COUNT_MAX, example="1",
    ),
    "at": Moment(
        "As it was at this moment (ISO 8601, UTC unless it says otherwise); a date alone means the end of that day.",
        example="2025-04-09",
    ),
}  # fmt: skip
