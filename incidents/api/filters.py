"""Filters: what a query parameter does to a query over the index tables, declared one by one.

A FilterSet is declared with the resource it belongs to; IncidentFilter stands here because incidents and victims
share it. How a value is read stands in parameters.py.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import Exists, F, FloatField, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cos, Power, Radians, Sin
from django.db.models.lookups import LessThanOrEqual

from incidents import choices
from incidents.api.parameters import (
    Area,
    Boolean,
    Box,
    Day,
    Integer,
    Many,
    Number,
    Parameter,
    Point,
    Text,
    Uuid,
    Vocabulary,
)
from incidents.api.problems import ParameterError
from incidents.models import (
    Publication,
    PublicClaim,
    PublicIncidentAct,
    PublicIncidentActor,
    PublicIncidentArea,
    PublicIncidentReference,
    Tally,
)
from incidents.models.external import one_spelling
from incidents.models.folding import sought

AnyModel = TypeVar("AnyModel", bound=Model)

THINGS = (choices.Unit.LOCALITY, choices.Unit.FACILITY)  # units of which none is somebody
EARTH_RADIUS_KM = 6371.0088  # the IUGG mean radius
MOST_IDS = 100
LONGEST_CHAIN = 10  # of incidents merged one into the other
EXAMPLE_ID = "3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f"


class Filter(django_filters.Filter):  # type: ignore[misc]
    """A filter whose ``parameter`` reads the text. ``lookup`` is Django's lookup of a column, such as kind__in."""

    def __init__(self, parameter: Parameter, lookup: str = "") -> None:
        self.parameter = parameter
        self.lookup = lookup
        super().__init__()

    @property
    def field(self) -> Parameter:
        return self.parameter

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs if value is None else qs.filter(self.condition(value))

    def condition(self, value: Any) -> Any:
        """The condition that holds for rows to keep."""
        return Q(**{self.lookup: value})


class HasRow(Filter):
    """Rows with a row in another table, ``model``, whose foreign key ``incident`` points at them."""

    def __init__(self, parameter: Parameter, model: type[Model], lookup: str, **also: Any) -> None:
        super().__init__(parameter, lookup)
        self.related, self.also = model, also

    def condition(self, value: Any) -> Any:
        rows = self.related._default_manager.filter(incident=OuterRef("pk"), **self.also)
        return Exists(rows.filter(**{self.lookup: value}))


class HasVictims(HasRow):
    """Incidents with a part of that kind whose best or high is above zero, or of which a claim that stands says so."""

    def __init__(
        self, parameter: Parameter, lookup: str, widened: Callable[[str], tuple[str, ...]] = lambda code: (code,)
    ) -> None:
        super().__init__(parameter, Tally, lookup)
        self.widened = widened

    def condition(self, value: Any) -> Any:
        codes = sorted({code for each in value for code in self.widened(each)})
        rows = Tally.objects.filter(Q(best__gt=0) | Q(high__gt=0), incident=OuterRef("pk"))
        anybody = choices.PersonStatus.ALL in codes
        return Exists(rows.exclude(unit__in=THINGS) if anybody else rows.filter(**{self.lookup: codes}))


class KilledFilter(Filter):
    """Incidents by their best figure of killed, found by the column that they are ordered by: it is that figure."""

    def condition(self, value: Any) -> Any:
        return Q(**{f"killed_sort__{self.lookup}": value}, killed_best__isnull=False)


class SearchFilter(Filter):
    """Rows whose column ``search`` holds every word of the text, in search normal form."""

    def __init__(self, parameter: Parameter | None = None) -> None:
        super().__init__(parameter or Search())

    def condition(self, value: tuple[str, ...]) -> Q:
        condition = Q()
        for token in value:
            condition &= Q(search__contains=token)
        return condition


class Search(Text):
    """Words to search for; reads them in search normal form."""

    def __init__(self, description: str = "", *, example: str = "Latakia") -> None:
        said = (
            description
            or "Words, or parts of words, that must all occur, in any language; case and diacritics do not matter."
        )
        super().__init__(said, example=example)

    def parse(self, text: str) -> tuple[str, ...]:  # type: ignore[override]
        words = sought(super().parse(text))
        if not words:
            raise ValidationError("holds no letter or digit to search for", code="nothing_to_search")
        return words


class ReferenceFilter(Filter):
    """Incidents with an external reference, written scheme:key."""

    def condition(self, value: tuple[str, str]) -> Any:
        scheme, key = value
        # What was published before keys had one spelling stands as it was.
        keys = {key, one_spelling(key)}
        rows = PublicIncidentReference.objects.filter(incident=OuterRef("pk"), scheme=scheme, key__in=keys)
        return Exists(rows)


class Reference(Text):
    """An external reference, scheme:key."""

    def parse(self, text: str) -> tuple[str, str]:  # type: ignore[override]
        scheme, separator, key = super().parse(text).partition(":")
        if not (scheme and separator and key):
            raise ValidationError("should be scheme:key", code="not_a_reference")
        return scheme, key


class PointFilter(Filter):
    """About the public point of an incident; all of these are read together by IncidentFilter.narrow."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs


class FilterSet(django_filters.FilterSet):  # type: ignore[misc]
    """The filters of one resource. ``narrow`` applies values that queries.read has read."""

    @classmethod
    @cache
    def parameters(cls) -> Mapping[str, Parameter]:
        """What the filters are called and how each is read."""
        return {name: declared.parameter for name, declared in cls.base_filters.items()}

    @classmethod
    def contradictions(cls, values: Mapping[str, Any]) -> Iterator[ParameterError]:  # noqa: ARG003 -- none here
        """What cannot hold together although each value can be read."""
        yield from ()

    @classmethod
    def narrow(cls, queryset: QuerySet[AnyModel], values: Mapping[str, Any]) -> QuerySet[AnyModel]:
        """The rows for which every filter with a value holds."""
        for name, declared in cls.base_filters.items():
            value = values.get(name)
            if value is not None:
                queryset = declared.filter(queryset, value)
        return queryset


def codes(description: str, vocabulary: type[Any], example: str) -> Many:
    """A parameter of several codes of a vocabulary."""
    return Many(Vocabulary(description, vocabulary, example=example))


def ids(description: str) -> Many:
    """A parameter of several UUIDs, 100 at most."""
    return Many(Uuid(description, example=EXAMPLE_ID), most=MOST_IDS)


class IncidentIds(Many):
    """Several ids of incidents; one that was merged means its survivor, as its own address leads there."""

    def __init__(self, description: str) -> None:
        said = f"{description} The id of one that was merged means the incident that it was merged into."
        super().__init__(Uuid(said, example=EXAMPLE_ID), most=MOST_IDS)

    def parse(self, text: str) -> list[Any]:
        found = super().parse(text)
        for _ in range(LONGEST_CHAIN):
            led = _survivors(found)
            if not led:
                break
            found = list(dict.fromkeys(led.get(each, each) for each in found))
        return found


def _survivors(ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """{id: the incident that it was merged into} of those of these of which that is the log's last word."""
    rows = Publication.objects.using("public").filter(kind=choices.PublicKind.INCIDENT)
    merged = set(rows.filter(object_id__in=ids, survivor__isnull=False).values_list("object_id", flat=True))
    if not merged:  # as nearly always, and an incident may have many versions
        return {}
    last = dict(rows.filter(object_id__in=merged).order_by("seq").values_list("object_id", "survivor"))
    return {key: survivor for key, survivor in last.items() if survivor is not None}


def after_seq() -> Filter:
    """The filter for what was published after a place in the log."""
    return Filter(Integer("Published after this sequence number of the log.", example="0"), "seq__gt")


class IncidentFilter(FilterSet):
    """All filters over PublicIncident. Several values of one filter widen it; several filters narrow."""

    id = Filter(IncidentIds("Only these incidents."), "public_id__in")
    q = SearchFilter()
    place = HasRow(
        Many(Area("In this area or anything below it, by P-code.", example="SY06")), PublicIncidentArea, "pcode__in"
    )
    country = Filter(
        Many(Area("In this country, ISO 3166 alpha-3.", countries_only=True, example="SYR")), "country__in"
    )
    bbox = PointFilter(
        Box(
            "west,south,east,north in degrees (WGS 84); west above east crosses the antimeridian.",
            example="35.5,34.5,36.5,36.2",
        )
    )
    near = PointFilter(Point("lat,lon in degrees (WGS 84): not further away than `radius_km`.", example="35.52,35.79"))
    radius_km = PointFilter(
        Number("How far from `near`, in kilometres; 50 if it is left out.", low=0, high=500, example="25")
    )
    date_from = Filter(Day("Not over before this day.", example="2025-03-06"), "interval_end__gte")
    date_to = Filter(Day("Begun by this day.", example="2025-03-10"), "start_earliest__lte")
    kind = Filter(codes("Kind of incident.", choices.IncidentKind, "killing_event"), "kind__in")
    act = HasRow(codes("An act that somebody named.", choices.Act, "massacre"), PublicIncidentAct, "act__in")
    grade = Filter(codes("Grade of the evidence.", choices.Grade, "confirmed"), "grade__in")
    clarity = Filter(codes("One event or a summary.", choices.Clarity, "individually_described"), "clarity__in")
    perpetrator = HasRow(ids("An alleged perpetrator."), PublicIncidentActor, "actor_id__in", perpetrating=True)
    perpetrator_type = HasRow(
        codes("Type of an alleged perpetrator.", choices.ActorType, "state_armed"),
        PublicIncidentActor,
        "actor_type__in",
        perpetrating=True,
    )
    attribution_status = Filter(
        codes("How far responsibility is claimed or contested.", choices.AttributionStatus, "contested"),
        "attribution_status__in",
    )
    killed_min = KilledFilter(
        Integer("Best figure of killed at least this; incidents without one are left out.", example="10"), "gte"
    )
    killed_max = KilledFilter(
        Integer("Best figure of killed at most this; incidents without one are left out.", example="100"), "lte"
    )
    has_investigation = Filter(
        Boolean("Whether a published investigation has to do with it.", example="true"), "has_investigation"
    )
    asserted_by = HasRow(ids("With a claim of this source."), PublicClaim, "asserted_by__in")
    external_reference = ReferenceFilter(
        Reference(
            "An id in another system that the incident is published with, scheme:key, such as UCDP's; what an "
            "organisation sends its own under is not public.",
            example="ucdp-ged:157408",
        )
    )
    victim_status = HasVictims(
        codes(
            "Somebody of this status was harmed, of any for `all`: a figure or a claim that stands says so.",
            choices.PersonStatus,
            "civilian",
        ),
        "status__in",
    )
    victim_sex = HasVictims(
        codes("Somebody of this sex was harmed: a figure or a claim that stands says so.", choices.Sex, "female"),
        "sex__in",
    )
    victim_age_group = HasVictims(
        codes(
            "Somebody of this age group, or of one within it, was harmed: a figure or a claim that stands says so.",
            choices.AgeGroup,
            "child",
        ),
        "age_group__in",
        choices.age_groups_in,
    )
    after_seq = after_seq()

    @classmethod
    def contradictions(cls, values: Mapping[str, Any]) -> Iterator[ParameterError]:
        if values.get("radius_km") is not None and values.get("near") is None:
            detail = "radius_km needs near. Example: near=35.52,35.79&radius_km=25."
            yield ParameterError("radius_km", "needs_near", detail)
        yield from out_of_order(values, "date_from", "date_to")
        yield from out_of_order(values, "killed_min", "killed_max")

    @classmethod
    def narrow(cls, queryset: QuerySet[AnyModel], values: Mapping[str, Any]) -> QuerySet[AnyModel]:
        queryset = super().narrow(queryset, values)
        there = where(values)
        return queryset.filter(cls.by_point(there)) if there else queryset

    @classmethod
    def by_point(cls, there: Q) -> Q:
        """The condition for incidents of which it is asked whether their public point fulfils `there`."""
        return there


def out_of_order(values: Mapping[str, Any], first: str, last: str) -> Iterator[ParameterError]:
    """An error where two given bounds are in the wrong order."""
    low, high = values.get(first), values.get(last)
    if low is not None and high is not None and low > high:
        detail = f"{first} is above {last}. Example: {first}={high}&{last}={low}."
        yield ParameterError(first, "out_of_order", detail)


def where(values: Mapping[str, Any]) -> Q:
    """The condition for a public point in the box and within the distance asked for; an empty one where neither is."""
    there = Q()
    if values.get("bbox") is not None:
        west, south, east, north = values["bbox"]
        there &= Q(latitude__gte=south, latitude__lte=north) & between_longitudes(west, east)
    if values.get("near") is not None:
        latitude, longitude = values["near"]
        radius = values.get("radius_km")
        there &= within(latitude, longitude, 50.0 if radius is None else radius)
    return there


def between_longitudes(west: float, east: float) -> Q:
    """Longitudes from west to east, through the antimeridian where west is above east."""
    if west <= east:
        return Q(longitude__gte=west, longitude__lte=east)
    return Q(longitude__gte=west) | Q(longitude__lte=east)


def within(latitude: float, longitude: float, radius_km: float) -> Q:
    """The condition for points not further away than ``radius_km``: a box for the index, then the haversine.

    Both databases compute in double precision; the radius is turned into a haversine once, so that no row needs an
    arc sine.
    """
    angle = radius_km / EARTH_RADIUS_KM
    south, north = latitude - math.degrees(angle), latitude + math.degrees(angle)
    box = Q(latitude__gte=south, latitude__lte=north)
    if south > -90 and north < 90:
        spread = math.degrees(math.asin(min(1.0, math.sin(angle) / math.cos(math.radians(latitude)))))
        box &= between_longitudes(_wrapped(longitude - spread), _wrapped(longitude + spread))
    half = Value(2.0, output_field=FloatField())
    across = Power(Sin(Radians(F("latitude") - Value(latitude)) / half), half)
    along = Power(Sin(Radians(F("longitude") - Value(longitude)) / half), half)
    haversine = across + along * Cos(Radians(F("latitude"))) * Value(math.cos(math.radians(latitude)))
    limit = Value(math.sin(angle / 2) ** 2, output_field=FloatField())
    # Of what the box lets through, the exact distance decides.
    return box & Q(LessThanOrEqual(haversine, limit))


def _wrapped(longitude: float) -> float:
    return (longitude + 180.0) % 360.0 - 180.0
