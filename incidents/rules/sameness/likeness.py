"""How alike two incidents are: a score of 0 to 1000, made of named parts, and the reasons for it as data.

Plain values in, plain values out. Which incidents are compared, and what becomes of the pairs, is in duplicates.py.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Any

from rapidfuzz import fuzz

from incidents.choices import GeoPrecision, IncidentKind
from incidents.rules.sameness.spelling import alike

Reason = dict[str, Any]

# The most that each part can add; together 1000. What speaks against a pair is taken off.
PLACE, DATES, FIGURES, TEXT, ACTORS, ACTS, SHARED = 250, 150, 200, 150, 75, 50, 125
TOLD_APART, DISAGREE = -300, -100
NEAR_KM = 25.0
NEAR_DAYS = 2

NAMED = frozenset(
    {
        GeoPrecision.EXACT.value,
        GeoPrecision.NEAR.value,
        GeoPrecision.SETTLEMENT.value,
        GeoPrecision.SETTLEMENT_UNMATCHED.value,
    }
)
"""Precisions at which the place as written is a settlement's name, not a district's or a country's."""
POINTS = frozenset(NAMED - {GeoPrecision.SETTLEMENT_UNMATCHED.value})
"""Precisions at which a point is the place itself; at the others it stands for an area."""

HARMS = frozenset({IncidentKind.KILLING_EVENT.value, IncidentKind.ARMED_EVENT.value, IncidentKind.OTHER_HARM.value})
SAME_AREA = {1: 60, 2: 120, 3: 180, 4: 220}
SAME_NAME, SAME_WRITTEN = 225, 220
CLOSE_BY, CLOSE_PART = 3, 10  # persons, and one part in so many: 31 and 32, or 700 and 750, may be one count
EARTH_KM = 6371.0088


@dataclass(frozen=True, slots=True)
class Figure:
    """What a claim says in its unit: low to high (None: open at the top), and the single figure if it gives one."""

    low: int
    point: int | None
    high: int | None

    def words(self) -> str:
        """'31', '4-9', '111+'."""
        if self.point is not None:
            return str(self.point)
        return f"{self.low}+" if self.high is None else f"{self.low}-{self.high}"


@dataclass(frozen=True, slots=True)
class Likened:
    """What of an incident is compared. Names and titles are in search normal form; points in degrees.

    `countries` are its own and those of its areas. `areas` maps its areas of level 1 and below to their level, `above`
    also those they lie in. `ids` maps a scheme to the keys that identify the incident there, `classes` are references
    shared by many. `documents` are the documents of its claims without data sets, of which every row of an import is
    one. `units` are those of its places that are known no better than a district and are what an area of the country is
    called, with its highest level.
    """

    pk: int
    kind: str
    country: str
    countries: frozenset[str]
    start: date
    end: date
    precision: str
    point: tuple[float, float] | None
    areas: Mapping[str, int]
    above: Mapping[str, int]
    places: frozenset[str]
    titles: frozenset[str]
    figures: Mapping[tuple[str, str], frozenset[Figure]]
    actors: frozenset[int]
    acts: frozenset[str]
    ids: Mapping[str, frozenset[str]]
    classes: frozenset[tuple[str, str]]
    documents: frozenset[int]
    urls: frozenset[str]
    units: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Likeness:
    """The score of a pair, 0 to 1000, and the parts it is made of."""

    score: int
    reasons: tuple[Reason, ...]


def comparable(one: Likened, other: Likened) -> bool:
    """Whether two kinds of incident can be one: an aggregate is no event, a grave or a burial only evidence of one."""
    return one.kind == other.kind or {one.kind, other.kind} <= HARMS


def likeness(one: Likened, other: Likened, *, said: bool = False) -> Likeness:
    """How alike two incidents are; `said` where a relation between them says that they may be duplicates.

    The parts, with the most that each adds:
    place 250 -- distance between points that are the place itself, falling to 0 at 25 km; or a settlement of the same
    name (225); or the same name where one is known no better than a district, and neither points nor areas tell them
    apart (220, and for what an area is called as that area); or one area being or holding the other (60 at level 1 to
    220 at level 4); the best of them;
    dates 150 -- 60 for a day in common and up to 90 for how much of the two intervals is; 40 and 20 where they are a
    day or two apart;
    figures 200 -- the same measure: equal figures count by their size, as 31 and 31 seldom meet by chance and 1 and 1
    often do; figures within 3 persons or a tenth of each other count a little less; ranges that meet count half;
    figures that differ more than twofold take 100 off;
    text 150 -- titles of any language; actors 75; acts 50;
    shared 125 -- an external reference or a report's address in common, or a relation that says so.
    Two ids in one system that gives each event one say that these are two: 300 off.
    """
    found = [
        reason
        for reason in (
            _place(one, other),
            _dates(one, other),
            _figures(one, other),
            _text(one, other),
            _common("actors", ACTORS, one.actors, other.actors),
            _common("acts", ACTS, one.acts, other.acts),
            _shared(one, other, said=said),
            _told_apart(one, other),
        )
        if reason is not None
    ]
    return Likeness(max(0, min(1000, sum(reason["points"] for reason in found))), tuple(found))


def digest(one: Likened, other: Likened) -> str:
    """What makes a pair worth proposing again once it was decided: SHA-256, hexadecimal.

    Kind, days, country, areas, point, figures and ids of either; a title, a spelling or a note changes nothing.
    """
    facts = [
        [
            each.kind,
            each.country,
            each.start.isoformat(),
            each.end.isoformat(),
            each.point,
            sorted(each.areas),
            sorted([*key, *sorted(figure.words() for figure in figures)] for key, figures in each.figures.items()),
            sorted([scheme, *sorted(keys)] for scheme, keys in each.ids.items()),
        ]
        for each in sorted((one, other), key=lambda each: each.pk)
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The distance between two points (latitude, longitude in degrees) on a sphere, in kilometres."""
    north, south = math.radians(one[0]), math.radians(other[0])
    half = math.sin((south - north) / 2) ** 2
    half += math.cos(north) * math.cos(south) * math.sin(math.radians(other[1] - one[1]) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))


def _place(one: Likened, other: Likened) -> Reason | None:
    found: list[Reason] = []
    km = _km(one, other)
    if km is not None and km < NEAR_KM:
        points = round(PLACE * (1 - max(0.0, km - 1) / (NEAR_KM - 1)))
        found.append({"part": "place", "points": points, "how": "distance", "km": round(km, 1)})
    level, pcode = shared_area(one, other)
    if level:
        found.append({"part": "place", "points": SAME_AREA[level], "how": "area", "level": level, "pcode": pcode})
    elsewhere = (km is not None and km >= NEAR_KM) or (one.areas and other.areas and not level)
    if one.precision in NAMED and other.precision in NAMED:
        found += _named(one, other, how="name")
    elif not elsewhere:
        found += _named(one, other, how="written")
    return max(found, key=lambda reason: int(reason["points"]), default=None)


def _km(one: Likened, other: Likened) -> float | None:
    """How far apart two are of which both have a point that is the place itself."""
    if one.point and other.point and one.precision in POINTS and other.precision in POINTS:
        return distance_km(one.point, other.point)
    return None


def _named(one: Likened, other: Likened, *, how: str) -> list[Reason]:
    """The same name of a settlement; or as `written`, though it is said to be known no better than a district.

    Whoever has no point writes a village and calls that "adm1". What an area is called may be meant of all of it.
    """
    found = []
    for ours, theirs in product(one.places, other.places):
        if alike(ours, theirs):
            levels = [each.units[name] for each, name in ((one, ours), (other, theirs)) if name in each.units]
            points = SAME_NAME if how == "name" else SAME_AREA.get(min(levels), 0) if levels else SAME_WRITTEN
            found.append((-points, ours != theirs, ours, theirs))
    best, _, name, like = min(found, default=(0, False, "", ""))
    if not best:
        return []
    both = {} if name == like else {"other": like}
    return [{"part": "place", "points": -best, "how": how, "name": name, **both}]


def shared_area(one: Likened, other: Likened) -> tuple[int, str]:
    """The finest area that is one's own and the other's own or above it, with its level; (0, '') if there is none."""
    common = (one.areas.keys() & other.above.keys()) | (other.areas.keys() & one.above.keys())
    return max(((one.above[pcode], pcode) for pcode in common if pcode in one.above), default=(0, ""))


def _dates(one: Likened, other: Likened) -> Reason | None:
    gap = (max(one.start, other.start) - min(one.end, other.end)).days
    if gap > NEAR_DAYS:
        return None
    if gap > 0:
        return {"part": "dates", "points": 60 - 20 * gap, "how": "apart", "days": gap}
    whole = (max(one.end, other.end) - min(one.start, other.start)).days + 1
    points = 60 + round((DATES - 60) * (1 - gap) / whole)
    if (one.start, one.end) == (other.start, other.end):
        return {"part": "dates", "points": points, "how": "same", "days": whole}
    return {"part": "dates", "points": points, "how": "overlap", "days": 1 - gap}


def _figures(one: Likened, other: Likened) -> Reason | None:
    found = [
        {"part": "figures", "measure": measure, "unit": unit, **_compared(ours, theirs)}
        for measure, unit in sorted(one.figures.keys() & other.figures.keys())
        for ours, theirs in product(
            sorted(one.figures[measure, unit], key=Figure.words), sorted(other.figures[measure, unit], key=Figure.words)
        )
    ]
    return max(found, key=lambda reason: int(reason["points"]), default=None)


def _compared(ours: Figure, theirs: Figure) -> Reason:
    words = {"one": ours.words(), "other": theirs.words()}
    worth = FIGURES * min(10, max(ours.point or ours.low, theirs.point or theirs.low)) // 10
    if ours.point is not None and ours.point == theirs.point:
        return {"points": max(60, worth), "how": "equal", **words}
    ends = [figure.high for figure in (ours, theirs) if figure.high is not None]
    low = max(ours.low, theirs.low)
    if not ends or low <= min(ends):
        return {"points": max(30, worth // 2), "how": "meet", **words}
    if ours.point is not None and theirs.point is not None:
        less, more = sorted((ours.point, theirs.point))
        if more - less <= max(CLOSE_BY, more // CLOSE_PART) and more <= 2 * less:
            return {"points": FIGURES * min(10, less) // 10 * less // more, "how": "near", **words}
    if low > 2 * min(ends):
        return {"points": DISAGREE, "how": "differ", **words}
    return {"points": 0, "how": "close", **words}


def _text(one: Likened, other: Likened) -> Reason | None:
    best = max((fuzz.token_sort_ratio(ours, theirs) for ours, theirs in product(one.titles, other.titles)), default=0.0)
    if best <= 50:
        return None
    return {"part": "text", "points": round(TEXT * (best - 50) / 50), "per_cent": round(best)}


def _common(part: str, worth: int, ours: Iterable[Any], theirs: Iterable[Any]) -> Reason | None:
    common = sorted(set(ours) & set(theirs))
    return {"part": part, "points": worth, "common": common[:5]} if common else None


def _shared(one: Likened, other: Likened, *, said: bool) -> Reason | None:
    """Something that names both; the same row of a document says little, as who coded both from it knew both."""
    if said:
        return {"part": "shared", "points": SHARED, "how": "relation"}
    ids = [_pairs(each.ids) for each in (one, other)]
    named = (ids[0] & (ids[1] | other.classes)) | (ids[1] & one.classes)
    if named:
        return {"part": "shared", "points": SHARED, "how": "reference", "reference": ":".join(min(named))}
    if one.urls & other.urls and not one.documents & other.documents:
        return {"part": "shared", "points": SHARED, "how": "url", "url": min(one.urls & other.urls)}
    if one.documents & other.documents:
        return {"part": "shared", "points": 40, "how": "document"}
    if one.classes & other.classes:
        return {"part": "shared", "points": 25, "how": "class", "reference": ":".join(min(one.classes & other.classes))}
    return None


def _pairs(ids: Mapping[str, frozenset[str]]) -> frozenset[tuple[str, str]]:
    return frozenset((scheme, key) for scheme, keys in ids.items() for key in keys)


def _told_apart(one: Likened, other: Likened) -> Reason | None:
    schemes = sorted(scheme for scheme in one.ids.keys() & other.ids.keys() if not one.ids[scheme] & other.ids[scheme])
    return {"part": "told_apart", "points": TOLD_APART, "scheme": schemes[0]} if schemes else None
