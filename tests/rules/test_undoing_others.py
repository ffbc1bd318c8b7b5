"""What was added to, or changed of, something that is undone goes with it."""

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.models import Investigation, PublicInvestigation, Submission, SubmissionStep
from incidents.rules.publication import publishing
from incidents.rules.submissions import moderating, reverting, submitting
from tests.contributions import approved, person, sender, tuwaym
from tests.rules.test_undoing import INQUIRY, public, publish
from tests.rules.test_unsaying import correction, incident_of

pytestmark = pytest.mark.django_db
TITLE = tuwaym()["incident"]["title"]


def undo(submission: Submission) -> Submission:
    return moderating.act(submission, Action.UNDO, by=person("lead"), reason="It was right")


def added(by: submitting.Sender, inquiry: Investigation | None) -> Submission:
    assert inquiry is not None
    events = {"events": [{"kind": "extended", "on": "2025-04-10"}]}
    return publish({"type": "investigation", "about": str(inquiry.public_id), "investigation": events}, by)


def states(by: submitting.Sender) -> list[str]:
    own = Submission.objects.filter(organisation=by.organisation).order_by("pk")
    return list(own.values_list("state", flat=True))


def test_an_inquiry_is_undone_together_with_what_was_added_to_it() -> None:
    by, others = sender(), sender("Another")
    elsewhere = publish(INQUIRY, others)
    first = publish(INQUIRY | {"external_reference": {"scheme": "partner", "key": "inquiry"}}, by)
    added(by, first.investigation)
    added(by, elsewhere.investigation)  # stands in the way of the others, which are undone in halves
    own = Submission.objects.filter(organisation=by.organisation)
    done = reverting.undo_all(own, by=person("lead"), reason="The account was not theirs")
    assert (done.undone, done.withdrawn, states(by)) == (
        2,
        [first.investigation],
        ["withdrawn", "withdrawn", "published"],
    )
    assert PublicInvestigation.objects.get().public_id == elsewhere.investigation.public_id  # type: ignore[union-attr]


def test_what_was_added_to_an_inquiry_that_is_undone_already_is_undone_after_it() -> None:
    by = sender()
    first = publish(INQUIRY, by)
    second = added(sender("Another"), first.investigation)
    undo(first)
    assert undo(second).state == "withdrawn"
    assert not PublicInvestigation.objects.exists()


def test_a_correction_of_what_goes_is_withdrawn_with_it() -> None:
    first = publish(tuwaym(), sender())
    (content,) = [correction(incident_of(first), title={"en": "Corrected"})]
    second = publish(content, sender("Another"))
    undo(first)
    second.refresh_from_db()
    assert (second.state, second.incident, public()) == ("withdrawn", None, {})
    step = SubmissionStep.objects.filter(submission=second).latest("pk")
    assert (step.action, step.reason) == ("undo", "The incident that it was about is undone: It was right")


def test_so_is_one_that_was_approved_and_not_published() -> None:
    """Nothing of it is left that anybody could publish or send back."""
    first = publish(tuwaym(), sender())
    (content,) = [correction(incident_of(first), title={"en": "Corrected"})]
    second = approved(content, sender("Another"))
    undo(first)
    second.refresh_from_db()
    assert (second.state, second.incident, public()) == ("withdrawn", None, {})


def test_a_withdrawal_that_was_asked_for_stays_what_it_was() -> None:
    first = publish(tuwaym(), sender())
    said = {"reason_code": "correction", "reason": "Doubts"}
    asked = publish(
        {"type": "withdrawal", "about": str(incident_of(first).public_id), "withdrawal": said}, sender("Another")
    )
    publishing.publish([incident_of(first)])
    undo(first)
    asked.refresh_from_db()
    assert (asked.state, public()) == ("published", {})
