"""Sums of tallies kept ready by publishing: one row for each country, month, act, kind of perpetrator and grade.

A question that no other column tells apart is answered from here, however many incidents there are: exactly as it
would be by weighing each of them (a test says so). What containment lets an incident add stands in `role`, and `spread`
says which filters may take a part of what is connected by it (roles.py), as the first and the last month say of
intervals: these incidents are not answered from here.
"""

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connections, router
from django.db.models import F, QuerySet, Sum

from incidents.choices import Clarity
from incidents.models import PublicIncident, PublicRollup, Tally, bulk
from incidents.models.bulk import one_parameter
from incidents.rules.figures.breakdown import DIMENSIONS
from incidents.rules.figures.containment import Share
from incidents.rules.figures.questions import ALL, Question
from incidents.rules.publication.roles import HIGH_ONLY, LEFT_OUT, NOTHING, SPREAD_BITS, WHOLE, month_of
from incidents.rules.publication.tallies import AREA, DIMENSION_BITS, STATED

OF_INCIDENTS = (
    "country", "month", "quarter", "year", "act", "perpetrator_type", "grade", "spread", "first_month", "last_month",
)  # fmt: skip
OF_FIGURES = ("measure", "unit", "basis", "of_status", "role")
PARTS = ("dimension", "itemised", *DIMENSIONS)
KEYS = (*OF_INCIDENTS, *OF_FIGURES, *PARTS)
SUMS = ("lows", "bests", "known", "highs", "open_lows", "open_highs", "incidents", "summaries", "without_best")
POSSIBLY_CONTAINED, CONTAINED = "possibly_contained", "contained"
SHARES = {WHOLE: Share.FULL.value, HIGH_ONLY: POSSIBLY_CONTAINED, LEFT_OUT: CONTAINED}
GROUPS = frozenset({"country", "month", "quarter", "year", "act", "perpetrator_type", "grade"})


@dataclass(frozen=True, slots=True)
class Plain:
    """A selection of incidents told by columns of the rollups alone: allowed and excluded values, whole months."""

    among: Mapping[str, Sequence[str]] = field(default_factory=dict)
    grades_left_out: Sequence[str] = ()

    def told_apart(self) -> int:
        """The bits of the columns by which it may take a part of what is connected."""
        asked = {"country": "country" in self.among, "grade": "grade" in self.among or bool(self.grades_left_out)}
        return sum(SPREAD_BITS[name] for name, told in asked.items() if told)


def add(primary_keys: Sequence[int]) -> None:
    """Add the tallies of these incidents; called when their rows are written."""
    _change(primary_keys, "")


def subtract(primary_keys: Sequence[int]) -> None:
    """Take the tallies of these incidents out; called before their rows are removed or change."""
    _change(primary_keys, "-")
    PublicRollup.objects.filter(tallies=0).delete()


def _change(primary_keys: Sequence[int], sign: str) -> None:
    connection = connections[router.db_for_write(PublicRollup)]
    among, keys = one_parameter(connection, primary_keys)
    bulk.execute(connection, _statement(sign, among), [keys, Clarity.SUMMARY.value, keys])


def _statement(sign: str, among: str) -> str:
    """One statement: a group's sums are added to its row, or become one.

    Incidents that are alike in the columns of the rollups are one `cell`, named by the first of them: what a group is
    told apart by is a number then, and seven texts are neither compared for each tally nor sorted.
    """
    quoted = connections[router.db_for_write(PublicRollup)].ops.quote_name
    alike = ", ".join(map(quoted, OF_INCIDENTS))
    # Booleans read 0 and 1 on both databases; a known low stands in where no best was stated.
    best = "CASE WHEN t.best IS NULL AND t.low > 0 THEN t.low ELSE t.best END"
    sums = {
        "lows": "SUM(t.low)",
        "bests": f"COALESCE(SUM({best}), 0)",
        "known": f"COUNT({best})",
        "highs": "SUM(t.high)",
        "open_lows": "SUM(CASE WHEN t.low_open THEN 1 ELSE 0 END)",
        "open_highs": "SUM(CASE WHEN t.high_open THEN 1 ELSE 0 END)",
        "incidents": "COUNT(DISTINCT t.incident_id)",
        "summaries": "COUNT(DISTINCT CASE WHEN i.clarity = %s THEN t.incident_id END)",
        "without_best": "SUM(CASE WHEN t.best IS NULL THEN 1 ELSE 0 END)",
        "tallies": "COUNT(*)",
    }
    groups = {"cell": "i.cell"} | {name: f"t.{quoted(name)}" for name in OF_FIGURES} | _told_of_parts(quoted)
    table = quoted(PublicRollup._meta.db_table)
    added = ", ".join(f"{quoted(name)} = {table}.{quoted(name)} + excluded.{quoted(name)}" for name in sums)
    return (
        f"WITH i AS (SELECT id, clarity, {alike}, MIN(id) OVER (PARTITION BY {alike}) AS cell "  # noqa: S608
        f"FROM {quoted(PublicIncident._meta.db_table)} WHERE id {among}) "
        f"INSERT INTO {table} ({', '.join(map(quoted, (*KEYS, *sums)))}) "
        f"SELECT {', '.join(f'c.{quoted(name)}' for name in OF_INCIDENTS)}, "
        f"{', '.join(f's.{quoted(name)}' for name in (*OF_FIGURES, *PARTS, *sums))} "
        f"FROM (SELECT {', '.join(f'{each} AS {quoted(name)}' for name, each in groups.items())}, "
        f"{', '.join(f'{sign}{each} AS {quoted(name)}' for name, each in sums.items())} "
        f"FROM {quoted(Tally._meta.db_table)} t "
        "JOIN i ON i.id = t.incident_id "
        f"WHERE t.incident_id {among} AND t.dimension NOT IN ('{AREA}', '{STATED}') AND t.role <> {NOTHING} "
        f"GROUP BY {', '.join(groups.values())}) s, i c WHERE c.id = s.cell "
        f"ON CONFLICT ({', '.join(map(quoted, KEYS))}) DO UPDATE SET {added}"
    )


def _told_of_parts(quoted: Callable[[str], str]) -> dict[str, str]:
    """What a row tells of a tally's part: of a whole figure all, of a part of a cut only what it is cut by."""
    told = {name: f"CASE WHEN t.dimension IN ('', '{name}') THEN t.{quoted(name)} ELSE '' END" for name in DIMENSIONS}
    return {
        "dimension": "t.dimension",
        "itemised": "CASE WHEN t.dimension = '' THEN t.itemised ELSE 0 END",
    } | told


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


def sums(alias: str, plain: Plain, question: Question, months: Months) -> Iterator[dict[str, Any]]:
    """Sums by role and by the question's groups, in the columns of adding.py, of what lies in the whole months.

    Each says whether it is of the total and whether it is of a group: by sex, a group is made of the parts by it, and
    of whole figures without such parts. What spreads over a column that the selection tells apart, or reaches beyond
    the months, is left out: that is the caller's to add.
    """
    cut = next(iter(question.cuts), "")
    rows: QuerySet[PublicRollup] = (
        PublicRollup.objects.using(alias)
        .alias(apart=F("spread").bitand(plain.told_apart()))
        .filter(
            apart=0,
            measure=question.measure,
            unit=question.counted_unit,
            basis=question.basis,
            of_status=ALL,
            dimension__in={"", cut},
            **{f"{name}__in": values for name, values in plain.among.items()},
        )
    )
    if plain.grades_left_out:
        rows = rows.exclude(grade__in=plain.grades_left_out)
    rows = rows if months.first is None else rows.filter(first_month__gte=months.first)
    rows = rows if months.last is None else rows.filter(last_month__lte=months.last)
    # What tells most apart comes first: the database sorts by these in turn.
    by: dict[str, Any] = {f"by_{name}": F(name) for name in question.group_by}
    groups = by | {"as_role": F("role")}
    if cut:
        groups |= {"of_dimension": F("dimension"), "with_parts": F("itemised").bitand(DIMENSION_BITS[cut])}
    totals = {f"sum_{name}": Sum(name) for name in SUMS}
    names = (*question.group_by, *list(groups)[len(by) :], *SUMS)
    for values in rows.annotate(**groups).values(*groups).annotate(**totals).order_by().values_list(*groups, *totals):
        row = dict(zip(names, values, strict=True))
        if row["incidents"]:
            row["share"] = SHARES[row["as_role"]]
            row["of_total"] = not cut or row["of_dimension"] == ""
            row["of_groups"] = not cut or row["of_dimension"] == cut or not row["with_parts"]
            yield row
