"""Where a public incident went that was merged: what the log tells anybody, for those who still send about it."""

from uuid import UUID

from incidents import choices
from incidents.models import Publication, PublicIncident


def survivor_of(public_id: UUID) -> UUID | None:
    """The public incident that a merged one is part of now, through any number of merges; None where there is none."""
    seen: set[UUID] = set()
    here = public_id
    while here not in seen:
        seen.add(here)
        row = (
            Publication.objects.filter(kind=choices.PublicKind.INCIDENT, object_id=here)
            .order_by("-seq")
            .values("operation", "survivor")
            .first()
        )
        if row is None or row["operation"] != choices.Operation.MERGE or row["survivor"] is None:
            break
        here = row["survivor"]
    public = here != public_id and PublicIncident.objects.filter(public_id=here).exists()
    return here if public else None
