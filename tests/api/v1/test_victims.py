"""Victims: the figures that the seeds expect, as the API answers them, and what it refuses.

That totals hold for any record and any question is shown in tests/rules/test_victims.py.
"""

import csv
import io
from typing import Any

import pytest
import yaml
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.api.v1 import victims
from incidents.exchange.seeds import FOUNDING, RIVALS
from incidents.rules.publication.publishing import publish
from tests.api.conftest import published_incidents
from tests.contract.validation import CheckedClient
from tests.factories import ClaimFactory, IncidentFactory
from tests.stories import id_of, publish_founding_case

ARTICLE: dict[str, Any] = yaml.safe_load(FOUNDING.read_text("utf-8"))["expected"]
LATER: dict[str, Any] = yaml.safe_load(RIVALS.read_text("utf-8"))["expected"]


@pytest.fixture(scope="module")
def article(one_transaction: None) -> None:
    """The press report alone, published."""
    publish_founding_case(only=True)


def ask(api: CheckedClient, **parameters: str) -> dict[str, Any]:
    answer = api.get("/api/v1/victims/", parameters)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def triple(bounds: dict[str, Any]) -> list[int | None]:
    return [bounds["low"], bounds["best"], bounds["high"]]


def refusal(api: CheckedClient, **parameters: str) -> str:
    answer = api.get("/api/v1/victims/", parameters)
    assert answer.status_code == 400, answer.content
    (error,) = answer.json()["errors"]
    assert error["parameter"] in parameters
    return str(error["detail"])


def test_it_works(api: CheckedClient, article: None, db: None) -> None:
    answer = ask(api)
    assert triple(answer["total"]) == ARTICLE["victims_killed"]["all"]
    assert (answer["measure"], answer["unit"], answer["basis"]) == ("killed", "person", "documented")
    assert (answer["ruleset"], answer["containment"]) == ("reported-range@1", "containment@1")
    assert answer["results"] == []
    assert answer["remainder"] == {"low": 0, "best": 0, "high": 0}


def test_the_killed_by_age(api: CheckedClient, article: None, db: None) -> None:
    groups = {group["group"]["age_group"]: group["best"] for group in ask(api, group_by="age_group")["results"]}
    stated = {age: best for age, best in groups.items() if best}
    assert stated == ARTICLE["victims_killed_by_age_best"]


def test_part_of_a_perpetrator_has_no_best(api: CheckedClient, article: None, db: None) -> None:
    answer = ask(api, perpetrator=str(id_of("actor", "foreign_fighters")))
    assert triple(answer["total"]) == [0, None, 717]
    assert answer["straddling"] == {"incidents": 1, "high": 717}


def test_what_is_known_too_coarsely_is_named_and_not_counted(api: CheckedClient, article: None, db: None) -> None:
    answer = ask(api, place="SY05")
    assert triple(answer["total"]) == [2, 2, 2]
    assert answer["less_precise"] == {"incidents": 2, "best": 721, "high": 721}
    assert answer["applied"] == {"place": "SY05"}


def test_each_measure_has_its_own_unit(api: CheckedClient, article: None, db: None) -> None:
    answer = ask(api, measure="localities")
    assert (answer["unit"], triple(answer["total"]), answer["total"]["high_open"]) == ("locality", [29, 29, 29], True)
    assert triple(ask(api, measure="buried")["total"]) == [231, 231, 231]


def test_several_groups_name_each_value(api: CheckedClient, article: None, db: None) -> None:
    answer = ask(api, group_by="month,status,adm1,perpetrator")
    assert answer["group_by"] == ["month", "status", "adm1", "perpetrator"]
    assert {"month": "2025-03", "status": "civilian", "adm1": "unknown", "perpetrator": "several"} in [
        group["group"] for group in answer["results"]
    ]


def test_discounted_incidents_count_only_when_asked_for(api: CheckedClient, db: None) -> None:
    made = [IncidentFactory(grade="discounted"), IncidentFactory(grade="fair")]
    for incident, value in zip(made, (7, 5), strict=True):
        ClaimFactory(incident=incident, value=value)
    publish(made)
    only = ",".join(str(incident.public_id) for incident in made)
    assert ask(api, id=only)["total"]["best"] == 5
    assert ask(api, id=only, grade="discounted")["total"]["best"] == 7
    assert ask(api, id=only, grade="discounted,fair")["total"]["best"] == 12


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"group_by": "moth"}, "group_by=moth names no group; did you mean month? Example: group_by=month,status."),
        ({"group_by": "xyz"}, "known are month, quarter, year"),
        ({"group_by": "month,year,country,adm1,sex"}, "takes 4 names at most, and sex is one more. Example: group_by="),
        (
            {"place": "SY05,SY06"},
            "place=SY05,SY06 takes one value here; ask once for each, or use group_by. Example:",
        ),
        ({"victim_status": "civilian,police"}, "victim_status=civilian,police takes one value here"),
        ({"victim_sex": "female,male"}, "victim_sex=female,male takes one value here"),
        ({"victim_age_group": "child,adult"}, "victim_age_group=child,adult takes one value here"),
        ({"group_by": "place"}, "group_by=place names no group; known are month, quarter, year, country, adm1,"),
        ({"date_from": "2025-02-30"}, "date_from=2025-02-30 is no day of the calendar"),
        ({"measure": "kiled"}, "did you mean killed?"),
        ({"unit": "persons"}, "did you mean person?"),
        ({"basis": "guessed"}, "Example: basis=documented."),
        ({"limit": "10"}, "limit is not a parameter here"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_an_example(
    api: CheckedClient, db: None, parameters: dict[str, str], said: str
) -> None:
    assert said in refusal(api, **parameters)


def test_a_name_given_twice_groups_once(api: CheckedClient, db: None) -> None:
    assert ask(api, group_by="month,month,year,sex,status")["group_by"] == ["month", "year", "sex", "status"]


def test_too_many_groups_say_what_to_leave_out(
    api: CheckedClient, article: None, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(victims, "MOST_GROUPS", 2)
    cache.clear()
    assert "leave out age_group, which has 4 values" in refusal(api, group_by="age_group,month")
    assert refusal(api, group_by="age_group,month").endswith("Example: group_by=month.")
    assert refusal(api, group_by="age_group").endswith("Example: group_by=country.")


def table(api: CheckedClient, **parameters: str) -> list[dict[str, str]]:
    answer = api.get("/api/v1/victims/", {"format": "csv", **parameters})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_csv_has_a_row_a_group_and_the_total_in_columns(api: CheckedClient, article: None, db: None) -> None:
    rows = table(api, group_by="age_group")
    assert {row["age_group"]: row["best"] for row in rows} == {
        "adult": "4", "child": "9", "older_person": "", "unspecified": "904",
    }  # fmt: skip
    assert {row["total_best"] for row in rows} == {"917"}
    assert sum(int(row["best"] or 0) for row in rows) == 917


def test_csv_without_groups_is_the_total(api: CheckedClient, article: None, db: None) -> None:
    (row,) = table(api)
    assert (row["low"], row["best"], row["high"], row["contained_left_out"]) == ("917", "917", "923", "1")


def test_csv_without_any_group_still_says_what_was_not_counted(api: CheckedClient, article: None, db: None) -> None:
    (alone,) = table(api, place="SY05", victim_sex="other")
    (row,) = table(api, place="SY05", victim_sex="other", group_by="month,sex")
    assert (row["month"], row["sex"], row["low"], row["best"], row["incidents"]) == ("", "", "", "", "")
    assert row["less_precise_incidents"] == alone["less_precise_incidents"] != "0"
    of_the_row = {"low", "best", "high", "low_open", "high_open", "incidents"}
    assert all(row[name] == alone[name] for name in alone.keys() - of_the_row)


def test_an_etag_holds_until_something_is_published(api: CheckedClient, article: None, db: None) -> None:
    first = api.get("/api/v1/victims/?place=SYR")
    same = {"if-none-match": first["ETag"]}
    assert api.get("/api/v1/victims/?place=SYR", headers=same).status_code == 304
    assert api.get("/api/v1/victims/?place=SY05", headers=same).status_code == 200
    assert api.get("/api/v1/victims/?place=SYR&format=csv", headers=same).status_code == 200
    assert first["X-Dataset-Seq"] == str(first.json()["seq"])
    published_incidents(1)
    assert api.get("/api/v1/victims/?place=SYR", headers=same).status_code == 200


def test_more_incidents_take_no_more_queries(api: CheckedClient, article: None, db: None) -> None:
    everything = {"group_by": "month,adm1,status", "place": "SYR", "date_from": "2025-01-01", "measure": "killed"}
    everything["perpetrator_type"] = "state_armed,nonstate_armed"
    with CaptureQueriesContext(
        connection,
    ) as few:
        ask(api, **everything)
    incidents = published_incidents(30)
    for incident in incidents:
        ClaimFactory(incident=incident)
    publish(incidents)
    with CaptureQueriesContext(connection) as many:
        ask(api, **everything)
    assert len(many) == len(few), "\n".join(query["sql"] for query in many)


def test_a_total_is_of_one_measure_and_says_so(api: CheckedClient, db: None) -> None:
    for name, values in (
        ("measure", "killed,injured"),
        ("unit", "person,household"),
        ("basis", "documented,estimated"),
    ):
        (error,) = api.get("/api/v1/victims/", {name: values}).json()["errors"]
        assert (error["code"], "takes one value here" in error["detail"]) == ("takes_one", True)
