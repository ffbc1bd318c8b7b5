"""Entering incidents, corrections and attributions that a submission holds; claims are entering_claims.py's matter.

What stands in the record already, word for word, is left as it is.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Max

from incidents import choices
from incidents.models import (
    Attribution,
    Claim,
    Incident,
    IncidentAct,
    TargetedGroup,
)
from incidents.rules.disclosure import LEVELS
from incidents.rules.entering_desk import Desk
from incidents.rules.protecting import protect
from incidents.rules.refusals import Fault, Refused, pointer


def incident_columns(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of an incident that these members speak of; those left out are not named."""
    plain = ("kind", "title", "summary", "site_type", "clarity", "civilian_targeting", "sensitivity")
    columns = {name: facts[name] for name in plain if name in facts}
    if "dates" in facts:
        dates = facts["dates"]
        columns |= {name: dates.get(name) for name in ("start_latest", "end_earliest", "end_latest", "ongoing")}
        columns["start_earliest"] = dates["start_earliest"]
        columns["date_precision"] = dates.get("precision", choices.DatePrecision.DAY.value)
    if "place" in facts:
        place = facts["place"]
        point = place.get("point") or {}
        columns |= {
            "country": place["country"],
            "place_text": place.get("text", ""),
            "place_names": place.get("names", {}),
            "latitude": point.get("lat"),
            "longitude": point.get("lon"),
            "geo_precision": place["precision"],
            "uncertainty_m": place.get("uncertainty_m"),
            "geo_method": place.get("method", choices.GeoMethod.SOURCE.value),
        }
    return columns


def enter_incident(desk: Desk) -> Incident:
    """A new incident, or a new version of the one that the organisation sent before."""
    facts = desk.content["incident"]
    columns = incident_columns(facts)
    before = desk.submission.incident
    incident: Incident
    if before is None:
        incident = desk.make(Incident, pointer("incident"), "incident", columns)
    else:
        _refuse_lower(before, columns, pointer("incident", "sensitivity"))
        incident = desk.change(before, pointer("incident"), columns)
    desk.set_areas(incident, pointer("incident"), "incident", facts["place"].get("areas", []))
    _acts(desk, incident, facts)
    return incident


def _acts(desk: Desk, incident: Incident, facts: Mapping[str, Any]) -> None:
    rank = incident.acts.aggregate(last=Max("rank"))["last"] or 0
    for index, entry in enumerate(facts.get("acts", [])):
        where = pointer("incident", "acts", index)
        named = {"act": entry["act"], **desk.said(entry)}
        known = incident.acts.filter(**named).first()
        if known is not None:
            desk.part(where, "act", choices.PartOutcome.UNCHANGED, known)
            continue
        rank += 1
        proof = entry.get("standard_of_proof", choices.StandardOfProof.NONE_STATED.value)
        desk.make(IncidentAct, where, "act", {"incident": incident, "rank": rank, "standard_of_proof": proof, **named})
    for index, entry in enumerate(facts.get("targeted_groups", [])):
        where = pointer("incident", "targeted_groups", index)
        named = {"ground": entry["ground"], "group": entry["group"], **desk.said(entry)}
        known_group = incident.targeted_groups.filter(**named).first()
        if known_group is not None:
            desk.part(where, "targeted_group", choices.PartOutcome.UNCHANGED, known_group)
        else:
            desk.make(TargetedGroup, where, "targeted_group", {"incident": incident, **named})


def correct(desk: Desk, incident: Incident) -> None:
    """Change and retract what a correction says; what it makes stricter is protected at once."""
    correction = desk.content["correction"]
    changes = correction.get("changes", {})
    columns = incident_columns(changes)
    _refuse_lower(incident, columns, pointer("correction", "changes", "sensitivity"))
    level = columns.pop("sensitivity", incident.sensitivity)
    if level != incident.sensitivity:
        incident = desk.change(incident, pointer("correction", "changes", "sensitivity"), {"sensitivity": level})
        if not desk.on_trial:
            # Before anything else of it stands in the record: protecting publishes what does.
            protect(incident)
    if columns:
        incident = desk.change(incident, pointer("correction", "changes"), columns)
        if "areas" in changes.get("place", {}):
            desk.set_areas(incident, pointer("correction", "changes"), "incident", changes["place"]["areas"])
    for index, entry in enumerate(correction.get("retractions", [])):
        where = pointer("correction", "retractions", index)
        claim = Claim.objects.select_for_update().filter(public_id=entry["claim"]).first()
        if claim is None:
            raise Refused(Fault(f"{where}/claim", "unknown_reference", "It is gone meanwhile."))
        columns = {
            "retracted_at": desk.submission.updated_at,
            "retracted_by": choices.RetractedBy.SOURCE.value,
            "retraction_reason": entry["reason"],
        }
        desk.change(claim, where, columns)


def _refuse_lower(incident: Incident, columns: Mapping[str, Any], where: str) -> None:
    """A sensitivity is never lowered by what an organisation sends: two people of the desk decide that by itself."""
    level = columns.get("sensitivity", incident.sensitivity)
    if LEVELS.index(level) < LEVELS.index(incident.sensitivity):
        raise Refused(Fault(where, "not_changeable", "A lower sensitivity is for the desk to decide; leave it out."))


def enter_attributions(desk: Desk, incident: Incident) -> None:
    """Each attribution that does not stand in the record already."""
    plain = ("role", "position", "extent", "confidence", "standard_of_proof", "as_of")
    for index, entry in enumerate(desk.content.get("attributions", [])):
        where = pointer("attributions", index)
        values = {name: entry[name] for name in plain if name in entry} | desk.said(entry)
        values |= {"incident": incident, "actor": desk.find("actor", entry["actor"])}
        known = Attribution.objects.filter(**values).first()
        if known is not None:
            desk.part(where, "attribution", choices.PartOutcome.UNCHANGED, known)
            continue
        claim = desk.find("claim", entry["claim"]) if "claim" in entry else None
        desk.make(Attribution, where, "attribution", values | {"claim": claim})
