"""The peer that everybody writes: Django REST Framework's ModelSerializer over the working tables, with prefetching."""

from typing import Any
from uuid import UUID

from django.core.handlers.wsgi import WSGIHandler
from django.db.models import QuerySet
from django.test.utils import override_settings
from django.urls import path
from rest_framework import generics, mixins, pagination, serializers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

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

Serializer = serializers.BaseSerializer[Any]


def of(table: type[Any], *names: str, **nested: Serializer) -> type[Serializer]:
    """A ModelSerializer of a table with these columns and these nested serializers."""
    meta = type("Meta", (), {"model": table, "fields": [*names, *nested]})
    made: type[Serializer] = type(
        f"{table.__name__}Serializer", (serializers.ModelSerializer,), {"Meta": meta, **nested}
    )
    return made


SourceSerializer = of(Source, "public_id", "kind", "names")
DocumentSerializer = of(Document, "public_id", "type", "title", "published_on", "url")
ActorSerializer = of(Actor, "public_id", "type", "identification", "names")
AreaSerializer = of(AdminArea, "pcode", "level", "names")
CellSerializer = of(ClaimCell, "cut", "status", "sex", "age_group", "cause", "occupation", "value", "low", "high")
ActSerializer = of(
    IncidentAct, "act", "standard_of_proof", asserted_by=SourceSerializer(), document=DocumentSerializer()
)  # fmt: skip
ReferenceSerializer = of(IncidentReference, "scheme", "key")
AttributionSerializer = of(
    Attribution, "public_id", "role", "position", "extent", "confidence", "as_of",
    actor=ActorSerializer(), asserted_by=SourceSerializer(), document=DocumentSerializer(),
)  # fmt: skip
ClaimSerializer = of(
    Claim, "public_id", "measure", "unit", "status", "status_basis", "qualifier", "value", "low", "high", "as_of",
    "scope", "interim", "basis", "origin",
    asserted_by=SourceSerializer(), document=DocumentSerializer(), cells=CellSerializer(many=True),
)  # fmt: skip
IncidentSerializer = of(
    Incident, "public_id", "kind", "title", "summary", "start_earliest", "start_latest", "end_earliest", "end_latest",
    "date_precision", "country", "place_text", "latitude", "longitude", "geo_precision", "clarity", "grade",
    areas=AreaSerializer(many=True), acts=ActSerializer(many=True), references=ReferenceSerializer(many=True),
    claims=ClaimSerializer(many=True), attributions=AttributionSerializer(many=True),
)  # fmt: skip


class Pages(pagination.PageNumberPagination):
    """Page numbers and a count, as the framework has them."""

    page_size = 100


def prefetched() -> QuerySet[Incident]:
    return Incident.objects.order_by("-start_earliest", "-public_id").prefetch_related(
        "areas", "references", "acts__asserted_by", "acts__document", "claims__asserted_by", "claims__document",
        "claims__cells", "attributions__actor", "attributions__asserted_by", "attributions__document",
    )  # fmt: skip


class Open(generics.GenericAPIView[Incident]):
    """No throttle, no versions, JSON only: everything in the peer's favour."""

    serializer_class = IncidentSerializer
    throttle_classes = ()
    renderer_classes = (JSONRenderer,)
    versioning_class = None
    content_negotiation_class = DefaultContentNegotiation


class List(mixins.ListModelMixin, Open):
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[Incident]:
        query, found = self.request.query_params, prefetched()
        if "country" in query:
            found = found.filter(
                country=query["country"], end_latest__gte=query["date_from"], start_earliest__lte=query["date_to"],
                acts__act=query["act"],
            ).distinct()  # fmt: skip
        return found

    def get(self, request: Request) -> Response:
        return self.list(request)


class Detail(mixins.RetrieveModelMixin, Open):
    lookup_field = "public_id"

    def get_queryset(self) -> QuerySet[Incident]:
        return prefetched()

    def get(self, request: Request, public_id: UUID) -> Response:
        return self.retrieve(request, public_id=public_id)


urlpatterns = [
    path("list/", List.as_view()),
    path("filtered/", List.as_view()),
    path("<uuid:public_id>/", Detail.as_view()),
]
override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[]).enable()
application = WSGIHandler()
