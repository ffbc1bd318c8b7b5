"""Where what was sent stands in public, and where a merged incident went: what the log tells anybody."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from incidents import choices
from incidents.choices import SubjectStanding
from incidents.models import Publication, PublicIncident, PublicInvestigation

Subject = Mapping[str, Any]
TABLES: dict[str, Any] = {
    choices.PublicKind.INCIDENT.value: PublicIncident,
    choices.PublicKind.INVESTIGATION.value: PublicInvestigation,
}


def standing_of(subjects: Iterable[Subject | None]) -> dict[UUID, dict[str, Any]]:
    """{id: the subject with its standing and survivor} of these, each {kind, id}; in a few queries for all of them."""
    asked = {each["id"]: each for each in subjects if each is not None}
    public: set[UUID] = set()
    for kind, table in TABLES.items():
        ids = [key for key, each in asked.items() if each["kind"] == kind]
        if ids:
            public.update(table._default_manager.filter(public_id__in=ids).values_list("public_id", flat=True))
    others = asked.keys() - public
    rows = Publication.objects.filter(kind__in=TABLES, object_id__in=others).order_by("seq") if others else None
    last = dict(rows.values_list("object_id", "operation")) if rows is not None else {}
    found = {}
    for key, each in asked.items():
        merged = last.get(key) == choices.Operation.MERGE
        survivor = survivor_of(key) if merged else None
        standing = SubjectStanding.WITHDRAWN if key in last else SubjectStanding.NOT_PUBLIC
        standing = SubjectStanding.PUBLIC if key in public else SubjectStanding.MERGED if survivor else standing
        found[key] = {**each, "standing": standing.value, "survivor": survivor}
    return found


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
