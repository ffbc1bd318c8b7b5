"""Sending on about an incident that was merged: one is told where it went, and nothing waits for ever."""

from typing import Any
from uuid import UUID

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.models import Incident, Submission
from incidents.rules.publication.publishing import publish, published_document
from incidents.rules.refusals import Elsewhere, Refused
from incidents.rules.sameness.merging import merge
from incidents.rules.sameness.unmerging import undo_merge
from incidents.rules.submissions import moderating, submitting
from incidents.rules.submissions.contents import read
from incidents.rules.submissions.whereabouts import survivor_of
from tests.contributions import approved, person, publish_version, sender, tuwaym, with_reference
from tests.factories import IncidentFactory
from tests.rules.published import fresh

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def known(by: submitting.Sender) -> Incident:
    incident = publish_version(tuwaym(), by).incident
    assert incident is not None
    incident.refresh_from_db()
    return incident


def public() -> Incident:
    incident = IncidentFactory()
    publish([incident])
    return incident


def changed() -> dict[str, Any]:
    content = tuwaym()
    content["claims"][0] |= {"value": 35, "cells": []}
    return content


def claims_about(public_id: UUID) -> dict[str, Any]:
    content = tuwaym(type="claims", incident=None, attributions=None, actors=None, external_reference=None)
    return content | {"about": str(public_id)}


def test_a_new_version_of_a_merged_incident_is_told_the_survivor() -> None:
    by, survivor = sender(), public()
    merge(survivor, known(by), reason="One attack, told twice")
    ways: list[Any] = [
        lambda: submitting.put(by, "partner", "tuwaym-1", changed()),
        lambda: submitting.trial_of_put(by, "partner", "tuwaym-1", changed()),
        lambda: submitting.submit(by, changed()),
    ]
    for way in ways:
        with pytest.raises(Elsewhere, match=str(survivor.public_id)) as refused:
            way()
        assert refused.value.faults[0].pointer == "/external_reference"
    assert not Submission.objects.exclude(state="published").exists()


def test_the_next_word_of_a_source_of_which_two_reports_were_merged_is_its_figure() -> None:
    by = sender()
    survivor = known(by)
    absorbed = moderating.act(approved(with_reference("another"), by), Action.PUBLISH, by=person("lead")).incident
    assert absorbed is not None
    merge(survivor, absorbed, reason="One burial, told twice")
    publish_version(changed(), by)
    document = published_document("incident", survivor.public_id)
    assert document is not None
    assert {estimate["best"] for estimate in document["estimates"]} == {35}
    superseded = [use["reason"] for claim in document["claims"] for use in claim["used"] if not use["used"]]
    assert set(superseded) == {"superseded"}


def test_in_a_bulk_it_is_one_refusal_among_others() -> None:
    by, survivor = sender(), public()
    merge(survivor, known(by), reason="One attack, told twice")
    told, taken = submitting.submit_many(by, [changed(), with_reference("another")], atomic=False)
    assert isinstance(told, Refused)
    assert str(survivor.public_id) in told.faults[0].detail
    assert isinstance(taken, Submission)


def test_what_waited_is_not_approved_into_it_and_can_be_sent_on() -> None:
    by, survivor = sender(), public()
    incident = known(by)
    version, _ = submitting.put(by, "partner", "tuwaym-1", changed())
    claims = submitting.submit(by, claims_about(incident.public_id))
    merge(survivor, incident, reason="One attack, told twice")
    moderator = person("moderator")
    for waiting, refusal in ((version, Elsewhere), (claims, Refused)):
        moderating.act(waiting, Action.CLAIM, by=moderator)
        with pytest.raises(refusal, match=str(survivor.public_id)):
            moderating.act(waiting, Action.APPROVE, by=moderator, reason="Two sources")
        moderating.act(waiting, Action.REQUEST_CHANGES, by=moderator, reason="It was merged")
    submitting.revise(claims, by, claims_about(survivor.public_id), version=None)
    moderating.act(claims, Action.CLAIM, by=moderator)
    moderating.act(claims, Action.APPROVE, by=moderator, reason="Two sources")
    assert moderating.act(claims, Action.PUBLISH, by=person("lead")).incident == survivor
    assert moderating.act(version, Action.REJECT, by=moderator, reason="It was merged").state == "rejected"


def test_once_the_merge_is_undone_new_versions_are_taken_again() -> None:
    by, survivor = sender(), public()
    incident = known(by)
    row, _ = merge(survivor, incident, reason="One attack, told twice")
    undo_merge(row, reason="They were two")
    assert publish_version(changed(), by).incident == incident


def test_about_a_merged_one_says_which_id_to_write() -> None:
    by, first, last = sender(), public(), public()
    incident = known(by)
    merge(first, incident, reason="One attack, told twice")
    merge(last, fresh(first), reason="One attack, told thrice")
    assert survivor_of(incident.public_id) == last.public_id
    with pytest.raises(Refused, match=f"was merged into {last.public_id}; write that id") as refused:
        read(claims_about(incident.public_id))
    assert refused.value.faults[0].pointer == "/about"


def test_of_what_was_never_public_nothing_is_told() -> None:
    by, survivor, hidden = sender(), public(), IncidentFactory()
    merge(survivor, hidden, reason="One attack, told twice")
    with pytest.raises(Refused, match="is not the id of a published incident") as refused:
        submitting.submit(by, claims_about(hidden.public_id))
    assert str(survivor.public_id) not in str(refused.value)
