"""Raising a sensitivity restates what is public and makes nothing public that was only edited."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from incidents.choices import SubmissionAction as Action
from incidents.models import (
    Attribution,
    Claim,
    ClaimCell,
    Incident,
    IncidentAct,
    IncidentReference,
    IncidentRelation,
    Publication,
    TargetedGroup,
)
from incidents.rules.publication.as_published import under_present_rules
from incidents.rules.publication.disclosure import BECAME_PRIVATE
from incidents.rules.publication.protecting import protect
from incidents.rules.publication.publishing import publish
from incidents.rules.publication.reindexing import reindex
from incidents.rules.publication.rendering import IncidentRenderer, incidents_to_render
from incidents.rules.submissions import moderating, submitting
from incidents.rules.trail import editing
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.admin.forms import filled
from tests.contributions import person, publish_version, sender, tuwaym
from tests.keys import somebody
from tests.public_state import everything_public
from tests.random_record import publish_random_record
from tests.rules.test_disclosure import areas, document_of, found, fresh, say, sensitive, what_names

pytestmark = pytest.mark.django_db
EDITED = "editedNotReleased"


def a_rich_record(level: str) -> Incident:
    """An incident with everything that one can have, published beside others and an inquiry that name it."""
    incident = sensitive(areas(), sensitivity=level, site_type="mass_grave", grade="fair", grade_reason="Two sources")
    say(incident)
    source = factories.SourceFactory(names={"en": "Monitors"}, reliability="B")
    report = factories.DocumentFactory(publisher=source, published_on=date(2025, 3, 9))
    other, _, _, inquiry = what_names(source, report)
    for kind in ("contains", "precedes"):
        factories.IncidentRelationFactory(from_incident=incident, to_incident=other, type=kind, reason="Said so")
    statement = factories.StatementFactory(by=source, document=report, answered_by=inquiry)
    statement.about.set([incident, other])
    factories.ScopeFactory(investigation=inquiry, incident=incident)
    factories.IncidentReferenceFactory(incident=incident)
    factories.IncidentActFactory(incident=incident, act="massacre", asserted_by=source, document=report)
    factories.TargetedGroupFactory(incident=incident, group={"en": "Teachers"}, asserted_by=source, document=report)
    factories.EstimateOverrideFactory(incident=incident)
    claim = incident.claims.get()
    factories.AttributionFactory(incident=incident, claim=claim, investigation=inquiry, as_of=date(2025, 4, 1))
    relaying = factories.ClaimFactory(incident=incident, asserted_by=source, relays=claim, as_of=date(2025, 3, 12))
    relaying.corroborated_by.add(source)
    retracted = datetime(2025, 4, 2, 9, 30, tzinfo=UTC)
    factories.ClaimFactory(incident=incident, supersedes=claim, retracted_at=retracted, retracted_by="desk", value=70)
    factories.ClaimFactory(incident=incident, public=False, value=666)
    publish([incident, inquiry])
    return incident


def everything(after: int) -> list[Any]:
    """All that is public now, the rows of the log that came after, and which before it are emptied."""
    columns = ("kind", "object_id", "version", "operation", "reason_code", "reason", "survivor")
    logged = list(Publication.objects.filter(seq__gt=after).order_by("seq").values_list(*columns))
    emptied = Publication.objects.filter(seq__lte=after, body__document=None).order_by("seq")
    return [logged, list(emptied.values_list("seq", flat=True)), everything_public()]


@pytest.mark.parametrize(
    ("before", "now"), [("low", "moderate"), ("low", "high"), ("moderate", "high"), ("high", "severe")]
)
def test_without_edits_it_is_what_publishing_the_record_gives(before: str, now: str) -> None:
    incident = a_rich_record(before)
    last = Publication.objects.latest("seq").seq
    Incident.objects.filter(pk=incident.pk).update(sensitivity=now)
    with transaction.atomic():
        publish([fresh(incident)], reason_code="privacy", reason=BECAME_PRIVATE)
        published = everything(last)
        transaction.set_rollback(True)
    assert protect(fresh(incident))
    assert everything(last) == published
    assert fresh(incident).published_sensitivity == now
    assert now == "severe" or publish([fresh(incident)]).unchanged == 1


@pytest.mark.parametrize("level", ["moderate", "high"])
def test_whatever_an_incident_says_it_reads_as_publishing_it_would_have_it(level: str) -> None:
    publish_random_record(11, incidents=30)
    Incident.objects.update(sensitivity=level)
    for incident in incidents_to_render(list(Incident.objects.values_list("pk", flat=True))):
        public = document_of(incident)
        links = {name: public[name] for name in ("relations", "investigations", "totals")}
        assert under_present_rules(incident, public) == IncidentRenderer().content(incident) | links


def edit_everything(incident: Incident) -> None:
    """Change, add and remove whatever an incident has, without publishing it."""
    source = factories.SourceFactory(names={"en": f"{EDITED} source"})
    report = factories.DocumentFactory(publisher=source, title={"en": f"{EDITED} report"})
    changed = {"title": {"en": EDITED}, "summary": {"en": EDITED}, "place_text": EDITED, "place_names": {"en": EDITED}}
    Incident.objects.filter(pk=incident.pk).update(**changed, start_earliest=date(2025, 3, 1), latitude=1.5)
    Claim.objects.filter(incident=incident).update(quote=EDITED, value=41_234, document=report, asserted_by=source)
    ClaimCell.objects.filter(claim__incident=incident).update(value=41_233)
    Attribution.objects.filter(incident=incident).update(document=report, asserted_by=source, extent="whole")
    factories.ClaimFactory(incident=incident, document=report, asserted_by=source, value=41_235)
    factories.AttributionFactory(incident=incident, document=report, actor__names={"en": f"{EDITED} actor"})
    factories.IncidentActFactory(incident=incident, act="shelling", document=report, asserted_by=source)
    factories.TargetedGroupFactory(incident=incident, group={"en": EDITED}, document=report, asserted_by=source)
    factories.IncidentReferenceFactory(incident=incident, key=EDITED)
    other = factories.IncidentFactory()
    publish([other])
    factories.IncidentRelationFactory(from_incident=incident, to_incident=other, asserted_by=source, reason=EDITED)
    IncidentRelation.objects.filter(from_incident=incident).update(reason=EDITED)
    factories.ScopeFactory(investigation__names={"en": EDITED}, incident=incident)


def raise_to(level: str, incident: Incident) -> None:
    stored = fresh(incident)
    stored.sensitivity = level
    editing.save(stored, ["sensitivity"])
    assert protect(stored)


@pytest.mark.parametrize("level", ["moderate", "high", "severe"])
def test_no_edit_becomes_public(level: str) -> None:
    incident = a_rich_record("low")
    before = document_of(incident)
    edit_everything(incident)
    raise_to(level, incident)
    assert found(EDITED) == []
    if level != "severe":
        content = document_of(incident)
        why = {"role": None, "reason": None} if level == "high" else before["estimates"][-1]["override"]
        assert content["estimates"] == [*before["estimates"][:-1], before["estimates"][-1] | {"override": why}]
        assert [each["value"] for each in content["claims"]] == [each["value"] for each in before["claims"]]
        assert len(content["attributions"]) == len(before["attributions"])
        assert len(content["relations"]) == {"moderate": 2, "high": 1}[level]
    assert reindex(check=True) == {}
    assert verify_log().sound


def test_what_was_removed_or_hidden_goes_and_its_figures_with_it() -> None:
    incident = a_rich_record("low")
    claim = incident.claims.get(value=70)
    claim.delete()
    incident.claims.filter(relays__isnull=False).update(public=False)
    IncidentReference.objects.all().delete()
    IncidentAct.objects.filter(act="massacre").delete()
    TargetedGroup.objects.all().delete()
    Attribution.objects.all().delete()
    raise_to("moderate", incident)
    content = document_of(incident)
    assert len(content["claims"]) == 1
    assert content["estimates"][0]["independent_sources"] == 1
    assert (content["acts"], content["targeted_groups"], content["external_references"]) == ([], [], [])
    assert (content["attributions"], content["attribution_status"]) == ([], "unattributed")


def test_the_edits_are_published_by_a_second_person_afterwards() -> None:
    incident = a_rich_record("low")
    edit_everything(incident)
    raise_to("moderate", incident)
    publish([fresh(incident)])
    assert document_of(incident)["title"] == {"en": EDITED}


def test_a_hidden_document_brings_no_publisher_that_was_not_public() -> None:
    source = factories.SourceFactory()
    document = factories.DocumentFactory(publisher=source)
    publish([document])
    document.publisher = factories.SourceFactory(names={"en": EDITED})
    document.consent = "withdrawn"
    document.save()
    assert protect(document)
    assert found(EDITED) == []


def test_a_moderator_who_raises_a_sensitivity_at_the_desk_publishes_none_of_the_edit() -> None:
    incident = publish_version(tuwaym(), sender()).incident
    assert incident is not None
    desk = Client()
    desk.force_login(somebody("moderator"))
    page = reverse("admin:incidents_incident_change", args=[incident.pk])
    form = filled(desk, page) | {"sensitivity": "moderate"}
    title = next(name for name in form if name.startswith("title"))
    assert desk.post(page, form | {title: EDITED}).status_code == 302
    assert EDITED in fresh(incident).title.values()
    assert fresh(incident).published_sensitivity == "moderate"
    assert found(EDITED) == []
    assert document_of(incident)["title"] == tuwaym()["incident"]["title"]


def test_a_correction_that_raises_the_sensitivity_waits_with_all_else_it_says() -> None:
    by = sender()
    incident = publish_version(tuwaym(), by).incident
    assert incident is not None
    changes = {"title": {"en": EDITED}, "sensitivity": "moderate"}
    correction: dict[str, Any] = {
        "type": "correction",
        "about": str(incident.public_id),
        "correction": {"reason": "Names too much", "changes": changes},
    }
    stored = fresh(incident)
    stored.summary = {"en": EDITED}
    editing.save(stored, ["summary"])
    moderator = person("moderator")
    sent = submitting.submit(by, correction)
    moderating.act(sent, Action.CLAIM, by=moderator)
    moderating.act(sent, Action.APPROVE, by=moderator, reason="Rightly")
    assert fresh(incident).published_sensitivity == "moderate"
    assert found(EDITED) == []
    moderating.act(sent, Action.PUBLISH, by=person("lead"))
    assert document_of(incident)["title"] == {"en": EDITED}
