"""What a container carries of its children: the founding case, and each rule on the smallest case that shows it.

Totals over a selection are tested in test_containment.py; the parts of a single estimate in test_breakdown.py.
"""

from collections.abc import Mapping
from datetime import date
from itertools import chain
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from incidents.rules.figures.breakdown import DIMENSIONS, Decomposition, Part
from incidents.rules.figures.rollup import Figure, Key, Node, roll_up

KILLED: Key = ("killed", "person", "documented", "all")
BURIED: Key = ("buried", "person", "documented", "all")
MARCH_7 = date(2025, 3, 7)
Bounds = tuple[int, int | None, int]


def part(bounds: Bounds, *, status: str = "unspecified", sex: str = "unspecified", age: str = "unspecified") -> Part:
    return Part(status, sex, age, "unspecified", "unspecified", *bounds)


def points(number: int, *, status: str = "unspecified", sex: str = "unspecified", age: str = "unspecified") -> Part:
    return part((number, number, number), status=status, sex=sex, age=age)


def figure(
    bounds: Bounds,
    cuts: Mapping[str, tuple[Part, ...]] | None = None,
    *,
    status: str = "unspecified",
    low_open: bool = False,
    high_open: bool = False,
    shown: str = "",
) -> Figure:
    low, best, high = bounds
    decomposition = Decomposition(part(bounds, status=status), dict(cuts or {}), shown)
    return Figure(low, best, high, low_open, high_open, own=True, decomposition=decomposition)


def child(key: str, figure: Figure, start: date = MARCH_7, contains: tuple[str, ...] = ()) -> Node:
    return Node(key, start, {KILLED: figure}, contains)


def rolled(own: Figure | None, *children: Node, duplicates: tuple[tuple[str, str], ...] = ()) -> Figure:
    figures = roll_up({KILLED: own} if own else {}, children, {frozenset(pair) for pair in duplicates})
    return figures[KILLED]


def bounds_of(figure: Figure) -> Bounds:
    return figure.low, figure.best, figure.high


def by(dimension: str, figure: Figure) -> dict[str, Bounds]:
    """Each part of a cut by what it says of its own dimension; the test fails if two say the same."""
    cut = figure.decomposition.cuts[dimension]
    found = {getattr(each, dimension): (each.low, each.best, each.high) for each in cut}
    assert len(found) == len(cut)
    return found


COAST = figure((717, 717, 717), status="civilian")
CHILD, WOMAN = points(9, status="civilian", age="child"), points(4, status="civilian", sex="female", age="adult")
BY_AGE = (CHILD, WOMAN, points(18, status="civilian"))
TUWAYM = child(
    "tuwaym", figure((31, 31, 31), {"age_group": BY_AGE, "sex": BY_AGE}, status="civilian", shown="age_group")
)
TUWAYM_WOMEN = child("women", figure((4, 4, 4), {"age_group": (WOMAN,), "sex": (WOMAN,)}, status="civilian"))


def test_the_coast_carries_the_children_and_women_of_tuwaym() -> None:
    coast = rolled(COAST, TUWAYM)
    assert bounds_of(coast) == (717, 717, 717)
    assert by("age_group", coast) == {"child": (9, 9, 9), "adult": (4, 4, 4), "unspecified": (704, 704, 704)}
    assert by("sex", coast) == {"female": (4, 4, 4), "unspecified": (713, 713, 713)}
    assert set(coast.decomposition.cuts) == {"age_group", "sex"}
    assert coast.decomposition.shown == "age_group"
    assert coast.own


def test_with_its_rivals_the_coast_keeps_its_own_range_around_the_carried_parts() -> None:
    coast = rolled(figure((1169, 1400, 1700)), TUWAYM)
    assert bounds_of(coast) == (1169, 1400, 1700)
    assert by("age_group", coast) == {"child": (9, 9, 9), "adult": (4, 4, 4), "unspecified": (1156, 1387, 1687)}
    assert by("status", coast) == {"civilian": (31, 31, 31), "unspecified": (1138, 1369, 1669)}


def test_an_incident_without_children_is_as_it_was() -> None:
    assert rolled(COAST) == COAST


def test_each_bound_is_the_larger_of_its_own_and_its_childrens() -> None:
    parent = rolled(figure((5, 20, 30)), child("a", figure((6, 8, 20))), child("b", figure((2, 3, 15))))
    assert bounds_of(parent) == (8, 20, 35)


def test_a_container_without_a_figure_of_its_own_has_its_childrens_sum() -> None:
    parent = rolled(None, child("a", figure((6, 8, 20))), child("b", figure((2, 3, 15))))
    assert bounds_of(parent) == (8, 11, 35)
    assert not parent.own


def test_a_key_that_no_child_has_stays_and_one_that_only_a_child_has_is_added() -> None:
    figures = roll_up({BURIED: COAST}, [TUWAYM], set())
    assert figures[BURIED] == COAST
    assert (figures[KILLED].best, figures[KILLED].own) == (31, False)


def test_possible_duplicates_count_once_with_the_larger_of_each_bound() -> None:
    children = [child("a", figure((6, 8, 9))), child("b", figure((2, 9, 15))), child("c", figure((3, 3, 3)))]
    parent = rolled(None, *children, duplicates=(("a", "b"),))
    assert bounds_of(parent) == (9, 12, 18)


def test_possible_duplicates_of_possible_duplicates_are_one_event() -> None:
    children = [child(key, figure((n, n, n))) for key, n in (("a", 5), ("b", 6), ("c", 7), ("d", 1))]
    parent = rolled(None, *children, duplicates=(("a", "b"), ("c", "b")))
    assert bounds_of(parent) == (8, 8, 8)


def test_only_the_larger_of_possible_duplicates_carries_its_parts() -> None:
    small = child("small", figure((5, 5, 5), {"age_group": (points(5, age="adolescent"),)}))
    parent = rolled(COAST, TUWAYM, small, duplicates=(("small", "tuwaym"),))
    assert "adolescent" not in by("age_group", parent)


def test_of_possible_duplicates_with_one_best_the_wider_carries_its_parts() -> None:
    narrow = child("a", figure((5, 5, 5), {"age_group": (points(5, age="adult"),)}))
    wide = child("b", figure((5, 5, 9), {"age_group": (points(5, age="child"),)}))
    assert set(by("age_group", rolled(COAST, narrow, wide, duplicates=(("a", "b"),)))) == {"child", "unspecified"}


def test_a_child_inside_another_child_is_in_its_figure_already() -> None:
    parent = rolled(None, child("outer", figure((8, 8, 8)), contains=("inner",)), child("inner", figure((5, 5, 5))))
    assert bounds_of(parent) == (8, 8, 8)


def test_unknown_bests_are_left_out_of_the_sum_and_an_all_unknown_one_is_unknown() -> None:
    rumour = figure((0, None, 40))
    assert bounds_of(rolled(None, child("a", rumour), TUWAYM)) == (31, 31, 71)
    assert bounds_of(rolled(None, child("a", rumour), child("b", rumour))) == (0, None, 80)
    assert bounds_of(rolled(rumour, TUWAYM)) == (31, 31, 40)
    of_police = rolled(None, child("a", figure((0, None, 40), status="police")), TUWAYM)
    assert by("status", of_police) == {"civilian": (31, 31, 31), "unspecified": (0, 0, 40)}
    unknown = rolled(rumour, child("a", rumour))
    assert (bounds_of(unknown), unknown.decomposition.cuts) == ((0, None, 40), {})


def test_a_low_without_a_best_stands_in_for_it() -> None:
    override = figure((5, None, 9), status="police")
    parent = rolled(override, child("a", figure((0, 2, 3), status="civilian")))
    assert bounds_of(parent) == (5, 5, 9)
    assert parent.decomposition.base.status == "police"


def test_a_bound_is_open_where_it_comes_from_an_open_one() -> None:
    open_ended = figure((30, 30, 30), high_open=True)
    assert rolled(None, child("a", open_ended), child("b", figure((1, 1, 1)))).high_open
    assert rolled(figure((30, 30, 30)), child("a", open_ended)).high_open
    assert not rolled(COAST, child("a", open_ended)).high_open


def test_a_low_is_open_only_where_nobody_stated_one_as_low() -> None:
    at_most = figure((0, None, 40), low_open=True)
    assert rolled(at_most, child("a", figure((0, None, 30), low_open=True))).low_open
    assert not rolled(at_most, child("a", figure((0, 0, 30)))).low_open
    assert not rolled(at_most, TUWAYM).low_open


def test_a_dimension_that_its_own_cells_itemise_takes_nothing_from_the_children() -> None:
    own = figure((50, 60, 70), {"age_group": (points(7, age="older_person"), part((43, 53, 63)))})
    parent = rolled(own, TUWAYM)
    assert by("age_group", parent) == {"older_person": (7, 7, 7), "unspecified": (43, 53, 63)}
    assert by("sex", parent) == {"female": (4, 4, 4), "unspecified": (46, 56, 66)}


def test_its_own_unspecified_part_grows_with_the_high_of_its_children() -> None:
    own = figure((50, 60, 70), {"age_group": (points(7, age="older_person"), part((43, 53, 63)))})
    parent = rolled(own, child("a", figure((10, 20, 90))))
    assert by("age_group", parent) == {"older_person": (7, 7, 7), "unspecified": (43, 53, 83)}


def test_what_is_above_a_fully_itemised_best_is_unspecified() -> None:
    own = figure((5, 7, 20), {"age_group": (points(7, age="adult"), part((0, 0, 13)))})
    assert by("age_group", rolled(own, TUWAYM_WOMEN)) == {"adult": (7, 7, 7), "unspecified": (0, 0, 13)}


def test_the_status_of_its_own_claim_is_not_divided_by_its_children() -> None:
    police = child("a", figure((4, 4, 4), status="police"))
    assert "status" not in rolled(COAST, police).decomposition.cuts


def test_equal_parts_carried_from_several_children_are_summed() -> None:
    assert by("age_group", rolled(COAST, TUWAYM, TUWAYM_WOMEN))["adult"] == (8, 8, 8)


def test_carried_parts_come_by_start_then_size_then_document_order() -> None:
    def of_age(key: str, day: int, *parts: Part) -> Node:
        whole = sum(each.best or 0 for each in parts)
        return child(key, figure((whole, whole, whole), {"age_group": parts}), date(2025, 3, day))

    children = [
        of_age("a", 8, points(9, age="adult")),
        of_age("b", 7, points(1, age="infant")),
        of_age("c", 7, points(2, age="young_child"), points(1, age="adolescent")),
    ]
    parent = rolled(figure((20, 20, 20)), *children)
    assert list(by("age_group", parent)) == ["young_child", "adolescent", "infant", "adult", "unspecified"]


def test_a_part_that_does_not_fit_into_best_stays_unspecified() -> None:
    inconsistent = figure((3, 3, 3), {"age_group": (points(9, age="adult"), points(2, age="child"))})
    parent = rolled(figure((5, 5, 5)), child("a", inconsistent))
    assert by("age_group", parent) == {"child": (2, 2, 2), "unspecified": (3, 3, 3)}


def test_a_larger_sum_of_the_children_brings_their_parts_in_place_of_its_own() -> None:
    own = figure((10, 10, 10), {"age_group": (points(10, age="older_person"),)})
    other = child("other", figure((5, 7, 9), {"age_group": (points(2, age="child"), part((3, 5, 7)))}))
    parent = rolled(own, TUWAYM, other)
    assert bounds_of(parent) == (36, 38, 40)
    assert parent.decomposition.cuts["age_group"] == (
        CHILD,
        WOMAN,
        points(18, status="civilian"),
        points(2, age="child"),
        part((3, 5, 7)),
    )


def test_equal_parts_of_several_children_are_summed() -> None:
    again = Node("again", MARCH_7, TUWAYM.figures)
    parent = rolled(None, TUWAYM, again)
    assert by("age_group", parent) == {"child": (18, 18, 18), "adult": (8, 8, 8), "unspecified": (36, 36, 36)}
    assert parent.decomposition.base == points(62, status="civilian")


def test_children_of_different_status_divide_the_container_by_status() -> None:
    parent = rolled(None, TUWAYM, child("officers", figure((4, 4, 4), status="police")))
    assert by("status", parent) == {"civilian": (31, 31, 31), "police": (4, 4, 4)}
    assert parent.decomposition.base == points(35)


def test_a_child_that_is_not_itemised_is_unspecified_in_the_cut_of_another() -> None:
    parent = rolled(None, TUWAYM, child("officers", figure((4, 4, 9), status="civilian")))
    assert by("age_group", parent) == {"child": (9, 9, 9), "adult": (4, 4, 4), "unspecified": (22, 22, 27)}


@st.composite
def figures(draw: st.DrawFn) -> Figure:
    """A figure with cuts as the breakdown makes them: parts that sum to best, the unspecified one last."""
    status = draw(st.sampled_from(["civilian", "police", "unspecified"]))
    if draw(st.integers(0, 5)) == 0:
        return figure((0, None, draw(st.integers(0, 9))), status=status, low_open=True)
    low, best, high = sorted(draw(st.tuples(*[st.integers(0, 20)] * 3)))
    cuts = {}
    for dimension in draw(st.sets(st.sampled_from(["sex", "age_group"]))):
        numbers = draw(st.lists(st.integers(0, 10), max_size=2))
        if numbers and sum(numbers) <= best:
            named = [
                points(number, status=status, sex=sex) if dimension == "sex" else points(number, status=status, age=age)
                for number, sex, age in zip(numbers, ["female", "male"], ["child", "adult"], strict=False)
            ]
            taken = sum(numbers)
            rest = part((max(0, low - taken), best - taken, max(best - taken, high - taken)), status=status)
            cuts[dimension] = (*named, rest)
    return figure((low, best, high), cuts, status=status)


@st.composite
def families(draw: st.DrawFn) -> tuple[Figure | None, list[Node], set[frozenset[str]]]:
    own = draw(st.none() | figures())
    days = st.integers(1, 3)
    children = [
        child(f"c{number}", each, date(2025, 3, draw(days)))
        for number, each in enumerate(draw(st.lists(figures(), min_size=1, max_size=4)))
    ]
    pairs = st.lists(st.sampled_from([node.id for node in children]), min_size=2, max_size=2, unique=True)
    duplicates = draw(st.sets(pairs.map(frozenset), max_size=2)) if len(children) > 1 else set[frozenset[str]]()
    return own, children, duplicates


Family = tuple[Figure | None, list[Node], set[frozenset[str]]]


def at_least(one: int | None, other: int | None) -> bool:
    return other is None or (one is not None and one >= other)


@given(families())
def test_a_rolled_up_figure_is_in_order_and_its_parts_sum_to_it(family: Family) -> None:
    own, children, duplicates = family
    (parent,) = roll_up({KILLED: own} if own else {}, children, duplicates).values()
    everything: list[Figure | Part] = [parent, *chain(*parent.decomposition.cuts.values())]
    for each in everything:
        assert 0 <= each.low <= (each.low if each.best is None else each.best) <= each.high
    for dimension, cut in parent.decomposition.cuts.items():
        assert sum(each.best for each in cut if each.best is not None) == parent.best
        assert all(each.best is not None for each in cut)
        assert any(getattr(each, dimension) != "unspecified" for each in cut)
        assert len({tuple(getattr(each, name) for name in DIMENSIONS) for each in cut}) == len(cut)
    base = parent.decomposition.base
    assert (base.low, base.best, base.high) == bounds_of(parent)


@given(families())
def test_a_container_carries_no_less_than_itself_or_any_child_and_no_more_than_all(family: Family) -> None:
    own, children, duplicates = family
    (parent,) = roll_up({KILLED: own} if own else {}, children, duplicates).values()
    below = [node.figures[KILLED] for node in children]
    for each in [*below, *([own] if own else [])]:
        assert parent.low >= each.low
        assert at_least(parent.best, each.best)
        assert parent.high >= each.high
    assert parent.low <= max(own.low if own else 0, sum(each.low for each in below))
    assert (parent.best or 0) <= max((own.best if own else 0) or 0, sum(each.best or 0 for each in below))
    assert parent.high <= max(own.high if own else 0, sum(each.high for each in below))


@given(families(), st.randoms())
def test_the_order_of_the_children_does_not_matter(family: Family, chance: Random) -> None:
    own, children, duplicates = family
    mine = {KILLED: own} if own else {}
    shuffled = list(children)
    chance.shuffle(shuffled)
    assert roll_up(mine, shuffled, duplicates) == roll_up(mine, children, duplicates)
