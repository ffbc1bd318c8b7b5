"""Totals that the database adds up in a few queries, however many incidents there are.

What the rollups hold is taken from them. Beyond that (apart.py) incidents that stand alone are summed here: nothing
contains them or is contained in them and no claim itemises their areas, so that what they add hangs on nothing but
themselves. All others go through victims.py and containment.py one by one; the two are put together.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    Exists,
    F,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from incidents import choices
from incidents.models import PublicIncident, PublicIncidentArea, Tally
from incidents.rules.figures.breakdown import DIMENSIONS, UNSPECIFIED
from incidents.rules.figures.containment import GroupKey, Share, Totals
from incidents.rules.figures.questions import ALL, Question, may_be, meant
from incidents.rules.figures.sums import NONE_LESS_PRECISE, LessPrecise, Remainder, Straddling
from incidents.rules.figures.sums import Sum as Figure
from incidents.rules.publication.tallies import DIMENSION_BITS
from incidents.rules.totals import apart
from incidents.rules.totals.beside import left_of_all_together
from incidents.rules.totals.rolled_up import CONTAINED, POSSIBLY_CONTAINED, Interval, Sums
from incidents.rules.totals.selection import POINTS, Scope, alleged, areas_above, overlapping

AnyModel = TypeVar("AnyModel", bound=Model)
LESS_PRECISE = Share.LESS_PRECISE.value
ASKED = "asked"
# By what the database tells of how an incident lies in the scope: of a boolean it knows that there are few.
SHARES = {True: Share.FULL.value, False: Share.STRADDLING.value, None: LESS_PRECISE}


@dataclass(frozen=True, slots=True)
class _Parts:
    """Tallies told by their columns; those of incidents that have any of `unless` are none of them.

    With `cut` they are the parts by the first of these dimensions that a figure is divided by; the whole figure where
    it is by none.
    """

    columns: Mapping[str, Any]
    cut: tuple[str, ...] = ()
    unless: "tuple[_Parts, ...]" = ()

    def of(self, incidents: QuerySet[PublicIncident]) -> QuerySet[PublicIncident]:
        """These incidents, one row for each of their parts, whose columns are `tallies__...`."""
        return self._told(incidents, "tallies__").filter(*(~each.exist() for each in self.unless))

    def exist(self) -> Exists:
        """Whether the incident of the query has one of them, whatever else it has."""
        return Exists(self._told(Tally.objects.filter(incident=OuterRef("pk")), ""))

    def _told(self, rows: QuerySet[AnyModel], prefix: str) -> QuerySet[AnyModel]:
        found: QuerySet[Any] = rows.filter(**{f"{prefix}{name}": value for name, value in self.columns.items()})
        # What follows speaks of the same row of a tally: by name, since another filter would be about another one.
        found, taken, before = found.alias(dimension_of=F(f"{prefix}dimension")), Q(), 0
        for dimension in (*self.cut, ""):
            part = Q(dimension_of=dimension)
            if before:  # nothing is said where it says nothing: the database would take few rows to be left
                found = found.alias(**{f"before_{dimension or 'all'}": F(f"{prefix}itemised").bitand(before)})
                part &= Q(**{f"before_{dimension or 'all'}": 0})
            taken |= part
            before |= DIMENSION_BITS.get(dimension, 0)
        return found.filter(taken)


@dataclass(frozen=True, slots=True)
class _Source:
    """The parts that answer a question for some incidents: those of the total and those of the groups.

    Where only some people are asked for, the total's parts are all that may be about them, and `asked` those that are.
    """

    total: _Parts
    groups: _Parts
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    asked: _Parts | None = None

    def of_total(self, incidents: QuerySet[PublicIncident]) -> QuerySet[PublicIncident]:
        """These incidents, one row for each of the total's parts, with what it is `of`: the people asked for; some who
        may be they, beside such; or some of an incident that says of nobody."""
        rows = self.total.of(incidents)
        if self.asked is None:
            return rows.annotate(of=Value(ASKED))
        # By name, since another filter would speak of another row of a tally.
        rows = rows.alias(**{f"{name}_of": F(f"tallies__{name}") for name in self.people})
        these = Q(**{f"{name}_of__in": values for name, values in self.people.items()})
        beside = When(self.asked.exist(), then=Value(UNSPECIFIED))
        of = Case(When(these, then=Value(ASKED)), beside, default=Value(LESS_PRECISE), output_field=CharField())
        return rows.annotate(of=of)


@dataclass(slots=True)
class _Account:
    """A total while it is being taken."""

    low: int = 0
    best: int = 0
    known: int = 0
    high: int = 0
    low_open: bool = False
    high_open: bool = False
    incidents: int = 0

    def add(self, row: Mapping[str, Any]) -> None:
        """Enter the sums of some incidents; those that lie in the filter in part add to high alone."""
        self.high += row["highs"]
        self.high_open |= row["open_highs"] > 0
        self.incidents += row["incidents"]
        if row["share"] == Share.FULL.value:
            self.low += row["lows"]
            self.best += row["bests"]
            self.known += row["known"]
            self.low_open |= row["open_lows"] > 0

    def figure(self) -> Figure:
        best = self.best if self.known else None
        return Figure(self.low, best, self.high, self.low_open, self.high_open, self.incidents)


@dataclass(slots=True)
class _Accounts:
    """The total, its groups, and what is counted apart."""

    whole: _Account = field(default_factory=_Account)
    groups: dict[GroupKey, _Account] = field(default_factory=dict)
    summaries: int = 0
    without_best: int = 0
    contained: int = 0
    straddling: list[int] = field(default_factory=lambda: [0, 0])
    possibly: list[int] = field(default_factory=lambda: [0, 0])
    less_precise: LessPrecise = NONE_LESS_PRECISE
    unspecified: LessPrecise = NONE_LESS_PRECISE

    def add(self, row: Mapping[str, Any]) -> None:
        if row["share"] in {LESS_PRECISE, UNSPECIFIED}:
            told = LessPrecise.of(row["incidents"], [row["bests"]] if row["known"] else [], row["highs"])
            told = told.of_high() if row.get("partly") else told
            if row["share"] == LESS_PRECISE:
                self.less_precise += told
            else:
                self.unspecified += told
            return
        if row["share"] == CONTAINED:
            self.contained += row["incidents"]
            return
        self.whole.add(row)
        self.summaries += row["summaries"]
        if row["share"] == Share.FULL.value:
            self.without_best += row["without_best"]
        elif row["share"] == POSSIBLY_CONTAINED:
            self.possibly = [self.possibly[0] + row["incidents"], self.possibly[1] + row["highs"]]
        else:
            self.straddling = [self.straddling[0] + row["incidents"], self.straddling[1] + row["highs"]]

    def enter(self, rows: Iterable[Mapping[str, Any]], group_by: tuple[str, ...], name: Callable[[str], str]) -> None:
        """Enter sums that are of the total, of a group, or of both; the columns of the groups have a `name`."""
        for row in rows:
            if row["of_total"]:
                self.add(row)
            if group_by and row["of_groups"]:
                self.group(row, [row[name(each)] for each in group_by])

    def group(self, row: Mapping[str, Any], key: Iterable[Any]) -> None:
        if row["share"] not in {LESS_PRECISE, UNSPECIFIED, CONTAINED}:
            self.groups.setdefault(tuple(map(str, key)), _Account()).add(row)

    def totals(self) -> Totals:
        whole = self.whole.figure()
        groups = {key: account.figure() for key, account in self.groups.items()}
        return Totals(
            total=whole,
            groups=groups,
            incidents=whole.incidents,
            summaries=self.summaries,
            without_best=self.without_best,
            contained_left_out=self.contained,
            straddling=Straddling(*self.straddling),
            possibly_contained=Straddling(*self.possibly),
            less_precise=self.less_precise,
            unspecified=self.unspecified,
            remainder=Remainder.of(whole, groups),
        )


def add_up(
    incidents: QuerySet[PublicIncident],
    scope: Scope,
    question: Question,
    interval: Interval | None = None,
    ready: Sums | None = None,
) -> Totals:
    """The totals, in the question's unit, of the `ready` sums of an interval, and of those of the incidents that stand
    alone in the scope for which the rollups do not answer (apart.py): of all of these, where there is no interval.

    What does not stand alone is weighed, and goes through containment.py.
    """
    accounts = _Accounts()
    if ready is not None:
        accounts.enter(ready.rows, question.group_by, str)
    standing = apart.alone(incidents, interval)
    if standing is None:
        return accounts.totals()
    alone = overlapping(standing, scope)
    for source in _sources(question):
        sums = _sums(alone, _share(scope, incidents.db), source, question)
        accounts.enter(sums, question.group_by, _column)
    if question.of_own_status:
        accounts.unspecified += left_of_all_together(alone, _share(scope, incidents.db), question)
    return accounts.totals()


def _sources(question: Question) -> Iterator[_Source]:
    """Where the answer stands: in the figures of the status asked for or, for who has none, in the parts of `all`."""
    status = question.status or ALL
    whole = _figures(question, status)
    cut = replace(whole, cut=question.cuts) if question.cuts else whole
    if question.filters:
        yield _of_parts(cut, question.filters)
    else:
        yield _Source(whole, cut)
    if status != ALL:
        parts = _figures(question, ALL, "status")
        yield _of_parts(parts, question.filters | {"status": status}, without=(whole,))


def _of_parts(parts: _Parts, asked: Mapping[str, str], *, without: tuple[_Parts, ...] = ()) -> _Source:
    """The parts about the people asked for; where none is, those that nobody said are not: less precise.

    Beside parts about them, the others that nobody said are not: unspecified.
    """
    said = {f"{name}__in": meant(name, value) for name, value in asked.items()}
    vague = {f"{name}__in": may_be(name, value) for name, value in asked.items()}
    precise = replace(parts, columns={**parts.columns, **said}, unless=without)
    all_parts = replace(parts, columns={**parts.columns, **vague}, unless=without)
    people = {name: meant(name, value) for name, value in asked.items()}
    return _Source(all_parts, precise, people=people, asked=precise)


def _figures(question: Question, status: str, *cut: str) -> _Parts:
    told = {"measure": question.measure, "unit": question.counted_unit, "basis": question.basis, "of_status": status}
    return _Parts(told, cut)


def _column(name: str) -> str:
    return f"tallies__{name}" if name in DIMENSIONS else name


def _sums(
    incidents: QuerySet[PublicIncident], share: Case | Value, source: _Source, question: Question
) -> Iterator[dict[str, Any]]:
    """Sums of the whole and of the groups; of groups that add up to the whole, of these alone.

    They do where they are of the same parts, those of each incident in one of them.
    """
    add_up = (source.total is source.groups or source.asked is not None) and not question.persons
    several, group_by = bool(source.total.cut), question.group_by if add_up else ()
    for row in _summed(source.of_total(incidents).annotate(share=share), group_by, several):
        if row["of"] != ASKED and row["share"] != LESS_PRECISE:
            row |= {"share": row["of"], "partly": row["share"] != Share.FULL.value}
        elif row["of"] == UNSPECIFIED:  # of an incident that does not count
            continue
        yield row | {"of_total": True, "of_groups": bool(group_by)}
    if question.group_by and not add_up:
        groups = source.groups.of(incidents).annotate(share=share, of=Value(ASKED))
        for row in _summed(groups, question.group_by, bool(source.groups.cut)):
            yield row | {"of_total": False, "of_groups": True}


def _summed(rows: QuerySet[PublicIncident], group_by: tuple[str, ...], several: bool) -> Iterator[dict[str, Any]]:
    """Sums of these parts by what they are of, how they lie in the scope, and the groups asked for.

    A whole figure is one row an incident; where there may be `several`, telling incidents apart means sorting them.
    """
    # A known low stands in where no best was stated (containment.countable).
    best = Case(When(tallies__best=None, tallies__low__gt=0, then=F("tallies__low")), default=F("tallies__best"))
    sums = (
        rows.values("of", "share", *map(_column, group_by))
        .annotate(
            lows=Sum("tallies__low"),
            bests=Coalesce(Sum(best), 0),
            known=Count(best),
            highs=Sum("tallies__high"),
            open_lows=Count("pk", filter=Q(tallies__low_open=True)),
            open_highs=Count("pk", filter=Q(tallies__high_open=True)),
            incidents=Count("pk", distinct=several),
            summaries=Count("pk", distinct=several, filter=Q(clarity=choices.Clarity.SUMMARY)),
            without_best=Count("pk", filter=Q(tallies__best=None)),
        )
        .order_by()
    )
    # With nothing to group by, a database answers one row of nulls for no incidents at all.
    yield from (row | {"share": SHARES[row["share"]]} for row in sums if row["incidents"])


def _share(scope: Scope, alias: str) -> Case | Value:
    """How an incident of the query lies in the scope that it overlaps, by SHARES; the same as selection.select says of
    one that itemises no area."""
    cases: list[When] = []
    full, straddling, less_precise = Value(True), Value(False), Value(None)
    if scope.by_point:
        vague = Q(latitude=None) | ~Q(geo_precision__in=POINTS)
        cases.append(When(vague, then=less_precise))
    if scope.place:
        areas = PublicIncidentArea.objects.filter(itemised=False)
        mine = areas.filter(incident=OuterRef("pk"), pcode=F("own_pcode"))
        there = areas.filter(incident=OuterRef("incident"), own_pcode=OuterRef("own_pcode"), pcode=scope.place)
        coarse = Exists(mine.filter(pcode__in=areas_above(alias, scope.place)))
        outside = Case(When(coarse, then=less_precise), default=straddling, output_field=BooleanField(null=True))
        cases.append(When(Exists(mine.filter(~Exists(there))), then=outside))
    if scope.date_from is not None:
        cases.append(When(start_earliest__lt=scope.date_from, then=straddling))
    if scope.date_to is not None:
        cases.append(When(interval_end__gt=scope.date_to, then=straddling))
    named = alleged(scope)
    if named is not None:
        whole = named.filter(extent=choices.Extent.WHOLE, incident=OuterRef("pk"))
        cases.append(When(~Exists(whole), then=straddling))
    return Case(*cases, default=full, output_field=BooleanField(null=True)) if cases else full
