"""Totals of victims over any selection of published incidents, with groups, without double counting.

Reads the tallies and hands them to containment.py; the same figures come from a brute-force
computation over the exported documents (a test does that).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import QuerySet

from incidents import choices
from incidents.models import AreaClosure, PublicContainment, PublicIncident, Tally
from incidents.models.public import TIED
from incidents.rules.figures.breakdown import DIMENSIONS
from incidents.rules.figures.containment import CONTAINMENT, Candidate, Row, Share, Totals, combined, total
from incidents.rules.figures.grouping import SEVERAL, UNKNOWN
from incidents.rules.figures.questions import ALL, AREA_LEVELS, Question, may_be, meant
from incidents.rules.figures.sums import NONE_LESS_PRECISE, LessPrecise, known_of
from incidents.rules.publication.tallies import AREA, DIMENSION_BITS
from incidents.rules.totals import apart, rolled_up
from incidents.rules.totals.adding import add_up
from incidents.rules.totals.apart import Weighed
from incidents.rules.totals.beside import left_of_all
from incidents.rules.totals.rolled_up import Plain
from incidents.rules.totals.selection import Lying, Scope, Selected, select
from incidents.rules.totals.standing_in import standing_in

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """Totals with what they are totals of."""

    question: Question
    totals: Totals
    containment: str = CONTAINMENT


class Line(NamedTuple):
    """The columns of a tally that totals need."""

    incident_id: int
    dimension: str
    status: str
    sex: str
    age_group: str
    cause: str
    occupation: str
    area: str
    low: int
    best: int | None
    high: int
    low_open: bool
    high_open: bool
    itemised: int
    own: bool


@dataclass(slots=True)
class _Figures:
    """The tally rows of one incident for one question."""

    base: Line | None = None
    parts: list[Line] = field(default_factory=list)
    areas: list[Line] = field(default_factory=list)
    of_all: list[Line] = field(default_factory=list)
    """Where a status is asked for: the parts by status of what was stated of all; beside a figure of that status only
    where neither sex nor age is asked for."""


def victims(
    incidents: QuerySet[PublicIncident], scope: Scope, question: Question, plain: Plain | None = None
) -> Answer:
    """Count the victims of the incidents that lie in the scope.

    `incidents` carries every other filter, and `plain` says the same by columns of the rollups where that can be
    said: then it takes no longer for more incidents, which are asked for only where the rollups do not answer for all.
    Counts are in the question's unit.
    """
    interval = apart.answered(scope, question, plain)
    weighed: Weighed | None
    if plain is None or interval is None:
        summed, weighed = add_up(incidents, scope, question), Weighed(incidents.filter(TIED))
    else:
        ready = rolled_up.sums(plain, question, interval)
        summed = add_up(incidents, scope, question, interval, ready)
        weighed = apart.weighed(incidents, question, plain, interval, ready)
    return Answer(question, summed if weighed is None else combined(summed, _weigh(weighed, scope, question)))


def _weigh(weighed: Weighed, scope: Scope, question: Question) -> Totals:
    """What incidents add that are taken one by one, in the question's unit."""
    incidents = weighed.incidents
    selected = list(select(incidents, scope))
    figures = figures_of([each.incident.pk for each in selected], question, incidents.db)
    containers = containers_of([each.incident for each in selected], incidents.db)
    areas = _AreaGroups(incidents.db, question, figures)
    candidates = {}
    for each in selected:
        known = figures.get(each.incident.pk)
        if known is None:
            continue
        candidate = _candidate(each, known, question, containers.get(each.incident.pk, {}), areas)
        if candidate is not None:
            candidates[each.incident.pk] = candidate
    counted = None
    if weighed.counted is not None:
        counted = {each.id for key, each in candidates.items() if key in weighed.counted}
    return total(standing_in(candidates, scope, question, incidents.db), counted)


def figures_of(primary_keys: Sequence[int], question: Question, alias: str) -> dict[int, _Figures]:
    """The tally rows that answer the question, by incident."""
    found: dict[int, _Figures] = {}
    dimensions = ["", AREA, *question.cuts]
    for start in range(0, len(primary_keys), CHUNK):
        rows = Tally.objects.using(alias).filter(
            incident__among=primary_keys[start : start + CHUNK],
            measure=question.measure,
            unit=question.counted_unit,
            basis=question.basis,
            of_status=question.status or ALL,
            dimension__in=dimensions,
        )
        for columns in rows.order_by("pk").values_list(*Line._fields):
            row = Line(*columns)
            known = found.setdefault(row.incident_id, _Figures())
            if row.dimension == "":
                known.base = row
            elif row.dimension == AREA:
                known.areas.append(row)
            else:
                known.parts.append(row)
    if question.status not in {"", ALL}:
        _add_parts_of_all(found, primary_keys, question, alias)
    return found


def _add_parts_of_all(found: dict[int, _Figures], primary_keys: Sequence[int], question: Question, alias: str) -> None:
    """Take the parts of `all` by status, of those asked for by sex or age only without an estimate of the status."""
    missing = [key for key in primary_keys if not question.filters or key not in found or found[key].base is None]
    for start in range(0, len(missing), CHUNK):
        rows = Tally.objects.using(alias).filter(
            incident__among=missing[start : start + CHUNK],
            measure=question.measure,
            unit=question.counted_unit,
            basis=question.basis,
            of_status=ALL,
            dimension__in=["", "status"],
        )
        for columns in rows.order_by("pk").values_list(*Line._fields):
            row = Line(*columns)
            parts = found.setdefault(row.incident_id, _Figures()).of_all
            if row.dimension == "status" or not row.itemised & DIMENSION_BITS["status"]:
                parts.append(row)


def containers_of(incidents: Iterable[Lying], alias: str) -> dict[int, dict[str, bool]]:
    """{incident's primary key: {public id of what contains it: certainly}} for those that have relations."""
    related = [incident.pk for incident in incidents if incident.has_relations]
    found: dict[int, dict[str, bool]] = {}
    for start in range(0, len(related), CHUNK):
        rows = PublicContainment.objects.using(alias).filter(descendant__among=related[start : start + CHUNK])
        for below, above, certain in rows.values_list("descendant_id", "ancestor__public_id", "certain"):
            found.setdefault(below, {})[str(above)] = certain
    return found


def _candidate(
    selected: Selected,
    known: _Figures,
    question: Question,
    containers: Mapping[str, bool],
    areas: "_AreaGroups",
) -> Candidate | None:
    base = known.base
    if base is None:
        share = Share.LESS_PRECISE if selected.itemised else selected.share
        asked = question.filters | {"status": question.status}
        return _of_parts(selected, share, known.of_all, asked, question, containers)
    share, itemised = selected.share, _outermost(selected, known, areas)
    unspecified = NONE_LESS_PRECISE
    if selected.itemised and not itemised:
        share = Share.LESS_PRECISE
    if question.of_own_status and not itemised:
        unspecified = left_of_all(base, known.of_all, question.status)
    if question.filters or (question.persons and not itemised):
        rows = _cut(base, known.parts, question)
        if question.filters and not _asked_for(rows, question.filters):
            return _of_parts(selected, share, rows, question.filters, question, containers)
        unspecified = _unspecified(rows, question.filters) if question.filters else unspecified
        rows = _asked_for(rows, question.filters)
        share = Share.LESS_PRECISE if itemised and question.filters else share
        itemised = [] if question.filters else itemised
    else:
        rows = [base]
    if itemised:
        rows = itemised
    low, high = sum(row.low for row in rows), sum(row.high for row in rows)
    bests = [row.best for row in rows if row.best is not None]
    best = sum(bests) if bests else None
    if not question.filters and not itemised:
        low, best, high = base.low, base.best, base.high
    opens = rows if itemised else [base]
    return Candidate(
        id=str(selected.incident.public_id),
        share=share,
        clarity_summary=selected.incident.clarity == choices.Clarity.SUMMARY,
        low=low,
        best=best,
        high=high,
        low_open=any(row.low_open for row in opens),
        high_open=any(row.high_open for row in opens),
        own=base.own,
        groups=tuple(_rows(selected, rows, known, question, areas, itemised=bool(itemised))),
        containers=containers,
        unspecified=unspecified,
        straddling=selected.share is Share.STRADDLING,
    )


def _outermost(selected: Selected, known: _Figures, areas: "_AreaGroups") -> list[Line]:
    """The itemised areas inside the place, without those that lie in another of them."""
    rows = [row for row in known.areas if row.area in selected.itemised]
    named = {row.area for row in rows}
    return [row for row in rows if not (areas.above(row.area) - {row.area}) & named]


def _of_parts(
    selected: Selected,
    share: Share,
    parts: Sequence[Line],
    asked: Mapping[str, str],
    question: Question,
    containers: Mapping[str, bool],
) -> Candidate | None:
    """The parts that are about the people asked for; where none is, what nobody said may be them: less precise."""
    rows = _asked_for(parts, asked)
    if not rows:
        rows, share = _may_be(parts, asked), Share.LESS_PRECISE
    if not rows:
        return None
    bests = [row.best for row in rows if row.best is not None]
    return Candidate(
        id=str(selected.incident.public_id),
        share=share,
        clarity_summary=selected.incident.clarity == choices.Clarity.SUMMARY,
        low=sum(row.low for row in rows),
        best=sum(bests) if bests else None,
        high=sum(row.high for row in rows),
        low_open=any(row.low_open for row in rows),
        high_open=any(row.high_open for row in rows),
        own=rows[0].own,
        groups=tuple(Row(_key(selected.incident, question, row), row.low, row.best, row.high) for row in rows)
        if question.group_by
        else (),
        containers=containers,
        unspecified=_unspecified(parts, asked),
        straddling=selected.share is Share.STRADDLING,
    )


def _asked_for(parts: Sequence[Line], asked: Mapping[str, str]) -> list[Line]:
    return [row for row in parts if all(getattr(row, name) in meant(name, value) for name, value in asked.items())]


def _may_be(parts: Sequence[Line], asked: Mapping[str, str]) -> list[Line]:
    """Parts that contradict nothing asked for, but leave at least one dimension unspecified."""
    return [row for row in parts if all(getattr(row, name) in may_be(name, value) for name, value in asked.items())]


def _unspecified(parts: Sequence[Line], asked: Mapping[str, str]) -> LessPrecise:
    """What else of an incident may be of the people asked for, where some of it is."""
    precise = _asked_for(parts, asked)
    others = [row for row in _may_be(parts, asked) if row not in precise]
    if not precise or not others:
        return NONE_LESS_PRECISE
    return LessPrecise.of(1, known_of(others), sum(row.high for row in others))


def _cut(base: Line, parts: Sequence[Line], question: Question) -> Sequence[Line]:
    """The parts by the first dimension asked for that the figure is divided by; the base itself where it is by none."""
    for dimension in question.cuts:
        if base.itemised & DIMENSION_BITS[dimension]:
            return [row for row in parts if row.dimension == dimension]
    return [base]


def _rows(
    selected: Selected,
    rows: Sequence[Line],
    known: _Figures,
    question: Question,
    areas: "_AreaGroups",
    *,
    itemised: bool,
) -> Iterator[Row]:
    """The rows into which a candidate's figure falls, by the question's groups."""
    if not question.group_by:
        return
    incident = selected.incident
    # Areas are itemised of everybody: nobody said where those of one sex or age were harmed.
    of_everybody = not question.persons and not question.filters
    if itemised or (areas.level and of_everybody and getattr(incident, areas.name) in {SEVERAL, UNKNOWN}):
        divided = [(row.area, row.low, row.best, row.high) for row in rows] if itemised else []
        if not itemised and known.areas:
            divided = areas.divided(rows[0], known.areas)
        if divided:
            for area, low, best, high in divided:
                yield Row(areas.key(incident, question, area), low, best, high)
            return
    for row in rows:
        yield Row(_key(incident, question, row), row.low, row.best, row.high)


def _key(incident: Lying, question: Question, row: Line) -> tuple[str, ...]:
    return tuple(
        str(getattr(row, name)) if name in DIMENSIONS else str(getattr(incident, name)) for name in question.group_by
    )


class _AreaGroups:
    """Which group of areas an itemised area falls under, for a question that groups by adm1 or adm2."""

    def __init__(self, alias: str, question: Question, figures: Mapping[int, _Figures]) -> None:
        self.name = next((name for name in question.group_by if name in AREA_LEVELS), "adm1")
        self.names = [name for name in question.group_by if name in AREA_LEVELS]
        self.level = AREA_LEVELS[self.name] if self.names else 0
        self._above: dict[str, dict[str, int]] = {}
        named = sorted({row.area for known in figures.values() for row in known.areas})
        for start in range(0, len(named), CHUNK):
            links = AreaClosure.objects.using(alias).filter(descendant__pcode__in=named[start : start + CHUNK])
            for below, ancestor, level in links.values_list("descendant__pcode", "ancestor__pcode", "ancestor__level"):
                self._above.setdefault(below, {})[ancestor] = level

    def above(self, area: str) -> set[str]:
        """The area's P-code and those of everything it lies in."""
        return set(self._above.get(area, {area: 0}))

    def at(self, area: str, level: int) -> str:
        return next((pcode for pcode, at in self._above.get(area, {}).items() if at == level), UNKNOWN)

    def divided(self, whole: Line, areas: Sequence[Line]) -> list[tuple[str, int, int | None, int]]:
        """A figure by the areas that claims itemise, as long as they fit into best; the rest has no area ('')."""
        finest = max(AREA_LEVELS[name] for name in self.names)
        fitting = [row for row in areas if row.best is not None and self.at(row.area, finest) != UNKNOWN]
        named = {row.area for row in fitting}
        fitting = [row for row in fitting if not (self.above(row.area) - {row.area}) & named]
        left = whole.best or 0
        taken: list[tuple[str, int, int | None, int]] = []
        for row in sorted(fitting, key=lambda row: (-(row.best or 0), row.area)):
            if row.best is not None and row.best <= left:
                left -= row.best
                taken.append((row.area, row.low, row.best, row.high))
        if not taken:
            return []
        low = max(0, whole.low - sum(each[3] for each in taken))
        high = max(left, whole.high - sum(each[1] for each in taken))
        if left or high:
            taken.append(("", min(low, left), left, high))
        return taken

    def key(self, incident: Lying, question: Question, area: str) -> tuple[str, ...]:
        """The group key of an itemised area; '' is what no area claims."""
        asked = {"status": question.status} if question.status not in {"", ALL} else {}
        return tuple(asked.get(name) or self._name(incident, name, area) for name in question.group_by)

    def _name(self, incident: Lying, name: str, area: str) -> str:
        if name in AREA_LEVELS:
            return self.at(area, AREA_LEVELS[name]) if area else str(getattr(incident, name))
        return "unspecified" if name in DIMENSIONS else str(getattr(incident, name))
