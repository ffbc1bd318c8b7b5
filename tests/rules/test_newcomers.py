"""A new source that two organisations name while both wait is asked about when the second is approved."""

from typing import Any

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.models import Actor, Incident, Source, Submission
from incidents.rules.publication.publishing import publish
from incidents.rules.submissions import moderating, submitting
from incidents.rules.submissions.newcomers import Resembles
from tests.contributions import approved, person, sender, tuwaym
from tests.rules.published import document_of

pytestmark = pytest.mark.django_db


def known() -> Incident:
    done = moderating.act(approved(tuwaym(), sender("First")), Action.PUBLISH, by=person("lead"))
    assert done.incident is not None
    return done.incident


def claims(incident: Incident, name: str = "New Watchers of the Sea", **source: Any) -> dict[str, Any]:
    content = tuwaym(type="claims", about=str(incident.public_id), incident=None, external_reference=None)
    content |= {"attributions": [], "actors": []}
    content["sources"] = [{"key": "seen", "kind": "local_monitor", "names": {"en": name}} | source]
    content["claims"][0] |= {"value": 36, "cells": []}
    return content


def take(*submissions: Submission) -> Any:
    moderator = person("moderator")
    for each in submissions:
        moderating.act(each, Action.CLAIM, by=moderator)
    return moderator


def two(first: dict[str, Any], second: dict[str, Any]) -> tuple[Submission, Any]:
    """The second of two that waited together, the first of which is approved."""
    one, other = submitting.submit(sender("A"), first), submitting.submit(sender("B"), second)
    assert other.parts.get(kind="source").outcome == "kept_as_written"
    moderator = take(one, other)
    moderating.act(one, Action.APPROVE, by=moderator, reason="ok")
    return other, moderator


def test_the_second_waits_for_a_decision_and_is_one_source_with_the_first() -> None:
    incident = known()
    other, moderator = two(claims(incident), claims(incident, "New watchers of the sea"))
    version = Submission.objects.get(pk=other.pk).version
    with pytest.raises(Resembles, match="New watchers of the sea"):
        moderating.act(other, Action.APPROVE, by=moderator, reason="ok")
    part, source = other.parts.get(kind="source"), Source.objects.latest("pk")
    other.refresh_from_db()
    assert (part.outcome, part.proposals[0]["id"], other.version) == ("waiting", str(source.public_id), version + 1)
    moderating.resolve(part, by=moderator, object_id=source.public_id)
    moderating.act(other, Action.APPROVE, by=moderator, reason="ok")
    publish([Incident.objects.get(pk=incident.pk)])
    assert Source.objects.count() == 2
    assert {row["independent_sources"] for row in document_of(incident)["estimates"]} == {2}


def test_who_was_asked_once_and_said_another_is_not_asked_again() -> None:
    incident = known()
    other, moderator = two(claims(incident), claims(incident))
    with pytest.raises(Resembles):
        moderating.act(other, Action.APPROVE, by=moderator, reason="ok")
    moderating.resolve(other.parts.get(kind="source"), by=moderator, object_id=None)
    assert moderating.act(other, Action.APPROVE, by=moderator, reason="ok").state == "approved"
    assert Source.objects.count() == 3


@pytest.mark.parametrize(
    ("name", "source"),
    [("Somebody else entirely", {}), ("New Watchers of the Sea", {"kind": "witness"})],
)
def test_what_resembles_nothing_that_came_is_not_asked_about(name: str, source: dict[str, Any]) -> None:
    incident = known()
    other, moderator = two(claims(incident), claims(incident, name, **source))
    assert moderating.act(other, Action.APPROVE, by=moderator, reason="ok").state == "approved"


def test_what_the_same_organisation_entered_meanwhile_is_not_asked_about() -> None:
    """Its own that wait together keep to one by the same name, and a similar one is another of theirs."""
    incident, by = known(), sender("A")
    one, other = (submitting.submit(by, claims(incident, name)) for name in ("Watchers of the Sea", "Watchers of Seas"))
    moderator = take(one, other)
    for each in (one, other):
        moderating.act(each, Action.APPROVE, by=moderator, reason="ok")
    assert Source.objects.count() == 3


def test_in_a_bulk_it_is_one_refusal_and_the_name_waits() -> None:
    incident = known()
    one, other = submitting.submit(sender("A"), claims(incident)), submitting.submit(sender("B"), claims(incident))
    moderator = take(one, other)
    done = moderating.act_on_many([one.public_id, other.public_id], Action.APPROVE, by=moderator, reason="ok")
    assert [each.refusal is None for each in done] == [True, False]
    assert other.parts.get(kind="source").outcome == "waiting"


def test_of_two_categories_that_came_together_the_second_is_asked_about() -> None:
    first, second = tuwaym(), tuwaym()
    second["sources"][0]["names"] = {"en": "Quite another monitor"}
    one, other = submitting.submit(sender("A"), first), submitting.submit(sender("B"), second)
    moderator = take(one, other)
    moderating.act(one, Action.APPROVE, by=moderator, reason="ok")
    with pytest.raises(Resembles, match="Foreign fighters"):
        moderating.act(other, Action.APPROVE, by=moderator, reason="ok")
    assert Actor.objects.count() == 1
