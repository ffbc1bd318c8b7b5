"""The peer that everybody writes: Django REST Framework's ModelSerializer over the working tables, with prefetching."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.handlers.wsgi import WSGIHandler
from django.db.models import F, QuerySet
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
    IncidentRelation,
    Investigation,
    Scope,
    Source,
    Tally,
    TargetedGroup,
)

Serializer = serializers.BaseSerializer[Any]


def of(table: type[Any], *names: str, **nested: Serializer) -> type[Serializer]:
    """A ModelSerializer of a table with these columns and these nested serializers."""
    meta = type("Meta", (), {"model": table, "fields": [*names, *nested]})
    made: type[Serializer] = type(
        f"{table.__name__}Serializer", (serializers.ModelSerializer,), {"Meta": meta, **nested}
    )
    return made


SourceSerializer = of(Source, "public_id", "kind", "names", "confidential")
DocumentSerializer = of(Document, "public_id", "type", "title", "published_on", "url")
ActorSerializer = of(Actor, "public_id", "type", "identification", "names")
AreaSerializer = of(AdminArea, "pcode", "level", "names")
CellSerializer = of(
    ClaimCell, "cut", "status", "sex", "age_group", "cause", "occupation", "area", "value", "low", "high"
)
ActSerializer = of(
    IncidentAct, "act", "standard_of_proof", asserted_by=SourceSerializer(), document=DocumentSerializer()
)  # fmt: skip
GroupSerializer = of(TargetedGroup, "ground", "group", asserted_by=SourceSerializer(), document=DocumentSerializer())
ReferenceSerializer = of(IncidentReference, "scheme", "key")
InvestigationSerializer = of(Investigation, "public_id", "type", "names")
OtherSerializer = of(Incident, "public_id", "title")
RelationOutSerializer = of(
    IncidentRelation, "type", "certainty", "reason", to_incident=OtherSerializer(), asserted_by=SourceSerializer()
)  # fmt: skip
RelationInSerializer = of(
    IncidentRelation, "type", "certainty", "reason", from_incident=OtherSerializer(), asserted_by=SourceSerializer()
)  # fmt: skip
ScopeSerializer = of(Scope, "kind", investigation=InvestigationSerializer())
AttributionSerializer = of(
    Attribution, "public_id", "role", "position", "extent", "confidence", "standard_of_proof", "as_of", "claim",
    "supersedes", actor=ActorSerializer(), asserted_by=SourceSerializer(), document=DocumentSerializer(),
    investigation=InvestigationSerializer(),
)  # fmt: skip
ClaimSerializer = of(
    Claim, "public_id", "locator", "quote", "measure", "unit", "unit_as_written", "status", "status_basis", "qualifier",
    "value", "low", "high", "vague_term", "as_of", "covers_from", "covers_to", "scope", "interim", "running_total",
    "method", "basis", "credibility", "standard_of_proof", "relays", "inferred_from", "supersedes", "based_on",
    "based_on_dates", "retracted_at", "retracted_by", "retraction_reason", "origin", "covers_areas", "corroborated_by",
    asserted_by=SourceSerializer(), document=DocumentSerializer(), investigation=InvestigationSerializer(),
    cells=CellSerializer(many=True),
)  # fmt: skip
TallySerializer = of(
    Tally, "measure", "unit", "basis", "of_status", "dimension", "status", "sex", "age_group", "cause", "occupation",
    "area", "low", "best", "high", "low_open", "high_open",
)  # fmt: skip


class FiguresField(serializers.ListSerializer[Any]):
    """An incident's figures and their parts, which the index holds ready: deriving them is nobody's to write twice."""

    def get_attribute(self, instance: Any) -> Any:
        return instance.figures


IncidentSerializer = of(
    Incident, "public_id", "version", "kind", "title", "summary", "start_earliest", "start_latest", "end_earliest",
    "end_latest", "date_precision", "ongoing", "country", "place_text", "place_names", "latitude", "longitude",
    "geo_precision", "uncertainty_m", "geo_method", "site_type", "clarity", "civilian_targeting", "grade",
    "grade_reason",
    areas=AreaSerializer(many=True), acts=ActSerializer(many=True), targeted_groups=GroupSerializer(many=True),
    references=ReferenceSerializer(many=True), claims=ClaimSerializer(many=True),
    attributions=AttributionSerializer(many=True), relations_out=RelationOutSerializer(many=True),
    relations_in=RelationInSerializer(many=True), scopes=ScopeSerializer(many=True),
    figures=FiguresField(child=TallySerializer()),
)  # fmt: skip


class Pages(pagination.PageNumberPagination):
    """Page numbers and a count, as the framework has them."""

    page_size = 100

    def paginate_queryset(self, *args: Any, **kwargs: Any) -> Any:
        return with_figures(super().paginate_queryset(*args, **kwargs) or ())


def prefetched() -> QuerySet[Incident]:
    return Incident.objects.order_by("-start_earliest", "-public_id").prefetch_related(
        "areas", "references", "acts__asserted_by", "acts__document", "targeted_groups__asserted_by",
        "targeted_groups__document", "claims__asserted_by", "claims__document", "claims__investigation",
        "claims__covers_areas", "claims__corroborated_by", "claims__cells", "attributions__actor",
        "attributions__asserted_by", "attributions__document", "attributions__investigation",
        "relations_out__to_incident", "relations_out__asserted_by", "relations_in__from_incident",
        "relations_in__asserted_by", "scopes__investigation",
    )  # fmt: skip


def with_figures(incidents: Iterable[Incident]) -> list[Incident]:
    """The incidents, each with the rows of its figures, from one query for all of them."""
    found = list(incidents)
    figures: dict[UUID, list[Tally]] = {each.public_id: [] for each in found}
    rows = Tally.objects.filter(incident__public_id__in=figures).order_by("pk")
    for row in rows.annotate(of=F("incident__public_id")):
        figures[row.of].append(row)
    for each in found:
        each.figures = figures[each.public_id]  # type: ignore[attr-defined]
    return found


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

    def get_object(self) -> Incident:
        return with_figures([super().get_object()])[0]

    def get(self, request: Request, public_id: UUID) -> Response:
        return self.retrieve(request, public_id=public_id)


urlpatterns = [
    path("list/", List.as_view()),
    path("filtered/", List.as_view()),
    path("<uuid:public_id>/", Detail.as_view()),
]
override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[]).enable()
application = WSGIHandler()
