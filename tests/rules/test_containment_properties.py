"""What holds for the totals of any selection, over random records of incidents that contain each other.

A record is an acyclic set of links with figures rolled up from below; a selection takes some of its incidents, each
with its own place in the filter. Named cases stand in test_containment.py.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random

from hypothesis import event, given
from hypothesis import strategies as st

from incidents.rules.figures.containment import Candidate, GroupKey, Row, Share, Totals, paths, total
from incidents.rules.figures.sums import Sum

FULL, STRADDLING, LESS_PRECISE = Share.FULL, Share.STRADDLING, Share.LESS_PRECISE
Links = dict[str, list[tuple[str, bool]]]
Bounds = tuple[int, int | None, int]


@dataclass(frozen=True)
class Record:
    """Links from each parent to its (child, certain) pairs, and every incident's rolled-up figure, if it has one."""

    links: Links
    figures: dict[str, Bounds | None]
    own: dict[str, bool]


@st.composite
def bounds(draw: st.DrawFn) -> Bounds:
    if draw(st.integers(0, 5)) == 0:
        return 0, None, draw(st.integers(0, 9))
    low, best, high = sorted(draw(st.tuples(*[st.integers(0, 9)] * 3)))
    return low, best, high


@st.composite
def records(draw: st.DrawFn) -> Record:
    names = [f"i{number}" for number in draw(st.permutations(range(draw(st.integers(1, 6)))))]
    links: Links = {
        parent: [
            (child, certain is True)
            for child in names[place + 1 :]
            if (certain := draw(st.sampled_from([None, True, False]))) is not None
        ]
        for place, parent in enumerate(names)
    }
    figures: dict[str, Bounds | None] = {}
    own: dict[str, bool] = {}
    for name in reversed(names):
        stated = draw(st.one_of(st.none(), bounds(), bounds(), bounds()))
        below = [figure for child, certain in links[name] if certain and (figure := figures[child]) is not None]
        figures[name] = larger(stated, added(below)) if below else stated
        own[name] = stated is not None
    return Record(links, figures, own)


def added(several: list[Bounds]) -> Bounds:
    known = [best for _, best, _ in several if best is not None]
    return sum(low for low, _, _ in several), sum(known) if known else None, sum(high for _, _, high in several)


def larger(one: Bounds | None, other: Bounds) -> Bounds:
    if one is None:
        return other
    bests = [best for best in (one[1], other[1]) if best is not None]
    return max(one[0], other[0]), max(bests, default=None), max(one[2], other[2])


def in_one_row(record: Record, name: str, share: Share, group: str) -> Candidate | None:
    figure = record.figures[name]
    if figure is None:
        return None
    return Candidate(
        id=name,
        share=share,
        clarity_summary=False,
        low=figure[0],
        best=figure[1],
        high=figure[2],
        own=record.own[name],
        groups=(Row((group,), *figure),),
        containers={a: below[name] for a, below in sorted(paths(record.links).items()) if name in below},
    )


@st.composite
def selections(draw: st.DrawFn) -> tuple[Record, list[Candidate]]:
    record = draw(records())
    shares = st.sampled_from([FULL, FULL, FULL, STRADDLING, STRADDLING, LESS_PRECISE, None])
    chosen = []
    for name in record.figures:
        share = draw(shares)
        candidate = share and in_one_row(record, name, share, draw(st.sampled_from(["x", "y", "several"])))
        if candidate:
            chosen.append(candidate)
    return record, chosen


@st.composite
def in_several_rows(draw: st.DrawFn) -> list[Candidate]:
    """Candidates whose figures are divided among persons; every bound of every row is independent."""
    _, chosen = draw(selections())
    divided = []
    for candidate in chosen:
        keys = draw(st.lists(st.sampled_from(["child", "adult", "unspecified"]), min_size=1, max_size=3, unique=True))
        bests = draw(st.lists(st.integers(0, 9), min_size=len(keys), max_size=len(keys)))
        rows = tuple(
            Row((key,), draw(st.integers(0, best)), best, best + draw(st.integers(0, 5)))
            for key, best in zip(keys, bests, strict=True)
        )
        best = sum(bests)
        low, high = draw(st.integers(0, best)), best + draw(st.integers(0, 9))
        divided.append(replace(candidate, low=low, best=best, high=high, groups=rows))
    return divided


def every_path(links: Links, start: str) -> Iterator[tuple[str, bool]]:
    """Each way down from an incident, as (where it ends, whether all its links are certain)."""
    for child, certain in links.get(start, []):
        yield child, certain
        for end, rest in every_path(links, child):
            yield end, certain and rest


@dataclass
class Reference:
    """The rules of domain.md section 4 and nothing else: settle one incident after the other, outermost first."""

    record: Record
    chosen: dict[str, Candidate]

    def containers(self, name: str) -> dict[str, bool]:
        """Selected incidents with a figure of their own from which a way leads here; true if one way is certain."""
        found: dict[str, bool] = defaultdict(bool)
        for container, candidate in self.chosen.items():
            if candidate.own:
                for end, certain in every_path(self.record.links, container):
                    if end == name:
                        found[container] |= certain
        return found

    def adds(self) -> dict[str, tuple[bool, bool]]:
        """Whether each counted incident adds to low and best, and whether to high."""
        settled: dict[str, tuple[bool, bool]] = {}
        waiting = [name for name, candidate in self.chosen.items() if candidate.own]
        while waiting:
            name = next(name for name in waiting if not any(c in waiting for c in self.containers(name)))
            waiting.remove(name)
            share = self.chosen[name].share
            low, high = share is FULL, share is not LESS_PRECISE
            for container, certain in self.containers(name).items():
                counts_low, counts_high = settled[container]
                low = low and not counts_low
                high = high and not (certain and (counts_low or counts_high))
            settled[name] = low, high
        return settled

    def total(self) -> Bounds:
        adds = {name: flags for name, flags in self.adds().items() if any(flags)}
        bests = [best for name, (low, _) in adds.items() if low and (best := self.chosen[name].best) is not None]
        return (
            sum(self.chosen[name].low for name, (low, _) in adds.items() if low),
            sum(bests) if bests else None,
            sum(self.chosen[name].high for name, (_, high) in adds.items() if high),
        )


def bounds_of(whole: Sum) -> Bounds:
    return whole.low, whole.best, whole.high


def in_order(whole: Sum) -> bool:
    return whole.low <= (whole.low if whole.best is None else whole.best) <= whole.high


def groups_of(totals: Totals) -> Mapping[GroupKey, Bounds]:
    return {key: bounds_of(group) for key, group in totals.groups.items()}


@given(selections())
def test_totals_are_those_of_the_rules_followed_step_by_step(selection: tuple[Record, list[Candidate]]) -> None:
    record, chosen = selection
    reference = Reference(record, {candidate.id: candidate for candidate in chosen})
    totals = total(chosen)
    adds = reference.adds()
    inside = {name for name in adds if reference.chosen[name].share is not LESS_PRECISE}
    assert bounds_of(totals.total) == reference.total()
    assert totals.incidents == sum(any(adds[name]) for name in inside)
    assert totals.contained_left_out == sum(not any(adds[name]) for name in inside)
    assert totals.without_best == sum(low and reference.chosen[name].best is None for name, (low, _) in adds.items())
    assert totals.less_precise.incidents == sum(
        name not in inside and not any(reference.containers(name).values()) for name in adds
    )
    event(f"left out: {totals.contained_left_out}")


@given(selections())
def test_totals_never_exceed_the_outermost_incidents_and_their_possible_children(
    selection: tuple[Record, list[Candidate]],
) -> None:
    record, chosen = selection
    ways = [way for parent in record.links for way in every_path(record.links, parent)]
    certainly_inside = {end for end, certain in ways if certain}
    inside = {end for end, _ in ways}
    figures = {name: figure for name, figure in record.figures.items() if figure is not None}
    outermost = added([figures[name] for name in figures.keys() - inside])
    possible = added([figures[name] for name in figures.keys() & inside - certainly_inside])
    whole = total(chosen).total
    assert whole.low <= outermost[0] + possible[0]
    assert (whole.best or 0) <= (outermost[1] or 0) + (possible[1] or 0)
    assert whole.high <= outermost[2] + possible[2]
    everything = [candidate for name in figures if (candidate := in_one_row(record, name, FULL, "x"))]
    if all(candidate.own for candidate in everything) and len(figures) == len(record.own):
        event("every incident has a figure of its own")
        whole = total(everything).total
        assert bounds_of(whole) == (outermost[0], outermost[1], outermost[2] + possible[2])


@given(selections())
def test_groups_of_incidents_sum_to_the_total_in_every_bound(selection: tuple[Record, list[Candidate]]) -> None:
    totals = total(selection[1])
    groups = totals.groups.values()
    assert sum(group.low for group in groups) == totals.total.low
    assert sum(group.best or 0 for group in groups) == (totals.total.best or 0)
    assert sum(group.high for group in groups) == totals.total.high
    assert sum(group.incidents for group in groups) == totals.incidents
    assert (totals.remainder.low, totals.remainder.best, totals.remainder.high) == (0, 0, 0)
    assert in_order(totals.total)
    assert all(in_order(group) for group in groups)


@given(in_several_rows())
def test_groups_of_persons_sum_to_the_total_in_best(chosen: list[Candidate]) -> None:
    totals = total(chosen)
    groups = totals.groups.values()
    assert sum(group.best or 0 for group in groups) == (totals.total.best or 0)
    assert totals.total.low - totals.remainder.low == sum(group.low for group in groups)
    assert totals.total.high - totals.remainder.high == sum(group.high for group in groups)
    assert in_order(totals.total)
    assert all(in_order(group) for group in groups)


@given(in_several_rows(), st.randoms())
def test_the_order_of_the_selection_does_not_matter(chosen: list[Candidate], chance: Random) -> None:
    shuffled = list(chosen)
    chance.shuffle(shuffled)
    assert total(shuffled) == total(chosen)


@given(selections(), bounds(), st.sampled_from([FULL, STRADDLING, LESS_PRECISE]), st.data())
def test_a_child_that_its_counted_container_already_carries_changes_nothing(
    selection: tuple[Record, list[Candidate]], child: Bounds, share: Share, data: st.DataObject
) -> None:
    _, chosen = selection
    before = total(chosen)
    parents = [candidate for candidate in chosen if candidate.own and candidate.share is FULL]
    if not parents:
        return
    parent = data.draw(st.sampled_from(parents))
    containers = {**parent.containers, parent.id: True}
    added_child = Candidate("new", share, False, *child, groups=(Row(("new",), *child),), containers=containers)
    after = total([*chosen, added_child])
    assert after.total == before.total
    assert groups_of(after) == groups_of(before)
    assert after.contained_left_out == before.contained_left_out + (share is not LESS_PRECISE)
    assert after.less_precise == before.less_precise
