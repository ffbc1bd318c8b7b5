"""What an incident's sensitivity and its sources' consent allow to be said in public.

Places by lookup to an area's fixed centroid, never by jitter, so that two hidden points in one
unit read alike (promises.md, privacy rules).
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from incidents import choices
from incidents.models import AdminArea, Attribution, Claim, Incident, IncidentAct, IncidentReference, TargetedGroup
from incidents.models.gathering import parts_of

GENERIC_TITLES = {
    "en": "Incident with restricted details",
    "fr": "Incident aux détails restreints",
    "es": "Incidente con detalles restringidos",
    "ar": "حادثة بتفاصيل مقيّدة",
}
DISCREET = frozenset({choices.Sensitivity.HIGH, choices.Sensitivity.SEVERE})
LEVELS = list(choices.Sensitivity.values)
COARSE_PRECISIONS = frozenset(
    {
        choices.GeoPrecision.ADM2,
        choices.GeoPrecision.ADM1,
        choices.GeoPrecision.REGION,
        choices.GeoPrecision.COUNTRY,
        choices.GeoPrecision.INTERNATIONAL,
    }
)
SETTLEMENT_LEVEL = 3
DISTRICT_LEVEL = 2
SETTLEMENT_UNCERTAINTY_M = 5_000
# What the log says where one person made something private, and no more was published.
BECAME_PRIVATE = "It became private; earlier versions are emptied."


@dataclass(frozen=True, slots=True)
class Disclosed:
    """The parts of an incident that depend on its sensitivity, as they may be published."""

    title: dict[str, str]
    summary: dict[str, str]
    dates: dict[str, Any]
    place: dict[str, Any]
    claims: Sequence[Claim]
    acts: Sequence[IncidentAct]
    targeted_groups: Sequence[TargetedGroup]
    attributions: Sequence[Attribution]
    references: Sequence[IncidentReference]
    discreet: bool


def raised(before: str, now: str) -> bool:
    """Whether a sensitivity became stricter; an empty `before` was never published."""
    return bool(before) and LEVELS.index(now) > LEVELS.index(before)


def publishable(claim: Claim) -> bool:
    """Whether a claim may be published: it is public and its document's consent allows it."""
    return claim.public and claim.document.publishable


def disclose(incident: Incident) -> Disclosed:
    """What of the incident may be published at its sensitivity: low, moderate or high.

    What stands in a document that may not be published (its consent forbids it) is left out.

    Severe incidents have no public document at all; the caller never asks for one.
    """
    discreet = incident.sensitivity in DISCREET
    return Disclosed(
        title=GENERIC_TITLES if discreet else incident.title,
        summary={} if discreet else incident.summary,
        dates=_month(incident) if discreet else _dates(incident),
        place=_place(incident),
        claims=[claim for claim in parts_of(incident, "claims") if publishable(claim)],
        acts=[act for act in parts_of(incident, "acts") if act.document.publishable],
        targeted_groups=[group for group in parts_of(incident, "targeted_groups") if group.document.publishable],
        attributions=[said for said in parts_of(incident, "attributions") if said.document.publishable],
        references=[] if discreet else list(parts_of(incident, "references")),
        discreet=discreet,
    )


def _dates(incident: Incident) -> dict[str, Any]:
    return {
        "start_earliest": incident.start_earliest,
        "start_latest": incident.start_latest,
        "end_earliest": incident.end_earliest,
        "end_latest": incident.end_latest,
        "precision": incident.date_precision,
        "ongoing": incident.ongoing,
    }


def _month(incident: Incident) -> dict[str, Any]:
    """The dates by their months, coarser and never other: an end that nobody stated stays unknown."""
    coarse = incident.date_precision == choices.DatePrecision.YEAR_OR_MORE
    ends = incident.end_earliest, incident.end_latest
    return {
        "start_earliest": incident.start_earliest.replace(day=1),
        "start_latest": _last_of_month(incident.start_latest or incident.start_earliest),
        "end_earliest": ends[0].replace(day=1) if ends[0] else None,
        "end_latest": _last_of_month(ends[1]) if ends[1] else None,
        "precision": incident.date_precision if coarse else choices.DatePrecision.MONTH,
        "ongoing": incident.ongoing,
    }


def _last_of_month(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _place(incident: Incident) -> dict[str, Any]:
    areas = sorted(parts_of(incident, "areas"), key=lambda area: area.pcode)
    place = {
        "text": incident.place_text,
        "names": incident.place_names,
        "country": incident.country,
        "areas": areas,
        "point": _point(incident.latitude, incident.longitude),
        "precision": incident.geo_precision,
        "uncertainty_m": incident.uncertainty_m,
        "method": incident.geo_method,
    }
    if incident.sensitivity == choices.Sensitivity.LOW:
        return place
    if incident.sensitivity in DISCREET:
        return place | _coarse(areas, DISTRICT_LEVEL)
    coarse = _coarse(areas, SETTLEMENT_LEVEL)
    if incident.geo_precision in COARSE_PRECISIONS:
        # Its words stay, since they are as coarse; its point may be finer than it says, and becomes the unit's.
        return place | {name: coarse[name] for name in ("areas", "point", "method")} | {"uncertainty_m": None}
    return place | coarse


def _coarse(areas: Sequence[AdminArea], level: int) -> dict[str, Any]:
    """The place as the centroids of its areas at `level` or above tell it; no point without one area."""
    kept = sorted({at_most(area, level) for area in areas}, key=lambda area: area.pcode)
    finest = max((area.level for area in kept), default=0)
    precision = {
        SETTLEMENT_LEVEL: choices.GeoPrecision.SETTLEMENT,
        DISTRICT_LEVEL: choices.GeoPrecision.ADM2,
        1: choices.GeoPrecision.ADM1,
    }.get(finest, choices.GeoPrecision.COUNTRY)
    only = kept[0] if len(kept) == 1 else None
    return {
        "text": "",
        "names": {},
        "areas": kept,
        "point": _point(only.latitude, only.longitude) if only else None,
        "precision": precision,
        "uncertainty_m": SETTLEMENT_UNCERTAINTY_M if precision == choices.GeoPrecision.SETTLEMENT else None,
        "method": choices.GeoMethod.CENTROID,
    }


def at_most(area: AdminArea, level: int) -> AdminArea:
    """The area, or the one of this level that it lies in."""
    while area.level > level and area.parent is not None:
        area = area.parent
    return area


def _point(latitude: float | None, longitude: float | None) -> dict[str, float] | None:
    if latitude is None or longitude is None:
        return None
    return {"lat": latitude, "lon": longitude}


def interval_end(start_earliest: date, dates: dict[str, Any]) -> date:
    """The last day an incident may have lasted to: open-ended where it goes on and no end is known."""
    end = dates.get("end_latest")
    if end is not None:
        return date.fromisoformat(end) if isinstance(end, str) else end
    if dates.get("ongoing"):
        return date.max
    start = dates.get("start_latest")
    if start is None:
        return start_earliest
    return date.fromisoformat(start) if isinstance(start, str) else start
