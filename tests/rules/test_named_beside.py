"""What becomes public beside a record: no unpublished edit of an actor, and of a publisher what two people saw."""

from typing import Any

import pytest

from incidents.choices import DecisionAction
from incidents.models import Decision, PublicDocument, PublicSource
from incidents.rules.desk import deciding
from incidents.rules.publication.publishing import publish, published_document
from incidents.rules.submissions.transitions import NotAllowed, NotNow
from incidents.rules.trail import editing
from tests.contributions import person
from tests.factories import (
    ActorFactory,
    ActorRelationFactory,
    AttributionFactory,
    ClaimFactory,
    DocumentFactory,
    SourceFactory,
)

pytestmark = pytest.mark.django_db
PUBLISHED, EDITED = {"en": "The brigade"}, {"en": "By one person"}


def edit(record: Any, by: Any, **columns: Any) -> None:
    """As a page of the desk does."""
    stored = type(record).objects.get(pk=record.pk)
    for name, value in columns.items():
        setattr(stored, name, value)
    stored._history_user = by
    editing.save(stored)


def public_actor() -> Any:
    actor = ActorFactory(names=PUBLISHED)
    publish([AttributionFactory(actor=actor).incident])
    return actor


def named_by(kind: str, record: Any) -> Any:
    content = published_document(kind, record.public_id)
    assert content is not None
    return content


def test_whom_a_source_belongs_to_reads_as_published_until_it_is_published_again() -> None:
    actor = public_actor()
    source = SourceFactory(affiliated_with=actor)
    edit(actor, person("moderator"), names=EDITED)
    publish([ClaimFactory(asserted_by=source).incident])
    assert named_by("source", source)["affiliated_with"]["name"] == PUBLISHED
    publish([type(actor).objects.get(pk=actor.pk)])
    assert named_by("source", source)["affiliated_with"]["name"] == EDITED


@pytest.mark.parametrize("alone", [True, False])
def test_so_does_another_actor_that_one_stands_in_a_relation_to(alone: bool) -> None:
    actor, other = public_actor(), ActorFactory()
    ActorRelationFactory(from_actor=other, to_actor=actor)
    edit(actor, person("moderator"), names=EDITED)
    incident = AttributionFactory(actor=other).incident
    if not alone:
        AttributionFactory(actor=actor, incident=incident)
    publish([incident])
    (relation,) = named_by("perpetrator", other)["relations"]
    assert (relation["actor"]["name"], named_by("perpetrator", actor)["name"]) == (PUBLISHED, PUBLISHED)


def test_both_published_at_once_read_as_they_are_now() -> None:
    actor = public_actor()
    source = SourceFactory(affiliated_with=actor)
    edit(actor, person("moderator"), names=EDITED)
    publish([source, type(actor).objects.get(pk=actor.pk)])
    assert named_by("source", source)["affiliated_with"]["name"] == EDITED


def proposed(publisher: Any) -> tuple[Decision, Any]:
    moderator = person("moderator")
    document = DocumentFactory(publisher=publisher, title={"en": "Statement"})
    return deciding.propose(DecisionAction.PUBLISH, document, by=moderator, reason="ok"), moderator


@pytest.mark.parametrize("hidden", [True, False])
def test_who_changed_the_publisher_is_no_second_person_for_a_document(hidden: bool) -> None:
    publisher = SourceFactory(kind="witness" if hidden else "local_monitor", confidential=hidden)
    decision, _ = proposed(publisher)
    lead = person("lead")
    edit(publisher, lead, **({"confidential": False} if hidden else {"names": EDITED}))
    with pytest.raises(NotAllowed, match="second person"):
        deciding.confirm(decision, by=lead)
    assert not PublicSource.objects.exists()


def test_a_publisher_rewritten_since_is_proposed_anew() -> None:
    publisher = SourceFactory()
    decision, moderator = proposed(publisher)
    edit(publisher, moderator, names=EDITED)
    with pytest.raises(NotNow, match="changed since this was proposed"):
        deciding.confirm(decision, by=person("lead"))
    deciding.decline(decision, by=moderator, reason="Anew")
    again = deciding.propose(DecisionAction.PUBLISH, deciding.object_of(decision), by=moderator, reason="ok")
    deciding.confirm(again, by=person("lead"))
    assert named_by("source", publisher)["name"] == EDITED


def test_a_public_publisher_may_be_edited_meanwhile_and_stays_as_published() -> None:
    publisher = SourceFactory(names=PUBLISHED)
    publish([publisher])
    decision, moderator = proposed(publisher)
    edit(publisher, moderator, names=EDITED)
    deciding.confirm(decision, by=person("lead"))
    assert (named_by("source", publisher)["name"], PublicDocument.objects.count()) == (PUBLISHED, 1)


def test_with_a_hidden_publisher_nothing_of_them_is_published() -> None:
    publisher = SourceFactory(kind="witness", confidential=True)
    decision, moderator = proposed(publisher)
    edit(publisher, moderator, names=EDITED)
    deciding.confirm(decision, by=person("lead"))
    assert (PublicSource.objects.count(), PublicDocument.objects.count()) == (0, 1)
