"""Columns that several submissions changed are given back in whatever order these are undone or rejected."""

from itertools import permutations
from typing import Any

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.models import Incident, Submission
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
