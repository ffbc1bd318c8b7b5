"""A batch, or all that an organisation sent in a period, is undone at once, with a result for each."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents.choices import SubmissionAction as Action
from incidents.models import (
    AuditEntry,
    Claim,
    Incident,
    Organisation,
    Publication,
    PublicIncident,
    PublicInvestigation,
    Submission,
    SubmissionStep,
)
from incidents.rules.publication.reindexing import reindex
from incidents.rules.sameness import merging
from incidents.rules.submissions import moderating, reverting, submitting
from incidents.rules.submissions.reverting import Reverted
from incidents.rules.submissions.transitions import NeedsReason, NotAllowed, NotNow
from incidents.rules.trail.verification import verify_log
from tests.contributions import person, publish_version, sender, tuwaym, with_reference
from tests.rules.test_undoing import INQUIRY, claims_on, public, publish

pytestmark = pytest.mark.django_db


def undo_period(organisation: Organisation, **more: Any) -> Reverted:
    now = timezone.now()
    found = reverting.of_period(organisation, now - timedelta(hours=1), now + timedelta(hours=1))
    return reverting.undo_all(found, **{"by": person("lead"), "reason": "Poisoned", **more})


def problems(reverted: Reverted) -> list[str]:
    return ["" if each.refusal is None else str(each.refusal) for each in reverted.results]


def test_all_of_a_period_is_undone_by_a_lead_at_once() -> None:
    by = sender()
    kept = publish(tuwaym(), sender("Another"))
    before = public()
    sent = [publish(with_reference(str(number)), by) for number in range(3)]
    sent.append(submitting.submit(by, with_reference("waiting")))
    gone = [each.incident for each in sent[:3]]
    done = undo_period(by.organisation)
    assert [each.id for each in done.results] == [each.public_id for each in sent]
    assert (done.undone, problems(done)) == (4, [""] * 4)
    assert {each.submission.state for each in done.results if each.submission} == {"withdrawn"}
    assert (done.withdrawn, done.restated) == (gone, [])
    assert public() == before
    assert Incident.objects.get() == kept.incident
    assert set(Submission.objects.filter(organisation=by.organisation).values_list("state", flat=True)) == {"withdrawn"}
    assert verify_log().sound
    assert reindex(check=True) == {}


def test_a_period_begins_with_its_start_and_ends_before_its_end() -> None:
    by = sender()
    first, second, third = (submitting.submit(by, with_reference(str(number))) for number in range(3))
    submitting.submit(sender("Another"), tuwaym())
    assert list(reverting.of_period(by.organisation, first.created_at, third.created_at).order_by("pk")) == [
        first,
        second,
    ]


def test_what_is_changed_in_a_period_is_undone_with_it_and_what_is_changed_later_is_told() -> None:
    by = sender()
    first, second = (submitting.put(by, "partner", key, with_reference(key))[0] for key in "ab")
    start = timezone.now()
    for key in "bc":
        submitting.put(by, "partner", key, with_reference(key, note="Poisoned"))
    third, end = Submission.objects.latest("pk"), timezone.now()
    submitting.put(by, "partner", "c", with_reference("c", note="By the owner again"))
    found = reverting.of_period(by.organisation, start, end)
    assert [(each.pk, vars(each)["changed_later"]) for each in found.order_by("pk")] == [
        (second.pk, False),
        (third.pk, True),
    ]
    done = reverting.undo_all(found, by=person("lead"), reason="The account was not theirs")
    assert (done.undone, done.changed_later) == (2, [third.public_id])
    first.refresh_from_db()
    assert first.state == "submitted"
    assert list(reverting.of_period(by.organisation, end, timezone.now())) == [third]


def test_a_batch_is_undone_and_nothing_beside_it() -> None:
    by = sender()
    beside = submitting.submit(by, tuwaym())
    sent = submitting.submit_many(by, [with_reference(key) for key in "ab"], atomic=True)
    batch = sent[0].batch if isinstance(sent[0], Submission) else None
    assert batch is not None
    assert reverting.undo_all(reverting.of_batch(batch), by=person("lead"), reason="Sent by mistake").undone == 2
    beside.refresh_from_db()
    assert beside.state == "submitted"
    assert reverting.undo_all(reverting.of_batch(uuid4()), by=person("lead"), reason="x").results == []


def test_versions_of_an_incident_are_undone_together_with_the_claims_that_supersede_each_other() -> None:
    by = sender()
    for value in (31, 32, 33):
        publish_version(tuwaym(claims=[{**tuwaym()["claims"][0], "value": value}]), by)
    assert Claim.objects.exclude(supersedes=None).count() == 2
    done = undo_period(by.organisation)
    assert (done.undone, len(done.withdrawn), done.restated) == (3, 1, [])
    assert (Incident.objects.count(), Claim.objects.count(), PublicIncident.objects.count()) == (0, 0, 0)


def corrected(by: submitting.Sender, incident: Incident, **changes: Any) -> None:
    correction = {"changes": changes, "reason": "Typo"}
    publish({"type": "correction", "about": str(incident.public_id), "correction": correction}, by)


def test_corrections_are_undone_together_to_what_stood_before_the_first_of_them() -> None:
    by = sender()
    incidents = [publish(with_reference(key), sender("Another")).incident for key in "abc"]
    before = public()

    def statements(some: list[Any]) -> int:
        for incident in some:
            corrected(by, incident, title={"en": "First"}, civilian_targeting=True)
            corrected(by, incident, title={"en": "Second"})
        own = Submission.objects.filter(organisation=by.organisation, state="published")
        with CaptureQueriesContext(connection) as captured:
            done = reverting.undo_all(own, by=person("lead"), reason="Poisoned")
        assert (done.undone, done.withdrawn, done.restated) == (2 * len(some), [], some)
        return len(captured)

    # Of each it is read what its document said before.
    assert statements(incidents[:1]) + 3 >= statements(incidents[1:])
    assert public() == before
    for incident in incidents:
        assert incident is not None
        last, corrected_version = incident.history.order_by("-pk")[:2]
        assert (last.history_type, last.version, last.title) == ("~", corrected_version.version + 1, incident.title)
        assert set(last.history_change_reason.split()[1:]) == {"civilian_targeting", "title"}


def test_only_a_lead_undoes_and_only_with_a_reason() -> None:
    by = sender()
    publish(tuwaym(), by)
    for role in ("contributor", "moderator"):
        with pytest.raises(NotAllowed, match="lead"):
            undo_period(by.organisation, by=person(role, by.organisation))
    with pytest.raises(NeedsReason):
        undo_period(by.organisation, reason=" ")
    assert PublicIncident.objects.count() == 1


def test_what_a_lead_approved_is_left_to_a_second_person_and_the_rest_is_undone() -> None:
    by, lead = sender(), person("lead")
    publish(with_reference("other"), by)
    approved = submitting.submit(by, tuwaym())
    moderating.act(approved, Action.CLAIM, by=lead)
    moderating.act(approved, Action.APPROVE, by=lead, reason="ok")
    approved = moderating.act(approved, Action.PUBLISH, by=person("lead"))
    assert approved.incident is not None
    done = undo_period(by.organisation, by=lead)
    first, second = problems(done)
    assert (first, done.undone) == ("", 1)
    assert "A second person does this" in second
    assert PublicIncident.objects.get().public_id == approved.incident.public_id
    assert undo_period(by.organisation).undone == 1
    assert not PublicIncident.objects.exists()


def test_what_is_over_has_nothing_to_undo() -> None:
    by = sender()
    publish(tuwaym(), by)
    undo_period(by.organisation)
    rows = Publication.objects.count()
    (problem,) = problems(undo_period(by.organisation))
    assert "It is withdrawn" in problem
    assert Publication.objects.count() == rows


def test_one_that_cannot_be_undone_does_not_keep_the_others() -> None:
    by = sender()
    inquiry = publish(INQUIRY, sender("Another"))
    assert inquiry.investigation is not None
    added = INQUIRY | {"about": str(inquiry.investigation.public_id)}
    added["investigation"] = {"events": [{"kind": "extended", "on": "2025-04-10"}]}
    publish(with_reference("1"), by)
    publish(added, by)
    publish(with_reference("2"), by)
    done = undo_period(by.organisation)
    first, second, third = problems(done)
    assert (first, third, done.undone) == ("", "", 2)
    assert "never rewritten" in second
    assert not PublicIncident.objects.exists()
    assert '"extended"' in PublicInvestigation.objects.get().document
    states = list(
        Submission.objects.filter(organisation=by.organisation).order_by("pk").values_list("state", flat=True)
    )
    assert states == ["withdrawn", "published", "withdrawn"]


def test_what_stands_in_the_way_of_one_leaves_the_incident_that_several_speak_of_as_if_undone_together() -> None:
    """Halves are undone by themselves, what was sent last first: an incident goes after what was said of it."""
    by = sender()
    first = publish(tuwaym(), by)
    assert first.incident is not None
    publish(claims_on(first.incident), by)
    inquiry = publish(INQUIRY, sender("Another"))
    assert inquiry.investigation is not None
    added = INQUIRY | {"about": str(inquiry.investigation.public_id)}
    added["investigation"] = {"events": [{"kind": "extended", "on": "2025-04-10"}]}
    publish(added, by)
    done = undo_period(by.organisation)
    assert (done.undone, done.withdrawn, done.restated) == (2, [first.incident], [])
    assert not Incident.objects.exists()
    assert not PublicIncident.objects.exists()


def test_a_dry_run_says_what_would_be_and_changes_nothing() -> None:
    by, others = sender(), sender("Another")
    spoken_of = publish(tuwaym(), others)
    assert spoken_of.incident is not None
    publish(claims_on(spoken_of.incident), by)
    alone = publish(with_reference("alone"), by)
    before, rows, steps = public(), Publication.objects.count(), SubmissionStep.objects.count()
    entries, claims = AuditEntry.objects.count(), Claim.objects.count()
    tried = undo_period(by.organisation, dry_run=True)
    assert (public(), Publication.objects.count(), SubmissionStep.objects.count()) == (before, rows, steps)
    assert (AuditEntry.objects.count(), Claim.objects.count()) == (entries, claims)
    assert set(reverting.of_period(by.organisation, alone.created_at, timezone.now()).values_list("state")) == {
        ("published",)
    }
    done = undo_period(by.organisation)
    for each in (tried, done):
        assert (each.undone, each.withdrawn, each.restated) == (2, [alone.incident], [spoken_of.incident])
    assert public() != before


def test_what_was_merged_into_another_incident_leaves_that_one_too() -> None:
    kept, poisoned = publish(tuwaym(), sender("Another")), publish(with_reference("2"), sender())
    assert kept.incident is not None
    assert poisoned.incident is not None
    before = public()[str(kept.incident.public_id)]
    merging.merge(kept.incident, poisoned.incident, reason="One village")
    (merged,) = public().values()
    assert len(merged["claims"]) == 2
    done = undo_period(poisoned.organisation)
    assert (done.undone, done.restated) == (1, [kept.incident])
    (left,) = public().values()
    assert left["claims"] == before["claims"]
    assert left["estimates"] == before["estimates"]


def test_more_than_can_be_undone_at_once_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    by = sender()
    for number in range(3):
        submitting.submit(by, with_reference(str(number)))
    monkeypatch.setattr(reverting, "MOST_UNDONE", 2)
    with pytest.raises(NotNow, match="shorter period"):
        undo_period(by.organisation)
    monkeypatch.setattr(reverting, "MOST_UNDONE", 3)
    assert undo_period(by.organisation).undone == 3


def test_each_submission_more_takes_no_query_more() -> None:
    by = sender()

    def queries(number: int, start: int) -> int:
        for index in range(number):
            submitting.submit(by, with_reference(str(start + index)))
        lead = person("lead")
        with CaptureQueriesContext(connection) as captured:
            assert undo_period(by.organisation, by=lead).undone == number
        return len(captured)

    few = queries(3, 0)
    assert queries(20, 10) <= few
