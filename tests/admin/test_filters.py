"""The filters beside a list: codes under their labels, with how many there are where that is asked for."""

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from incidents.models import TermLabel
from tests.factories import IncidentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LIST = reverse("admin:incidents_incident_changelist")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_counts_stand_behind_the_labels_in_any_language(desk: Client, language: str) -> None:
    call_command("load_vocabularies", verbosity=0)
    IncidentFactory.create_batch(2, kind="killing_event")
    plain = desk.get(LIST, headers={"accept-language": language}).content.decode()
    counted = desk.get(LIST, {"_facets": "True"}, headers={"accept-language": language}).content.decode()
    label = TermLabel.objects.get(term__vocabulary="incident_kind", term__code="killing_event", language=language).label
    assert f"{label} (2)" not in plain
    assert f"{label} (2)" in counted
