"""Which versions privacy empties for what they tell by sums, or in other incidents: all that tell, and no more."""

from typing import Any

import pytest
from django.test import Client

from incidents.choices import ReasonCode
from incidents.models import Claim, Document, Incident, IncidentRelation, Merge, Publication, PublicIncident
from incidents.rules.publication.publishing import publish, redact, withdraw
from incidents.rules.publication.reindexing import reindex
from incidents.rules.sameness.merging import merge
from incidents.rules.sameness.unmerging import undo_merge
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.rules.published import fresh
from tests.rules.test_retold import DEATHS, SECRET, changed, contained, readable

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def counted(*values: int, **columns: Any) -> list[Incident]:
    return [factories.ClaimFactory(value=value, **columns).incident for value in values]


def parted(kept: Incident, gone: Incident, *fields: str) -> None:
    row, _ = merge(fresh(kept), fresh(gone), reason="Told twice.", take_from_absorbed=fields)
    undo_merge(Merge.objects.get(pk=row.pk), reason="They are two.")


def sound() -> bool:
    return verify_log().sound and reindex(check=True) == {}


@pytest.mark.parametrize("how", ["severe", "withdrawn"])
def test_what_once_contained_it_keeps_its_figures(how: str) -> None:
    """Its earlier versions tell the deaths and go; what it counts itself stays in totals and lists."""
    outer, middle, inner = counted(5, 1, DEATHS)
    contained(outer, middle, inner)
    publish([outer, middle, inner])
    IncidentRelation.objects.filter(from_incident=outer).delete()
    publish([fresh(outer), fresh(middle)])
    if how == "severe":
        changed(inner, sensitivity="severe")
    else:
        withdraw(fresh(inner), reason_code=ReasonCode.PRIVACY, reason="A witness asked for it.")
    assert readable(DEATHS) == []
    assert PublicIncident.objects.get(public_id=outer.public_id).killed_best == 5
    assert sound()


@pytest.mark.parametrize("level", ["moderate", "high"])
@pytest.mark.parametrize("cut", ["inner", "outer"])
def test_what_contained_it_until_its_sensitivity_was_raised_for_the_first_time(level: str, cut: str) -> None:
    """With the versions that named it went those that said so; the figures stayed, as they were public yet."""
    outer, middle, inner = counted(1, 2, DEATHS)
    contained(outer, middle, inner)
    publish([outer, middle, inner])
    IncidentRelation.objects.filter(to_incident=inner if cut == "inner" else middle).delete()
    publish([fresh(outer), fresh(middle), fresh(inner)])
    changed(inner, sensitivity=level)
    assert readable(DEATHS)
    changed(inner, sensitivity="severe")
    assert readable(DEATHS) == []
    assert sound()


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("fields", [(), ("title",)])
def test_totals_of_what_contained_the_survivor_while_two_were_merged(deep: bool, fields: tuple[str, ...]) -> None:
    outermost, outer, kept, gone = counted(1, 1, 2, DEATHS)
    contained(*([outermost] if deep else []), outer, kept)
    publish([outermost, outer, kept, gone])
    parted(kept, gone, *fields)
    changed(gone, sensitivity="severe")
    assert readable(f'"best":{DEATHS}') == []
    assert [each for each in readable(DEATHS + 2) if each[0] == "incident"] == []
    assert sound()


@pytest.mark.parametrize("since", ["hidden", "deleted", "superseded", "withdrawn"])
def test_totals_that_held_a_figure_which_had_gone_before_its_consent_was_withdrawn(since: str) -> None:
    outer, inner = counted(1, 3)
    told = factories.ClaimFactory(incident=inner, value=DEATHS)
    contained(outer, inner)
    publish([outer, inner])
    if since == "hidden":
        Claim.objects.filter(pk=told.pk).update(public=False)
    elif since == "superseded":
        factories.ClaimFactory(incident=inner, asserted_by=told.asserted_by, supersedes=told, value=5)
    elif since == "deleted":
        told.delete()
    if since == "withdrawn":
        withdraw(fresh(inner), reason_code=ReasonCode.CORRECTION, reason="Counted twice.")
    else:
        publish([fresh(inner)])
    assert readable(DEATHS)
    changed(told.document, consent="withdrawn")
    assert readable(DEATHS) == []
    assert sound()


def test_totals_of_a_figure_that_was_corrected_before_two_people_redact_it() -> None:
    outer, inner = counted(1, DEATHS)
    contained(outer, inner)
    publish([outer, inner])
    Claim.objects.filter(incident=inner).update(value=3)
    publish([fresh(inner)])
    redact(fresh(inner), reason="A witness asked for it.")
    assert readable(DEATHS) == []


def test_versions_of_containers_from_before_it_was_told_stay() -> None:
    outer, middle, inner = counted(5, 7, 9)
    publish([outer])
    contained(outer, middle)
    publish([fresh(outer), middle])
    last = Publication.objects.latest("seq").seq
    contained(middle, inner)
    publish([inner])
    changed(inner, sensitivity="severe")
    for seq in Publication.objects.filter(object_id=outer.public_id, seq__lte=last).values_list("seq", flat=True):
        assert Client().get(f"/api/v1/incidents/{outer.public_id}/", {"at_seq": seq}).status_code == 200


def test_raising_to_high_takes_no_figure_out() -> None:
    outer, inner = counted(1, 3)
    contained(outer, inner)
    publish([outer, inner])
    claim = Claim.objects.get(incident=inner)
    factories.ClaimFactory(incident=inner, asserted_by=claim.asserted_by, supersedes=claim, value=5)
    publish([fresh(inner)])
    first = Publication.objects.filter(object_id=outer.public_id).earliest("seq").seq
    changed(inner, sensitivity="moderate")
    assert Client().get(f"/api/v1/incidents/{outer.public_id}/", {"at_seq": first}).status_code == 200


@pytest.mark.parametrize("published", [False, True])
def test_one_that_was_public_only_under_another_id(published: bool) -> None:
    kept = factories.ClaimFactory(value=2).incident
    publish([kept])
    gone = factories.ClaimFactory(value=DEATHS, quote=SECRET, incident__title={"en": SECRET}).incident
    parted(kept, gone, "title")
    assert readable(SECRET)
    if published:
        Incident.objects.filter(pk=gone.pk).update(sensitivity="high")
        publish([fresh(gone)])
    else:
        assert changed(gone, sensitivity="severe")
    assert readable(SECRET) == []
    assert sound()


def test_a_claim_that_was_moved_by_hand() -> None:
    first, second = counted(1, 2)
    claim = factories.ClaimFactory(incident=first, quote=SECRET)
    publish([first, second])
    claim.incident = second
    claim.save()
    publish([fresh(first), fresh(second)])
    changed(second, sensitivity="severe")
    assert readable(SECRET) == []


def test_an_accused_whom_an_inquiry_looks_at() -> None:
    incident, inquiry = counted(1)[0], factories.InvestigationFactory()
    said = factories.AttributionFactory(incident=incident, actor__names={"en": SECRET})
    factories.ScopeFactory(investigation=inquiry, incident=None, actor=said.actor)
    publish([incident, inquiry])
    assert {kind for kind, _ in readable(SECRET)} == {"incident", "investigation", "perpetrator"}
    changed(said.document, consent="withdrawn")
    assert readable(SECRET) == []
    assert sound()


def test_a_report_by_others_of_the_same_incident_stays() -> None:
    incident = counted(1)[0]
    closing, other = factories.ClaimFactory.create_batch(2, incident=incident)
    publish([incident])
    Claim.objects.filter(pk=other.pk).delete()
    publish([fresh(incident)])
    changed(closing.document, consent="withdrawn")
    for kind, key in (("documents", other.document.public_id), ("sources", other.asserted_by.public_id)):
        assert Client().get(f"/api/v1/{kind}/{key}/").status_code == 200


class TestHighlySensitiveIncidents:
    def said(self, **columns: Any) -> tuple[Incident, Document]:
        incident = counted(1, incident__sensitivity="high")[0]
        document = factories.DocumentFactory()
        factories.IncidentActFactory(incident=incident, document=document, act="torture", **columns)
        publish([incident])
        return incident, document

    def test_what_no_version_tells_any_more_is_emptied_once(self) -> None:
        _, document = self.said()
        assert changed(document, consent="withdrawn")
        rows = Publication.objects.count()
        assert not changed(document, rights="All rights reserved.")
        assert Publication.objects.count() == rows

    def test_a_claim_that_stands_elsewhere_by_now_may_be_said(self) -> None:
        incident = counted(1, incident__sensitivity="high")[0]
        claim, other = factories.ClaimFactory(incident=incident, value=DEATHS), factories.DocumentFactory()
        first = claim.document
        publish([incident])
        claim.document = other
        claim.save()
        Incident.objects.filter(pk=incident.pk).update(clarity="summary")
        publish([fresh(incident)])
        assert len(readable(DEATHS)) == 2
        assert not changed(first, consent="withdrawn")
        assert len(readable(DEATHS)) == 2

    @pytest.mark.parametrize("published", [True, False])
    def test_a_claim_that_was_deleted_before_goes_from_every_version(self, published: bool) -> None:
        incident = counted(1, incident__sensitivity="high")[0]
        claim = factories.ClaimFactory(incident=incident, value=DEATHS)
        publish([incident])
        document = claim.document
        claim.delete()
        if published:
            publish([fresh(incident)])
        assert changed(document, consent="withdrawn")
        assert readable(DEATHS) == []
        assert not changed(document, rights="All rights reserved.")

    def test_an_act_of_what_was_merged_goes_and_one_that_others_say_too_stays(self) -> None:
        incident, document = self.said()
        other = counted(1, incident__sensitivity="high", incident__country=incident.country)[0]
        publish([other])
        merge(fresh(other), fresh(incident), reason="Told twice.")
        changed(document, consent="withdrawn")
        assert readable("torture") == []
        again, closing = self.said()
        factories.IncidentActFactory(incident=again, asserted_by=closing.publisher, act="torture", rank=2)
        publish([fresh(again)])
        assert sound()
