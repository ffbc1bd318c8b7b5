"""Totals from the rollups: sums that publishing keeps ready (rules/publication/rollups.py).

A question that no other column tells apart is answered from them, however many incidents there are: exactly as it would
be by weighing each of them (a test says so). They do not answer for what lies across an end of the interval and is
connected with others, nor for untold figures of which the selection may take a part; of months of which the interval
takes a part, they hold nothing.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from operator import add
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS
from django.db.models import BigIntegerField, Case, F, Sum, Value, When
from django.db.models.functions import Cast

from incidents.models import PublicRollup
from incidents.models.among import Keys
from incidents.models.prepared import Prepared, blank, prepared
from incidents.rules.figures.breakdown import DIMENSIONS
from incidents.rules.figures.containment import Share
from incidents.rules.figures.questions import ALL, Question
from incidents.rules.publication.roles import (
    ACROSS,
    HIGH_ONLY,
    LEFT_OUT,
    SPREAD_BITS,
    SPREADS_OF_UNTOLD,
    UNTOLD,
    WHOLE,
    month_of,
    role_among,
)
from incidents.rules.publication.rollups import SUMS
from incidents.rules.publication.tallies import DIMENSION_BITS

POSSIBLY_CONTAINED, CONTAINED = "possibly_contained", "contained"
SHARES = {WHOLE: Share.FULL.value, HIGH_ONLY: POSSIBLY_CONTAINED, LEFT_OUT: CONTAINED}
GROUPS = frozenset({"country", "month", "quarter", "year", "act", "perpetrator_type", "grade"})


@dataclass(frozen=True, slots=True)
class Plain:
    """A selection of incidents told by columns of the rollups alone, allowed and excluded values, in a database."""

    among: Mapping[str, Sequence[str]] = field(default_factory=dict)
    grades_left_out: Sequence[str] = ()
    alias: str = DEFAULT_DB_ALIAS

    def takes(self, country: str, grade: str) -> bool:
        """Whether incidents of a country and a grade are among them."""
        countries, grades = self.among.get("country"), self.among.get("grade")
        of_grade = grade not in self.grades_left_out and (grades is None or grade in grades)
        return of_grade and (countries is None or country in countries)

    def may_part(self) -> list[int]:
        """The spreads of untold figures over a column by which it may take a part of what is connected."""
        bits = sum(SPREAD_BITS[name] for name in {name for name, _, _ in self.asked()})
        return [spread for spread in SPREADS_OF_UNTOLD if spread & bits]

    def asked(self) -> list[tuple[str, bool, Sequence[str]]]:
        """Each column that is asked for, whether it is to have one of some values, and these; else it has none."""
        asked = [(name, True, values) for name, values in self.among.items()]
        return [*asked, *([("grade", False, self.grades_left_out)] if self.grades_left_out else [])]


def answers(question: Question) -> bool:
    """Whether the columns of the rollups tell apart what the question asks."""
    others = [name for name in question.group_by if name not in DIMENSIONS]
    return (
        not question.filters
        and question.status in {"", ALL}
        and len(question.persons) <= 1
        and all(name in GROUPS for name in others)
    )


class Months(NamedTuple):
    """The whole months of an interval, from the first to the last as 2025-03, None where it has no end there; and the
    first days of the months at its ends of which it takes a part."""

    first: str | None
    last: str | None
    partly: tuple[date, ...]

    def may_part(self, reach: Sequence[str]) -> bool:
        """Whether an end of them lies within the months from the first to the last of something that overlaps them."""
        first, last = reach
        return (self.first is not None and first < self.first) or (self.last is not None and last > self.last)


class Interval(NamedTuple):
    """From the first day to the last, None where it has no end there, and the whole months between."""

    date_from: date | None
    date_to: date | None
    months: Months


@dataclass(slots=True)
class Sums:
    """Sums of the rollups, and whether there is something that they do not answer for."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    untold: bool = False
    """Figures of which the selection may take a part, and that do not say what it adds."""
    across: bool = False
    """Incidents connected with others that lie across an end of the interval."""


def months_within(date_from: date | None, date_to: date | None) -> Months | None:
    """The months of an interval; None where none of them is whole."""
    first, last, partly = date_from and date_from.replace(day=1), date_to and date_to.replace(day=1), list[date]()
    if first is not None and first != date_from:
        partly.append(first)
        if end_of(first) == date.max:
            return None
        first = end_of(first) + timedelta(days=1)
    if last is not None and end_of(last) != date_to:
        partly.append(last)
        if last == date.min:
            return None
        last = (last - timedelta(days=1)).replace(day=1)
    if first is not None and last is not None and first > last:
        return None
    begins, ends = (month_of(each) if each is not None else None for each in (first, last))
    return Months(begins, ends, tuple(dict.fromkeys(partly)))


def end_of(month: date) -> date:
    """The last day of a month."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def sums(plain: Plain, question: Question, interval: Interval) -> Sums:
    """Sums by share and by the question's groups, in the columns of adding.py, of what lies in the whole months; where
    the interval is of whole months, also of what stands alone across an end of it.

    Each says whether it is of the total and whether it is of a group: by sex, a group is made of the parts by it, and
    of whole figures without such parts. What is left out is the caller's to add.
    """
    cut, found = next(iter(question.cuts), ""), Sums()
    share_of = _shares(plain, interval, found)
    statement, fields = _statement(plain, question, interval)
    groups, first = len(question.group_by), len(statement.names) - len(SUMS)
    added: dict[tuple[Any, ...], list[int]] = {}
    # What is above figures tells many rows apart that have the same share.
    for values in statement.tuples([value for _, value in fields]):
        role, above, within, *of_parts = values[groups:first]
        if share := share_of(role, above, within):
            key = (*values[:groups], share, *of_parts)
            before = added.get(key)
            added[key] = [*values[first:]] if before is None else [*map(add, before, values[first:])]
    for key, summed in added.items():
        row: dict[str, Any] = dict(zip((*question.group_by, "share", "of_dimension", "with_parts"), key, strict=False))
        row |= zip(SUMS, summed, strict=True)
        row["of_total"] = not cut or row["of_dimension"] == ""
        row["of_groups"] = not cut or row["of_dimension"] == cut or not row["with_parts"]
        found.rows.append(row)
    return found


def _statement(plain: Plain, question: Question, interval: Interval) -> tuple[Prepared, Sequence[tuple[Any, Any]]]:
    """What asks the rollups, put together once for all questions that differ in values, and its fields with these."""
    first, last, partly = interval.months
    column = PublicRollup._meta.get_field
    asked = plain.asked()
    told = {"measure": question.measure, "unit": question.counted_unit, "basis": question.basis}
    fields: list[tuple[Any, Any]] = [(column(name), value) for name, value in told.items()]
    fields += [(Keys(column(name)), values) for name, _, values in asked]
    fields += [(column("month"), month) for month in (first, last) if month is not None]
    blanks = [blank(each, at) for at, (each, _) in enumerate(fields)]

    def rows() -> Any:
        cut = next(iter(question.cuts), "")
        values = iter(blanks)
        found = PublicRollup.objects.using(plain.alias).filter(of_status=ALL, dimension__in=sorted({"", cut}))
        found = found.filter(**{name: next(values) for name in told})
        for name, one_of, _ in asked:
            given = {f"{name}__among": next(values)}
            found = found.filter(**given) if one_of else found.exclude(**given)
        ends = {name: next(values) for name, month in (("first", first), ("last", last)) if month is not None}
        of_those_within = {"first": "first_month__gte", "last": "last_month__lte"}
        of_all = of_those_within if partly else {"first": "last_month__gte", "last": "first_month__lte"}
        found = found.filter(**{of_all[end]: month for end, month in ends.items()})
        within: Any = Value(True)
        if ends and not partly:
            within = Case(
                When(**{of_those_within[end]: month for end, month in ends.items()}, then=Value(True)),
                default=Value(False),
            )
        # What tells most apart comes first: the database sorts by these in turn.
        groups: dict[str, Any] = {f"by_{name}": F(name) for name in question.group_by}
        groups |= {"as_role": F("role"), "as_above": F("above"), "is_within": within}
        if cut:
            groups |= {"of_dimension": F("dimension"), "with_parts": F("itemised").bitand(DIMENSION_BITS[cut])}
        totals = {f"sum_{name}": Cast(Sum(name), BigIntegerField()) for name in SUMS}
        return found.annotate(**groups).values(*groups).annotate(**totals).order_by().values(*groups, *totals)

    listed = tuple((name, one_of) for name, one_of, _ in asked)
    key = ("rollups", plain.alias, question.group_by, question.cuts, listed, first is None, last is None, bool(partly))
    statement = prepared(key, lambda: Prepared.of(rows(), [each for each, _ in fields]), kept=False)
    return statement, fields


def _shares(plain: Plain, interval: Interval, found: Sums) -> Callable[[int, str, bool], str]:
    """What gives the share of a figure in the selection, by its role beside everything, what is above it, and whether
    it lies within the months; '' where it has none, or where `found` notes that this is not answered for."""
    parting = {str(spread) for spread in plain.may_part()}

    @cache
    def share(role: int, above: str, within: bool) -> str:
        if above.startswith(UNTOLD):
            _, spread, *reach = above.split()
            if spread in parting or interval.months.may_part(reach):
                found.untold = True
                return ""
        elif above and within:
            role = role_among(above, plain.takes, interval.date_from, interval.date_to)
        elif above.startswith(ACROSS):
            found.across = True
            return ""
        return SHARES.get(role, "") if within else Share.STRADDLING.value

    return share
