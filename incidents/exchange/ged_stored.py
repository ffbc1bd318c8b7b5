"""What the database holds of incidents that a file names again; ged_changes.py compares them with it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from incidents import choices
from incidents.exchange import ged_mapping
from incidents.exchange.ged_parts import PLAIN
from incidents.models import (
    Attribution,
    Claim,
    ClaimCell,
    Document,
    Incident,
    IncidentAct,
    IncidentReference,
    Source,
)
from incidents.rules.trail.changes import Changes

REFERENCES = {ged_mapping.CONFLICT_SCHEME: "conflict_new_id", ged_mapping.DYAD_SCHEME: "dyad_new_id"}


@dataclass(frozen=True, slots=True)
class Asserted:
    """Who asserts every figure of the file, and where it stands."""

    by: Source
    document: Document


class Stored:
    """What the database holds of these incidents, read in one query a table.

    Claims and attributions are UCDP's that none of its later ones supersedes; `standing_...` are the keys of all.
    `changes` are what the audit chain is told.
    """

    def __init__(self, incidents: Iterable[Incident], asserted: Asserted) -> None:
        ids = [incident.pk for incident in incidents]
        self.changes = Changes()
        self.differing: Sequence[int] = ()
        self.areas: dict[int, set[int]] = defaultdict(set)
        for incident, area in Incident.areas.through.objects.filter(incident_id__in=ids).values_list(
            "incident_id", "adminarea_id"
        ):
            self.areas[incident].add(area)
        self.references: dict[int, set[tuple[str, str]]] = defaultdict(set)
        for incident, scheme, key in IncidentReference.objects.filter(
            incident__in=ids, scheme__in=list(REFERENCES)
        ).values_list("incident_id", "scheme", "key"):
            self.references[incident].add((scheme, key))
        mine = {"incident__in": ids, "asserted_by": asserted.by}
        acts = list(IncidentAct.objects.filter(**mine).order_by("-rank"))
        self.acts = {act.incident_id: act for act in acts}
        self.all_acts = {(act.incident_id, act.act) for act in acts}
        attributions = list(Attribution.objects.filter(**mine).order_by("id"))
        self.attributions: dict[int, list[Attribution]] = defaultdict(list)
        for each in _not_superseded(attributions):
            self.attributions[each.incident_id].append(each)
        claims = list(Claim.objects.filter(**mine, origin=choices.ClaimOrigin.IMPORTED).order_by("id"))
        self.claims: dict[int, list[Claim]] = defaultdict(list)
        for each in _not_superseded(claims):
            self.claims[each.incident_id].append(each)
        self.standing_attributions = _by_incident(attributions)
        self.standing_claims = _by_incident(claims)
        self.cells: dict[int, dict[int, tuple[str, int]]] = defaultdict(dict)
        for claim, pk, status, value in ClaimCell.objects.filter(
            claim__in=[each.pk for some in self.claims.values() for each in some], **PLAIN
        ).values_list("claim_id", "pk", "status", "value"):
            self.cells[claim][pk] = (status, value or 0)

    def keep(self) -> None:
        """Keep how those that differ stand, with their parts and UCDP's word on them: once, before any is changed."""
        differing, self.differing = self.differing, ()
        for model, rows in (
            (Incident, differing),
            (Claim, [pk for incident in differing for pk in self.standing_claims[incident]]),
            (Attribution, [pk for incident in differing for pk in self.standing_attributions[incident]]),
        ):
            self.changes.keep_all(model, dict.fromkeys(rows))


def _by_incident(rows: Iterable[Any]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for each in rows:
        found[each.incident_id].add(each.pk)
    return found


def _not_superseded(rows: Sequence[Any]) -> list[Any]:
    superseded = {each.supersedes_id for each in rows}
    return [each for each in rows if each.pk not in superseded]
