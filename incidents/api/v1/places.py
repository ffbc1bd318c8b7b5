"""Places: countries and administrative areas with their P-codes, as a tree and as a search in any script.

The gazetteer is reference data outside the log; what happened where is asked of incidents.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Case, Count, Exists, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from rest_framework.request import Request

from incidents.api import pagination
from incidents.api.base import Resource
from incidents.api.filters import Filter, FilterSet
from incidents.api.operations import Operation
from incidents.api.pagination import Ordering, Turn
from incidents.api.parameters import Area, Integer, Many, Text
from incidents.api.problems import NotFound
from incidents.api.renderers import compact
from incidents.documents.places import PlaceDetail, PlaceSummary
from incidents.models import AdminArea, AreaName
from incidents.models.folding import fold

COLUMNS = ("pcode", "level", "country", "parent__pcode", "names", "latitude", "longitude", "valid_from", "valid_to",
           "child_count")  # fmt: skip


class NameFilter(Filter):
    """Areas one of whose names, in any language, contains the text in search normal form."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if value is None:
            return qs
        names = AreaName.objects.filter(area=OuterRef("pk"))
        rank = Case(
            When(Exists(names.filter(folded=value)), then=Value(0)),
            When(Exists(names.filter(folded__startswith=value)), then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
        found: QuerySet[Any] = qs.filter(Exists(names.filter(folded__contains=value))).annotate(search_rank=rank)
        return found


class Name(Text):
    """A name or a part of one; reads it in search normal form."""

    def parse(self, text: str) -> str:
        folded = fold(super().parse(text))
        if not folded:
            raise ValidationError("holds no letter or digit to search for", code="nothing_to_search")
        return folded


class PlaceFilter(FilterSet):
    """Filters of places."""

    q = NameFilter(Name("A name or a part of one, in any language or script; exact matches first.", example="Lattakia"))
    country = Filter(
        Many(Area("In this country, ISO 3166 alpha-3.", countries_only=True, example="SYR")), "country__in"
    )
    level = Filter(Many(Integer("0 is a country, 1 to 4 what lies in it.", high=4, example="1")), "level__in")
    parent = Filter(Area("Directly below this area.", example="SYR"), "parent__pcode")


class Places(Resource):
    """Countries and administrative areas, with P-codes as keys; the parent is stored as stated."""

    resource = "places"
    operations = {
        "page": Operation(
            id="places_list",
            path="",
            summary="List places",
            description="Without `q` in the order of P-codes; with it the best matches first, then larger areas.",
            answer=PlaceSummary,
            parameters=pagination.parameters("places"),
            filterset=PlaceFilter,
            page=True,
            conditional=True,
        ),
        "one": Operation(
            id="places_get",
            path="<str:pcode>/",
            summary="One place, with what it lies in",
            description="By its P-code, in the letters that the gazetteer writes it with.",
            answer=PlaceDetail,
            conditional=True,
        ),
    }

    def page(self, request: Request) -> HttpResponse:
        """A page of areas."""
        values = self.values
        searched = values["q"] is not None
        columns = ("search_rank", "level", "pcode") if searched else ("pcode",)
        areas = PlaceFilter.narrow(AdminArea.objects.using("public"), values)
        found = pagination.page(
            lambda: _with_children(areas),
            Turn(
                resource=self.resource,
                ordering=Ordering("rank" if searched else "pcode", columns, descending=False),
                filters=pagination.digest({name: values[name] for name in PlaceFilter.parameters()}),
                limit=values["limit"],
                cursor=values["cursor"],
                columns=COLUMNS,
            ),
        )
        texts = [compact(summary) for summary in PlaceSummary([_summary(row) for row in found.rows], many=True).data]
        answer = self.listing(found, texts, count=areas.count() if values["count"] else None)
        return self.digested(request, answer)

    def one(self, request: Request, pcode: str) -> HttpResponse:
        """One area by its P-code."""
        if not pcode.isascii() or not pcode.isprintable():
            raise NotFound
        areas = AdminArea.objects.using("public")
        row = _with_children(areas.filter(pcode=pcode)).values("pk", *COLUMNS).first()
        if row is None:
            raise NotFound
        above = areas.filter(descendant_links__descendant=row["pk"], descendant_links__depth__gt=0).order_by("level")
        aliases = AreaName.objects.using("public").filter(area=row["pk"], kind=AreaName.Kind.ALIAS)
        content = _summary(row) | {
            "ancestors": list(above),
            "other_names": list(dict.fromkeys(aliases.order_by("name").values_list("name", flat=True))),
            "children_url": self.absolute(f"{self.address('places_list')}?{urlencode({'parent': pcode})}"),
            "incidents_url": self.absolute(f"{self.address('incidents_list')}?{urlencode({'place': pcode})}"),
        }
        return self.digested(request, self.answer(compact(PlaceDetail(content).data)))


def _with_children(areas: QuerySet[AdminArea]) -> QuerySet[AdminArea]:
    below = AdminArea.objects.filter(parent=OuterRef("pk")).order_by().values("parent").annotate(n=Count("pk"))
    return areas.annotate(child_count=Coalesce(Subquery(below.values("n")), 0))


def _summary(row: Mapping[str, Any]) -> dict[str, Any]:
    point = None if row["latitude"] is None else {"lat": row["latitude"], "lon": row["longitude"]}
    own = {name: row[name] for name in ("pcode", "level", "country", "valid_from", "valid_to")}
    return own | {
        "parent": row["parent__pcode"],
        "name": row["names"],
        "centroid": point,
        "children": row["child_count"],
    }
