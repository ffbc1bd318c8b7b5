"""Places, vocabularies, claims, sources, documents and the root: what stands beside the incidents."""

from typing import Any

import pytest

from incidents import choices
from incidents.api.v1 import RESOURCES
from incidents.models import TermLabel
from tests.contract.validation import CheckedClient
from tests.factories import TermFactory, TermLabelFactory, TermMappingFactory

pytestmark = pytest.mark.django_db


def results(api: CheckedClient, address: str, **asked: str) -> list[dict[str, Any]]:
    answer = api.get(f"/api/v1/{address}/", asked)
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


@pytest.mark.parametrize("q", ["lattakia", "Latakia", "اللاذقية", "اللاذقيه", "LATTAKIA"])
def test_places_are_found_in_english_and_arabic(api: CheckedClient, gazetteer: None, q: str) -> None:
    assert results(api, "places", q=q)[0]["pcode"] == "SY06"


def test_an_exact_name_comes_before_a_part_of_one(api: CheckedClient, gazetteer: None) -> None:
    assert [each["pcode"] for each in results(api, "places", q="ham")] == ["SY05"]
    assert results(api, "places", q="ا", limit="2")


def test_the_tree(api: CheckedClient, gazetteer: None) -> None:
    assert [each["pcode"] for each in results(api, "places", parent="SY06")] == ["SY0604"]
    assert [each["pcode"] for each in results(api, "places", level="0")] == ["LBN", "SYR"]
    district = api.get("/api/v1/places/SY0604/").json()
    assert [each["pcode"] for each in district["ancestors"]] == ["SYR", "SY06"]
    province = api.get("/api/v1/places/SY06/").json()
    assert (province["children"], province["other_names"]) == (1, ["Latakia"])
    assert [each["pcode"] for each in api.get(province["children_url"]).json()["results"]] == ["SY0604"]
    assert api.get(province["incidents_url"]).status_code == 200


@pytest.mark.parametrize("pcode", ["ZZ99", "%00", "%D9%A1", "sy06", "a%0Ab"])
def test_a_place_that_is_not_there(api: CheckedClient, gazetteer: None, pcode: str) -> None:
    assert api.get(f"/api/v1/places/{pcode}/").status_code == 404


def test_vocabularies_have_every_code(api: CheckedClient, db: None) -> None:
    listed = {each["name"]: each for each in results(api, "vocabularies")}
    assert "reliability" not in listed
    assert listed["act"] == {
        "name": "act", "grows": True, "terms": len(choices.Act), "url": "http://testserver/api/v1/vocabularies/act/",
    }  # fmt: skip
    terms = api.get("/api/v1/vocabularies/act/").json()["terms"]
    assert [term["code"] for term in terms] == choices.Act.values


def test_a_label_says_its_language_and_whether_it_was_reviewed(api: CheckedClient, db: None) -> None:
    term = TermFactory(vocabulary="sex", code="female", position=1)
    TermLabelFactory(term=term, language="ar", label="أنثى", reviewed=True)
    TermMappingFactory(term=term, scheme="hxl", code="f", relation="exact")
    first = api.get("/api/v1/vocabularies/sex/")
    female = first.json()["terms"][0]
    assert female["labels"]["ar"] == {"label": "أنثى", "definition": None, "reviewed": True}
    assert female["mappings"] == [{"scheme": "hxl", "code": "f", "relation": "exact", "note": None}]
    TermLabel.objects.update(label="انثى")
    again = api.get("/api/v1/vocabularies/sex/", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again["ETag"] != first["ETag"]) == (200, True)


def test_claims_say_what_became_of_them(api: CheckedClient, founding_case: None) -> None:
    killed = results(api, "claims", measure="killed")
    assert killed
    assert {each["measure"] for each in killed} == {"killed"}
    for claim in killed:
        assert all(use["reason"] and use["explanation"] for use in claim["used"])


def test_claims_by_incident_source_status_and_day(api: CheckedClient, founding_case: None) -> None:
    one = results(api, "claims", limit="1", measure="killed")[0]
    assert one["id"] in {each["id"] for each in results(api, "claims", incident=one["incident"])}
    assert one["id"] in {each["id"] for each in results(api, "claims", asserted_by=one["asserted_by"]["id"])}
    for name in ("status", "as_of"):
        dated = next(each for each in results(api, "claims") if each[name])
        found = results(api, "claims", **{name: dated[name]})
        assert {each[name] for each in found} == {dated[name]}
    early = results(api, "claims", as_of_to="2025-03-09")
    late = results(api, "claims", as_of_from="2025-03-10")
    assert len(early) + len(late) == len([each for each in results(api, "claims") if each["as_of"]])
    whole = len(results(api, "claims"))
    assert len(results(api, "claims", retracted="true")) + len(results(api, "claims", retracted="false")) == whole


def test_a_claim_has_the_etag_of_its_incident(api: CheckedClient, founding_case: None) -> None:
    claim = results(api, "claims", limit="1")[0]
    answer = api.get(f"/api/v1/claims/{claim['id']}/")
    assert answer.json() == claim
    assert answer["ETag"].startswith(f'"{claim["seq"]}-')


def test_sources_and_documents_are_filtered(api: CheckedClient, founding_case: None) -> None:
    un = results(api, "sources", kind="un_body")
    assert un
    assert {each["kind"] for each in un} == {"un_body"}
    publisher = results(api, "documents", limit="1")[0]["publisher"]["id"]
    assert {each["publisher"]["id"] for each in results(api, "documents", publisher=publisher)} == {publisher}
    dated = results(api, "documents", published_from="2025-03-09", published_to="2025-03-09")
    assert {each["published_on"] for each in dated} == {"2025-03-09"}
    named = results(api, "sources")[0]
    assert named["id"] in {each["id"] for each in results(api, "sources", q=next(iter(named["name"].values())))}


def test_a_confidential_source_is_nowhere(api: CheckedClient, founding_case: None) -> None:
    assert [each for each in results(api, "sources") if each["kind"] in choices.CONFIDENTIAL_SOURCE_KINDS] == []
    for claim in results(api, "claims"):
        if claim["asserted_by"]["confidential"]:
            assert (claim["asserted_by"]["id"], claim["asserted_by"]["name"]) == (None, {})


def test_the_root_states_licences_citation_and_addresses(api: CheckedClient, founding_case: None) -> None:
    about = api.get("/api/v1/").json()
    assert {"CC BY 4.0", "CC BY 3.0 IGO"} == {each["name"] for each in about["licences"]}
    assert any("Sundberg" in citation for each in about["licences"] for citation in each["citations"])
    assert any("OCHA" in each["attribution"] for each in about["licences"])
    assert f"sequence number {about['seq']}" in about["how_to_cite"]
    assert about["rulesets"] == {"estimates": "reported-range@1", "totals": "containment@1"}
    lists = {name for name, resource in RESOURCES.items() if "" in {each.path for each in resource.operations.values()}}
    assert set(about["links"]) == lists
    for name, address in about["links"].items():
        needs_key = next(iter(RESOURCES[name].operations.values())).scopes
        assert api.get(address).status_code == (401 if needs_key else 200)
