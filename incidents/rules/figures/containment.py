"""Totals over a selection of incidents without counting anybody twice: ruleset containment@1 (domain.md section 4).

What a containing incident carries of its children is worked out in rollup.py when it is published; which incidents are
selected, how each lies in the filter and under which group keys it falls is the caller's to say.
"""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from incidents.rules.figures.sums import (
    NONE_LESS_PRECISE,
    LessPrecise,
    Remainder,
    Straddling,
    Sum,
    countable,
)

CONTAINMENT = "containment@1"

GroupKey = tuple[str, ...]
Id = TypeVar("Id", bound=Hashable)


class CyclicContainmentError(ValueError):
    """An incident was said to contain itself, directly or through others."""


class Share(Enum):
    """How a candidate lies in the filter: wholly inside, overlapping it, or known too coarsely to say."""

    FULL = "full"
    STRADDLING = "straddling"
    LESS_PRECISE = "less_precise"


@dataclass(frozen=True, slots=True)
class Row:
    """The part of one candidate's figure that falls under one group key; best null says not known, 0 says none."""

    key: GroupKey
    low: int
    best: int | None
    high: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """One selected incident that has a figure for the measure asked for.

    The figure (in the measure's unit) is the rolled-up one, or what is itemised for the filter's area. ``groups`` holds
    the rows into which it falls for this query: one for groups of incidents, several for groups of persons, none where
    nothing is grouped. ``containers`` maps the id of everything that contains it, selected or not and through however
    many links, to whether that is certain (see ``paths``). ``own`` is false for a container that has nothing but its
    children's figures: it adds nothing beside them (standing_in.py tells where it counts in their place).
    ``unspecified`` is what else of it may be of the people asked for, of whom nobody said; ``straddling`` says of one
    known too coarsely that it also lies in the filter in part only.

    Raises ValueError where the bounds are out of order or the rows do not sum to best.
    """

    id: str
    share: Share
    clarity_summary: bool
    low: int
    best: int | None
    high: int
    low_open: bool = False
    high_open: bool = False
    own: bool = True
    groups: tuple[Row, ...] = ()
    containers: Mapping[str, bool] = field(default_factory=dict)
    unspecified: LessPrecise = NONE_LESS_PRECISE
    straddling: bool = False

    def __post_init__(self) -> None:
        all_bounds: tuple[Candidate | Row, ...] = (self, *self.groups)
        for bounds in all_bounds:
            if not 0 <= bounds.low <= (bounds.low if bounds.best is None else bounds.best) <= bounds.high:
                raise ValueError(f"{self.id}: {bounds.low}/{bounds.best}/{bounds.high} is not low <= best <= high")
        if self.groups and self.best is not None and sum(row.best or 0 for row in self.groups) != self.best:
            raise ValueError(f"{self.id}: its rows do not sum to its best, {self.best}")


@dataclass(frozen=True, slots=True)
class Totals:
    """The answer to one query: its total, its groups, and what was left out or counted in part."""

    total: Sum
    groups: dict[GroupKey, Sum]
    incidents: int
    summaries: int
    without_best: int
    contained_left_out: int
    straddling: Straddling
    possibly_contained: Straddling
    less_precise: LessPrecise
    unspecified: LessPrecise
    remainder: Remainder


@dataclass(slots=True)
class _Running:
    """A sum while it is being taken."""

    low: int = 0
    best: int | None = None
    high: int = 0
    low_open: bool = False
    high_open: bool = False
    incidents: int = 0

    def add(self, bounds: Candidate | Row) -> None:
        self.low += bounds.low
        self.high += bounds.high
        best = countable(bounds)
        if best is not None:
            self.best = best + (self.best or 0)

    def counted(self, candidate: Candidate, *, whole: bool) -> None:
        self.incidents += 1
        self.low_open |= whole and candidate.low_open
        self.high_open |= candidate.high_open

    def sum(self) -> Sum:
        return Sum(self.low, self.best, self.high, self.low_open, self.high_open, self.incidents)


@dataclass(slots=True)
class _Roles:
    """What each candidate adds: everything, high only, or nothing."""

    whole: list[Candidate] = field(default_factory=list)
    high_only: list[Candidate] = field(default_factory=list)
    left_out: list[Candidate] = field(default_factory=list)
    less_precise: list[Candidate] = field(default_factory=list)
    less_precise_of_high: list[Candidate] = field(default_factory=list)
    inside_of: dict[str, list[Candidate]] = field(default_factory=dict)

    def of(self, counted: Collection[str] | None) -> "_Roles":
        """The same of some candidates, by id; of all where it is None."""
        if counted is None:
            return self

        def these(candidates: Iterable[Candidate]) -> list[Candidate]:
            return [each for each in candidates if each.id in counted]

        return _Roles(
            whole=these(self.whole),
            high_only=these(self.high_only),
            left_out=these(self.left_out),
            less_precise=these(self.less_precise),
            less_precise_of_high=these(self.less_precise_of_high),
            inside_of=self.inside_of,
        )


def paths(links: Mapping[Id, Sequence[tuple[Id, bool]]]) -> dict[Id, dict[Id, bool]]:
    """Everything each incident contains, through however many links: {ancestor: {descendant: certain}}.

    ``links`` maps a parent to its direct (child, certain) pairs. A path is as certain as its weakest link and the
    strongest path counts. Raises CyclicContainmentError where an incident contains itself.
    """
    closure: dict[Id, dict[Id, bool]] = {}
    for ancestor in links:
        possible = _reached(ancestor, links, certainly=False)
        if ancestor in possible:
            raise CyclicContainmentError(f"{ancestor} contains itself")
        certain = _reached(ancestor, links, certainly=True)
        closure[ancestor] = {descendant: descendant in certain for descendant in possible}
    return closure


def _reached(start: Id, links: Mapping[Id, Sequence[tuple[Id, bool]]], *, certainly: bool) -> dict[Id, None]:
    """What lies below an incident, by certain links alone or by any, in the order in which it is met."""
    reached: dict[Id, None] = {}
    waiting = [start]
    while waiting:
        for child, certain in links.get(waiting.pop(), ()):
            if child not in reached and (certain or not certainly):
                reached[child] = None
                waiting.append(child)
    return reached


def total(candidates: Iterable[Candidate], counted: Collection[str] | None = None) -> Totals:
    """The total of a selection and of its groups, in the unit of the measure asked for (domain.md section 4).

    Where only some are `counted` (ids), it is what these add beside the others. The order of the candidates does not
    matter. Every sum returned has low <= best <= high; the groups' bests sum to
    the total's, and where every candidate has one row their lows and highs do too.
    """
    roles = _roles(candidates).of(counted)
    running = _Running()
    groups: dict[GroupKey, _Running] = {}
    for candidate in roles.whole:
        running.add(candidate)
        _count(candidate, candidate.groups, running, groups, whole=True)
    straddling = straddling_high = possible = possible_high = 0
    unspecified = sum((each.unspecified for each in roles.whole), NONE_LESS_PRECISE)
    for candidate in roles.high_only:
        inside = roles.inside_of.get(candidate.id, ())
        unspecified += candidate.unspecified.of_high(sum(part.unspecified.high for part in inside))
        added = max(0, candidate.high - sum(part.high for part in inside))
        running.high += added
        _count(candidate, _rows_of_high(candidate, inside), running, groups, whole=False)
        if candidate.share is Share.STRADDLING:
            straddling += 1
            straddling_high += added
        else:
            possible += 1
            possible_high += added
    sums = {key: group.sum() for key, group in groups.items()}
    whole = running.sum()
    return Totals(
        total=whole,
        groups=sums,
        incidents=whole.incidents,
        summaries=sum(candidate.clarity_summary for candidate in (*roles.whole, *roles.high_only)),
        without_best=sum(candidate.best is None for candidate in roles.whole),
        contained_left_out=len(roles.left_out),
        straddling=Straddling(straddling, straddling_high),
        possibly_contained=Straddling(possible, possible_high),
        less_precise=LessPrecise.all_of(roles.less_precise) + LessPrecise.all_of(roles.less_precise_of_high).of_high(),
        unspecified=unspecified,
        remainder=Remainder.of(whole, sums),
    )


def combined(one: Totals, other: Totals) -> Totals:
    """The totals of two selections of which neither contains anything of the other."""
    whole = one.total + other.total
    groups = dict(one.groups)
    for key, figure in other.groups.items():
        groups[key] = groups[key] + figure if key in groups else figure
    return Totals(
        total=whole,
        groups=groups,
        incidents=whole.incidents,
        summaries=one.summaries + other.summaries,
        without_best=one.without_best + other.without_best,
        contained_left_out=one.contained_left_out + other.contained_left_out,
        straddling=one.straddling + other.straddling,
        possibly_contained=one.possibly_contained + other.possibly_contained,
        less_precise=one.less_precise + other.less_precise,
        unspecified=one.unspecified + other.unspecified,
        remainder=Remainder.of(whole, groups),
    )


def _roles(candidates: Iterable[Candidate]) -> _Roles:
    """Who adds what.

    Low and best go where anything wholly inside contains the candidate, however certainly; high goes only where the
    containment is certain, and then a container that merely overlaps will do. It is enough to ask for containers in the
    selection, removed themselves or not: whatever removed them contains the candidate too.

    A candidate that keeps low and best though an overlapping container already has it in its high (inside_of) keeps its
    own high as well, and the container gives as much of its high up: the total is the same, and no group ends up with a
    low above its high. With several such containers one gives way, the first by id.
    """
    roles = _Roles()
    selected = [candidate for candidate in candidates if candidate.own]
    by_id = {candidate.id: candidate for candidate in selected}
    share = {candidate.id: candidate.share for candidate in selected}
    if len(by_id) != len(selected):
        raise ValueError("The same incident was passed twice; its figures would count twice")
    for candidate in selected:
        containers = {key: certain for key, certain in candidate.containers.items() if key in share}
        if candidate.share is Share.LESS_PRECISE:
            if not any(containers.values()):
                of_high = containers or candidate.straddling
                (roles.less_precise_of_high if of_high else roles.less_precise).append(candidate)
            continue
        reaching = [key for key, certain in containers.items() if certain and share[key] is not Share.LESS_PRECISE]
        inside = candidate.share is Share.FULL and all(share[key] is not Share.FULL for key in containers)
        if inside:
            roles.whole.append(candidate)
            if reaching:
                roles.inside_of.setdefault(min(_outermost(reaching, by_id)), []).append(candidate)
        elif not reaching:
            roles.high_only.append(candidate)
        else:
            roles.left_out.append(candidate)
    return roles


def _outermost(ids: Sequence[str], by_id: Mapping[str, Candidate]) -> list[str]:
    """Those of some incidents that no other of them certainly contains."""
    return [inner for inner in ids if not any(by_id[inner].containers.get(outer, False) for outer in ids)]


def _rows_of_high(candidate: Candidate, inside: Collection[Candidate]) -> list[Row]:
    """The rows of a candidate that adds to high only, less what stands inside it and counts its own high.

    The same group gives way first; where the rows add up to the figure, the rest gives way from the last row upwards,
    so that the groups still add up to the total.
    """
    taken = Counter[GroupKey]()
    for part in inside:
        for row in part.groups:
            taken[row.key] += row.high
    highs: list[int] = []
    for row in candidate.groups:
        given = min(row.high, taken[row.key])
        taken[row.key] -= given
        highs.append(row.high - given)
    if sum(row.high for row in candidate.groups) == candidate.high:
        over = sum(highs) - max(0, candidate.high - sum(part.high for part in inside))
        for place in reversed(range(len(highs))):
            given = min(highs[place], max(0, over))
            highs[place] -= given
            over -= given
    return [Row(row.key, 0, None, high) for row, high in zip(candidate.groups, highs, strict=True)]


def _count(
    candidate: Candidate,
    rows: Sequence[Row],
    running: _Running,
    groups: dict[GroupKey, _Running],
    *,
    whole: bool,
) -> None:
    """Enter one contributor into the total's account and its rows into their groups."""
    running.counted(candidate, whole=whole)
    for row in rows:
        groups.setdefault(row.key, _Running()).add(row)
    for key in {row.key for row in rows}:
        groups[key].counted(candidate, whole=whole)
