"""Meeting an event again: what the file changed since it was imported, and nothing that a person changed or took out.

Figures that differ become a new claim that supersedes the old one, and both stay; other
differences change the incident. New events are ged.py's matter.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from incidents import choices
from incidents.exchange import ged_mapping
from incidents.exchange.by_hand import Life, emptied
from incidents.exchange.ged_by_hand import REASON, ByHand, taken_out
from incidents.exchange.ged_parts import Cells
from incidents.exchange.ged_report import GedReport, RowNote
from incidents.exchange.ged_rows import GedEvent
from incidents.exchange.ged_stored import REFERENCES, Asserted, Stored
from incidents.models import (
    AdminArea,
    Attribution,
    Claim,
    ClaimCell,
    Incident,
    IncidentAct,
    IncidentReference,
)
from incidents.rules.trail.auditing import Deed

PLACE_COLUMNS = {"country", "place_text", "geo_precision", "latitude", "longitude"}
CELLS, ACT = ClaimCell.__name__, IncidentAct.__name__
ACCUSATION = {"actor", "role", "position", "extent"}
SET_BY_HAND = "was set by hand in the record and stays as it is"


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
    met: Sequence[tuple[Incident, Placed]],
    brought: Collection[str],
    asserted: Asserted,
    actors: dict[str, int],
    report: GedReport,
) -> tuple[list[Incident], list[Deed]]:
    """Write what differs between each stored incident and its row; the incidents that were changed, and what the audit
    chain is to say of each.

    A fixed number of queries to find what differs and what people made of it, whatever the length of `met`. An
    incident merged into another is left alone; so is the other for the events that a merge `brought` to it, by key.
    """
    if not met:
        return [], []
    stored = Stored([incident for incident, _ in met], asserted)
    differing = []
    for incident, placed in met:
        report.located += bool(stored.areas[incident.pk])
        if incident.merged_into_id is not None or str(placed.event.id) in brought:
            report.warnings.append(
                RowNote(placed.row, "id", str(placed.event.id), "its incident was merged into another; left alone")
            )
            continue
        change = _Change(incident, placed, stored, asserted, actors, report)
        if change.differs:
            differing.append(change)
    by_hand = ByHand([change.incident.pk for change in differing], asserted.by, actors.values())
    stored.differing = [change.incident.pk for change in differing]
    written = [change.incident for change in differing if change.write(by_hand)]
    return written, stored.changes.deeds(REASON)


class _Change:
    """One incident and its row: each method writes one kind of difference and notes that it did, or what it left."""

    def __init__(
        self,
        incident: Incident,
        placed: Placed,
        stored: Stored,
        asserted: Asserted,
        actors: dict[str, int],
        report: GedReport,
    ) -> None:
        event = placed.event
        self.incident, self.placed, self.event = incident, placed, event
        self.stored, self.asserted, self.report = stored, asserted, report
        self.made = False
        columns = ged_mapping.incident_values(event, placed.country)
        self.columns = {name: value for name, value in columns.items() if getattr(incident, name) != value}
        self.relied = {"based_on": list(event.based_on), "based_on_dates": list(event.based_on_dates)}
        self.figures = ged_mapping.claim_figures(event) | self.relied
        self.cells = ged_mapping.cells(event)
        self.areas = {placed.area.pk} if placed.area else set()
        self.act = ged_mapping.act(event)
        self.references = ged_mapping.references(event)
        self.sides = {actors[str(side.id)]: side.name for side in ged_mapping.sides(event)}
        self.roles = {(actors[str(actor)], *role) for actor, role in ged_mapping.roles(event).items()}

    @property
    def differs(self) -> bool:
        """Whether the record says anything else than the row."""
        pk, stored = self.incident.pk, self.stored
        act, claims = stored.acts.get(pk), stored.claims[pk]
        return bool(
            self.columns
            or (self.areas and not stored.areas[pk])
            or not claims
            or self._differences(claims[-1])
            or self.roles != {_said(each) for each in stored.attributions[pk]}
            or act is None
            or act.act != self.act
            or self.references != stored.references[pk]
        )

    def write(self, by_hand: ByHand) -> bool:
        """Write what the file changed and nobody else did; answers whether there was anything."""
        self._write_columns(by_hand)
        self._write_figures(by_hand)
        self._write_attributions(by_hand)
        self._write_act(by_hand)
        self._write_references(by_hand)
        if self.made:
            self.incident.version += 1
            self.incident._change_reason = REASON  # type: ignore[attr-defined]  # read by simple_history
            self.incident.save()
        return self.made

    def _begin(self) -> None:
        """Say that something is written now; how all that differs stands is kept before the first of it is."""
        self.made = True
        self.stored.keep()

    def _add(self, *rows: Model) -> None:
        for row in rows:
            self.stored.changes.made(row)

    def _leave(self, column: str, value: Any, note: str) -> None:
        self.report.warnings.append(RowNote(self.placed.row, column, str(value)[:40], note))

    def _write_columns(self, by_hand: ByHand) -> None:
        life = by_hand.incident(self.incident.pk)
        stored = {name: getattr(self.incident, name) for name in self.columns}
        kept = {name for name in stored if life.differs(name, stored[name]) or emptied(self.incident, name)}
        for name in sorted(kept):
            self._leave(name, stored[name], SET_BY_HAND)
        for name in self.columns.keys() - kept:
            self._begin()
            setattr(self.incident, name, self.columns[name])
        self._write_areas(by_hand, moved=bool(PLACE_COLUMNS & (self.columns.keys() - kept)))

    def _write_areas(self, by_hand: ByHand, *, moved: bool) -> None:
        # Areas that the file did not move may be a moderator's own; an empty place may be filled by a grown gazetteer.
        stored = self.stored.areas[self.incident.pk]
        if self.areas == stored or not (moved or not stored):
            return
        if by_hand.touched(self.incident.pk, "areas"):
            area = self.placed.area
            self._leave(
                "areas", area.pcode if area else "", "areas were set by hand in the record and stay as they are"
            )
            return
        self._begin()
        self.incident.areas.set(self.areas)

    def _differences(self, claim: Claim, added: Collection[int] = ()) -> set[str]:
        """The columns of a claim that say anything else than the row, and its parts but for those that were added."""
        found = {name for name, value in self.figures.items() if getattr(claim, name) != value}
        return found if self._cells_of(claim, added) == self.cells else found | {CELLS}

    def _cells_of(self, claim: Claim, added: Collection[int] = ()) -> dict[str, int]:
        return dict(cell for pk, cell in self.stored.cells[claim.pk].items() if pk not in added)

    def _write_figures(self, by_hand: ByHand) -> None:
        """Add a claim that supersedes the stored one where a figure or a part differs."""
        lives = by_hand.claims(self.incident.pk)
        # One that a merge brought here belongs to another event.
        own = [
            claim for claim in self.stored.claims[self.incident.pk] if claim.pk in lives and lives[claim.pk].imported
        ]
        stored = own[-1] if own else None
        cells = by_hand.cells(stored.pk if stored else 0)
        differing = self._differences(stored, cells.added) if stored else {CELLS}
        if not differing or self._leaves_figures(stored, differing, lives, cells):
            return
        self._begin()
        if stored and differing <= self.relied.keys():
            stored.based_on, stored.based_on_dates = self.relied["based_on"], self.relied["based_on_dates"]
            stored.version += 1
            _save(stored)
            return
        if cells.added:
            added = "; ".join(cells.added.values())
            note = f"parts added by hand stay with the figure that this one supersedes: {added}"
            self._leave("best", self.event.best, note)
        fresh = Claim(incident=self.incident, supersedes=stored, **claim_values(self.event, self.asserted))
        _save(fresh)
        parts = ClaimCell.objects.bulk_create(
            ClaimCell(claim=fresh, status=status, value=count) for status, count in self.cells.items()
        )
        self._add(fresh, *parts)

    def _leaves_figures(self, stored: Claim | None, differing: set[str], lives: dict[int, Life], cells: Cells) -> bool:
        """Whether people took UCDP's last word out, or changed it in what differs: then it is noted, and left alone."""
        last = stored.pk if stored else 0
        if any(pk > last for pk in taken_out(lives, self.stored.standing_claims[self.incident.pk])):
            self._leave("best", self.event.best, "UCDP's claim was taken out of the record by hand and stays out")
            return True
        if stored is None:
            return False
        life = lives[stored.pk]
        kept = {name for name in differing - {CELLS} if life.differs(name, getattr(stored, name))}
        if CELLS in differing and cells.others:
            kept.add(CELLS)
        # Whom it relied on is no figure: where a figure differs too, the claim that says so has it from the file.
        if kept and (kept - self.relied.keys() or differing <= self.relied.keys()):
            for name in sorted(kept):
                shown = self._cells_of(stored) if name == CELLS else getattr(stored, name)
                self._leave("parts of best" if name == CELLS else name, shown, SET_BY_HAND)
            return True
        if differing <= self.relied.keys() or (stored.public and stored.retracted_at is None):
            return False
        how = "made non-public" if stored.retracted_at is None else "retracted"
        self._leave("best", self.event.best, f"UCDP's claim was {how} in the record; no other takes its place")
        return True

    def _write_attributions(self, by_hand: ByHand) -> None:
        """Add attributions that the file has now; each takes the place of one that it no longer has.

        One in which people changed whom it accuses, or of what, is theirs.
        """
        lives = by_hand.attributions(self.incident.pk)
        rows = self.stored.attributions[self.incident.pk]
        written = [each for each in rows if each.pk in lives and lives[each.pk].imported]
        own = [each for each in written if lives[each.pk].changed.isdisjoint(ACCUSATION)]
        theirs = [lives[each.pk] for each in rows if each not in own and each.pk in lives]
        theirs += taken_out(lives, self.stored.standing_attributions[self.incident.pk]).values()
        kept = {said["actor_id"] for life in theirs for said in life.said} - {each.actor_id for each in own}
        names = by_hand.names(kept)
        gone = [each for each in own if _said(each) not in self.roles]
        for actor_id, role, position in sorted(self.roles - {_said(each) for each in rows}):
            if actor_id in kept or self.sides[actor_id] in names:
                self._leave("side", self.sides[actor_id], f"as {role}: was taken out or changed by hand; left out")
                continue
            replaced = gone.pop(0) if gone else None
            values = attribution_values(actor_id, (role, position), self.asserted)
            fresh = Attribution(incident=self.incident, supersedes=replaced, **values)
            self._begin()
            _save(fresh)
            self._add(fresh)
        for each in written:
            if each not in own and _said(each) not in self.roles:
                note = f"as {each.role}: was changed by hand and stays, though the file does not say it"
                self._leave("side", by_hand.called(each.actor_id), note)
        while gone:
            # UCDP no longer says it, and no other attribution takes its place; its history remains. What it took the
            # place of would stand again, and goes too unless the file says that again or people changed it.
            last = gone.pop()
            before, last._change_reason = last.supersedes, REASON  # type: ignore[attr-defined]  # simple_history's
            self._begin()
            last.delete()
            life = lives.get(before.pk) if before else None
            if before and life and life.imported and life.changed.isdisjoint(ACCUSATION):
                gone += [before] if _said(before) not in self.roles and not before.superseded_by.exists() else []

    def _write_act(self, by_hand: ByHand) -> None:
        pk, life = self.incident.pk, by_hand.incident(self.incident.pk)
        act = self.stored.acts.get(pk)
        if act is not None and act.act == self.act:
            return
        if act is None:
            if life.imported:
                self._leave("type_of_violence", self.act, "the act was taken out of the record by hand and stays out")
        elif self._is_changed(act, by_hand) or (pk, self.act) in self.stored.all_acts:
            self._leave("type_of_violence", act.act, SET_BY_HAND)
        else:
            self._begin()
            act.act = self.act
            act.save()

    def _is_changed(self, act: IncidentAct, by_hand: ByHand) -> bool:
        """Whether people made UCDP's act another one than the file before said, as far as the kind that it gave tells.

        While another incident is merged into this one, its acts stand here too.
        """
        if not by_hand.touched(self.incident.pk, ACT):
            return act.act not in ged_mapping.ACT.values()
        before = ged_mapping.act_of_kind(by_hand.incident(self.incident.pk).written.get("kind", ""))
        return by_hand.survives(self.incident.pk) or act.act != before

    def _write_references(self, by_hand: ByHand) -> None:
        """Bring the references to conflict and dyad up to the file; what an import does to them leaves no history."""
        pk = self.incident.pk
        for scheme, column in REFERENCES.items():
            wanted, stored = (
                {key for each, key in pairs if each == scheme}
                for pairs in (self.references, self.stored.references[pk])
            )
            if wanted == stored:
                continue
            # The importer leaves no incident without: where it wrote one and none is left, somebody took it out.
            gone = by_hand.incident(pk).imported and not stored
            if gone or by_hand.changed_reference(pk, scheme, stored):
                self._leave(column, ", ".join(sorted(wanted)), "references were changed or taken out by hand; left out")
                continue
            self._begin()
            old = self.incident.references.filter(scheme=scheme, key__in=stored - wanted)
            old._raw_delete(old.db)
            fresh = IncidentReference.objects.bulk_create(
                IncidentReference(incident=self.incident, scheme=scheme, key=key, identifies=False)
                for key in wanted - stored
            )
            self._add(*fresh)


def _said(each: Attribution) -> tuple[int, str, str]:
    return each.actor_id, each.role, each.position


def _save(instance: Claim | Attribution) -> None:
    instance._change_reason = REASON  # type: ignore[union-attr]  # read by simple_history
    instance.save()
