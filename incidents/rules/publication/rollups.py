"""Sums of tallies kept ready by publishing: one row for each country, month, act, kind of perpetrator and grade.

What containment lets an incident add stands in `role`, and what it adds where a filter takes a part of what it is
connected with is told by `above` (roles.py). Totals are read from them by rules/totals/rolled_up.py.
"""

from collections.abc import Callable, Sequence

from django.db import connections, router

from incidents.choices import Clarity
from incidents.models import PublicIncident, PublicRollup, Tally, bulk
from incidents.models.bulk import one_parameter
from incidents.rules.figures.breakdown import DIMENSIONS
from incidents.rules.publication.roles import (
    NOTHING,
)
from incidents.rules.publication.tallies import AREA, STATED

OF_INCIDENTS = (
    "country", "month", "quarter", "year", "act", "perpetrator_type", "grade", "first_month", "last_month",
)  # fmt: skip
COLUMNS = OF_INCIDENTS[:-2]
OF_FIGURES = ("measure", "unit", "basis", "of_status", "role", "above")
PARTS = ("dimension", "itemised", *DIMENSIONS)
KEYS = (*OF_INCIDENTS, *OF_FIGURES, *PARTS)
SUMS = ("lows", "bests", "known", "highs", "open_lows", "open_highs", "incidents", "summaries", "without_best")


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
    connection = connections[router.db_for_write(PublicRollup)]
    quoted = connection.ops.quote_name
    month = "TO_CHAR({}, 'YYYY-MM')" if connection.vendor == "postgresql" else "SUBSTR({}, 1, 7)"
    first, last = month.format("start_earliest"), month.format("interval_end")
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
        f"WITH d AS (SELECT id, clarity, {', '.join(map(quoted, COLUMNS))}, {first} AS first_month, "  # noqa: S608
        f"{last} AS last_month FROM {quoted(PublicIncident._meta.db_table)} WHERE id {among}), "
        f"i AS (SELECT d.*, MIN(id) OVER (PARTITION BY {alike}) AS cell FROM d) "
        f"INSERT INTO {table} ({', '.join(map(quoted, (*KEYS, *sums)))}) "
        f"SELECT {', '.join(f'c.{quoted(name)}' for name in OF_INCIDENTS)}, "
        f"{', '.join(f's.{quoted(name)}' for name in (*OF_FIGURES, *PARTS, *sums))} "
        f"FROM (SELECT {', '.join(f'{each} AS {quoted(name)}' for name, each in groups.items())}, "
        f"{', '.join(f'{sign}{each} AS {quoted(name)}' for name, each in sums.items())} "
        f"FROM {quoted(Tally._meta.db_table)} t "
        "JOIN i ON i.id = t.incident_id "
        f"WHERE t.incident_id {among} AND t.dimension NOT IN ('{AREA}', '{STATED}') "
        f"AND (t.role <> {NOTHING} OR t.above <> '') "
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
