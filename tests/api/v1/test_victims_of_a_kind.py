"""Victims of a status, sex or age: what the parts tell, what nobody said, and what only may be contained."""

import csv
import io
from datetime import date
from typing import Any

import pytest

from incidents.choices import Credibility
from incidents.models import Incident
from incidents.rules.publication.publishing import publish
from tests.api.v1.test_victims import ask, triple
from tests.contract.validation import CheckedClient
from tests.factories import (
    AdminAreaFactory,
    AreaNameFactory,
    ClaimCellFactory,
    ClaimFactory,
    IncidentFactory,
    IncidentRelationFactory,
    country_of,
)
from tests.stories import id_of, publish_founding_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def ten_killed() -> None:
    """Ten killed, six of them civilians by the source's own parts; and two of whom nothing is said."""
    parted, plain = IncidentFactory(), IncidentFactory()
    claim = ClaimFactory(incident=parted, status="all", value=10)
    ClaimCellFactory(claim=claim, age_group="", status="civilian", value=6)
    ClaimFactory(incident=plain, status="all", value=2)
    publish([parted, plain])


@pytest.mark.usefixtures("ten_killed")
def test_a_status_that_nobody_estimates_is_counted_from_the_parts(api: CheckedClient) -> None:
    answer = ask(api, victim_status="civilian", group_by="status")
    assert triple(answer["total"]) == [6, 6, 6]
    assert [group["group"] for group in answer["results"]] == [{"status": "civilian"}]
    assert answer["less_precise"] == {"incidents": 1, "best": 2, "high": 2}
    assert answer["unspecified"] == {"incidents": 1, "best": 4, "high": 4}


@pytest.mark.usefixtures("ten_killed")
def test_what_nobody_said_of_the_victims_is_not_none_but_less_precise(api: CheckedClient) -> None:
    answer = ask(api, victim_sex="female")
    assert triple(answer["total"]) == [0, None, 0]
    assert answer["incidents"] == 0
    assert answer["less_precise"] == {"incidents": 2, "best": 12, "high": 12}
    assert answer["unspecified"] == {"incidents": 0, "best": 0, "high": 0}


@pytest.mark.usefixtures("ten_killed")
def test_where_no_incident_has_the_measure_nothing_is_known(api: CheckedClient) -> None:
    answer = ask(api, measure="injured")
    assert triple(answer["total"]) == [0, None, 0]
    assert answer["incidents"] == 0


def test_of_some_people_nobody_said_how_many_and_that_is_not_none(api: CheckedClient) -> None:
    incident = IncidentFactory()
    ClaimFactory(incident=incident, status="all", value=50, qualifier="at_most")
    publish([incident])
    assert ask(api, victim_sex="female")["less_precise"] == {"incidents": 1, "best": None, "high": 50}
    assert ask(api)["less_precise"] == {"incidents": 0, "best": 0, "high": 0}
    plain = IncidentFactory()
    ClaimFactory(incident=plain, status="all", value=2)
    publish([plain])
    assert ask(api, victim_sex="female")["less_precise"] == {"incidents": 2, "best": 2, "high": 52}


def test_where_those_of_one_age_were_harmed_is_not_read_from_where_everybody_was(api: CheckedClient) -> None:
    country = country_of("SYR")
    north, south = (AdminAreaFactory(pcode=pcode, country="SYR", level=1, parent=country) for pcode in ("SY01", "SY02"))
    incident = IncidentFactory(country="SYR")
    claim = ClaimFactory(incident=incident, status="all", value=39)
    ClaimCellFactory(claim=claim, age_group="child", value=20)
    for area, value in ((north, 12), (south, 6)):
        ClaimCellFactory(claim=claim, cut=2, age_group="", area=area, value=value)
    publish([incident])

    def by_area(**parameters: str) -> dict[str, int]:
        return {each["group"]["adm1"]: each["best"] for each in ask(api, group_by="adm1", **parameters)["results"]}

    assert by_area() == {"SY01": 12, "SY02": 6, "unknown": 21}
    assert by_area(victim_age_group="child") == {"unknown": 20}
    assert ask(api, victim_age_group="child", place="SY01")["less_precise"] == {"incidents": 1, "best": 20, "high": 20}


def test_who_is_only_possibly_contained_is_named_and_adds_to_high(api: CheckedClient) -> None:
    publish_founding_case(only=True)
    answer = ask(api)
    assert answer["possibly_contained"] == {"incidents": 2, "high": 6}
    assert triple(answer["total"]) == [917, 917, 923]


def test_the_name_of_a_country_finds_what_happened_in_it(api: CheckedClient) -> None:
    country = AdminAreaFactory(pcode="SYR", country="SYR", level=0, parent=None)
    AreaNameFactory(area=country, name="سوريا", language="ar")
    publish([IncidentFactory(country="SYR")])
    assert api.get("/api/v1/incidents/", {"q": "سوريا", "count": "exact"}).json()["count"] == 1
    assert api.get("/api/v1/incidents/", {"q": "لبنان", "count": "exact"}).json()["count"] == 0


def test_a_representative_point_or_none_does_not_say_that_it_happened_there(api: CheckedClient) -> None:
    exact, coarse = (
        IncidentFactory(latitude=35.42, longitude=36.1, geo_precision=precision, country="SYR")
        for precision in ("exact", "country")
    )
    country_of("CAF")
    nowhere = IncidentFactory(geo_precision="settlement", country="SYR")
    elsewhere = IncidentFactory(latitude=12.0, longitude=20.0, geo_precision="exact", country="CAF")
    # Where the point that stands for an area happens to lie says as little.
    aside = IncidentFactory(latitude=34.1, longitude=38.2, geo_precision="adm1", country="SYR")
    made = {exact: 3, coarse: 717, nowhere: 20, elsewhere: 5, aside: 9}
    for incident, value in made.items():
        ClaimFactory(incident=incident, value=value)
    publish(list(made))
    for where in ({"bbox": "36,35,37,36"}, {"near": "35.4,36.1", "radius_km": "20"}):
        answer = ask(api, **where)
        assert triple(answer["total"]) == [3, 3, 3]
        assert answer["less_precise"] == {"incidents": 3, "best": 746, "high": 746}
        assert ask(api, **where, country="CAF")["less_precise"] == {"incidents": 0, "best": 0, "high": 0}
        listed = api.get("/api/v1/incidents/", where).json()["results"]
        assert {each["id"] for each in listed} == {str(exact.public_id), str(coarse.public_id)}


def test_a_container_without_a_figure_stands_in_for_children_that_are_not_selected(api: CheckedClient) -> None:
    whole, again = IncidentFactory(kind="aggregate"), IncidentFactory(kind="aggregate")
    children = IncidentFactory.create_batch(3)
    for child in children:
        ClaimFactory(incident=child, value=5)
    for container, inside in ((whole, children), (again, children[:1])):
        for child in inside:
            IncidentRelationFactory(from_incident=container, to_incident=child, type="contains", certainty="confirmed")
    publish([whole, again, *children])
    everything = ask(api)
    assert (triple(everything["total"]), everything["incidents"]) == ([15, 15, 15], 3)
    for asked in ({"killed_min": "12"}, {"id": str(whole.public_id)}):
        assert (triple(ask(api, **asked)["total"]), ask(api, **asked)["incidents"]) == ([15, 15, 15], 1)
    both = ask(api, kind="aggregate", group_by="month")
    assert (triple(both["total"]), both["possibly_contained"]) == ([15, 15, 20], {"incidents": 1, "high": 5})
    assert [(each["best"], each["high"]) for each in both["results"]] == [(15, 20)]
    one = ask(api, id=f"{whole.public_id},{children[0].public_id}")
    assert (triple(one["total"]), one["incidents"]) == ([5, 5, 5], 1)


def test_a_container_without_a_figure_adds_nothing_where_nothing_in_it_lies(api: CheckedClient) -> None:
    """Its own days overlap what is asked for; those of its only child, which are all it knows of, do not."""
    month = {"start_earliest": date(2025, 3, 1), "end_latest": date(2025, 3, 31)}
    whole = IncidentFactory(kind="aggregate", **month)
    child = IncidentFactory(start_earliest=date(2025, 3, 5), end_latest=date(2025, 3, 6))
    ClaimFactory(incident=child, value=5)
    IncidentRelationFactory(from_incident=whole, to_incident=child, type="contains", certainty="confirmed")
    publish([whole, child])
    after = ask(api, date_from="2025-03-20")
    assert (triple(after["total"]), after["straddling"]) == ([0, None, 0], {"incidents": 0, "high": 0})
    before = ask(api, date_from="2025-03-06", kind="aggregate")
    assert (triple(before["total"]), before["straddling"]) == ([0, None, 5], {"incidents": 1, "high": 5})


def test_who_is_of_unknown_status_may_be_a_civilian(api: CheckedClient) -> None:
    """Of a source that divides one figure, of one that gives a figure of each status, and of one that says no more."""
    parted, apart, unknown = IncidentFactory.create_batch(3)
    claim = ClaimFactory(incident=parted, status="all", value=30)
    for status, value in (("civilian", 13), ("unknown", 9), ("military", 5)):  # and of three nobody says anything
        ClaimCellFactory(claim=claim, age_group="", status=status, value=value)
    first = ClaimFactory(incident=apart, status="civilian", value=7)
    for status, value in (("unknown", 4), ("nonstate_fighter", 2)):
        ClaimFactory(incident=apart, status=status, value=value, asserted_by=first.asserted_by, document=first.document)
    ClaimFactory(incident=unknown, status="unknown", value=162)
    publish([parted, apart, unknown])
    answer = ask(api, victim_status="civilian")
    assert (triple(answer["total"]), answer["incidents"]) == ([20, 20, 20], 2)
    assert answer["unspecified"] == {"incidents": 2, "best": 16, "high": 16}
    assert answer["less_precise"] == {"incidents": 1, "best": 162, "high": 162}
    assert ask(api, victim_status="unknown")["total"]["best"] == 175
    (row,) = csv.DictReader(
        io.StringIO(api.get("/api/v1/victims/", {"victim_status": "civilian", "format": "csv"}).content.decode())
    )
    assert (row["unspecified_best"], row["less_precise_high"]) == ("16", "162")


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize(
    ("cells", "left"), [({}, 10), ({"military": 1}, 9), ({"civilian": 13}, 10), ({"military": 12, "unknown": 18}, 0)]
)
def test_whom_the_figure_of_a_status_counts_nobody_tells_again(
    api: CheckedClient, cells: dict[str, int], left: int, tied: bool
) -> None:
    """The better source says of thirty killed what some of them were, another that twenty were civilians."""
    incident = IncidentFactory()
    claim = ClaimFactory(incident=incident, status="all", value=30, credibility=Credibility.CONFIRMED)
    for status, value in cells.items():
        ClaimCellFactory(claim=claim, age_group="", status=status, value=value)
    ClaimFactory(incident=incident, status="civilian", value=20)
    if tied:
        whole = IncidentFactory(country=incident.country)
        IncidentRelationFactory(from_incident=whole, to_incident=incident, type="contains", certainty="confirmed")
    publish(list(Incident.objects.all()))
    answer = ask(api, victim_status="civilian")
    assert triple(answer["total"]) == [20, 20, 20]
    assert answer["unspecified"] == {"incidents": min(left, 1), "best": left, "high": left}


@pytest.mark.parametrize("tied", [False, True])
def test_who_lies_in_the_days_asked_for_in_part_adds_to_high_alone_where_it_is_less_precise_too(
    api: CheckedClient, tied: bool
) -> None:
    month = {"start_earliest": date(2025, 3, 1), "end_latest": date(2025, 3, 31)}
    vague, told = IncidentFactory(**month), IncidentFactory(**month)
    ClaimFactory(incident=vague, status="all", value=100)
    ClaimCellFactory(claim=ClaimFactory(incident=told, status="all", value=50), age_group="", sex="female", value=20)
    if tied:
        for incident in (vague, told):
            whole = IncidentFactory(country=incident.country, **month)
            IncidentRelationFactory(from_incident=whole, to_incident=incident, type="contains", certainty="confirmed")
    publish(list(Incident.objects.all()))
    answer = ask(api, date_to="2025-03-10", victim_sex="female")
    assert (triple(answer["total"]), answer["straddling"]) == ([0, None, 20], {"incidents": 1, "high": 20})
    assert answer["less_precise"] == {"incidents": 1, "best": None, "high": 100}
    assert answer["unspecified"] == {"incidents": 1, "best": None, "high": 30}


def test_what_stands_in_a_container_that_lies_in_the_days_in_part_is_unspecified_once(api: CheckedClient) -> None:
    whole = IncidentFactory(start_earliest=date(2025, 3, 1), end_latest=date(2025, 3, 31))
    inner = IncidentFactory(start_earliest=date(2025, 3, 5), end_latest=date(2025, 3, 5), country=whole.country)
    for incident, value, women in ((whole, 100, 20), (inner, 10, 2)):
        claim = ClaimFactory(incident=incident, status="all", value=value)
        ClaimCellFactory(claim=claim, age_group="", sex="female", value=women)
    IncidentRelationFactory(from_incident=whole, to_incident=inner, type="contains", certainty="confirmed")
    publish([whole, inner])
    answer = ask(api, date_to="2025-03-10", victim_sex="female")
    assert triple(answer["total"]) == [2, 2, 20]
    assert answer["unspecified"] == {"incidents": 2, "best": 8, "high": 80}


def test_state_forces_of_no_branch_may_be_police(api: CheckedClient) -> None:
    incident = IncidentFactory()
    ClaimFactory(incident=incident, status="state_forces", value=200)
    publish([incident])
    for branch in ("police", "military"):
        answer = ask(api, victim_status=branch)
        assert (answer["incidents"], answer["less_precise"]) == (0, {"incidents": 1, "best": 200, "high": 200})
    assert ask(api, victim_status="civilian")["less_precise"] == {"incidents": 0, "best": 0, "high": 0}


def test_what_may_be_in_another_is_not_lost_where_it_is_known_less_precisely(api: CheckedClient) -> None:
    whole, inner = IncidentFactory(), IncidentFactory()
    for incident, value in ((whole, 200), (inner, 4)):
        ClaimFactory(incident=incident, status="all", value=value)
    IncidentRelationFactory(from_incident=whole, to_incident=inner, type="contains", certainty="possible")
    publish([whole, inner])
    assert ask(api, victim_sex="female")["less_precise"] == {"incidents": 2, "best": 200, "high": 204}


def groups(answer: Any) -> dict[tuple[str, ...], int]:
    return {tuple(row["group"].values()): row["best"] for row in answer["results"]}


@pytest.fixture
def eleven_children() -> Incident:
    """Twenty killed: four infants, five adolescents, two children of no further age, three old people, six adults."""
    incident = IncidentFactory()
    claim = ClaimFactory(incident=incident, value=20)
    for age, value in (("infant", 4), ("adolescent", 5), ("child", 2), ("older_person", 3), ("adult", 6)):
        ClaimCellFactory(claim=claim, age_group=age, value=value)
    publish([incident])
    return incident


def test_infants_and_adolescents_are_children_and_old_people_adults(
    api: CheckedClient, eleven_children: Incident
) -> None:
    assert ask(api, victim_age_group="child")["total"]["best"] == 11
    assert ask(api, victim_age_group="adult")["total"]["best"] == 9
    assert ask(api, victim_age_group="infant")["total"]["best"] == 4
    assert ask(api, victim_age_group="child")["unspecified"] == {"incidents": 0, "best": 0, "high": 0}
    assert ask(api, victim_age_group="infant")["unspecified"] == {"incidents": 1, "best": 2, "high": 2}
    by_age = groups(ask(api, victim_age_group="child", group_by="age_group"))
    assert by_age == {("infant",): 4, ("adolescent",): 5, ("child",): 2}
    key = str(eleven_children.public_id)
    for code in ("child", "adult", "infant"):
        rows = api.get("/api/v1/incidents/", {"victim_age_group": code, "fields": "id"}).json()["results"]
        assert [row["id"] for row in rows] == [key]
    table = api.get("/api/v1/incidents/", {"format": "csv"}).getvalue().decode()
    (row,) = csv.DictReader(io.StringIO(table))
    assert row["killed_child_best"] == "11"


def test_of_children_some_may_be_infants(api: CheckedClient) -> None:
    incident = IncidentFactory()
    ClaimCellFactory(claim=ClaimFactory(incident=incident, value=9), age_group="child", value=9)
    publish([incident])
    answer = ask(api, victim_age_group="infant")
    assert (answer["incidents"], answer["less_precise"]) == (0, {"incidents": 1, "best": 9, "high": 9})
    assert ask(api, victim_age_group="adult")["less_precise"] == {"incidents": 0, "best": 0, "high": 0}


@pytest.mark.parametrize("contained", [False, True])
def test_children_are_not_lost_where_sex_is_asked_for_first(api: CheckedClient, contained: bool) -> None:
    """Two of three figures are divided by age alone, one by sex alone; none by its status."""
    incidents = IncidentFactory.create_batch(3)
    for incident, value, cell in zip(
        incidents, (31, 12, 7), ({"age_group": "child"}, {"age_group": "child"}, {"sex": "female"}), strict=True
    ):
        claim = ClaimFactory(incident=incident, value=value)
        ClaimCellFactory(claim=claim, value=5, **{"age_group": "", **cell})
    if contained:  # counted one by one
        for incident in incidents:
            whole = IncidentFactory(country=incident.country)
            IncidentRelationFactory(from_incident=whole, to_incident=incident, type="contains", certainty="confirmed")
    publish(list(Incident.objects.all()))
    child, woman, nobody = ("unspecified", "child"), ("female", "unspecified"), ("unspecified", "unspecified")
    expected = {child: 10, woman: 5, nobody: 35}
    assert groups(ask(api, group_by="sex,age_group")) == expected
    turned = groups(ask(api, group_by="age_group,sex"))
    assert {(sex, age): best for (age, sex), best in turned.items()} == expected
    children = ask(api, victim_age_group="child")
    assert (children["total"]["best"], children["unspecified"]) == (10, {"incidents": 2, "best": 33, "high": 33})
    assert children["less_precise"] == {"incidents": 1, "best": 7, "high": 7}
    three = groups(ask(api, group_by="status,sex,age_group"))
    assert {key[1:]: best for key, best in three.items()} == expected


def test_who_else_of_the_coast_may_be_a_civilian_a_child_or_a_woman(api: CheckedClient) -> None:
    """The 1,400 that the Commission did not itemise, less 1,383 civilians of another source, or less nine children."""
    publish_founding_case(only=False)
    coast = str(id_of("incident", "coast"))
    told = {
        name: (answer["total"]["best"], answer["unspecified"]["best"])
        for name, code in (("victim_status", "civilian"), ("victim_age_group", "child"), ("victim_sex", "female"))
        for answer in [ask(api, id=coast, **{name: code})]
    }
    assert told == {"victim_status": (1383, 17), "victim_age_group": (9, 1387), "victim_sex": (4, 1396)}
    whole = ask(api, country="SYR", victim_age_group="child")
    assert whole["less_precise"] == {"incidents": 3, "best": 200, "high": 243}
