"""Meeting an event again: what the file changed since it was imported, and nothing that a person changed.

Figures that differ become a new claim that supersedes the old one, and both stay; other
differences change the incident. New events are ged.py's matter.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from incidents import choices
from incidents.exchange import ged_mapping
from incidents.exchange.ged_report import GedReport, RowNote
from incidents.exchange.ged_rows import GedEvent
from incidents.models import (
    AdminArea,
    Attribution,
    Claim,
    ClaimCell,
    Document,
    Incident,
    IncidentAct,
    IncidentReference,
    Source,
)

REASON = "Imported from UCDP GED"
PLACE_COLUMNS = {"country", "place_text", "geo_precision", "latitude", "longitude"}


@dataclass(frozen=True, slots=True)
class Asserted:
    """Who asserts every figure of the file, and where it stands."""

    by: Source
    document: Document


@dataclass(frozen=True, slots=True)
class Placed:
    """A row that can be stored: its number, the event, its country and the area that fits."""

    row: int
    event: GedEvent
    country: str
    area: AdminArea | None


def claim_values(event: GedEvent, asserted: Asserted) -> dict[str, Any]:
    """The columns of the claim that UCDP makes of an event."""
    return {
        "asserted_by_id": asserted.by.pk,
        "document_id": asserted.document.pk,
        "based_on": list(event.based_on),
        "based_on_dates": list(event.based_on_dates),
        "origin": choices.ClaimOrigin.IMPORTED.value,
        **ged_mapping.claim_figures(event),
    }


def attribution_values(actor_id: int, role: ged_mapping.Role, asserted: Asserted) -> dict[str, Any]:
    """The columns of UCDP's word that an actor took part in the whole of an event."""
    return {
        "actor_id": actor_id,
        "asserted_by_id": asserted.by.pk,
        "document_id": asserted.document.pk,
        "role": role[0],
        "position": role[1],
        "extent": choices.Extent.WHOLE.value,
    }


def apply(
    met: Sequence[tuple[Incident, Placed]], asserted: Asserted, actors: dict[str, int], report: GedReport
) -> list[Incident]:
    """Write what differs between each stored incident and its row; the incidents that were changed.

    A fixed number of queries where nothing differs, whatever the length of `met`. An incident
    merged into another is left alone.
    """
    if not met:
        return []
    stored = _Stored([incident for incident, _ in met], asserted)
    changed = []
    for incident, placed in met:
        report.located += bool(stored.areas[incident.pk])
        if incident.merged_into_id is not None:
            report.warnings.append(
                RowNote(placed.row, "id", str(placed.event.id), "its incident was merged into another; left alone")
            )
            continue
        change = _Change(incident, placed, stored, asserted, report)
        change.incident_columns()
        change.figures()
        change.attributions(actors)
        change.rest()
        if change.made:
            incident.version += 1
            incident._change_reason = REASON  # type: ignore[attr-defined]  # read by simple_history
            incident.save()
            changed.append(incident)
    return changed


class _Stored:
    """What the database holds of these incidents, read in one query a table."""

    def __init__(self, incidents: Iterable[Incident], asserted: Asserted) -> None:
        ids = [incident.pk for incident in incidents]
        self.areas: dict[int, set[int]] = defaultdict(set)
        for incident, area in Incident.areas.through.objects.filter(incident_id__in=ids).values_list(
            "incident_id", "adminarea_id"
        ):
            self.areas[incident].add(area)
        self.references: dict[int, set[tuple[str, str]]] = defaultdict(set)
        for incident, scheme, key in IncidentReference.objects.filter(
            incident__in=ids, scheme__in=[ged_mapping.CONFLICT_SCHEME, ged_mapping.DYAD_SCHEME]
        ).values_list("incident_id", "scheme", "key"):
            self.references[incident].add((scheme, key))
        mine = {"incident__in": ids, "asserted_by": asserted.by}
        self.acts = {act.incident_id: act for act in IncidentAct.objects.filter(**mine).order_by("-rank")}
        self.attributions: dict[int, list[Attribution]] = defaultdict(list)
        for each in _not_superseded(Attribution.objects.filter(**mine).order_by("id")):
            self.attributions[each.incident_id].append(each)
        claims = Claim.objects.filter(**mine, origin=choices.ClaimOrigin.IMPORTED).order_by("id")
        self.claims = {each.incident_id: each for each in _not_superseded(claims)}
        self.cells: dict[int, dict[str, int]] = defaultdict(dict)
        for pk, status, value in ClaimCell.objects.filter(
            claim__in=[each.pk for each in self.claims.values()]
        ).values_list("claim_id", "status", "value"):
            self.cells[pk][status] = value or 0


class _Change:
    """One incident and its row: each method writes one kind of difference and notes that it did."""

    def __init__(
        self, incident: Incident, placed: Placed, stored: _Stored, asserted: Asserted, report: GedReport
    ) -> None:
        self.incident = incident
        self.placed = placed
        self.event = placed.event
        self.stored = stored
        self.asserted = asserted
        self.report = report
        self.made = False

    def incident_columns(self) -> None:
        """Set the columns that differ, but none that a person has set by hand."""
        wanted = ged_mapping.incident_values(self.event, self.placed.country)
        differing = {name: value for name, value in wanted.items() if getattr(self.incident, name) != value}
        kept = _set_by_hand(self.incident) & differing.keys() if differing else set()
        for name in sorted(kept):
            shown = str(getattr(self.incident, name))[:40]
            self.report.warnings.append(
                RowNote(self.placed.row, name, shown, "was set by hand in the record and stays as it is")
            )
        for name in differing.keys() - kept:
            setattr(self.incident, name, differing[name])
            self.made = True
        self._areas(moved=bool(PLACE_COLUMNS & (differing.keys() - kept)))

    def _areas(self, *, moved: bool) -> None:
        # Areas that the file did not move may be a moderator's own; an empty place may be filled by a grown gazetteer.
        wanted = {self.placed.area.pk} if self.placed.area else set()
        stored = self.stored.areas[self.incident.pk]
        if wanted != stored and (moved or not stored):
            self.incident.areas.set(wanted)
            self.made = True

    def figures(self) -> None:
        """Add a claim that supersedes the stored one where a figure or a part differs."""
        stored = self.stored.claims.get(self.incident.pk)
        wanted = ged_mapping.claim_figures(self.event)
        cells = ged_mapping.cells(self.event)
        relied = {"based_on": list(self.event.based_on), "based_on_dates": list(self.event.based_on_dates)}
        if stored and self.stored.cells[stored.pk] == cells and _has(stored, wanted):
            if not _has(stored, relied):
                stored.based_on, stored.based_on_dates = relied["based_on"], relied["based_on_dates"]
                stored.version += 1
                _save(stored)
                self.made = True
            return
        fresh = Claim(incident=self.incident, supersedes=stored, **claim_values(self.event, self.asserted))
        _save(fresh)
        ClaimCell.objects.bulk_create(
            ClaimCell(claim=fresh, status=status, value=count) for status, count in cells.items()
        )
        self.made = True

    def attributions(self, actors: dict[str, int]) -> None:
        """Add attributions that the file has now; each takes the place of one that it no longer has."""
        wanted = {(actors[str(actor)], *role) for actor, role in ged_mapping.roles(self.event).items()}
        stored = {
            (each.actor_id, each.role, each.position): each for each in self.stored.attributions[self.incident.pk]
        }
        gone = [stored[key] for key in stored if key not in wanted]
        for actor_id, role, position in sorted(wanted - stored.keys()):
            replaced = gone.pop(0) if gone else None
            values = attribution_values(actor_id, (role, position), self.asserted)
            _save(Attribution(incident=self.incident, supersedes=replaced, **values))
            self.made = True
        for each in gone:
            # UCDP no longer says it, and no other attribution takes its place; its history remains.
            each.delete()
            self.made = True

    def rest(self) -> None:
        """Bring the act and the references to conflict and dyad up to the file."""
        act = self.stored.acts.get(self.incident.pk)
        if act is not None and act.act != ged_mapping.act(self.event):
            act.act = ged_mapping.act(self.event)
            act.save()
            self.made = True
        wanted, stored = ged_mapping.references(self.event), self.stored.references[self.incident.pk]
        for scheme, key in stored - wanted:
            self.incident.references.filter(scheme=scheme, key=key).delete()
        for scheme, key in wanted - stored:
            self.incident.references.create(scheme=scheme, key=key, identifies=False)
        self.made = self.made or wanted != stored


def _not_superseded(rows: Iterable[Any]) -> list[Any]:
    found = list(rows)
    superseded = {each.supersedes_id for each in found}
    return [each for each in found if each.pk not in superseded]


def _has(stored: Claim, wanted: dict[str, Any]) -> bool:
    return all(getattr(stored, name) == value for name, value in wanted.items())


def _save(instance: Claim | Attribution) -> None:
    instance._change_reason = REASON  # type: ignore[union-attr]  # read by simple_history
    instance.save()


def _set_by_hand(incident: Incident) -> set[str]:
    """The columns that a saved change other than an import has set."""
    found: set[str] = set()
    previous: Any = None
    names = [field.attname for field in Incident._meta.concrete_fields]
    for row in incident.history.order_by("history_date", "history_id"):
        if previous is not None and row.history_change_reason != REASON:
            found |= {name for name in names if getattr(row, name) != getattr(previous, name)}
        previous = row
    return found
