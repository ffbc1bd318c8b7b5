"""Entering incidents, corrections and attributions that a submission holds; claims are entering_claims.py's matter.

What stands in the record already, word for word, is left as it is.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Max

from incidents import choices
from incidents.models import (
    Attribution,
    Claim,
    Incident,
    IncidentAct,
    SubmissionPart,
    TargetedGroup,
)
from incidents.rules.publication.disclosure import LEVELS
from incidents.rules.publication.protecting import protect
from incidents.rules.refusals import Elsewhere, Fault, Refused, first, pointer, spoken
from incidents.rules.sentences import worded
from incidents.rules.submissions.entering_desk import Desk
from incidents.rules.submissions.localities import left_behind
from incidents.rules.submissions.versions import meaning, pairs, said_anew
from incidents.rules.submissions.whereabouts import survivor_of

ACTS, GROUPS, CHANGES = ("incident", "acts"), ("incident", "targeted_groups"), ("correction", "changes")
ATTRIBUTION_COLUMNS = ("role", "position", "extent", "confidence", "standard_of_proof", "as_of")
PERIOD = ("start_earliest", "start_latest", "end_earliest", "end_latest")
# The member of what is sent that a column of another name holds.
MEMBERS = {
    **{name: ("dates", name) for name in (*PERIOD, "ongoing")},
    "date_precision": ("dates", "precision"),
    "country": ("place", "country"),
    "place_text": ("place", "text"),
    "place_names": ("place", "names"),
    "latitude": ("place", "point", "lat"),
    "longitude": ("place", "point", "lon"),
    "geo_precision": ("place", "precision"),
    "uncertainty_m": ("place", "uncertainty_m"),
    "geo_method": ("place", "method"),
}
# Where it was: with the areas, which are no column. What it is called there may be spelt otherwise by itself.
WHERE = ("country", "latitude", "longitude", "geo_precision", "uncertainty_m", "geo_method")
TOGETHER = ((*PERIOD, "date_precision"), WHERE)


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
    before = desk.submission.incident
    incident: Incident
    if before is not None and before.merged_into_id is not None:
        raise _elsewhere(before)
    if before is None:
        incident = desk.make(Incident, pointer("incident"), "incident", incident_columns(facts))
        desk.set_areas(incident, pointer("incident"), "incident", facts["place"].get("areas", []))
    else:
        incident = _new_version(desk, before, facts)
    _acts(desk, incident, facts)
    return incident


def _elsewhere(incident: Incident) -> Elsewhere:
    """A new version of a merged incident would be entered into what is empty, and could never be published."""
    survivor = survivor_of(incident.public_id)
    desk = "What was sent under this reference was merged into another incident: reject this, or undo the merge first."
    detail = worded(
        "The incident that you sent under this reference was merged into one that is not public; ask the desk what "
        "became of it.",
        desk=desk,
    )
    if survivor is not None:
        detail = worded(
            "The incident that you sent under this reference was merged into %(survivor)s, where your claims stand "
            "now. Send what is new as 'claims' or a 'correction' about that id, under another reference or none.",
            desk=desk,
            survivor=survivor,
        )
    return Elsewhere(Fault("/external_reference", "merged", detail))


def _new_version(desk: Desk, incident: Incident, facts: Mapping[str, Any]) -> Incident:
    """Write what is said otherwise than in the version before; what the desk changed of the rest stays."""
    said = desk.previous.content.get("incident", {})
    old, new = incident_columns(said), incident_columns(facts)
    columns = said_anew(Incident, new, old, together=TOGETHER)
    areas = sorted(set(facts["place"].get("areas", [])))
    earlier = sorted(set(said["place"].get("areas", []))) if said else None
    elsewhere = areas != earlier or not columns.keys().isdisjoint(WHERE)
    if elsewhere:  # half of one place and half of another would be in two countries
        own = {UUID(part.object_id) for part in desk.previous.parts.values() if part.kind == "claim" and part.object_id}
        where = pointer("incident", "place", "country")
        if faults := first(left_behind(incident.public_id, facts["place"], own, where)):
            raise Refused(*spoken(faults))
        columns |= {name: new[name] for name in WHERE}
    _refuse_lower(desk, incident, columns, pointer("incident", "sensitivity"))
    _compare(desk, incident, ("incident",), columns, old)
    incident = _raise(desk, incident, ("incident",), columns)
    incident = desk.change(incident, pointer("incident"), columns)
    if elsewhere:
        _compare_areas(desk, incident, ("incident",), areas, earlier)
        desk.set_areas(incident, pointer("incident"), "incident", areas)
    return incident


def _compare(
    desk: Desk, incident: Incident, steps: Sequence[str], columns: Mapping[str, Any], old: Mapping[str, Any]
) -> None:
    """Tell what columns say instead; of those that are written with others, though said as before, only the desk."""
    for name in sorted(columns):
        where = pointer(*steps, *MEMBERS.get(name, (name,)))
        previous, stands, sent = old.get(name), getattr(incident, name), columns[name]
        told = name not in old or previous != sent
        if told or stands != sent:
            desk.differs(where, previous, stands, sent, told=told)


def _compare_areas(
    desk: Desk, incident: Incident, steps: Sequence[str], areas: Sequence[str], earlier: Sequence[str] | None
) -> None:
    """The same of areas; a place that names none says nothing of them to those who know no earlier ones."""
    had = sorted(incident.areas.values_list("pcode", flat=True))
    told = areas != earlier if earlier is not None else bool(areas)
    if told or had != areas:
        desk.differs(pointer(*steps, "place", "areas"), earlier, had, sorted(set(areas)), told=told)


def _acts(desk: Desk, incident: Incident, facts: Mapping[str, Any]) -> None:
    said = desk.previous.content.get("incident", {})
    rank = 0 if desk.is_first(IncidentAct) else incident.acts.aggregate(last=Max("rank"))["last"] or 0
    acts, earlier = facts.get("acts", []), said.get("acts", [])
    again = _again(desk, IncidentAct, ("act", "standard_of_proof"), acts, earlier)
    for index, entry in enumerate(acts):
        where = pointer(*ACTS, index)
        if index in again and desk.stays(where, "act", pointer(*ACTS, again[index])):
            continue
        named = {"act": entry["act"], **desk.said(entry)}
        known = None if desk.is_first(IncidentAct) else incident.acts.filter(**named).first()
        if known is not None:
            desk.part(where, "act", choices.PartOutcome.UNCHANGED, known)
            if "standard_of_proof" in entry:
                desk.change(known, where, {"standard_of_proof": entry["standard_of_proof"]})
            continue
        rank += 1
        proof = entry.get("standard_of_proof", choices.StandardOfProof.NONE_STATED.value)
        desk.make(IncidentAct, where, "act", {"incident": incident, "rank": rank, "standard_of_proof": proof, **named})
    desk.left_out(ACTS, "act", set(range(len(earlier))) - set(again.values()))
    groups, earlier = facts.get("targeted_groups", []), said.get("targeted_groups", [])
    again = _again(desk, TargetedGroup, ("ground", "group"), groups, earlier)
    for index, entry in enumerate(groups):
        where = pointer(*GROUPS, index)
        if index in again and desk.stays(where, "targeted_group", pointer(*GROUPS, again[index])):
            continue
        named = {"ground": entry["ground"], "group": entry["group"], **desk.said(entry)}
        known_group = None if desk.is_first(TargetedGroup) else incident.targeted_groups.filter(**named).first()
        if known_group is not None:
            desk.part(where, "targeted_group", choices.PartOutcome.UNCHANGED, known_group)
        else:
            desk.make(TargetedGroup, where, "targeted_group", {"incident": incident, **named})
    desk.left_out(GROUPS, "targeted_group", set(range(len(earlier))) - set(again.values()))


def _again(
    desk: Desk, model: Any, names: Sequence[str], new: Sequence[Mapping[str, Any]], old: Sequence[Mapping[str, Any]]
) -> dict[int, int]:
    """The entries that say what one of the version before said: place among the new to the place among the old."""
    if not old:
        return {}
    before = desk.previous
    return pairs(
        [meaning(model, names, desk.content, each, desk.identify) for each in new],
        [meaning(model, names, before.content, each, before.identify) for each in old],
    )


def correct(desk: Desk, incident: Incident) -> None:
    """Change and retract what a correction says; what it makes stricter is protected at once."""
    correction = desk.content["correction"]
    changes = correction.get("changes", {})
    columns = incident_columns(changes)
    _refuse_lower(desk, incident, columns, pointer("correction", "changes", "sensitivity"))
    _compare(desk, incident, CHANGES, columns, {})
    incident = _raise(desk, incident, CHANGES, columns)
    if columns:
        incident = desk.change(incident, pointer("correction", "changes"), columns)
        if "place" in changes:  # replaced as a whole: where it names no areas, those of the place before are none of it
            areas = sorted(set(changes["place"].get("areas", [])))
            _compare_areas(desk, incident, CHANGES, areas, None)
            desk.set_areas(incident, pointer("correction", "changes"), "incident", areas)
    for index, entry in enumerate(correction.get("retractions", [])):
        where = pointer("correction", "retractions", index)
        claim = Claim.objects.select_for_update(no_key=True).filter(public_id=entry["claim"]).first()
        if claim is None:
            if desk.on_trial:
                continue  # it is public: that the desk took it out is not
            raise Refused(Fault(f"{where}/claim", "unknown_reference", worded("It is gone meanwhile.")))
        columns = {
            "retracted_at": desk.submission.updated_at,
            "retracted_by": _retracting(desk, claim).value,
            "retraction_reason": entry["reason"],
        }
        desk.change(claim, where, columns)


def _retracting(desk: Desk, claim: Claim) -> choices.RetractedBy:
    """Whose retraction it is: its source's where the organisation entered the claim or is the source, else the desk's.

    What one organisation says of another's claim stands in the record because the desk agreed.
    """
    organisation = desk.submission.organisation
    entered = SubmissionPart.objects.filter(
        table="Claim", row=claim.pk, outcome=choices.PartOutcome.ENTERED, submission__organisation=organisation
    )
    own = claim.asserted_by_id == organisation.source_id or entered.exists()
    return choices.RetractedBy.SOURCE if own else choices.RetractedBy.DESK


def _raise(desk: Desk, incident: Incident, steps: Sequence[str], columns: dict[str, Any]) -> Incident:
    """Take a higher sensitivity out of what is still to be written, and write and protect it at once."""
    level = columns.pop("sensitivity", incident.sensitivity)
    if level == incident.sensitivity:
        return incident
    raised: Incident = desk.change(incident, pointer(*steps, "sensitivity"), {"sensitivity": level})
    if not desk.on_trial:
        protect(raised)
    return raised


def _refuse_lower(desk: Desk, incident: Incident, columns: Mapping[str, Any], where: str) -> None:
    """A sensitivity is never lowered by what an organisation sends: two people of the desk decide that by itself.

    A trial does not tell that they did before the incident is published at the lower one.
    """
    level = columns.get("sensitivity", incident.sensitivity)
    stands = LEVELS.index(incident.sensitivity)
    if desk.on_trial and "sensitivity" in columns and incident.published_sensitivity:
        stands = max(stands, LEVELS.index(incident.published_sensitivity))
    if LEVELS.index(level) < stands:
        raise Refused(
            Fault(
                where,
                "not_changeable",
                worded(
                    "A lower sensitivity is for the desk to decide; leave it out.",
                    desk="A lower sensitivity takes two people of the desk: propose it on the page of the incident.",
                ),
            )
        )


def enter_attributions(desk: Desk, incident: Incident) -> None:
    """Each attribution that does not stand in the record already."""
    new, old = desk.content.get("attributions", []), desk.previous.content.get("attributions", [])
    again = _again(desk, Attribution, ATTRIBUTION_COLUMNS, new, old)
    for index, entry in enumerate(new):
        where = pointer("attributions", index)
        if index in again and desk.stays(where, "attribution", pointer("attributions", again[index])):
            continue
        values = {name: entry[name] for name in ATTRIBUTION_COLUMNS if name in entry} | desk.said(entry)
        values |= {"incident": incident, "actor": desk.find("actor", entry["actor"])}
        known = None if desk.is_first(Attribution) else Attribution.objects.filter(**values).first()
        if known is not None:
            desk.part(where, "attribution", choices.PartOutcome.UNCHANGED, known)
            continue
        claim = desk.find("claim", entry["claim"]) if "claim" in entry else None
        desk.make(Attribution, where, "attribution", values | {"claim": claim})
    desk.left_out(("attributions",), "attribution", set(range(len(old))) - set(again.values()))
