"""The peer of the import: rows posted one by one through a ModelSerializer with nested ones, as everybody writes it.

It takes what the importer wrote of an event and writes it again: incident, areas, references, acts, claims with their
cells, attributions. What all of them name (places, sources, documents, actors) is there and is looked up.
"""

import time
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from rest_framework import serializers

from incidents.models import (
    Actor,
    AdminArea,
    Attribution,
    Claim,
    ClaimCell,
    Document,
    Incident,
    IncidentAct,
    IncidentReference,
    Source,
)

ROWS = 200
AGAIN = "-again"


def named(table: type[Any], slug: str = "public_id", **options: Any) -> serializers.SlugRelatedField[Any]:
    return serializers.SlugRelatedField(queryset=table._default_manager.all(), slug_field=slug, **options)


class ReferenceSerializer(serializers.ModelSerializer[IncidentReference]):
    class Meta:
        model = IncidentReference
        fields = ("scheme", "key", "identifies")
        validators = ()


class ActSerializer(serializers.ModelSerializer[IncidentAct]):
    asserted_by, document = named(Source), named(Document)

    class Meta:
        model = IncidentAct
        fields = ("act", "standard_of_proof", "asserted_by", "document")


class CellSerializer(serializers.ModelSerializer[ClaimCell]):
    class Meta:
        model = ClaimCell
        fields = ("cut", "status", "sex", "age_group", "cause", "occupation", "value", "low", "high")


class ClaimSerializer(serializers.ModelSerializer[Claim]):
    asserted_by, document = named(Source), named(Document)
    cells = CellSerializer(many=True)

    class Meta:
        model = Claim
        fields = (
            "locator", "quote", "measure", "unit", "status", "status_basis", "qualifier", "value", "low", "high",
            "as_of", "scope", "method", "basis", "standard_of_proof", "based_on", "based_on_dates", "origin",
            "asserted_by", "document", "cells",
        )  # fmt: skip


class AttributionSerializer(serializers.ModelSerializer[Attribution]):
    actor, asserted_by, document = named(Actor), named(Source), named(Document)

    class Meta:
        model = Attribution
        fields = ("actor", "role", "position", "extent", "standard_of_proof", "as_of", "asserted_by", "document")


class IncidentSerializer(serializers.ModelSerializer[Incident]):
    areas = named(AdminArea, "pcode", many=True)
    references = ReferenceSerializer(many=True)
    acts = ActSerializer(many=True)
    claims = ClaimSerializer(many=True)
    attributions = AttributionSerializer(many=True)

    class Meta:
        model = Incident
        fields = (
            "kind", "title", "summary", "start_earliest", "start_latest", "end_earliest", "end_latest",
            "date_precision", "country", "place_text", "place_names", "latitude", "longitude", "geo_precision",
            "geo_method", "clarity", "grade", "areas", "references", "acts", "claims", "attributions",
        )  # fmt: skip

    def create(self, validated_data: dict[str, Any]) -> Incident:
        """The incident with all that hangs on it, saved row by row."""
        areas, nested = validated_data.pop("areas"), {}
        for name in ("references", "acts", "claims", "attributions"):
            nested[name] = validated_data.pop(name)
        with transaction.atomic():
            incident = Incident.objects.create(**validated_data)
            incident.areas.set(areas)
            for table, name in (
                (IncidentReference, "references"),
                (IncidentAct, "acts"),
                (Attribution, "attributions"),
            ):
                for values in nested[name]:
                    table._default_manager.create(incident=incident, **values)
            for values in nested["claims"]:
                cells = values.pop("cells")
                claim = Claim.objects.create(incident=incident, **values)
                for cell in cells:
                    ClaimCell.objects.create(claim=claim, **cell)
        return incident


def rate() -> float:
    """Incidents a second that such a view takes in; what it writes is undone."""
    incidents = list(Incident.objects.order_by("pk")[:ROWS])
    sent = [_anew(IncidentSerializer(each).data) for each in incidents]
    with transaction.atomic():
        started = time.perf_counter()
        for data in sent:
            serializer = IncidentSerializer(data=data)
            serializer.is_valid(raise_exception=True)
            serializer.save()
        took = time.perf_counter() - started
        claims = Claim.objects.filter(incident__in=incidents).count()
        written = Claim.objects.filter(incident__references__key__endswith=AGAIN).distinct().count()
        if written != claims:
            raise AssertionError(f"Row by row {written} claims were written of {claims}.")
        transaction.set_rollback(True)
    return len(sent) / took


def _anew(data: Mapping[str, Any]) -> dict[str, Any]:
    """What was read, as it would be sent: with references of its own."""
    references = [{**each, "key": each["key"] + AGAIN} for each in data["references"]]
    return {**data, "references": references}
