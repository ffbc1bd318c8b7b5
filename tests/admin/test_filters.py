"""The filters beside a list: codes under their labels, with how many there are where that is asked for."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import IncidentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LIST = reverse("admin:incidents_incident_changelist")


@pytest.mark.parametrize(("language", "label"), [("en", "Killing event"), ("fr", "Événement meurtrier")])
def test_counts_stand_behind_the_labels_in_any_language(desk: Client, language: str, label: str) -> None:
    IncidentFactory.create_batch(2, kind="killing_event")
    plain = desk.get(LIST, headers={"accept-language": language}).content.decode()
    counted = desk.get(LIST, {"_facets": "True"}, headers={"accept-language": language}).content.decode()
    assert f"{label} (2)" not in plain
    assert f"{label} (2)" in counted
