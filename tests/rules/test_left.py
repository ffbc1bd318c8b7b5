"""What was published of a record that is gone since can be emptied for privacy, by two people."""

from typing import Any

import pytest
from django.test import Client

from incidents.choices import DecisionAction as Do
from incidents.choices import SubmissionAction as Action
from incidents.models import AuditEntry, Decision, Incident, Publication
from incidents.rules.desk import deciding
from incidents.rules.desk.left import record_or_left
from incidents.rules.publication import publishing
from incidents.rules.submissions import moderating
from incidents.rules.submissions.transitions import NotAllowed, NotNow
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.contributions import approved, person, sender, tuwaym
from tests.rules.published import all_public_text

pytestmark = pytest.mark.django_db
NAME = "AHMADTHEWITNESS"


def undone() -> dict[str, Any]:
    """{kind: public id} of what was published with a name in it, and then undone by a lead."""
    content = tuwaym()
    content["incident"]["title"] = {"en": f"{NAME} was killed"}
    content["documents"][0]["title"] = {"en": f"Told by {NAME}"}
    content["sources"][0]["names"] = {"en": f"Friends of {NAME}"}
    submission = moderating.act(approved(content, sender()), Action.PUBLISH, by=person("lead"))
    moderating.act(submission, Action.UNDO, by=person("lead"), reason="The account was not theirs")
    assert not Incident.objects.exists()
    return dict(Publication.objects.values_list("kind", "object_id"))


def empty(kind: str, key: Any, action: Do = Do.WITHDRAW) -> None:
    record = record_or_left(kind, key)
    assert record is not None
    code = "privacy" if action == Do.WITHDRAW else None
    decision = deciding.propose(action, record, by=person("moderator"), reason="Named", reason_code=code)
    deciding.confirm(decision, by=person("lead"))


@pytest.mark.parametrize("action", [Do.WITHDRAW, Do.REDACT])
def test_two_people_empty_what_was_published_of_an_incident_that_is_gone(client: Client, action: Do) -> None:
    key = undone()["incident"]
    seq = Publication.objects.filter(object_id=key).earliest("seq").seq
    earlier = f"/api/v1/incidents/{key}/?at_seq={seq}"
    assert NAME in client.get(earlier).content.decode()
    empty("incident", key, action)
    assert NAME not in client.get(earlier).content.decode()
    rows = client.get(f"/api/v1/incidents/{key}/history/").json()["results"]
    assert all(row["redacted"] for row in rows if row["operation"] == "publish")
    assert verify_log().sound


def test_what_only_the_incident_named_is_emptied_with_it() -> None:
    ids = undone()
    empty("incident", ids["incident"])
    assert NAME not in all_public_text()
    for kind in ("incident", "document", "source"):
        assert record_or_left(kind, ids[kind]) is None


@pytest.mark.parametrize("kind", ["document", "source"])
def test_a_document_and_a_source_are_emptied_by_themselves(kind: str) -> None:
    key = undone()[kind]
    empty(kind, key)
    bodies = Publication.objects.filter(object_id=key).values_list("body__document", flat=True)
    assert set(bodies) == {None}
    assert verify_log().sound


def test_one_person_alone_cannot() -> None:
    record, lead = record_or_left("incident", undone()["incident"]), person("lead")
    assert record is not None
    decision = deciding.propose(Do.WITHDRAW, record, by=lead, reason="Named", reason_code="privacy")
    with pytest.raises(NotAllowed, match="second person"):
        deciding.confirm(decision, by=lead)
    assert deciding.why_not_now(decision, person("lead")) == ""
    assert NAME in all_public_text()


def test_nothing_else_is_done_to_what_is_gone() -> None:
    record = record_or_left("incident", undone()["incident"])
    assert record is not None
    for action, code in ((Do.PUBLISH, None), (Do.WITHDRAW, "correction"), (Do.LOWER_SENSITIVITY, None)):
        with pytest.raises(NotNow, match="not in the record any more"):
            deciding.propose(action, record, by=person("moderator"), reason="Named", reason_code=code)


def test_what_was_proposed_for_a_record_that_went_meanwhile_is_refused() -> None:
    submission = moderating.act(approved(tuwaym(), sender()), Action.PUBLISH, by=person("lead"))
    assert submission.incident is not None
    decision = deciding.propose(
        Do.WITHDRAW, submission.incident, by=person("moderator"), reason="Doubts", reason_code="correction"
    )
    moderating.act(submission, Action.UNDO, by=person("lead"), reason="The account was not theirs")
    with pytest.raises(NotNow, match="not there any more"):
        deciding.confirm(decision, by=person("lead"))


def test_an_inquiry_is_emptied() -> None:
    inquiry = factories.InvestigationFactory(names={"en": f"Inquiry into {NAME}"})
    publishing.publish([inquiry])
    publishing.withdraw(inquiry, reason_code="correction", reason="Told twice")
    inquiry.delete()
    assert NAME in all_public_text()
    empty("investigation", inquiry.public_id, Do.REDACT)
    assert NAME not in all_public_text()
    assert verify_log().sound


def test_a_perpetrator_is_emptied_in_the_incidents_that_named_it_too() -> None:
    actor = factories.ActorFactory(names={"en": f"Men of {NAME}"})
    incident = factories.AttributionFactory(actor=actor).incident
    publishing.publish([incident])
    publishing.withdraw(incident, reason_code="correction", reason="Told twice")
    incident.delete()
    actor.delete()
    assert NAME in all_public_text()
    empty("perpetrator", actor.public_id)
    assert NAME not in all_public_text()
    assert record_or_left("perpetrator", actor.public_id) is None
    assert verify_log().sound


def test_it_stands_in_the_audit_chain_and_in_the_log() -> None:
    key = undone()["incident"]
    empty("incident", key)
    said = list(AuditEntry.objects.filter(object_id=str(key)).order_by("seq").values_list("action", flat=True))
    assert said[-3:] == ["propose", "redact", "confirm"]
    row = Publication.objects.filter(object_id=key).latest("seq")
    assert (row.reason_code, row.reason) == ("privacy", "Named")


def test_a_second_proposal_is_refused_and_one_that_came_too_late_can_be_declined() -> None:
    key = undone()["incident"]
    record = record_or_left("incident", key)
    assert record is not None
    late = deciding.propose(Do.REDACT, record, by=person("moderator"), reason="Named")
    with pytest.raises(NotNow, match="is proposed for it already"):
        deciding.propose(Do.REDACT, record, by=person("moderator"), reason="Named")
    empty("incident", key)
    lead = person("lead")
    assert "not there any more" in deciding.why_not_now(Decision.objects.get(pk=late.pk), lead)
    with pytest.raises(NotNow, match="not there any more"):
        deciding.confirm(late, by=lead)
    assert deciding.decline(late, by=lead, reason="Done by another").state == "declined"
