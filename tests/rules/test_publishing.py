"""Publish, withdraw and redact: what becomes public, what stays as it was, and what each leaves in the log."""

from datetime import date

import pytest

from incidents.models import (
    Claim,
    Document,
    Incident,
    IncidentRelation,
    Investigation,
    Publication,
    PublicIncident,
    PublicMention,
    PublicPerpetrator,
    Source,
)
from incidents.rules.publication.as_published import restrict
from incidents.rules.publication.publishing import publish, published_document, redact, withdraw
from incidents.rules.publication.refusing import PublishingError
from incidents.rules.publication.reindexing import INDEX_TABLES
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.rules.published import DRAFT, a_family, all_public_text, document_of, fresh, history

pytestmark = pytest.mark.django_db


def test_it_works() -> None:
    claim = factories.ClaimFactory()
    outcome = publish([claim.incident], reason="First report.")
    assert (outcome.published, outcome.unchanged) == (3, 0)
    assert history(claim.incident) == [(1, "publish", "new_information")]
    assert Publication.objects.get(object_id=claim.incident.public_id).reason == "First report."
    row = PublicIncident.objects.get()
    assert (row.killed_low, row.killed_best, row.killed_high) == (717, 717, 717)
    assert document_of(claim.incident)["totals"][0]["best"] == 717


def test_sources_and_documents_are_published_with_what_names_them() -> None:
    claim = factories.ClaimFactory()
    publish([claim.incident])
    assert document_of(claim.document, "document")["publisher"]["name"] == claim.asserted_by.names
    assert document_of(claim.asserted_by, "source")["name"] == claim.asserted_by.names


def test_a_published_incident_that_is_being_edited_stays_as_it_was() -> None:
    claim = factories.ClaimFactory()
    publish([claim.incident])
    before = PublicIncident.objects.values().get()
    Incident.objects.filter(pk=claim.incident_id).update(title={"en": "Draft"}, place_text="Draft")
    Claim.objects.filter(pk=claim.pk).update(value=9)
    factories.ClaimFactory(incident=claim.incident, value=5)
    assert PublicIncident.objects.values().get() == before
    publish([fresh(claim.incident)])
    assert document_of(claim.incident)["title"] == {"en": "Draft"}
    assert history(claim.incident)[-1] == (2, "publish", "new_information")


# Withdrawing


def test_a_withdrawn_incident_leaves_a_tombstone() -> None:
    claim = factories.ClaimFactory()
    publish([claim.incident])
    withdraw(claim.incident, reason_code="retraction", reason="The source took it back.")
    assert published_document("incident", claim.incident.public_id) is None
    last = Publication.objects.order_by("-seq").first()
    assert last is not None
    assert (last.version, last.operation, last.reason_code, last.document_digest) == (2, "withdraw", "retraction", "")
    assert last.reason == "The source took it back."
    first = Publication.objects.get(object_id=claim.incident.public_id, version=1)
    assert first.body.document is not None, "withdrawing for another reason than privacy keeps history"
    assert not PublicMention.objects.filter(holder=claim.incident.public_id).exists()


def test_an_incident_published_again_goes_on_with_its_version() -> None:
    claim = factories.ClaimFactory()
    publish([claim.incident])
    withdraw(claim.incident, reason_code="correction", reason="Counted twice.")
    publish([fresh(claim.incident)])
    assert [version for version, *_ in history(claim.incident)] == [1, 2, 3]
    assert PublicIncident.objects.get().version == 3


def test_withdrawing_for_privacy_empties_every_version() -> None:
    claim = factories.ClaimFactory()
    publish([claim.incident])
    Incident.objects.update(place_text="Qardaha")
    publish([fresh(claim.incident)])
    withdraw(claim.incident, reason_code="privacy", reason="It named a witness.")
    bodies = Publication.objects.filter(object_id=claim.incident.public_id, body__document__isnull=False)
    assert not bodies.exists()
    assert verify_log().sound


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_withdrawing_and_redacting_ask_for_a_reason(reason: str) -> None:
    incident = factories.IncidentFactory()
    publish([incident])
    with pytest.raises(PublishingError, match="reason"):
        withdraw(incident, reason_code="correction", reason=reason)
    with pytest.raises(PublishingError, match="reason"):
        redact(incident, reason=reason)
    assert history(incident) == [(1, "publish", "new_information")]


def test_what_is_not_published_cannot_be_withdrawn_or_redacted() -> None:
    incident = factories.IncidentFactory()
    with pytest.raises(PublishingError, match="not published"):
        withdraw(incident, reason_code="correction", reason="Twice.")
    with pytest.raises(PublishingError, match="not published"):
        redact(incident, reason="It named a witness.")


def test_an_unknown_reason_code_is_refused_with_those_there_are() -> None:
    with pytest.raises(PublishingError, match="new_information"):
        publish([factories.IncidentFactory()], reason_code="because")
    with pytest.raises(PublishingError, match="2000"):
        publish([factories.IncidentFactory()], reason="x" * 2001)


def test_a_source_that_published_records_name_cannot_be_withdrawn() -> None:
    claim = factories.ClaimFactory()
    publish([claim.incident])
    for named in (claim.asserted_by, claim.document):
        with pytest.raises(PublishingError, match="named by published records"):
            withdraw(named, reason_code="correction", reason="Twice.")
    withdraw(claim.incident, reason_code="correction", reason="Twice.")
    withdraw(claim.document, reason_code="correction", reason="Twice.")
    withdraw(claim.asserted_by, reason_code="correction", reason="Twice.")
    assert not any(table._default_manager.exists() for table in INDEX_TABLES)


def test_the_reason_given_stands_in_the_log_even_where_a_name_changes_with_it() -> None:
    claim = factories.ClaimFactory()
    publish([claim.incident])
    Source.objects.filter(pk=claim.asserted_by_id).update(names={"en": "Monitor, renamed"})
    Claim.objects.filter(pk=claim.pk).update(value=718)
    publish([fresh(claim.incident)], reason_code="correction", reason="One more was counted.")
    last = Publication.objects.get(object_id=claim.incident.public_id, version=2)
    assert (last.reason_code, last.reason) == ("correction", "One more was counted.")


# Redacting


def test_redacting_empties_earlier_versions_and_publishes_anew() -> None:
    incident = factories.IncidentFactory(summary={"en": "Names the victim."})
    publish([incident])
    Incident.objects.update(summary={})
    redact(fresh(incident), reason="It named a victim.")
    assert history(incident)[-1] == (2, "redact", "privacy")
    assert document_of(incident)["summary"] == {}
    assert "Names the victim" not in all_public_text()


def test_redacting_without_a_change_still_empties_and_is_logged() -> None:
    investigation = factories.InvestigationFactory()
    publish([investigation])
    Investigation.objects.update(mandate={"en": "Names a witness."})
    publish([fresh(investigation)])
    Investigation.objects.update(mandate={})
    publish([fresh(investigation)])
    redact(fresh(investigation), reason="It named a witness.")
    assert [each[1] for each in history(investigation)] == ["publish", "publish", "publish", "redact"]
    assert "Names a witness" not in all_public_text()
    assert verify_log().emptied == 3


@pytest.mark.parametrize("way", ["redact", "withdraw"])
def test_a_title_that_must_go_goes_from_what_carried_it_too(way: str) -> None:
    container, child, investigation = a_family()
    Incident.objects.filter(pk=child.pk).update(title={"en": f"{DRAFT} victim named"})
    publish([fresh(child)])
    assert document_of(container)["relations"][0]["incident"]["title"] == {"en": f"{DRAFT} victim named"}
    Incident.objects.filter(pk=child.pk).update(title={"en": "Killing of a villager"})
    if way == "redact":
        redact(fresh(child), reason="It named a victim.")
    else:
        withdraw(fresh(child), reason_code="privacy", reason="It named a victim.")
    assert DRAFT not in all_public_text()
    assert verify_log().sound
    assert investigation is not None


# Perpetrators


def test_a_perpetrator_appears_with_the_first_attribution_and_goes_with_the_last() -> None:
    actor = factories.ActorFactory()
    first, second = (factories.AttributionFactory(actor=actor) for _ in range(2))
    publish([first.incident])
    assert PublicPerpetrator.objects.get().public_id == actor.public_id
    publish([second.incident])
    first.delete()
    publish([fresh(first.incident)])
    assert PublicPerpetrator.objects.exists()
    withdraw(second.incident, reason_code="correction", reason="Twice.")
    assert not PublicPerpetrator.objects.exists()
    assert [each[1] for each in history(actor)] == ["publish", "withdraw"]


def test_two_incidents_that_lose_their_perpetrator_in_one_publication_withdraw_it() -> None:
    actor = factories.ActorFactory()
    made = [factories.AttributionFactory(actor=actor).incident for _ in range(2)]
    publish(made)
    actor.attributions.all().delete()
    publish([fresh(each) for each in made])
    assert not PublicPerpetrator.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        {"role": "party"},
        {"role": "present"},
        {"role": "failed_to_prevent"},
        {"role": "directly_carried_out", "position": "denies_act"},
        {"role": "ordered", "position": "silent"},
    ],
    ids=str,
)
def test_who_is_a_party_or_denied_is_never_a_perpetrator(said: dict[str, str]) -> None:
    attribution = factories.AttributionFactory(**said)
    publish([attribution.incident])
    publish([attribution.actor])
    assert not PublicPerpetrator.objects.exists()
    assert document_of(attribution.incident)["attribution_status"] == "unattributed"


def test_an_incident_that_becomes_severe_publishes_nothing_new() -> None:
    incident = factories.IncidentFactory()
    publish([incident])
    document = factories.DocumentFactory(publisher__names={"en": f"{DRAFT} publisher"})
    factories.AttributionFactory(incident=incident, document=document, actor__names={"en": f"{DRAFT} actor"})
    Incident.objects.update(sensitivity="severe")
    publish([fresh(incident)])
    assert not PublicPerpetrator.objects.exists()
    assert DRAFT not in all_public_text()


def test_an_override_stands_beside_the_derived_estimate_and_says_why() -> None:
    claim = factories.ClaimFactory(status="all")
    said = {"role": "Lead moderator", "reason": "The register of the morgue was read."}
    factories.EstimateOverrideFactory(incident=claim.incident, low=700, best=710, high=750, **said)
    publish([claim.incident])
    content = document_of(claim.incident)
    figures = [(each["ruleset"], each["low"], each["best"], each["high"]) for each in content["estimates"]]
    assert figures == [("reported-range@1", 717, 717, 717), ("override@1", 700, 710, 750)]
    assert [each["override"] for each in content["estimates"]] == [None, said]
    assert [(each["low"], each["best"], each["high"]) for each in content["totals"]] == [(700, 710, 750)]
    assert PublicIncident.objects.get().killed_best == 710


@pytest.mark.parametrize("raised", [False, True])
def test_an_override_of_a_highly_sensitive_incident_does_not_say_why(raised: bool) -> None:
    claim = factories.ClaimFactory(status="all", incident__sensitivity="low" if raised else "high")
    factories.EstimateOverrideFactory(incident=claim.incident, low=700, best=710, high=750, role=DRAFT, reason=DRAFT)
    publish([claim.incident])
    if raised:
        Incident.objects.update(sensitivity="high")
        restrict(fresh(claim.incident), reason="A witness asked for it.")
    assert [each["override"] for each in document_of(claim.incident)["estimates"]] == [
        None, {"role": None, "reason": None},
    ]  # fmt: skip
    assert DRAFT not in all_public_text()


@pytest.mark.parametrize(("low", "best"), [(700, 700), (0, None)])
def test_a_known_low_stands_in_for_the_best_of_an_override_everywhere(low: int, best: int | None) -> None:
    override = factories.EstimateOverrideFactory(low=low, best=None, high=750)
    publish([override.incident])
    content = document_of(override.incident)
    assert [each["best"] for each in (*content["estimates"], *content["totals"])] == [best, best]
    assert PublicIncident.objects.get().killed_best == best


def test_internal_fields_are_nowhere_in_public() -> None:
    claim = factories.ClaimFactory(incident__notes=f"{DRAFT} notes")
    Source.objects.filter(pk=claim.asserted_by_id).update(reliability="E", reliability_reason=f"{DRAFT} reason")
    factories.CustodyEventFactory(document=claim.document, by=f"{DRAFT} custodian", note=f"{DRAFT} note")
    publish([fresh(claim.incident)])
    text = all_public_text()
    assert DRAFT not in text
    assert "reliability" not in text
    assert "custody" not in text


def test_reliability_changes_no_public_word_but_the_figures_it_ranks() -> None:
    incident = factories.IncidentFactory()
    for value in (10, 20):
        factories.ClaimFactory(incident=incident, value=value)
    publish([incident])
    Source.objects.update(reliability="A")
    assert publish([fresh(each) for each in Source.objects.all()]).published == 0


def test_dates_are_published_as_they_stand() -> None:
    incident = factories.IncidentFactory(start_latest=date(2025, 3, 7))
    publish([incident])
    dates = document_of(incident)["dates"]
    assert (dates["start_earliest"], dates["start_latest"], dates["end_latest"]) == (
        "2025-03-06",
        "2025-03-07",
        "2025-03-08",
    )
    assert IncidentRelation.objects.count() == Document.objects.count() == 0
