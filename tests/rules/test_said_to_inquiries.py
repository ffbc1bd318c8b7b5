"""Who says something to a public inquiry is public with it, however the incidents that it is about are published."""

import pytest

from incidents.models import PublicSource
from incidents.rules.publication.publishing import publish
from tests import factories
from tests.rules.published import document_of

pytestmark = pytest.mark.django_db


def test_one_incident_that_it_is_about_is_published_and_another_is_looked_into() -> None:
    """The inquiry speaks anew since a third incident, which it looks into as well, is in the same batch."""
    new, known, third = factories.IncidentFactory.create_batch(3)
    inquiry = factories.InvestigationFactory()
    for each in (known, third):
        factories.ScopeFactory(investigation=inquiry, incident=each)
    publish([known, third])
    publish([inquiry])
    statement = factories.StatementFactory()
    statement.about.set([new, known])
    publish([new, third])
    (said,) = document_of(inquiry, "investigation")["statements"]
    assert said["by"]["id"] == str(statement.by.public_id)
    assert PublicSource.objects.filter(public_id=statement.by.public_id).exists()
