"""Columns that several submissions changed are given back in whatever order these are undone or rejected."""

from datetime import date
from itertools import permutations
from typing import Any

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.models import Claim, Incident, Submission
from incidents.rules.submissions import moderating
from incidents.rules.trail.verification import verify_log
from tests.contributions import person, sender, tuwaym
from tests.rules.test_undoing import public, publish
from tests.rules.test_unsaying import approve, correction, incident_of

pytestmark = pytest.mark.django_db
TITLE = tuwaym()["incident"]["title"]


def undo(submission: Submission) -> Submission:
    return moderating.act(submission, Action.UNDO, by=person("lead"), reason="It was right")


def titled(incident: Incident, *titles: str) -> list[dict[str, Any]]:
    return [correction(incident, title={"en": title}) for title in titles]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_corrections_of_one_field_are_undone_one_by_one(order: tuple[int, ...]) -> None:
    incident = incident_of(publish(tuwaym(), sender()))
    before = public()
    sent = [publish(each, sender("Another")) for each in titled(incident, "First", "Second", "Third")]
    for place in order:
        undo(sent[place])
    assert public() == before
    assert Incident.objects.get().title == TITLE
    assert verify_log().sound


def test_an_undone_correction_leaves_the_later_one_as_it_is() -> None:
    incident = incident_of(publish(tuwaym(), sender()))
    first, second = (publish(each, sender("Another")) for each in titled(incident, "First", "Second"))
    undo(first)
    assert Incident.objects.get().title == {"en": "Second"}
    part = second.parts.get(table="Incident")
    assert part.before == {"title": [TITLE, {"en": "Second"}]}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_rejected_corrections_of_one_field_leave_nothing_in_the_record(order: tuple[int, ...]) -> None:
    incident = incident_of(publish(tuwaym(), sender()))
    approved = [approve(each, sender("Another")) for each in titled(incident, "First", "Second")]
    for place in order:
        moderating.act(approved[place], Action.REJECT, by=person("moderator"), reason="It was right")
    assert Incident.objects.get().title == TITLE


def days(first: int, last: int) -> dict[str, Any]:
    return {"dates": {"start_earliest": f"2025-03-{first:02d}", "end_latest": f"2025-03-{last:02d}"}}


def at(latitude: float, longitude: float) -> dict[str, Any]:
    point = {"lat": latitude, "lon": longitude}
    return {"place": {"country": "SYR", "text": "Tuwaym", "precision": "exact", "point": point}}


def period_and_place(incident: Incident) -> tuple[Any, ...]:
    incident.refresh_from_db()
    return incident.start_earliest, incident.end_latest, incident.latitude, incident.longitude, incident.geo_precision


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (days(20, 25), days(20, 28)),
        (days(1, 20), days(15, 20)),
        (at(34.0, 36.0), at(35.0, 36.0)),
        (at(34.0, 36.0), at(34.0, 38.0)),
    ],
)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_period_and_a_place_are_given_back_as_a_whole(
    first: dict[str, Any], second: dict[str, Any], order: tuple[int, int]
) -> None:
    """Else an incident would last from the day of one report to that of another, which nobody said."""
    incident = incident_of(publish(tuwaym(), sender()))
    before, was = public(), period_and_place(incident)
    sent, stood = [], []
    for changes in (first, second):
        sent.append(publish(correction(incident, **changes), sender("Another")))
        stood.append((period_and_place(incident), public()))
    undo(sent[order[0]])
    assert (period_and_place(incident), public()) == stood[1 - order[0]]
    undo(sent[order[1]])
    assert (period_and_place(incident), public()) == (was, before)


def test_what_is_approved_alone_keeps_no_period_in_public() -> None:
    incident = incident_of(publish(tuwaym(), sender()))
    before = public()
    first = publish(correction(incident, **days(20, 25)), sender("Another"))
    approve(correction(incident, **days(20, 28)), sender("A third"))
    undo(first)
    assert public() == before
    assert period_and_place(incident)[:2] == (date(2025, 3, 20), date(2025, 3, 28))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_corrections_that_retract_one_claim_are_undone_in_any_order(order: tuple[int, int]) -> None:
    incident = incident_of(publish(tuwaym(), sender()))
    before, claim = public(), Claim.objects.get()
    sent = []
    for reason in ("It was a typo", "It was another place"):
        content = correction(incident)
        content["correction"] = {"retractions": [{"claim": str(claim.public_id), "reason": reason}], "reason": "Wrong"}
        sent.append(publish(content, sender("Another")))
    undo(sent[order[0]])
    claim.refresh_from_db()
    assert claim.retraction_reason == ("It was another place", "It was a typo")[order[0]]
    undo(sent[order[1]])
    assert public() == before


@pytest.mark.parametrize("action", [Action.REJECT, Action.SEND_BACK])
def test_what_does_not_go_together_with_a_later_edit_is_refused_in_words(action: Action) -> None:
    incident, lead = incident_of(publish(tuwaym(), sender())), person("lead")
    approved = approve(correction(incident, **at(34.0, 36.0)), sender("Another"))
    incident.refresh_from_db()
    Incident.objects.filter(pk=incident.pk).update(start_earliest=date(2025, 3, 6))
    assert moderating.act(approved, action, by=lead, reason="It was right").state != "approved"
