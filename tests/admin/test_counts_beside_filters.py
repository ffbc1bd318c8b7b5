"""No counts stand beside the filters of a list that may hold what is confidential: they tell of rows not shown."""

import re

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from incidents.models import AuditEntry, Incident
from tests.factories import SourceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.mark.parametrize(
    "name", ["source", "document", "claim", "attribution", "statement", "claimcell", "recognition"]
)
def test_nothing_is_counted_beside_the_filters_of_a_list_that_may_be_confidential(desk: Client, name: str) -> None:
    page = desk.get(reverse(f"admin:incidents_{name}_changelist") + "?_facets=True&q=Fatima")
    assert page.status_code == 200
    assert not page.context["cl"].add_facets


def test_lists_that_hold_nothing_confidential_count(desk: Client) -> None:
    page = desk.get(reverse("admin:incidents_incident_changelist") + "?_facets=True")
    assert page.context["cl"].add_facets
    assert admin.site._registry[Incident].show_facets is admin.ShowFacets.ALLOW


def test_no_search_by_a_confidential_name_is_answered_by_a_count(desk: Client) -> None:
    SourceFactory(kind="witness", names={"en": "Fatima of Tuwaym"})
    address = reverse("admin:incidents_source_changelist") + "?confidential__exact=0&_facets=True&q="
    found, none = (desk.get(address + name).content.decode().replace(name, "") for name in ("Fatima", "Zaynab"))
    assert re.findall(r"\(\d+\)", found) == re.findall(r"\(\d+\)", none) == []
    assert not AuditEntry.objects.filter(action="view_confidential").exists()
