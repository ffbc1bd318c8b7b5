"""reported-range@1 read rule by rule, and the figures that the founding case must give.

What must hold of any claims whatever stands in test_counting_properties.py.
"""

from collections.abc import Iterable
from typing import Any

import pytest

from incidents.rules.figures.counting import RULESET, ClaimFacts, Derivation, derive
from tests.rules.facts import a_cell, a_claim, day, estimate_of, figures, reasons
from tests.rules.founding_case import COAST, COAST_ARTICLE, COAST_ATTACKS, COAST_ATTACKS_ARTICLE, TUWAYM

Figures = tuple[int, int | None, int]


@pytest.mark.parametrize(
    ("claims", "measure", "status", "expected"),
    [
        (COAST_ARTICLE, "killed", "all", (717, 717, 717)),
        (COAST_ARTICLE, "killed", "civilian", (717, 717, 717)),
        (COAST_ARTICLE, "localities", "all", (29, 29, 29)),
        (TUWAYM, "killed", "all", (31, 31, 31)),
        (COAST_ATTACKS_ARTICLE, "killed", "all", (200, 200, 200)),
        (COAST_ATTACKS_ARTICLE, "buried", "all", (200, 200, 200)),
        (COAST, "killed", "all", (1169, 1400, 1700)),
        (COAST, "killed", "civilian", (1383, 1383, 1700)),
        (COAST_ATTACKS, "killed", "all", (200, 200, 238)),
        (COAST_ATTACKS, "killed", "state_forces", (200, 200, 238)),
    ],
)
def test_the_founding_case_gives_its_expected_figures(
    claims: tuple[ClaimFacts, ...], measure: str, status: str, expected: Figures
) -> None:
    assert figures(estimate_of(derive(claims), status, measure)) == expected


def test_a_floor_alone_leaves_the_high_end_open() -> None:
    localities = estimate_of(derive(COAST_ARTICLE), measure="localities")
    assert localities.high_open
    assert not localities.low_open
    assert localities.set_by == ("c29",)


def test_the_figures_read_from_a_burial_say_that_they_are_rounded_and_read() -> None:
    killed = estimate_of(derive(COAST_ATTACKS_ARTICLE))
    buried = estimate_of(derive(COAST_ATTACKS_ARTICLE), measure="buried")
    assert (killed.approximate, killed.interpreted) == (True, True)
    assert (buried.approximate, buried.interpreted) == (True, False)


def test_the_rivals_set_aside_what_they_replace() -> None:
    assert reasons(derive(COAST)) == {
        "chundreds": "superseded_origin",
        "c717": "superseded",
        "r1": "later_claim",
        "r5": "interim",
    }
    assert reasons(derive(COAST_ATTACKS)) == {"r2": "interim", "r3": "interim"}
    assert reasons(derive(COAST_ARTICLE)) == {"chundreds": "relay"}


def test_five_sources_of_the_coast_and_the_one_that_sets_best() -> None:
    killed = estimate_of(derive(COAST))
    assert (killed.independent_sources, killed.set_by, killed.ruleset) == (5, ("r10",), RULESET)
    assert killed.approximate
    assert estimate_of(derive(COAST), "civilian").set_by == ("r4",)


def test_lattakia_is_itemised_by_two_sources() -> None:
    by_area = {(one.area, one.status): figures(one) for one in derive(COAST).by_area}
    assert by_area["SY06", "all"] == (683, 683, 732)
    assert by_area["SY06", "civilian"] == (683, 683, 683)
    assert by_area["SY04", "all"] == (12, 12, 12)
    assert {area for area, _ in by_area} == {"SY04", "SY05", "SY06", "SY10"}


def test_no_naive_sum_is_ever_best() -> None:
    naive = {750, 954, 985, 1018}
    every = [one.best for claims in (COAST_ARTICLE, COAST, COAST_ATTACKS) for one in derive(claims).estimates]
    assert not naive.intersection(every)


def _explanations(derived: Derivation, status: str = "all") -> dict[str, str]:
    return {use.claim: use.explanation for use in derived.uses if use.status == status and use.measure == "killed"}


def test_the_trace_says_why_in_words() -> None:
    told = _explanations(derive(COAST))
    assert told["c717"] == "Set aside: superseded by about 1,700."
    assert told["chundreds"] == "Set aside: it repeats 717 of 9 March 2025, which about 1,700 superseded."
    assert told["r1"] == "Set aside: the same source has a later figure, 1,383 of 12 March 2025."
    assert told["r5"] == "Set aside: its source was still counting; about 1,400 of 14 August 2025 is not interim."
    assert told["r10"] == "Used: it sets the best figure, 1,400, ranked first by standard of proof."
    assert told["r6"] == (
        "Used: it sets the lowest figure, 1,169; the best figure, 1,400, is another source's, "
        "ranked ahead by standard of proof."
    )
    assert told["r8"] == (
        "Used: it lies between the lowest and the highest figure; the best figure, 1,400, is another source's, "
        "ranked ahead by the independence of the source from the parties."
    )


def test_each_claim_is_traced_under_each_status_it_is_about() -> None:
    rows = {(use.claim, use.status): use.sets_best for use in derive(COAST).uses if use.measure == "killed"}
    assert {status for claim, status in rows if claim == "r4"} == {"all", "civilian"}
    assert {status for claim, status in rows if claim == "r6"} == {"all"}
    assert [key for key, sets_best in rows.items() if sets_best] == [("r10", "all"), ("r4", "civilian")]


@pytest.mark.parametrize(
    ("says", "expected", "low_open", "high_open"),
    [
        ({"value": 7}, (7, 7, 7), False, False),
        ({"value": 7, "qualifier": "about"}, (7, 7, 7), False, False),
        ({"value": 7, "qualifier": "nearly"}, (7, 7, 7), False, False),
        ({"value": 7, "qualifier": "at_least"}, (7, 7, 7), False, True),
        ({"value": 7, "qualifier": "more_than"}, (8, 8, 8), False, True),
        ({"value": 7, "qualifier": "at_most"}, (0, None, 7), True, False),
        ({"qualifier": "range", "low": 4, "high": 9}, (4, 4, 9), False, False),
        ({"qualifier": "range", "low": 4, "high": 9, "value": 6}, (4, 6, 9), False, False),
        ({"qualifier": "range", "low": 177, "high": 177, "value": 142}, (142, 142, 177), False, False),
        ({"qualifier": "range", "low": 9, "high": 4}, (4, 4, 9), False, False),
        ({"qualifier": "vague", "vague_term": "dozens"}, (24, 24, 99), False, False),
        ({"qualifier": "vague", "vague_term": "scores"}, (40, 40, 99), False, False),
        ({"qualifier": "vague", "vague_term": "hundreds"}, (200, 200, 999), False, False),
        ({"qualifier": "vague", "vague_term": "thousands"}, (2000, 2000, 9999), False, False),
        ({"value": 7, "scope": "narrower"}, (7, 7, 7), False, True),
        ({"value": 7, "scope": "unknown"}, (7, 7, 7), False, False),
        ({"qualifier": "range", "low": 4, "high": 9, "value": 6, "scope": "narrower"}, (4, 4, 4), False, True),
    ],
)
def test_what_one_claim_says(says: dict[str, Any], expected: Figures, low_open: bool, high_open: bool) -> None:
    killed = estimate_of(derive([a_claim("c", **says)]))
    assert (figures(killed), killed.low_open, killed.high_open) == (expected, low_open, high_open)


@pytest.mark.parametrize(
    ("differs", "reason"),
    [
        ({"retracted": True, "retracted_by": "source"}, "retracted"),
        ({"retracted": True, "retracted_by": "desk"}, "retracted"),
        ({"credibility": 5}, "doubtful"),
        ({"scope": "wider"}, "wider"),
        ({"running_total": True}, "running_total"),
        ({"qualifier": "at_most", "scope": "narrower"}, "no_floor"),
        ({"qualifier": "vague"}, "no_figure"),
    ],
)
def test_what_does_not_count_displaces_nothing(differs: dict[str, Any], reason: str) -> None:
    stands = a_claim("c", 7, asserted_by="monitor", as_of=day("03-01"), interim=True)
    aside = a_claim("x", 90, asserted_by="monitor", as_of=day("03-09"), **differs)
    derived = derive([stands, aside])
    assert reasons(derived) == {"x": reason}
    assert figures(estimate_of(derived)) == (7, 7, 7)


def test_a_relay_of_a_claim_that_is_not_here_counts_as_its_own() -> None:
    derived = derive(
        [a_claim("c", 7, relays="elsewhere"), a_claim("d", 9, relays="b"), a_claim("b", 5, measure="buried")]
    )
    assert reasons(derived) == {}
    assert estimate_of(derived).independent_sources == 2


def test_a_chain_of_relays_ends_at_its_origin() -> None:
    chain = [a_claim("c", 7), a_claim("d", 8, relays="c"), a_claim("e", 9, relays="d")]
    assert reasons(derive(chain)) == {"d": "relay", "e": "relay"}
    gone = [a_claim("c", 7, retracted=True, retracted_by="source"), *chain[1:]]
    assert reasons(derive(gone)) == {"c": "retracted", "d": "retracted_origin", "e": "retracted_origin"}


def test_a_circle_of_relays_is_broken_at_the_smallest_id() -> None:
    circle = [a_claim("d", 8, relays="e"), a_claim("e", 9, relays="c"), a_claim("c", 7, relays="d")]
    tail = a_claim("f", 10, relays="e")
    assert reasons(derive([*circle, tail])) == {"d": "relay", "e": "relay", "f": "relay"}


def test_a_superseder_that_the_desk_retracted_supersedes_no_longer() -> None:
    old = a_claim("old", 7)
    by_desk = a_claim("new", 9, supersedes="old", retracted=True, retracted_by="desk")
    by_source = a_claim("new", 9, supersedes="old", retracted=True, retracted_by="source")
    assert reasons(derive([old, by_desk])) == {"new": "retracted"}
    assert reasons(derive([old, by_source])) == {"old": "superseded", "new": "retracted"}


def test_the_twin_of_a_superseded_claim_is_superseded_with_it() -> None:
    """Two reports of one source are merged, and its next word is on one of them."""
    told = {"asserted_by": "monitor", "as_of": day("03-09")}
    old, twin = a_claim("old", 34, **told), a_claim("twin", 34, document_date=day("03-10"), **told)
    new = a_claim("new", 39, supersedes="old", **told)
    relay = a_claim("relay", 34, relays="twin", asserted_by="paper")
    derived = derive([old, twin, new, relay])
    assert reasons(derived) == {"old": "superseded", "twin": "superseded", "relay": "superseded_origin"}
    (said,) = {use.explanation for use in derived.uses if use.claim == "twin"}
    assert said.startswith("Set aside: the same word of its source was superseded by ")
    assert figures(estimate_of(derived)) == (39, 39, 39)


def test_only_a_twin_is_superseded_with_another() -> None:
    told = {"asserted_by": "monitor", "document_date": day("03-09")}
    old, new = a_claim("old", 34, **told), a_claim("new", 39, supersedes="old", **told)
    other = a_claim("twin", 34, **told | {"asserted_by": "another"})
    assert reasons(derive([old, other, new])) == {"old": "superseded"}
    later = a_claim("later", 34, as_of=day("03-10"), **told)
    assert reasons(derive([old, later, new])) == {"old": "superseded", "new": "later_claim"}
    again = a_claim("again", 34, supersedes="new", **told)
    assert reasons(derive([old, new, again])) == {"old": "superseded", "new": "superseded"}
    unnamed = [a_claim(name, 34) for name in ("old", "twin")]
    assert reasons(derive([*unnamed, a_claim("new", 39, supersedes="old")])) == {"old": "superseded"}
    parts = [a_claim(name, 3, scope="narrower", **told) for name in ("one", "two")]
    assert reasons(derive([*parts, a_claim("new", 2, scope="narrower", supersedes="one", **told)])) == {
        "one": "superseded", "new": "narrower_covered",
    }  # fmt: skip


def test_a_circle_of_superseding_claims_leaves_one_standing() -> None:
    derived = derive([a_claim("c", 7, supersedes="d"), a_claim("d", 9, supersedes="c")])
    assert reasons(derived) == {"d": "superseded"}


def _monitor(key: str, value: int, **differs: Any) -> ClaimFacts:
    return a_claim(key, value, asserted_by="monitor", **differs)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (_monitor("a", 5, as_of=day("03-01")), _monitor("b", 9, as_of=day("03-02"))),
        (_monitor("a", 5), _monitor("b", 9, document_date=day("03-02"))),
        (_monitor("a", 5, document_date=day("03-01")), _monitor("b", 9, as_of=day("03-02"))),
        (
            _monitor("a", 5, as_of=day("03-01"), document_date=day("03-02")),
            _monitor("b", 9, as_of=day("03-01"), document_date=day("03-03")),
        ),
        (_monitor("a", 5), _monitor("b", 9, credibility=3)),
        (_monitor("a", 5, credibility=4), _monitor("b", 9)),
        (_monitor("a", 9), _monitor("b", 5)),
        (_monitor("b", 5), _monitor("a", 5)),
    ],
)
def test_the_latest_word_of_a_source_stands(earlier: ClaimFacts, later: ClaimFacts) -> None:
    assert reasons(derive([earlier, later])) == {earlier.id: "later_claim"}


def test_sources_nobody_named_never_replace_each_other() -> None:
    derived = derive([a_claim("c", 7, asserted_by=""), a_claim("d", 9, asserted_by="", as_of=day("03-09"))])
    assert figures(estimate_of(derived)) == (7, 9, 9)
    assert estimate_of(derived).independent_sources == 2


def test_a_part_gives_way_to_the_whole_of_the_same_source_and_status() -> None:
    whole, part = _monitor("whole", 20, as_of=day("03-01")), _monitor("part", 5, as_of=day("03-09"), scope="narrower")
    assert reasons(derive([whole, part])) == {"part": "narrower_covered"}
    assert reasons(derive([a_claim("whole", 20), part])) == {}
    police = _monitor("whole", 20, status="police")
    killed = estimate_of(derive([police, part]))
    assert (figures(killed), killed.high_open) == ((25, 25, 25), True)


def test_of_two_parts_the_higher_floor_stands() -> None:
    parts = [_monitor("c", 9, scope="narrower"), _monitor("d", 5, scope="narrower", as_of=day("03-09"))]
    assert reasons(derive(parts)) == {"d": "narrower_covered"}


def test_a_part_speaks_again_when_the_interim_whole_above_it_falls() -> None:
    interim, part = _monitor("whole", 20, interim=True), _monitor("part", 5, scope="narrower")
    assert reasons(derive([interim, part])) == {"part": "narrower_covered"}
    assert reasons(derive([interim, part, a_claim("final", 30)])) == {"whole": "interim"}


def test_interim_figures_of_another_basis_or_measure_stand() -> None:
    interim = a_claim("c", 7, interim=True)
    others = [a_claim("d", 9, basis="estimated"), a_claim("e", 9, measure="injured"), a_claim("f", 9, unit="family")]
    assert reasons(derive([interim, *others])) == {}
    assert len([one for one in derive([interim, *others]).estimates if one.status == "all"]) == 4


def _best_of(claims: Iterable[ClaimFacts]) -> tuple[str, ...]:
    return estimate_of(derive(claims)).set_by


RANKS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"affiliated": True}, {"qualifier": "at_least", "standard_of_proof": "beyond_reasonable_doubt"}),
    ({}, {"affiliated": True, "standard_of_proof": "beyond_reasonable_doubt"}),
    ({"qualifier": "at_least"}, {"qualifier": "at_least", "affiliated": True, "reliability": "A"}),
    ({"standard_of_proof": "reasonable_suspicion"}, {"reliability": "A"}),
    ({"standard_of_proof": "clear_and_convincing"}, {"standard_of_proof": "balance_of_probabilities"}),
    ({"reliability": "C"}, {"reliability": "F", "credibility": 1}),
    ({"reliability": "F"}, {"reliability": "D", "credibility": 1}),
    ({"reliability": ""}, {"reliability": "D"}),
    ({"credibility": 2}, {"credibility": 3, "as_of": day("03-09")}),
    ({"credibility": 3}, {"cells": (a_cell(1, sex="male"),)}),
    ({}, {"credibility": 4}),
    ({"cells": (a_cell(1, sex="male"),)}, {"as_of": day("03-09")}),
    ({"as_of": day("03-09")}, {"as_of": day("03-08"), "document_date": day("03-10")}),
    ({"value": 7}, {"value": 8}),
]


@pytest.mark.parametrize(("ahead", "behind"), RANKS)
def test_which_figure_is_best(ahead: dict[str, Any], behind: dict[str, Any]) -> None:
    first = a_claim("z", **{"value": 50, **ahead})
    second = a_claim("a", **{"value": 50, **behind})
    assert _best_of([first, second]) == ("z",)


def test_an_upper_bound_raises_high_and_touches_nothing_else() -> None:
    killed = estimate_of(
        derive([a_claim("c", 7), a_claim("d", 3, qualifier="at_most"), a_claim("e", 9, qualifier="at_most")])
    )
    assert (figures(killed), killed.low_open, killed.high_open) == ((7, 7, 9), False, False)


def test_a_source_enters_all_with_its_own_total_or_the_sum_of_its_parts() -> None:
    parts = [_monitor("c", 10), _monitor("p", 4, status="police"), _monitor("u", 1, status="unknown")]
    derived = derive(parts)
    assert figures(estimate_of(derived)) == (15, 15, 15)
    assert estimate_of(derived).set_by == ("c", "p", "u")
    assert {one.status for one in derived.estimates} == {"all", "civilian", "police"}
    with_total = derive([*parts, _monitor("t", 12, status="all")])
    assert figures(estimate_of(with_total)) == (12, 12, 12)
    assert {use.claim for use in with_total.uses if use.reason == "own_total"} == {"c", "p", "u"}


def test_a_sum_is_as_strong_as_its_weakest_part() -> None:
    strong, weak = _monitor("c", 10, reliability="A"), _monitor("p", 4, status="police", reliability="E")
    assert _best_of([strong, weak, a_claim("d", 20, reliability="D")]) == ("d",)
    rounded = estimate_of(derive([strong, _monitor("p", 4, status="police", qualifier="about")]))
    assert rounded.approximate


def test_an_upper_bound_in_a_sum_adds_to_high_only() -> None:
    killed = estimate_of(derive([_monitor("c", 10), _monitor("p", 4, status="police", qualifier="at_most")]))
    assert (figures(killed), killed.low_open) == ((10, 10, 14), False)
    assert killed.set_by == ("c", "p")


def test_cells_of_one_area_are_summed_by_status_from_the_first_cut_that_names_it() -> None:
    cells = (
        a_cell(9, cut=1, sex="male"),
        a_cell(3, cut=2, area="SY06", status="civilian", sex="female"),
        a_cell(2, cut=2, area="SY06", status="civilian", sex="male"),
        a_cell(4, cut=2, area="SY06"),
        a_cell(8, cut=3, area="SY06"),
    )
    by_area = {one.status: figures(one) for one in derive([a_claim("c", 20, status="all", cells=cells)]).by_area}
    assert by_area == {"all": (9, 9, 9), "civilian": (5, 5, 5)}


def test_in_an_area_a_claim_about_a_status_speaks_before_the_cells_of_a_total() -> None:
    total = _monitor("t", 20, status="all", as_of=day("03-09"), cells=(a_cell(6, area="SY06", status="civilian"),))
    civilian = _monitor("c", 15, cells=(a_cell(5, area="SY06"),))
    by_area = {one.status: (figures(one), one.set_by) for one in derive([total, civilian]).by_area}
    assert by_area == {"all": ((6, 6, 6), ("t",)), "civilian": ((5, 5, 5), ("c",))}


def test_the_parts_of_a_floor_are_floors_and_those_of_an_upper_bound_upper_bounds() -> None:
    floor = derive([a_claim("c", 20, qualifier="at_least", cells=(a_cell(5, area="SY06"),))]).by_area[0]
    bound = derive([a_claim("c", 20, qualifier="at_most", cells=(a_cell(5, area="SY06"),))]).by_area[0]
    assert (figures(floor), floor.high_open) == ((5, 5, 5), True)
    assert (figures(bound), bound.low_open) == ((0, None, 5), True)
