"""What was approved into an incident and is refused after a merge leaves the survivor that took it over too."""

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.models import Incident, Merge, Submission
from incidents.rules.sameness import merging, unmerging
from incidents.rules.submissions import moderating
from tests.contributions import approved, person, sender, with_reference
from tests.rules.published import fresh
from tests.rules.test_unsaying import incident_of

pytestmark = pytest.mark.django_db


def entered(key: str, by: str = "Good") -> Submission:
    """Approved into the record and not public; its title is its key."""
    content = with_reference(key)
    content["incident"] |= {"title": {"en": key}}
    return approved(content, sender(by))


def merged(survivor: Incident, absorbed: Incident, *names: str) -> Merge:
    return merging.merge(fresh(survivor), fresh(absorbed), reason="One", take_from_absorbed=names)[0]


def refuse(submission: Submission, action: Action = Action.REJECT) -> None:
    stored = Submission.objects.get(pk=submission.pk)
    by = stored.author if action == Action.WITHDRAW else person("lead")
    assert by is not None
    moderating.act(stored, action, by=by, reason="Made up")


def titles(*incidents: Incident) -> list[str]:
    return [fresh(each).title["en"] for each in incidents]


@pytest.mark.parametrize("action", [Action.REJECT, Action.SEND_BACK, Action.WITHDRAW])
def test_a_refused_incident_takes_what_the_survivor_took_of_it(action: Action) -> None:
    kept, gone = entered("kept"), entered("gone", "Hasty")
    merge = merged(incident_of(kept), incident_of(gone), "title")
    assert titles(incident_of(kept)) == ["gone"]
    refuse(gone, action)
    assert titles(incident_of(kept)) == ["kept"]
    unmerging.undo_merge(Merge.objects.get(pk=merge.pk), reason="They are two")
    assert titles(incident_of(kept)) == ["kept"]


def test_it_leaves_a_chain_of_merges() -> None:
    first, second, third = entered("first"), entered("second"), entered("third", "Hasty")
    merged(incident_of(second), incident_of(third), "title")
    merged(incident_of(first), incident_of(second), "title")
    assert titles(incident_of(first)) == ["third"]
    refuse(third)
    assert titles(incident_of(first), incident_of(second)) == ["second", "second"]


def test_a_refused_survivor_does_not_keep_what_was_merged_into_it_from_being_found() -> None:
    kept, gone = entered("kept", "Hasty"), entered("gone")
    merged(incident_of(kept), incident_of(gone))
    refuse(kept)
    assert Incident.objects.filter(pk=incident_of(gone).pk).exists()
