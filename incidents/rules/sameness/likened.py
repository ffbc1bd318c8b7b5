"""Reads what of incidents is compared, for many at once, and which incidents stand so near that comparing is worth it.

How alike two are is in likeness.py; what becomes of a pair in duplicates.py.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from incidents import choices
from incidents.models import (
    AreaName,
    Attribution,
    Claim,
    Document,
    Incident,
    IncidentAct,
    IncidentReference,
    IncidentRelation,
)
from incidents.models.folding import fold
from incidents.models.gathering import among, columns
from incidents.models.incidents import LAST_DAY
from incidents.rules.figures.ranges import FLOORS, VAGUE
from incidents.rules.sameness.likeness import NAMED, NEAR_DAYS, NEAR_KM, POINTS, Figure, Likened
from incidents.rules.sameness.spelling import bare_address, place_name

COMPARED_AT_MOST = 500
SAME_START = timedelta(days=366)
"""Incidents that began more than a year apart are never one: so a search reads a year, not a country's whole past."""
KM_OF_A_DEGREE = 111.0
CELLS_OF_A_DEGREE = 2
IN_ONE_QUERY = 500


def near(
    incident: Likened,
    most: int = COMPARED_AT_MOST,
    *,
    abroad: Collection[str] | None = None,
    crossing: Collection[int] = (),
) -> QuerySet[Incident]:
    """The incidents that may be the same as this one: at about its days, at about its place.

    Days are at most two apart. A place is about the same within 25 km (a box: the score measures), or where an area
    of one is or holds an area of the other. In the same country two of which one has only a point and the other only
    areas, or one neither, can be at one place: nothing but what is written tells. Of an incident at a border one may
    say the one country and another the other: `abroad` are those that lie so near, asked for unless given; `crossing`
    are incidents of other countries that have an area in its own.
    Those that began last come first, and no more than `most` of them.
    """
    days = timedelta(days=NEAR_DAYS)
    about = abroad_of(incident) if abroad is None else abroad
    there = Q(country__in=sorted({incident.country, *incident.countries, *about}))
    found: QuerySet[Any] = Incident.objects.filter(
        there | Q(pk__in=crossing) if crossing else there,
        ~Q(pk=incident.pk),
        merged_into__isnull=True,
        start_earliest__gte=_moved(incident.start, -SAME_START),
        start_earliest__lte=min(_moved(incident.end, days), _moved(incident.start, SAME_START)),
    ).annotate(last_day=LAST_DAY)
    found = found.filter(last_day__gte=_moved(incident.start, -days))
    if incident.areas or _is_point(incident):
        found = _about_its_place(found, incident)
    else:
        found = found.filter(country=incident.country)
    return found.order_by("-start_earliest", "pk")[:most]


def _moved(day: date, by: timedelta) -> date:
    """The day so much earlier or later; at the ends of the calendar, its first or last day.

    What is entered lies far from both (models/days.py), what was entered before that rule may not.
    """
    try:
        return day + by
    except OverflowError:
        return date.max if by > timedelta() else date.min


def abroad_of(incident: Likened) -> set[str]:
    """The countries, other than its own, in which incidents lie that are about as near as to be the same: 25 km.

    Of all in the cell of half a degree that its point lies in, so that whoever asks for many can keep the answers by
    cell_of(). One query; none where no point is its place.
    """
    cell = cell_of(incident)
    if cell is None:
        return set()
    middle = [(step + 0.5) / CELLS_OF_A_DEGREE for step in cell]
    box = _box(middle[0], middle[1], 0.5 / CELLS_OF_A_DEGREE)
    there = Incident.objects.filter(box, geo_precision__in=POINTS, merged_into__isnull=True)
    return set(there.order_by().values_list("country", flat=True).distinct()) - {incident.country}


def crossing() -> dict[str, set[int]]:
    """By country the incidents of other countries that have an area in it: those that cross a border."""
    areas = Incident.areas.through.objects.exclude(adminarea__country=F("incident__country"))
    found: dict[str, set[int]] = defaultdict(set)
    for pk, country in areas.values_list("incident", "adminarea__country"):
        found[country].add(pk)
    return dict(found)


def cell_of(incident: Likened) -> tuple[int, int] | None:
    """The cell of half a degree, counted from 0, 0, in which its point lies; None where no point is its place."""
    if incident.point is None or not _is_point(incident):
        return None
    return math.floor(incident.point[0] * CELLS_OF_A_DEGREE), math.floor(incident.point[1] * CELLS_OF_A_DEGREE)


def _is_point(incident: Likened) -> bool:
    return incident.point is not None and incident.precision in POINTS


def _about_its_place(found: QuerySet[Any], incident: Likened) -> QuerySet[Any]:
    """Those of them that are where the incident is, or of which nobody said it in a way that can be compared.

    Each question to the areas is one for a row, not an Exists: PostgreSQL answers that by hashing the areas of every
    incident there is, for each incident searched for.
    """
    located = Incident.areas.through.objects.filter(incident=OuterRef("pk"))
    inside = located.filter(adminarea__ancestor_links__ancestor__pcode__in=incident.areas)
    around = located.filter(adminarea__pcode__in=incident.above)
    unknown, here = Q(), Q()
    if incident.point and _is_point(incident):
        unknown &= ~Q(latitude__isnull=False, geo_precision__in=POINTS)
        here |= Q(geo_precision__in=POINTS) & _box(*incident.point)
    if incident.areas:
        found = found.annotate(located=_one(located.filter(adminarea__level__gte=1)))
        found = found.annotate(inside=_one(inside), around=_one(around))
        unknown &= Q(located__isnull=True)
        here |= Q(inside__isnull=False) | Q(around__isnull=False)
    return found.filter(here | unknown & Q(country=incident.country))


def _one(rows: QuerySet[Any]) -> Subquery:
    return Subquery(rows.values("pk")[:1])


def _box(latitude: float, longitude: float, within: float = 0.0) -> Q:
    """What lies within 25 km of a point that is `within` so many degrees of this one, and somewhat more."""
    high = within + NEAR_KM / KM_OF_A_DEGREE
    wide = within + NEAR_KM / KM_OF_A_DEGREE / max(math.cos(math.radians(min(89.0, abs(latitude) + high))), 0.01)
    box = Q(latitude__gte=latitude - high, latitude__lte=latitude + high)
    if abs(longitude) + wide > 180:
        return box
    return box & Q(longitude__gte=longitude - wide, longitude__lte=longitude + wide)


def likened(pks: Collection[int]) -> dict[int, Likened]:
    """What is compared of these incidents, by number.

    Seven queries for each 500, and one more where the place of some is known no better than a district.
    """
    found: dict[int, Likened] = {}
    wanted = sorted(pks)
    for start in range(0, len(wanted), IN_ONE_QUERY):
        found |= _read(wanted[start : start + IN_ONE_QUERY])
    return found


def _read(pks: Collection[int]) -> dict[int, Likened]:
    areas = _areas(pks)
    figures: dict[int, dict[tuple[str, str], set[Figure]]] = defaultdict(lambda: defaultdict(set))
    documents: dict[int, set[int]] = defaultdict(set)
    urls: dict[int, set[str]] = defaultdict(set)
    claims = [claim for claim in among(Claim, "incident", pks, ("pk",)) if claim.retracted_at is None]
    named = {each.pk: each for each in among(Document, "pk", {claim.document_id for claim in claims})}
    for claim in claims:
        document = named[claim.document_id]
        if document.type != choices.DocumentType.DATASET:
            documents[claim.incident_id].add(document.pk)
            urls[claim.incident_id] |= {bare_address(url) for url in (document.url, document.archive_url) if url}
        figure = None if claim.scope == choices.ClaimScope.WIDER or claim.running_total else _figure(claim)
        if figure is not None:
            figures[claim.incident_id][claim.measure, claim.unit].add(figure)
    ids: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    classes: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for pk, scheme, key, identifies in _of("ids of those compared", _references, pks):
        if identifies:
            ids[pk][scheme].add(key)
        else:
            classes[pk].add((scheme, key))
    actors = _sets(_of("actors of those compared", _actors, pks))
    acts = _sets(_of("acts of those compared", _acts, pks))
    rows = [_Facts(*row) for row in _of("facts of those compared", _facts, pks)]
    places = {
        row.pk: frozenset(filter(None, map(place_name, [row.place_text, *row.place_names.values()]))) for row in rows
    }
    units = _units(rows, places)
    return {
        row.pk: Likened(
            pk=row.pk,
            kind=row.kind,
            country=row.country,
            countries=frozenset({row.country, *areas[row.pk][2]}),
            start=row.start_earliest,
            end=row.last_day,
            precision=row.geo_precision,
            point=None if row.latitude is None or row.longitude is None else (row.latitude, row.longitude),
            areas=areas[row.pk][0],
            above=areas[row.pk][1],
            places=places[row.pk],
            titles=frozenset(filter(None, map(fold, row.title.values()))),
            figures={key: frozenset(each) for key, each in figures[row.pk].items()},
            actors=frozenset(actors[row.pk]),
            acts=frozenset(acts[row.pk]),
            ids={scheme: frozenset(keys) for scheme, keys in ids[row.pk].items()},
            classes=frozenset(classes[row.pk]),
            documents=frozenset(documents[row.pk]),
            urls=frozenset(urls[row.pk]),
            units=units.get(row.pk, {}),
        )
        for row in rows
    }


class _Facts(NamedTuple):
    """The columns of an incident that are compared."""

    pk: int
    kind: str
    country: str
    start_earliest: date
    geo_precision: str
    latitude: float | None
    longitude: float | None
    place_text: str
    place_names: dict[str, str]
    title: dict[str, str]
    last_day: date


def _of(what: str, rows: Callable[[Any], QuerySet[Any, Any]], pks: Collection[int]) -> list[Any]:
    """Columns of what belongs to these incidents; asked of every submission, so the statement is kept."""
    return columns(what, rows, Incident._meta.pk, pks)


def _facts(keys: Any) -> QuerySet[Any, Any]:
    return Incident.objects.filter(pk__among=keys).annotate(last_day=LAST_DAY).order_by().values(*_Facts._fields)  # type: ignore[no-any-return]


def _references(keys: Any) -> QuerySet[Any, Any]:
    rows = IncidentReference.objects.filter(incident__among=keys).order_by()
    return rows.values("incident", "scheme", "key", "identifies")


def _actors(keys: Any) -> QuerySet[Any, Any]:
    return Attribution.objects.filter(incident__among=keys).order_by().values("incident", "actor")


def _acts(keys: Any) -> QuerySet[Any, Any]:
    return IncidentAct.objects.filter(incident__among=keys).order_by().values("incident", "act")


def _located(keys: Any) -> QuerySet[Any, Any]:
    rows = Incident.areas.through.objects.filter(
        incident__among=keys, adminarea__ancestor_links__ancestor__level__gte=1
    )
    return rows.values(
        "incident",
        "adminarea__ancestor_links__depth",
        "adminarea__ancestor_links__ancestor__pcode",
        "adminarea__ancestor_links__ancestor__level",
        "adminarea__country",
    )


def _units(rows: Collection[_Facts], places: Mapping[int, frozenset[str]]) -> dict[int, dict[str, int]]:
    """Of incidents known no better than a district: which of their names are those of areas of their country.

    Each with the highest level of these. A country, a province and its town often have one name.
    """
    coarse = [row for row in rows if row.geo_precision not in NAMED and places[row.pk]]
    if not coarse:
        return {}
    names = AreaName.objects.filter(
        area__country__in={row.country for row in coarse},
        core__in={name for row in coarse for name in places[row.pk]},
    )
    levels: dict[tuple[str, str], int] = {}
    for country, name, level in names.values_list("area__country", "core", "area__level"):
        levels[country, name] = min(level, levels.get((country, name), level))
    return {
        row.pk: {name: levels[row.country, name] for name in places[row.pk] if (row.country, name) in levels}
        for row in coarse
    }


def _figure(claim: Claim) -> Figure | None:
    """Rule 4 of reported-range@1, as far as comparing needs it."""
    if claim.qualifier == choices.Qualifier.VAGUE:
        ends = VAGUE.get(claim.vague_term)
        return ends and Figure(ends[0], None, ends[1])
    if claim.qualifier == choices.Qualifier.RANGE:
        given = [figure for figure in (claim.low, claim.value, claim.high) if figure is not None]
        return Figure(min(given), claim.value, max(given))
    if claim.value is None:
        return None
    if claim.qualifier == choices.Qualifier.AT_MOST:
        return Figure(0, None, claim.value)
    if claim.qualifier in FLOORS:
        return Figure(claim.value + (claim.qualifier == choices.Qualifier.MORE_THAN), None, None)
    return Figure(claim.value, claim.value, claim.value)


def _areas(pks: Collection[int]) -> dict[int, tuple[dict[str, int], dict[str, int], set[str]]]:
    """Of each incident its areas below the country, and those with all that they lie in, P-codes with levels; and the
    countries of these."""
    found: dict[int, tuple[dict[str, int], dict[str, int], set[str]]] = defaultdict(lambda: ({}, {}, set()))
    for pk, depth, pcode, level, country in _of("areas of those compared", _located, pks):
        found[pk][1][pcode] = level
        found[pk][2].add(country)
        if depth == 0:
            found[pk][0][pcode] = level
    return found


def _sets(rows: Iterable[tuple[int, Any]]) -> dict[int, set[Any]]:
    found: dict[int, set[Any]] = defaultdict(set)
    for pk, value in rows:
        found[pk].add(value)
    return found


def kin(pks: Collection[int]) -> dict[int, set[int]]:
    """The incidents that somebody says are others than these: related in any way but as a possible duplicate.

    Containment counts through any number of steps, up and down: a killing is no duplicate of what holds it.
    """
    found: dict[int, set[int]] = defaultdict(set)
    relations = IncidentRelation.objects.exclude(
        type__in=[choices.RelationType.POSSIBLE_DUPLICATE, choices.RelationType.CONTAINS]
    )
    for one, other in _ends(relations, pks):
        found[one].add(other)
        found[other].add(one)
    contains = IncidentRelation.objects.filter(type=choices.RelationType.CONTAINS)
    for here, there in (("from_incident", "to_incident"), ("to_incident", "from_incident")):
        next_of: dict[int, set[int]] = {}
        waiting = set(pks)
        while waiting:
            steps = _step(contains, here, there, waiting)
            next_of |= {pk: steps.get(pk, set()) for pk in waiting}
            waiting = {pk for reached in steps.values() for pk in reached} - next_of.keys()
        for pk in pks:
            found[pk] |= set(_reached(next_of, pk))
    return found


def said_to_be_one(pks: Collection[int]) -> set[frozenset[int]]:
    """The pairs with one of these that a relation calls possible duplicates."""
    relations = IncidentRelation.objects.filter(type=choices.RelationType.POSSIBLE_DUPLICATE)
    return {frozenset(ends) for ends in _ends(relations, pks)}


def _ends(relations: QuerySet[IncidentRelation], pks: Collection[int]) -> list[tuple[int, int]]:
    rows = relations.filter(Q(from_incident__in=pks) | Q(to_incident__in=pks))
    return list(rows.values_list("from_incident", "to_incident"))


def _step(relations: QuerySet[IncidentRelation], here: str, there: str, pks: set[int]) -> dict[int, set[int]]:
    waiting, found = sorted(pks), dict[int, set[int]]()
    for start in range(0, len(waiting), IN_ONE_QUERY):
        some = relations.filter(**{f"{here}__in": waiting[start : start + IN_ONE_QUERY]})
        for one, other in some.values_list(here, there):
            found.setdefault(one, set()).add(other)
    return found


def _reached(next_of: dict[int, set[int]], start: int) -> Iterator[int]:
    seen, waiting = set[int](), list(next_of.get(start, ()))
    while waiting:
        pk = waiting.pop()
        if pk not in seen:
            seen.add(pk)
            yield pk
            waiting += next_of.get(pk, ())
