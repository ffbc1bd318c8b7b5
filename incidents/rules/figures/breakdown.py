"""How an estimate's best figure divides into disjoint parts, one cut at a time (domain.md section 3, Breakdown).

What no source itemised stays `unspecified`: of "31, nine of them children" the other 22 are not adults.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import NamedTuple

from incidents.choices import PersonStatus
from incidents.rules.figures.facts import Cell, ClaimFacts, Estimate, Use
from incidents.rules.figures.ranges import stated
from incidents.rules.figures.sifting import Group, group_of

DIMENSIONS = ("status", "sex", "age_group", "cause", "occupation")
UNSPECIFIED = "unspecified"

Key = tuple[str, str, str, str, str]


class Part(NamedTuple):
    """Some of the people of an estimate, in its unit: low <= best <= high; 'unspecified' where not named.

    best is null only in the one part that an estimate without best has.
    """

    status: str
    sex: str
    age_group: str
    cause: str
    occupation: str
    low: int
    best: int | None
    high: int


@dataclass(frozen=True, slots=True)
class Decomposition:
    """An estimate as one part and, by each dimension that cells name, as disjoint parts that sum to it in best.

    `shown` is the dimension of the cut shown in the document, '' where nothing is itemised.
    """

    base: Part
    cuts: dict[str, tuple[Part, ...]] = field(default_factory=dict)
    shown: str = ""


@dataclass(frozen=True, slots=True)
class _Share:
    """What one best-setting claim brings: people of one status, and its usable cuts by number with what they name."""

    status: str
    low: int
    best: int
    high: int
    cuts: Mapping[int, tuple[Part, ...]]
    named: Mapping[int, frozenset[str]]

    def cut_by(self, dimension: str) -> tuple[Part, ...]:
        """Its parts by `dimension` from the lowest-numbered cut that names it, or else itself as one part."""
        number = min((number for number, named in self.named.items() if dimension in named), default=None)
        if number is None:
            return (_whole(self.status, self.low, self.best, self.high),)
        return _completed(self.cuts[number], self.status, (self.low, self.best, self.high))


def decompose(estimate: Estimate, claims: Iterable[ClaimFacts], uses: Iterable[Use]) -> Decomposition:
    """Divide `estimate`, of an incident with these `claims` and `uses` of them, into the parts its sources itemised.

    Cells are those of the claims that set best, or else of a kept claim with the same point and status; area cells are
    places of the same people and no parts of their own. An estimate without best has its base part only.
    """
    by_id = {claim.id: claim for claim in claims}
    setting = [by_id[key] for key in estimate.set_by]
    own_status = estimate.status if estimate.status != PersonStatus.ALL else UNSPECIFIED
    status = _status_of(setting[0].status) if len(setting) == 1 else UNSPECIFIED
    status = own_status if status == UNSPECIFIED else status
    base = _whole(status, estimate.low, estimate.best, estimate.high)
    if estimate.best is None or not setting:
        return Decomposition(base)
    kept = partial(_kept, (estimate.measure, estimate.unit, estimate.basis), by_id, uses)
    if len(setting) == 1:
        share = _share(setting[0], (estimate.low, estimate.best, estimate.high), kept)
        named = _dimensions(share.named.values())
        return Decomposition(base, {name: share.cut_by(name) for name in named}, _shown([share], ""))
    shares = [_share(claim, bounds, kept) for claim, bounds in zip(setting, _summands(setting), strict=True)]
    named = _dimensions([frozenset({"status"}), *(names for share in shares for names in share.named.values())])
    cuts = {name: _side_by_side(name, shares, estimate) for name in named}
    return Decomposition(base, cuts, _shown(shares, "status"))


def primary_cut(decomposition: Decomposition) -> tuple[Part, ...]:
    """The parts that the incident's document shows: of the claim's lowest-numbered cut, or else the base alone."""
    return decomposition.cuts.get(decomposition.shown, (decomposition.base,))


def best_of(decomposition: Decomposition, dimension: str, codes: Collection[str]) -> int | None:
    """How many people of a figure, in its unit, are said to be one of `codes` of a dimension; null: nobody says.

    As totals read them: from the cut by that dimension, whichever cut the document shows.
    """
    parts = decomposition.cuts.get(dimension, ())
    stated = [part.best for part in parts if getattr(part, dimension) in codes and part.best is not None]
    return sum(stated) if stated else None


def _kept(group: Group, by_id: Mapping[str, ClaimFacts], uses: Iterable[Use]) -> list[ClaimFacts]:
    ids = {use.claim for use in uses if use.used and (use.measure, use.unit, use.basis) == group}
    return sorted((by_id[key] for key in ids if group_of(by_id[key]) == group), key=_content)


def _content(claim: ClaimFacts) -> tuple[str, str]:
    """Orders lenders of cells by what they itemise: ids differ between installations."""
    return repr(sorted(claim.cells, key=repr)), claim.id


def _summands(setting: Sequence[ClaimFacts]) -> list[tuple[int, int, int]]:
    """(low, best, high) of each claim of a sum; best is its point if all have one, else its low end."""
    ranges = [says for says in map(stated, setting) if says is not None]
    pointed = all(says.point is not None for says in ranges)
    return [(says.low or 0, (says.point if pointed else says.low) or 0, says.high) for says in ranges]


def _share(claim: ClaimFacts, bounds: tuple[int, int, int], kept: Callable[[], Iterable[ClaimFacts]]) -> _Share:
    low, best, high = bounds
    cuts, named = _usable_cuts(claim.cells, claim.status, best)
    point = None if cuts else _point(claim)
    for other in kept() if point is not None else ():
        if not cuts and _point(other) == point and other.status == claim.status and other.id != claim.id:
            cuts, named = _usable_cuts(other.cells, other.status, best)
    return _Share(_status_of(claim.status), low, best, high, cuts, named)


def _point(claim: ClaimFacts) -> int | None:
    says = stated(claim)
    return says.point if says else None


@lru_cache(maxsize=10_000)
def _usable_cuts(
    cells: tuple[Cell, ...], status: str, best: int
) -> tuple[Mapping[int, tuple[Part, ...]], Mapping[int, frozenset[str]]]:
    """The cuts of a claim that divide persons and fit into `best`, areas merged, and the dimensions that each names.

    Remembered, since claims that itemise a few people alike are many.
    """
    cuts: dict[int, tuple[Part, ...]] = {}
    named: dict[int, frozenset[str]] = {}
    for number in sorted({cell.cut for cell in cells}):
        valued = [cell for cell in cells if cell.cut == number and cell.value is not None]
        names = frozenset(name for cell in valued for name in _names(cell))
        if names and sum(cell.value or 0 for cell in valued) <= best:
            cuts[number] = _merged_over_areas([cell for cell in valued if _names(cell)], _status_of(status))
            named[number] = names
    return cuts, named


def _names(cell: Cell) -> list[str]:
    return [name for name, code in zip(DIMENSIONS, _codes(cell), strict=True) if code]


def _codes(cell: Cell) -> Key:
    status = "" if cell.status == PersonStatus.ALL else cell.status
    return status, cell.sex, cell.age_group, cell.cause, cell.occupation


def _merged_over_areas(cells: Iterable[Cell], claim_status: str) -> tuple[Part, ...]:
    by_key: dict[Key, list[Cell]] = defaultdict(list)
    for cell in cells:
        by_key[_codes(cell)].append(cell)
    parts = []
    for (status, *others), alike in sorted(by_key.items()):
        sex, age_group, cause, occupation = (code or UNSPECIFIED for code in others)
        ends = [[end for end in (cell.low, cell.value, cell.high) if end is not None] for cell in alike]
        best = sum(cell.value or 0 for cell in alike)
        whole = _whole(status or claim_status, sum(map(min, ends)), best, sum(map(max, ends)))
        parts.append(whole._replace(sex=sex, age_group=age_group, cause=cause, occupation=occupation))
    return tuple(parts)


def _side_by_side(dimension: str, shares: Sequence[_Share], estimate: Estimate) -> tuple[Part, ...]:
    """The parts of several claims about disjoint people; by status each claim is one part."""
    parts: list[Part] = []
    for share in shares:
        whole = _whole(share.status, share.low, share.best, share.high)
        parts.extend((whole,) if dimension == "status" else share.cut_by(dimension))
    return _completed(parts, UNSPECIFIED, (estimate.low, estimate.best or 0, estimate.high))


def _completed(parts: Sequence[Part], status: str, bounds: tuple[int, int, int]) -> tuple[Part, ...]:
    """`parts` with the unspecified one that is left of (low, best, high), unless nothing is or can be left."""
    low, best, high = bounds
    rest = best - sum(part.best or 0 for part in parts)
    least = max(0, low - sum(part.high for part in parts))
    most = max(rest, high - sum(part.low for part in parts))
    return (*parts, _whole(status, least, rest, most)) if most else tuple(parts)


def _whole(status: str, low: int, best: int | None, high: int) -> Part:
    return Part(status, UNSPECIFIED, UNSPECIFIED, UNSPECIFIED, UNSPECIFIED, low, best, high)


def _status_of(status: str) -> str:
    return UNSPECIFIED if status == PersonStatus.ALL else status


def _dimensions(named: Iterable[frozenset[str]]) -> list[str]:
    every = frozenset[str]().union(*named)
    return [name for name in DIMENSIONS if name in every]


def _shown(shares: Iterable[_Share], otherwise: str) -> str:
    """A dimension of the lowest-numbered usable cut of all `shares`."""
    numbered = [
        (number, DIMENSIONS.index(name)) for share in shares for number, names in share.named.items() for name in names
    ]
    return DIMENSIONS[min(numbered)[1]] if numbered else otherwise
