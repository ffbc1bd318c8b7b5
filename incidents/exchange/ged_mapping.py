"""What a UCDP event becomes in the record: columns of the incident, its act, attributions and reported claim.

Pure functions of the event; writing to the database is ged.py's and ged_changes.py's matter.
Source: GED codebook 19.1 (Högbladh 2019).
"""

from collections import Counter
from typing import Any

from incidents import choices
from incidents.exchange.ged_rows import NON_STATE, ONE_SIDED, STATE_BASED, GedEvent, Side

EVENT_SCHEME, ACTOR_SCHEME = "ucdp-ged", "ucdp-actor"
CONFLICT_SCHEME, DYAD_SCHEME = "ucdp-conflict", "ucdp-dyad"

NEAR_METRES = 25_000  # where_prec 2: within about 25 km of the point
POINTS_OF_THE_EVENT = {choices.GeoPrecision.EXACT, choices.GeoPrecision.NEAR}
# The finest level that an area may have at each precision: a region is not known to lie in one district.
FINEST_LEVEL = {
    choices.GeoPrecision.EXACT: 2,
    choices.GeoPrecision.NEAR: 2,
    choices.GeoPrecision.ADM2: 2,
    choices.GeoPrecision.ADM1: 1,
    choices.GeoPrecision.REGION: 1,
    choices.GeoPrecision.COUNTRY: 0,
    choices.GeoPrecision.INTERNATIONAL: 0,
}
KIND = {
    STATE_BASED: choices.IncidentKind.ARMED_EVENT,
    NON_STATE: choices.IncidentKind.ARMED_EVENT,
    ONE_SIDED: choices.IncidentKind.KILLING_EVENT,
}
# The codebook says of types 1 and 2 only that armed force between the sides killed somebody: a clash, a bomb or a
# shell alike. One-sided violence is by definition the direct and deliberate killing of civilians.
ACT = {
    STATE_BASED: choices.Act.KILLING_IN_CONFLICT,
    NON_STATE: choices.Act.KILLING_IN_CONFLICT,
    ONE_SIDED: choices.Act.KILLING_GROUP_TARGETED,
}
VIOLENCE = {
    STATE_BASED: "State-based violence between {a} and {b}",
    NON_STATE: "Non-state violence between {a} and {b}",
    ONE_SIDED: "One-sided violence by {a}",
}

Role = tuple[str, str]  # (role, position)


def incident_values(event: GedEvent, country: str) -> dict[str, Any]:
    """The incident's own columns; `country` is alpha-3. Its areas are matched elsewhere."""
    exact_days = event.date_precision == choices.DatePrecision.DAY
    return {
        "kind": KIND[event.violence].value,
        "title": {"en": title(event)},
        "start_earliest": event.start,
        "start_latest": event.start if exact_days else event.end,
        "end_earliest": event.end if exact_days else event.start,
        "end_latest": event.end,
        "date_precision": event.date_precision.value,
        "ongoing": False,
        "country": country,
        "place_text": "; ".join(filter(None, (event.place, event.adm_2, event.adm_1))),
        "latitude": event.latitude,
        "longitude": event.longitude,
        "geo_precision": event.geo_precision.value,
        "uncertainty_m": NEAR_METRES if event.geo_precision == choices.GeoPrecision.NEAR else None,
        "geo_method": (
            choices.GeoMethod.SOURCE if event.geo_precision in POINTS_OF_THE_EVENT else choices.GeoMethod.CENTROID
        ).value,
        "clarity": event.clarity.value,
        "civilian_targeting": True if event.one_sided else None,
    }


def title(event: GedEvent) -> str:
    """A title in neutral words: type, sides, place, days; never a headline, never a name of the dead."""
    what = VIOLENCE[event.violence].format(a=event.side_a.name, b=event.side_b.name)
    where = event.place or event.adm_2 or event.adm_1 or event.country
    when = f"{event.start}" if event.start == event.end else f"{event.start} to {event.end}"
    return f"{what}, {where}, {when}"


def act(event: GedEvent) -> str:
    """The incident's one act."""
    return ACT[event.violence].value


def act_of_kind(kind: str) -> str:
    """The act of an event that became an incident of that kind; empty for a kind that none becomes."""
    return next((ACT[violence].value for violence, each in KIND.items() if each == kind), "")


def roles(event: GedEvent) -> dict[int, Role]:
    """UCDP's actor ids with their role and position: a perpetrator for one-sided violence, else two parties."""
    alleged = choices.Position.ALLEGES.value
    if event.one_sided:
        return {event.side_a.id: (choices.Role.DIRECTLY_CARRIED_OUT.value, alleged)}
    return {side.id: (choices.Role.PARTY.value, alleged) for side in (event.side_a, event.side_b)}


def sides(event: GedEvent) -> tuple[Side, ...]:
    """The sides that are actors: "Civilians" of one-sided violence are not."""
    return (event.side_a,) if event.one_sided else (event.side_a, event.side_b)


def actor_values(side: Side) -> dict[str, Any]:
    """An actor as far as GED tells: a government's forces, else a named group. A coalition is one actor."""
    return {
        "type": (choices.ActorType.STATE_ARMED if side.government else choices.ActorType.NONSTATE_ARMED).value,
        "identification": (
            choices.Identification.NAMED_INSTITUTION if side.government else choices.Identification.NAMED_GROUP
        ).value,
        "names": {"en": side.name},
    }


def claim_figures(event: GedEvent) -> dict[str, Any]:
    """The figures of the claim in persons, as reported, in whatever order."""
    return {
        "measure": choices.Measure.KILLED.value,
        "unit": choices.Unit.PERSON.value,
        "status": (choices.PersonStatus.CIVILIAN if event.one_sided else choices.PersonStatus.ALL).value,
        "status_basis": choices.StatusBasis.STATED.value,
        "qualifier": choices.Qualifier.RANGE.value,
        "low": event.low,
        "value": event.best,
        "high": event.high,
    }


def cells(event: GedEvent) -> dict[str, int]:
    """The parts of best by status, in persons, those above 0; sides of one status are added: they are disjoint."""
    parts: Counter[str] = Counter()
    parts[_fighters(event.side_a)] += event.deaths_a or 0
    side_b = choices.PersonStatus.CIVILIAN.value if event.one_sided else _fighters(event.side_b)
    parts[side_b] += event.deaths_b or 0
    parts[choices.PersonStatus.CIVILIAN.value] += event.deaths_civilians or 0
    parts[choices.PersonStatus.UNKNOWN.value] += event.deaths_unknown or 0
    return {status: count for status, count in parts.items() if count > 0}


def references(event: GedEvent) -> set[tuple[str, str]]:
    """The wider things it belongs to: its conflict and its dyad."""
    return {(CONFLICT_SCHEME, str(event.conflict)), (DYAD_SCHEME, str(event.dyad))}


def _fighters(side: Side) -> str:
    return (choices.PersonStatus.STATE_FORCES if side.government else choices.PersonStatus.NONSTATE_FIGHTER).value
