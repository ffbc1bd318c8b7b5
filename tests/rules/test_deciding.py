"""Publishing, withdrawing, merging, redacting and lowering a sensitivity take two people."""

import pytest

from incidents.choices import DecisionAction as Action
from incidents.models import Incident, Organisation, Publication, PublicIncident
from incidents.rules import deciding, publishing
from incidents.rules.transitions import NeedsReason, NotAllowed, NotNow
from tests.contributions import person
from tests.factories import IncidentFactory

pytestmark = pytest.mark.django_db


def confirmed(action: Action, incident: Incident, **more: object) -> None:
    decision = deciding.propose(action, incident, by=person("moderator"), reason="Because", **more)  # type: ignore[arg-type]
    deciding.confirm(decision, by=person("lead"))


def public() -> Incident:
    incident = IncidentFactory()
    publishing.publish([incident])
    return incident


def test_it_works() -> None:
    incident = IncidentFactory()
    decision = deciding.propose(Action.PUBLISH, incident, by=person("moderator"), reason="Three sources")
    assert not Publication.objects.exists()
    lead = person("lead")
    decision = deciding.confirm(decision, by=lead)
    assert (decision.state, decision.decided_by) == ("confirmed", lead)
    assert PublicIncident.objects.filter(public_id=incident.public_id).exists()


def test_who_proposed_cannot_confirm() -> None:
    lead = person("lead")
    decision = deciding.propose(Action.PUBLISH, IncidentFactory(), by=lead, reason="ok")
    with pytest.raises(NotAllowed, match="second person"):
        deciding.confirm(decision, by=lead)


def test_who_changed_the_record_cannot_confirm() -> None:
    lead, incident = person("lead"), IncidentFactory()
    incident._history_user = lead  # type: ignore[attr-defined]
    incident.save()
    decision = deciding.propose(Action.PUBLISH, incident, by=person("moderator"), reason="ok")
    with pytest.raises(NotAllowed, match="changed this record"):
        deciding.confirm(decision, by=lead)


def test_a_change_before_publication_binds_nobody_afterwards() -> None:
    lead, incident = person("lead"), IncidentFactory()
    incident._history_user = lead  # type: ignore[attr-defined]
    incident.save()
    publishing.publish([incident])
    decision = deciding.propose(Action.WITHDRAW, incident, by=person("moderator"), reason="ok")
    deciding.confirm(decision, by=lead)
    assert not PublicIncident.objects.exists()


@pytest.mark.parametrize("role", ["contributor", "moderator"])
def test_only_a_lead_confirms(role: str) -> None:
    decision = deciding.propose(Action.PUBLISH, IncidentFactory(), by=person("moderator"), reason="ok")
    with pytest.raises(NotAllowed, match="lead"):
        deciding.confirm(decision, by=person(role, Organisation.objects.create(name="Seen")))


def test_a_record_that_changed_is_proposed_anew() -> None:
    incident = IncidentFactory()
    decision = deciding.propose(Action.PUBLISH, incident, by=person("moderator"), reason="ok")
    Incident.objects.filter(pk=incident.pk).update(version=2)
    with pytest.raises(NotNow, match="changed"):
        deciding.confirm(decision, by=person("lead"))
    deciding.decline(decision, by=person("lead"), reason="It changed")
    with pytest.raises(NotNow, match="declined"):
        deciding.confirm(decision, by=person("lead"))


def test_the_same_is_not_proposed_twice_and_never_without_a_reason() -> None:
    incident = IncidentFactory()
    with pytest.raises(NeedsReason):
        deciding.propose(Action.PUBLISH, incident, by=person("moderator"), reason=" ")
    deciding.propose(Action.PUBLISH, incident, by=person("moderator"), reason="ok")
    with pytest.raises(NotNow, match="already"):
        deciding.propose(Action.PUBLISH, incident, by=person("moderator"), reason="ok")


def test_a_sensitivity_is_lowered_by_two_people() -> None:
    incident = IncidentFactory(sensitivity="high")
    confirmed(Action.LOWER_SENSITIVITY, incident, details={"sensitivity": "low"})
    incident.refresh_from_db()
    assert incident.sensitivity == "low"
    with pytest.raises(NotNow, match="no lower"):
        deciding.propose(
            Action.LOWER_SENSITIVITY, incident, by=person("moderator"), reason="x", details={"sensitivity": "severe"}
        )


def test_two_incidents_are_merged_by_two_people() -> None:
    survivor, absorbed = public(), public()
    confirmed(Action.MERGE, survivor, details={"absorbed": str(absorbed.public_id)})
    absorbed.refresh_from_db()
    assert absorbed.merged_into == survivor


def test_a_refused_action_leaves_the_proposal_open() -> None:
    incident = IncidentFactory(sensitivity="severe")
    decision = deciding.propose(Action.PUBLISH, incident, by=person("moderator"), reason="ok")
    with pytest.raises(publishing.PublishingError):
        deciding.confirm(decision, by=person("lead"))
    decision.refresh_from_db()
    assert decision.state == "proposed"
    incident.refresh_from_db()
    confirmed(Action.LOWER_SENSITIVITY, incident, details={"sensitivity": "moderate"})
