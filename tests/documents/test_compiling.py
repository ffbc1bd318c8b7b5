"""Compiled serializers render what the declared ones render, of every kind of record."""

from collections.abc import Iterable
from random import Random
from typing import Any

import pytest
from django.db import models
from django.utils import timezone

from incidents.choices import Sensitivity
from incidents.documents.compiling import compiled
from incidents.documents.incidents import IncidentRecord
from incidents.exchange.seeds import load_founding_case
from incidents.models import AdminArea, Claim, Incident, Source
from incidents.rules.publication.disclosure import disclose
from incidents.rules.publication.rendering import incidents_to_render
from tests import factories
from tests.random_record import add_areas, publish_random_record

pytestmark = pytest.mark.django_db
WORDS = ("", "Tuwaym, الطويم", "p. 4")


def rendered_alike() -> int:
    """Compare both ways for every incident of the database; returns how many there are."""
    incidents = incidents_to_render(list(Incident.objects.values_list("pk", flat=True)))
    for incident in incidents:
        incident.disclosed = disclosed = disclose(incident)  # type: ignore[attr-defined]
        context: dict[str, Any] = {
            "discreet": disclosed.discreet,
            "public_claims": {claim.pk: str(claim.public_id) for claim in disclosed.claims},
            "public_attributions": {said.pk: str(said.public_id) for said in disclosed.attributions},
        }
        declared = IncidentRecord(context=context).to_representation(incident)
        kept: tuple[dict[Any, Any] | None, ...] = ({}, None)
        for refs in kept:
            assert compiled(IncidentRecord(context={**context, "refs": refs}))(incident) == declared
    return len(incidents)


def filled(random: Random, rows: Iterable[Any]) -> None:
    """Give the columns of these rows any values that the database takes; keys and figures stay."""
    for row in rows:
        for field in row._meta.concrete_fields:
            if field.primary_key or field.unique or field.remote_field or getattr(field, "auto_now", False):
                continue
            if field.name in {"qualifier", "vague_term", "value", "low", "high", "retracted_by", "country"}:
                continue
            value: Any = None
            if field.choices:
                value = random.choice([code for code, _ in field.choices])
            elif isinstance(field, models.BooleanField):
                value = random.choice([True, False])
            elif isinstance(field, models.CharField | models.TextField):
                value = random.choice(WORDS)
            if value is not None:
                setattr(row, field.attname, value)
        row.save()


def a_full_incident(random: Random) -> None:
    incident = factories.IncidentFactory.create(
        latitude=35.5, longitude=36.0, sensitivity=random.choice(["low", "moderate", "high"]), ongoing=True,
        summary={"en": "Summary"}, place_names={"ar": "الطويم"}, uncertainty_m=400, civilian_targeting=False,
        areas=[AdminArea.objects.get(pcode="SY060101"), AdminArea.objects.get(pcode="SY05")],
    )  # fmt: skip
    first, second, third = factories.ClaimFactory.create_batch(3, incident=incident)
    filled(random, Claim.objects.filter(incident=incident))
    inquiry = factories.InvestigationFactory.create()
    today = timezone.now()
    Claim.objects.filter(pk=second.pk).update(
        relays=first, inferred_from=first, supersedes=third, investigation=inquiry, retracted_at=today,
        retracted_by="source", as_of=today.date(), covers_from=today.date(), based_on=["SOHR", None],
        based_on_dates=["2025-03-09", None], public=True,
    )  # fmt: skip
    second.covers_areas.set(AdminArea.objects.filter(pcode__in=["SY06", "SY05", "SYR"]))
    second.corroborated_by.set([factories.SourceFactory.create(), factories.SourceFactory.create(kind="witness")])
    factories.ClaimCellFactory.create(claim=second, area=AdminArea.objects.get(pcode="SY06"), low=1, value=2, high=3)
    factories.ClaimCellFactory.create(claim=second, cut=2, sex="female")
    factories.IncidentActFactory.create(incident=incident)
    factories.TargetedGroupFactory.create(incident=incident, group={"en": "Alawites"})
    factories.IncidentReferenceFactory.create(incident=incident)
    said = factories.AttributionFactory.create(incident=incident, claim=first, investigation=inquiry)
    factories.AttributionFactory.create(incident=incident, supersedes=said, as_of=today.date())
    filled(random, Source.objects.all())


def test_the_founding_case_reads_the_same() -> None:
    add_areas()
    parent = AdminArea.objects.get(pcode="SYR")
    AdminArea.objects.create(pcode="SY10", level=1, parent=parent, country="SYR", names={"en": "SY10"})
    parent = AdminArea.objects.get(pcode="SY06")
    AdminArea.objects.create(pcode="SY0604", level=2, parent=parent, country="SYR", names={"en": "Qardaha"})
    load_founding_case()
    for level in Sensitivity.values:
        Incident.objects.update(sensitivity=level)
        assert rendered_alike()


def test_random_records_read_the_same() -> None:
    publish_random_record(1)
    assert rendered_alike() == 40


@pytest.mark.parametrize("seed", range(8))
def test_whatever_a_record_holds_reads_the_same(seed: int) -> None:
    add_areas()
    a_full_incident(Random(seed))
    assert rendered_alike() == 1
