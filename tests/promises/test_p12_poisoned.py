"""P12: a poisoned batch is reverted in under a minute, and the public reads as it did before."""

import hashlib
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from incidents.choices import DecisionAction, SubmissionState
from incidents.choices import SubmissionAction as Action
from incidents.models import (
    Actor,
    Claim,
    Document,
    Incident,
    Organisation,
    PublicDocument,
    PublicPerpetrator,
    PublicSource,
    Source,
    Submission,
)
from incidents.rules.desk import deciding
from incidents.rules.publication import publishing
from incidents.rules.submissions import moderating, released, reverting, submitting
from incidents.rules.submissions.submitting import Sender
from incidents.rules.trail.verification import verify_log
from tests.contributions import person, sender, tuwaym, with_reference
from tests.public_state import everything_public

SMALL, FULL = 30, 10_000
ANEW = 3  # of these, new versions of others: 10,000 are the most that one undoing takes
SECONDS = 60
AT_ONCE = 500
# So many are published each by its own step, the others together: only the undoing is measured.
STEP_BY_STEP = 100
RECORD = (Incident, Claim, Source, Document, Actor)


def contents(start: int, end: int, innocent: UUID) -> list[dict[str, Any]]:
    """Incidents, each with a document of its own; every tenth is a claim on what others published.

    Five hundred name the same source and the same perpetrator, which nobody else names. These names are so unlike
    those of other five hundreds that nobody is asked whether they are the same.
    """
    items = []
    name = hashlib.sha256(str(start).encode()).hexdigest()[:40]
    for index in range(start, end):
        content = with_reference(f"poison-{index}")
        content["sources"][0]["names"] = {"en": f"Invented {name}"}
        content["documents"][0] |= {"title": {"en": "Invented"}, "url": f"https://invented.example/{index}"}
        content["actors"][0]["names"] = {"en": f"Slandered {name}"}
        if index % 10 == 3:
            # One that relays the other, which is sent after it.
            relaying = {**content["claims"][0], "key": "relaying", "value": 60, "cells": [], "relays": "killed"}
            content["claims"].insert(0, relaying)
        if index % 10 == 9:
            for member in ("incident", "attributions", "actors", "external_reference"):
                content.pop(member, None)
            content |= {"type": "claims", "about": str(innocent)}
            content["claims"][0] |= {"value": 100 + index, "cells": [], "locator": str(index)}
        items.append(content)
    return items


def poison(by: Sender, number: int, innocent: Incident) -> None:
    """Send so many, and bring them past both people, as programs of the desk do: many at once."""
    moderator, lead = person("moderator"), person("lead")
    for start in range(0, number, AT_ONCE):
        items = contents(start, min(number, start + AT_ONCE), innocent.public_id)
        sent = [each for each in submitting.submit_many(by, items, atomic=True) if isinstance(each, Submission)]
        assert len(sent) == len(items)
        take(sent, Action.CLAIM, moderator)
        take(sent, Action.APPROVE, moderator, "It looked right")
        alone = [each for each in sent if each.type == "incident"]
        stepping = alone[:STEP_BY_STEP] if start == 0 else []
        take(stepping, Action.PUBLISH, lead)
        publish_together(alone[len(stepping) :], lead)
        # What is said of an incident that others published becomes public with it.
        innocent.refresh_from_db()
        proposed = deciding.propose(DecisionAction.PUBLISH, innocent, by=moderator, reason="More of it")
        deciding.confirm(proposed, by=lead)
    assert set(Submission.objects.values_list("state", flat=True)) == {"published"}


def send_anew(by: Sender, number: int) -> int:
    """New versions of so many of them, whose claims supersede those of the versions before; how many there are."""
    moderator, lead = person("moderator"), person("lead")
    for index in range(number):
        (anew,) = contents(index, index + 1, UUID(int=0))
        for kind in ("sources", "actors"):
            anew[kind][0]["names"] = contents(0, 1, UUID(int=0))[0][kind][0]["names"]
        anew["claims"][0] |= {"value": 50 + index, "cells": []}
        submission, _ = submitting.put(by, "partner", f"poison-{index}", anew)
        moderating.act(submission, Action.CLAIM, by=moderator)
        for part in submission.parts.filter(outcome="waiting"):
            moderating.resolve(part, by=moderator, object_id=None)
        moderating.act(submission, Action.APPROVE, by=moderator, reason="It looked right")
        moderating.act(submission, Action.PUBLISH, by=lead)
    assert Claim.objects.exclude(supersedes=None).count() == number
    return number


def take(submissions: Sequence[Submission], action: Action, by: User, reason: str = "") -> None:
    """The same step for each of these, which none of them is refused."""
    keys = [each.public_id for each in submissions]
    with transaction.atomic():  # as for a request with an Idempotency-Key
        done = moderating.act_on_many(keys, action, by=by, reason=reason)
    assert [each.refusal for each in done] == [None] * len(submissions)


def publish_together(submissions: Sequence[Submission], lead: User) -> None:
    """The incidents of these in one publication, and the step of each that follows from it."""
    keys = [each.pk for each in submissions]
    entered = Submission.objects.filter(pk__in=keys, state=SubmissionState.APPROVED).select_related("incident")
    records = [each.incident for each in entered if each.incident is not None]
    if records:
        with transaction.atomic():
            publishing.publish(records)
            for record in records:
                released.published_with(record, by=lead, reason="")


def seed() -> Incident:
    """One incident that somebody else sent and that is public."""
    submission = submitting.submit(sender("Another"), tuwaym())
    moderator, lead = person("moderator"), person("lead")
    for action in (Action.CLAIM, Action.APPROVE):
        moderating.act(submission, action, by=moderator, reason="ok")
    submission = moderating.act(submission, Action.PUBLISH, by=lead)
    assert submission.incident is not None
    return submission.incident


def record() -> list[set[int]]:
    return [set(model._default_manager.values_list("pk", flat=True)) for model in RECORD]


@pytest.mark.usefixtures("commits")
@pytest.mark.timeout(3600)
def test_p12_a_poisoned_batch_is_reverted(full_profile: bool, kept: Any) -> None:
    innocent = seed()
    before, entered = everything_public(), record()
    by, number = sender("Infiltrated"), FULL if full_profile else SMALL
    poison(by, number - ANEW, innocent)
    sent = number - ANEW + send_anew(by, ANEW)
    sources = 1 + -(-(number - ANEW) // AT_ONCE)
    found = [table._default_manager.count() for table in (PublicSource, PublicPerpetrator, PublicDocument)]
    assert found == [sources, sources, 1 + number - ANEW]
    batch = Submission.objects.filter(organisation=by.organisation)
    begun = time.monotonic()
    assert reverting.undo_all(batch, by=person("lead"), reason="The account was not theirs").undone == sent
    seconds = time.monotonic() - begun
    after = everything_public()
    assert [name for name in before if after[name] != before[name]] == []
    assert record() == entered
    assert verify_log().sound
    assert seconds < SECONDS * (1 if full_profile else 0.5)
    kept("P12", f"{number:,} submissions reverted in {seconds:.1f} s, {len(before)} public tables and lists as before")


@pytest.mark.django_db
def test_p12_control_withdrawing_the_incidents_alone_leaves_the_poison() -> None:
    innocent = seed()
    before = everything_public()
    by = sender("Infiltrated")
    poison(by, 20, innocent)
    gone = [each.incident for each in Submission.objects.filter(organisation=by.organisation, type="incident")]
    publishing.withdraw_all([each for each in gone if each], reason_code="retraction", reason="x")
    after = everything_public()
    different = {name for name in before if after[name] != before[name]}
    assert {"PublicSource", "PublicDocument", "PublicClaim", "sources/", "documents/", "claims/"} <= different
    assert Organisation.objects.count() == 2
