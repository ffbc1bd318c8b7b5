"""Versions in the log that name a source or a document which their record, as it is now, does not name any more.

The index knows who names it today, and the log is not searched whenever a page is saved: the histories tell whose
versions may name it, and only those are read.
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
    PublicationBody,
    Recommendation,
    Source,
    Statement,
    TargetedGroup,
)
from incidents.rules.publication.board import Address

SOURCE, DOCUMENT = choices.PublicKind.SOURCE.value, choices.PublicKind.DOCUMENT.value
SAID: tuple[Any, ...] = (Claim, Attribution, IncidentAct, TargetedGroup)


def named_once(addresses: Collection[Address]) -> set[Address]:
    """Those of these sources and documents that some version in the log names, of a record that ever named them."""
    found = set()
    for kind, key in addresses:
        sources, documents = ({key} if kind == each else set() for each in (SOURCE, DOCUMENT))
        holders = holders_once(sources=sources, documents=documents) if sources or documents else set()
        named = PublicationBody.objects.filter(publication__object_id__among=holders, document__contains=str(key))
        if holders and named.exists():
            found.add((kind, key))
    return found


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
