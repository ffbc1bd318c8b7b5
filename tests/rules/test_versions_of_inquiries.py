"""An inquiry that is sent again: what stands in the record already is not entered twice, and what is new is added."""

import json
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from incidents.choices import SubmissionAction as Action
from incidents.models import (
    AdminArea,
    Incident,
    Investigation,
    InvestigationEvent,
    PublicInvestigation,
    Scope,
    Submission,
)
from incidents.rules.refusals import Refused
from incidents.rules.submissions import moderating, submitting
from incidents.rules.submissions.entering_desk import sentence
from tests.contributions import country, person, publish_version, sender, tuwaym

pytestmark = [pytest.mark.django_db, pytest.mark.once]

ANNOUNCED = {"key": "start", "kind": "announced", "on": "2025-03-09", "by": "state", "document": "decree"}
EXTENDED = {"key": "more", "kind": "extended", "on": "2025-04-10"}
DUE = {"due_on": "2025-04-08", "basis": "30 days", "set_by": "start"}


def inquiry(**said: Any) -> dict[str, Any]:
    return {
        "type": "investigation",
        "sources": [{"key": "state", "kind": "government", "names": {"en": "Presidency of the Republic"}}],
        "documents": [{"key": "decree", "publisher": "state", "type": "gov_release"}],
        "investigation": {
            "type": "national_commission",
            "names": {"en": "Commission of inquiry"},
            "body": "state",
            "events": [ANNOUNCED],
            "deadlines": [DUE],
        }
        | said,
    }


def only(**said: Any) -> dict[str, Any]:
    return {"type": "investigation", "investigation": said}


def public() -> Any:
    return json.loads(PublicInvestigation.objects.get().document)


def outcomes(submission: Submission) -> dict[str, str]:
    return dict(submission.parts.filter(pointer__startswith="/investigation").values_list("pointer", "outcome"))


def differences(submission: Submission) -> dict[str, tuple[Any, Any, Any]]:
    stored = Submission.objects.get(pk=submission.pk).differences
    return {each["pointer"]: (each["previous"], each["record"], each["sent"]) for each in stored}


@pytest.fixture
def by(db: None) -> submitting.Sender:
    return sender()


@pytest.fixture
def incident(by: submitting.Sender) -> Incident:
    first = publish_version(tuwaym(), sender("Another"))
    assert first.incident is not None
    return first.incident


def test_it_works(by: submitting.Sender, incident: Incident) -> None:
    scope = [{"incident": str(incident.public_id), "kind": "within"}]
    first = publish_version(inquiry(scope=scope), by)
    again = publish_version(inquiry(scope=scope, events=[EXTENDED, ANNOUNCED], deadlines=[DUE]), by)
    assert again.investigation == first.investigation
    assert [event["kind"] for event in public()["timeline"]] == ["announced", "extended"]
    assert [row["due_on"] for row in public()["deadlines"]] == ["2025-04-08"]
    assert Scope.objects.count() == 1
    assert outcomes(again) == {
        "/investigation": "unchanged",
        "/investigation/events/0": "entered",
        "/investigation/events/1": "unchanged",
        "/investigation/deadlines/0": "unchanged",
        "/investigation/scope/0": "unchanged",
    }


def test_what_is_new_alone_needs_neither_type_nor_names(by: submitting.Sender) -> None:
    first = publish_version(inquiry(), by)
    publish_version(only(events=[EXTENDED], deadlines=[{"due_on": "2025-07-10", "set_by": "more"}]), by)
    assert Investigation.objects.get() == first.investigation
    assert [event["kind"] for event in public()["timeline"]] == ["announced", "extended"]
    assert [row["due_on"] for row in public()["deadlines"]] == ["2025-04-08", "2025-07-10"]
    assert public()["name"] == {"en": "Commission of inquiry"}
    with pytest.raises(Refused) as refused:
        submitting.submit(by, only(events=[EXTENDED]))
    assert {fault.pointer: fault.code for fault in refused.value.faults} == {
        "/investigation/type": "required",
        "/investigation/names": "required",
    }


def test_what_is_added_to_a_published_one_is_not_added_twice(by: submitting.Sender) -> None:
    first = publish_version(inquiry(), by)
    assert first.investigation is not None
    added = only(events=[EXTENDED, EXTENDED | {"key": "again"}]) | {"about": str(first.investigation.public_id)}
    other, moderator = sender("Another"), person("moderator")
    for _ in range(2):
        submission = submitting.submit(other, added)
        moderating.act(submission, Action.CLAIM, by=moderator)
        moderating.act(submission, Action.APPROVE, by=moderator, reason="ok")
        moderating.act(submission, Action.PUBLISH, by=person("lead"))
    # Two that are sent are two, and two they stay.
    assert InvestigationEvent.objects.filter(kind="extended").count() == 2


def test_what_the_desk_changed_stays_and_what_is_said_otherwise_is_a_difference(by: submitting.Sender) -> None:
    country()
    for code in ("SY05", "SY06"):
        AdminArea.objects.create(pcode=code, level=1, country="SYR", parent=country(), names={"en": code})
    first = publish_version(inquiry(areas=["SY05"]), by)
    assert first.investigation is not None
    Investigation.objects.update(names={"en": "National commission"}, outcome="facts_established")
    first.investigation.areas.set(AdminArea.objects.filter(pcode="SY06"))
    again = publish_version(inquiry(areas=["SY05"], mandate={"en": "To inquire"}), by)
    stored = Investigation.objects.get()
    assert (stored.names, stored.outcome) == ({"en": "National commission"}, "facts_established")
    assert [area.pcode for area in stored.areas.all()] == ["SY06"]
    assert differences(again) == {"/investigation/mandate": (None, {}, {"en": "To inquire"})}
    third = publish_version(inquiry(names={"en": "Theirs"}, areas=["SY05", "SY06"]), by)
    assert differences(third) == {
        "/investigation/names": ({"en": "Commission of inquiry"}, {"en": "National commission"}, {"en": "Theirs"}),
        "/investigation/areas": (["SY05"], ["SY06"], ["SY05", "SY06"]),
    }
    assert Investigation.objects.get().mandate == {"en": "To inquire"}


def test_the_kind_of_a_scope_changes_and_what_the_desk_took_out_stays_out(
    by: submitting.Sender, incident: Incident
) -> None:
    def scope(kind: str) -> list[dict[str, str]]:
        return [{"incident": str(incident.public_id), "kind": kind}]

    publish_version(inquiry(scope=scope("within")), by)
    again = publish_version(only(scope=scope("overlaps")), by)
    assert Scope.objects.get().kind == "overlaps"
    assert differences(again) == {"/investigation/scope/0/kind": ("within", "within", "overlaps")}
    Scope.objects.all().delete()
    last = publish_version(only(scope=scope("overlaps")), by)
    assert (Scope.objects.count(), outcomes(last)["/investigation/scope/0"]) == (0, "removed")


def test_a_scope_names_an_incident_once(by: submitting.Sender, incident: Incident) -> None:
    scope = [{"incident": str(incident.public_id), "kind": kind} for kind in ("within", "overlaps")]
    with pytest.raises(Refused, match="named twice in the scope"):
        submitting.submit(by, inquiry(scope=scope))


def test_what_the_database_refuses_of_a_scope_is_said_in_words(by: submitting.Sender, incident: Incident) -> None:
    first = publish_version(inquiry(scope=[{"incident": str(incident.public_id), "kind": "within"}]), by)
    assert first.investigation is not None
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Scope.objects.create(investigation=first.investigation, incident=incident, kind="within")
    assert sentence(refused.value) == "The incident is in the scope already."


def test_sending_the_same_changes_nothing(by: submitting.Sender) -> None:
    first = publish_version(inquiry(), by)
    assert first.investigation is not None
    version, said = Investigation.objects.get().version, public()
    publish_version(inquiry(), by)
    assert Investigation.objects.get().version == version
    assert {name: public()[name] for name in ("timeline", "deadlines", "name")} == {
        name: said[name] for name in ("timeline", "deadlines", "name")
    }


def test_what_stands_in_public_as_it_is_sent_is_no_difference_after_a_version_of_events_alone(
    by: submitting.Sender,
) -> None:
    AdminArea.objects.create(pcode="SY05", level=1, country="SYR", parent=country(), names={"en": "Hama"})
    whole = {"areas": ["SY05"], "mandate": {"en": "To inquire"}, "independence": "claimed"}
    publish_version(inquiry(**whole), by)
    publish_version(only(events=[EXTENDED]), by)
    again = publish_version(inquiry(**whole), by)
    assert (differences(again), outcomes(again)["/investigation"]) == ({}, "unchanged")


def test_after_it_the_desk_alone_is_told_of_what_it_changed_and_did_not_publish(by: submitting.Sender) -> None:
    publish_version(inquiry(outcome="none_yet"), by)
    publish_version(only(events=[EXTENDED]), by)
    Investigation.objects.update(outcome="referred", mandate={"en": "Edited"})
    again = publish_version(inquiry(outcome="none_yet", mandate={"en": "To inquire"}), by)
    told = {each["pointer"]: each.get("to") for each in Submission.objects.get(pk=again.pk).differences}
    assert told == {"/investigation/mandate": None, "/investigation/outcome": "desk"}
