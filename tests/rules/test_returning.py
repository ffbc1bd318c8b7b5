"""What two people withdrew does not come back by one: by undoing an earlier request or by publishing into it."""

from typing import Any

import pytest

from incidents.choices import DecisionAction
from incidents.choices import SubmissionAction as Action
from incidents.models import Incident, Submission
from incidents.rules.desk import deciding
from incidents.rules.publication import publishing
from incidents.rules.submissions import moderating, reverting
from incidents.rules.submissions.transitions import NotNow
from incidents.rules.trail import auditing
from tests import factories
from tests.contributions import approve_version, person, publish_version, sender, tuwaym
from tests.rules.test_undoing import claims_on, public, publish
from tests.rules.test_unsaying import approve, edit, incident_of

pytestmark = pytest.mark.django_db


def request(incident: Incident, reason_code: str = "correction") -> dict[str, Any]:
    said = {"reason_code": reason_code, "reason": "Doubts"}
    return {"type": "withdrawal", "about": str(incident.public_id), "withdrawal": said}


def withdraw(incident: Incident, reason_code: str = "privacy") -> None:
    publishing.withdraw(Incident.objects.get(pk=incident.pk), reason_code=reason_code, reason="Somebody asked")


def undo(submission: Submission) -> Submission:
    return moderating.act(submission, Action.UNDO, by=person("lead"), reason="No doubts")


def test_what_was_withdrawn_for_privacy_since_stays_withdrawn() -> None:
    incident = incident_of(publish(tuwaym(), sender()))
    asked = publish(request(incident), sender("Another"))
    withdraw(incident)
    with pytest.raises(NotNow, match=r"was withdrawn again for privacy on .*, so it stays withdrawn: propose"):
        undo(asked)
    assert public() == {}
    asked.refresh_from_db()
    assert asked.state == "published"


def test_what_was_edited_since_does_not_come_back_with_it() -> None:
    incident = incident_of(publish(tuwaym(), sender()))
    asked = publish(request(incident), sender("Another"))
    edit(incident, person("lead"), title={"en": "Edited by one person"})
    with pytest.raises(NotNow, match="was changed since it was withdrawn, so it stays withdrawn: propose"):
        undo(asked)
    assert public() == {}


def test_a_request_comes_back_without_what_is_undone_with_it() -> None:
    incident, by = incident_of(publish(tuwaym(), sender())), sender("Another")
    before = public()
    publish(claims_on(incident), by)
    publish(request(incident), by)
    own = Submission.objects.filter(organisation=by.organisation)
    done = reverting.undo_all(own, by=person("lead"), reason="The account was not theirs")
    assert (done.undone, done.restated, public()) == (2, [incident], before)


@pytest.mark.parametrize("reason_code", ["privacy", "correction"])
def test_what_was_approved_before_a_withdrawal_is_not_published_after_it(reason_code: str) -> None:
    incident = incident_of(publish(tuwaym(), sender()))
    approved = approve(claims_on(incident), sender("Another"))
    withdraw(incident, reason_code)
    with pytest.raises(NotNow, match=rf"withdrawn for {reason_code} on .*: propose to publish the incident itself"):
        moderating.act(approved, Action.PUBLISH, by=person("lead"))
    assert public() == {}
    decided = deciding.propose(
        DecisionAction.PUBLISH, Incident.objects.get(), by=person("moderator"), reason="It may be public again"
    )
    deciding.confirm(decided, by=person("lead"))
    approved.refresh_from_db()
    assert (approved.state, len(public())) == ("published", 1)


def test_a_new_version_of_what_was_withdrawn_for_privacy_is_not_published_as_any_other() -> None:
    by = sender()
    incident = incident_of(publish_version(tuwaym(), by))
    withdraw(incident)
    again = approve_version(tuwaym(note="Once more", claims=[{**tuwaym()["claims"][0], "value": 33}]), by)
    with pytest.raises(NotNow, match="withdrawn for privacy"):
        moderating.act(again, Action.PUBLISH, by=person("lead"))
    assert public() == {}


def test_a_new_version_of_what_was_withdrawn_to_be_corrected_is_published() -> None:
    by = sender()
    withdraw(incident_of(publish_version(tuwaym(), by)), "correction")
    publish_version(tuwaym(claims=[{**tuwaym()["claims"][0], "value": 33}]), by)
    assert len(public()) == 1


@pytest.mark.parametrize("link", ["scope", "statement"])
def test_what_links_it_with_an_inquiry_since_does_not_come_back_with_it(link: str) -> None:
    incident, inquiry = incident_of(publish(tuwaym(), sender())), factories.InvestigationFactory()
    if link == "statement":
        factories.ScopeFactory(investigation=inquiry, incident=incident)
    publishing.publish([inquiry])
    asked = publish(request(incident), sender("Another"))
    if link == "scope":
        factories.ScopeFactory(investigation=inquiry, incident=incident)
    else:
        claim = incident.claims.get()
        said = factories.StatementFactory(
            by=claim.asserted_by, document=claim.document, kind="denial", answered_by=None
        )
        said.about.add(incident)
        auditing.record(action="create", obj=said, after={"kind": "denial"}, actor=person("lead"))
    with pytest.raises(NotNow, match="was changed since it was withdrawn, so it stays withdrawn: propose"):
        undo(asked)
    assert public() == {}
