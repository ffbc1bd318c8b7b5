"""Versions in the log that name something which their record, as it is now, does not name any more.

The index knows who names it today, and the log is not searched whenever a page is saved: the histories tell whose
versions may name a source, a document or an incident, and only those are read. Which incidents an inquiry looked into
has no history, so that all inquiries are read for an incident, and for an inquiry, whose page hides nothing when it is
saved, all incidents.
"""

from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q

from incidents import choices
from incidents.models import (
    Attribution,
    Claim,
    Document,
    Incident,
    IncidentAct,
    IncidentRelation,
    Investigation,
    InvestigationEvent,
    Publication,
    PublicationBody,
    Recommendation,
    Source,
    Statement,
    TargetedGroup,
)
from incidents.rules.publication.board import Address

INCIDENT, INQUIRY = choices.PublicKind.INCIDENT.value, choices.PublicKind.INVESTIGATION.value
SOURCE, DOCUMENT = choices.PublicKind.SOURCE.value, choices.PublicKind.DOCUMENT.value
SAID: tuple[Any, ...] = (Claim, Attribution, IncidentAct, TargetedGroup)


def named_once(addresses: Collection[Address]) -> set[Address]:
    """Those of these that some version of another record in the log names, one that ever named them."""
    found = set()
    for kind, key in addresses:
        if kind in {INCIDENT, INQUIRY} and _linked_once(kind, key):
            found.add((kind, key))
        sources, documents = ({key} if kind == each else set() for each in (SOURCE, DOCUMENT))
        holders = holders_once(sources=sources, documents=documents) if sources or documents else set()
        named = PublicationBody.objects.filter(publication__object_id__among=holders, document__contains=str(key))
        if holders and named.exists():
            found.add((kind, key))
    return found


def _linked_once(kind: str, key: UUID) -> bool:
    """Whether a version of another incident, or of an inquiry, names this one: only what was published is named."""
    if not Publication.objects.filter(kind=kind, object_id=key).exists():
        return False
    naming = PublicationBody.objects.filter(document__contains=str(key))
    if kind == INQUIRY:
        return naming.filter(publication__kind=INCIDENT).exists()
    ends: set[int] = set()
    for rows in (IncidentRelation.objects, IncidentRelation.history):
        either = Q(from_incident__public_id=key) | Q(to_incident__public_id=key)
        ends.update(*rows.filter(either).order_by().values_list("from_incident", "to_incident"))
    related = set(Incident.objects.filter(pk__in=ends).values_list("public_id", flat=True))
    related |= set(Incident.history.filter(id__in=ends).values_list("public_id", flat=True))  # the deleted
    related.discard(key)
    told = bool(related) and naming.filter(publication__kind=INCIDENT, publication__object_id__among=related).exists()
    return told or naming.filter(publication__kind=INQUIRY).exists()


def holders_once(*, sources: Collection[UUID] = (), documents: Collection[UUID] = ()) -> set[UUID]:
    """The public ids of the records that name these now, or did by their histories, the deleted among both."""
    by = _ever(Source, sources)
    own = set(Document.history.filter(publisher_id__in=by).values_list("public_id", flat=True)) if by else set()
    stood = _ever(Document, documents)
    incidents, inquiries = set(_incidents(by, stood)), set(_inquiries(by, stood))
    return {
        *own,
        *Incident.objects.filter(pk__among=incidents).values_list("public_id", flat=True),
        *Investigation.objects.filter(pk__in=inquiries).values_list("public_id", flat=True),
        *Investigation.history.filter(Q(body_id__in=by) | Q(established_by_id__in=by)).values_list(
            "public_id", flat=True
        ),
    }


def _ever(model: Any, keys: Collection[UUID]) -> set[int]:
    """The primary keys that these have, or had until they were deleted."""
    if not keys:
        return set()
    there = model.objects.filter(public_id__among=set(keys)).values_list("pk", flat=True)
    gone = model.history.filter(public_id__in=set(keys)).values_list("id", flat=True)
    return {*there, *gone}


def _incidents(by: set[int], stood: set[int]) -> Iterator[int]:
    """The primary keys of incidents of which something was said by these sources, or stood in these documents."""
    for model in SAID:
        which = Q(asserted_by_id__in=by) | Q(document_id__in=stood)
        for rows in (model.objects, model.history):
            yield from rows.filter(which).order_by().values_list("incident_id", flat=True).distinct()
    if by:
        yield from Claim.objects.filter(corroborated_by__in=by).order_by().values_list("incident_id", flat=True)
        for rows in (IncidentRelation.objects, IncidentRelation.history):
            for ends in rows.filter(asserted_by_id__in=by).order_by().values_list("from_incident", "to_incident"):
                yield from ends


def _inquiries(by: set[int], stood: set[int]) -> Iterator[int]:
    """The same of inquiries; their events are never taken out."""
    said = Q(by_id__in=by) | Q(reported_by_id__in=by) | Q(document_id__in=stood)
    yield from InvestigationEvent.objects.filter(said).order_by().values_list("investigation_id", flat=True)
    yield from Recommendation.objects.filter(document_id__in=stood).values_list("investigation_id", flat=True)
    spoke = Q(by_id__in=by) | Q(answer_asserted_by_id__in=by) | Q(document_id__in=stood)
    rows = Statement.objects.filter(spoke).order_by()
    for keys in rows.values_list("answered_by_id", "about__scopes__investigation_id"):
        yield from filter(None, keys)
