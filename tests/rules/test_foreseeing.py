"""A dry run shows what publishing would derive, and tells nothing of what the desk edited and did not publish."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.models import Actor, Claim, ClaimCell, Incident, PublicIncident, Source
from incidents.rules import moderating, submitting
from incidents.rules.board import content_of
from incidents.rules.publishing import publish
from incidents.rules.refusals import Refused
from incidents.rules.submitting import Sender
from tests import factories
from tests.contributions import person, sender, tuwaym, with_reference

pytestmark = pytest.mark.django_db
MONITORS = {"key": "own", "kind": "local_monitor", "names": {"en": "Observers of Latakia"}}
WITNESS = {"key": "own", "kind": "witness", "names": {}}


def published(content: Any, by: Sender) -> Incident:
    submission, moderator = submitting.submit(by, content), person("moderator")
    moderating.act(submission, Action.CLAIM, by=moderator)
    for part in submission.parts.filter(outcome="waiting"):
        moderating.resolve(part, by=moderator, object_id=None)
    moderating.act(submission, Action.APPROVE, by=moderator, reason="Two sources")
    done = moderating.act(submission, Action.PUBLISH, by=person("lead"), reason="New report")
    assert done.incident is not None
    return done.incident


def estimates_of(incident: Incident) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = content_of(PublicIncident.objects.get(public_id=incident.public_id).document)[
        "estimates"
    ]
    return rows


def figures(rows: Any) -> list[dict[str, Any]]:
    """Everything but the ids of the claims that set best: what is sent has none yet."""
    return [{name: value for name, value in row.items() if name != "set_by"} for row in rows]


def claims_on(incident: Incident, **changed: Any) -> dict[str, Any]:
    content = tuwaym(type="claims", incident=None, attributions=None, actors=None, external_reference=None)
    content["sources"] = [MONITORS]
    content["documents"][0] |= {"publisher": "own", "url": "https://example.org/observers"}
    content["claims"][0] |= {"asserted_by": "own", "value": 40, "cells": [], **changed}
    return content | {"about": str(incident.public_id)}


def again(**changed: Any) -> dict[str, Any]:
    content = tuwaym()
    content["claims"][0] |= changed
    return content


def retraction(incident: Incident) -> dict[str, Any]:
    entries = [{"claim": str(incident.claims.get().public_id), "reason": "Counted twice"}]
    return {
        "type": "correction",
        "about": str(incident.public_id),
        "correction": {"retractions": entries, "reason": "Counted twice"},
    }


def replacing(incident: Incident) -> dict[str, Any]:
    """A later word of the source that is published, which says what it replaces."""
    claim = incident.claims.get()
    named = {"asserted_by": str(claim.asserted_by.public_id), "supersedes": str(claim.public_id)}
    return claims_on(incident, **named, value=38)


SENT: dict[str, Callable[[Incident], dict[str, Any]]] = {
    "another source's": claims_on,
    "a part": lambda incident: claims_on(incident, scope="narrower", cells=[{"age_group": "child", "value": 9}]),
    "a range": lambda incident: claims_on(incident, qualifier="range", value=None, low=20, high=60),
    "another measure": lambda incident: claims_on(incident, measure="injured"),
    "a witness's": lambda incident: claims_on(incident) | {"sources": [WITNESS]},
    "a retraction": retraction,
    "the same again": lambda _incident: again(),
    "a new version": lambda _incident: again(value=33, as_of="2025-03-10", cells=[]),
    "what it replaces": replacing,
    "a lower figure of the same day": lambda _incident: again(value=29, cells=[]),
}


@pytest.mark.parametrize("sent", SENT)
def test_what_is_published_is_what_the_dry_run_showed(sent: str) -> None:
    by = sender()
    incident = published(tuwaym(), by)
    content = SENT[sent](incident)
    shown = submitting.trial(by, content).estimates
    published(content, by)
    assert figures(shown) == figures(estimates_of(incident))


UNNAMED: dict[str, dict[str, Any]] = {
    "nobody confidential": {},
    "a witness, who is a new one each time": {"sources": [{**WITNESS, "key": "seen"}]},
    "one of ours, who is the same": {"sources": [{**MONITORS, "key": "seen", "confidential": True}]},
}


@pytest.mark.parametrize("changed", UNNAMED.values(), ids=UNNAMED)
def test_so_it_is_of_a_new_incident_and_of_its_next_version(changed: dict[str, Any]) -> None:
    by, content = sender(), tuwaym(**changed)
    shown = submitting.trial(by, content).estimates
    assert [row["best"] for row in shown] == [31, 31]
    assert figures(shown) == figures(estimates_of(published(content, by)))
    for later in (content, again(value=35, cells=[]) | changed):
        shown = submitting.trial(by, later).estimates
        assert figures(shown) == figures(estimates_of(published(later, by)))


def test_what_may_not_be_published_counts_for_nothing() -> None:
    content = tuwaym()
    content["documents"][0]["consent"] = "none"
    assert submitting.trial(sender(), content).estimates == []
    content = tuwaym()
    content["incident"]["sensitivity"] = "severe"
    assert submitting.trial(sender(), content).estimates == []


def value(claim: Claim) -> None:
    Claim.objects.filter(pk=claim.pk).update(value=444)


def retracted(claim: Claim) -> None:
    now = datetime(2025, 4, 1, tzinfo=UTC)
    Claim.objects.filter(pk=claim.pk).update(retracted_at=now, retracted_by="desk")


def hidden(claim: Claim) -> None:
    Claim.objects.filter(pk=claim.pk).update(public=False)


def matter(claim: Claim) -> None:
    Claim.objects.filter(pk=claim.pk).update(status="all", credibility="5", scope="wider", interim=True)


def cells(claim: Claim) -> None:
    ClaimCell.objects.filter(claim=claim).delete()
    factories.ClaimCellFactory(claim=claim, age_group="", status="unknown", value=17)


def asserter(claim: Claim) -> None:
    Claim.objects.filter(pk=claim.pk).update(asserted_by=factories.SourceFactory())


def reliability(claim: Claim) -> None:
    Source.objects.filter(pk=claim.asserted_by_id).update(reliability="A")


def affiliation(claim: Claim) -> None:
    Source.objects.filter(pk=claim.asserted_by_id).update(affiliated_with=factories.ActorFactory())


def names(claim: Claim) -> None:
    Source.objects.filter(pk=claim.asserted_by_id).update(names={"en": "Observers of Latakia (hidden)"})
    Actor.objects.update(names={"en": "Hidden fighters"})


def similar(claim: Claim) -> None:
    for number in range(6):
        factories.SourceFactory(names={"en": f"Observers of Latakia {number}"})


def override(claim: Claim) -> None:
    factories.EstimateOverrideFactory(incident=claim.incident)


def deleted(claim: Claim) -> None:
    claim.attributions.all().delete()
    claim.delete()


def attribution(claim: Claim) -> None:
    factories.AttributionFactory(incident=claim.incident, extent="whole", position="accepts")


def another(claim: Claim) -> None:
    factories.ClaimFactory(incident=claim.incident, document=claim.document, value=9_999)


def twin(claim: Claim) -> None:
    """What is sent stands there already, and is not public."""
    factories.ClaimFactory(incident=claim.incident, document=claim.document, value=40, as_of=None, credibility="")


EDITS = (value, retracted, hidden, matter, cells, asserter, reliability, affiliation, names, similar, override,
         attribution, another, twin, deleted)  # fmt: skip


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
@pytest.mark.parametrize("whose", ["Seen", "Hostile"])
def test_an_edit_that_nobody_published_changes_nothing_of_it(edit: Callable[[Claim], None], whose: str) -> None:
    incident = published(tuwaym(), sender())
    public = factories.SourceFactory(names={"en": "Observers of Latakia and Tartus"})
    publish([public])
    by = sender(whose)
    sent = [make(incident) for make in SENT.values()]

    def shown() -> list[Any]:
        tried = [submitting.trial(by, content) for content in sent]
        parts = [[(part.outcome, part.object_id, part.proposals) for part in each.parts] for each in tried]
        told = [[(o, i, [one for one in found if one["public"]]) for o, i, found in each] for each in parts]
        return [(each.estimates, said) for each, said in zip(tried, told, strict=True)]

    before = shown()
    edit(incident.claims.get())
    assert shown() == before
    assert any(found for _, said in before for _, _, found in said), "a public source is proposed by its public name"


def test_figures_that_nothing_sent_touches_stay_as_they_are_published() -> None:
    """The desk's own, and those that a reliability decided, of which nobody is told."""
    incident = published(tuwaym(), sender())
    trusted = factories.SourceFactory(reliability="A")
    document = factories.DocumentFactory(publisher=trusted)
    factories.ClaimFactory(incident=incident, document=document, value=25, credibility="", as_of=None)
    factories.EstimateOverrideFactory(incident=incident)
    publish([incident])
    public = estimates_of(incident)
    assert [row["best"] for row in public] == [25, 25, 717]
    shown = submitting.trial(sender("Another"), claims_on(incident, measure="injured")).estimates
    assert [row for row in shown if row["measure"] == "killed"] == public
    assert [row["best"] for row in shown if row["measure"] == "injured"] == [40, 40]


def test_an_incident_that_is_not_public_any_more_lends_nothing() -> None:
    by = sender()
    first = published(tuwaym(), by)
    PublicIncident.objects.all().delete()
    Claim.objects.filter(incident=first).update(value=444)
    assert [row["high"] for row in submitting.trial(by, again(value=33, cells=[])).estimates] == [33, 33]
    assert [row["high"] for row in submitting.trial(by, with_reference("2")).estimates] == [31, 31]


def test_a_sensitivity_that_was_lowered_and_not_published_is_not_sounded_out() -> None:
    """What the desk decided counts for whoever sends once it is public."""
    content = tuwaym()
    content["incident"]["sensitivity"] = "high"
    incident = published(content, sender())
    asked = {
        "type": "correction",
        "about": str(incident.public_id),
        "correction": {"changes": {"sensitivity": "moderate"}, "reason": "Less is at stake"},
    }
    Incident.objects.filter(pk=incident.pk).update(sensitivity="moderate")
    with pytest.raises(Refused, match="for the desk to decide"):
        submitting.trial(sender("Hostile"), asked)
    publish([Incident.objects.get(pk=incident.pk)])
    assert submitting.trial(sender("Hostile"), asked).estimates
