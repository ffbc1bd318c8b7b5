"""What the log and its neighbours still told of a sensitive incident, or of an actor nobody accuses in public."""

import json
from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from incidents.models import Document, Incident, Publication, PublicIncident, Source
from incidents.rules.publication.protecting import protect
from incidents.rules.publication.publishing import publish, withdraw
from incidents.rules.publication.reindexing import reindex
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.rules.test_disclosure import PLAIN, areas, document_of, found, fresh, in_incident, sensitive

pytestmark = pytest.mark.django_db


def inquiry(incident: Incident) -> Any:
    """A published inquiry into an incident, with a finding of it and a statement about it."""
    investigation = factories.InvestigationFactory(
        names={"en": f"{PLAIN} commission"}, mandate={"en": f"{PLAIN} events"}
    )
    factories.ScopeFactory(investigation=investigation, incident=incident)
    factories.ClaimFactory(incident=incident, investigation=investigation, value=9)
    factories.AttributionFactory(incident=incident, investigation=investigation)
    factories.StatementFactory(summary={"en": f"{PLAIN} must be looked into"}).about.set([incident])
    return investigation


# What a highly sensitive incident says


def test_neither_says_that_an_inquiry_looks_into_a_highly_sensitive_incident() -> None:
    incident = sensitive(areas(), sensitivity="high")
    investigation = inquiry(incident)
    publish([incident, investigation])
    assert in_incident(incident, PLAIN, str(investigation.public_id)) == []
    content, other = document_of(incident), document_of(investigation, "investigation")
    assert content["investigations"] == []
    assert [each["investigation"] for each in content["claims"] + content["attributions"]] == [None, None]
    assert (other["scope"], other["statements"]) == ([], [])
    assert str(incident.public_id) not in json.dumps(other)
    assert not PublicIncident.objects.get().has_investigation


def test_an_inquiry_is_left_out_when_the_sensitivity_rises_and_back_when_it_falls() -> None:
    incident = sensitive(areas())
    investigation = inquiry(incident)
    publish([incident, investigation])
    assert document_of(incident)["investigations"]
    Incident.objects.update(sensitivity="high")
    publish([fresh(incident)])
    assert document_of(incident)["investigations"] == []
    assert document_of(investigation, "investigation")["scope"] == []
    bodies = Publication.objects.filter(kind__in=["incident", "investigation"], body__document__isnull=False)
    texts = [(str(holder), str(text)) for holder, text in bodies.values_list("object_id", "body__document")]
    key, other = str(incident.public_id), str(investigation.public_id)
    assert not [text for holder, text in texts if {key, other} <= {each for each in (key, other) if each in text}]
    Incident.objects.update(sensitivity="low")
    publish([fresh(incident)])
    assert document_of(incident)["investigations"][0]["id"] == other
    assert len(document_of(investigation, "investigation")["statements"]) == 1
    assert reindex(check=True) == {}


def test_the_words_of_a_claim_and_of_a_targeted_group_are_left_out() -> None:
    incident = sensitive(areas(), sensitivity="high")
    factories.ClaimFactory(incident=incident, unit_as_written=f"people of {PLAIN}", method=f"{PLAIN} register")
    factories.TargetedGroupFactory(incident=incident, group={"en": f"families of {PLAIN}"})
    publish([incident])
    assert in_incident(incident, PLAIN) == []
    content = document_of(incident)
    assert (content["claims"][0]["unit_as_written"], content["claims"][0]["method"]) == (None, None)
    assert (content["targeted_groups"][0]["group"], content["targeted_groups"][0]["ground"]) == ({}, "religion")


def test_only_relations_that_totals_need_lead_from_it_to_others() -> None:
    incident = sensitive(areas(), sensitivity="high")
    others = factories.IncidentFactory.create_batch(6)
    kinds = ("contains", "possible_duplicate", "evidenced_by", "precedes", "causes", "parallel")
    for other, kind in zip(others, kinds, strict=True):
        factories.IncidentRelationFactory(from_incident=incident, to_incident=other, type=kind)
    publish([incident, *others])
    assert {each["type"] for each in document_of(incident)["relations"]} == {"contains", "possible_duplicate"}
    assert [len(document_of(each)["relations"]) for each in others] == [1, 1, 0, 0, 0, 0]


# What stands beside it in the log


def test_the_documents_of_a_highly_sensitive_incident_are_not_published_beside_it() -> None:
    incident = sensitive(areas(), sensitivity="high")
    document = factories.DocumentFactory(title={"en": f"{PLAIN} report"})
    facts: dict[str, Any] = {"incident": incident, "document": document}
    source = factories.ClaimFactory(**facts).asserted_by
    factories.AttributionFactory(**facts)
    factories.IncidentActFactory(**facts)
    factories.TargetedGroupFactory(**facts)
    publish([incident])
    assert found(PLAIN, str(document.public_id)) == []
    assert document_of(source, "source"), "who says so is public"
    publish([document])
    assert document_of(document, "document")["title"] == {"en": f"{PLAIN} report"}, "by itself it may be"


def test_consent_withdrawn_reaches_what_stands_in_a_document_that_was_never_published() -> None:
    incident = sensitive(areas(), sensitivity="high")
    document = factories.DocumentFactory()
    factories.ClaimFactory(incident=incident, document=document)
    factories.ClaimFactory(incident=incident, value=3)
    publish([incident])
    Document.objects.filter(pk=document.pk).update(consent="withdrawn")
    assert protect(fresh(document))
    assert [each["value"] for each in document_of(incident)["claims"]] == [3]
    assert verify_log().emptied == 2, "the incident's version and the source that only it named"
    assert not protect(factories.DocumentFactory(consent="none"))


def test_what_only_an_incident_made_sensitive_named_goes_with_its_versions() -> None:
    incident, other = sensitive(areas()), factories.IncidentFactory()
    alone, shared = factories.DocumentFactory(title={"en": f"{PLAIN} alone"}), factories.DocumentFactory()
    for document in (alone, shared):
        factories.ClaimFactory(incident=incident, document=document)
    factories.ClaimFactory(incident=other, document=shared)
    publish([incident, other])
    Incident.objects.filter(pk=incident.pk).update(sensitivity="high")
    publish([fresh(incident)])
    assert found(PLAIN) == []
    last = Publication.objects.filter(object_id=alone.public_id).latest("seq")
    assert (last.operation, last.reason_code) == ("withdraw", "privacy")
    assert document_of(shared, "document")
    assert document_of(alone.publisher, "source"), "the incident still says who says so"
    assert verify_log().sound
    assert reindex(check=True) == {}
    assert publish([fresh(incident)]).published == 0


def test_with_a_severe_incident_go_its_sources_and_perpetrators_too() -> None:
    incident = sensitive(areas())
    source = factories.SourceFactory(names={"en": f"{PLAIN} monitor"})
    actor = factories.ActorFactory(names={"en": f"{PLAIN} brigade"})
    document = factories.DocumentFactory(publisher=source)
    factories.ClaimFactory(incident=incident, document=document)
    factories.AttributionFactory(incident=incident, document=document, actor=actor)
    publish([incident])
    assert found(PLAIN)
    Incident.objects.update(sensitivity="severe")
    publish([fresh(incident)])
    assert found(PLAIN) == []
    assert not Publication.objects.filter(body__document__isnull=False).exists()
    assert verify_log().sound
    assert reindex(check=True) == {}


# Actors named by the way


def test_a_source_names_only_a_party_that_is_published_as_alleged_perpetrator() -> None:
    actor, other = factories.ActorFactory(names={"en": f"{PLAIN} forces"}), factories.ActorFactory()
    source = factories.SourceFactory(affiliated_with=actor)
    publish([source])
    assert found(PLAIN, str(actor.public_id)) == []
    incident = factories.AttributionFactory(actor=actor).incident
    factories.AttributionFactory(incident=incident, actor=other)
    publish([incident, source])
    assert document_of(source, "source")["affiliated_with"] == {
        "id": str(actor.public_id),
        "name": {"en": f"{PLAIN} forces"},
    }
    incident.attributions.filter(actor=actor).delete()
    publish([fresh(incident)])
    assert document_of(source, "source")["affiliated_with"] is None
    assert reindex(check=True) == {}


def test_a_perpetrator_names_only_published_ones_it_is_related_to() -> None:
    actor, above, hidden = factories.ActorFactory(), factories.ActorFactory(), factories.ActorFactory()
    for other in (above, hidden):
        factories.ActorRelationFactory(from_actor=actor, to_actor=other)
    incident = factories.AttributionFactory(actor=actor).incident
    factories.AttributionFactory(incident=incident, actor=above)
    publish([incident])
    assert [each["actor"]["id"] for each in document_of(actor, "perpetrator")["relations"]] == [str(above.public_id)]
    assert found(str(hidden.public_id)) == []
    incident.attributions.filter(actor=above).delete()
    publish([fresh(incident)])
    assert document_of(actor, "perpetrator")["relations"] == []
    assert reindex(check=True) == {}


def test_a_source_whose_party_is_lost_with_a_severe_incident_forgets_it_in_every_version() -> None:
    actor = factories.ActorFactory(names={"en": f"{PLAIN} forces"})
    source = factories.SourceFactory(affiliated_with=actor)
    incident = factories.AttributionFactory(actor=actor).incident
    factories.ClaimFactory(document=factories.DocumentFactory(publisher=source))
    publish([incident, source])
    assert found(PLAIN)
    Incident.objects.filter(pk=incident.pk).update(sensitivity="severe")
    publish([fresh(incident)])
    assert found(PLAIN) == []
    assert document_of(source, "source")["affiliated_with"] is None
    assert reindex(check=True) == {}


# Places


@pytest.mark.parametrize("precision", ["exact", "near", "settlement", "adm2", "adm1", "country"])
@pytest.mark.parametrize("sensitivity", ["moderate", "high"])
def test_hidden_points_in_one_unit_give_the_same_place_box_and_order(sensitivity: str, precision: str) -> None:
    area = areas()
    facts: dict[str, Any] = {
        "sensitivity": sensitivity,
        "geo_precision": precision,
        "place_text": "",
        "place_names": {},
    }
    one = sensitive(area, **facts)
    two = sensitive(area, **facts, latitude=35.4404, longitude=36.0808, uncertainty_m=70, geo_method="geolocated")
    publish([one, two])
    keys = [str(each.public_id) for each in (one, two)]
    places = {json.dumps(document_of(each)["place"]) for each in (one, two)}
    assert len(places) == 1
    assert found("35.4571", "36.0592", "35.4404", "36.0808") == []
    point = json.loads(places.pop())["point"]

    def inside(west: float, south: float, east: float, north: float) -> list[str]:
        box = f"{west},{south},{east},{north}"
        listed = Client().get("/api/v1/incidents/", {"bbox": box, "ordering": "date"}).json()["results"]
        return sorted(each["id"] for each in listed)

    lon, lat = point["lon"], point["lat"]
    assert inside(lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001) == sorted(keys)
    assert inside(36.0591, 35.4570, 36.0593, 35.4572) == []


# Our own caches


def test_nothing_that_was_emptied_is_served_from_our_caches() -> None:
    cache.clear()
    incident = sensitive(areas())
    actor = factories.ActorFactory()
    source = factories.SourceFactory(names={"en": f"{PLAIN} monitor"})
    document = factories.DocumentFactory(publisher=source)
    factories.ClaimFactory(incident=incident, document=document, value=98765432)
    factories.AttributionFactory(incident=incident, document=document, actor=actor, extent="whole")
    publish([incident])
    at = f"/api/v1/incidents/{incident.public_id}/"
    addresses = [
        "/api/v1/victims/?measure=killed", "/api/v1/victims/?measure=killed&format=csv", "/api/v1/perpetrators/", at,
        "/api/v1/incidents/", f"{at}?at_seq=9", f"{at}history/", "/api/v1/changes/", "/api/v1/claims/", "/",
    ]  # fmt: skip
    before = {address: Client().get(address) for address in addresses}
    assert "98765432" in before[addresses[0]].content.decode()
    Incident.objects.update(sensitivity="severe")
    publish([fresh(incident)])
    for address in addresses:
        etag = before[address].headers.get("ETag", "")
        for headers in ({}, {"if-none-match": etag} if etag else {}):
            answer = Client().get(address, headers=headers)
            assert answer.status_code != 304, address
            text = b"".join(answer) if answer.streaming else answer.content
            assert b"98765432" not in text, address
            assert PLAIN.encode() not in text, address
            assert address == "/" or answer["Cache-Control"] in {"public, no-cache", "no-store"}


def test_an_incident_withdrawn_for_privacy_takes_its_document_along() -> None:
    claim = factories.ClaimFactory(as_of=date(2025, 3, 9), document__title={"en": f"{PLAIN} report"})
    publish([claim.incident])
    withdraw(claim.incident, reason_code="privacy", reason="Asked for.")
    assert found(PLAIN) == []
    assert Source.objects.exists()
