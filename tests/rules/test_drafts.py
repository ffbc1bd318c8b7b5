"""Nothing of what is still being edited becomes public when something related is published or previewed."""

import pytest

from incidents.models import (
    Actor,
    Incident,
    Investigation,
    Publication,
    Restatement,
    Source,
    Statement,
)
from incidents.rules.publication import naming
from incidents.rules.publication.publishing import preview, publish, withdraw
from incidents.rules.publication.reindexing import fingerprints
from tests import factories
from tests.rules.published import DRAFT, a_family, all_public_text, document_of, edit_without_publishing, fresh

pytestmark = pytest.mark.django_db


def test_nothing_of_an_unpublished_edit_leaks_when_a_relative_is_published() -> None:
    container, child, investigation = a_family()
    edit_without_publishing(child)
    factories.ClaimFactory(incident=container, value=3)
    publish([fresh(container)])
    text = all_public_text()
    assert DRAFT not in text
    assert DRAFT.lower() not in text
    assert "88888" not in text
    edit_without_publishing(container)
    Investigation.objects.update(mandate={"en": "A wider mandate."})
    publish([fresh(investigation)])
    assert DRAFT not in all_public_text()
    withdraw(container, reason_code="correction", reason="Counted twice.")
    assert DRAFT not in all_public_text()


def test_nothing_of_an_investigation_that_is_being_edited_leaks_when_its_incident_is_published() -> None:
    container, _, investigation = a_family()
    Investigation.objects.update(names={"en": f"{DRAFT} commission"}, mandate={"en": f"{DRAFT} mandate"})
    Actor.objects.filter(scopes__investigation=investigation).update(names={"en": f"{DRAFT} actor"})
    factories.InvestigationEventFactory(investigation=investigation, note=f"{DRAFT} note")
    factories.ScopeFactory(
        investigation=investigation, incident=None, actor=factories.ActorFactory(names={"en": f"{DRAFT} other"})
    )
    factories.ClaimFactory(incident=container, value=3)
    publish([fresh(container)])
    assert DRAFT not in all_public_text()


def test_a_statement_about_another_incident_stays_as_it_was() -> None:
    container, child, _ = a_family()
    Statement.objects.update(summary={"en": f"{DRAFT} summary"})
    Source.objects.filter(statements__isnull=False).update(names={"en": f"{DRAFT} speaker"})
    publish([fresh(child)])
    factories.ClaimFactory(incident=child, value=3)
    publish([fresh(child)])
    assert container is not None
    assert DRAFT not in all_public_text()


def test_a_draft_relative_and_who_asserts_the_relation_stay_unpublished() -> None:
    public, draft = factories.IncidentFactory(), factories.IncidentFactory(title={"en": f"{DRAFT} title"})
    factories.IncidentRelationFactory(
        from_incident=public, to_incident=draft, asserted_by__names={"en": f"{DRAFT} source"}, reason=f"{DRAFT} reason"
    )
    publish([public])
    assert DRAFT not in all_public_text()
    publish([draft])
    assert document_of(public)["relations"][0]["asserted_by"]["name"] == {"en": f"{DRAFT} source"}


def test_statements_about_draft_incidents_stay_unpublished_with_their_sources() -> None:
    investigation, draft = factories.InvestigationFactory(), factories.IncidentFactory()
    factories.ScopeFactory(investigation=investigation, incident=draft)
    factories.StatementFactory(
        by__names={"en": f"{DRAFT} speaker"},
        document__title={"en": f"{DRAFT} document"},
        document__publisher__names={"en": f"{DRAFT} publisher"},
    ).about.set([draft])
    publish([investigation])
    assert DRAFT not in all_public_text()


def test_a_private_claim_leaves_nothing() -> None:
    incident = factories.IncidentFactory()
    document = factories.DocumentFactory(
        title={"en": f"{DRAFT} document"}, publisher__names={"en": f"{DRAFT} publisher"}
    )
    factories.ClaimFactory(incident=incident, document=document, public=False, quote=DRAFT, value=4321)
    publish([incident])
    assert DRAFT not in all_public_text()
    assert document_of(incident)["estimates"] == []


def test_a_preview_shows_what_would_be_public_and_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "CASCADE_BOUND", 0)
    container, child, investigation = a_family()
    Restatement.objects.all().delete()
    Incident.objects.filter(pk=child.pk).update(title={"en": "Another title"})
    Investigation.objects.update(names={"en": "Another name"})
    before, rows = fingerprints(), Publication.objects.count()
    shown = preview(fresh(child))
    assert shown["title"] == {"en": "Another title"}
    assert [each["type"] for each in shown["relations"]] == ["contains"]
    preview(fresh(investigation))
    preview(container)
    assert (fingerprints(), Publication.objects.count()) == (before, rows)
    assert not Restatement.objects.exists()
