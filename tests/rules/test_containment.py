"""Totals of the founding case and of small selections whose answer can be worked out on paper.

Figures stand here as literals; that the rules hold for any selection is shown in test_containment_properties.py.
"""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from incidents.rules.figures.containment import (
    Candidate,
    CyclicContainmentError,
    GroupKey,
    Row,
    Share,
    Totals,
    paths,
    total,
)
from incidents.rules.figures.sums import LessPrecise, Remainder, Straddling, Sum

NAIVE_SUMS = {750, 954, 985}
Bounds = tuple[int, int | None, int]

FULL, STRADDLING, LESS_PRECISE = Share.FULL, Share.STRADDLING, Share.LESS_PRECISE


def incident(
    key: str,
    bounds: Bounds,
    *rows: tuple[str, Bounds],
    share: Share = FULL,
    inside: Mapping[str, bool] | None = None,
    own: bool = True,
    summary: bool = False,
    low_open: bool = False,
    high_open: bool = False,
) -> Candidate:
    """A candidate; without rows it falls whole under the one group 'all'."""
    groups = tuple(Row((name,), *row) for name, row in rows) or (Row(("all",), *bounds),)
    return Candidate(
        id=key,
        share=share,
        clarity_summary=summary,
        low=bounds[0],
        best=bounds[1],
        high=bounds[2],
        low_open=low_open,
        high_open=high_open,
        own=own,
        groups=groups,
        containers=inside or {},
    )


def bounds_of(whole: Sum) -> Bounds:
    return whole.low, whole.best, whole.high


def groups_of(totals: Totals) -> dict[GroupKey, Bounds]:
    return {key: bounds_of(group) for key, group in totals.groups.items()}


COAST = incident("coast", (717, 717, 717), summary=True)
TUWAYM = incident("tuwaym", (31, 31, 31), inside={"coast": True})
ELDER = incident("elder", (2, 2, 2), inside={"coast": False})
ATTACKS = incident("coast_attacks", (200, 200, 200), summary=True)
OFFICERS = incident("qardaha_killing", (4, 4, 4), inside={"coast_attacks": False})
ARTICLE = [COAST, TUWAYM, ELDER, ATTACKS, OFFICERS]


def test_the_article_alone_counts_917_to_923() -> None:
    totals = total(ARTICLE)
    assert bounds_of(totals.total) == (917, 917, 923)
    assert groups_of(totals) == {("all",): (917, 917, 923)}
    assert (totals.incidents, totals.summaries, totals.contained_left_out) == (4, 2, 1)
    assert totals.remainder == Remainder(0, 0, 0)
    assert totals.total.best not in NAIVE_SUMS


def test_the_articles_civilians_are_717_to_719() -> None:
    assert bounds_of(total([COAST, TUWAYM, ELDER]).total) == (717, 717, 719)


def test_in_hama_the_elder_and_his_son_count_though_the_coast_is_known_no_better_than_by_country() -> None:
    vaguely = [
        incident("coast", (717, 717, 717), share=LESS_PRECISE),
        incident("tuwaym", (31, 31, 31), share=LESS_PRECISE, inside={"coast": True}),
        incident("qardaha_killing", (4, 4, 4), share=LESS_PRECISE, inside={"coast_attacks": False}),
    ]
    totals = total([ELDER, *vaguely])
    assert bounds_of(totals.total) == (2, 2, 2)
    assert totals.less_precise == LessPrecise(incidents=2, best=721, high=721)
    assert totals.contained_left_out == 0


def test_by_age_the_children_of_tuwaym_stand_inside_the_coast_and_the_elder_adds_to_high_only() -> None:
    coast = incident(
        "coast",
        (717, 717, 717),
        ("child", (9, 9, 9)),
        ("adult", (4, 4, 4)),
        ("unspecified", (704, 704, 704)),
    )
    tuwaym = incident(
        "tuwaym",
        (31, 31, 31),
        ("child", (9, 9, 9)),
        ("adult", (4, 4, 4)),
        ("unspecified", (18, 18, 18)),
        inside={"coast": True},
    )
    elder = incident(
        "elder",
        (2, 2, 2),
        ("older_person", (1, 1, 1)),
        ("unspecified", (1, 1, 1)),
        inside={"coast": False},
    )
    attacks = incident("coast_attacks", (200, 200, 200), ("unspecified", (200, 200, 200)))
    officers = incident("officers", (4, 4, 4), ("unspecified", (4, 4, 4)), inside={"coast_attacks": False})
    totals = total([coast, tuwaym, elder, attacks, officers])
    assert bounds_of(totals.total) == (917, 917, 923)
    assert groups_of(totals) == {
        ("child",): (9, 9, 9),
        ("adult",): (4, 4, 4),
        ("older_person",): (0, None, 1),
        ("unspecified",): (904, 904, 909),
    }
    assert totals.groups["older_person",].incidents == 1
    assert totals.groups["unspecified",].incidents == 4


def test_the_victims_of_the_foreign_fighters_are_nobody_knows_how_many_of_the_717() -> None:
    coast = incident("coast", (717, 717, 717), share=STRADDLING)
    totals = total([coast])
    assert bounds_of(totals.total) == (0, None, 717)
    assert groups_of(totals) == {("all",): (0, None, 717)}
    assert totals.straddling == Straddling(incidents=1, high=717)
    assert totals.without_best == 0


def test_with_its_rivals_the_case_counts_1369_to_1944() -> None:
    coast = incident("coast", (1169, 1400, 1700))
    attacks = incident("coast_attacks", (200, 200, 238))
    totals = total([coast, TUWAYM, ELDER, attacks, OFFICERS])
    assert bounds_of(totals.total) == (1369, 1600, 1944)
    assert totals.total.best not in NAIVE_SUMS


def test_in_lattakia_the_itemised_part_counts_and_the_fighting_straddles() -> None:
    coast = incident("coast", (683, 683, 732), ("SY06", (683, 683, 732)))
    attacks = incident("coast_attacks", (200, 200, 238), ("several", (200, 200, 238)), share=STRADDLING)
    totals = total([attacks, coast])
    assert bounds_of(totals.total) == (683, 683, 970)
    assert groups_of(totals) == {("SY06",): (683, 683, 732), ("several",): (0, None, 238)}
    assert totals.straddling == Straddling(incidents=1, high=238)


def test_of_nothing_selected_no_best_is_known() -> None:
    totals = total([])
    assert bounds_of(totals.total) == (0, None, 0)
    assert totals.groups == {}
    assert totals.incidents == 0


def test_an_unknown_best_is_not_a_zero() -> None:
    rumour = incident("rumour", (0, None, 50), high_open=True)
    alone, beside_another = total([rumour]), total([rumour, ELDER])
    assert bounds_of(alone.total) == (0, None, 50)
    assert alone.without_best == 1
    assert alone.total.high_open
    assert bounds_of(beside_another.total) == (2, 2, 52)


def test_a_low_without_a_best_stands_in_for_it() -> None:
    assert bounds_of(total([incident("override", (5, None, 9))]).total) == (5, 5, 9)


def test_an_open_high_stays_open_in_its_own_group_alone() -> None:
    totals = total([incident("a", (1, 1, 1), ("x", (1, 1, 1)), high_open=True), incident("b", (1, 1, 1))])
    assert totals.total.high_open
    assert totals.groups["x",].high_open
    assert not totals.groups["all",].high_open


def test_an_open_low_counts_only_where_the_low_does() -> None:
    no_low = incident("a", (0, None, 9), low_open=True)
    assert total([no_low, ELDER]).total.low_open
    assert not total([replace(no_low, share=STRADDLING), ELDER]).total.low_open


def test_what_a_possible_child_certainly_contains_adds_nothing_beside_it_and_to_high_without_it() -> None:
    top = incident("top", (10, 10, 12))
    possible = incident("possible", (5, 5, 6), inside={"top": False})
    lowest = incident("lowest", (3, 3, 4), inside={"possible": True, "top": False})
    assert bounds_of(total([top, possible, lowest]).total) == (10, 10, 18)
    assert total([top, possible, lowest]).contained_left_out == 1
    assert bounds_of(total([top, lowest]).total) == (10, 10, 16)


def test_a_container_that_overlaps_the_filter_leaves_its_child_inside_the_filter_in_low_and_best() -> None:
    parent = incident("parent", (40, 50, 60), ("several", (40, 50, 60)), share=STRADDLING)
    child = incident("child", (10, 11, 12), ("SY05", (10, 11, 12)), inside={"parent": True})
    totals = total([parent, child])
    assert bounds_of(totals.total) == (10, 11, 60)
    assert groups_of(totals) == {("SY05",): (10, 11, 12), ("several",): (0, None, 48)}
    assert totals.straddling == Straddling(incidents=1, high=48)
    assert (totals.incidents, totals.contained_left_out) == (2, 0)


def test_persons_in_the_same_group_give_way_first() -> None:
    parent = incident("parent", (30, 30, 30), ("child", (9, 9, 9)), ("unspecified", (21, 21, 21)), share=STRADDLING)
    child = incident("inside", (5, 5, 5), ("child", (2, 2, 2)), ("adult", (3, 3, 3)), inside={"parent": True})
    totals = total([parent, child])
    assert bounds_of(totals.total) == (5, 5, 30)
    assert groups_of(totals) == {("child",): (2, 2, 9), ("adult",): (3, 3, 3), ("unspecified",): (0, None, 18)}


def test_two_rows_of_one_group_give_way_once_and_are_one_incident() -> None:
    parent = incident("parent", (9, 9, 12), ("child", (3, 3, 3)), ("child", (6, 6, 6)), share=STRADDLING)
    child = incident("inside", (4, 4, 4), ("child", (4, 4, 4)), inside={"parent": True})
    totals = total([parent, child])
    assert groups_of(totals) == {("child",): (4, 4, 9)}
    assert totals.groups["child",].incidents == 2


def test_of_two_overlapping_containers_one_gives_way() -> None:
    first = incident("first", (0, 20, 20), share=STRADDLING)
    second = incident("second", (0, 30, 30), share=STRADDLING)
    child = incident("child", (5, 5, 5), inside={"first": True, "second": True})
    assert bounds_of(total([second, child, first]).total) == (5, 5, 50)


def test_a_straddling_child_of_a_counted_container_adds_nothing() -> None:
    totals = total([COAST, incident("child", (9, 9, 9), share=STRADDLING, inside={"coast": True})])
    assert bounds_of(totals.total) == (717, 717, 717)
    assert totals.straddling == Straddling(0, 0)
    assert totals.contained_left_out == 1


def test_what_lies_in_a_counted_container_is_not_reported_as_less_precise() -> None:
    totals = total([COAST, incident("child", (9, 9, 9), share=LESS_PRECISE, inside={"coast": True})])
    assert totals.less_precise == LessPrecise(0, 0, 0)
    assert totals.contained_left_out == 0


def test_what_a_counted_one_only_may_contain_is_reported_as_less_precise_with_its_high() -> None:
    killing = incident("killing", (4, 4, 5), share=LESS_PRECISE, inside={"coast": False})
    totals = total([COAST, killing])
    assert totals.less_precise == LessPrecise(1, None, 5)
    assert bounds_of(totals.total) == bounds_of(total([COAST]).total)
    vaguely = replace(COAST, share=LESS_PRECISE)
    assert total([vaguely, killing]).less_precise == LessPrecise(2, vaguely.best, vaguely.high + 5)


def test_a_container_without_a_figure_of_its_own_leaves_the_counting_to_its_children() -> None:
    parent = incident("parent", (7, 7, 7), own=False)
    children = [incident(key, (n, n, n), inside={"parent": True}) for key, n in (("a", 3), ("b", 4))]
    totals = total([parent, *children])
    assert bounds_of(totals.total) == (7, 7, 7)
    assert (totals.incidents, totals.contained_left_out) == (2, 0)


def test_a_container_outside_the_selection_takes_nothing_away() -> None:
    assert bounds_of(total([TUWAYM]).total) == (31, 31, 31)


def test_the_same_incident_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        total([ELDER, ELDER])


@pytest.mark.parametrize("bounds", [(3, 2, 4), (3, 5, 4), (3, None, 2), (-1, 0, 0)])
def test_a_figure_out_of_order_is_refused(bounds: Bounds) -> None:
    with pytest.raises(ValueError, match="low <= best <= high"):
        incident("x", bounds)


def test_rows_that_do_not_sum_to_best_are_refused() -> None:
    with pytest.raises(ValueError, match="do not sum"):
        incident("x", (5, 5, 5), ("a", (2, 2, 2)), ("b", (2, 2, 2)))


def test_a_path_is_as_certain_as_its_weakest_link_and_the_strongest_path_counts() -> None:
    links = {"a": [("b", False), ("c", True)], "b": [("d", True)], "c": [("d", True), ("e", False)], "d": [("f", True)]}
    assert paths(links) == {
        "a": {"b": False, "c": True, "d": True, "e": False, "f": True},
        "b": {"d": True, "f": True},
        "c": {"d": True, "e": False, "f": True},
        "d": {"f": True},
    }


def test_the_stronger_of_two_links_between_the_same_two_counts() -> None:
    assert paths({1: [(2, False), (2, True), (2, False)]}) == {1: {2: True}}


def test_an_incident_that_contains_itself_is_refused() -> None:
    with pytest.raises(CyclicContainmentError, match="contains itself"):
        paths({"a": [("b", True)], "b": [("c", False)], "c": [("a", True)]})
