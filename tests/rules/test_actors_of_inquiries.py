"""Inquiries name the actors of their scope only while these are published as alleged perpetrators, as published."""

from typing import Any

import pytest

from incidents.models import Actor, Attribution, Document, Incident, Investigation, Publication
from incidents.rules.publication.protecting import protect
from incidents.rules.publication.publishing import preview, publish, withdraw
from incidents.rules.publication.reindexing import reindex
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.rules.published import all_public_text, document_of, fresh, history

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def an_inquiry(*actors: Actor) -> Investigation:
    inquiry: Investigation = factories.InvestigationFactory()
    for actor in actors:
        factories.ScopeFactory(investigation=inquiry, incident=None, actor=actor)
    return inquiry


def accusing(actor: Actor) -> Incident:
    incident: Incident = factories.AttributionFactory(actor=actor).incident
    return incident


def named(inquiry: Investigation) -> list[tuple[str, Any]]:
    return [(each["actor"]["id"], each["actor"]["name"]["en"]) for each in actors(inquiry)]


def actors(inquiry: Investigation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document_of(inquiry, "investigation")["actors"]
    return found


def sound() -> bool:
    return verify_log().sound and reindex(check=True) == {}


def test_an_actor_whom_nobody_accuses_in_public_is_not_named() -> None:
    inquiry = an_inquiry(factories.ActorFactory(names={"en": "Canaryactor"}))
    assert preview(inquiry)["actors"] == []
    publish([inquiry])
    assert actors(inquiry) == []
    assert "canaryactor" not in all_public_text().lower()


@pytest.mark.parametrize("order", ["before", "with", "after"])
def test_an_accused_actor_is_named_whichever_is_published_first(order: str) -> None:
    actor = factories.ActorFactory(names={"en": "The guard"})
    inquiry, incident = an_inquiry(actor, factories.ActorFactory()), accusing(actor)
    steps: dict[str, list[list[Any]]] = {
        "before": [[incident], [inquiry]],
        "with": [[incident, inquiry]],
        "after": [[inquiry], [incident]],
    }
    for step in steps[order]:
        publish(step)
    assert named(inquiry) == [(str(actor.public_id), "The guard")]
    assert set(actors(inquiry)[0]["actor"]) == {"id", "type", "identification", "name"}
    rows = Publication.objects.count()
    publish([fresh(incident), fresh(inquiry)])
    assert Publication.objects.count() == rows
    assert sound()


def test_the_inquiry_that_follows_says_nothing_else_that_is_being_edited() -> None:
    actor = factories.ActorFactory()
    inquiry, other = an_inquiry(actor), factories.InvestigationFactory()
    publish([inquiry, other])
    before = document_of(inquiry, "investigation")
    Investigation.objects.filter(pk=inquiry.pk).update(names={"en": "Edited"})
    factories.StatementFactory(answered_by=inquiry)
    publish([accusing(actor)])
    assert history(inquiry)[-1][1:] == ("publish", "dependency")
    after = document_of(inquiry, "investigation")
    assert after["actors"]
    assert {**after, "actors": []} == before
    assert len(history(other)) == 1


def test_an_unpublished_rename_waits_and_a_published_one_arrives() -> None:
    actor = factories.ActorFactory(names={"en": "The guard"})
    inquiry, incident = an_inquiry(actor), accusing(actor)
    publish([incident, inquiry])
    Actor.objects.filter(pk=actor.pk).update(names={"en": "Renamed"})
    Investigation.objects.filter(pk=inquiry.pk).update(outcome="charges")
    publish([fresh(inquiry)])
    assert len(history(inquiry)) == 2
    assert named(inquiry)[0][1] == "The guard"
    publish([fresh(actor)])
    assert named(inquiry)[0][1] == "Renamed"


@pytest.mark.parametrize("way", ["withdrawn", "left out", "consent", "severe"])
def test_whom_nobody_accuses_any_more_is_named_no_more(way: str) -> None:
    actor, stays = factories.ActorFactory.create_batch(2)
    inquiry, incident = an_inquiry(actor, stays), accusing(actor)
    publish([incident, accusing(stays), inquiry])
    assert len(actors(inquiry)) == 2
    if way == "withdrawn":
        withdraw(incident, reason_code="retraction", reason="It did not happen.")
    elif way == "left out":
        Attribution.objects.filter(incident=incident).delete()
        publish([fresh(incident)])
    elif way == "consent":
        Document.objects.filter(attributions__incident=incident).update(consent="withdrawn")
        protect(Document.objects.get(attributions__incident=incident))
    else:
        Incident.objects.filter(pk=incident.pk).update(sensitivity="severe")
        protect(fresh(incident))
    assert [key for key, _ in named(inquiry)] == [str(stays.public_id)]
    assert sound()


def test_who_is_lost_while_the_inquiry_is_published_is_not_named_either() -> None:
    actor = factories.ActorFactory()
    incident = accusing(actor)
    publish([incident])
    Attribution.objects.filter(incident=incident).delete()
    inquiry = an_inquiry(actor)
    publish([fresh(incident), inquiry])
    assert actors(inquiry) == []
    assert sound()


def test_one_whom_another_incident_still_accuses_stays() -> None:
    actor = factories.ActorFactory()
    inquiry, incident = an_inquiry(actor), accusing(actor)
    publish([incident, accusing(actor), inquiry])
    withdraw(incident, reason_code="retraction", reason="It did not happen.")
    assert len(actors(inquiry)) == 1
    assert len(history(inquiry)) == 1


def test_an_incident_in_the_scope_leaves_its_actors_as_they_are() -> None:
    """Who is entered into the scope and not published waits for the inquiry, while an incident of it is published."""
    actor = factories.ActorFactory()
    inquiry, incident = an_inquiry(), accusing(actor)
    factories.ScopeFactory(investigation=inquiry, incident=incident)
    publish([incident, inquiry])
    factories.ScopeFactory(investigation=inquiry, incident=None, actor=actor)
    Incident.objects.filter(pk=incident.pk).update(title={"en": "Renamed"})
    publish([fresh(incident)])
    assert actors(inquiry) == []
    publish([fresh(inquiry)])
    assert len(actors(inquiry)) == 1
