"""Publishing, withdrawing, merging, undoing a merge, redacting and lowering a sensitivity take two people."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from incidents.choices import AuditAction
from incidents.choices import DecisionAction as Action
from incidents.models import AuditEntry, Claim, Decision, Incident, Merge, Organisation, Publication, PublicIncident
from incidents.rules.accounts.access import set_role
from incidents.rules.desk import deciding
from incidents.rules.publication import publishing
from incidents.rules.publication.refusing import PublishingError
from incidents.rules.sameness import merging, unmerging
from incidents.rules.submissions.authorship import authors
from incidents.rules.submissions.transitions import NeedsReason, NotAllowed, NotNow
from tests.contributions import person
from tests.factories import AttributionFactory, ClaimFactory, IncidentFactory, InvestigationFactory, SourceFactory

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


@pytest.mark.parametrize("how", ["switched off", "role lowered"])
def test_a_proposal_of_somebody_who_lost_the_right_is_not_confirmed(how: str) -> None:
    """An account that was switched off because it was stolen would be one of the two."""
    moderator = person("moderator")
    decision = deciding.propose(Action.PUBLISH, IncidentFactory(), by=moderator, reason="ok")
    if how == "switched off":
        User.objects.filter(pk=moderator.pk).update(is_active=False)
    else:
        set_role(user=moderator, role="contributor", organisation=Organisation.objects.create(name="Theirs"))
    decision, lead = Decision.objects.get(pk=decision.pk), person("lead")
    assert deciding.why_not_now(decision, lead) == deciding.PROPOSER_GONE
    with pytest.raises(NotNow, match="may propose nothing any more"):
        deciding.confirm(decision, by=lead)
    assert deciding.decline(decision, by=lead, reason="Proposed by a stolen account").state == "declined"


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


def merged(made_by: str = "lead") -> tuple[Incident, Incident, Merge]:
    """Two public incidents that two people merged."""
    survivor, absorbed = public(), public()
    row, _ = merging.merge(survivor, absorbed, reason="One village", by=person(made_by))
    survivor.refresh_from_db()
    return survivor, absorbed, row


def test_a_merge_is_undone_by_two_people() -> None:
    survivor, absorbed, row = merged()
    moderator, lead = person("moderator"), person("lead")
    decision = deciding.propose(Action.UNDO_MERGE, survivor, by=moderator, reason="Two", details={"merge": row.pk})
    assert PublicIncident.objects.count() == 1
    with pytest.raises(NotAllowed, match="lead"):
        deciding.confirm(decision, by=person("moderator"))
    deciding.confirm(decision, by=lead)
    row.refresh_from_db()
    assert (row.undone_by, row.undo_reason) == (lead, "Two")
    absorbed.refresh_from_db()
    assert absorbed.merged_into is None
    assert PublicIncident.objects.count() == 2


def test_who_proposed_to_undo_a_merge_does_not_confirm_it_and_who_made_it_may_propose() -> None:
    survivor, _, row = merged()
    assert row.merged_by is not None
    decision = deciding.propose(Action.UNDO_MERGE, survivor, by=row.merged_by, reason="Two", details={"merge": row.pk})
    with pytest.raises(NotAllowed, match="You proposed it"):
        deciding.confirm(decision, by=row.merged_by)
    deciding.confirm(decision, by=person("lead"))


@pytest.mark.parametrize("which", [0, 1])
def test_who_changed_either_incident_since_does_not_confirm_that_a_merge_is_undone(which: int) -> None:
    *both, row = merged()
    lead, changed = person("lead"), both[which]
    changed.refresh_from_db()
    changed._history_user = lead  # type: ignore[attr-defined]
    changed.save()
    both[0].refresh_from_db()
    decision = deciding.propose(
        Action.UNDO_MERGE, both[0], by=person("moderator"), reason="Two", details={"merge": row.pk}
    )
    with pytest.raises(NotAllowed, match="changed this record"):
        deciding.confirm(decision, by=lead)


@pytest.mark.parametrize("undone", [False, True])
def test_a_merge_and_its_undoing_are_changes_of_who_proposed_them(undone: bool) -> None:
    """Neither incident is public, so that what was decided is still to be published."""
    proposer, confirmer, third = person("lead"), person("lead"), person("moderator")
    survivor, absorbed = IncidentFactory(), IncidentFactory()
    claim, attribution = ClaimFactory(incident=absorbed), AttributionFactory(incident=absorbed)
    action, details = Action.MERGE, {"absorbed": str(absorbed.public_id)}
    if undone:
        action = Action.UNDO_MERGE
        merging.merge(survivor, absorbed, reason="One")
        survivor.refresh_from_db()
    deciding.confirm(deciding.propose(action, survivor, by=proposer, reason="So", details=details), by=confirmer)
    for changed in (survivor, absorbed, claim, attribution):
        changed.refresh_from_db()
        assert changed.history.first().history_user == proposer
    for each in (survivor, absorbed) if undone else (survivor,):
        assert authors(each) == {proposer.pk}
        decision = deciding.propose(Action.PUBLISH, each, by=third, reason="Read again")
        with pytest.raises(NotAllowed, match="changed this record"):
            deciding.confirm(decision, by=proposer)
        assert deciding.confirm(decision, by=confirmer).decided_by == confirmer


def test_who_changed_what_a_merge_or_its_undoing_moved_is_no_second_person_until_it_is_public() -> None:
    lead, keep, gone = person("lead"), IncidentFactory(), IncidentFactory()
    claim = ClaimFactory(incident=gone)
    claim._history_user = lead  # type: ignore[attr-defined]
    claim.save()
    row, _ = merging.merge(survivor=keep, absorbed=gone, reason="The same", by=person("lead"))
    assert lead.pk in authors(keep)
    publishing.publish([keep])
    assert authors(keep) == set()
    other = person("lead")
    claim = Claim.objects.get(pk=claim.pk)
    claim._history_user = other  # type: ignore[attr-defined]
    claim.save()
    unmerging.undo_merge(row, reason="Not the same", by=person("lead"))
    assert other.pk in authors(gone)


def test_who_changed_an_incident_that_was_published_and_merged_since_is_no_author_of_the_survivor() -> None:
    lead, keep, gone = person("lead"), IncidentFactory(), IncidentFactory()
    gone._history_user = lead  # type: ignore[attr-defined]
    gone.save()
    publishing.publish([keep, gone])
    merging.merge(survivor=keep, absorbed=gone, reason="The same", by=person("lead"))
    assert lead.pk not in authors(keep)


def test_the_chain_names_who_confirmed_a_merge_and_its_undoing() -> None:
    proposer, confirmer = person("moderator"), person("lead")
    survivor, absorbed = public(), public()
    for action in (Action.MERGE, Action.UNDO_MERGE):
        details = {"absorbed": str(absorbed.public_id)}
        deciding.confirm(deciding.propose(action, survivor, by=proposer, reason="So", details=details), by=confirmer)
        survivor.refresh_from_db()
    entries = AuditEntry.objects.filter(object_id=survivor.public_id).order_by("seq")
    for deed in (AuditAction.MERGE, AuditAction.UNDO_MERGE):
        done = entries.get(action=deed)
        after = entries.get(seq=done.seq + 1)
        assert (done.actor, after.action, after.actor) == (confirmer, AuditAction.CONFIRM, confirmer)
    assert {each.actor for each in entries.filter(action=AuditAction.PROPOSE)} == {proposer}
    assert {each.actor for each in entries.filter(action=AuditAction.CONFIRM)} == {confirmer}
    row = Merge.objects.get()
    assert (row.merged_by, row.undone_by) == (confirmer, confirmer)


def test_a_merge_that_cannot_be_undone_is_not_proposed_for_it() -> None:
    survivor, absorbed, row = merged()
    above = public()

    def refused(incident: Incident, match: str, **details: object) -> None:
        with pytest.raises(NotNow, match=match):
            deciding.propose(Action.UNDO_MERGE, incident, by=person("moderator"), reason="x", details=details)

    refused(survivor, "Name the merge", merge=row.pk + 99)
    refused(survivor, "Name the merge")
    refused(absorbed, "Name the merge", merge=row.pk)
    later, _ = merging.merge(above, survivor, reason="One")
    survivor.refresh_from_db()
    refused(survivor, "undo that merge first", merge=row.pk)
    unmerging.undo_merge(later, reason="Two")
    unmerging.undo_merge(row, reason="Two")
    survivor.refresh_from_db()
    refused(survivor, "undone already", merge=row.pk)


@pytest.mark.parametrize("which", [0, 1])
def test_a_merge_is_proposed_anew_when_either_incident_changed(which: int) -> None:
    both = public(), public()
    details = {"absorbed": str(both[1].public_id), "take_from_absorbed": ["title"]}
    decision = deciding.propose(Action.MERGE, both[0], by=person("moderator"), reason="One", details=details)
    Incident.objects.filter(pk=both[which].pk).update(version=2)
    with pytest.raises(NotNow, match="changed since"):
        deciding.confirm(decision, by=person("lead"))
    assert not Merge.objects.exists()


@pytest.mark.parametrize("which", [0, 1])
def test_undoing_a_merge_is_proposed_anew_when_either_incident_changed(which: int) -> None:
    *both, row = merged()
    decision = deciding.propose(
        Action.UNDO_MERGE, both[0], by=person("moderator"), reason="Two", details={"merge": row.pk}
    )
    Incident.objects.filter(pk=both[which].pk).update(version=99)
    with pytest.raises(NotNow, match="changed since"):
        deciding.confirm(decision, by=person("lead"))


def test_the_fields_of_a_merge_are_chosen_with_the_proposal() -> None:
    survivor, absorbed = public(), public()
    absorbed.title = {"en": "The better title"}
    absorbed.save()
    details = {"absorbed": str(absorbed.public_id), "take_from_absorbed": ["title"]}
    confirmed(Action.MERGE, survivor, details=details)
    survivor.refresh_from_db()
    assert survivor.title == {"en": "The better title"}


def test_a_merge_that_cannot_be_made_is_not_proposed() -> None:
    survivor, absorbed, _ = merged()
    other = public()

    def refused(incident: Any, match: str, **details: object) -> None:
        with pytest.raises(NotNow, match=match):
            deciding.propose(Action.MERGE, incident, by=person("moderator"), reason="x", details=details)

    absorbed.refresh_from_db()
    refused(other, "Name the incident")
    refused(other, "into itself", absorbed=str(other.public_id))
    refused(other, "merged already", absorbed=str(absorbed.public_id))
    refused(absorbed, "merged already", absorbed=str(other.public_id))
    refused(survivor, "cannot be chosen", absorbed=str(other.public_id), take_from_absorbed=["notes"])
    refused(other, "Name the incident", absorbed="no id")
    refused(SourceFactory(), "Name the incident", absorbed=str(other.public_id))


@pytest.mark.parametrize("factory", [IncidentFactory, InvestigationFactory])
def test_earlier_versions_are_emptied_by_two_people(factory: Any) -> None:
    record = factory()
    with pytest.raises(NotNow, match="nothing to redact"):
        deciding.propose(Action.REDACT, record, by=person("moderator"), reason="A name")
    publishing.publish([record])
    decision = deciding.propose(Action.REDACT, record, by=person("moderator"), reason="It named a witness")
    deciding.confirm(decision, by=person("lead"))
    rows = Publication.objects.filter(object_id=record.public_id).order_by("seq")
    assert [(row.body.document is None) for row in rows] == [True, False]
    assert rows[1].reason == "It named a witness"


def test_only_incidents_and_investigations_are_redacted() -> None:
    source = SourceFactory()
    publishing.publish([source])
    with pytest.raises(NotNow, match="Only incidents and investigations"):
        deciding.propose(Action.REDACT, source, by=person("moderator"), reason="A name")


def test_a_refused_action_leaves_the_proposal_open() -> None:
    incident = public()
    decision = deciding.propose(Action.WITHDRAW, incident, by=person("moderator"), reason="ok")
    publishing.withdraw(incident, reason_code="correction", reason="Meanwhile, by command")
    with pytest.raises(PublishingError):
        deciding.confirm(decision, by=person("lead"))
    decision.refresh_from_db()
    assert decision.state == "proposed"


@pytest.mark.parametrize("code", ["rename", "dependency", "ruleset", "schema", "none"])
def test_a_code_that_only_the_rules_give_is_refused(code: str) -> None:
    with pytest.raises(NotNow, match="new_information, correction, retraction, privacy, typo"):
        deciding.propose(Action.PUBLISH, IncidentFactory(), by=person("moderator"), reason="ok", reason_code=code)


@pytest.mark.parametrize(
    ("action", "longest"),
    [(Action.REDACT, publishing.MAX_REASON), (Action.UNDO_MERGE, publishing.MAX_REASON - len(unmerging.SAID))],
)
def test_a_reason_is_as_long_as_the_log_takes(action: Action, longest: int) -> None:
    with pytest.raises(NeedsReason, match=f"{longest} are the most"):
        deciding.propose(action, public(), by=person("moderator"), reason="x" * (longest + 1))
    with pytest.raises(PublishingError, match="2000 are the most"):
        publishing.redact(public(), reason="x" * 2001)


@pytest.mark.parametrize("reason", ["\u200b", "\u2060 \n", "turned \u202eround", "\x1b[31mred"])
def test_a_reason_is_seen_and_holds_nothing_that_is_not(reason: str) -> None:
    moderator, incident = person("moderator"), IncidentFactory()
    with pytest.raises(NeedsReason):
        deciding.propose(Action.PUBLISH, incident, by=moderator, reason=reason)
    decision = deciding.propose(Action.PUBLISH, incident, by=moderator, reason="ok")
    with pytest.raises(NeedsReason):
        deciding.decline(decision, by=moderator, reason=reason)


def test_what_cannot_be_done_is_not_proposed() -> None:
    moderator, severe = person("moderator"), IncidentFactory(sensitivity="severe")
    with pytest.raises(NotNow, match="allows no public document"):
        deciding.propose(Action.PUBLISH, severe, by=moderator, reason="ok")
    with pytest.raises(NotNow, match="not published"):
        deciding.propose(Action.WITHDRAW, severe, by=moderator, reason="ok")
    claim = ClaimFactory()
    publishing.publish([claim.incident])
    with pytest.raises(NotNow, match="named by published records"):
        deciding.propose(Action.WITHDRAW, claim.asserted_by, by=moderator, reason="ok")


def test_a_sensitivity_is_lowered_before_it_is_published() -> None:
    incident = IncidentFactory(sensitivity="severe")
    confirmed(Action.LOWER_SENSITIVITY, incident, details={"sensitivity": "moderate"})
