"""What an incident that contains others carries of their figures and of their parts (domain.md section 4).

Only certain (confirmed or probable) children are rolled up, when the container is published; which incidents then count
in a total is decided in containment.py.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from incidents.rules.figures.breakdown import DIMENSIONS, UNSPECIFIED, Decomposition, Part

Key = tuple[str, str, str, str]
"""measure, unit, basis, of_status ('all' or a person status)."""

PartKey = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """An incident's figure for one key, in that key's unit: low <= best <= high; best null says not known.

    ``own`` is false for a container that has only its children's figures.
    """

    low: int
    best: int | None
    high: int
    low_open: bool
    high_open: bool
    own: bool
    decomposition: Decomposition


@dataclass(frozen=True, slots=True)
class Node:
    """A certain child with its figures, rolled up over its own children.

    ``contains`` are the ids of all that it certainly contains itself: such a sibling is in its figures already.
    """

    id: str
    start_earliest: date
    figures: Mapping[Key, Figure]
    contains: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class _Bounds:
    low: int
    best: int | None
    high: int
    low_open: bool
    high_open: bool


def roll_up(
    own: Mapping[Key, Figure], children: Sequence[Node], duplicates: Collection[frozenset[str]]
) -> dict[Key, Figure]:
    """The figures of a containing incident, for every key that it or a child has, in the unit of each key.

    ``own`` are its own figures, ``children`` its certain published children in any order, ``duplicates`` the pairs of
    ids linked as possible duplicates. Low, best and high are each the larger of its own and its children's sum;
    possible duplicates count once, with the larger of each bound. The parts are those of whichever best stands (see
    _decomposed); in every dimension that has a cut they sum to it.
    """
    direct = [node for node in children if not any(node.id in other.contains for other in children)]
    alike = _components(direct, duplicates)
    keys = dict.fromkeys([*own, *(key for node in direct for key in node.figures)])
    return {key: _rolled(key, own.get(key), alike) for key in keys}


def _components(children: Iterable[Node], duplicates: Collection[frozenset[str]]) -> list[list[Node]]:
    """The children, those that may be the same event together, in the order in which their parts are carried."""
    representative: dict[str, str] = {}

    def found(node: str) -> str:
        while representative.get(node, node) != node:
            node = representative[node]
        return node

    for pair in duplicates:
        first, *others = (found(node) for node in pair)
        for other in others:
            representative[other] = first
    components: dict[str, list[Node]] = {}
    for node in sorted(children, key=lambda node: node.id):
        components.setdefault(found(node.id), []).append(node)
    return list(components.values())


def _rolled(key: Key, own: Figure | None, alike: Sequence[Sequence[Node]]) -> Figure:
    having = [[node for node in nodes if key in node.figures] for nodes in alike]
    groups = [nodes for nodes in having if nodes]
    if own is not None and not groups:
        return own
    bounds = _sum([_larger([_bounds(node.figures[key]) for node in nodes]) for nodes in groups])
    if own is not None:
        bounds = _larger([_bounds(own), bounds])
    chosen = _in_order([max(nodes, key=lambda node: _size(node.figures[key])) for nodes in groups], key)
    return Figure(
        low=bounds.low,
        best=bounds.best,
        high=bounds.high,
        low_open=bounds.low_open,
        high_open=bounds.high_open,
        own=own is not None,
        decomposition=_decomposed(own, [node.figures[key] for node in chosen], bounds),
    )


def _known(figure: Figure) -> int | None:
    """The best that enters a sum: a known low stands in where none was stated (reported-range@1, rule 7)."""
    return figure.best if figure.best is not None or not figure.low else figure.low


def _bounds(figure: Figure) -> _Bounds:
    return _Bounds(figure.low, _known(figure), figure.high, figure.low_open, figure.high_open)


def _size(figure: Figure) -> tuple[int, int, int]:
    """What makes one possible duplicate the larger: best, then high, then low."""
    best = _known(figure)
    return -1 if best is None else best, figure.high, figure.low


def _in_order(nodes: Iterable[Node], key: Key) -> list[Node]:
    """By start, the larger first; what neither settles stays in the order of ids in which it came."""
    return sorted(nodes, key=lambda node: (node.start_earliest, -_size(node.figures[key])[0]))


def _larger(several: Sequence[_Bounds]) -> _Bounds:
    """The larger for each bound; a high is open if an open one is as large, a low only if no closed one is."""
    low = max(bounds.low for bounds in several)
    high = max(bounds.high for bounds in several)
    return _Bounds(
        low=low,
        best=max((bounds.best for bounds in several if bounds.best is not None), default=None),
        high=high,
        low_open=all(bounds.low_open for bounds in several if bounds.low == low),
        high_open=any(bounds.high_open for bounds in several if bounds.high == high),
    )


def _sum(several: Sequence[_Bounds]) -> _Bounds:
    """Bounds added up; best is the sum of those known, null if none is."""
    known = [bounds.best for bounds in several if bounds.best is not None]
    return _Bounds(
        low=sum(bounds.low for bounds in several),
        best=sum(known) if known else None,
        high=sum(bounds.high for bounds in several),
        low_open=any(bounds.low_open for bounds in several),
        high_open=any(bounds.high_open for bounds in several),
    )


def _decomposed(own: Figure | None, children: Sequence[Figure], bounds: _Bounds) -> Decomposition:
    """The parts of a rolled-up figure, those of whichever best stands.

    Its own: its cuts stay, and a dimension that neither they nor its own status name takes the parts that its children
    name. Its children's: their parts together, a child that is not itemised as one part.
    """
    divided = [child.decomposition for child in children if child.best is not None]
    bases = [child.decomposition.base for child in children]
    if own is not None and _known(own) == bounds.best:
        base = _bounded(own.decomposition.base, bounds)
        named = own.decomposition.cuts
        cuts = {name: named[name] if name in named else _carried(name, base, divided) for name in DIMENSIONS}
    else:
        base = _bounded(_common(bases if own is None else [own.decomposition.base, *bases]), bounds)
        cuts = {name: _merged(_parts(name, divided)) for name in DIMENSIONS}
    completed = {name: _completed(parts, base) for name, parts in cuts.items()}
    kept = {
        name: parts
        for name, parts in completed.items()
        if any(_names(part, name) and _key(part) != _key(base) for part in parts)
    }
    firsts = ([own.decomposition] if own else []) + divided
    shown = [each.shown for each in firsts if each.shown in kept] + list(kept)
    return Decomposition(base, kept, shown[0] if shown else "")


def _parts(dimension: str, divided: Iterable[Decomposition]) -> list[Part]:
    """The parts of several by one dimension; what is not cut by it is one part."""
    return [part for each in divided for part in each.cuts.get(dimension, (each.base,))]


def _carried(dimension: str, base: Part, divided: Iterable[Decomposition]) -> tuple[Part, ...]:
    """The parts that children name by a dimension which the container does not, each as long as it fits into best."""
    if _names(base, dimension):
        return ()
    room = base.best or 0
    carried = []
    for part in _parts(dimension, divided):
        if _names(part, dimension) and (part.best or 0) <= room:
            room -= part.best or 0
            carried.append(part)
    return _merged(carried)


def _merged(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Parts of the same description summed, in the order in which each is first met."""
    by_key: dict[PartKey, Part] = {}
    for part in parts:
        before = by_key.get(_key(part))
        by_key[_key(part)] = part if before is None else _bounded(part, _sum([_span(before), _span(part)]))
    return tuple(by_key.values())


def _completed(parts: Iterable[Part], base: Part) -> tuple[Part, ...]:
    """The parts with what is left of the base, unspecified, unless they account for all of it."""
    named = [part for part in parts if _key(part) != _key(base)]
    most_named = sum(part.high for part in named)
    rest = (base.best or 0) - sum(part.best or 0 for part in named)
    if not rest and most_named >= base.high:
        return tuple(named)
    least = max(0, base.low - most_named)
    most = max(rest, base.high - sum(part.low for part in named))
    return (*named, base._replace(low=least, best=rest, high=most))


def _common(bases: Sequence[Part]) -> Part:
    """What all of several bases say of the people in them; what they say differently is unspecified."""
    first = bases[0]
    status, sex, age_group, cause, occupation = (
        found if len({_key(base)[place] for base in bases}) == 1 else UNSPECIFIED
        for place, found in enumerate(_key(first))
    )
    return Part(status, sex, age_group, cause, occupation, first.low, first.best, first.high)


def _key(part: Part) -> PartKey:
    return part.status, part.sex, part.age_group, part.cause, part.occupation


def _names(part: Part, dimension: str) -> bool:
    return _key(part)[DIMENSIONS.index(dimension)] != UNSPECIFIED


def _span(part: Part) -> _Bounds:
    return _Bounds(part.low, part.best, part.high, low_open=False, high_open=False)


def _bounded(part: Part, bounds: _Bounds) -> Part:
    return part._replace(low=bounds.low, best=bounds.best, high=bounds.high)
