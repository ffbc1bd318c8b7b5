"""The women and children of an incident's totals are those that /victims/ counts for it, in its document and tables."""

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest

from incidents.choices import PersonStatus
from incidents.documents.geojson import feature
from incidents.documents.tabular import INCIDENT_COLUMNS, csv_text, incident_row
from incidents.models import Incident, PublicIncident
from incidents.rules.figures.questions import Question
from incidents.rules.publication.publishing import publish
from incidents.rules.totals.selection import Scope
from incidents.rules.totals.victims import victims
from tests.factories import ClaimCellFactory, ClaimFactory, IncidentFactory, IncidentRelationFactory
from tests.random_record import publish_random_record
from tests.rules.published import document_of, fresh
from tests.stories import publish_founding_case

pytestmark = pytest.mark.django_db
Cells = list[tuple[dict[str, Any], int]]
BY_SEX: Cells = [({"sex": "female"}, 10), ({"sex": "male"}, 20)]


def an_incident(value: int | None, cells: Cells, **claim: Any) -> Incident:
    """Killed, as one source says who itemises them so; nobody says anything where value is null."""
    incident = IncidentFactory.create()
    if value is not None:
        said = ClaimFactory(incident=incident, **{"value": value, "status": "all", **claim})
        for part, number in cells:
            ClaimCellFactory(claim=said, value=number, **{"age_group": "", **part})
    return incident


def contained(value: int | None, children: list[Incident], cells: Cells) -> Incident:
    """A published incident that certainly contains these, with a figure of its own or without."""
    whole = an_incident(value, cells)
    for child in children:
        IncidentRelationFactory(from_incident=whole, to_incident=child, certainty="confirmed")
    publish([whole, *children])
    return whole


def women_and_children(incident: Incident) -> tuple[int | None, int | None]:
    """As document, CSV, GeoJSON and totals say them, which is the same."""
    document = document_of(incident) | {"version": 1, "seq": 1, "published_at": "2025-03-09T00:00:00Z"}
    (row,) = csv.DictReader(io.StringIO(csv_text(INCIDENT_COLUMNS, [incident_row(document)])))
    names = ("killed_female_best", "killed_child_best")
    found = tuple(int(row[name]) if row[name] else None for name in names)
    assert tuple(feature(document)["properties"][name] for name in names) == found
    for figure in document["totals"]:
        if (figure["measure"], figure["unit"], figure["status"]) == ("killed", "person", "all"):
            assert (figure["female_best"], figure["child_best"]) == found
    assert_as_victims_count_them(PublicIncident.objects.get(public_id=incident.public_id), document)
    return found[0], found[1]


def assert_as_victims_count_them(incident: PublicIncident, document: dict[str, Any]) -> int:
    """Every row of its totals, against the same asked of totals; answers how many of the members say a number."""
    only = PublicIncident.objects.using("public").filter(pk=incident.pk)
    told = 0
    for figure in document["totals"]:
        status = figure["status"] if figure["status"] != PersonStatus.ALL else ""
        asked = Question(figure["measure"], unit=figure["unit"], basis=figure["basis"], status=status)
        women, children = replace(asked, sex="female"), replace(asked, age_group="child")
        for member, question in (("female_best", women), ("child_best", children)):
            assert figure[member] == victims(only, Scope(), question).totals.total.best, (incident.pk, figure, member)
            told += figure[member] is not None
    return told


def test_sex_in_one_cut_and_age_in_another_are_both_told() -> None:
    incident = an_incident(30, [*BY_SEX, ({"age_group": "child", "cut": 2}, 9)])
    publish([incident])
    assert women_and_children(incident) == (10, 9)
    turned = an_incident(20, [({"age_group": "child"}, 15), ({"sex": "female", "cut": 2}, 12)])
    publish([turned])
    assert women_and_children(turned) == (12, 15)


@pytest.mark.parametrize("own", [None, 25, 50])
def test_a_container_tells_those_of_what_it_contains(own: int | None) -> None:
    children = [an_incident(10, [({"sex": "female"}, 4)]), an_incident(20, [({"age_group": "child"}, 6)])]
    whole = contained(own, children, [])
    assert women_and_children(whole) == (4, 6)
    assert [women_and_children(child) for child in children] == [(4, None), (None, 6)]


def test_what_a_container_says_itself_stands_before_what_it_contains() -> None:
    children = [an_incident(10, [({"sex": "female"}, 4), ({"age_group": "child", "cut": 2}, 3)])]
    assert women_and_children(contained(50, children, [({"sex": "female"}, 12)])) == (12, 3)


def test_a_container_follows_a_correction_of_what_it_contains() -> None:
    child = an_incident(10, [({"sex": "female"}, 4)])
    whole = contained(None, [child], [])
    ClaimCellFactory(claim=child.claims.get(), cut=2, value=7)
    publish([fresh(child)], reason_code="correction", reason="Seven of them were children.")
    assert women_and_children(whole) == (4, 7)


def test_infants_and_adolescents_are_children_and_adults_are_not() -> None:
    ages = {"infant": 4, "young_child": 1, "adolescent": 5, "child": 2, "adult": 8, "older_person": 1}
    incident = an_incident(30, [({"age_group": age}, number) for age, number in ages.items()])
    publish([incident])
    assert women_and_children(incident) == (None, 12)


def test_where_nobody_said_it_is_null_and_none_is_zero() -> None:
    silent, empty = an_incident(30, []), an_incident(None, [])
    men = an_incident(30, [({"sex": "male"}, 30)])
    none = an_incident(30, [({"sex": "female"}, 0), ({"sex": "male"}, 30), ({"age_group": "child", "cut": 2}, 0)])
    at_most = an_incident(None, [])
    ClaimFactory(incident=at_most, value=30, status="all", qualifier="at_most")
    publish([silent, empty, men, none, at_most])
    assert [women_and_children(each) for each in (silent, empty, men, at_most)] == [(None, None)] * 4
    assert women_and_children(none) == (0, 0)


def test_women_among_civilians_and_among_the_injured_stand_in_their_own_rows() -> None:
    incident = an_incident(30, BY_SEX, status="civilian")
    ClaimCellFactory(claim=ClaimFactory(incident=incident, measure="injured", value=7), value=3)
    publish([incident])
    assert women_and_children(incident) == (10, None)
    found = {(row["measure"], row["status"]): row for row in document_of(incident)["totals"]}
    assert found["killed", "civilian"]["female_best"] == 10
    assert (found["injured", "all"]["female_best"], found["injured", "all"]["child_best"]) == (None, 3)


@pytest.mark.parametrize("only", [True, False])
def test_every_incident_of_the_founding_case_says_what_totals_say(only: bool) -> None:
    publish_founding_case(only=only)
    incidents = list(PublicIncident.objects.all())
    assert sum(assert_as_victims_count_them(each, json.loads(each.document)) for each in incidents)


@pytest.mark.parametrize("seed", [7, 8])
def test_every_incident_of_a_random_record_says_what_totals_say(seed: int) -> None:
    publish_random_record(seed)
    incidents = list(PublicIncident.objects.all())
    assert sum(assert_as_victims_count_them(each, json.loads(each.document)) for each in incidents) > 10
