"""What incidents come to: the ranges of totals, and what is told beside them, each of which can be added up further."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class Bounds(Protocol):
    """Whatever has a range."""

    @property
    def low(self) -> int: ...

    @property
    def best(self) -> int | None: ...

    @property
    def high(self) -> int: ...


def countable(bounds: Bounds) -> int | None:
    """The best that enters a sum: a known low stands in where no best was stated (reported-range@1, rule 7)."""
    if bounds.best is None and bounds.low:
        return bounds.low
    return bounds.best


def known_of(bounds: Iterable[Bounds]) -> list[int]:
    """Their bests that enter a sum, where there is one."""
    return [best for each in bounds if (best := countable(each)) is not None]


@dataclass(frozen=True, slots=True)
class Sum:
    """What some incidents come to. best is null where none of them has one, or where there is no incident at all."""

    low: int
    best: int | None
    high: int
    low_open: bool
    high_open: bool
    incidents: int

    def __add__(self, other: "Sum") -> "Sum":
        known = [best for best in (self.best, other.best) if best is not None]
        return Sum(
            low=self.low + other.low,
            best=sum(known) if known else None,
            high=self.high + other.high,
            low_open=self.low_open or other.low_open,
            high_open=self.high_open or other.high_open,
            incidents=self.incidents + other.incidents,
        )


@dataclass(frozen=True, slots=True)
class Straddling:
    """Incidents that overlap the filter, and how much they add to the total's high."""

    incidents: int
    high: int

    def __add__(self, other: "Straddling") -> "Straddling":
        return Straddling(self.incidents + other.incidents, self.high + other.high)


@dataclass(frozen=True, slots=True)
class LessPrecise:
    """Incidents known only more coarsely than the filter asks, and the best and high they would have added.

    best is null where there are such incidents and none of them would have added one.
    """

    incidents: int
    best: int | None
    high: int

    @classmethod
    def of(cls, incidents: int, known: Sequence[int], high: int) -> "LessPrecise":
        """Of so many incidents, the best figures that are known, and what their high ends come to."""
        return cls(incidents, sum(known) if known or not incidents else None, high)

    @classmethod
    def all_of(cls, bounds: Collection[Bounds]) -> "LessPrecise":
        """So many incidents as there are bounds, with those of their bests that are known."""
        return cls.of(len(bounds), known_of(bounds), sum(each.high for each in bounds))

    def of_high(self, counted: int = 0) -> "LessPrecise":
        """The same of incidents that would have added to high alone, without as much of it as is counted already."""
        return self.of(self.incidents, [], max(0, self.high - counted))

    def __add__(self, other: "LessPrecise") -> "LessPrecise":
        known = [each.best for each in (self, other) if each.incidents and each.best is not None]
        return self.of(self.incidents + other.incidents, known, self.high + other.high)


NONE_LESS_PRECISE = LessPrecise(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Remainder:
    """The total less the sum of its groups, for each bound.

    Nothing where every candidate has one row; where they have several, low and high may differ, below zero as well.
    """

    low: int
    best: int
    high: int

    @classmethod
    def of(cls, whole: Sum, groups: Mapping[tuple[str, ...], Sum]) -> "Remainder":
        return cls(
            low=whole.low - sum(group.low for group in groups.values()),
            best=(whole.best or 0) - sum(group.best or 0 for group in groups.values()),
            high=whole.high - sum(group.high for group in groups.values()),
        )
