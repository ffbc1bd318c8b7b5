"""What the log says of a record of the working database: draft, published, changed since, withdrawn, merged.

Read by subqueries on the log, so that a list of a hundred records costs the query of the list and no more.
"""

from typing import Any, TypeVar

from django.db.models import F, Model, OuterRef, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from incidents.choices import Operation, PublicKind
from incidents.models import (
    Actor,
    Attribution,
    Claim,
    Document,
    Incident,
    Investigation,
    Publication,
    PublicIncident,
    Source,
)

M = TypeVar("M", bound=Model)

KINDS: dict[type[Model], PublicKind] = {
    Incident: PublicKind.INCIDENT,
    Investigation: PublicKind.INVESTIGATION,
    Actor: PublicKind.PERPETRATOR,
    Source: PublicKind.SOURCE,
    Document: PublicKind.DOCUMENT,
}
DRAFT, PUBLISHED, CHANGED, WITHDRAWN, MERGED = "draft", "published", "changed", "withdrawn", "merged"
NAMES: dict[str, Promise] = {
    DRAFT: _("Draft"),
    PUBLISHED: _("Published"),
    CHANGED: _("Changed since it was published"),
    WITHDRAWN: _("Withdrawn"),
    MERGED: _("Merged into another"),
}
GONE = {Operation.WITHDRAW.value: WITHDRAWN, Operation.MERGE.value: MERGED}


def annotate(queryset: QuerySet[M]) -> QuerySet[Any]:
    """Add the last operation on each record, its version and its time, all from the log."""
    latest = Publication.objects.filter(kind=KINDS[queryset.model], object_id=OuterRef("public_id")).order_by(
        "-version"
    )
    return queryset.annotate(
        last_operation=Subquery(latest.values("operation")[:1]),
        public_version=Subquery(latest.values("version")[:1]),
        public_since=Subquery(latest.values("published_at")[:1]),
    )


def annotate_killed(queryset: QuerySet[M]) -> QuerySet[Any]:
    """Add the published figures of those killed to a query of incidents."""
    published = PublicIncident.objects.filter(public_id=OuterRef("public_id"))
    return queryset.annotate(
        public_low=Subquery(published.values("killed_low")[:1]),
        public_best=Subquery(published.values("killed_best")[:1]),
        public_high=Subquery(published.values("killed_high")[:1]),
    )


def of(row: Any) -> str:
    """The state of one annotated record."""
    if row.last_operation is None:
        return DRAFT
    if row.last_operation in GONE:
        return GONE[row.last_operation]
    return CHANGED if row.updated_at > row.public_since else PUBLISHED


def in_state(queryset: QuerySet[M], state: str | None) -> QuerySet[M]:
    """The annotated records that are in a state."""
    if state == DRAFT:
        return queryset.filter(last_operation=None)
    for operation, name in GONE.items():
        if state == name:
            return queryset.filter(last_operation=operation)
    there = queryset.filter(last_operation__isnull=False).exclude(last_operation__in=GONE)
    if state == CHANGED:
        return there.filter(updated_at__gt=F("public_since"))
    return there.filter(updated_at__lte=F("public_since"))


def is_kept(record: Model) -> bool:
    """Whether nobody deletes it: it is or was public, or its incident was and the public would never show that it went.

    What is deleted of a public incident waits for a second person, who publishes it without.
    """
    if isinstance(record, Claim | Attribution):
        incident = Incident.objects.filter(pk=record.incident_id).first()
        if incident is None:
            return False  # read in its history
        return is_kept(incident) and not PublicIncident.objects.filter(public_id=incident.public_id).exists()
    kind = KINDS.get(type(record))
    rows = Publication.objects.filter(kind=kind, object_id=record.public_id)  # type: ignore[attr-defined]
    return kind is not None and rows.exists()
