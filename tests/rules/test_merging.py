"""Merging two incidents: claims move, histories stay, the absorbed id points to the survivor."""

import pytest

from incidents.models import Incident, IncidentReference, IncidentRelation, Merge, Publication, PublicIncident
from incidents.rules.publication.publishing import publish, published_document, withdraw
from incidents.rules.publication.refusing import PublishingError
from incidents.rules.publication.reindexing import reindex
from incidents.rules.sameness.merging import CHOOSABLE, merge
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.rules.published import document_of, fresh, history

pytestmark = pytest.mark.django_db
REASON = "The same killing, told twice."


def two(published: bool = True) -> tuple[Incident, Incident]:
    kept, gone = factories.IncidentFactory(), factories.IncidentFactory()
    factories.ClaimFactory(incident=kept, value=10)
    factories.ClaimFactory(incident=gone, value=12)
    if published:
        publish([kept, gone])
    return kept, gone


def test_claims_move_and_the_absorbed_id_points_to_the_survivor() -> None:
    kept, gone = two()
    row, _ = merge(kept, gone, reason=REASON)
    assert sorted(claim.value or 0 for claim in kept.claims.all()) == [10, 12]
    last = Publication.objects.filter(object_id=gone.public_id).latest("seq")
    assert (last.operation, last.survivor, last.reason) == ("merge", kept.public_id, REASON)
    assert published_document("incident", gone.public_id) is None
    assert PublicIncident.objects.get().killed_high == 12
    assert len(row.moved_claims) == 1
    assert fresh(gone).merged_into == kept
    assert verify_log().sound
    assert reindex(check=True) == {}


def test_both_histories_stay() -> None:
    kept, gone = two()
    merge(kept, gone, reason=REASON)
    assert [each[1] for each in history(gone)] == ["publish", "merge"]
    assert Publication.objects.get(object_id=gone.public_id, version=1).body.document is not None


def test_a_merge_of_unpublished_incidents_publishes_nothing() -> None:
    kept, gone = two(published=False)
    merge(kept, gone, reason=REASON)
    assert not Publication.objects.exists()


def test_an_unpublished_survivor_of_a_published_incident_is_published() -> None:
    kept, gone = two(published=False)
    publish([gone])
    merge(kept, gone, reason=REASON)
    assert len(document_of(kept)["claims"]) == 2


def test_relations_that_both_had_are_kept_once_and_none_joins_it_to_itself() -> None:
    kept, gone = two()
    container = factories.IncidentFactory()
    for child in (kept, gone):
        factories.IncidentRelationFactory(from_incident=container, to_incident=child)
    factories.IncidentRelationFactory(from_incident=kept, to_incident=gone, type="possible_duplicate")
    publish([container, kept, gone])
    merge(kept, gone, reason=REASON)
    assert IncidentRelation.objects.count() == 1
    assert [each["incident"]["id"] for each in document_of(container)["relations"]] == [str(kept.public_id)]
    assert reindex(check=True) == {}


def test_a_merge_that_would_close_a_circle_is_refused_with_a_sentence() -> None:
    kept, gone = two()
    between = factories.IncidentFactory()
    factories.IncidentRelationFactory(from_incident=kept, to_incident=between)
    factories.IncidentRelationFactory(from_incident=between, to_incident=gone)
    with pytest.raises(PublishingError, match="contain"):
        merge(kept, gone, reason=REASON)
    assert fresh(gone).merged_into is None


def test_references_that_both_have_are_kept_once() -> None:
    kept, gone = two()
    for incident in (kept, gone):
        factories.IncidentReferenceFactory(incident=incident, scheme="ucdp-conflict", key="465", identifies=False)
        factories.IncidentReferenceFactory(incident=incident)
    merge(kept, gone, reason=REASON)
    assert IncidentReference.objects.filter(incident=kept).count() == 3
    assert not IncidentReference.objects.filter(incident=gone).exists()


def test_acts_go_on_in_order_and_those_that_both_have_are_kept_once() -> None:
    kept, gone = two()
    document = factories.DocumentFactory()
    factories.IncidentActFactory(incident=kept, document=document)
    factories.IncidentActFactory(incident=gone, document=document)
    factories.IncidentActFactory(incident=gone, document=document, act="torture")
    merge(kept, gone, reason=REASON)
    assert list(kept.acts.values_list("act", "rank")) == [("massacre", 1), ("torture", 2)]


def test_scopes_and_statements_follow_the_survivor() -> None:
    kept, gone = two()
    investigation = factories.InvestigationFactory()
    for incident in (kept, gone):
        factories.ScopeFactory(investigation=investigation, incident=incident)
    statement = factories.StatementFactory()
    statement.about.set([gone])
    publish([investigation])
    merge(kept, gone, reason=REASON)
    content = document_of(investigation, "investigation")
    assert [each["incident"]["id"] for each in content["scope"]] == [str(kept.public_id)]
    assert [each["about"][0]["id"] for each in content["statements"]] == [str(kept.public_id)]


def test_the_stricter_sensitivity_of_the_two_holds() -> None:
    kept, gone = two(published=False)
    Incident.objects.filter(pk=gone.pk).update(sensitivity="high")
    publish([fresh(kept), fresh(gone)])
    merge(kept, gone, reason=REASON)
    assert fresh(kept).sensitivity == "high"
    assert document_of(kept)["title"]["en"] == "Incident with restricted details"
    assert verify_log().emptied == 2, "its version, and the document that only this version named"


def test_fields_chosen_from_the_absorbed_incident_are_taken_over() -> None:
    kept, gone = two()
    row, _ = merge(kept, gone, reason=REASON, take_from_absorbed=("title",))
    assert document_of(kept)["title"] == gone.title
    assert row.field_choices["before"]["title"] == kept.title


@pytest.mark.parametrize("name", ["public_id", "version", "notes", "sensitivity", "merged_into"])
def test_what_is_not_a_fact_of_the_incident_cannot_be_chosen(name: str) -> None:
    kept, gone = two(published=False)
    with pytest.raises(PublishingError, match="cannot be chosen"):
        merge(kept, gone, reason=REASON, take_from_absorbed=(name,))
    assert name not in CHOOSABLE


def test_a_merge_is_refused_without_a_reason_with_itself_and_twice() -> None:
    kept, gone = two()
    with pytest.raises(PublishingError, match="reason"):
        merge(kept, gone, reason=" ")
    with pytest.raises(PublishingError, match="itself"):
        merge(kept, kept, reason=REASON)
    merge(kept, gone, reason=REASON)
    for pair in ((kept, gone), (gone, kept)):
        with pytest.raises(PublishingError, match="merged already"):
            merge(*pair, reason=REASON)
    with pytest.raises(PublishingError, match="was merged into"):
        publish([fresh(gone)])
    assert Merge.objects.count() == 1


EXACT = {"title": {"en": "The house by the mill"}, "latitude": 35.4571, "longitude": 36.0592}


def bodies(*incidents: Incident) -> str:
    """Everything that the log still says of these incidents and of whoever named them."""
    keys = [str(each.public_id) for each in incidents]
    texts = Publication.objects.filter(body__document__isnull=False).values_list("body__document", flat=True)
    return "".join(str(text) for text in texts if any(key in str(text) for key in keys))


def test_merging_into_a_highly_sensitive_incident_empties_the_versions_of_the_absorbed_one() -> None:
    kept, gone = factories.IncidentFactory(sensitivity="high"), factories.IncidentFactory(**EXACT)
    investigation = factories.InvestigationFactory()
    factories.ScopeFactory(investigation=investigation, incident=gone)
    publish([kept, gone, investigation])
    assert "35.4571" in bodies(gone)
    merge(fresh(kept), fresh(gone), reason=REASON)
    assert "35.4571" not in bodies(kept, gone)
    assert "by the mill" not in bodies(kept, gone)
    assert history(gone)[-1][1] == "merge"
    assert verify_log().sound
    assert reindex(check=True) == {}


def test_an_incident_withdrawn_before_the_merge_is_emptied_too() -> None:
    kept, gone = factories.IncidentFactory(sensitivity="high"), factories.IncidentFactory(**EXACT)
    publish([kept, gone])
    withdraw(gone, reason_code="correction", reason="Twice.")
    merge(fresh(kept), fresh(gone), reason=REASON)
    assert "35.4571" not in bodies(kept, gone)


def test_raising_the_sensitivity_after_merges_empties_all_that_were_absorbed() -> None:
    kept, between, gone = (factories.IncidentFactory(**facts) for facts in ({}, {}, EXACT))
    publish([kept, between, gone])
    merge(between, gone, reason=REASON)
    merge(kept, fresh(between), reason=REASON)
    assert "35.4571" in bodies(gone)
    Incident.objects.filter(pk=kept.pk).update(sensitivity="high")
    publish([fresh(kept)])
    assert "35.4571" not in bodies(kept, between, gone)
    assert history(gone)[-1][1] == "merge", "the old id still leads to the survivor"
    assert verify_log().sound


def test_merging_into_a_severe_incident_withdraws_the_absorbed_one_for_privacy() -> None:
    kept, gone = factories.IncidentFactory(sensitivity="severe"), factories.IncidentFactory(**EXACT)
    publish([gone])
    merge(fresh(kept), fresh(gone), reason=REASON)
    last = Publication.objects.filter(object_id=gone.public_id).latest("seq")
    assert (last.operation, last.reason_code, last.survivor) == ("withdraw", "privacy", None)
    assert bodies(kept, gone) == ""
    assert not PublicIncident.objects.exists()
    assert verify_log().sound


def test_merging_a_severe_incident_takes_the_survivor_out() -> None:
    kept, gone = factories.IncidentFactory(**EXACT), factories.IncidentFactory(sensitivity="severe")
    publish([kept])
    merge(fresh(kept), gone, reason=REASON)
    assert bodies(kept, gone) == ""
    assert not PublicIncident.objects.exists()


def test_people_are_not_left_in_a_country_that_the_merged_incident_does_not_lie_in() -> None:
    kept, gone = two()
    there = factories.AdminAreaFactory(pcode="CF11", country="CAF")
    wider = factories.ClaimFactory(incident=kept, value=900, scope="wider")
    factories.ClaimCellFactory(claim=wider, area=factories.AdminAreaFactory(pcode="LB1", country="LBN"))
    factories.ClaimCellFactory(claim=gone.claims.get(), area=there)
    with pytest.raises(PublishingError, match=r"counts people in .*CF11"):
        merge(kept, gone, reason=REASON)
    kept.areas.add(there)
    merge(kept, gone, reason=REASON)
    assert fresh(gone).merged_into == kept
