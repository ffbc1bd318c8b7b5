"""How alike two incidents are: each part of the score, and the whole, on values alone."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.rules.sameness.likeness import (
    ACTORS,
    ACTS,
    DATES,
    FIGURES,
    PLACE,
    SHARED,
    TEXT,
    Figure,
    Likened,
    comparable,
    digest,
    distance_km,
    likeness,
)

KILLED = ("killed", "person")
PLAIN = Likened(
    pk=1,
    kind="killing_event",
    country="SYR",
    countries=frozenset({"SYR"}),
    start=date(2025, 3, 7),
    end=date(2025, 3, 7),
    precision="country",
    point=None,
    areas={},
    above={},
    places=frozenset(),
    titles=frozenset(),
    figures={},
    actors=frozenset(),
    acts=frozenset(),
    ids={},
    classes=frozenset(),
    documents=frozenset(),
    urls=frozenset(),
)


def parts(one: dict[str, Any], other: dict[str, Any], **said: bool) -> dict[str, dict[str, Any]]:
    """The reasons for a pair by part, days left out where they are the same."""
    found = likeness(replace(PLAIN, **one), replace(PLAIN, **{"pk": 2, **other}), **said)
    return {reason["part"]: reason for reason in found.reasons}


def killed(*figures: Figure) -> dict[str, Any]:
    return {"figures": {KILLED: frozenset(figures)}}


def exactly(number: int) -> Figure:
    return Figure(number, number, number)


def test_the_parts_add_up_to_a_thousand_and_a_pair_alike_in_all_has_it() -> None:
    assert PLACE + DATES + FIGURES + TEXT + ACTORS + ACTS + SHARED == 1000
    all_of_it: dict[str, Any] = {
        "precision": "exact",
        "point": (35.0, 36.0),
        "titles": frozenset({"killing of villagers"}),
        "actors": frozenset({5}),
        "acts": frozenset({"massacre"}),
        "ids": {"acled": frozenset({"7"})},
        **killed(exactly(31)),
    }
    one, other = replace(PLAIN, **all_of_it), replace(PLAIN, pk=2, **all_of_it)
    assert likeness(one, other).score == 1000


@pytest.mark.parametrize(("km", "points"), [(0.0, 250), (1.0, 250), (13.0, 125), (24.9, 1), (25.1, None)], ids=str)
def test_points_count_by_their_distance_up_to_25_km(km: float, points: int | None) -> None:
    at = {"precision": "exact", "point": (35.0, 36.0)}
    away = {"precision": "settlement", "point": (35.0 + km / 111.195, 36.0)}
    found = parts(at, away).get("place")
    assert (found and found["points"]) == points
    if found:
        assert found["km"] == pytest.approx(km, abs=0.1)


def test_a_distance_is_that_on_the_sphere_across_the_date_line_too() -> None:
    assert distance_km((35.51, 35.78), (33.51, 36.29)) == pytest.approx(227.4, abs=0.5)  # Lattakia to Damascus
    assert distance_km((0.0, 179.95), (0.0, -179.95)) == pytest.approx(11.1, abs=0.1)


def test_a_point_that_stands_for_a_district_or_a_country_is_no_distance() -> None:
    for precision in ("adm2", "adm1", "region", "country"):
        at = {"precision": precision, "point": (35.0, 36.0)}
        assert "place" not in parts(at, at)


def test_a_settlement_of_the_same_name_counts_even_if_nobody_found_it_on_a_map() -> None:
    for ours, theirs in (("tuwaym", "tuwayim"), ("توعيم", "توعيم")):
        named = [{"precision": "settlement_unmatched", "places": frozenset({name})} for name in (ours, theirs)]
        both = {} if ours == theirs else {"other": theirs}
        assert parts(*named)["place"] == {"part": "place", "points": 225, "how": "name", "name": ours, **both}
    several = [
        {"precision": "settlement_unmatched", "places": frozenset(names)}
        for names in (("tuwaym", "ain"), ("tuwayim", "tuwaym"))
    ]
    assert "other" not in parts(*several)["place"], "the same name tells more than a like one"
    other = {"precision": "settlement_unmatched", "places": frozenset({"tartus"})}
    assert "place" not in parts({"precision": "settlement_unmatched", "places": frozenset({"tuwaym"})}, other)


VILLAGE: dict[str, Any] = {"precision": "settlement_unmatched", "places": frozenset({"tuwaym"})}
LABELLED: dict[str, Any] = VILLAGE | {"precision": "adm1"}
HAMA, HOMS = ({"areas": {pcode: 1}, "above": {pcode: 1}} for pcode in ("SY05", "SY04"))
THERE, FAR = ({"point": (latitude, 36.0), "precision": "exact"} for latitude in (35.0, 36.0))


@pytest.mark.parametrize("other", [VILLAGE, LABELLED, VILLAGE | HAMA, VILLAGE | THERE], ids=str)
def test_a_village_whose_place_is_said_to_be_known_no_better_than_a_province_counts_by_its_name(
    other: dict[str, Any],
) -> None:
    for ours, theirs in ((LABELLED, other), (other, LABELLED)):
        assert parts(ours, theirs)["place"] == {"part": "place", "points": 220, "how": "written", "name": "tuwaym"}


def test_a_name_counts_nothing_where_areas_tell_two_places_apart() -> None:
    assert "place" not in parts(LABELLED | HAMA, VILLAGE | HOMS)
    assert parts(LABELLED | HAMA, VILLAGE | HAMA)["place"]["how"] == "written"
    assert "place" not in parts(LABELLED, VILLAGE | {"places": frozenset({"tartus"})})


@pytest.mark.parametrize(("level", "points"), [(0, None), (1, 60), (2, 120)])
def test_what_an_area_is_called_may_be_meant_of_all_of_it(level: int, points: int | None) -> None:
    named = {"precision": "adm1", "places": frozenset({"tartus"}), "units": {"tartus": level}}
    town = {"precision": "settlement", "places": frozenset({"tartus"})}
    for pair in ((named, town), (town, named), (named, named)):
        found = parts(*pair).get("place")
        assert (found and found["points"]) == points


@pytest.mark.parametrize(
    ("other", "level"),
    [
        ({"SY0604": 2}, 2),
        ({"SY06": 1}, 1),
        ({"SY0605": 2, "SY06": 1}, 1),
        ({"SY0605": 2}, None),
        ({"SY060401": 3}, 2),
    ],
    ids=str,
)
def test_areas_are_the_same_at_their_finest_common_level(other: dict[str, int], level: int | None) -> None:
    lattakia = {"SY06": 1}
    above = lattakia | other | ({"SY0604": 2} if "SY060401" in other else {})
    found = parts({"areas": {"SY0604": 2}, "above": {"SY0604": 2, **lattakia}}, {"areas": other, "above": above}).get(
        "place"
    )
    assert (found and found["level"]) == level


@pytest.mark.parametrize(
    ("start", "end", "how", "points"),
    [(7, 7, "same", 150), (6, 8, "overlap", 90), (8, 8, "apart", 40), (9, 9, "apart", 20), (10, 10, None, None)],
)
def test_days_count_by_how_much_of_them_is_common(start: int, end: int, how: str | None, points: int | None) -> None:
    found = parts({}, {"start": date(2025, 3, start), "end": date(2025, 3, end)}).get("dates")
    assert (found and found["how"], found and found["points"]) == (how, points)


@pytest.mark.parametrize(
    ("ours", "theirs", "how", "points"),
    [
        (exactly(31), exactly(31), "equal", 200),
        (exactly(4), exactly(4), "equal", 80),
        (exactly(1), exactly(1), "equal", 60),
        (exactly(31), Figure(29, None, None), "meet", 100),
        (exactly(31), Figure(24, None, 99), "meet", 100),
        (exactly(31), exactly(32), "near", 193),
        (exactly(700), exactly(740), "near", 189),
        (exactly(4), exactly(6), "near", 53),
        (exactly(1), exactly(2), "near", 10),
        (exactly(31), exactly(40), "close", 0),
        (exactly(4), exactly(8), "close", 0),
        (exactly(31), exactly(2), "differ", -100),
        (Figure(29, None, None), Figure(111, None, None), "meet", 100),
    ],
)
def test_figures_of_one_measure_are_compared_by_value_range_and_size(
    ours: Figure, theirs: Figure, how: str, points: int
) -> None:
    found = parts(killed(ours), killed(theirs))["figures"]
    assert (found["how"], found["points"]) == (how, points)
    assert (found["one"], found["other"]) == (ours.words(), theirs.words())


def test_of_rival_figures_the_two_that_agree_best_count_and_measures_are_never_mixed() -> None:
    found = parts(killed(exactly(717), exactly(31)), killed(exactly(31), exactly(1700)))["figures"]
    assert (found["one"], found["other"]) == ("31", "31")
    assert "figures" not in parts(killed(exactly(31)), {"figures": {("buried", "person"): frozenset({exactly(31)})}})


def test_titles_are_compared_across_languages_and_orders_of_words() -> None:
    ours = frozenset({"killing of villagers of tuwaym", "قتل قرويين في توعيم"})
    assert parts({"titles": ours}, {"titles": frozenset({"tuwaym killing of villagers of"})})["text"]["points"] == 150
    assert parts({"titles": ours}, {"titles": frozenset({"قتل قرويين في توعيم"})})["text"]["points"] == 150
    assert "text" not in parts({"titles": ours}, {"titles": frozenset({"air strike on a market"})})


def test_what_names_both_counts_by_how_much_it_says() -> None:
    acled, wider = {"ids": {"acled": frozenset({"7"})}}, {"classes": frozenset({("acled", "7")})}
    conflict = {"classes": frozenset({("ucdp-conflict", "465")})}
    page, same = {"documents": frozenset({1}), "urls": frozenset({"sana.sy/31"})}, {"documents": frozenset({1})}
    assert parts(acled, wider)["shared"]["how"] == "reference"
    assert parts(conflict, conflict)["shared"]["points"] == 25
    assert parts(page, page | {"documents": frozenset({2})})["shared"] == {
        "part": "shared", "points": 125, "how": "url", "url": "sana.sy/31",
    }  # fmt: skip
    assert parts(page, same)["shared"]["points"] == 40, "who coded both from one report knew both"
    assert parts({}, {}, said=True)["shared"]["how"] == "relation"
    assert "shared" not in parts({}, {})


def test_two_ids_in_one_system_tell_two_incidents_apart() -> None:
    ids = [{"ids": {"ucdp-ged": frozenset({key})}} for key in ("1", "2")]
    assert parts(*ids)["told_apart"] == {"part": "told_apart", "points": -300, "scheme": "ucdp-ged"}
    assert "told_apart" not in parts(ids[0], {"ids": {"acled": frozenset({"1"})}})


def test_kinds_that_can_be_one() -> None:
    def may(one: str, other: str) -> bool:
        return comparable(replace(PLAIN, kind=one), replace(PLAIN, kind=other))

    assert may("killing_event", "armed_event")
    assert may("burial", "burial")
    assert not may("killing_event", "burial"), "a burial is evidence of deaths, not a second set of deaths"
    assert not may("body_discovery", "burial")
    assert not may("aggregate", "killing_event")


figures = st.builds(
    lambda low, more, point: Figure(low, low if point else None, low + more if more is not None else None),
    st.integers(0, 2000),
    st.none() | st.integers(0, 2000),
    st.booleans(),
)
records = st.builds(
    lambda **facts: replace(PLAIN, **facts),
    start=st.just(date(2025, 3, 7)),
    end=st.dates(date(2025, 3, 7), date(2025, 3, 12)),
    precision=st.sampled_from(["exact", "settlement", "adm1", "settlement_unmatched"]),
    point=st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
    places=st.frozensets(st.text("abcت", min_size=1, max_size=5), max_size=3),
    titles=st.frozensets(st.text("abcت ", min_size=1, max_size=9), max_size=3),
    figures=st.dictionaries(st.just(KILLED), st.frozensets(figures, min_size=1, max_size=3)),
    actors=st.frozensets(st.integers(1, 3)),
    ids=st.dictionaries(st.sampled_from(["a", "b"]), st.frozensets(st.sampled_from("12"), min_size=1)),
    classes=st.frozensets(st.tuples(st.sampled_from("ab"), st.sampled_from("12"))),
    documents=st.frozensets(st.integers(1, 3)),
)


@given(records, records)
def test_a_score_lies_between_0_and_1000_and_does_not_depend_on_who_comes_first(one: Likened, other: Likened) -> None:
    there, back = likeness(one, other), likeness(other, one)
    assert 0 <= there.score == back.score <= 1000
    assert there.score == max(0, min(1000, sum(reason["points"] for reason in there.reasons)))
    assert {reason["part"] for reason in there.reasons} == {reason["part"] for reason in back.reasons}


def test_the_digest_changes_with_facts_and_not_with_words() -> None:
    other = replace(PLAIN, pk=2)
    before = digest(PLAIN, other)
    assert digest(other, PLAIN) == before
    words = {"titles": frozenset({"x"}), "places": frozenset({"y"}), "acts": frozenset({"z"}), "actors": frozenset({1})}
    assert digest(replace(PLAIN, **words), other) == before  # type: ignore[arg-type]
    for facts in (killed(exactly(31)), {"end": date(2025, 3, 8)}, {"point": (1.0, 2.0)}, {"areas": {"SY06": 1}}):
        assert digest(replace(PLAIN, **facts), other) != before
