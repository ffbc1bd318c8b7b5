"""Perpetrators: who is alleged to have done it, by whom, and of how many victims that makes.

The document is stored; what others allege is counted when it is read, by rules/totals/perpetrators.py.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from rest_framework.request import Request

from incidents import choices
from incidents.api.base import State
from incidents.api.filters import Filter, FilterSet, SearchFilter, after_seq, codes, ids
from incidents.api.operations import Operation
from incidents.api.remembered import remembered
from incidents.api.renderers import compact
from incidents.api.stored import Row
from incidents.api.versioned import StoredResource
from incidents.documents.perpetrators import Perpetrator, PublishedPerpetrator
from incidents.models import PublicIncidentActor, PublicPerpetrator, PublicSource
from incidents.models.reading import one_state
from incidents.rules.totals.perpetrators import Alleged, alleged


class AllegedBy(Filter):
    """Perpetrators of whom one of these sources alleges something."""

    def condition(self, value: Any) -> Any:
        rows = PublicIncidentActor.objects.filter(actor_id=OuterRef("public_id"), perpetrating=True)
        return Exists(rows.filter(asserted_by__in=value))


class PerpetratorFilter(FilterSet):
    """Filters of perpetrators."""

    id = Filter(ids("Only these perpetrators."), "public_id__in")
    q = SearchFilter()
    type = Filter(codes("Type of actor.", choices.ActorType, "state_armed"), "type__in")
    identification = Filter(
        codes("How exactly it is named.", choices.Identification, "named_group"), "identification__in"
    )
    asserted_by = AllegedBy(ids("Alleged by one of these sources."))
    after_seq = after_seq()


class Perpetrators(StoredResource):
    """Actors with a published attribution in a perpetrating role: always alleged, by whom, and of how much.

    `victims` are those of the incidents attributed to it: in low, best and high where somebody attributes a whole
    incident, in high alone where the extent is a part or unstated, so that best is null if nobody said how many.
    What is alleged changes with every publication of an incident, so the ETag of one perpetrator holds for one
    sequence number of the log, while `seq`, `version`, `after_seq` and earlier states are about the stored document:
    who it is. An earlier state therefore has no allegations, incidents and victims.
    """

    resource = "perpetrators"
    singular = "perpetrator"
    kind = choices.PublicKind.PERPETRATOR
    model = PublicPerpetrator
    document = Perpetrator
    filterset = PerpetratorFilter
    reads_more = True

    @classmethod
    def one_operation(cls) -> Operation:
        said = "What is alleged is counted now; with ?at_seq or ?at only the stored document is served."
        return replace(super().one_operation(), description=said, earlier=PublishedPerpetrator)

    def one(self, request: Request, id: UUID) -> HttpResponse:  # noqa: A002 -- the name in the address
        """The current document with what is alleged at the same state of the log, or an earlier document."""
        with one_state("public"):
            return super().one(request, id)

    def etag(self, row: Row) -> str:
        """Version and, for the current document, the state of the log at which allegations were counted."""
        return f'"{row["version"]}-{State.of(row).tag}"' if "dataset_seq" in row else super().etag(row)

    def additions(self, rows: Sequence[Row], at: datetime | None = None) -> Sequence[Mapping[str, Any]]:
        """What is alleged of each, in a constant number of queries; nothing for earlier states."""
        if at is not None:
            return ()
        keys = [row["public_id"] for row in rows]
        with one_state("public"):
            text = remembered("perpetrators", {"ids": keys}, lambda: compact(counted(keys)))
        added: list[dict[str, Any]] = json.loads(text)
        return added


def counted(keys: Sequence[UUID]) -> list[dict[str, Any]]:
    """What is alleged of each of these, counted now."""
    found = alleged(keys, "public")
    sources = {each.asserted_by for one in found.values() for each in one.allegations if each.asserted_by}
    names = names_of(sorted(sources, key=str))
    return [members(found[key], names) for key in keys]


def names_of(sources: Sequence[UUID]) -> dict[UUID, Any]:
    """The published names of sources by language."""
    rows = PublicSource.objects.using("public").filter(public_id__in=sources)
    return {key: json.loads(document)["name"] for key, document in rows.values_list("public_id", "document")}


def members(said: Alleged, names: Mapping[UUID, Any]) -> dict[str, Any]:
    """What documents/perpetrators.py adds to the stored document."""
    return {
        "alleged": True,
        "allegations": [
            {
                **asdict(each),
                "asserted_by": str(each.asserted_by) if each.asserted_by else None,
                "asserted_by_name": names.get(each.asserted_by, {}) if each.asserted_by else {},
            }
            for each in said.allegations
        ],
        "incidents": said.incidents,
        "victims": [{"measure": measure, **asdict(figure)} for measure, figure in said.victims.items()],
    }
