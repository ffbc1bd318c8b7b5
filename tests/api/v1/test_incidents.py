"""Incidents: every filter finds what it should and nothing else, on the founding case and its rivals."""

from typing import Any

import pytest

from incidents.models import Incident, PublicIncident
from incidents.rules.publication.publishing import publish
from tests.contract.validation import CheckedClient
from tests.factories import ClaimCellFactory, ClaimFactory, IncidentFactory, IncidentReferenceFactory, country_of

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/incidents/"
ALL = 8


def titles(api: CheckedClient, **asked: str) -> list[str]:
    answer = api.get(ADDRESS, asked)
    assert answer.status_code == 200, answer.content
    return [each["title"]["en"] for each in answer.json()["results"]]


def refused(api: CheckedClient, **asked: str) -> dict[str, Any]:
    answer = api.get(ADDRESS, asked)
    assert answer.status_code == 400
    error: dict[str, Any] = answer.json()["errors"][0]
    return error


def test_it_works(api: CheckedClient, founding_case: None) -> None:
    answer = api.get(ADDRESS)
    page = answer.json()
    assert len(page["results"]) == ALL
    assert (page["next"], page["next_cursor"], page["previous"], page["count"]) == (None, None, None, None)
    assert int(answer["X-Dataset-Seq"]) >= ALL
    assert "Link" not in answer


def test_a_result_is_the_stored_document_byte_for_byte(api: CheckedClient, founding_case: None) -> None:
    body = api.get(ADDRESS).content.decode()
    for document in PublicIncident.objects.values_list("document", flat=True):
        assert document in body


def test_the_coast_has_its_range_with_the_rivals(api: CheckedClient, founding_case: None) -> None:
    coast = api.get(ADDRESS, {"killed_min": "1000"}).json()["results"]
    assert len(coast) == 1
    whole = [each for each in coast[0]["estimates"] if (each["measure"], each["status"]) == ("killed", "all")]
    assert [(each["low"], each["best"], each["high"]) for each in whole] == [(1169, 1400, 1700)]


def test_a_place_finds_what_lies_below_it(api: CheckedClient, founding_case: None) -> None:
    assert "Mass grave found at Qardaha" in titles(api, place="SY06")
    assert len(titles(api, place="SYR")) == ALL
    assert "Mass grave found at Qardaha" not in titles(api, place="SY05")
    assert set(titles(api, place="SY05,SY06")) == set(titles(api, place="SY05")) | set(titles(api, place="SY06"))


def test_an_unknown_place_is_refused_with_a_valid_one(api: CheckedClient, founding_case: None) -> None:
    assert refused(api, place="XX99")["detail"] == (
        "place=XX99 is not a P-code of the gazetteer; /api/v1/places/ has all. Example: place=SY06."
    )
    assert "did you mean SY06?" in refused(api, place="sy06")["detail"]
    assert "did you mean SYR?" in refused(api, place="SY")["detail"]
    assert "did you mean SYR?" in refused(api, country="sy")["detail"]
    assert "did you mean" not in refused(api, country="XX")["detail"]
    assert refused(api, place="SY05,XX99,SY06")["detail"].startswith("place=XX99 is not a P-code")
    assert refused(api, country="SYR,")["detail"].startswith("country= is empty; ")
    aleppo = "حلب"
    assert refused(api, country=aleppo * 30)["detail"].startswith(f"country={aleppo * 20}... is not a country")
    assert refused(api, country="SY")["code"] == "unknown_area"


def test_a_country(api: CheckedClient, founding_case: None) -> None:
    assert len(titles(api, country="SYR")) == ALL
    assert titles(api, country="LBN") == []
    assert len(titles(api, country="LBN,SYR")) == ALL


@pytest.mark.parametrize(
    "q", ["القرداحة", "القَرْداحه", "qardaha", "QARDAHA grave", "l'Qardaha", "qu’Qardaha", "ﺍﻟﻘﺮﺩﺍﺣﺔ"]
)
def test_search_folds_case_diacritics_and_arabic(api: CheckedClient, founding_case: None, q: str) -> None:
    assert "Mass grave found at Qardaha" in titles(api, q=q)


def test_every_word_of_a_search_must_occur(api: CheckedClient, founding_case: None) -> None:
    assert titles(api, q="qardaha nowhere") == []
    assert refused(api, q="!!!")["code"] == "nothing_to_search"
    assert titles(api, q="100% _") == []


@pytest.mark.parametrize(
    ("box", "found"),
    [
        ("36.0,35.4,36.1,35.5", True),
        ("36.1,35.4,36.2,35.5", False),
        ("179,-90,36.1,90", True),  # through the antimeridian
        ("170,-90,-170,90", False),
        ("-180,-90,180,90", True),
    ],
)
def test_a_box(api: CheckedClient, founding_case: None, box: str, found: bool) -> None:
    assert ("Mass grave found at Qardaha" in titles(api, bbox=box)) is found


@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "0,10,1,5", "0,0,181,1", "nan,0,1,1", "1e400,0,1,1", "0,-91,1,1"])
def test_a_box_that_is_none(api: CheckedClient, db: None, box: str) -> None:
    assert refused(api, bbox=box)["detail"].endswith("Example: bbox=35.5,34.5,36.5,36.2.")


# Qardaha stands at 35.45644, 36.05909; a degree of latitude is 111.195 km on the mean sphere.
@pytest.mark.parametrize(
    ("near", "radius", "found"),
    [
        ("35.45644,36.05909", "0.001", True),
        ("36.45644,36.05909", "111.20", True),
        ("36.45644,36.05909", "111.19", False),
        ("35.45644,37.05909", "90.58", True),
        ("35.45644,37.05909", "90.56", False),
        ("90,0", "500", False),
        ("-35.4,-143.9", "500", False),
    ],
)
def test_near_is_the_great_circle(api: CheckedClient, founding_case: None, near: str, radius: str, found: bool) -> None:
    assert ("Mass grave found at Qardaha" in titles(api, near=near, radius_km=radius)) is found


@pytest.mark.parametrize(
    ("near", "longitude", "found"), [("10,179.9", -179.9, True), ("10,-179.9", 179.9, True), ("10,179", -179.9, False)]
)
def test_near_goes_through_the_antimeridian(
    api: CheckedClient, db: None, near: str, longitude: float, found: bool
) -> None:
    country_of("FJI")
    incident: Incident = IncidentFactory(
        country="FJI", latitude=10, longitude=longitude, geo_precision="exact", geo_method="source"
    )
    publish([incident])
    assert bool(titles(api, near=near, radius_km="50")) is found


@pytest.mark.parametrize("latitude", [89.9, -89.9])
def test_near_a_pole_longitude_does_not_matter(api: CheckedClient, db: None, latitude: float) -> None:
    country_of("ATA")
    incident: Incident = IncidentFactory(
        country="ATA", latitude=latitude, longitude=100, geo_precision="exact", geo_method="source"
    )
    publish([incident])
    assert len(titles(api, near=f"{latitude},-80", radius_km="30")) == 1
    assert titles(api, near=f"{latitude},-80", radius_km="20") == []


def test_a_radius_needs_a_centre_and_has_a_limit(api: CheckedClient, db: None) -> None:
    assert refused(api, radius_km="5")["code"] == "needs_near"
    assert refused(api, near="35,36", radius_km="501")["code"] == "not_in_range"
    assert refused(api, near="35,36", radius_km="0")["code"] == "not_in_range"
    assert refused(api, near="95,36")["code"] == "not_a_point"


def test_dates_overlap(api: CheckedClient, founding_case: None) -> None:
    assert titles(api, date_to="2025-03-01") == []
    assert titles(api, date_from="2026-01-01") == []
    assert len(titles(api, date_from="2025-03-06", date_to="2025-03-31")) == ALL
    for day in ("0001-01-01", "9999-12-31"):
        assert api.get(ADDRESS, {"date_from": day}).status_code == 200
    assert refused(api, date_from="2025-03-10", date_to="2025-03-06")["code"] == "out_of_order"
    assert refused(api, date_from="2025-02-30")["detail"].endswith("Example: date_from=2025-03-06.")


def test_vocabularies(api: CheckedClient, founding_case: None) -> None:
    burials = titles(api, kind="burial,body_discovery")
    assert len(burials) == 2
    assert set(burials) < set(titles(api))
    assert titles(api, grade="discounted") == []
    assert len(titles(api, clarity="individually_described,summary")) == ALL
    error = refused(api, kind="burrial")
    assert "did you mean burial?" in error["detail"]
    assert "killing_event" in error["detail"]
    assert "did you mean massacre?" in refused(api, act="masacre")["detail"]


def test_victims(api: CheckedClient, founding_case: None) -> None:
    assert "Killing of villagers of Tuwaym" in titles(api, victim_age_group="child")
    assert "Killing of villagers of Tuwaym" in titles(api, victim_sex="female")
    assert "Mass grave found at Qardaha" not in titles(api, victim_age_group="child")
    assert set(titles(api, victim_status="police")) < set(titles(api, victim_status="all")) <= set(titles(api))
    assert set(titles(api, victim_status="civilian")) < set(titles(api, victim_status="civilian,all"))


def test_damage_to_a_building_is_no_victim_of_any_status(api: CheckedClient, db: None) -> None:
    damaged = IncidentFactory()
    ClaimFactory(incident=damaged, measure="facilities_damaged", unit="facility", value=3)
    publish([damaged])
    asked = {"id": str(damaged.public_id), "victim_status": "all"}
    assert titles(api, **asked) == []
    ClaimFactory(incident=damaged, measure="killed", value=1)
    publish([damaged])
    assert len(titles(api, **asked)) == 1


@pytest.mark.parametrize("name", ["page", "search", "at_seq", "limits"])
def test_no_other_question_is_proposed_for_what_is_no_parameter(
    api: CheckedClient, founding_case: None, name: str
) -> None:
    detail = api.get(ADDRESS, {name: "1"}).json()["errors"][0]["detail"]
    assert f"{name} is not a parameter here" in detail
    assert ("did you mean limit?" in detail) == ("did you mean" in detail) == (name == "limits")


@pytest.mark.parametrize(
    ("claimed", "part", "found"),
    [
        ({"value": 10}, {"value": None, "low": 2, "high": 6}, True),
        ({"value": 50, "qualifier": "at_most"}, {"value": 3}, True),
        ({"value": 10}, {"value": None, "low": 2}, True),
        ({"value": 10}, {"value": 0}, False),
        ({"value": 50, "qualifier": "at_most", "credibility": "5"}, {"value": 3}, False),
    ],
)
def test_victims_of_whom_somebody_spoke_are_found(
    api: CheckedClient, db: None, claimed: dict[str, Any], part: dict[str, Any], found: bool
) -> None:
    """Also where the figure has no part for them; not where the claim was set aside, or says that there were none."""
    incident = IncidentFactory()
    claim = ClaimFactory(incident=incident, status="all", **claimed)
    ClaimCellFactory(claim=claim, sex="female", age_group="", **part)
    publish([incident])
    only = {"id": str(incident.public_id)}
    assert bool(titles(api, victim_sex="female", **only)) is found
    assert titles(api, victim_sex="male", **only) == []
    assert api.get("/api/v1/victims/", {"victim_sex": "female", **only}).json()["total"]["high"] == 0


def test_killed_between(api: CheckedClient, founding_case: None) -> None:
    everything = api.get(ADDRESS).json()["results"]
    assert len(everything) > len(titles(api, killed_min="0"))  # those without a best figure are left out
    assert len(titles(api, killed_min="1000")) == 1
    assert refused(api, killed_min="5", killed_max="4")["code"] == "out_of_order"


def test_perpetrators_and_attribution(api: CheckedClient, founding_case: None) -> None:
    accused = [
        each
        for document in api.get(ADDRESS).json()["results"]
        for each in document["attributions"]
        if each["perpetrating"]
    ]
    actor = accused[0]["perpetrator"]
    assert titles(api, perpetrator=actor["id"])
    assert set(titles(api, perpetrator=actor["id"])) <= set(titles(api, perpetrator_type=actor["type"]))
    for document in api.get(ADDRESS).json()["results"]:
        assert titles(api, attribution_status=document["attribution_status"])
    assert refused(api, perpetrator="x")["code"] == "not_a_uuid"


def test_sources_and_investigations(api: CheckedClient, founding_case: None) -> None:
    claim = api.get("/api/v1/claims/?limit=1").json()["results"][0]
    found = api.get(ADDRESS, {"asserted_by": claim["asserted_by"]["id"]}).json()["results"]
    assert claim["incident"] in {each["id"] for each in found}
    inquired = titles(api, has_investigation="true")
    assert inquired
    assert sorted(inquired + titles(api, has_investigation="false")) == sorted(titles(api))


def test_an_external_reference(api: CheckedClient, gazetteer: None) -> None:
    reference = IncidentReferenceFactory(scheme="ucdp-ged", key="a:1,2")
    publish([reference.incident, IncidentFactory()])
    found = api.get(ADDRESS, {"external_reference": "ucdp-ged:a:1,2"}).json()["results"]
    assert [each["id"] for each in found] == [str(reference.incident.public_id)]
    assert refused(api, external_reference="ucdp-ged")["code"] == "not_a_reference"


def test_ids_are_a_hundred_at_most(api: CheckedClient, founding_case: None) -> None:
    known = [each["id"] for each in api.get(ADDRESS).json()["results"]][:2]
    assert len(titles(api, id=",".join(known))) == 2
    many = ",".join(f"00000000-0000-4000-8000-{number:012d}" for number in range(101))
    assert refused(api, id=many)["code"] == "too_many"


def test_after_seq(api: CheckedClient, founding_case: None) -> None:
    seqs = sorted(each["seq"] for each in api.get(ADDRESS).json()["results"])
    found = api.get(ADDRESS, {"after_seq": str(seqs[2]), "ordering": "seq"}).json()["results"]
    assert [each["seq"] for each in found] == seqs[3:]


def test_a_discounted_incident_is_listed(api: CheckedClient, gazetteer: None) -> None:
    incident = IncidentFactory(grade="discounted", grade_reason="The same event told twice.")
    ClaimFactory(incident=incident)
    publish([incident])
    assert titles(api, grade="discounted") == [incident.title["en"]]
