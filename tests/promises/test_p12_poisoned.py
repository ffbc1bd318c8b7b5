"""P12: a poisoned batch is reverted in under a minute, and the public reads as it did before."""

import json
import time
from typing import Any

import pytest
from django.db import transaction

from incidents.choices import SubmissionAction as Action
from incidents.models import Incident, Organisation, Publication, PublicIncident, Submission
from incidents.rules import moderating, publishing, reverting, submitting
from incidents.rules.submitting import Sender
from incidents.rules.verification import verify_log
from tests.contributions import person, sender, tuwaym, with_reference

pytestmark = pytest.mark.django_db

SMALL, FULL = 60, 10_000
SECONDS = 60


def public() -> dict[str, Any]:
    """What is public of each incident, but for its place in the log."""
    found = {}
    for row in PublicIncident.objects.all():
        document = json.loads(row.document)
        for name in ("version", "seq", "published_at"):
            del document[name]
        found[str(row.public_id)] = document
    return found


def poison(by: Sender, number: int) -> None:
    """Send so many incidents, and bring them past both people; every tenth is a claim on what others published."""
    moderator, lead = person("moderator"), person("lead")
    innocent = PublicIncident.objects.values_list("public_id", flat=True)[0]
    for start in range(0, number, 500):
        items = []
        for index in range(start, min(number, start + 500)):
            content = with_reference(f"poison-{index}")
            if index % 10 == 9:
                for name in ("incident", "attributions", "actors", "external_reference"):
                    content.pop(name, None)
                content |= {"type": "claims", "about": str(innocent)}
                content["claims"][0] |= {"value": 100 + index, "cells": [], "locator": str(index)}
            items.append(content)
        results = submitting.submit_many(by, items, atomic=True)
        with transaction.atomic():
            for each in results:
                assert isinstance(each, Submission)
                moderating.act(each, Action.CLAIM, by=moderator)
                for part in each.parts.filter(outcome="waiting"):
                    moderating.resolve(part, by=moderator, object_id=None)
                moderating.act(each, Action.APPROVE, by=moderator, reason="It looked right")
        approved = Submission.objects.filter(state="approved").select_related("incident")
        # Published together: what takes time here is not what is measured.
        publishing.publish(list({each.incident for each in approved if each.incident is not None}))
        approved.update(state="published", publisher=lead)


def seed() -> None:
    """One incident that somebody else sent and that is public."""
    submission = submitting.submit(sender("Another"), tuwaym())
    moderator, lead = person("moderator"), person("lead")
    for action in (Action.CLAIM, Action.APPROVE):
        moderating.act(submission, action, by=moderator, reason="ok")
    moderating.act(submission, Action.PUBLISH, by=lead)


@pytest.mark.timeout(3600)
def test_p12_a_poisoned_batch_is_reverted(full_profile: bool, kept: Any) -> None:
    seed()
    before, incidents = public(), set(Incident.objects.values_list("pk", flat=True))
    by, number = sender("Infiltrated"), FULL if full_profile else SMALL
    poison(by, number)
    assert len(public()) > len(before)
    assert public() != before
    batch = Submission.objects.filter(organisation=by.organisation)
    begun = time.monotonic()
    assert reverting.undo_all(batch, by=person("lead"), reason="The account was not theirs").undone == number
    seconds = time.monotonic() - begun
    assert public() == before
    assert set(Incident.objects.values_list("pk", flat=True)) == incidents
    assert verify_log().sound
    assert seconds < SECONDS * (1 if full_profile else 0.5)
    kept("P12", f"{number:,} submissions reverted in {seconds:.1f} s, public bytes as before")


def test_p12_control_withdrawing_the_incidents_alone_leaves_the_poison() -> None:
    seed()
    before = public()
    by = sender("Infiltrated")
    poison(by, 20)
    gone = [each.incident for each in Submission.objects.filter(organisation=by.organisation, type="incident")]
    publishing.withdraw_all([each for each in gone if each], reason_code="retraction", reason="x")
    assert public() != before
    assert Publication.objects.exists()
    assert Organisation.objects.count() == 2
