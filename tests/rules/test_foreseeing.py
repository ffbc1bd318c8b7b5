"""A dry run shows what publishing would derive, and tells nothing of what the desk edited and did not publish."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from incidents.models import Claim, Incident, PublicIncident
from incidents.rules.publication.publishing import publish
from incidents.rules.refusals import Refused
from incidents.rules.submissions import submitting
from incidents.rules.submissions.submitting import Sender
from tests import factories
from tests.contributions import sender, tuwaym, with_reference
from tests.foresight import EDITS, estimates_of, figures, published
from tests.sharing import made_once

pytestmark = [pytest.mark.django_db, pytest.mark.once]
MONITORS = {"key": "own", "kind": "local_monitor", "names": {"en": "Observers of Latakia"}}
WITNESS = {"key": "own", "kind": "witness", "names": {}}


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
    "a witness, who is the same when sent again": {"sources": [{**WITNESS, "key": "seen"}]},
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


@dataclass
class Tried:
    """What somebody sends about a published incident, and what dry runs show of it."""

    incident: Incident
    by: Sender
    sent: list[dict[str, Any]]
    before: list[Any]

    def shown(self) -> list[Any]:
        """Of each that is sent: the estimates, and the parts with the proposals that are public."""
        tried = [submitting.trial(self.by, content) for content in self.sent]
        parts = [[(part.outcome, part.object_id, part.proposals) for part in each.parts] for each in tried]
        told = [[(o, i, [one for one in found if one["public"]]) for o, i, found in each] for each in parts]
        return [(each.estimates, said) for each, said in zip(tried, told, strict=True)]


def try_everything(whose: str) -> Tried:
    incident = published(tuwaym(), sender())
    publish([factories.SourceFactory(names={"en": "Observers of Latakia and Tartus"})])
    found = Tried(incident, sender(whose), [make(incident) for make in SENT.values()], [])
    found.before = found.shown()
    return found


@pytest.fixture(scope="class", params=["Seen", "Hostile"])
def tried(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Tried]:
    with made_once(django_db_blocker, lambda: try_everything(request.param)) as found:
        yield found


class TestEdits:
    """The incident is published, and everything tried, once for all edits; each is undone with its test."""

    @pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
    def test_an_edit_that_nobody_published_changes_nothing_of_it(
        self, tried: Tried, edit: Callable[[Claim], None]
    ) -> None:
        edit(tried.incident.claims.get())
        assert tried.shown() == tried.before

    def test_a_public_source_is_proposed_by_its_public_name(self, tried: Tried) -> None:
        assert any(found for _, said in tried.before for _, _, found in said)


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
