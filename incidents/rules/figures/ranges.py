"""What a single claim or cell says, as a range of whole numbers, and how ranges of one source add up.

Which claims count is decided in sifting.py; nothing here compares sources.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from incidents.choices import ClaimScope, Qualifier, VagueTerm
from incidents.rules.figures.facts import Cell, ClaimFacts

VAGUE: dict[str, tuple[int, int]] = {
    VagueTerm.DOZENS: (24, 99),
    VagueTerm.SCORES: (40, 99),
    VagueTerm.HUNDREDS: (200, 999),
    VagueTerm.THOUSANDS: (2000, 9999),
}
ROUNDED = frozenset({Qualifier.ABOUT, Qualifier.NEARLY})
FLOORS = frozenset({Qualifier.AT_LEAST, Qualifier.MORE_THAN})


@dataclass(frozen=True, slots=True)
class Range:
    """low <= point <= high; no `low` where only an upper bound was stated, no `point` where no single figure was.

    `open` says that `high` is only the largest figure named: there may be more.
    """

    low: int | None
    point: int | None
    high: int
    open: bool = False
    approximate: bool = False
    interpreted: bool = False

    @property
    def chosen(self) -> int | None:
        """The figure it offers as best: its point, or else its low end."""
        return self.low if self.point is None else self.point


def stated(claim: ClaimFacts) -> Range | None:
    """The range that `claim` states for its incident, or None if it names no figure that says anything.

    Domain rule 4 of reported-range@1. A claim about a part of the incident is a floor: of at least its low end.
    """
    stands_for = _of_qualifier(claim)
    if stands_for is None:
        return None
    if claim.scope == ClaimScope.NARROWER:
        stands_for = _floor(stands_for)
    return stands_for and _flagged(stands_for, claim)


def of_cell(claim: ClaimFacts, cell: Cell) -> Range | None:
    """The range that `cell` states, under the qualifier and scope of its `claim`; None if it says nothing.

    A point is its own range; the parts of a floor are floors, and those of an upper bound upper bounds.
    """
    says = _of_ends(cell.low, cell.value, cell.high)
    if says is None:
        return None
    if cell.value is None:
        says = replace(says, low=says.low if cell.low is not None else None, open=cell.high is None)
    if claim.qualifier == Qualifier.AT_MOST:
        says = replace(says, low=None, point=None)
    if claim.qualifier in FLOORS or claim.scope == ClaimScope.NARROWER:
        floor = _floor(says)
        return floor and _flagged(floor, claim)
    return _flagged(says, claim)


def total(ranges: Iterable[Range]) -> Range:
    """The sum of disjoint parts that one source states; `ranges` is not empty.

    A part with only an upper bound adds nothing to low where others state theirs; there is a point if all have one.
    """
    parts = list(ranges)
    lows = [part.low for part in parts if part.low is not None]
    points = [part.point for part in parts if part.point is not None]
    return Range(
        low=sum(lows) if lows else None,
        point=sum(points) if len(points) == len(parts) else None,
        high=sum(part.high for part in parts),
        open=any(part.open for part in parts),
        approximate=any(part.approximate for part in parts),
        interpreted=any(part.interpreted for part in parts),
    )


def in_words(claim: ClaimFacts) -> str:
    """The figure of `claim` in English, with its date if it has one: 'about 1,700 of 9 March 2025'."""
    day = claim.as_of or claim.document_date
    return f"{_figure(claim)} of {_day(day)}" if day else _figure(claim)


def _figure(claim: ClaimFacts) -> str:
    if claim.qualifier == Qualifier.VAGUE:
        return f"“{claim.vague_term}”"
    if claim.qualifier == Qualifier.RANGE:
        ends = " to ".join(f"{end:,}" for end in (claim.low, claim.high) if end is not None)
        return ends if claim.value is None else f"{claim.value:,} ({ends})"
    qualifier = "" if claim.qualifier == Qualifier.EXACT else claim.qualifier.replace("_", " ") + " "
    return f"{qualifier}{'an unknown number' if claim.value is None else format(claim.value, ',')}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _of_qualifier(claim: ClaimFacts) -> Range | None:
    if claim.qualifier == Qualifier.RANGE:
        return _of_ends(claim.low, claim.value, claim.high)
    if claim.qualifier == Qualifier.VAGUE:
        ends = VAGUE.get(claim.vague_term)
        return ends and Range(low=ends[0], point=None, high=ends[1])
    if claim.value is None:
        return None
    if claim.qualifier == Qualifier.AT_MOST:
        return Range(low=None, point=None, high=claim.value)
    if claim.qualifier in FLOORS:
        least = claim.value + (claim.qualifier == Qualifier.MORE_THAN)
        return Range(low=least, point=None, high=least, open=True)
    return Range(low=claim.value, point=claim.value, high=claim.value)


def _of_ends(low: int | None, point: int | None, high: int | None) -> Range | None:
    """Imported triples come in any order: the smallest is low, the largest high, the point stays."""
    given = [figure for figure in (low, point, high) if figure is not None]
    return Range(low=min(given), point=point, high=max(given)) if given else None


def _floor(says: Range) -> Range | None:
    return None if says.low is None else Range(low=says.low, point=None, high=says.low, open=True)


def _flagged(says: Range, claim: ClaimFacts) -> Range:
    return replace(
        says,
        approximate=claim.qualifier in ROUNDED,
        interpreted=claim.qualifier == Qualifier.VAGUE or bool(claim.inferred_from),
    )
