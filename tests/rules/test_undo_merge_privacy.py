"""Undoing a merge never shows what became private: the stricter decision holds, and what was emptied stays empty.

What else comes back is in test_undo_merge.py.
"""

import pytest

from incidents.models import Incident, Publication, PublicIncident
from incidents.rules.publication.protecting import protect
from incidents.rules.publication.publishing import publish, published_document, redact, withdraw
from incidents.rules.sameness.merging import merge
from incidents.rules.sameness.unmerging import undo_merge
from incidents.rules.trail import editing
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.rules.published import all_public_text, document_of, fresh, history
from tests.rules.test_merging import EXACT, REASON, bodies

pytestmark = pytest.mark.django_db
WHY = "They are two villages of one name."


def test_a_sensitivity_that_the_merge_raised_is_as_before_and_what_was_emptied_stays_empty() -> None:
    kept, gone = factories.IncidentFactory(**EXACT), factories.IncidentFactory(sensitivity="high")
    publish([kept, gone])
    row, _ = merge(fresh(kept), fresh(gone), reason=REASON)
    undo_merge(row, reason=WHY)
    assert (fresh(kept).sensitivity, fresh(gone).sensitivity) == ("low", "high")
    assert document_of(kept)["title"] == EXACT["title"]
    assert Publication.objects.get(object_id=kept.public_id, version=1).body.document is None
    assert verify_log().sound


def test_a_sensitivity_raised_since_holds_for_both() -> None:
    kept, gone = factories.IncidentFactory(), factories.IncidentFactory(**EXACT)
    publish([kept, gone])
    row, _ = merge(fresh(kept), fresh(gone), reason=REASON)
    Incident.objects.filter(pk=kept.pk).update(sensitivity="high")
    publish([fresh(kept)])
    outcome = undo_merge(row, reason=WHY)
    assert outcome.kept_later == ("sensitivity",)
    assert fresh(gone).sensitivity == "high"
    assert "35.4571" not in bodies(kept, gone)
    assert document_of(gone)["title"]["en"] == "Incident with restricted details"


def test_one_that_became_severe_since_leads_nowhere() -> None:
    kept, gone = factories.IncidentFactory(), factories.IncidentFactory(**EXACT)
    publish([kept, gone])
    row, _ = merge(fresh(kept), fresh(gone), reason=REASON)
    Incident.objects.filter(pk=kept.pk).update(sensitivity="severe")
    publish([fresh(kept)])
    undo_merge(row, reason=WHY)
    assert bodies(kept, gone) == ""
    assert history(gone)[-1][1] == "withdraw"
    assert not PublicIncident.objects.exists()
    assert verify_log().sound


def test_an_absorbed_id_that_was_withdrawn_for_privacy_since_does_not_return() -> None:
    kept, gone = factories.IncidentFactory(), factories.IncidentFactory(**EXACT)
    publish([kept, gone])
    row, _ = merge(fresh(kept), fresh(gone), reason=REASON)
    withdraw(fresh(gone), reason_code="privacy", reason="It told where a witness lives")
    undo_merge(row, reason=WHY)
    assert history(gone)[-1][1] == "withdraw"  # it leads nowhere any more, and nothing of it is shown
    assert list(PublicIncident.objects.values_list("public_id", flat=True)) == [kept.public_id]
    assert "35.4571" not in bodies(gone)
    assert verify_log().sound


def test_one_merged_into_a_severe_incident_is_public_again() -> None:
    kept, gone = factories.IncidentFactory(sensitivity="severe"), factories.IncidentFactory(**EXACT)
    publish([gone])
    row, _ = merge(fresh(kept), fresh(gone), reason=REASON)
    undo_merge(row, reason=WHY)
    assert document_of(gone)["title"] == EXACT["title"]
    assert published_document("incident", kept.public_id) is None


def test_an_incident_made_severe_by_the_merge_is_public_again() -> None:
    kept, gone = factories.IncidentFactory(**EXACT), factories.IncidentFactory(sensitivity="severe")
    publish([kept])
    row, _ = merge(fresh(kept), gone, reason=REASON)
    undo_merge(row, reason=WHY)
    assert document_of(kept)["title"] == EXACT["title"]
    assert published_document("incident", gone.public_id) is None


@pytest.mark.parametrize("sensitivity", ["moderate", "severe"])
@pytest.mark.parametrize("absorbs", [True, False])
def test_what_a_later_merge_made_more_sensitive_for_a_while_is_public_again(sensitivity: str, absorbs: bool) -> None:
    """Nobody took anything out: the merge with a more sensitive incident did, and was undone."""
    kept, gone = factories.IncidentFactory(**EXACT), factories.ClaimFactory(value=31).incident
    third = factories.IncidentFactory(sensitivity=sensitivity)
    publish([kept, gone])
    row, _ = merge(fresh(kept), fresh(gone), reason=REASON, take_from_absorbed=("title",))
    later, _ = merge(*(map(fresh, (kept, third) if absorbs else (third, kept))), reason=REASON)
    undo_merge(later, reason=WHY)
    undo_merge(row, reason=WHY)
    assert document_of(kept)["title"] == EXACT["title"]
    assert [claim["value"] for claim in document_of(gone)["claims"]] == [31]
    assert (fresh(kept).sensitivity, fresh(gone).sensitivity) == ("low", "low")
    assert verify_log().sound


def test_a_highly_sensitive_one_comes_back_after_a_chain_of_merges() -> None:
    """The last survivor became sensitive for a while, and its versions were emptied with those merged into it."""
    kept, gone = factories.IncidentFactory(), factories.ClaimFactory(incident__sensitivity="high").incident
    above = factories.IncidentFactory()
    publish([kept, gone, above])
    row, _ = merge(fresh(kept), fresh(gone), reason=REASON)
    later, _ = merge(above, fresh(kept), reason=REASON)
    for each in (later, row):
        undo_merge(each, reason=WHY)
    assert PublicIncident.objects.count() == 3
    assert len(document_of(gone)["claims"]) == 1


def test_what_two_people_took_out_while_a_later_merge_stood_stays_out() -> None:
    kept, gone = factories.IncidentFactory(), factories.IncidentFactory(**EXACT)
    third = factories.IncidentFactory(sensitivity="moderate")
    publish([kept, gone])
    row, _ = merge(fresh(kept), fresh(gone), reason=REASON)
    later, _ = merge(fresh(kept), third, reason=REASON)
    redact(fresh(kept), reason="It told where a witness lives")
    for each in (later, row):
        undo_merge(each, reason=WHY)
    assert list(PublicIncident.objects.values_list("public_id", flat=True)) == [kept.public_id]
    assert "35.4571" not in bodies(kept, gone)


@pytest.mark.parametrize("published", [True, False])
def test_what_the_survivor_told_of_one_that_was_raised_while_merged_is_emptied(published: bool) -> None:
    """Its own versions are emptied when it is raised; those that told its title as the survivor's name no other."""
    kept, gone = factories.IncidentFactory(), factories.IncidentFactory(**EXACT)
    inquiry = factories.ScopeFactory(investigation=factories.InvestigationFactory(), incident=kept).investigation
    publish([kept, inquiry, *([gone] if published else [])])
    row, _ = merge(fresh(kept), fresh(gone), reason=REASON, take_from_absorbed=("title", "latitude", "longitude"))
    assert "The house by the mill" in all_public_text()
    absorbed = fresh(gone)
    absorbed.sensitivity = "high"
    editing.save(absorbed, ["sensitivity"])
    protect(absorbed)
    undo_merge(row, reason=WHY)
    assert "The house by the mill" not in all_public_text()
    assert document_of(kept)["title"] == kept.title
    assert verify_log().sound
