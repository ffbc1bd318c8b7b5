"""Under which group an incident falls: time, place, perpetrator. Groups never overlap.

Several of a kind go under `several`, none under `unknown` or `unattributed` (domain.md section 4).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from incidents.choices import DatePrecision, Extent

SEVERAL = "several"
UNKNOWN = "unknown"
UNATTRIBUTED = "unattributed"


def time_groups(start: date, end: date, precision: str) -> dict[str, str]:
    """month (2025-03), quarter (2025-Q1), year (2025) of start_earliest; `unknown` where the date is less precise."""
    year = f"{start.year:04}"
    if precision == DatePrecision.YEAR_OR_MORE:
        return {"month": UNKNOWN, "quarter": UNKNOWN, "year": year if start.year == end.year else UNKNOWN}
    return {"month": f"{year}-{start.month:02}", "quarter": f"{year}-Q{(start.month + 2) // 3}", "year": year}


def place_groups(own: Sequence[str], above: Mapping[str, Mapping[str, int]]) -> dict[str, str]:
    """adm1 and adm2 of an incident's areas: a P-code, `several`, or `unknown` where none is that precise."""
    return {"adm1": area_group(own, above, 1), "adm2": area_group(own, above, 2)}


def area_group(own: Sequence[str], above: Mapping[str, Mapping[str, int]], level: int) -> str:
    """The one area of `level` that all of `own` lie in; one that is known only more coarsely makes it unknown."""
    found = {next((p for p, at in above[pcode].items() if at == level), UNKNOWN) for pcode in own}
    if not found or found == {UNKNOWN}:
        return UNKNOWN
    return found.pop() if len(found) == 1 else SEVERAL


def perpetrator_groups(attributions: Iterable[Mapping[str, Any]]) -> tuple[str, str]:
    """The perpetrator (its id) and perpetrator type of an incident.

    One alleged perpetrator of the whole stands alone; one of a part, or of an extent nobody
    stated, leaves the rest open and goes under `several` with those named by more.
    """
    naming = [row for row in attributions if row["perpetrating"]]
    return (
        _one(naming, lambda row: row["perpetrator"]["id"]),
        _one(naming, lambda row: row["perpetrator"]["type"]),
    )


def _one(naming: Sequence[Mapping[str, Any]], key: Any) -> str:
    if not naming:
        return UNATTRIBUTED
    found = {key(row) for row in naming}
    whole = {key(row) for row in naming if row["extent"] == Extent.WHOLE}
    if len(found) > 1 or not whole:
        return SEVERAL
    return str(found.pop())
