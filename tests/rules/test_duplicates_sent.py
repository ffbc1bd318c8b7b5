"""What organisations send is compared with the record at once, and again when it is approved."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.models import DuplicateCandidate, Incident, Submission
from incidents.rules.sameness import duplicates
from incidents.rules.sameness.duplicates import not_duplicates
from incidents.rules.submissions import moderating, submitting
from tests import factories
from tests.contributions import person, sender, tuwaym
from tests.stories import id_of, publish_founding_case

DOCS = Path(__file__).parents[2] / "docs" / "submissions.md"
pytestmark = pytest.mark.django_db


def test_what_is_sent_a_second_time_is_scored_at_once_and_again_when_it_is_approved() -> None:
    """Two organisations send Tuwaym: the second is told to the desk as a possible duplicate before anybody searches."""
    first = submitting.submit(sender(), tuwaym())
    assert first.possible_duplicates == []
    desk = person("moderator")
    moderating.act(moderating.act(first, Action.CLAIM, by=desk), Action.APPROVE, by=desk, reason="Two sources")
    entered = Incident.objects.get()
    second = submitting.submit(sender("Other"), tuwaym())
    (found,) = second.possible_duplicates
    assert found["id"] == str(entered.public_id)
    assert found["score"] >= duplicates.PROPOSED_FROM
    assert {"dates", "figures", "text"} <= {reason["part"] for reason in found["reasons"]}
    assert Incident.objects.count() == 1
    second = moderating.act(second, Action.CLAIM, by=desk)
    for part in second.parts.filter(outcome="waiting"):
        moderating.resolve(part, by=desk, object_id=None)
    moderating.act(second, Action.APPROVE, by=desk, reason="Sent by another")
    (pair,) = DuplicateCandidate.objects.all()
    assert (pair.first, pair.decision) == (entered, "open")
    not_duplicates(pair, note="Looked at: two villages of one name.")
    duplicates.propose([entered])
    pair.refresh_from_db()
    assert pair.decision == "not_duplicates"


def as_documented() -> dict[str, Any]:
    """The body of the first request in docs/submissions.md."""
    told = re.search(r"dry_run=true' -d '(\{.*?\})'\n```", DOCS.read_text(), re.DOTALL)
    assert told
    found: dict[str, Any] = json.loads(told[1])
    return found


@pytest.mark.parametrize("precision", [None, "adm1"], ids=["as documented", "labelled as a province"])
@pytest.mark.parametrize("value", [31, 32])
def test_the_documented_example_is_told_as_what_the_demo_holds_already(precision: str | None, value: int) -> None:
    """It tells of Tuwaym, which stands in the seed on days that overlap: published, its dead would count twice."""
    publish_founding_case(only=True)
    content = as_documented()
    content["claims"][0]["value"] = value
    content["incident"]["place"]["precision"] = precision or content["incident"]["place"]["precision"]
    (found,) = submitting.submit(sender(), content).possible_duplicates
    assert found["id"] == str(id_of("incident", "tuwaym"))


def test_a_changed_submission_is_compared_anew() -> None:
    incident = factories.IncidentFactory(
        title={"en": "Killing of villagers of Tuwaym"}, start_earliest=date(2025, 3, 7), end_latest=date(2025, 3, 7)
    )
    factories.ClaimFactory(incident=incident, value=31)
    by = sender()
    far = tuwaym()
    far["incident"]["dates"] = {"start_earliest": "2024-01-01", "end_latest": "2024-01-01"}
    submission = submitting.submit(by, far)
    assert submission.possible_duplicates == []
    changed = submitting.revise(submission, by, tuwaym(), version=1)
    assert [each["id"] for each in Submission.objects.get(pk=changed.pk).possible_duplicates] == [
        str(Incident.objects.get().public_id)
    ]


def test_what_adds_to_a_known_incident_is_no_duplicate_of_it() -> None:
    publish_founding_case(only=True)
    sent = {name: value for name, value in tuwaym().items() if name not in {"incident", "external_reference"}}
    about = id_of("incident", "tuwaym")
    claims = submitting.submit(sender(), sent | {"type": "claims", "about": str(about)})
    assert claims.possible_duplicates == []
