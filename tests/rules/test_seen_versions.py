"""What changes what publishing an incident would show moves its version: a decision proposed before falls."""

from typing import Any

import pytest

from incidents.choices import DecisionAction
from incidents.choices import SubmissionAction as Action
from incidents.models import Decision, Incident
from incidents.rules.desk import deciding
from incidents.rules.submissions import moderating
from incidents.rules.submissions.transitions import NotNow
from tests.contributions import approved, person, sender
from tests.factories import AdminAreaFactory
from tests.rules.test_disclosure import fresh
from tests.rules.test_released import claims_on, correction_of, decided, public

pytestmark = pytest.mark.django_db


def proposed(incident: Incident) -> Decision:
    return deciding.propose(DecisionAction.PUBLISH, fresh(incident), by=person("moderator"), reason="As it stands")


def falls(decision: Decision) -> None:
    with pytest.raises(NotNow, match="changed since this was proposed"):
        deciding.confirm(decision, by=person("lead"))


def retraction_of(incident: Incident) -> dict[str, Any]:
    claim = incident.claims.order_by("pk").first()
    assert claim is not None
    said = {"reason": "Wrong", "retractions": [{"claim": str(claim.public_id), "reason": "Counted twice"}]}
    return {"type": "correction", "about": str(incident.public_id), "correction": said}


def areas_of(incident: Incident) -> dict[str, Any]:
    place = {"country": "SYR", "text": "Tuwaym", "precision": "adm1", "areas": [AdminAreaFactory(pcode="SY06").pcode]}
    said = {"reason": "Found", "changes": {"place": place}}
    return {"type": "correction", "about": str(incident.public_id), "correction": said}


@pytest.mark.parametrize("correction", [retraction_of, areas_of, correction_of])
def test_a_correction_that_is_approved_and_one_that_is_rejected_again(correction: Any) -> None:
    incident = public("one")
    before = proposed(incident)
    sent = approved(correction(incident), sender("Others"))
    falls(before)
    deciding.decline(before, by=person("lead"), reason="It changed")
    between = proposed(incident)
    moderating.act(sent, Action.REJECT, by=person("moderator"), reason="No source")
    falls(between)


@pytest.mark.parametrize("action", [Action.REJECT, Action.WITHDRAW, Action.SEND_BACK, Action.UNDO])
def test_claims_that_are_taken_out_of_the_record(action: Action) -> None:
    incident, by = public("one"), sender("Others")
    sent = approved(claims_on(incident, 71), by)
    version = fresh(incident).version
    before = proposed(incident)
    roles = {Action.REJECT: "moderator", Action.SEND_BACK: "lead", Action.UNDO: "lead"}
    moderating.act(sent, action, by=person(roles[action]) if action in roles else by.author, reason="Mine")
    falls(before)
    assert fresh(incident).version == version + 1
    assert fresh(incident).history.latest().version == version + 1


def test_claims_that_are_taken_out_of_an_incident_that_theirs_was_merged_into() -> None:
    survivor, absorbed = public("one"), public("two")
    sent = approved(claims_on(absorbed, 72), sender("Others"))
    decided("merge", survivor, absorbed=str(absorbed.public_id))
    before = proposed(survivor)
    moderating.act(fresh(sent), Action.UNDO, by=person("lead"), reason="Not theirs")
    falls(before)
