"""What privacy takes out stands elsewhere in the log without its id: there it goes too, in every version."""

from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client

from incidents.choices import ReasonCode
from incidents.choices import SubmissionAction as Action
from incidents.models import Claim, Document, Incident, IncidentReference, Merge, PublicationBody, deleting
from incidents.rules.publication.protecting import protect
from incidents.rules.publication.publishing import publish, redact, withdraw
from incidents.rules.publication.reindexing import reindex
from incidents.rules.sameness.merging import merge
from incidents.rules.sameness.unmerging import undo_merge
from incidents.rules.submissions import moderating
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.contributions import approved, person, sender, tuwaym
from tests.rules.published import fresh

pytestmark = pytest.mark.django_db
SECRET = "Hiddenword"
DEATHS = 7_331_733  # in no moment and, likely, in no id


def readable(word: str | int) -> list[tuple[str, int]]:
    """Where anybody may read the word: (kind, status) of each version of the log that holds it."""
    bodies = PublicationBody.objects.filter(document__contains=str(word)).select_related("publication")
    found = []
    for row in (body.publication for body in bodies):
        answer = Client().get(f"/api/v1/{row.kind}s/{row.object_id}/", {"at_seq": row.seq})
        assert str(word) in answer.content.decode()
        found.append((row.kind, answer.status_code))
    return found


def changed(obj: Any, **values: Any) -> bool:
    """Change a record as the desk does, and have it protected."""
    type(obj)._default_manager.filter(pk=obj.pk).update(**values)
    return protect(fresh(obj))


def parted(**taken: Any) -> tuple[Incident, Incident]:
    """Two public incidents that were merged, the first taking these fields from the second, and parted again."""
    kept = factories.ClaimFactory(value=3).incident
    gone = factories.ClaimFactory(quote=SECRET, incident__place_text=SECRET, **taken).incident
    factories.IncidentReferenceFactory(incident=gone, key=SECRET)
    publish([kept, gone])
    row, _ = merge(fresh(kept), fresh(gone), reason="Told twice.", take_from_absorbed=("title", "place_text"))
    undo_merge(Merge.objects.get(pk=row.pk), reason="They are two.")
    return fresh(kept), fresh(gone)


def contained(*incidents: Incident) -> None:
    for outer, inner in pairwise(incidents):
        relation = {"from_incident": outer, "to_incident": inner}
        factories.IncidentRelationFactory(**relation, type="contains", certainty="confirmed")


@pytest.mark.parametrize("how", ["high", "severe", "redacted", "withdrawn"])
def test_versions_of_the_survivor_from_while_two_were_merged(how: str) -> None:
    kept, gone = parted(incident__title={"en": f"{SECRET} of the well"})
    related = factories.IncidentFactory()
    factories.IncidentRelationFactory(from_incident=related, to_incident=kept, type="parallel")
    before = fresh(kept).public_id
    assert len(readable(SECRET)) > 1
    if how == "redacted":
        Claim.objects.filter(incident=gone).update(quote="")
        Incident.objects.filter(pk=gone.pk).update(title={"en": "A killing"}, place_text="")
        IncidentReference.objects.all().delete()
        redact(fresh(gone), reason="A witness asked for it.")
    elif how == "withdrawn":
        withdraw(gone, reason_code=ReasonCode.PRIVACY, reason="A witness asked for it.")
    else:
        changed(gone, sensitivity=how)
    assert readable(SECRET) == []
    assert Client().get(f"/api/v1/incidents/{before}/").status_code == 200
    assert verify_log().sound
    assert reindex(check=True) == {}


def test_who_named_the_survivor_by_the_title_that_it_took() -> None:
    kept = factories.ClaimFactory(value=3).incident
    gone = factories.ClaimFactory(incident__title={"en": f"{SECRET} of the well"}).incident
    inquiry = factories.InvestigationFactory()
    factories.ScopeFactory(investigation=inquiry, incident=kept)
    publish([kept, gone, inquiry])
    row, _ = merge(fresh(kept), fresh(gone), reason="Told twice.", take_from_absorbed=("title",))
    undo_merge(Merge.objects.get(pk=row.pk), reason="They are two.")
    assert "investigation" in dict(readable(SECRET))
    changed(gone, sensitivity="high")
    assert readable(SECRET) == []


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_totals_of_what_contained_an_incident_that_became_severe(depth: int) -> None:
    *outer, inner = [factories.ClaimFactory(value=DEATHS if n == depth else 1).incident for n in range(depth + 1)]
    contained(*outer, inner)
    publish([*outer, inner])
    assert ("incident", 200) in readable(DEATHS)
    changed(inner, sensitivity="severe")
    assert readable(DEATHS) == []
    assert verify_log().sound


def test_totals_that_held_a_figure_of_a_document_whose_consent_was_withdrawn() -> None:
    outer, inner = factories.ClaimFactory(value=1).incident, factories.IncidentFactory()
    told = factories.ClaimFactory(incident=inner, value=DEATHS)
    contained(outer, inner)
    publish([outer, inner])
    changed(told.document, consent="withdrawn")
    assert readable(DEATHS) == []


def test_versions_of_a_container_whose_totals_say_what_they_say_today_stay() -> None:
    outer, inner = factories.ClaimFactory(value=DEATHS).incident, factories.ClaimFactory(value=3).incident
    contained(outer, inner)
    publish([outer, inner])
    Claim.objects.filter(incident=outer).update(quote="Said otherwise")
    publish([fresh(outer)])
    changed(Claim.objects.get(incident=inner).document, consent="withdrawn")
    assert len(readable(DEATHS)) > 1


@pytest.mark.parametrize("since", ["withdrawn", "merged", "hidden", "deleted"])
def test_highly_sensitive_versions_that_told_what_stood_in_a_document(since: str) -> None:
    """They do not name it, so that its id finds nothing."""
    incident = factories.ClaimFactory(value=1, incident__sensitivity="high").incident
    told = factories.ClaimFactory(incident=incident, value=DEATHS)
    other = factories.ClaimFactory(value=1, incident__sensitivity="high", incident__country=incident.country).incident
    publish([incident, other])
    if since == "withdrawn":
        withdraw(fresh(incident), reason_code=ReasonCode.CORRECTION, reason="Counted twice.")
    elif since == "merged":
        merge(fresh(other), fresh(incident), reason="Told twice.")
    else:
        if since == "deleted":
            Claim.objects.get(pk=told.pk).delete()
        Claim.objects.filter(pk=told.pk).update(public=False)
        publish([fresh(incident)])
    assert readable(DEATHS)
    assert changed(told.document, consent="withdrawn")
    assert readable(DEATHS) == []
    assert verify_log().sound


@pytest.mark.parametrize("since", ["deleted", "undone", "said otherwise", "merged", "not published"])
@pytest.mark.parametrize("part", ["act", "group"])
def test_acts_and_groups_that_were_gone_before_the_consent_was(part: str, since: str) -> None:
    """They have no ids, and highly sensitive versions do not say where they stood."""
    incident = factories.ClaimFactory(value=1, incident__sensitivity="high").incident
    other = factories.ClaimFactory(value=1, incident__sensitivity="high", incident__country=incident.country).incident
    where = {"incident": incident, "document": factories.DocumentFactory()}
    said: Any
    if part == "act":
        said, word, column, otherwise = (
            factories.IncidentActFactory(act="torture", **where),
            "torture",
            "act",
            "looting",
        )
    else:
        said = factories.TargetedGroupFactory(ground="religion", **where)
        word, column, otherwise = "religion", "ground", "ethnicity"
    publish([incident, other])
    assert readable(word)
    if since == "undone":
        deleting.delete(type(said), [said.pk])
    elif since == "said otherwise":
        setattr(said, column, otherwise)
        said.save()
    else:
        said.delete()
    if since != "not published":
        publish([fresh(incident)])
    if since == "merged":
        merge(fresh(other), fresh(incident), reason="Told twice.")
    changed(where["document"], consent="withdrawn")
    assert readable(word) == []
    assert verify_log().sound
    assert reindex(check=True) == {}


def test_what_is_said_in_another_document_by_now_may_be_said() -> None:
    incident = factories.ClaimFactory(value=1, incident__sensitivity="high").incident
    said = factories.IncidentActFactory(act="torture", incident=incident)
    publish([incident])
    first = said.document
    said.document = factories.DocumentFactory(publisher=first.publisher)
    said.save()
    publish([fresh(incident)])
    changed(first, consent="withdrawn")
    assert readable("torture")


def test_who_was_named_only_by_what_stood_in_a_document_whose_consent_was_withdrawn() -> None:
    source = factories.SourceFactory(names={"en": f"{SECRET} neighbour"})
    document = factories.DocumentFactory(publisher=source)
    actor = factories.ActorFactory(names={"en": f"{SECRET} commander"})
    incident = factories.ClaimFactory(value=1).incident
    factories.ClaimFactory(incident=incident, document=document, asserted_by=source, value=31)
    factories.AttributionFactory(incident=incident, document=document, asserted_by=source, actor=actor)
    publish([incident])
    assert {kind for kind, _ in readable(SECRET)} == {"source", "document", "perpetrator", "incident"}
    changed(document, consent="withdrawn")
    assert readable(SECRET) == []
    assert Client().get(f"/api/v1/sources/{source.public_id}/").status_code == 410


def test_low_versions_of_what_was_merged_into_one_that_was_never_public() -> None:
    gone = factories.ClaimFactory(incident__title={"en": SECRET}).incident
    kept = factories.ClaimFactory().incident
    publish([gone])
    withdraw(fresh(gone), reason_code=ReasonCode.CORRECTION, reason="Counted twice.")
    merge(fresh(kept), fresh(gone), reason="Told twice.")
    assert changed(kept, sensitivity="high")
    assert readable(SECRET) == []
    assert not changed(kept, sensitivity="high")


@pytest.mark.parametrize(
    ("model", "values", "word"),
    [
        (Incident, {"sensitivity": "high"}, "Killing of villagers of Tuwaym"),
        (Document, {"consent": "withdrawn"}, "https://example.org/coast"),
    ],
)
def test_what_was_sent_undone_and_sent_again_under_the_same_reference(
    model: Any, values: dict[str, str], word: str
) -> None:
    by = sender()
    moderating.act(approved(tuwaym(), by), Action.PUBLISH, by=person("lead"))
    first = Incident.objects.get()
    moderating.act(first.submissions.get(), Action.UNDO, by=person("lead"), reason="Sent too early")
    moderating.act(approved(tuwaym(), by), Action.PUBLISH, by=person("lead"))
    assert Incident.objects.get().public_id != first.public_id
    assert len(readable(word)) > 1
    changed(model.objects.get(), **values)
    assert readable(word) == []


@pytest.mark.parametrize("how", ["redacted", "withdrawn"])
def test_undoing_a_merge_brings_nothing_back_that_privacy_took_out(how: str) -> None:
    kept = factories.ClaimFactory(incident__title={"en": f"Killing of the {SECRET} family"}).incident
    gone = factories.ClaimFactory(incident__title={"en": "Killing of a family"}).incident
    for each in (kept, gone):
        factories.IncidentReferenceFactory(incident=each, scheme="file", key=SECRET, identifies=False)
    publish([kept, gone])
    row, _ = merge(fresh(kept), fresh(gone), reason="Told twice.", take_from_absorbed=("title",))
    IncidentReference.objects.all().delete()
    if how == "redacted":
        redact(fresh(kept), reason="A witness asked for it.")
    else:
        withdraw(fresh(kept), reason_code=ReasonCode.PRIVACY, reason="A witness asked for it.")
        publish([fresh(kept)])
    assert readable(SECRET) == []
    outcome = undo_merge(Merge.objects.get(pk=row.pk), reason="They are two.")
    assert "title" in outcome.kept_later
    assert readable(SECRET) == []
    for each in (kept, gone):  # the survivor keeps the title that it took
        assert Client().get(f"/api/v1/incidents/{each.public_id}/").status_code == 410


def test_a_raised_sensitivity_does_not_count_as_a_redaction_when_a_merge_is_undone() -> None:
    kept, gone = factories.ClaimFactory().incident, factories.ClaimFactory().incident
    publish([kept, gone])
    row, _ = merge(fresh(kept), fresh(gone), reason="Told twice.")
    changed(kept, sensitivity="moderate")
    undo_merge(Merge.objects.get(pk=row.pk), reason="They are two.")
    assert Client().get(f"/api/v1/incidents/{gone.public_id}/").status_code == 200
    assert fresh(gone).start_earliest == date(2025, 3, 6)


def test_what_stands_in_a_document_of_a_source_made_confidential_stays_in_earlier_versions() -> None:
    """The source is named no more; what was counted, and by what kind of source, was never its secret."""
    incident = factories.ClaimFactory(value=1, incident__sensitivity="high").incident
    told = factories.ClaimFactory(incident=incident, value=DEATHS)
    publish([incident])
    Claim.objects.filter(pk=told.pk).update(asserted_by=factories.SourceFactory())
    publish([fresh(incident)])
    publish([told.document])
    changed(told.document.publisher, confidential=True)
    assert ("incident", 200) in readable(DEATHS)
