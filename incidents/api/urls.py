"""The addresses of a version of the API, made from its resources, its root and its OpenAPI document."""

from django.urls import URLPattern

from incidents.api.contract import served
from incidents.api.v1.about import root
from incidents.api.versions import V1, Version


def addresses(version: Version) -> list[URLPattern]:
    """The URL patterns of one version."""
    resources = [*version.resources.values(), root(version.resources.values()), served(version.document)]
    return [pattern for each in resources for pattern in each.addresses()]


urlpatterns = addresses(V1)
