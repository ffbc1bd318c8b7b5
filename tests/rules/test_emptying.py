"""Privacy reaches what is not public any more: withdrawn objects whose bodies still stand in the log."""

import pytest

from incidents.models import Incident, Publication, PublicationBody
from incidents.rules.publication.publishing import publish, redact, withdraw
from incidents.rules.publication.refusing import PublishingError
from incidents.rules.publication.reindexing import reindex
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.rules.test_disclosure import PLAIN, areas, found, sensitive

pytestmark = pytest.mark.django_db
REASON = "The family asked for it."


@pytest.mark.parametrize("how", ["redact", "withdraw"])
def test_a_withdrawn_incident_can_be_emptied(how: str) -> None:
    incident, other = sensitive(areas()), factories.IncidentFactory()
    factories.IncidentRelationFactory(from_incident=other, to_incident=incident)
    publish([incident, other])
    withdraw(incident, reason_code="correction", reason="Counted twice.")
    assert found(PLAIN) != []
    if how == "redact":
        redact(incident, reason=REASON)
    else:
        withdraw(incident, reason_code="privacy", reason=REASON)
    assert found(PLAIN) == []
    last = Publication.objects.filter(object_id=incident.public_id).latest("seq")
    assert (last.operation, last.reason_code, last.reason) == ("withdraw", "privacy", REASON)
    assert verify_log().sound
    assert reindex(check=True) == {}
    with pytest.raises(PublishingError, match="not published"):
        redact(incident, reason=REASON)


def test_a_withdrawn_source_can_be_emptied() -> None:
    source = factories.SourceFactory(names={"en": f"{PLAIN} monitor"})
    publish([source])
    withdraw(source, reason_code="correction", reason="Nobody names it.")
    with pytest.raises(PublishingError, match="not published"):
        withdraw(source, reason_code="correction", reason=REASON)
    withdraw(source, reason_code="privacy", reason=REASON)
    assert found(PLAIN) == []
    assert verify_log().sound


@pytest.mark.parametrize("how", ["high", "severe", "redact", "withdraw"])
def test_every_earlier_version_is_emptied_though_a_later_one_named_what_goes_with_it(how: str) -> None:
    """One report names two incidents, the ordinary case; a second source speaks of the first of them alone."""
    incident, other = sensitive(areas()), factories.IncidentFactory()
    report = factories.ClaimFactory(incident=incident)
    factories.ClaimFactory(incident=other, asserted_by=report.asserted_by, document=report.document)
    publish([incident, other])
    factories.ClaimFactory(incident=incident)
    publish([incident])
    versions = list(Publication.objects.filter(object_id=incident.public_id).values_list("seq", flat=True))
    assert len(versions) == 2
    if how == "redact":
        redact(incident, reason=REASON)
    elif how == "withdraw":
        withdraw(incident, reason_code="privacy", reason=REASON)
    else:
        Incident.objects.filter(pk=incident.pk).update(sensitivity=how)
        incident.refresh_from_db()
        publish([incident])
    bodies = PublicationBody.objects.filter(pk__in=versions)
    assert [body.document for body in bodies] == [None, None]
    assert verify_log().sound
