"""Reading what a test published: documents, the log's rows of an object, and everything public as one text."""

import json
from typing import Any

from incidents.models import Incident, Investigation, Publication
from incidents.rules.publication.publishing import publish, published_document
from incidents.rules.publication.reindexing import INDEX_TABLES
from tests import factories


def fresh(obj: Any) -> Any:
    """The object as the working record has it now, as every caller of the rules reads it."""
    return type(obj).objects.get(pk=obj.pk)


def document_of(obj: Any, kind: str = "incident") -> dict[str, Any]:
    content = published_document(kind, obj.public_id)
    assert content is not None
    return content


def history(obj: Any) -> list[tuple[int, str, str]]:
    rows = Publication.objects.filter(object_id=obj.public_id).order_by("seq")
    return list(rows.values_list("version", "operation", "reason_code"))


def all_public_text() -> str:
    """Every value of every public table and every body of the log."""
    parts = [json.dumps(list(table._default_manager.values()), default=str) for table in INDEX_TABLES]
    bodies = Publication.objects.values("reason", "body__document")
    return "\n".join([*parts, json.dumps(list(bodies), default=str)])


DRAFT = "UNPUBLISHEDDRAFT"


def a_family() -> tuple[Incident, Incident, Investigation]:
    """A published container with a child, and an investigation of both with a statement."""
    container, child = factories.IncidentFactory.create_batch(2)
    for each in (container, child):
        factories.ClaimFactory(incident=each)
        factories.AttributionFactory(incident=each)
    factories.IncidentRelationFactory(from_incident=container, to_incident=child)
    investigation = factories.InvestigationFactory()
    factories.ScopeFactory(investigation=investigation, incident=container)
    factories.ScopeFactory(investigation=investigation, incident=child)
    factories.ScopeFactory(investigation=investigation, incident=None, actor=factories.ActorFactory())
    factories.StatementFactory(answered_by=investigation).about.set([container])
    publish([container, child, investigation])
    return container, child, investigation


def edit_without_publishing(incident: Incident) -> None:
    """Change everything that hangs on an incident."""
    Incident.objects.filter(pk=incident.pk).update(
        title={"en": f"{DRAFT} title"}, summary={"en": f"{DRAFT} summary"}, place_text=f"{DRAFT} place"
    )
    document = factories.DocumentFactory(
        title={"en": f"{DRAFT} document"}, publisher__names={"en": f"{DRAFT} publisher"}
    )
    factories.ClaimFactory(incident=incident, document=document, value=88_888, quote=f"{DRAFT} quote")
    factories.AttributionFactory(incident=incident, document=document, actor__names={"en": f"{DRAFT} actor"})
    factories.IncidentActFactory(incident=incident, document=document)
