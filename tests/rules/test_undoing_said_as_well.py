"""What others said as well stays when the first who said it is undone: values of columns, and claims taken back."""

from copy import deepcopy
from typing import Any

import pytest

from incidents.models import Claim, Incident, Submission
from incidents.rules.submissions import reverting
from incidents.rules.submissions.submitting import Sender
from tests.contributions import person, publish_version, sender, tuwaym
from tests.rules.test_undoing import claims_on, public, publish

pytestmark = pytest.mark.django_db
RIGHT = {"en": "Killing of villagers of Tuwaym village"}
PERIOD = {"start_earliest": "2025-03-08", "end_latest": "2025-03-09"}


def undo(*submissions: Submission) -> None:
    chosen = Submission.objects.filter(pk__in=[each.pk for each in submissions])
    done = reverting.undo_all(chosen, by=person("lead"), reason="The account was not theirs")
    assert done.undone == len(submissions), [each.refusal for each in done.results]


def correction(incident: Incident, **changes: Any) -> dict[str, Any]:
    return {
        "type": "correction",
        "about": str(incident.public_id),
        "correction": {"reason": "Read again", "changes": changes},
    }


def said() -> Any:
    (document,) = public().values()
    return document


@pytest.fixture
def organisations(db: None) -> tuple[Sender, Sender, Sender]:
    return sender("Seen"), sender("Poison"), sender("Third")


def first_of(ours: Sender) -> Incident:
    incident = publish_version(tuwaym(), ours).incident
    assert incident is not None
    return incident


@pytest.mark.parametrize("how", ["a correction", "a version"])
def test_a_title_that_another_set_too_stays(organisations: tuple[Sender, Sender, Sender], how: str) -> None:
    ours, theirs, third = organisations
    incident = first_of(ours)
    first = publish(correction(incident, title=RIGHT), theirs)
    if how == "a correction":
        second = publish(correction(incident, title=RIGHT), third)
    else:
        content = tuwaym()
        content["incident"]["title"] = RIGHT
        second = publish_version(content, ours)
    undo(first)
    assert (said()["title"], Incident.objects.get().title) == (RIGHT, RIGHT)
    # With the second as well it reads as before either of them.
    undo(second)
    assert [document["title"] for document in public().values()] in ([], [tuwaym()["incident"]["title"]])


def test_so_does_a_period_and_a_place(organisations: tuple[Sender, Sender, Sender]) -> None:
    ours, theirs, third = organisations
    incident = first_of(ours)
    place = tuwaym()["incident"]["place"] | {"text": "Tuwaym, by the mill"}
    first = publish(correction(incident, dates=PERIOD, place=place), theirs)
    second = publish(correction(incident, dates=PERIOD, place=place), third)
    undo(first)
    assert {name: said()["dates"][name] for name in PERIOD} == PERIOD
    assert said()["place"]["text"] == "Tuwaym, by the mill"
    undo(second)
    assert said()["dates"]["end_latest"] == tuwaym()["incident"]["dates"].get("end_latest", "2025-03-07")
    assert said()["place"]["text"] == tuwaym()["incident"]["place"]["text"]


def test_who_is_undone_first_holds_nothing(organisations: tuple[Sender, Sender, Sender]) -> None:
    ours, theirs, third = organisations
    incident = first_of(ours)
    first, second = (publish(correction(incident, title=RIGHT), each) for each in (theirs, third))
    undo(second)
    assert said()["title"] == RIGHT
    undo(first)
    assert said()["title"] == tuwaym()["incident"]["title"]


def test_both_at_once_leave_nothing(organisations: tuple[Sender, Sender, Sender]) -> None:
    ours, theirs, third = organisations
    incident = first_of(ours)
    undo(*(publish(correction(incident, title=RIGHT), each) for each in (theirs, third)))
    assert said()["title"] == tuwaym()["incident"]["title"]


def with_injured() -> dict[str, Any]:
    content = tuwaym()
    hurt = {**deepcopy(content["claims"][0]), "key": "hurt", "measure": "injured", "value": 12, "cells": []}
    content["claims"].append(hurt)
    return content


def retracting(incident: Incident, hurt: Claim) -> dict[str, Any]:
    retraction = {"claim": str(hurt.public_id), "reason": "made up"}
    return correction(incident) | {"correction": {"reason": "No", "retractions": [retraction]}}


def superseding(incident: Incident, hurt: Claim) -> dict[str, Any]:
    content, who = claims_on(incident), str(hurt.asserted_by.public_id)
    content["sources"], content["documents"][0]["publisher"] = [], who
    content["claims"][0] |= {"measure": "injured", "value": 90, "asserted_by": who, "supersedes": str(hurt.public_id)}
    return content


@pytest.mark.parametrize("by", [retracting, superseding])
def test_a_claim_that_its_sender_left_out_does_not_come_back(
    organisations: tuple[Sender, Sender, Sender], by: Any
) -> None:
    ours, theirs, _ = organisations
    content = with_injured()
    incident = publish_version(content, ours).incident
    assert incident is not None
    hurt = Claim.objects.get(measure="injured")
    poison = publish(by(incident, hurt), theirs)
    publish_version({**content, "claims": content["claims"][:1]}, ours)
    undo(poison)
    hurt.refresh_from_db()
    assert hurt.retracted_by == "source"
    assert {each["measure"] for each in said()["estimates"]} == {"killed"}


@pytest.mark.parametrize("by", [retracting, superseding])
def test_one_that_its_sender_still_says_does(organisations: tuple[Sender, Sender, Sender], by: Any) -> None:
    ours, theirs, _ = organisations
    incident = publish_version(with_injured(), ours).incident
    assert incident is not None
    poison = publish(by(incident, Claim.objects.get(measure="injured")), theirs)
    undo(poison)
    assert {each["measure"] for each in said()["estimates"]} == {"killed", "injured"}
