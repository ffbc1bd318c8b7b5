"""How best divides into parts: what is unnamed stays unspecified, and every cut sums to best.

Random claims are divided in test_counting_properties.py.
"""

from collections.abc import Sequence

import pytest

from incidents.rules.figures.breakdown import DIMENSIONS, Decomposition, Part, best_of, decompose, primary_cut
from incidents.rules.figures.counting import ClaimFacts, derive
from tests.rules.facts import a_cell, a_claim, estimate_of
from tests.rules.founding_case import COAST, COAST_ARTICLE, COAST_ATTACKS, TUWAYM


def decomposed(claims: Sequence[ClaimFacts], status: str = "all") -> Decomposition:
    derived = derive(claims)
    return decompose(estimate_of(derived, status), claims, derived.uses)


def bests(parts: Sequence[Part], dimension: str) -> dict[str, int | None]:
    found = {getattr(part, dimension): part.best for part in parts}
    assert len(found) == len(parts)
    return found


def bounds(part: Part) -> tuple[int, int | None, int]:
    return part.low, part.best, part.high


def test_eighteen_of_the_villagers_stay_unspecified() -> None:
    villagers = decomposed(TUWAYM)
    assert bests(villagers.cuts["age_group"], "age_group") == {"child": 9, "adult": 4, "unspecified": 18}
    assert [(part.sex, part.best) for part in villagers.cuts["sex"]] == [
        ("unspecified", 9),
        ("female", 4),
        ("unspecified", 18),
    ]
    assert {part.status for part in villagers.cuts["age_group"]} == {"civilian"}
    assert set(villagers.cuts) == {"sex", "age_group"}
    assert primary_cut(villagers) == villagers.cuts["age_group"] == villagers.cuts["sex"]


def test_ninety_women_of_the_commission_do_not_divide_another_figure() -> None:
    coast = decomposed(COAST)
    assert (coast.cuts, bounds(coast.base)) == ({}, (1169, 1400, 1700))
    assert coast.base.status == "unspecified"


def test_places_are_not_parts_of_persons() -> None:
    civilians = decomposed(COAST, "civilian")
    assert primary_cut(civilians) == (civilians.base,)
    assert (civilians.base.status, bounds(civilians.base)) == ("civilian", (1383, 1383, 1700))


@pytest.mark.parametrize(("claims", "status"), [(COAST_ARTICLE, "civilian"), (COAST_ATTACKS, "state_forces")])
def test_the_base_of_all_takes_the_status_of_the_claim_that_sets_best(
    claims: tuple[ClaimFacts, ...], status: str
) -> None:
    assert decomposed(claims).base.status == status


def test_an_estimate_without_best_has_only_its_base() -> None:
    bound = decomposed([a_claim("c", 9, qualifier="at_most", cells=(a_cell(3, sex="male"),))])
    assert (bound.cuts, bounds(bound.base)) == ({}, (0, None, 9))


def test_a_ged_row_divides_by_status_and_keeps_its_range_in_the_rest() -> None:
    cells = tuple(a_cell(n, status=s) for s, n in {"state_forces": 2, "civilian": 3, "unknown": 0}.items())
    row = a_claim("c", 5, status="all", qualifier="range", low=4, high=8, cells=cells)
    by_status = {part.status: bounds(part) for part in decomposed([row]).cuts["status"]}
    assert by_status == {
        "civilian": (3, 3, 3),
        "state_forces": (2, 2, 2),
        "unknown": (0, 0, 0),
        "unspecified": (0, 0, 3),
    }


def test_the_rest_spans_what_the_parts_leave_of_the_range() -> None:
    claim = a_claim("c", 20, qualifier="range", low=15, high=30, cells=(a_cell(5, low=4, high=9, sex="male"),))
    assert [bounds(part) for part in decomposed([claim]).cuts["sex"]] == [(4, 5, 9), (6, 15, 26)]


def test_each_dimension_takes_the_first_cut_that_names_it() -> None:
    cells = (
        a_cell(3, cut=2, age_group="child"),
        a_cell(4, cut=3, age_group="child", cause="small_arms"),
        a_cell(5, cut=4, sex="female"),
    )
    divided = decomposed([a_claim("c", 10, cells=cells)])
    assert bests(divided.cuts["age_group"], "age_group") == {"child": 3, "unspecified": 7}
    assert bests(divided.cuts["cause"], "cause") == {"small_arms": 4, "unspecified": 6}
    assert bests(divided.cuts["sex"], "sex") == {"female": 5, "unspecified": 5}
    assert primary_cut(divided) == divided.cuts["age_group"]
    assert best_of(divided, "sex", {"female"}) == 5
    assert best_of(divided, "age_group", {"child", "infant"}) == 3
    assert best_of(divided, "age_group", {"adult"}) is best_of(divided, "occupation", {"medical"}) is None


def test_a_cut_that_exceeds_best_is_passed_over() -> None:
    cells = (a_cell(11, cut=1, sex="male"), a_cell(5, cut=2, sex="female"))
    divided = decomposed([a_claim("c", 10, cells=cells)])
    assert bests(divided.cuts["sex"], "sex") == {"female": 5, "unspecified": 5}
    assert decomposed([a_claim("c", 10, cells=cells[:1])]).cuts == {}


def test_a_cell_without_a_point_stays_in_the_rest() -> None:
    cells = (a_cell(4, sex="male"), a_cell(low=1, high=3, sex="female"))
    assert bests(decomposed([a_claim("c", 10, cells=cells)]).cuts["sex"], "sex") == {"male": 4, "unspecified": 6}


def test_persons_itemised_by_area_are_merged_over_areas() -> None:
    cells = (
        a_cell(4, sex="male", area="SY06"),
        a_cell(3, sex="male", area="SY10"),
        a_cell(2, area="SY05"),
    )
    assert bests(decomposed([a_claim("c", 10, cells=cells)]).cuts["sex"], "sex") == {"male": 7, "unspecified": 3}


def test_cells_are_lent_by_a_kept_claim_with_the_same_point_and_status() -> None:
    best = a_claim("c", 10, reliability="A")
    cells = (a_cell(4, sex="male"),)
    assert set(decomposed([best, a_claim("d", 10, cells=cells)]).cuts) == {"sex"}
    assert decomposed([best, a_claim("d", 11, cells=cells)]).cuts == {}
    assert decomposed([best, a_claim("d", 10, cells=cells, status="police")]).cuts == {}
    assert decomposed([best, a_claim("d", 10, cells=cells, credibility=5)]).cuts == {}
    assert decomposed([best, a_claim("d", 10, cells=cells, measure="injured")]).cuts == {}


def test_of_two_lenders_the_same_one_is_chosen_whatever_the_order_and_the_ids() -> None:
    men, women = (a_cell(4, sex="male"),), (a_cell(3, sex="female"),)
    best = a_claim("c", 10, reliability="A")
    lent = decomposed([best, a_claim("d", 10, cells=men), a_claim("e", 10, cells=women)])
    assert lent == decomposed([a_claim("e", 10, cells=women), a_claim("d", 10, cells=men), best])
    assert lent == decomposed([best, a_claim("d", 10, cells=women), a_claim("e", 10, cells=men)])


def test_a_sum_is_divided_by_its_claims_and_each_claim_by_its_own_cells() -> None:
    civilian = a_claim("c", 10, asserted_by="monitor", cells=(a_cell(4, sex="male"),))
    police = a_claim("p", 3, asserted_by="monitor", status="police", cells=(a_cell(1, age_group="adult"),))
    divided = decomposed([civilian, police])
    assert divided.base.status == "unspecified"
    assert {part.status: bounds(part) for part in divided.cuts["status"]} == {
        "civilian": (10, 10, 10),
        "police": (3, 3, 3),
    }
    assert [(part.status, part.sex, part.best) for part in divided.cuts["sex"]] == [
        ("civilian", "male", 4),
        ("civilian", "unspecified", 6),
        ("police", "unspecified", 3),
    ]
    assert [(part.status, part.age_group, part.best) for part in divided.cuts["age_group"]] == [
        ("civilian", "unspecified", 10),
        ("police", "adult", 1),
        ("police", "unspecified", 2),
    ]


def test_what_rivals_of_a_sum_say_is_left_to_the_unspecified_part() -> None:
    own = [a_claim("c", 10, asserted_by="monitor"), a_claim("p", 3, asserted_by="monitor", status="police")]
    rival = a_claim("r", 20, status="all", reliability="E")
    by_status = {part.status: bounds(part) for part in decomposed([*own, rival]).cuts["status"]}
    assert by_status == {"civilian": (10, 10, 10), "police": (3, 3, 3), "unspecified": (0, 0, 7)}


def test_a_sum_without_a_point_divides_its_low_ends() -> None:
    floor = a_claim("c", 10, asserted_by="monitor", qualifier="at_least")
    ranged = a_claim("p", 5, low=3, high=8, qualifier="range", asserted_by="monitor", status="police")
    bound = a_claim("m", 2, asserted_by="monitor", status="military", qualifier="at_most")
    by_status = {part.status: bounds(part) for part in decomposed([floor, ranged, bound]).cuts["status"]}
    assert by_status == {
        "civilian": (10, 10, 10),
        "police": (3, 3, 8),
        "military": (0, 0, 2),
        "unspecified": (0, 0, 7),
    }


def test_the_dimensions_are_those_of_a_cell() -> None:
    assert DIMENSIONS == ("status", "sex", "age_group", "cause", "occupation")
