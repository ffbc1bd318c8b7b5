"""One incident through its life: versions, earlier states, withdrawal, merge and redaction, as readers see them."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from incidents.models import Incident
from incidents.rules.publication.publishing import publish, redact, withdraw
from incidents.rules.sameness.merging import merge
from incidents.rules.sameness.unmerging import undo_merge
from tests.contract.validation import CheckedClient
from tests.factories import IncidentFactory, country_of

pytestmark = pytest.mark.django_db


def address(incident: Incident, rest: str = "") -> str:
    return f"/api/v1/incidents/{incident.public_id}/{rest}"


def retitled(incident: Incident, title: str) -> None:
    incident.title = {"en": title}
    incident.save()
    publish([incident], reason_code="correction", reason=title)


@pytest.fixture
def incident(db: None) -> Incident:
    """Published on 9 April 2025 at noon as First, corrected the next day to Second."""
    country_of("SYR")
    with time_machine.travel(datetime(2025, 4, 9, 12, tzinfo=UTC), tick=False):
        made: Incident = IncidentFactory(title={"en": "First"})
        publish([made])
    with time_machine.travel(datetime(2025, 4, 10, 12, tzinfo=UTC), tick=False):
        retitled(made, "Second")
    return made


def versions(api: CheckedClient, incident: Incident) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(address(incident, "history/")).json()["results"]
    return found


def test_it_works(api: CheckedClient, incident: Incident) -> None:
    answer = api.get(address(incident))
    assert answer.json()["title"] == {"en": "Second"}
    assert answer["ETag"].startswith('"2-')
    assert f'<http://testserver{address(incident, "history/")}>; rel="version-history"' in answer["Link"]


def test_history_is_newest_first_and_pages(api: CheckedClient, incident: Incident) -> None:
    newest, oldest = versions(api, incident)
    assert (newest["version"], newest["reason_code"], newest["reason"]) == (2, "correction", "Second")
    assert (oldest["version"], oldest["operation"], oldest["redacted"]) == (1, "publish", False)
    page = api.get(address(incident, "history/"), {"limit": "1", "count": "exact"}).json()
    assert page["count"] == 2
    assert api.get(page["next"]).json()["results"] == [oldest]


@pytest.mark.parametrize(
    ("at", "title"),
    [
        ("2025-04-09", "First"),
        ("2025-04-09T12:00:00Z", "First"),
        ("2025-04-09T15:00:00+03:00", "First"),
        ("2025-04-10T11:59:59", "First"),
        ("2025-04-10", "Second"),
    ],
)
def test_a_court_asks_by_date(api: CheckedClient, incident: Incident, at: str, title: str) -> None:
    assert api.get(address(incident), {"at": at}).json()["title"]["en"] == title


@pytest.mark.parametrize("at", ["2025-04-08", "2025-04-09T11:59:59Z", "0001-01-01"])
def test_before_it_was_published_there_is_nothing(api: CheckedClient, incident: Incident, at: str) -> None:
    assert api.get(address(incident), {"at": at}).status_code == 404


@pytest.mark.parametrize(
    "at",
    [
        "yesterday",
        "2026-W47",
        "2025-W10-3",
        "20250409T1200",
        "2025-13-01",
        "9999-12-31T23:59:59-12:00",
        "٢٠٢٥-٠٤-٠٩",
        "2025-04-09T25:00",
    ],
)
def test_a_moment_that_is_none(api: CheckedClient, incident: Incident, at: str) -> None:
    error = api.get(address(incident), {"at": at}).json()["errors"][0]
    assert error["detail"].endswith("Example: at=2025-04-09.")


@pytest.mark.parametrize("asked", [{"at": "9999-12-31"}, {"at_seq": "2147483647"}, {"at": "2025-04-11T12:00:01Z"}])
@time_machine.travel(datetime(2025, 4, 11, 12, tzinfo=UTC), tick=False)
def test_of_what_is_to_come_nothing_is_said(api: CheckedClient, incident: Incident, asked: dict[str, str]) -> None:
    answer = api.get(address(incident), asked)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] in {"to_come", "beyond_log"}


@pytest.mark.parametrize("at", ["2025-04-11T12:00:00Z", "2025-04-11", "2025-04-12"])
@time_machine.travel(datetime(2025, 4, 11, 12, tzinfo=UTC), tick=False)
def test_a_day_is_none_to_come_once_it_has_begun_somewhere(api: CheckedClient, incident: Incident, at: str) -> None:
    assert api.get(address(incident), {"at": at}).json()["title"] == {"en": "Second"}


def test_at_seq(api: CheckedClient, incident: Incident) -> None:
    newest, oldest = versions(api, incident)
    first = api.get(address(incident), {"at_seq": oldest["seq"]})
    assert (first.json()["title"]["en"], first["ETag"][:3]) == ("First", '"1-')
    assert first["X-Dataset-Seq"] == str(newest["seq"])
    assert api.get(address(incident), {"at_seq": newest["seq"]}).json()["title"]["en"] == "Second"
    if oldest["seq"] > 1:
        assert api.get(address(incident), {"at_seq": oldest["seq"] - 1}).status_code == 404
    both = api.get(address(incident), {"at_seq": "1", "at": "2025-04-09"})
    assert both.json()["errors"][0]["code"] == "contradiction"


def test_a_withdrawn_incident_leaves_a_tombstone(api: CheckedClient, incident: Incident) -> None:
    withdraw(incident, reason_code="correction", reason="It did not happen.")
    answer = api.get(address(incident))
    assert answer.status_code == 410
    problem = answer.json()
    assert problem["type"] == "urn:hid:problem:withdrawn"
    tombstone = problem["tombstone"]
    assert (tombstone["operation"], tombstone["reason_code"]) == ("withdraw", "correction")
    assert str(tombstone["seq"]) in problem["detail"]
    assert api.get(address(incident), {"at": "2025-04-09"}).json()["title"]["en"] == "First"
    assert [each["operation"] for each in versions(api, incident)] == ["withdraw", "publish", "publish"]
    assert api.get("/api/v1/incidents/").json()["results"] == []


def test_withdrawn_for_privacy_no_earlier_state_is_left(api: CheckedClient, incident: Incident) -> None:
    withdraw(incident, reason_code="privacy", reason="A person could be recognised.")
    answer = api.get(address(incident), {"at": "2025-04-09"})
    assert (answer.status_code, answer.json()["type"]) == (410, "urn:hid:problem:redacted")
    assert [each["redacted"] for each in versions(api, incident)] == [False, True, True]


def test_a_redaction_erases_earlier_states_and_keeps_the_current_one(api: CheckedClient, incident: Incident) -> None:
    redact(incident, reason="A name stood in the first version.")
    assert api.get(address(incident)).json()["title"]["en"] == "Second"
    assert api.get(address(incident), {"at": "2025-04-10"}).status_code == 410
    newest, *older = versions(api, incident)
    assert (newest["operation"], newest["redacted"]) == ("redact", False)
    assert all(each["redacted"] for each in older)
    assert api.get(address(incident), {"at_seq": newest["seq"]}).json()["title"]["en"] == "Second"


def test_a_merged_incident_leads_to_the_survivor(api: CheckedClient, incident: Incident) -> None:
    survivor: Incident = IncidentFactory(title={"en": "Survivor"})
    publish([survivor])
    row, _ = merge(survivor=survivor, absorbed=incident, reason="The same event.")
    answer = api.get(address(incident), {"fields": "title"})
    assert (answer.status_code, answer["Location"]) == (308, f"{address(survivor)}?fields=title")
    followed = api.get(address(incident), follow=True)
    assert followed.json()["id"] == str(survivor.public_id)
    assert api.get(address(incident), {"at": "2025-04-09"}).json()["title"]["en"] == "First"
    assert versions(api, incident)[0]["survivor"] == str(survivor.public_id)
    undo_merge(row, reason="Two events of one day.")
    again = api.get(address(incident))
    assert (again.status_code, again.json()["title"]["en"]) == (200, "Second")
    assert versions(api, incident)[0]["reason"] == "The merge was undone: Two events of one day."
