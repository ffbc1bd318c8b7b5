"""What leads from a highly sensitive incident to its day, and from a document to its confidential publisher."""

from datetime import UTC, date, datetime

import pytest

from incidents.models import Document, Incident, PublicIncident, Source
from incidents.rules.publication.publishing import publish, withdraw
from incidents.rules.publication.reindexing import reindex
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.rules.test_disclosure import CANARY, PLAIN, areas, document_of, found, fresh, in_incident, sensitive

pytestmark = pytest.mark.django_db
DAYS = ("2025-03-07", "2025-03-09", "2025-03-10", "9 March", "10 March")


def dated(incident: Incident) -> Document:
    """Two claims of one source, the later one superseding the other, and all else that may stand in a document."""
    document = factories.DocumentFactory(published_on=date(2025, 3, 9), title={"en": f"{PLAIN} report"})
    source = factories.SourceFactory()
    facts = {"incident": incident, "document": document, "asserted_by": source}
    factories.ClaimFactory(**facts, value=5, as_of=date(2025, 3, 9))
    factories.ClaimFactory(**facts, value=7, as_of=date(2025, 3, 10))
    factories.ClaimFactory(**facts, value=900, retracted_at=datetime(2025, 3, 10, 4, tzinfo=UTC), retracted_by="source")
    factories.IncidentActFactory(**facts)
    factories.TargetedGroupFactory(**facts)
    factories.AttributionFactory(**facts, as_of=date(2025, 3, 10))
    return document


def test_no_date_document_or_neighbour_tells_the_day_of_a_highly_sensitive_incident() -> None:
    incident = sensitive(areas(), sensitivity="high", site_type="mass_grave")
    neighbour = factories.IncidentFactory(title={"en": f"{PLAIN} neighbour"})
    factories.IncidentRelationFactory(from_incident=incident, to_incident=neighbour)
    document = dated(incident)
    publish([incident, neighbour])
    assert in_incident(incident, PLAIN, *DAYS, str(document.public_id)) == []
    content = document_of(incident)
    assert content["site_type"] is None
    assert content["relations"][0]["incident"] == {"id": str(neighbour.public_id), "title": {}}
    assert [each["retracted_at"][:10] for each in content["claims"] if each["retracted_at"]] == ["2025-03-01"]
    factories.ClaimFactory(incident=neighbour)
    Incident.objects.filter(pk=neighbour.pk).update(title={"en": f"{PLAIN} renamed"})
    publish([fresh(neighbour)])
    assert in_incident(incident, PLAIN) == []
    assert reindex(check=True) == {}


def test_the_figures_of_a_highly_sensitive_incident_are_those_that_its_dates_give() -> None:
    incident = sensitive(areas())
    dated(incident)
    publish([incident])
    before = document_of(incident)["estimates"]
    Incident.objects.update(sensitivity="high")
    publish([fresh(incident)])
    assert document_of(incident)["estimates"] == before
    assert {each["high"] for each in before} == {7}


def test_consent_withdrawn_reaches_a_highly_sensitive_incident_that_does_not_name_the_document() -> None:
    incident = sensitive(areas(), sensitivity="high")
    document = dated(incident)
    factories.ClaimFactory(incident=incident, value=3)
    publish([incident])
    Document.objects.filter(pk=document.pk).update(consent="withdrawn")
    publish([fresh(document)])
    content = document_of(incident)
    assert [each["value"] for each in content["claims"]] == [3]
    assert (content["acts"], content["targeted_groups"], content["attributions"]) == ([], [], [])
    assert PublicIncident.objects.get().killed_high == 3
    assert verify_log().sound
    assert publish([fresh(incident)]).published == 0


def own_document(source: Source) -> Document:
    return factories.DocumentFactory(
        publisher=source,
        title={"en": f"{PLAIN} weekly", "ar": f"{CANARY} نشرة"},
        url=f"https://example.org/{PLAIN}",
        archive_url=f"https://archive.example/{PLAIN}",
        seen_at=f"{PLAIN} page 3",
        rights=f"Copyright {PLAIN}",
    )


def test_the_documents_of_a_source_made_confidential_do_not_give_it_away() -> None:
    source = factories.SourceFactory(names={"en": f"{PLAIN} monitor"})
    document, gone = own_document(source), own_document(source)
    investigation = factories.InvestigationFactory()
    factories.InvestigationEventFactory(investigation=investigation, document=document)
    claim = factories.ClaimFactory(document=document)
    publish([claim.incident, investigation, gone])
    withdraw(gone, reason_code="correction", reason="Not needed.")
    Source.objects.filter(pk=source.pk).update(confidential=True)
    publish([fresh(source)])
    assert found(PLAIN, CANARY) == []
    assert document_of(claim.incident)["claims"][0]["document"]["title"] == {}
    assert document_of(document, "document")["publisher"]["id"] is None
    assert verify_log().sound
    assert reindex(check=True) == {}
    assert publish([fresh(source)]).published == 0


def test_the_documents_of_a_confidential_source_are_published_without_what_gives_it_away() -> None:
    source = factories.SourceFactory(names={"en": f"{PLAIN} monitor"}, confidential=True)
    claim = factories.ClaimFactory(document=own_document(source))
    publish([claim.incident])
    assert found(PLAIN, CANARY) == []
