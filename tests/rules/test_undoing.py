"""Submissions are undone one by one, and the public reads as it did before; several at once: test_reverting.py."""

import json
from datetime import date
from typing import Any

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.models import (
    AdminArea,
    Attribution,
    Claim,
    DuplicateCandidate,
    Incident,
    Investigation,
    PublicIncident,
    PublicInvestigation,
    Source,
    Submission,
)
from incidents.rules.submissions import moderating, submitting
from incidents.rules.submissions.transitions import NotNow
from tests.contributions import country, person, sender, tuwaym
from tests.factories import ClaimFactory, IncidentFactory

pytestmark = pytest.mark.django_db
INQUIRY: dict[str, Any] = {
    "type": "investigation",
    "investigation": {
        "type": "national_commission",
        "names": {"en": "Commission of inquiry"},
        "events": [{"key": "start", "kind": "announced", "on": "2025-03-09"}],
        "deadlines": [{"due_on": "2025-04-08", "set_by": "start"}],
    },
}


def publish(content: Any, by: submitting.Sender) -> Submission:
    moderator, lead = person("moderator"), person("lead")
    submission = submitting.submit(by, content)
    moderating.act(submission, Action.CLAIM, by=moderator)
    for part in submission.parts.filter(outcome="waiting"):
        moderating.resolve(part, by=moderator, object_id=None)
    moderating.act(submission, Action.APPROVE, by=moderator, reason="ok")
    return moderating.act(submission, Action.PUBLISH, by=lead)


def claims_on(incident: Incident, **changed: Any) -> dict[str, Any]:
    content = tuwaym(type="claims", incident=None, attributions=None, actors=None, external_reference=None)
    content["claims"][0] |= {"value": 40, "cells": []}
    return content | {"about": str(incident.public_id)} | changed


def public() -> dict[str, Any]:
    """What is public of each incident, but for its place in the log."""
    found = {}
    for row in PublicIncident.objects.all():
        document = json.loads(row.document)
        for name in ("version", "seq", "published_at"):
            del document[name]
        found[str(row.public_id)] = document
    return found


def test_an_undone_incident_is_withdrawn_and_removed() -> None:
    submission = publish(tuwaym(), sender())
    moderating.act(submission, Action.UNDO, by=person("lead"), reason="It never happened")
    assert not PublicIncident.objects.exists()
    assert not Incident.objects.exists()
    assert not Source.objects.exists()
    submission.refresh_from_db()
    assert (submission.state, submission.incident) == ("withdrawn", None)


def test_what_was_found_to_be_like_another_is_removed_all_the_same() -> None:
    other = IncidentFactory(
        title={"en": "Killing of villagers of Tuwaym"}, start_earliest=date(2025, 3, 7), end_latest=date(2025, 3, 7)
    )
    ClaimFactory(incident=other, value=31)
    submission = publish(tuwaym(), sender())
    assert DuplicateCandidate.objects.filter(first=other, second=submission.incident).exists()
    moderating.act(submission, Action.UNDO, by=person("lead"), reason="It never happened")
    assert list(Incident.objects.all()) == [other]
    assert not DuplicateCandidate.objects.exists()


def test_every_row_that_undoing_deletes_leaves_its_version() -> None:
    submission = publish(tuwaym(), sender())
    deleted = {model: model._default_manager.count() for model in (Incident, Claim, Attribution, Source)}
    moderating.act(submission, Action.UNDO, by=person("lead"), reason="It never happened")
    assert {model: model.history.filter(history_type="-").count() for model in deleted} == deleted
    gone = Claim.history.filter(history_type="-").get()
    assert (gone.value, gone.quote) == (31, "31, nine of them children and four women")


def test_an_undone_claim_leaves_the_incident_as_it_was() -> None:
    first = publish(tuwaym(), sender())
    assert first.incident is not None
    before = public()
    second = publish(claims_on(first.incident), sender("Another"))
    assert public() != before
    moderating.act(second, Action.UNDO, by=person("lead"), reason="Made up")
    assert public() == before
    assert (Claim.objects.count(), Attribution.objects.count()) == (1, 1)


def test_an_incident_of_which_others_speak_stays_without_what_is_undone() -> None:
    first = publish(tuwaym(), sender())
    assert first.incident is not None
    publish(claims_on(first.incident), sender("Another"))
    moderating.act(first, Action.UNDO, by=person("lead"), reason="Made up")
    assert Claim.objects.get().value == 40
    (document,) = public().values()
    assert [claim["value"] for claim in document["claims"]] == [40]
    assert document["attributions"] == []


def test_a_correction_is_undone() -> None:
    first = publish(tuwaym(), sender())
    assert first.incident is not None
    before = public()
    AdminArea.objects.create(pcode="SY05", level=1, country="SYR", parent=country(), names={"en": "Hama"})
    place = {"country": "SYR", "text": "Tuwaym", "precision": "adm1", "areas": ["SY05"]}
    changes = {"title": {"en": "Another title"}, "civilian_targeting": True, "place": place}
    correction = {
        "type": "correction",
        "about": str(first.incident.public_id),
        "correction": {"changes": changes, "reason": "Typo"},
    }
    second = publish(correction, sender("Another"))
    (document,) = public().values()
    assert (document["title"], document["place"]["areas"][0]["pcode"]) == ({"en": "Another title"}, "SY05")
    moderating.act(second, Action.UNDO, by=person("lead"), reason="It was right")
    assert public() == before


def test_a_withdrawal_is_undone() -> None:
    first = publish(tuwaym(), sender())
    assert first.incident is not None
    before = public()
    withdrawal = {
        "type": "withdrawal",
        "about": str(first.incident.public_id),
        "withdrawal": {"reason_code": "correction", "reason": "Doubts"},
    }
    second = publish(withdrawal, sender("Another"))
    assert public() == {}
    moderating.act(second, Action.UNDO, by=person("lead"), reason="No doubts")
    assert public() == before


def test_an_investigation_is_withdrawn_and_an_added_event_is_not_undone() -> None:
    first = publish(INQUIRY, sender())
    assert first.investigation is not None
    more = {
        "type": "investigation",
        "about": str(first.investigation.public_id),
        "investigation": {"events": [{"kind": "extended", "on": "2025-04-10"}]},
    }
    second = publish(more, sender("Another"))
    assert '"extended"' in PublicInvestigation.objects.get().document
    with pytest.raises(NotNow, match="never rewritten"):
        moderating.act(second, Action.UNDO, by=person("lead"), reason="No")
    moderating.act(first, Action.UNDO, by=person("lead"), reason="No")
    assert not PublicInvestigation.objects.exists()
    assert Investigation.objects.exists()
