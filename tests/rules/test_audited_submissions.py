"""What enters the record by a submission, and leaves it again, is in the audit chain: each record, before and after."""

import json
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from incidents.choices import DecisionAction
from incidents.choices import SubmissionAction as Action
from incidents.models import (
    AdminArea,
    Attribution,
    AuditEntry,
    AuditValues,
    Claim,
    Document,
    Incident,
    Organisation,
    PublicClaim,
    Source,
    Submission,
)
from incidents.rules.desk import deciding
from incidents.rules.submissions import moderating, reverting, submitting
from incidents.rules.submissions.contents import read
from incidents.rules.submissions.entering import enter
from incidents.rules.trail import auditing
from incidents.rules.trail.changes import Changes
from incidents.rules.trail.verification import verify_audit
from tests.contributions import approved, country, person, sender, tuwaym, with_reference
from tests.factories import IncidentFactory, SourceFactory
from tests.rules.test_undoing import INQUIRY, publish

pytestmark = pytest.mark.django_db
OF_THE_RECORD = ("create", "change", "delete")


def told(after: int = 0) -> list[tuple[AuditEntry, dict[str, Any]]]:
    """What the chain says of the record after an entry: the entries with their values."""
    kinds = ("source", "document", "actor", "incident", "claim", "attribution", "investigation")
    entries = AuditEntry.objects.filter(action__in=OF_THE_RECORD, kind__in=kinds, seq__gt=after).order_by("seq")
    return [(each, json.loads(AuditValues.objects.get(pk=each.pk).values or "null")) for each in entries]


def last() -> int:
    return AuditEntry.objects.latest("seq").seq


def correction(incident: Incident, **said: Any) -> dict[str, Any]:
    about = str(incident.public_id)
    return {"type": "correction", "about": about, "correction": {"reason": "As the court found", **said}}


def test_all_that_an_approval_enters_is_told_record_by_record() -> None:
    submission = approved(tuwaym())
    found = {entry.kind: (entry, values) for entry, values in told()}
    assert [entry.action for entry, _ in found.values()] == ["create"] * 6
    incident, claim, source = Incident.objects.get(), Claim.objects.get(), Source.objects.get()
    entry, values = found["incident"]
    assert entry.object_id == str(incident.public_id)
    assert (entry.actor, entry.reason) == (submission.first_reviewer, "Two sources")
    assert values["before"] == {}
    assert values["after"]["title"] == incident.title
    assert values["after"]["start_earliest"] == "2025-03-07"
    assert values["after"]["submission"] == str(submission.public_id)
    act = incident.acts.get()
    assert values["after"]["parts"]["incident_act"][str(act.pk)]["act"] == "massacre"
    entry, values = found["claim"]
    assert entry.object_id == str(claim.public_id)
    assert (values["after"]["value"], values["after"]["asserted_by"]) == (31, source.pk)
    cells = values["after"]["parts"]["claim_cell"].values()
    assert sorted(cell["value"] for cell in cells) == [4, 9]
    assert found["source"][1]["after"]["names"] == {"en": "Civil Peace Group - Seen"}
    assert found["document"][1]["after"]["url"] == "https://example.org/coast"
    assert found["attribution"][1]["after"]["claim"] == claim.pk
    # The step itself comes after what it did.
    assert AuditEntry.objects.latest("seq").action == "approve"
    assert verify_audit().sound


def test_a_trial_and_a_refusal_leave_nothing() -> None:
    submitting.trial(sender(), tuwaym())
    submission = submitting.submit(sender(), tuwaym())
    assert told() == []
    moderating.act(submission, Action.CLAIM, by=person("moderator"))
    Submission.objects.update(content=submission.content | {"claims": [{"measure": "unheard_of"}]})
    with pytest.raises(moderating.REFUSALS):
        moderating.act(submission, Action.APPROVE, by=person("moderator"), reason="ok")
    assert told() == []


def test_a_correction_tells_what_was_there_before() -> None:
    first = publish(tuwaym(), sender())
    assert first.incident is not None
    claim, start = PublicClaim.objects.get().public_id, last()
    before = first.incident.title
    AdminArea.objects.create(pcode="SY05", level=1, country="SYR", parent=country(), names={"en": "Hama"})
    place = {"country": "SYR", "text": "Tuwaym", "precision": "adm1", "areas": ["SY05"]}
    changes = {"title": {"en": "Another title"}, "place": place}
    retractions = [{"claim": str(claim), "reason": "Counted twice"}]
    approved(correction(first.incident, changes=changes, retractions=retractions), sender("Another"))
    (one, values), (other, retracted) = told(start)
    assert (one.action, one.kind, one.object_id) == ("change", "incident", str(first.incident.public_id))
    assert values["before"] == {"title": before, "areas": []}
    assert values["after"]["title"] == {"en": "Another title"}
    assert values["after"]["areas"] == [AdminArea.objects.get(pcode="SY05").pk]
    assert (other.action, other.kind, other.object_id) == ("change", "claim", str(claim))
    assert retracted["before"]["retraction_reason"] == ""
    assert retracted["after"]["retraction_reason"] == "Counted twice"


def test_a_new_version_tells_what_it_changed_and_what_it_added() -> None:
    by = sender()
    first = publish(tuwaym(), by)
    assert first.incident is not None
    start, acts = last(), tuwaym()["incident"]["acts"]
    content = tuwaym()
    content["incident"] |= {"title": {"en": "Another title"}, "acts": [*acts, {**acts[0], "act": "looting"}]}
    approved(content, by)
    ((entry, values),) = told(start)
    assert (entry.action, entry.object_id) == ("change", str(first.incident.public_id))
    assert values["before"] == {"title": first.incident.title}
    (added,) = values["after"]["parts"]["incident_act"].values()
    assert (values["after"]["title"], added["act"]) == ({"en": "Another title"}, "looting")


def test_an_inquiry_is_told_when_it_is_published_with_its_events() -> None:
    submission = publish(INQUIRY, sender())
    assert submission.investigation is not None
    ((entry, values),) = told()
    assert (entry.action, entry.kind, entry.object_id) == (
        "create", "investigation", str(submission.investigation.public_id)
    )  # fmt: skip
    (event,) = values["after"]["parts"]["investigation_event"].values()
    (deadline,) = values["after"]["parts"]["deadline"].values()
    assert (event["kind"], deadline["due_on"]) == ("announced", "2025-04-08")


@pytest.mark.parametrize("step", [Action.UNDO, Action.REJECT, Action.SEND_BACK])
def test_what_is_taken_out_again_is_told_as_it_was(step: Action) -> None:
    submission = publish(tuwaym(), sender()) if step == Action.UNDO else approved(tuwaym())
    entered = {entry.object_id: values["after"] for entry, values in told()}
    start, lead = last(), person("lead")
    moderating.act(submission, step, by=lead, reason="Made up")
    found = told(start)
    assert {entry.action for entry, _ in found} == {"delete"}
    assert {(entry.actor, entry.reason) for entry, _ in found} == {(lead, "Made up")}
    gone = {entry.object_id: values["before"] for entry, values in found}
    assert set(gone) == set(entered)
    for key, before in gone.items():
        said = {name: value for name, value in entered[key].items() if name != "submission"}
        assert before | {"published_sensitivity": ""} == said | {"published_sensitivity": ""}
    assert verify_audit().sound


def test_what_an_undone_correction_gives_back_is_told() -> None:
    first = publish(tuwaym(), sender())
    assert first.incident is not None
    title = first.incident.title
    second = publish(correction(first.incident, changes={"title": {"en": "Another title"}}), sender("Another"))
    start = last()
    moderating.act(second, Action.UNDO, by=person("lead"), reason="It was right")
    ((entry, values),) = told(start)
    assert (entry.action, entry.object_id) == ("change", str(first.incident.public_id))
    assert values["before"] == {"title": {"en": "Another title"}}
    assert values["after"] == {"title": title, "submission": str(second.public_id)}


def test_a_claim_that_goes_leaves_the_attribution_that_named_it_and_that_is_told() -> None:
    first = publish(tuwaym(), sender())
    assert first.incident is not None
    other = Attribution.objects.get()
    second = publish(tuwaym(type="claims", about=str(first.incident.public_id), incident=None, actors=None,
        attributions=None, external_reference=None, claims=[{**tuwaym()["claims"][0], "measure": "injured"}]),
        sender("Another"))  # fmt: skip
    injured = Claim.objects.get(measure="injured")
    Attribution.objects.filter(pk=other.pk).update(claim=injured)
    start = last()
    moderating.act(second, Action.UNDO, by=person("lead"), reason="Made up")
    changed = [(entry.object_id, values) for entry, values in told(start) if entry.kind == "attribution"]
    assert changed == [
        (str(other.public_id), {
            "before": {"claim": injured.pk}, "after": {"claim": None, "submission": str(second.public_id)}
        })
    ]  # fmt: skip


def test_whom_a_name_stands_for_is_told_with_what_was_decided_before() -> None:
    known, moderator = SourceFactory(names={"en": "Civil Peace Group - Seen"}), person("moderator")
    submission = submitting.submit(sender(), tuwaym())
    moderating.act(submission, Action.CLAIM, by=moderator)
    for meant in (known.public_id, None):
        moderating.resolve(submission.parts.get(kind="source"), by=moderator, object_id=meant)
    entries = AuditEntry.objects.filter(action="match").order_by("seq")
    first, second = (json.loads(AuditValues.objects.get(pk=each.pk).values or "") for each in entries)
    waiting = {"pointer": "/sources/0", "outcome": "waiting", "object_id": None}
    matched = waiting | {"outcome": "matched", "object_id": str(known.public_id)}
    assert first == {"before": waiting, "after": matched}
    assert second == {"before": matched, "after": waiting | {"outcome": "kept_as_written"}}


def test_a_lowered_sensitivity_is_told_with_the_one_before() -> None:
    incident, lead = IncidentFactory(sensitivity="high"), person("lead")
    proposed = deciding.propose(
        DecisionAction.LOWER_SENSITIVITY, incident, by=person("moderator"), reason="Known by now",
        details={"sensitivity": "low"},
    )  # fmt: skip
    deciding.confirm(proposed, by=lead)
    ((entry, values),) = told()
    assert (entry.action, entry.object_id, entry.actor) == ("change", str(incident.public_id), lead)
    assert values == {"before": {"sensitivity": "high"}, "after": {"sensitivity": "low"}}


def test_a_witness_is_named_in_values_alone_which_can_be_erased() -> None:
    name = "Tuwaymwitness"
    content = tuwaym()
    content["sources"].append({"key": "witness", "kind": "witness", "names": {"en": name}})
    content["claims"].append({**content["claims"][0], "key": "hers", "asserted_by": "witness", "quote": name})
    submission = approved(content)
    moderating.act(submission, Action.REJECT, by=person("moderator"), reason="Made up")
    assert not Source.objects.exists()
    assert not any(name in json.dumps(row, default=str) for row in AuditEntry.objects.values())
    naming = list(AuditValues.objects.filter(values__contains=name).order_by("pk").values_list("pk", flat=True))
    kinds = list(AuditEntry.objects.filter(pk__in=naming).values_list("action", "kind"))
    assert set(kinds) == {("create", "source"), ("create", "claim"), ("delete", "source"), ("delete", "claim")}
    assert auditing.erase(naming, "She asked for it") == len(naming)
    assert not AuditValues.objects.filter(values__contains=name).exists()
    verdict = verify_audit()
    assert (verdict.sound, verdict.emptied) == (True, len(naming))


def statements_of_undoing(by: submitting.Sender, start: int, number: int) -> int:
    """How many statements undoing so many approved submissions takes."""
    for index in range(number):
        approved(with_reference(f"{start + index}"), by)
    own, lead = Submission.objects.filter(organisation=by.organisation, state="approved"), person("lead")
    with CaptureQueriesContext(connection) as captured:
        assert reverting.undo_all(own, by=lead, reason="Poisoned").undone == number
    return len(captured)


def test_undoing_more_takes_no_statement_more_and_tells_all_of_it() -> None:
    by = sender()
    few = statements_of_undoing(by, 0, 3)
    start = last()
    assert statements_of_undoing(by, 10, 15) <= few
    gone = [entry.kind for entry, _ in told(start) if entry.action == "delete"]
    assert {kind: gone.count(kind) for kind in set(gone)} == {
        "incident": 15, "claim": 15, "attribution": 15, "source": 1, "document": 1, "actor": 1,
    }  # fmt: skip


@pytest.mark.parametrize("number", [1, 30])
def test_telling_of_many_claims_takes_as_many_statements_as_of_one(number: int) -> None:
    claims = [
        {**tuwaym()["claims"][0], "key": f"c{index}", "value": 31 + index, "locator": str(index)}
        for index in range(number)
    ]
    content = tuwaym(claims=claims, attributions=None, actors=None)
    submission, changes = submitting.submit(sender(), content), Changes()
    with transaction.atomic():
        enter(submission, read(content), changes=changes)
        with CaptureQueriesContext(connection) as captured:
            deeds = changes.deeds("ok")
    assert len(deeds) == 3 + number
    assert len(captured) <= 10
    assert (Document.objects.count(), Organisation.objects.count()) == (1, 1)
