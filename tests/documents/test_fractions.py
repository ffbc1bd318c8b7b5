"""The log looks for fractions in one place of a document (rules/trail/log.py): there are none elsewhere."""

from collections.abc import Iterator
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st
from rest_framework import serializers

from incidents.documents import incidents, investigations, perpetrators, sources
from incidents.rules.trail import log

PUBLISHED = (
    incidents.Incident, investigations.Investigation, perpetrators.Perpetrator, sources.Document, sources.Source,
)  # fmt: skip
WHOLE = (
    serializers.CharField, serializers.IntegerField, serializers.BooleanField, serializers.UUIDField,
    serializers.DateField, serializers.DateTimeField, serializers.ChoiceField,
)  # fmt: skip
DEGREES = st.floats(-180, 180) | st.integers(-180, 180) | st.decimals(-180, 180, places=4).map(float)


def leaves(field: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if isinstance(field, serializers.Serializer):
        for name, each in field.fields.items():
            yield from leaves(each, (*path, name))
    elif isinstance(field, serializers.ListSerializer | serializers.ListField | serializers.DictField):
        yield from leaves(field.child, path)
    else:
        yield ".".join(path), field


@pytest.mark.parametrize("document", PUBLISHED)
def test_only_degrees_are_fractions(document: Any) -> None:
    other = {path for path, field in leaves(document(), ()) if not isinstance(field, WHOLE)}
    methods = {"claims.covers_areas", "attributions.perpetrating", "attributions.claim"}  # codes, a yes or no, an id
    fractions = {"place.point.lat", "place.point.lon"} if document is incidents.Incident else set()
    assert other - methods == fractions


@given(DEGREES, DEGREES)
@example(35.0, -0.0)
@example(1e-7, 36.5)
@example(0.0001, 0.00010000000000000002)
def test_a_document_has_the_canonical_text_whatever_its_degrees(lat: float, lon: float) -> None:
    point = {"lat": lat, "lon": lon}
    document = {"title": {"en": "Tuwaym", "ar": "تويم"}, "place": {"country": "SYR", "point": point}}
    assert log._canonical_document(document) == log.canonical(document)
    assert point == {"lat": lat, "lon": lon}


@pytest.mark.parametrize("degrees", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_refused(degrees: float) -> None:
    with pytest.raises(rfc8785.FloatDomainError):
        log._canonical_document({"place": {"point": {"lat": 35.5, "lon": degrees}}})


@pytest.mark.parametrize("document", [{"names": {"en": "A"}}, {"place": {"point": None}}, {"place": None}])
def test_one_without_a_point_too(document: dict[str, Any]) -> None:
    assert log._canonical_document(document) == log.canonical(document)
