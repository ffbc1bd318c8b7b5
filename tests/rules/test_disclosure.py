"""What sensitivity, confidential sources and consent keep out of public: canaries in every table and every body."""

import base64
import json
from datetime import date
from typing import Any

import pytest

from incidents.models import AdminArea, Document, Incident, Publication, PublicIncident, Source
from incidents.rules.publication.publishing import publish, published_document, withdraw
from incidents.rules.publication.reindexing import INDEX_TABLES, reindex
from incidents.rules.trail.verification import verify_log
from tests import factories

pytestmark = pytest.mark.django_db
CANARY = "Qanārīتويم"
PLAIN = "canaryTuwaym7"


def spellings(token: str) -> list[str]:
    """The ways in which a token may hide: plain, upper and lower case, base64, JSON-escaped."""
    raw = token.encode()
    encoded = [base64.b64encode(b" " * pad + raw).decode()[4:-4] for pad in range(3)]
    return [token, token.upper(), token.lower(), json.dumps(token)[1:-1], *encoded]


def public_values() -> list[str]:
    """Every column of every public table and of the log with its bodies, each as text."""
    values: list[str] = []
    for table in INDEX_TABLES:
        for row in table._default_manager.values_list():
            values += [str(value) for value in row]
    for logged in Publication.objects.values_list("reason", "object_id", "survivor", "body__document", "body__salt"):
        values += [str(value) for value in logged]
    return values


def found(*tokens: str) -> list[str]:
    values = public_values()
    return [spelling for token in tokens for spelling in spellings(token) if any(spelling in text for text in values)]


def fresh(obj: Any) -> Any:
    return type(obj).objects.get(pk=obj.pk)


def document_of(obj: Any, kind: str = "incident") -> dict[str, Any]:
    content = published_document(kind, obj.public_id)
    assert content is not None
    return content


def a_source() -> Source:
    return factories.SourceFactory(names={"en": f"{PLAIN} monitor", "ar": f"{CANARY} راصد"})


def what_names(source: Source, document: Document) -> list[Any]:
    """Published records that name a source in every place where one can stand."""
    incident, other, gone = factories.IncidentFactory.create_batch(3)
    claim = factories.ClaimFactory(incident=incident, document=document, asserted_by=source)
    factories.ClaimFactory(incident=incident, value=9).corroborated_by.add(source)
    factories.AttributionFactory(incident=incident, document=document, asserted_by=source, claim=claim)
    factories.IncidentActFactory(incident=incident, document=document, asserted_by=source)
    factories.TargetedGroupFactory(incident=incident, document=document, asserted_by=source)
    factories.IncidentRelationFactory(from_incident=incident, to_incident=other, asserted_by=source)
    factories.ClaimFactory(incident=gone, document=document, asserted_by=source)
    investigation = factories.InvestigationFactory(body=source, established_by=source)
    factories.InvestigationEventFactory(investigation=investigation, by=source, reported_by=source, document=document)
    factories.ScopeFactory(investigation=investigation, incident=incident)
    statement = factories.StatementFactory(
        by=source, document=document, answered_by=investigation, answer_asserted_by=source
    )
    statement.about.set([incident])
    publish([incident, other, gone, investigation])
    return [incident, other, gone, investigation]


def test_the_search_for_canaries_finds_them() -> None:
    publish([a_source()])
    assert {CANARY, PLAIN, PLAIN.lower()} <= set(found(PLAIN, CANARY))


def test_a_source_made_confidential_leaves_its_name_nowhere() -> None:
    source = a_source()
    document = factories.DocumentFactory(publisher=source)
    incident, _, gone, investigation = what_names(source, document)
    withdraw(gone, reason_code="correction", reason="Counted twice.")
    claim_gone = factories.ClaimFactory(document=document, asserted_by=source)
    publish([claim_gone.incident])
    claim_gone.delete()
    publish([fresh(claim_gone.incident)])
    Source.objects.filter(pk=source.pk).update(names={"en": f"{PLAIN} renamed"})
    publish([fresh(source)])
    Source.objects.filter(pk=source.pk).update(confidential=True)
    publish([fresh(source)])
    assert source_rows_only(source)
    assert found(PLAIN, CANARY) == []
    content = document_of(incident)
    assert content["claims"][0]["asserted_by"] == {
        "id": None,
        "kind": "local_monitor",
        "name": {},
        "confidential": True,
    }
    assert content["estimates"], "what it said stays"
    assert document_of(investigation, "investigation")["body"]["confidential"] is True
    assert verify_log().sound
    assert reindex(check=True) == {}


def source_rows_only(source: Source) -> bool:
    """Whether the source's id stands only in the log's own header of its rows, as a tombstone must."""
    headers = Publication.objects.filter(object_id=source.public_id).count()
    return sum(str(source.public_id) in text for text in public_values()) == headers


def test_a_witness_is_confidential_without_being_told_so() -> None:
    witness = factories.SourceFactory(kind="witness", names={"en": f"{PLAIN} witness"})
    what_names(witness, factories.DocumentFactory())
    assert found(PLAIN) == []
    assert found(str(witness.public_id)) == []


def test_a_second_publication_of_a_confidential_source_adds_nothing() -> None:
    source = a_source()
    what_names(source, factories.DocumentFactory())
    Source.objects.filter(pk=source.pk).update(confidential=True)
    publish([fresh(source)])
    assert publish([fresh(source)]).published == 0


def test_publishing_an_incident_hides_a_source_made_confidential_everywhere() -> None:
    source = a_source()
    incident, *_ = what_names(source, factories.DocumentFactory())
    Source.objects.filter(pk=source.pk).update(confidential=True)
    publish([fresh(incident)])
    assert found(PLAIN, CANARY) == []


def test_a_source_withdrawn_before_it_became_confidential_loses_its_versions() -> None:
    source = a_source()
    publish([source])
    withdraw(source, reason_code="correction", reason="Nobody names it.")
    Source.objects.filter(pk=source.pk).update(confidential=True)
    publish([fresh(source)])
    assert found(PLAIN, CANARY) == []
    assert verify_log().sound


@pytest.mark.parametrize("change", [{"consent": "withdrawn"}, {"consent": "none"}, {"public": False}], ids=str)
def test_a_document_that_may_not_be_published_any_more_goes_with_all_that_stands_in_it(change: dict[str, Any]) -> None:
    document = factories.DocumentFactory(title={"en": f"{PLAIN} report"}, url="https://example.org/canarypath")
    source = factories.SourceFactory()
    incident, _, gone, _ = what_names(source, document)
    factories.ClaimFactory(incident=incident, document=document, value=4000, quote="Canarywords were said.")
    publish([fresh(incident)])
    assert document_of(incident)["estimates"][0]["high"] == 4000
    withdraw(gone, reason_code="correction", reason="Counted twice.")
    Document.objects.filter(pk=document.pk).update(**change)
    publish([fresh(document)])
    assert found(PLAIN, "canarypath", "Canarywords") == []
    content = document_of(incident)
    assert [each["value"] for each in content["claims"]] == [9]
    assert {each["high"] for each in content["estimates"]} == {9}
    assert (content["acts"], content["targeted_groups"], content["attributions"]) == ([], [], [])
    assert content["attribution_status"] == "unattributed"
    assert PublicIncident.objects.get(public_id=incident.public_id).killed_high == 9
    assert verify_log().sound
    assert reindex(check=True) == {}
    before = Publication.objects.count()
    publish([fresh(incident)])
    republished = document_of(incident)
    assert republished["estimates"] == content["estimates"]
    assert republished["claims"] == content["claims"]
    assert Publication.objects.count() == before, "republishing derives what the redaction derived"


def test_a_statement_in_a_document_without_consent_is_not_published() -> None:
    investigation = factories.InvestigationFactory()
    factories.StatementFactory(
        answered_by=investigation,
        summary={"en": f"{PLAIN} said it"},
        document__consent="none",
        document__title={"en": f"{PLAIN} testimony"},
        by__names={"en": f"{PLAIN} speaker"},
    )
    publish([investigation])
    assert found(PLAIN) == []


# Sensitivity


def areas() -> AdminArea:
    """A subdistrict in a district with a centroid."""
    factories.country_of("SYR")
    province = factories.AdminAreaFactory(pcode="SY06")
    district = factories.AdminAreaFactory(pcode="SY0604", level=2, parent=province, latitude=35.46, longitude=36.06)
    return factories.AdminAreaFactory(
        pcode="SY060400", level=3, parent=district, latitude=35.45, longitude=36.07, names={"en": "Qardaha"}
    )


def sensitive(area: AdminArea, **facts: Any) -> Incident:
    given: dict[str, Any] = {
        "areas": [area],
        "latitude": 35.4571,
        "longitude": 36.0592,
        "geo_precision": "exact",
        "uncertainty_m": 50,
        "place_text": f"{PLAIN} house",
        "place_names": {"en": f"{PLAIN} hamlet"},
        "title": {"en": f"{PLAIN} title"},
        "summary": {"en": f"{PLAIN} summary"},
        "start_earliest": date(2025, 3, 7),
        "end_latest": date(2025, 3, 8),
    }
    return factories.IncidentFactory(**given | facts)


def say(incident: Incident) -> None:
    """A claim that would lead to the place and to the day."""
    document = factories.DocumentFactory(url=f"https://example.org/{PLAIN}")
    claim = factories.ClaimFactory(
        incident=incident,
        document=document,
        quote=f"{PLAIN} quote",
        locator=f"{PLAIN} locator",
        covers_from=date(2025, 3, 7),
        covers_to=date(2025, 3, 7),
    )
    claim.covers_areas.set(incident.areas.all())
    factories.ClaimCellFactory(claim=claim, area=incident.areas.get(), age_group="", value=5)


def in_incident(incident: Incident, *tokens: str) -> list[str]:
    """The tokens that stand in an incident's document, its claims' documents or its index rows."""
    row = PublicIncident.objects.get(public_id=incident.public_id)
    texts = [row.document, row.search, *row.claims.values_list("document", flat=True)]
    return [token for token in tokens for text in texts if token.lower() in text.lower()]


def test_a_highly_sensitive_incident_is_generic_in_every_part() -> None:
    incident = sensitive(areas(), sensitivity="high")
    say(incident)
    publish([incident])
    assert in_incident(incident, PLAIN, "2025-03-07", "SY060400", "Qardaha", "35.457", "36.059") == []
    content = document_of(incident)
    assert content["title"]["en"] == "Incident with restricted details"
    assert content["summary"] == {}
    assert content["dates"]["start_earliest"] == "2025-03-01"
    assert content["dates"]["end_latest"] == "2025-03-31"
    assert content["dates"]["precision"] == "month"
    place = content["place"]
    assert (place["point"], place["precision"]) == ({"lat": 35.46, "lon": 36.06}, "adm2")
    assert [area["pcode"] for area in place["areas"]] == ["SY0604"]
    claim = content["claims"][0]
    assert (claim["quote"], claim["locator"], claim["document"]) == (None, None, None)
    row = PublicIncident.objects.get()
    assert (row.latitude, row.longitude, row.start_earliest) == (35.46, 36.06, date(2025, 3, 1))


@pytest.mark.parametrize("sensitivity", ["moderate", "high"])
def test_two_hidden_points_in_one_unit_read_alike(sensitivity: str) -> None:
    area = areas()
    first = sensitive(area, sensitivity=sensitivity)
    second = sensitive(area, sensitivity=sensitivity, latitude=35.44, longitude=36.08, place_text="", place_names={})
    publish([first, second])
    places = [json.dumps(document_of(each)["place"]) for each in (first, second)]
    assert places[0] == places[1]
    points = set(PublicIncident.objects.values_list("latitude", "longitude"))
    assert len(points) == 1
    assert points != {(35.4571, 36.0592)}


def test_raising_the_sensitivity_empties_every_earlier_version_and_those_of_its_holders() -> None:
    incident, other = sensitive(areas()), factories.IncidentFactory()
    factories.IncidentRelationFactory(from_incident=other, to_incident=incident)
    investigation = factories.InvestigationFactory()
    factories.ScopeFactory(investigation=investigation, incident=incident)
    say(incident)
    publish([incident, other, investigation])
    Incident.objects.filter(pk=incident.pk).update(place_text=f"{PLAIN} second house")
    publish([fresh(incident)])
    Incident.objects.filter(pk=incident.pk).update(sensitivity="high")
    publish([fresh(incident)])
    assert in_incident(incident, PLAIN) == []
    bodies = "".join(
        str(text)
        for text in Publication.objects.exclude(kind="document")
        .filter(body__document__isnull=False)
        .values_list("body__document", flat=True)
    )
    assert PLAIN not in bodies
    last = Publication.objects.filter(object_id=incident.public_id).latest("seq")
    assert (last.operation, last.reason_code) == ("redact", "privacy")
    assert verify_log().sound
    assert reindex(check=True) == {}


def test_raising_to_moderate_empties_the_points_but_not_what_others_rightly_say() -> None:
    incident, other = sensitive(areas()), factories.IncidentFactory()
    factories.IncidentRelationFactory(from_incident=other, to_incident=incident)
    publish([incident, other])
    rows = Publication.objects.filter(object_id=other.public_id).count()
    Incident.objects.filter(pk=incident.pk).update(sensitivity="moderate")
    publish([fresh(incident)])
    assert found("35.4571", "36.0592", f"{PLAIN} house") == []
    assert Publication.objects.filter(object_id=other.public_id).count() == rows


def test_an_incident_withdrawn_before_its_sensitivity_rose_loses_its_versions() -> None:
    incident = sensitive(areas())
    publish([incident])
    withdraw(incident, reason_code="correction", reason="Twice.")
    Incident.objects.update(sensitivity="high")
    publish([fresh(incident)])
    assert found(PLAIN) == []
    assert verify_log().sound


def test_a_severe_incident_is_withdrawn_for_privacy() -> None:
    incident, other = sensitive(areas()), factories.IncidentFactory()
    factories.IncidentRelationFactory(from_incident=other, to_incident=incident)
    factories.ClaimFactory(incident=incident)
    publish([incident, other])
    assert document_of(other)["totals"][0]["best"] == 717
    Incident.objects.filter(pk=incident.pk).update(sensitivity="severe")
    publish([fresh(incident)], reason="A witness is at risk.")
    last = Publication.objects.filter(object_id=incident.public_id).latest("seq")
    assert (last.operation, last.reason_code, last.reason) == ("withdraw", "privacy", "A witness is at risk.")
    assert found(PLAIN) == []
    assert document_of(other)["totals"] == []
    assert reindex(check=True) == {}


def test_a_severe_incident_withdrawn_earlier_loses_its_versions_too() -> None:
    incident = sensitive(areas())
    publish([incident])
    withdraw(incident, reason_code="correction", reason="Twice.")
    Incident.objects.update(sensitivity="severe")
    publish([fresh(incident)])
    assert found(PLAIN) == []
    assert verify_log().sound


def test_lowering_the_sensitivity_empties_nothing() -> None:
    incident = sensitive(areas(), sensitivity="high")
    publish([incident])
    Incident.objects.update(sensitivity="low")
    publish([fresh(incident)])
    assert verify_log().emptied == 0
    assert document_of(incident)["place"]["text"] == f"{PLAIN} house"


def test_a_highly_sensitive_incident_that_goes_on_is_not_over_after_its_first_month() -> None:
    facts: dict[str, Any] = {"start_earliest": date(2025, 1, 5), "end_latest": None, "ongoing": True}
    incident = sensitive(areas(), sensitivity="high", **facts)
    later = sensitive(
        AdminArea.objects.get(pcode="SY060400"),
        sensitivity="high",
        **facts | {"ongoing": None, "start_latest": date(2025, 2, 3), "end_earliest": date(2025, 3, 7)},
    )
    publish([incident, later])
    assert document_of(incident)["dates"] == {
        "start_earliest": "2025-01-01", "start_latest": "2025-01-31", "end_earliest": None, "end_latest": None,
        "precision": "month", "ongoing": True,
    }  # fmt: skip
    dates = document_of(later)["dates"]
    assert (dates["start_latest"], dates["end_earliest"], dates["end_latest"]) == ("2025-02-28", "2025-03-01", None)
    index = {row.public_id: row.interval_end for row in PublicIncident.objects.all()}
    assert index == {incident.public_id: date.max, later.public_id: date(2025, 2, 28)}
