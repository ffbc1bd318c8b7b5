"""Raising a sensitivity or hiding a source or document takes effect when it is saved."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from incidents.models import Document, Incident, Publication, PublicIncident, Source
from incidents.rules.publication.protecting import protect
from incidents.rules.publication.publishing import publish, withdraw
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.admin.forms import filled
from tests.rules.test_disclosure import PLAIN, areas, found, fresh, sensitive

pytestmark = pytest.mark.django_db


def test_a_raised_sensitivity_is_published_at_once_and_only_once() -> None:
    incident = sensitive(areas())
    publish([incident])
    assert not protect(fresh(incident))
    Incident.objects.update(sensitivity="high")
    assert protect(fresh(incident))
    assert found(PLAIN) == []
    assert Publication.objects.latest("seq").reason_code == "privacy"
    assert not protect(fresh(incident))
    assert verify_log().sound


def test_a_withdrawn_incident_is_emptied_and_not_published_again() -> None:
    incident = sensitive(areas())
    publish([incident])
    withdraw(incident, reason_code="correction", reason="Counted twice.")
    Incident.objects.update(sensitivity="high")
    assert protect(fresh(incident))
    assert found(PLAIN) == []
    assert not PublicIncident.objects.exists()
    assert not protect(fresh(incident))


@pytest.mark.parametrize(
    ("kind", "change"), [(Source, {"confidential": True}), (Document, {"consent": "withdrawn"})], ids=str
)
def test_a_hidden_source_or_document_goes_at_once(kind: Any, change: dict[str, Any]) -> None:
    source = factories.SourceFactory(names={"en": f"{PLAIN} monitor"})
    document = factories.DocumentFactory(title={"en": f"{PLAIN} report"}, publisher=source)
    obj = source if kind is Source else document
    publish([document])
    kind.objects.filter(pk=obj.pk).update(**change)
    assert protect(fresh(obj))
    assert found(f"{PLAIN} report") == []
    assert not protect(fresh(obj))


def test_what_was_never_public_stays_unpublished() -> None:
    assert not protect(factories.IncidentFactory(sensitivity="high"))
    assert not protect(factories.SourceFactory(confidential=True))
    assert not Publication.objects.exists()


def test_saving_the_page_of_an_incident_protects_it() -> None:
    incident = sensitive(areas())
    publish([incident])
    desk = Client()
    desk.force_login(factories.UserFactory(is_staff=True, is_superuser=True))
    page = reverse("admin:incidents_incident_change", args=[incident.pk])
    assert desk.post(page, filled(desk, page) | {"sensitivity": "high"}).status_code == 302
    assert found(PLAIN) == []
