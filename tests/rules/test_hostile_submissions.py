"""What a hostile contributor tries: another record behind a reviewed text, rivals set aside, a look at others' work."""

from typing import Any

import pytest

from incidents.choices import DecisionAction
from incidents.choices import SubmissionAction as Action
from incidents.models import Claim, Incident, PublicIncident
from incidents.rules.desk import deciding
from incidents.rules.publication import publishing
from incidents.rules.refusals import Refused
from incidents.rules.submissions import moderating, submitting
from incidents.rules.submissions.transitions import NotAllowed, NotNow
from tests.contributions import approved, person, sender, tuwaym, with_reference
from tests.factories import IncidentFactory

pytestmark = pytest.mark.django_db


def public(content: Any, by: submitting.Sender) -> Incident:
    done = moderating.act(approved(content, by), Action.PUBLISH, by=person("lead"))
    assert done.incident is not None
    return done.incident


def withdrawal(incident: Incident) -> dict[str, Any]:
    asked = {"reason_code": "privacy", "reason": "A witness asked."}
    return {"type": "withdrawal", "about": str(incident.public_id), "withdrawal": asked}


def claims_on(incident: Incident, **changed: Any) -> dict[str, Any]:
    content = tuwaym(type="claims", incident=None, attributions=None, actors=None, external_reference=None)
    content["claims"][0] |= {"value": 40, "cells": [], **changed}
    return content | {"about": str(incident.public_id)}


def correction(incident: Incident, **changes: Any) -> dict[str, Any]:
    return {
        "type": "correction",
        "about": str(incident.public_id),
        "correction": {"changes": changes, "reason": "A correction"},
    }


def test_a_withdrawal_changed_to_another_record_withdraws_that_one() -> None:
    own, other = public(tuwaym(), sender()), public(with_reference("2"), sender("Another"))
    by = sender("Hostile")
    submission = submitting.submit(by, withdrawal(own))
    submitting.revise(submission, by, withdrawal(other), version=1)
    moderator = person("moderator")
    moderating.act(submission, Action.CLAIM, by=moderator)
    moderating.act(submission, Action.APPROVE, by=moderator, reason="ok")
    moderating.act(submission, Action.PUBLISH, by=person("lead"))
    assert list(PublicIncident.objects.values_list("public_id", flat=True)) == [own.public_id]


def test_confirming_a_publication_does_not_carry_out_a_request_to_withdraw() -> None:
    incident = public(tuwaym(), sender())
    approved(withdrawal(incident), sender("Hostile"))
    Incident.objects.filter(pk=incident.pk).update(grade="confirmed")
    decision = deciding.propose(DecisionAction.PUBLISH, incident, by=person("moderator"), reason="Graded")
    deciding.confirm(decision, by=person("lead"))
    assert PublicIncident.objects.get().grade == "confirmed"


def test_what_was_approved_is_published_with_the_incident() -> None:
    incident = public(tuwaym(), sender())
    waiting = approved(claims_on(incident), sender("Another"))
    incident.refresh_from_db()
    decision = deciding.propose(DecisionAction.PUBLISH, incident, by=person("moderator"), reason="More claims")
    deciding.confirm(decision, by=person("lead"))
    waiting.refresh_from_db()
    assert waiting.state == "published"


def test_a_correction_that_raises_a_sensitivity_publishes_nothing_else_of_it() -> None:
    incident = public(tuwaym(), sender())
    approved(correction(incident, title={"en": "A lie"}, sensitivity="moderate"), sender("Hostile"))
    document = PublicIncident.objects.get().document
    assert "A lie" not in document
    assert Incident.objects.get().sensitivity == "moderate"


def test_undoing_or_withdrawing_it_lowers_no_sensitivity() -> None:
    incident = public(tuwaym(), sender())
    by = sender("Hostile")
    raising = approved(correction(incident, sensitivity="moderate"), by)
    moderating.act(raising, Action.WITHDRAW, by=by.author, reason="No")
    assert Incident.objects.get().sensitivity == "moderate"


def test_nobody_lowers_a_sensitivity_by_sending() -> None:
    incident = public(tuwaym(), sender())
    Incident.objects.update(sensitivity="moderate")
    with pytest.raises(Refused, match="desk"):
        submitting.submit(sender("Hostile"), correction(incident, sensitivity="low"))


def test_what_was_changed_since_is_not_undone() -> None:
    incident = public(tuwaym(), sender())
    first = approved(correction(incident, title={"en": "First"}), sender("Another"))
    Incident.objects.update(title={"en": "Changed by the desk"})
    moderating.act(first, Action.REJECT, by=person("moderator"), reason="No")
    assert Incident.objects.get().title == {"en": "Changed by the desk"}


def test_who_changed_the_incident_does_not_publish_a_submission_into_it() -> None:
    incident = public(tuwaym(), sender())
    waiting = approved(claims_on(incident), sender("Another"))
    lead = person("lead")
    record = Incident.objects.get(pk=incident.pk)
    record.title, record._history_user = {"en": "My own words"}, lead  # type: ignore[attr-defined]
    record.save()
    with pytest.raises(NotAllowed, match="You changed"):
        moderating.act(waiting, Action.PUBLISH, by=lead)


def test_several_approved_into_one_incident_are_published_together() -> None:
    incident = public(tuwaym(), sender())
    first = approved(claims_on(incident), sender("Another"))
    approved(claims_on(incident, value=50), sender("A third"))
    with pytest.raises(NotNow, match="publish the incident itself"):
        moderating.act(first, Action.PUBLISH, by=person("lead"))


def test_who_changed_what_was_sent_counts_as_who_sent_it() -> None:
    by = sender()
    submission = submitting.submit(by, tuwaym())
    colleague = person("lead", by.organisation)
    submitting.revise(submission, submitting.Sender(by.organisation, colleague), tuwaym(note="x"), version=1)
    moderator = person("moderator")
    moderating.act(submission, Action.CLAIM, by=moderator)
    moderating.act(submission, Action.APPROVE, by=moderator, reason="ok")
    with pytest.raises(NotAllowed, match="second person"):
        moderating.act(submission, Action.PUBLISH, by=colleague)


def test_a_dry_run_tells_nothing_of_what_others_sent_and_nobody_published() -> None:
    incident = public(tuwaym(), sender())
    by = sender("Hostile")
    content = claims_on(incident, qualifier="vague", value=None, vague_term="dozens")
    before = submitting.trial(by, content).estimates
    approved(claims_on(incident, value=9_999), sender("Another"))
    assert submitting.trial(by, content).estimates == before
    assert before


def test_a_trial_publishes_nothing_even_where_it_raises_a_sensitivity() -> None:
    incident = public(tuwaym(), sender())
    before = PublicIncident.objects.get().version
    submitting.submit(sender("Hostile"), correction(incident, sensitivity="high"))
    assert PublicIncident.objects.get().version == before


def test_a_rival_is_not_set_aside_by_another_source() -> None:
    incident = public(tuwaym(), sender())
    rival = Claim.objects.get()
    content = claims_on(incident, value=3, supersedes=str(rival.public_id))
    content["sources"][0]["names"] = {"en": "Ministry of something else"}
    with pytest.raises(Refused, match="same source"):
        submitting.submit(sender("Hostile"), content)
    elsewhere = public(with_reference("2"), sender("Another"))
    with pytest.raises(Refused, match="another incident"):
        submitting.submit(sender("Hostile"), claims_on(elsewhere, relays=str(rival.public_id)))


def test_a_name_that_is_public_is_not_made_confidential_in_passing() -> None:
    by = sender()
    public(tuwaym(), by)
    content = with_reference("2")
    content["sources"][0]["confidential"] = True
    with pytest.raises(Refused, match="public source"):
        submitting.submit(by, content)


def test_a_step_that_is_none_is_refused() -> None:
    submission = submitting.submit(sender(), tuwaym())
    for action in (Action.SUBMIT, Action.REVISE):
        (result,) = moderating.act_on_many([submission.public_id], action, by=person("moderator"))
        assert result.refusal is not None


def test_a_name_in_a_hundred_thousand_languages_and_a_point_beyond_numbers_are_refused() -> None:
    content = tuwaym()
    content["sources"][0]["names"] = {f"aa-AA{number:06d}": "x" for number in range(100_000)}
    with pytest.raises(Refused, match="languages at most"):
        submitting.submit(sender(), content)
    content = tuwaym()
    content["incident"]["place"]["point"] = {"lat": 10**400, "lon": 1}
    with pytest.raises(Refused):
        submitting.submit(sender(), content)


def test_a_merge_is_not_confirmed_by_who_changed_what_is_absorbed() -> None:
    kept, gone, lead = IncidentFactory(), IncidentFactory(), person("lead")
    publishing.publish([kept])
    gone.title, gone._history_user = {"en": "My own words"}, lead  # type: ignore[attr-defined]
    gone.save()
    decision = deciding.propose(
        DecisionAction.MERGE, kept, by=person("moderator"), reason="One", details={"absorbed": str(gone.public_id)}
    )
    with pytest.raises(NotAllowed, match="changed this record"):
        deciding.confirm(decision, by=lead)
