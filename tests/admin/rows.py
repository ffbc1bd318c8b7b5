"""Rows for every table of the admin, those of the log made the one way there is: by publishing.

Which page is opened with them is test_registry.py's matter.
"""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from incidents.rules.publication import publishing
from incidents.rules.trail import auditing
from tests import factories as f
from tests import moderation_factories, webhooks


def _claims_with_parts(incident: Any) -> None:
    claim = f.ClaimFactory(incident=incident)
    f.ClaimCellFactory(claim=claim, area=f.AdminAreaFactory())
    claim.corroborated_by.add(f.SourceFactory())
    claim.covers_areas.add(f.AdminAreaFactory())


CHILDREN: dict[str, tuple[Callable[[Any], object], ...]] = {
    "Incident": (
        _claims_with_parts,
        lambda row: f.IncidentActFactory(incident=row),
        lambda row: f.TargetedGroupFactory(incident=row),
        lambda row: f.AttributionFactory(incident=row),
        lambda row: f.IncidentReferenceFactory(incident=row),
        lambda row: f.IncidentRelationFactory(from_incident=row),
    ),
    "Investigation": (
        lambda row: f.DeadlineFactory(
            investigation=row, set_by=f.InvestigationEventFactory(investigation=row, by=f.SourceFactory())
        ),
        lambda row: f.ScopeFactory(investigation=row),
        lambda row: f.RecommendationFactory(investigation=row, document=f.DocumentFactory()),
    ),
    "Claim": (lambda row: f.ClaimCellFactory(claim=row, area=f.AdminAreaFactory()),),
    "Actor": (
        lambda row: f.ActorAliasFactory(actor=row),
        lambda row: f.ActorReferenceFactory(actor=row),
        lambda row: f.ActorRelationFactory(from_actor=row),
    ),
    "Submission": (
        lambda row: moderation_factories.SubmissionPartFactory(submission=row),
        lambda row: moderation_factories.SubmissionStepFactory(submission=row),
    ),
    "Document": (lambda row: f.CustodyEventFactory(document=row),),
    "AdminArea": (lambda row: f.AreaNameFactory(area=row, name=f"Name {row.area_names.count()}"),),
}


def add_children(row: Model, count: int) -> None:
    """More of everything that the page of this row shows below it."""
    for make in CHILDREN[type(row).__name__]:
        for _ in range(count):
            make(row)


def make_rows(name: str, count: int) -> list[Model]:
    """So many rows of the model with that name."""
    model: Any = apps.get_model("incidents", name)
    if come_of_publishing(name):
        publish_some(count)
        return list(model.objects.all()[:count])
    factory = _factory(name)
    if factory is not None:
        return [factory() for _ in range(count)]
    if name == "AreaClosure":
        return [f.AdminAreaFactory().descendant_links.model.objects.order_by("-pk")[0] for _ in range(count)]
    if name == "Restatement":
        return [model.objects.create(object_id=uuid4()) for _ in range(count)]
    if name == "PublicRelease":
        moment = timezone.now()
        return [
            model.objects.create(name=uuid4().hex, seq=1, checked_seq=1, cut_at=moment, files=[]) for _ in range(count)
        ]
    return _audited(model, count)


def come_of_publishing(name: str) -> bool:
    """Whether the rows of that model are only made by publishing: those of the log and of the index."""
    alone = {"AreaClosure", "Restatement", "PublicRelease", "Checkpoint"}
    return _factory(name) is None and name not in alone and not name.startswith("Audit")


def _factory(name: str) -> Callable[[], Any] | None:
    where = next((module for module in (f, webhooks, moderation_factories) if hasattr(module, f"{name}Factory")), None)
    return getattr(where, f"{name}Factory", None)


def _audited(model: Any, count: int) -> list[Model]:
    """Rows of the audit chain, each with values, or checkpoints."""
    if model.__name__ == "Checkpoint":
        shared = {"log": "audit", "hash": "0" * 64, "signed_at": timezone.now()}
        return [model.objects.create(seq=uuid4().int % 2**40, **shared) for _ in range(count)]
    deed = auditing.Deed("create", f.SourceFactory(), after={"kind": "court"})
    with transaction.atomic():
        auditing.record_all([deed] * count)
    return list(model.objects.all()[:count])


def publish_some(count: int) -> None:
    """Publish pairs of incidents, one containing the other, each with a row of everything, and inquiries into them."""
    area = f.AdminAreaFactory()
    objects: list[Any] = []
    for _ in range(count):
        outer, inner = f.IncidentFactory(areas=[area]), f.IncidentFactory(areas=[area])
        for incident in (outer, inner):
            document = f.DocumentFactory()
            f.ClaimFactory(incident=incident, document=document)
            f.IncidentActFactory(incident=incident, document=document)
            f.AttributionFactory(incident=incident, document=document)
            f.IncidentReferenceFactory(incident=incident)
        f.IncidentRelationFactory(from_incident=outer, to_incident=inner)
        inquiry = f.InvestigationFactory()
        f.ScopeFactory(investigation=inquiry, incident=outer)
        day = date(2025, 1 + len(objects) // 4 % 12, 1)
        alone = f.IncidentFactory(
            areas=[area], start_earliest=day, start_latest=day, end_earliest=day, end_latest=day
        )  # fmt: skip
        f.ClaimFactory(incident=alone)
        objects += [outer, inner, inquiry, alone]
    publishing.publish(objects, reason="Reported by two sources.")
