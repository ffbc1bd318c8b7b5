"""Ids that somebody keeps of incidents that were merged since: they find the survivor in filters too."""

import pytest

from incidents.models import Incident
from incidents.rules.publication.publishing import publish
from incidents.rules.sameness.merging import merge
from incidents.rules.sameness.unmerging import undo_merge
from tests import factories
from tests.contract.validation import CheckedClient

pytestmark = pytest.mark.django_db


def test_the_id_of_a_merged_incident_finds_its_survivor_wherever_it_is_asked_for(api: CheckedClient, db: None) -> None:
    first, second, survivor = factories.IncidentFactory.create_batch(3)
    for incident, value in ((first, 5), (second, 6), (survivor, 7)):
        factories.ClaimFactory(incident=incident, value=value)
    inquiry = factories.InvestigationFactory()
    factories.ScopeFactory(investigation=inquiry, incident=first)
    publish([first, second, survivor, inquiry])
    merge(second, first, reason="One attack, told twice")
    row, _ = merge(survivor, Incident.objects.get(pk=second.pk), reason="One attack, told thrice")
    asked = {"id": f"{first.public_id},{survivor.public_id}"}
    assert [each["id"] for each in api.get("/api/v1/incidents/", asked).json()["results"]] == [str(survivor.public_id)]
    assert api.get("/api/v1/victims/", {"id": str(first.public_id)}).json()["incidents"] == 1
    assert len(api.get("/api/v1/claims/", {"incident": str(first.public_id)}).json()["results"]) == 3
    assert len(api.get("/api/v1/investigations/", {"incident": str(first.public_id)}).json()["results"]) == 1
    undo_merge(row, reason="They were two")
    asked = {"id": str(first.public_id)}
    assert [each["id"] for each in api.get("/api/v1/incidents/", asked).json()["results"]] == [str(second.public_id)]
