"""Who may decide what is sent: whoever took it, and two people who may, neither of them who sent it."""

import pytest
from django.contrib.auth.models import User

from incidents.choices import SubmissionAction as Action
from incidents.models import Account, Publication
from incidents.rules.submissions import moderating, submitting
from incidents.rules.submissions.transitions import NotAllowed, NotNow
from tests.contributions import approved, person, sender, tuwaym

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("action", [Action.REQUEST_CHANGES, Action.APPROVE, Action.REJECT])
@pytest.mark.parametrize("part", ["sent", "changed"])
def test_nobody_reviews_what_they_sent_or_changed(action: Action, part: str) -> None:
    first = sender()
    moderator = person("moderator", first.organisation)
    theirs = submitting.Sender(first.organisation, moderator)
    submission = submitting.submit(theirs if part == "sent" else first, tuwaym())
    if part == "changed":
        submission = submitting.revise(submission, theirs, tuwaym(note="Read again."), version=None)
    moderating.act(submission, Action.CLAIM, by=moderator)
    with pytest.raises(NotAllowed, match="yourself"):
        moderating.act(submission, action, by=moderator, reason="Two sources")
    another = person("moderator")
    for step in (Action.RELEASE, Action.CLAIM):
        moderating.act(submission, step, by=another)
    assert moderating.act(submission, action, by=another, reason="Two sources").state != "in_review"


@pytest.mark.parametrize("action", [Action.REQUEST_CHANGES, Action.APPROVE, Action.REJECT])
def test_what_somebody_has_in_review_is_decided_by_them_or_given_back(action: Action) -> None:
    submission, first, second = submitting.submit(sender(), tuwaym()), person("moderator"), person("lead")
    moderating.act(submission, Action.CLAIM, by=first)
    with pytest.raises(NotAllowed, match=f"It is with {first}"):
        moderating.act(submission, action, by=second, reason="Two sources")
    moderating.act(submission, Action.RELEASE, by=second)
    moderating.act(submission, Action.CLAIM, by=second)
    with pytest.raises(NotAllowed, match=f"It is with {second}"):
        moderating.act(submission, action, by=first, reason="Two sources")
    assert moderating.act(submission, action, by=second, reason="Two sources").state != "in_review"


@pytest.mark.parametrize("how", ["switched off", "role lowered"])
def test_what_somebody_approved_who_lost_the_right_is_not_published(how: str) -> None:
    """An account that was switched off because it was stolen would be one of the two."""
    submission = approved(tuwaym())
    moderator = submission.first_reviewer
    assert moderator is not None
    if how == "switched off":
        User.objects.filter(pk=moderator.pk).update(is_active=False)
    else:
        Account.objects.filter(user=moderator).update(role="contributor", organisation=submission.organisation)
    lead = person("lead")
    with pytest.raises(NotNow, match="may approve nothing any more"):
        moderating.act(submission, Action.PUBLISH, by=lead)
    moderating.act(submission, Action.SEND_BACK, by=lead, reason="Approved by a stolen account")
    another = person("moderator")
    for action in (Action.RELEASE, Action.CLAIM, Action.APPROVE):
        moderating.act(submission, action, by=another, reason="Two sources")
    assert moderating.act(submission, Action.PUBLISH, by=lead).state == "published"


def test_neither_the_author_nor_the_first_reviewer_publishes() -> None:
    submission = approved(tuwaym())
    moderator = submission.first_reviewer
    assert moderator is not None
    Account.objects.update(role="lead")
    with pytest.raises(NotAllowed, match="second person"):
        moderating.act(submission, Action.PUBLISH, by=User.objects.get(pk=moderator.pk))
    with pytest.raises(NotAllowed, match="second person"):
        moderating.act(submission, Action.PUBLISH, by=User.objects.get(pk=submission.author_id))
    assert not Publication.objects.exists()
