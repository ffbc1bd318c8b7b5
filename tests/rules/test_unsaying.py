"""Undoing takes out of the public what was undone, and publishes nothing that no second person published."""

from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from simple_history.models import HistoricalRecords

from incidents.choices import SubmissionAction as Action
from incidents.models import AuditEntry, Claim, Incident, Publication, Submission
from incidents.rules.publication import publishing
from incidents.rules.publication.reindexing import reindex
from incidents.rules.submissions import moderating, reverting, submitting
from incidents.rules.submissions.authorship import authors
from incidents.rules.submissions.transitions import NotNow
from incidents.rules.trail import editing
from incidents.rules.trail.verification import verify_log
from tests.contributions import approve_version, person, publish_version, sender, tuwaym, with_reference
from tests.rules.test_undoing import claims_on, public, publish

pytestmark = pytest.mark.django_db


def undo(submission: Submission) -> reverting.Reverted:
    own = Submission.objects.filter(pk=submission.pk)
    return reverting.undo_all(own, by=person("lead"), reason="Made up")


def approve(content: Any, by: submitting.Sender) -> Submission:
    moderator, submission = person("moderator"), submitting.submit(by, content)
    moderating.act(submission, Action.CLAIM, by=moderator)
    for part in submission.parts.filter(outcome="waiting"):
        moderating.resolve(part, by=moderator, object_id=None)
    return moderating.act(submission, Action.APPROVE, by=moderator, reason="ok")


def edit(incident: Incident | None, by: User, **columns: Any) -> Incident:
    """Change an incident as a page of the desk does, without publishing it."""
    assert incident is not None
    stored = Incident.objects.get(pk=incident.pk)
    for name, value in columns.items():
        setattr(stored, name, value)
    stored._history_user = by  # type: ignore[attr-defined]
    editing.save(stored)
    return stored


def incident_of(submission: Submission) -> Incident:
    assert submission.incident is not None
    return submission.incident


def correction(incident: Incident, **changes: Any) -> dict[str, Any]:
    said = {"changes": changes, "reason": "Typo"}
    return {"type": "correction", "about": str(incident.public_id), "correction": said}


def test_what_is_edited_or_only_approved_does_not_become_public_with_an_undoing() -> None:
    incident, lead = incident_of(publish(tuwaym(), sender())), person("lead")
    before = public()
    undone = publish(claims_on(incident), sender("Another"))
    edit(incident, lead, title={"en": "Edited by one person"})
    waiting = claims_on(incident)
    waiting["claims"][0] |= {"value": 999}
    approved = approve(waiting, sender("A third"))
    done = undo(undone)
    assert (done.undone, done.withdrawn, done.restated) == (1, [], [incident])
    assert public() == before
    approved.refresh_from_db()
    assert (approved.state, Claim.objects.filter(value=999).exists()) == ("approved", True)
    assert Incident.objects.get().title == {"en": "Edited by one person"}
    assert lead.pk in authors(Incident.objects.get()), "his edit waits for a second person as before"
    row = Publication.objects.filter(object_id=incident.public_id).latest("seq")
    assert (row.operation, row.reason_code, row.reason) == ("publish", "dependency", "Made up")
    assert AuditEntry.objects.filter(action="restate", object_id=str(incident.public_id)).count() == 1
    assert verify_log().sound
    assert reindex(check=True) == {}


def test_who_undid_something_may_publish_what_others_send_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    incident, lead = incident_of(publish(tuwaym(), sender())), person("lead")
    undone = publish(claims_on(incident), sender("Another"))
    with monkeypatch.context() as signed_in:
        signed_in.setattr(HistoricalRecords.context, "request", SimpleNamespace(user=lead), raising=False)
        moderating.act(undone, Action.UNDO, by=lead, reason="Made up")
    assert Claim.history.filter(history_type="-").get().history_user == lead
    approved = approve(claims_on(incident), sender("A third"))
    assert moderating.act(approved, Action.PUBLISH, by=lead).state == "published"


def test_an_incident_on_which_only_something_approved_hangs_leaves_the_public() -> None:
    first, editor = publish(tuwaym(), sender()), person("lead")
    incident = edit(first.incident, editor, summary={"en": "Edited"})
    approved = approve(claims_on(incident), sender("Another"))
    done = undo(first)
    assert (done.withdrawn, done.restated, public()) == ([incident], [], {})
    assert Claim.objects.get().incident == incident
    approved.refresh_from_db()
    assert (approved.state, approved.incident) == ("approved", incident)
    assert editor.pk in authors(incident), "a withdrawal is no publication of what he edited"


def test_a_first_version_that_is_undone_does_not_publish_the_approved_second() -> None:
    by = sender()
    first = publish_version(tuwaym(), by)
    content = tuwaym()
    content["claims"][0] |= {"value": 35, "cells": []}
    second = approve_version(content, by)
    done = undo(first)
    assert (done.withdrawn, public()) == ([first.incident], {})
    assert [claim.value for claim in Claim.objects.all()] == [35]
    moderating.act(second, Action.REJECT, by=person("moderator"), reason="No")
    assert not Incident.objects.exists()


def test_a_correction_is_undone_in_public_where_somebody_is_editing_the_same() -> None:
    incident = incident_of(publish(tuwaym(), sender()))
    before = public()
    place = {"country": "SYR", "text": "Elsewhere", "precision": "adm1"}
    second = publish(correction(incident, title={"en": "Poison"}, place=place), sender("Another"))
    edit(incident, person("lead"), title={"en": "Edited by one person"})
    undo(second)
    assert public() == before
    assert Incident.objects.get().title == {"en": "Edited by one person"}


def test_what_was_never_public_does_not_come_back_with_a_correction() -> None:
    incident = incident_of(publish(tuwaym(), sender()))
    edit(incident, person("moderator"), title={"en": "Edited by one person"})
    second = publish(correction(incident, title={"en": "Poison"}), sender("Another"))
    before = public()
    with pytest.raises(NotNow, match=r"never public \(title\): correct it"):
        moderating.act(second, Action.UNDO, by=person("lead"), reason="No")
    assert public() == before
    edit(incident, person("moderator"), title={"en": "As it is to be"})
    publishing.publish([Incident.objects.get()])
    assert undo(second).undone == 1
    assert [each["title"] for each in public().values()] == [{"en": "As it is to be"}]


def test_a_claim_that_a_later_version_left_out_counts_again() -> None:
    by, content = sender(), tuwaym()
    content["claims"].append({**deepcopy(content["claims"][0]), "key": "hurt", "measure": "injured", "cells": []})
    publish_version(content, by)
    before = public()
    second = publish_version({**content, "claims": content["claims"][:1]}, by)
    (document,) = public().values()
    assert [each["retracted_by"] for each in document["claims"]] == [None, "source"]
    undo(second)
    assert public() == before
    assert not Claim.objects.exclude(retracted_at=None).exists()


@pytest.mark.parametrize("sensitivity", ["low", "moderate", "high"])
def test_an_undone_version_leaves_the_document_as_it_was_at_any_sensitivity(sensitivity: str) -> None:
    by, content = sender(), tuwaym()
    content["incident"] |= {"sensitivity": sensitivity}
    publish_version(content, by)
    before = public()
    anew = deepcopy(content)
    anew["incident"] |= {
        "title": {"en": "Poison"},
        "dates": {"start_earliest": "2025-04-01", "end_latest": "2025-05-02"},
        "place": {
            "country": "SYR",
            "text": "Elsewhere",
            "precision": "settlement",
            "point": {"lat": 35.0, "lon": 36.0},
        },
        "targeted_groups": [
            {"ground": "religion", "group": {"en": "Slandered"}, "asserted_by": "seen", "document": "article"}
        ],
    }
    anew["incident"]["acts"].append({"act": "torture", "asserted_by": "seen", "document": "article"})
    anew["claims"][0] |= {"value": 90, "cells": []}
    anew["attributions"][0] |= {"extent": "whole"}
    second = publish_version(anew, by)
    assert public() != before
    edit(second.incident, person("lead"), summary={"en": "Edited by one person"})
    undo(second)
    assert public() == before
    assert verify_log().sound


def test_of_two_incidents_undone_each_says_what_others_said_of_it() -> None:
    by, kept = sender(), []
    for key in "ab":
        first = publish(with_reference(key), by)
        publish(claims_on(incident_of(first)), sender("Another"))
        kept.append(incident_of(first))
    done = reverting.undo_all(Submission.objects.filter(organisation=by.organisation), by=person("lead"), reason="x")
    assert (done.withdrawn, done.restated) == ([], kept)
    assert [[claim["value"] for claim in each["claims"]] for each in public().values()] == [[40], [40]]
