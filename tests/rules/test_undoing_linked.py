"""Submissions whose claims refer to each other, and versions of one incident, are undone in whatever order."""

from copy import deepcopy
from typing import Any

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.models import Claim, Incident, PublicIncident, Submission
from incidents.rules.submissions import moderating
from incidents.rules.submissions.transitions import NotNow
from incidents.rules.trail.verification import verify_log
from tests.contributions import person, publish_version, sender, tuwaym
from tests.rules.test_undoing import claims_on, public, publish

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def undo(submission: Submission) -> Submission:
    return moderating.act(submission, Action.UNDO, by=person("lead"), reason="Made up")


def version(value: int) -> dict[str, Any]:
    return tuwaym(claims=[{**tuwaym()["claims"][0], "value": value, "cells": []}])


def values() -> list[list[int]]:
    """The figures of the claims of each public incident."""
    return [sorted(claim["value"] for claim in each["claims"]) for each in public().values()]


@pytest.mark.parametrize("link", ["relays", "inferred_from", "supersedes"])
def test_an_incident_with_claims_that_refer_to_each_other_is_undone(link: str) -> None:
    content = tuwaym()
    second = {"key": "second", "value": 44, "cells": [], link: "killed"}
    content["claims"].append({**deepcopy(content["claims"][0]), **second})
    undo(publish(content, sender()))
    assert (values(), Incident.objects.count(), Claim.objects.count()) == ([], 0, 0)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0), (0, 2, 1), (2, 0, 1)])
def test_versions_that_are_undone_one_by_one_leave_nothing(order: tuple[int, ...]) -> None:
    by = sender()
    versions = [publish_version(version(value), by) for value in (31, 32, 33)]
    for place in order:
        undo(versions[place])
    assert (values(), Incident.objects.count(), Claim.objects.count()) == ([], 0, 0)
    assert verify_log().sound


def test_an_undone_first_version_leaves_what_the_later_ones_say() -> None:
    by = sender()
    first, second, _ = (publish_version(version(value), by) for value in (31, 32, 33))
    undo(first)
    assert values() == [[32, 33]]
    undo(second)
    assert values() == [[33]]
    (document,) = public().values()
    assert [each["supersedes"] for each in document["claims"]] == [None]
    assert Claim.objects.get().supersedes is None


def test_an_undone_version_between_two_leaves_the_last_one_superseding_the_first() -> None:
    by = sender()
    _, second, _ = (publish_version(version(value), by) for value in (31, 32, 33))
    undo(second)
    assert values() == [[31, 33]]
    (document,) = public().values()
    assert [each["best"] for each in document["estimates"] if each["status"] == "civilian"] == [33]
    assert Claim.objects.get(value=33).supersedes == Claim.objects.get(value=31)


def test_a_claim_that_another_relays_is_not_undone_before_that_one() -> None:
    first = publish(tuwaym(), sender())
    assert first.incident is not None
    content = claims_on(first.incident)
    content["claims"][0]["relays"] = str(Claim.objects.get().public_id)
    relaying, before = publish(content, sender("Another")), public()
    with pytest.raises(NotNow, match=f"undo submission {relaying.public_id} first"):
        undo(first)
    assert public() == before
    undo(relaying)
    undo(first)
    assert not PublicIncident.objects.exists()
