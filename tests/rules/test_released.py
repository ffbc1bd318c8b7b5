"""What was approved takes the step `publish` with whatever decision makes it public; none is taken back in silence."""

from typing import Any

import pytest

from incidents.choices import DecisionAction
from incidents.choices import SubmissionAction as Action
from incidents.models import AuditEntry, Incident, Submission
from incidents.rules.desk import deciding
from incidents.rules.publication import publishing
from incidents.rules.publication.protecting import protect
from incidents.rules.submissions import moderating
from incidents.rules.submissions.authorship import authors
from incidents.rules.submissions.released import PUBLIC_ALREADY
from incidents.rules.submissions.transitions import NotNow
from incidents.rules.trail import editing
from tests.contributions import approved, person, sender, tuwaym, with_reference
from tests.rules.test_disclosure import document_of, fresh

pytestmark = pytest.mark.django_db


def incident_of(submission: Submission) -> Incident:
    incident = fresh(submission).incident
    assert isinstance(incident, Incident)
    return incident


def public(key: str) -> Incident:
    submission = approved(with_reference(key), sender())
    return incident_of(moderating.act(submission, Action.PUBLISH, by=person("lead")))


def claims_on(incident: Incident, value: int) -> dict[str, Any]:
    content = tuwaym(type="claims", incident=None, attributions=None, actors=None, external_reference=None)
    content["claims"][0] |= {"value": value, "cells": []}
    content["sources"][0]["names"] = {"en": {71: "Harbour Watch", 72: "Quarry Union"}[value]}
    content["documents"][0]["title"] = {"en": f"Report number {value}"}
    return content | {"about": str(incident.public_id)}


def correction_of_one_thing_of_two(incident: Incident) -> dict[str, Any]:
    content = correction_of(incident)
    content["correction"]["changes"]["kind"] = incident.kind
    return content


def correction_of(incident: Incident) -> dict[str, Any]:
    said = {"reason": "Misspelt", "changes": {"title": {"en": "Corrected"}}}
    return {"type": "correction", "about": str(incident.public_id), "correction": said}


def decided(action: str, incident: Incident, **details: Any) -> None:
    decision = deciding.propose(
        DecisionAction(action), fresh(incident), by=person("moderator"), reason="Because", details=details
    )
    deciding.confirm(decision, by=person("lead"))


def values(incident: Incident) -> list[int]:
    return [claim["value"] for claim in document_of(incident)["claims"]]


@pytest.mark.parametrize("action", ["publish", "redact"])
def test_what_a_decision_publishes_takes_the_step(action: str) -> None:
    incident = public("one")
    claims = approved(claims_on(incident, 71), sender("Others"))
    correction = approved(correction_of(incident), sender("Others"))
    decided(action, incident)
    assert values(incident) == [31, 71]
    for each in (claims, correction):
        assert fresh(each).state == "published"
        assert fresh(each).publisher is not None
        assert AuditEntry.objects.filter(action="publish", object_id=str(each.public_id)).exists()


def test_a_merge_publishes_what_was_approved_into_either_incident() -> None:
    survivor, absorbed = public("one"), public("two")
    into_survivor = approved(claims_on(survivor, 71), sender("Others"))
    into_absorbed = approved(claims_on(absorbed, 72), sender("Others"))
    decided("merge", survivor, absorbed=str(absorbed.public_id))
    assert sorted(values(survivor)) == [31, 31, 71, 72]
    assert {fresh(into_survivor).state, fresh(into_absorbed).state} == {"published"}


def test_what_was_approved_into_an_unpublished_incident_that_was_merged_is_published_with_the_survivor() -> None:
    survivor, absorbed = (approved(with_reference(key), sender()) for key in ("one", "two"))
    decided("merge", incident_of(survivor), absorbed=str(incident_of(absorbed).public_id))
    assert {fresh(survivor).state, fresh(absorbed).state} == {"approved"}
    reviewer = fresh(absorbed).first_reviewer
    assert reviewer.pk in authors(incident_of(survivor))
    with pytest.raises(NotNow, match="publish the incident itself"):
        moderating.act(fresh(survivor), Action.PUBLISH, by=person("lead"))
    decided("publish", incident_of(survivor))
    assert {fresh(survivor).state, fresh(absorbed).state} == {"published"}


def test_what_is_not_public_after_a_decision_stays_approved() -> None:
    incident = public("one")
    claims = approved(claims_on(incident, 71), sender("Others"))
    severe = fresh(incident)
    severe.sensitivity = "severe"
    editing.save(severe, ["sensitivity"])
    assert protect(severe)
    decided("merge", incident, absorbed=str(public("two").public_id))
    assert fresh(claims).state == "approved"


@pytest.mark.parametrize("action", [Action.REJECT, Action.WITHDRAW, Action.SEND_BACK])
@pytest.mark.parametrize("kind", [claims_on, correction_of])
def test_what_became_public_otherwise_is_not_taken_back_in_silence(kind: Any, action: Action) -> None:
    """As merging, redacting and protecting left it before they stepped what they published."""
    incident = public("one")
    by = sender("Others")
    sent = approved(kind(incident, 71) if kind is claims_on else kind(incident), by)
    before = document_of(incident)
    publishing.publish([fresh(incident)])
    assert document_of(incident) != before
    who = {Action.REJECT: person("moderator"), Action.WITHDRAW: by.author, Action.SEND_BACK: person("lead")}[action]
    with pytest.raises(NotNow) as refused:
        moderating.act(sent, action, by=who, reason="Mine")
    assert str(refused.value) == PUBLIC_ALREADY
    moderating.act(sent, Action.UNDO, by=person("lead"), reason="Theirs to take back")
    content = document_of(incident)
    assert (content["title"], content["claims"]) == (before["title"], before["claims"])


@pytest.mark.parametrize("kind", [claims_on, correction_of, correction_of_one_thing_of_two])
def test_what_is_not_public_is_rejected_also_where_the_incident_was_restricted_since(kind: Any) -> None:
    incident = public("one")
    sent = approved(kind(incident, 71) if kind is claims_on else kind(incident), sender("Others"))
    stored = fresh(incident)
    stored.sensitivity = "moderate"
    editing.save(stored, ["sensitivity"])
    assert protect(stored)
    moderating.act(sent, Action.REJECT, by=person("moderator"), reason="No source")
    assert fresh(sent).state == "rejected"
    assert values(incident) == [31]
