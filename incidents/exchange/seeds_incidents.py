"""Entering the incidents of a seeded case with their acts, claims, relations and attributions.

Each function stores what one part of the story says; finding and storing rows is the desk's (seeds_desk.py).
"""

import datetime as dt
from typing import Any

from incidents import choices
from incidents.exchange.seeds_desk import Desk
from incidents.exchange.seeds_reading import CELL, PLACE, POINT, Entry, SeedRefused, with_updates
from incidents.models import (
    AdminArea,
    Attribution,
    Claim,
    ClaimCell,
    Incident,
    IncidentAct,
    IncidentReference,
    IncidentRelation,
    TargetedGroup,
)

LINKS = ("relays", "inferred_from", "supersedes")


def enter_incidents(desk: Desk) -> None:
    """Store each incident, as the updates leave it, with its areas and its reference (seed, case/key)."""
    for key, entry in with_updates(desk.story):
        with desk.entering("incident", key, Incident):
            _enter_incident(desk, key, entry)


def _enter_incident(desk: Desk, key: str, entry: Entry) -> None:
    place = entry.entry("place", PLACE)
    if place is None:
        raise entry.refuse("place", "is missing")
    incident = desk.record(Incident, "incident", key, entry, _incident(entry) | _place(place))
    areas = [desk.area(place, "areas", pcode) for pcode in place.words("areas")]
    desk.links(f"incident {key}", incident, "areas", areas)
    identity = {"scheme": "seed", "key": f"{desk.story.case}/{key}", "identifies": True}
    desk.row(IncidentReference, f"reference of {key}", entry, identity, {"incident": incident})


def _incident(entry: Entry) -> dict[str, Any]:
    start_earliest, start_latest = entry.interval("start")
    end_earliest, end_latest = entry.interval("end")
    if start_earliest is None:
        raise entry.refuse("start", "write [earliest, latest]; the earliest day is needed")
    return {
        "kind": entry.code("kind", choices.IncidentKind),
        "title": entry.texts("title"),
        "summary": entry.texts("summary"),
        "start_earliest": start_earliest,
        "start_latest": start_latest,
        "end_earliest": end_earliest,
        "end_latest": end_latest,
        "date_precision": entry.code("date_precision", choices.DatePrecision, _precision(start_earliest, start_latest)),
        "ongoing": entry.flag("ongoing"),
        "site_type": entry.code("site_type", choices.SiteType, ""),
        "clarity": entry.code("clarity", choices.Clarity, choices.Clarity.INDIVIDUALLY_DESCRIBED),
    }


def _precision(earliest: dt.date, latest: dt.date | None) -> str:
    days = 1 if latest is None else (latest - earliest).days + 1
    for longest, precision in (
        (1, choices.DatePrecision.DAY),
        (6, choices.DatePrecision.DAYS),
        (7, choices.DatePrecision.WEEK),
        (31, choices.DatePrecision.MONTH),
    ):
        if days <= longest:
            return precision
    return choices.DatePrecision.YEAR_OR_MORE


def _place(place: Entry) -> dict[str, Any]:
    # An incident has a point only where the file states one: the centre of an area is not where it happened.
    point = place.entry("point", POINT)
    method = choices.GeoMethod.SOURCE
    if point is not None:
        method = choices.GeoMethod(point.code("method", choices.GeoMethod))
    return {
        "country": place.required("country"),
        "place_text": place.text("text"),
        "geo_precision": place.code("precision", choices.GeoPrecision),
        "uncertainty_m": place.number("uncertainty_m"),
        "geo_method": method,
        "latitude": point.degrees("latitude") if point else None,
        "longitude": point.degrees("longitude") if point else None,
    }


def enter_claims(desk: Desk) -> None:
    """Store each claim after those it relays, was inferred from or supersedes, whatever the order in the file."""
    entries = {entry.required("key"): entry for entry in desk.story["claims"]}
    on_the_way: list[str] = []

    def enter(key: str, entry: Entry) -> None:
        if key in on_the_way:
            circle = " -> ".join([*on_the_way[on_the_way.index(key) :], key])
            raise SeedRefused(f"{entry.where}: these claims depend on one another in a circle: {circle}")
        on_the_way.append(key)
        for link in LINKS:
            other = entry.text(link)
            if other in entries and other not in desk.by_key.get("claim", {}):
                enter(other, entries[other])
        on_the_way.pop()
        with desk.entering("claim", key, Claim):
            _enter_claim(desk, key, entry)

    for key, entry in entries.items():
        if key not in desk.by_key.get("claim", {}):
            enter(key, entry)


def _enter_claim(desk: Desk, key: str, entry: Entry) -> None:
    values: dict[str, Any] = {
        "incident": desk.needed("incident", entry, "incident"),
        "asserted_by": desk.needed("source", entry, "asserted_by"),
        "document": desk.needed("document", entry, "document"),
        "measure": entry.code("measure", choices.Measure),
        "unit": entry.code("unit", choices.Unit, choices.Unit.PERSON),
        "status": entry.code("status", choices.PersonStatus, choices.PersonStatus.ALL),
        "status_basis": entry.code("status_basis", choices.StatusBasis, choices.StatusBasis.STATED),
        "qualifier": entry.code("qualifier", choices.Qualifier),
        "vague_term": entry.code("vague_term", choices.VagueTerm, ""),
        "scope": entry.code("scope", choices.ClaimScope, choices.ClaimScope.SAME),
        "basis": entry.code("basis", choices.Basis, choices.Basis.DOCUMENTED),
        "credibility": entry.code("credibility", choices.Credibility, ""),
        "standard_of_proof": entry.code(
            "standard_of_proof", choices.StandardOfProof, choices.StandardOfProof.NONE_STATED
        ),
        "interim": bool(entry.flag("interim")),
        "running_total": bool(entry.flag("running_total")),
        "investigation": desk.find("investigation", entry, "investigation"),
        "origin": choices.ClaimOrigin.ENTERED,
    }
    values |= {name: entry.text(name) for name in ("locator", "unit_as_written", "method")}
    values |= {name: entry.number(name) for name in ("value", "low", "high")}
    values |= {name: entry.date(name) for name in ("as_of", "covers_from", "covers_to")}
    values |= {name: desk.find("claim", entry, name) for name in LINKS}
    claim = desk.record(Claim, "claim", key, entry, values)
    sources = [desk.named("source", entry, "corroborated_by", word) for word in entry.words("corroborated_by")]
    desk.links(f"claim {key}", claim, "corroborated_by", sources)
    _enter_cells(desk, key, entry, claim)


def _enter_cells(desk: Desk, key: str, entry: Entry, claim: Claim) -> None:
    kept = []
    for cell in entry.entries("cells", CELL):
        area: AdminArea | None = desk.area(cell, "area", cell.text("area")) if cell.has("area") else None
        identity = {
            "claim": claim,
            "cut": cell.number("cut") or 1,
            "status": cell.code("status", choices.PersonStatus, ""),
            "sex": cell.code("sex", choices.Sex, ""),
            "age_group": cell.code("age", choices.AgeGroup, ""),
            "cause": cell.code("cause", choices.Cause, ""),
            "occupation": cell.code("occupation", choices.Occupation, ""),
            "area": area,
        }
        figures = {name: cell.number(name) for name in ("value", "low", "high")}
        row = desk.row(ClaimCell, f"cell of claim {key}", cell, identity, figures)
        kept += [row.pk] if row else []
    # A claim's cells divide it: one that the file no longer has would be counted beside its successor.
    for gone in claim.cells.exclude(pk__in=kept):
        desk.drop(gone, f"claim {key}: cell")


def enter_acts_and_relations(desk: Desk) -> None:
    """Store acts (in file order, the first is primary), targeted groups and relations between incidents."""
    ranks: dict[int, int] = {}
    for entry in desk.story["acts"]:
        with desk.entering("act of", entry.text("incident")):
            _enter_act(desk, entry, ranks)
    for entry in desk.story["targeted_groups"]:
        with desk.entering("targeted_group of", entry.text("incident")):
            identity = {
                "incident": desk.needed("incident", entry, "incident"),
                "ground": entry.code("ground", choices.Ground),
                "asserted_by": desk.needed("source", entry, "asserted_by"),
                "document": desk.needed("document", entry, "document"),
                "group": entry.texts("group"),
            }
            desk.row(TargetedGroup, f"targeted_group of {entry.text('incident')}", entry, identity, {})
    for entry in desk.story["relations"]:
        with desk.entering("relation", f"{entry.text('from')} {entry.text('type')} {entry.text('to')}"):
            _enter_relation(desk, entry)


def _enter_act(desk: Desk, entry: Entry, ranks: dict[int, int]) -> None:
    incident = desk.needed("incident", entry, "incident")
    ranks[incident.pk] = ranks.get(incident.pk, 0) + 1
    identity = {
        "incident": incident,
        "act": entry.code("act", choices.Act),
        "asserted_by": desk.needed("source", entry, "asserted_by"),
        "document": desk.needed("document", entry, "document"),
    }
    proof = entry.code("standard_of_proof", choices.StandardOfProof, choices.StandardOfProof.NONE_STATED)
    values = {"rank": ranks[incident.pk], "standard_of_proof": proof}
    desk.row(IncidentAct, f"act of {entry.text('incident')}", entry, identity, values)


def _enter_relation(desk: Desk, entry: Entry) -> None:
    identity = {
        "from_incident": desk.needed("incident", entry, "from"),
        "to_incident": desk.needed("incident", entry, "to"),
        "type": entry.code("type", choices.RelationType),
    }
    values = {
        "certainty": entry.code("certainty", choices.Certainty),
        "asserted_by": desk.needed("source", entry, "asserted_by"),
        "reason": entry.text("reason"),
    }
    label = f"relation {entry.text('from')} {entry.text('type')} {entry.text('to')}"
    desk.row(IncidentRelation, label, entry, identity, values)


def enter_attributions(desk: Desk) -> None:
    """Store each attribution under incident, actor, asserter, document and role, which together are its key."""
    for entry in desk.story["attributions"]:
        key = "/".join(entry.required(name) for name in ("incident", "actor", "asserted_by", "document", "role"))
        if key in desk.by_key.get("attribution", {}):
            raise entry.refuse("role", "this incident, actor, source, document and role were attributed already")
        with desk.entering("attribution", key, Attribution):
            _enter_attribution(desk, key, entry)


def _enter_attribution(desk: Desk, key: str, entry: Entry) -> None:
    values = {
        "incident": desk.needed("incident", entry, "incident"),
        "actor": desk.needed("actor", entry, "actor"),
        "asserted_by": desk.needed("source", entry, "asserted_by"),
        "document": desk.needed("document", entry, "document"),
        "role": entry.code("role", choices.Role),
        "position": entry.code("position", choices.Position, choices.Position.ALLEGES),
        "extent": entry.code("extent", choices.Extent, choices.Extent.UNSTATED),
        "confidence": entry.code("confidence", choices.Confidence, choices.Confidence.NONE_STATED),
        "standard_of_proof": entry.code(
            "standard_of_proof", choices.StandardOfProof, choices.StandardOfProof.NONE_STATED
        ),
        "as_of": entry.date("as_of"),
        "investigation": desk.find("investigation", entry, "investigation"),
    }
    desk.record(Attribution, "attribution", key, entry, values)
