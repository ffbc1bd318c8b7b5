"""Incidents at a border: one report says the one country and another the other, and both may be of one killing."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents.models import DuplicateCandidate, Incident
from incidents.rules.sameness import duplicates
from incidents.rules.sameness.duplicates import candidates_for, find
from incidents.rules.sameness.likened import abroad_of, likened, near
from tests import factories
from tests.rules.published import fresh

pytestmark = pytest.mark.django_db
DAY = date(2025, 3, 7)
BORDER: dict[str, Any] = {"latitude": 36.65, "longitude": 40.02, "geo_precision": "exact"}
BEYOND: dict[str, Any] = {"country": "TUR"}


def killed(value: int = 31, **facts: Any) -> Incident:
    said = {"title": {"en": "Killing at the crossing"}, "start_earliest": DAY, "end_latest": DAY, "place_text": "Gate"}
    incident = factories.IncidentFactory(**{**said, **facts})
    factories.ClaimFactory(incident=incident, value=value)
    return incident


def proposed(incident: Incident) -> list[int]:
    return [each.incident for each in candidates_for(fresh(incident))]


def compared(incident: Incident) -> set[int]:
    return set(near(likened([incident.pk])[incident.pk]).values_list("pk", flat=True))


def test_within_25_km_a_border_is_none() -> None:
    one = killed(**BORDER, place_text="Gate of Qamishli")
    other = killed(**{**BORDER, "latitude": 36.72}, **BEYOND, place_text="Nusaybin")
    assert (proposed(one), proposed(other)) == ([other.pk], [one.pk])
    (told,) = candidates_for(fresh(one))
    place = {reason["part"]: reason for reason in told.likeness.reasons}["place"]
    assert (place["how"], round(place["km"])) == ("distance", 8)
    assert find().proposed == 1


@pytest.mark.parametrize(
    "facts",
    [
        {**BORDER, "latitude": 37.0},
        {**BORDER, "geo_precision": "adm1"},
        {"geo_precision": "settlement_unmatched"},
        {**BORDER, "start_earliest": DAY + timedelta(days=3), "end_latest": None},
    ],
)
def test_what_is_further_away_or_nowhere_is_of_its_own_country_alone(facts: dict[str, Any]) -> None:
    """Where nobody said where it was, the country is what there is to go by."""
    one = killed(**BORDER)
    other, here = killed(**facts, **BEYOND), killed(**BORDER)
    assert compared(one) == {here.pk}
    assert compared(other) == set()


def test_an_incident_without_a_point_is_compared_beyond_the_border_that_it_crosses() -> None:
    hasakeh = factories.AdminAreaFactory(pcode="SY08", country="SYR")
    mardin = factories.AdminAreaFactory(pcode="TUR047", country="TUR")
    kilis = factories.AdminAreaFactory(pcode="TUR079", country="TUR")
    here = killed(geo_precision="adm1", areas=[hasakeh])
    crossing = killed(geo_precision="adm1", areas=[hasakeh, mardin], **BEYOND)
    killed(geo_precision="adm1", areas=[kilis], **BEYOND)
    assert compared(crossing) == {here.pk}
    assert compared(here) == set(), "who looks from here cannot know: the search of all meets the pair from beyond"
    find()
    (pair,) = DuplicateCandidate.objects.all()
    assert {pair.first_id, pair.second_id} == {here.pk, crossing.pk}


def test_what_is_entered_later_on_this_side_is_found_by_the_search_of_what_changed() -> None:
    hasakeh = factories.AdminAreaFactory(pcode="SY08", country="SYR")
    crossing = killed(geo_precision="adm1", areas=[hasakeh], **BEYOND)
    since = timezone.now()
    here = killed(geo_precision="adm1", areas=[hasakeh])
    assert proposed(here) == []
    assert find(since=since).proposed == 1
    (pair,) = DuplicateCandidate.objects.all()
    assert (pair.first_id, pair.second_id) == (crossing.pk, here.pk)


def test_many_at_one_place_ask_once_which_countries_are_near() -> None:
    for _ in range(4):
        killed(**BORDER)
        killed(**BORDER, **BEYOND)
    with CaptureQueriesContext(connection) as queries:
        assert find().proposed == 8 * 7 / 2
    asked = [each["sql"] for each in queries if "DISTINCT" in each["sql"]]
    assert len(asked) == 2, "once from each side of the border"


def test_it_changes_nothing_of_where_no_border_is() -> None:
    one = killed(**BORDER)
    assert abroad_of(likened([one.pk])[one.pk]) == set()
    with CaptureQueriesContext(connection) as queries:
        duplicates.Search.in_a_request().candidates([one.pk], both_ways=True)
    assert sum("DISTINCT" in each["sql"] for each in queries) == 1


@pytest.mark.postgresql
def test_which_countries_are_near_is_read_from_an_index() -> None:
    rows = [
        Incident(
            title={"en": "Killing"}, kind="killing_event", country="SYR", start_earliest=DAY, end_latest=DAY,
            geo_precision="exact", latitude=33 + number % 400 / 100, longitude=36 + number % 300 / 100,
        )
        for number in range(12_000)
    ]  # fmt: skip
    Incident.objects.bulk_create(rows)
    one = killed(**BORDER)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE incidents_incident")
    with CaptureQueriesContext(connection) as queries:
        abroad_of(likened([one.pk])[one.pk])
    (asked,) = [each["sql"] for each in queries if "DISTINCT" in each["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {asked}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "incident_by_point" in plan, plan
    assert "Seq Scan" not in plan, plan
