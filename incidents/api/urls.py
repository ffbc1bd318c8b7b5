"""The API's addresses by version, each made from that version's RESOURCES."""

from collections.abc import Mapping

from django.urls import URLPattern

from incidents.api.base import Resource
from incidents.api.v1 import RESOURCES


def addresses(resources: Mapping[str, type[Resource]]) -> list[URLPattern]:
    """The URL patterns of one version."""
    return [pattern for each in resources.values() for pattern in each.addresses()]


urlpatterns = addresses(RESOURCES)
