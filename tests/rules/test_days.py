"""Days that no incident can have: refused wherever one is sent, edited or imported, and borne where one is stored."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.utils.timezone import localdate

from incidents.models import Submission
from incidents.models.days import FIRST_DAY, last_day, validate_day, validate_said
from incidents.rules.refusals import Refused
from incidents.rules.sameness.duplicates import candidates_for
from incidents.rules.submissions import submitting
from tests.contributions import publish_version, sender, tuwaym
from tests.factories import IncidentFactory
from tests.rules.published import fresh

pytestmark = pytest.mark.django_db
ABSURD = {
    "/start_earliest": {"start_earliest": "0001-01-01"},
    "/start_latest": {"start_earliest": "2025-03-07", "start_latest": "9999-12-31"},
    "/end_earliest": {"start_earliest": "2025-03-07", "end_earliest": "9999-12-31"},
    "/end_latest": {"start_earliest": "2025-03-07", "end_latest": "9999-12-31"},
}


def test_the_first_and_the_last_day_are_taken_and_their_neighbours_are_not() -> None:
    validate_day(FIRST_DAY)
    validate_day(last_day())
    for day in (date(1799, 12, 31), date(last_day().year + 1, 1, 1)):
        with pytest.raises(ValidationError, match="write one from 1800-01-01 to"):
            validate_day(day)


@pytest.mark.parametrize(("member", "dates"), ABSURD.items())
@pytest.mark.parametrize("take", [submitting.submit, submitting.trial])
def test_year_1_and_year_9999_are_refused_at_the_door(take: Any, member: str, dates: dict[str, str]) -> None:
    content = tuwaym()
    content["incident"]["dates"] = dates
    with pytest.raises(Refused) as refused:
        take(sender(), content)
    assert [fault.pointer for fault in refused.value.faults] == ["/incident/dates" + member]
    assert "is no day of an incident: write one from 1800-01-01" in refused.value.faults[0].detail


@pytest.mark.parametrize("day", ["9999-12-31", "1799-12-31"])
@pytest.mark.parametrize("member", ["as_of", "covers_from", "covers_to"])
def test_a_figure_of_a_day_to_come_is_refused(member: str, day: str) -> None:
    """It would be the latest for ever: what its source says afterwards would be set aside as older."""
    content = tuwaym()
    content["claims"][0][member] = day
    with pytest.raises(Refused) as refused:
        submitting.submit(sender(), content)
    assert [fault.pointer for fault in refused.value.faults] == [f"/claims/0/{member}"]
    assert "write one from 1800-01-01 to" in refused.value.faults[0].detail


def test_so_is_a_document_of_such_a_day_and_an_attribution() -> None:
    content = tuwaym()
    content["documents"][0]["published_on"] = content["attributions"][0]["as_of"] = "2205-03-09"
    with pytest.raises(Refused) as refused:
        submitting.submit(sender(), content)
    assert {fault.pointer for fault in refused.value.faults} == {"/documents/0/published_on", "/attributions/0/as_of"}


def test_a_source_speaks_of_days_up_to_tomorrow() -> None:
    validate_said(localdate() + timedelta(days=1))
    with pytest.raises(ValidationError, match="of which a source can have spoken"):
        validate_said(localdate() + timedelta(days=2))


def test_a_correction_with_such_a_day_is_refused_before_a_moderator_meets_it() -> None:
    incident = publish_version(tuwaym(), by := sender()).incident
    assert incident is not None
    changes = {"dates": {"start_earliest": "2025-03-07", "end_latest": "9999-12-31"}}
    correction = {"changes": changes, "reason": "It goes on"}
    with pytest.raises(Refused) as refused:
        submitting.submit(by, {"type": "correction", "about": str(incident.public_id), "correction": correction})
    assert refused.value.faults[0].pointer == "/correction/changes/dates/end_latest"


def test_one_of_many_with_such_a_day_takes_nothing_from_the_others() -> None:
    absurd = tuwaym(external_reference=None)
    absurd["incident"]["dates"] = ABSURD["/end_latest"]
    results = submitting.submit_many(sender(), [absurd, tuwaym()], atomic=False)
    assert [isinstance(result, Submission) for result in results] == [False, True]


@pytest.mark.parametrize("dates", [(date.min, date.min), (date.max, date.max), (date(2025, 3, 7), date.max)])
def test_an_incident_that_has_such_days_already_is_compared_like_others(dates: tuple[date, date]) -> None:
    start, end = dates
    one, other = (
        IncidentFactory(
            title={"en": "Killing of villagers of Tuwaym"},
            place_text="Tuwaym",
            geo_precision="settlement_unmatched",
            start_earliest=start,
            end_latest=end,
        )
        for _ in range(2)
    )
    assert [each.incident for each in candidates_for(fresh(one))] == [other.pk]
    call_command("find_duplicates")
