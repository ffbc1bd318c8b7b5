"""How an area of the gazetteer reads, in a list and with what lies above and below it."""

from typing import Any

from rest_framework import serializers

from incidents.documents.fields import AreaRef, Texts, count
from incidents.documents.incidents import Point


class PlaceSummary(serializers.Serializer[Any]):
    """A country (level 0, P-code = ISO 3166 alpha-3) or an administrative area (levels 1 to 4)."""

    pcode = serializers.CharField()
    level = serializers.IntegerField(min_value=0, max_value=4)
    country = serializers.CharField(help_text="ISO 3166 alpha-3.")
    parent = serializers.CharField(  # type: ignore[assignment]
        allow_null=True, help_text="The P-code of the area it lies in."
    )
    name = Texts(help_text="OCHA's name stands under en.")
    centroid = Point(allow_null=True)
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)
    children = count(help_text="How many areas lie directly below it.")


class PlaceDetail(PlaceSummary):
    """An area with everything it lies in, its other names, and where to find what lies below."""

    ancestors = AreaRef(many=True, help_text="From the country down.")
    other_names = serializers.ListField(child=serializers.CharField(), help_text="Spellings that are searched too.")
    children_url = serializers.URLField(help_text="The list of the areas directly below it.")
    incidents_url = serializers.URLField(help_text="The incidents in it or anything below.")
