"""Raising a sensitivity or hiding a source or document takes effect when it is saved."""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from incidents.models import Document, Incident, Publication, PublicIncident, Source
from incidents.rules.publication.board import Board
from incidents.rules.publication.naming import carry
from incidents.rules.publication.protecting import protect
from incidents.rules.publication.publishing import publish, withdraw
from incidents.rules.publication.reindexing import reindex
from incidents.rules.publication.settling import settle
from incidents.rules.trail import log
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.admin.forms import filled
from tests.rules.test_disclosure import PLAIN, areas, found, fresh, sensitive

pytestmark = pytest.mark.django_db


def test_a_raised_sensitivity_is_published_at_once_and_only_once() -> None:
    incident = sensitive(areas())
    publish([incident])
    assert not protect(fresh(incident))
    Incident.objects.update(sensitivity="high")
    assert protect(fresh(incident))
    assert found(PLAIN) == []
    assert Publication.objects.latest("seq").reason_code == "privacy"
    assert not protect(fresh(incident))
    assert verify_log().sound


def test_a_withdrawn_incident_is_emptied_and_not_published_again() -> None:
    incident = sensitive(areas())
    publish([incident])
    withdraw(incident, reason_code="correction", reason="Counted twice.")
    Incident.objects.update(sensitivity="high")
    assert protect(fresh(incident))
    assert found(PLAIN) == []
    assert not PublicIncident.objects.exists()
    assert not protect(fresh(incident))


@pytest.mark.parametrize(
    ("kind", "change"), [(Source, {"confidential": True}), (Document, {"consent": "withdrawn"})], ids=str
)
def test_a_hidden_source_or_document_goes_at_once(kind: Any, change: dict[str, Any]) -> None:
    source = factories.SourceFactory(names={"en": f"{PLAIN} monitor"})
    document = factories.DocumentFactory(title={"en": f"{PLAIN} report"}, publisher=source)
    obj = source if kind is Source else document
    publish([document])
    kind.objects.filter(pk=obj.pk).update(**change)
    assert protect(fresh(obj))
    assert found(f"{PLAIN} report") == []
    assert not protect(fresh(obj))


@pytest.mark.parametrize("saved", ["source", "document"])
@pytest.mark.parametrize("where", ["current", "earlier", "no longer named"])
def test_what_came_back_of_a_document_of_a_confidential_source_goes_when_either_is_saved_again(
    saved: str, where: str
) -> None:
    """So did a restatement that went on with a name which it had read before."""
    source = factories.SourceFactory()
    document = factories.DocumentFactory(title={"en": "Before"}, publisher=source)
    incident = (claim := factories.ClaimFactory(document=document)).incident
    publish([incident, factories.ClaimFactory().incident])
    Source.objects.filter(pk=source.pk).update(confidential=True)
    assert protect(fresh(source))
    assert not protect(fresh(source))
    assert not protect(fresh(document))
    with transaction.atomic():
        head, board = log.lock_head(), Board()
        told = {"id": str(document.public_id), "title": {"en": f"{PLAIN} report"}, "url": "https://example.org/"}
        carry(board, {str(document.public_id): told}, set(), board.holders([document.public_id]))
        settle(head, board, set(), set(), set())
    if where != "current":
        if where == "no longer named":
            claim.delete()
        Incident.objects.filter(pk=incident.pk).update(summary={"en": "Otherwise."})
        publish([fresh(incident)])
    assert found(f"{PLAIN} report") != []
    rows = Publication.objects.count()
    assert protect(fresh(source if saved == "source" else document))
    assert found(f"{PLAIN} report") == []
    assert {each.object_id for each in Publication.objects.filter(seq__gt=rows)} == {
        document.public_id, incident.public_id,
    }  # fmt: skip
    assert not protect(fresh(source))
    assert reindex(check=True) == {}
    assert verify_log().sound


@pytest.mark.parametrize(
    ("kind", "change"), [(Source, {"confidential": True}), (Document, {"consent": "withdrawn"})], ids=str
)
def test_what_came_back_of_what_is_hidden_and_is_named_no_longer_goes_when_it_is_saved_again(
    kind: Any, change: dict[str, Any]
) -> None:
    source = factories.SourceFactory(names={"en": f"{PLAIN} report"})
    document = factories.DocumentFactory(title={"en": f"{PLAIN} report"}, publisher=source)
    claim = factories.ClaimFactory(document=document, asserted_by=source)
    incident, obj = claim.incident, source if kind is Source else document
    publish([incident])
    before = Board().content("incident", incident.public_id)
    kind.objects.filter(pk=obj.pk).update(**change)
    assert protect(fresh(obj))
    with transaction.atomic():
        head, board = log.lock_head(), Board()
        board.put("incident", incident.public_id, before)
        settle(head, board, set(), set(), set())
    claim.delete()
    publish([fresh(incident)])
    assert found(f"{PLAIN} report") != []
    assert protect(fresh(obj))
    assert found(f"{PLAIN} report") == []
    assert not protect(fresh(obj))
    assert reindex(check=True) == {}
    assert verify_log().sound


def test_a_document_that_goes_over_to_a_confidential_source_does_not_give_it_away() -> None:
    document = factories.DocumentFactory(title={"en": f"{PLAIN} report"})
    publish([factories.ClaimFactory(document=document).incident])
    witness = factories.SourceFactory(confidential=True)
    Document.objects.filter(pk=document.pk).update(publisher=witness.pk)
    assert protect(fresh(document))
    assert found(f"{PLAIN} report") == []
    assert not protect(fresh(document))


@pytest.mark.parametrize(
    ("kind", "change"), [(Source, {"confidential": True}), (Document, {"consent": "withdrawn"})], ids=str
)
def test_what_became_private_since_it_was_read_is_not_published(kind: Any, change: dict[str, Any]) -> None:
    """An importer reads it, its page is saved, and the importer publishes what it has read."""
    source = factories.SourceFactory(names={"en": f"{PLAIN} report"})
    document = factories.DocumentFactory(title={"en": f"{PLAIN} report"}, publisher=source)
    read = fresh(source if kind is Source else document)
    kind.objects.filter(pk=read.pk).update(**change)
    publish([read])
    assert found(f"{PLAIN} report") == []


def test_what_was_never_public_stays_unpublished() -> None:
    assert not protect(factories.IncidentFactory(sensitivity="high"))
    assert not protect(factories.SourceFactory(confidential=True))
    assert not Publication.objects.exists()


def test_saving_the_page_of_an_incident_protects_it() -> None:
    incident = sensitive(areas())
    publish([incident])
    desk = Client()
    desk.force_login(factories.UserFactory(is_staff=True, is_superuser=True))
    page = reverse("admin:incidents_incident_change", args=[incident.pk])
    assert desk.post(page, filled(desk, page) | {"sensitivity": "high"}).status_code == 302
    assert found(PLAIN) == []
