"""How published incidents lie in a filter of place, dates and perpetrator: inside, across its edge, or too coarse.

Everything else a query may ask (kind, act, grade ...) is an ordinary condition on the index.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, Q, QuerySet

from incidents.choices import Extent, GeoPrecision
from incidents.models import AreaClosure, PublicIncident, PublicIncidentActor, PublicIncidentArea
from incidents.rules.figures.containment import Share

POINTS = frozenset({GeoPrecision.EXACT, GeoPrecision.NEAR, GeoPrecision.SETTLEMENT})


@dataclass(frozen=True, slots=True)
class Scope:
    """The filters under which an incident may count in part: a P-code, an interval of days, who is alleged."""

    place: str | None = None
    date_from: date | None = None
    date_to: date | None = None
    perpetrators: Collection[UUID] = ()
    perpetrator_types: Collection[str] = ()
    by_point: bool = False
    """Whether a box or a distance is asked for: a representative point, or none, does not tell that it was there."""


class Lying(NamedTuple):
    """The columns of a published incident that totals need."""

    pk: int
    public_id: UUID
    clarity: str
    start_earliest: date
    interval_end: date
    has_relations: bool
    geo_precision: str
    latitude: float | None
    month: str
    quarter: str
    year: str
    country: str
    adm1: str
    adm2: str
    act: str
    perpetrator: str
    perpetrator_type: str
    grade: str


@dataclass(frozen=True, slots=True)
class Selected:
    """One incident of the selection, how it lies in it, and which areas inside the place its claims itemise."""

    incident: Lying
    share: Share
    itemised: tuple[str, ...] = ()


@dataclass(slots=True)
class _Inside:
    """What is known of incidents in relation to a place, by primary key."""

    inside: dict[int, set[str]] = field(default_factory=dict)
    own: dict[int, set[str]] = field(default_factory=dict)
    itemised: dict[int, set[str]] = field(default_factory=dict)
    coarse: set[int] = field(default_factory=set)


def select(incidents: QuerySet[PublicIncident], scope: Scope) -> Iterator[Selected]:
    """The incidents that lie in the scope in any way, out of `incidents`, each once, in no particular order."""
    place = _place(_in_time_and_alleged(incidents, scope), scope.place) if scope.place else None
    found = overlapping(incidents, scope)
    extents = _extents(found, scope)
    # A named tuple costs a fifth of a model instance, and a query may select every incident there is.
    for row in found.values_list(*Lying._fields).iterator(chunk_size=2000):
        incident = Lying(*row)
        share = Share.FULL
        itemised: tuple[str, ...] = ()
        if not _within(incident, scope):
            share = Share.STRADDLING
        if extents is not None and incident.pk not in extents:
            share = Share.STRADDLING
        if place is not None:
            share, itemised = _in_share(incident, place, share)
        if scope.by_point and (incident.latitude is None or incident.geo_precision not in POINTS):
            share = Share.LESS_PRECISE
        yield Selected(incident, share, itemised)


def overlapping(incidents: QuerySet[PublicIncident], scope: Scope) -> QuerySet[PublicIncident]:
    """Those of the incidents that lie in the scope in any way, known too coarsely to say included."""
    found = _in_time_and_alleged(incidents, scope)
    return found.filter(_in_place(scope.place, areas_above(found.db, scope.place))) if scope.place else found


def _in_time_and_alleged(incidents: QuerySet[PublicIncident], scope: Scope) -> QuerySet[PublicIncident]:
    if scope.date_from is not None:
        incidents = incidents.filter(interval_end__gte=scope.date_from)
    if scope.date_to is not None:
        incidents = incidents.filter(start_earliest__lte=scope.date_to)
    named = alleged(scope)
    return incidents if named is None else incidents.filter(pk__in=named.values("incident"))


def _within(incident: Lying, scope: Scope) -> bool:
    after = scope.date_from is None or incident.start_earliest >= scope.date_from
    return after and (scope.date_to is None or incident.interval_end <= scope.date_to)


def _keys(incidents: QuerySet[PublicIncident]) -> QuerySet[PublicIncident, Any]:
    """Their primary keys, as a part of another query over the same database."""
    return incidents.using(None).values("pk")


def alleged(scope: Scope) -> QuerySet[PublicIncidentActor] | None:
    """The attributions to the perpetrators asked for; None where none is asked for."""
    if not scope.perpetrators and not scope.perpetrator_types:
        return None
    rows = PublicIncidentActor.objects.filter(perpetrating=True)
    if scope.perpetrators:
        rows = rows.filter(actor_id__in=scope.perpetrators)
    if scope.perpetrator_types:
        rows = rows.filter(actor_type__in=scope.perpetrator_types)
    return rows


def _extents(incidents: QuerySet[PublicIncident], scope: Scope) -> set[int] | None:
    """The incidents attributed as a whole to one of the perpetrators asked for; None where none is asked for."""
    rows = alleged(scope)
    if rows is None:
        return None
    whole = rows.using(incidents.db).filter(extent=Extent.WHOLE, incident__in=_keys(incidents))
    return set(whole.values_list("incident_id", flat=True))


def areas_above(alias: str, pcode: str) -> list[str]:
    """The P-codes of everything that an area lies in, itself left out."""
    links = AreaClosure.objects.using(alias).filter(descendant__pcode=pcode, depth__gt=0)
    return list(links.values_list("ancestor__pcode", flat=True))


def _in_place(pcode: str, above: Collection[str]) -> Q:
    """Incidents with an own or itemised area in the place, or with an own area that the place lies in."""
    # One list of incidents and not two: for either of two the database reads all that there are.
    areas = PublicIncidentArea.objects.filter(pcode__in=[pcode, *above])
    there = areas.filter(Q(pcode=pcode) | Q(itemised=False, pcode=F("own_pcode")))
    return Q(pk__in=there.values("incident"))


def _place(incidents: QuerySet[PublicIncident], pcode: str) -> _Inside:
    known = _Inside()
    rows = PublicIncidentArea.objects.using(incidents.db)
    touching = rows.filter(pcode=pcode, incident__in=_keys(incidents))
    for incident, own, itemised in touching.values_list("incident_id", "own_pcode", "itemised"):
        (known.itemised if itemised else known.inside).setdefault(incident, set()).add(own)
    ids = list({*known.inside, *known.itemised})
    above = set(areas_above(incidents.db, pcode))
    for start in range(0, len(ids), 500):
        mine = rows.filter(incident__among=ids[start : start + 500], itemised=False)
        for incident, own in mine.values_list("incident_id", "own_pcode"):
            known.own.setdefault(incident, set()).add(own)
    coarse = rows.filter(itemised=False, pcode=F("own_pcode"), pcode__in=above, incident__in=_keys(incidents))
    known.coarse.update(coarse.values_list("incident_id", flat=True))
    return known


def _in_share(incident: Lying, place: _Inside, share: Share) -> tuple[Share, tuple[str, ...]]:
    inside, own = place.inside.get(incident.pk, set()), place.own.get(incident.pk, set())
    if inside and inside == own:
        return share, ()
    itemised = place.itemised.get(incident.pk)
    if itemised:
        return share, tuple(sorted(itemised))
    if incident.pk in place.coarse:
        return Share.LESS_PRECISE, ()
    return Share.STRADDLING, ()
