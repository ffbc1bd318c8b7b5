"""No id of what is not public: inquiries whose findings claims and attributions are, what attributions supersede."""

from typing import Any

import pytest

from incidents.models import Attribution, Claim, Document, Incident, Investigation, Publication
from incidents.rules.publication.protecting import protect
from incidents.rules.publication.publishing import preview, publish, withdraw
from incidents.rules.publication.reindexing import reindex
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.rules.published import all_public_text, document_of, fresh, history

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def with_findings(inquiry: Investigation, **facts: Any) -> Incident:
    """An incident with a claim and an attribution that are its findings, and one of each that is nobody's."""
    incident: Incident = factories.IncidentFactory(**facts)
    for make in (factories.ClaimFactory, factories.AttributionFactory):
        make(incident=incident)
        make(incident=incident, investigation=inquiry)
    return incident


def told(incident: Incident) -> list[list[str | None]]:
    content = document_of(incident)
    return [[row["investigation"] for row in content[part]] for part in ("claims", "attributions")]


def sound() -> bool:
    return verify_log().sound and reindex(check=True) == {}


def test_an_inquiry_that_is_not_public_is_no_id_in_any_document() -> None:
    inquiry = factories.InvestigationFactory()
    incident = with_findings(inquiry)
    assert str(inquiry.public_id) not in str(preview(incident))
    publish([incident])
    assert told(incident) == [[None, None], [None, None]]
    assert str(inquiry.public_id) not in all_public_text()


@pytest.mark.parametrize("order", ["before", "with", "after"])
def test_findings_follow_their_inquiry_into_the_public(order: str) -> None:
    inquiry = factories.InvestigationFactory()
    incident, key = with_findings(inquiry), str(inquiry.public_id)
    steps: dict[str, list[list[Any]]] = {
        "before": [[incident], [inquiry]],
        "with": [[incident, inquiry]],
        "after": [[inquiry], [incident]],
    }
    for step in steps[order]:
        publish(step)
    assert told(incident) == [[None, key], [None, key]]
    rows = Publication.objects.count()
    publish([fresh(incident), fresh(inquiry)])
    assert Publication.objects.count() == rows
    assert sound()


def test_findings_follow_their_inquiry_out_of_the_public() -> None:
    inquiry, other = factories.InvestigationFactory.create_batch(2)
    incident, stays = with_findings(inquiry), with_findings(other)
    publish([incident, stays, inquiry, other])
    Claim.objects.filter(incident=incident).update(investigation=None)
    withdraw(inquiry, reason_code="correction", reason="Too early.")
    assert told(incident) == [[None, None], [None, None]]
    assert history(incident)[-1][1:] == ("publish", "dependency")
    assert len(history(stays)) == 1
    assert sound()


def test_a_withdrawal_for_privacy_empties_what_told_its_id() -> None:
    inquiry = factories.InvestigationFactory()
    incident = with_findings(inquiry)
    publish([incident, inquiry])
    withdraw(inquiry, reason_code="privacy", reason="It named a witness.")
    assert told(incident) == [[None, None], [None, None]]
    bodies = Publication.objects.filter(body__document__contains=str(inquiry.public_id))
    assert not bodies.exists()
    assert sound()


def test_what_follows_is_the_finding_alone() -> None:
    inquiry = factories.InvestigationFactory()
    incident = with_findings(inquiry)
    publish([incident])
    before = document_of(incident)
    Incident.objects.filter(pk=incident.pk).update(title={"en": "Edited"})
    factories.ClaimFactory(incident=incident, investigation=inquiry, value=4000)
    publish([inquiry])
    after = document_of(incident)
    assert after != before
    for part in ("claims", "attributions"):
        after[part] = [row | {"investigation": None} for row in after[part]]
    assert after == before


def test_a_highly_sensitive_incident_says_of_no_inquiry_that_it_found_something() -> None:
    inquiry = factories.InvestigationFactory()
    incident = with_findings(inquiry, sensitivity="high")
    publish([incident])
    publish([inquiry])
    assert told(incident) == [[None, None], [None, None]]
    assert len(history(incident)) == 1


def test_an_attribution_supersedes_what_stands_beside_it_and_nothing_else() -> None:
    incident, closed = factories.IncidentFactory(), factories.DocumentFactory(consent="none")
    hidden = factories.AttributionFactory(incident=incident, document=closed)
    seen = factories.AttributionFactory(incident=incident)
    for earlier in (hidden, seen):
        factories.AttributionFactory(incident=incident, actor=earlier.actor, supersedes=earlier)
    publish([incident])
    assert [each["supersedes"] for each in document_of(incident)["attributions"]] == [None, None, str(seen.public_id)]
    assert str(hidden.public_id) not in all_public_text()
    Document.objects.filter(pk=seen.document.pk).update(consent="withdrawn")
    protect(Document.objects.get(pk=seen.document.pk))
    assert [each["supersedes"] for each in document_of(incident)["attributions"]] == [None, None]
    assert Attribution.objects.filter(supersedes=seen).exists()
    assert sound()


def test_following_takes_no_more_statements_for_more_incidents(django_assert_max_num_queries: Any) -> None:
    inquiry = factories.InvestigationFactory()
    publish([with_findings(inquiry) for _ in range(2)])
    with django_assert_max_num_queries(400) as few:
        publish([inquiry])
    withdraw(inquiry, reason_code="correction", reason="Too early.")
    publish([with_findings(inquiry) for _ in range(6)])
    with django_assert_max_num_queries(len(few.captured_queries)):
        publish([inquiry])
