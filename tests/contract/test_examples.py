"""The examples in the OpenAPI document are what the API answers about the founding case.

UPDATE_BASELINES=1 rewrites incidents/api/v1/examples.json; then `make openapi` takes them over.
"""

import json
import os
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from incidents.api.schema import EXAMPLES
from incidents.exchange.seeds import load_founding_case
from incidents.rules.publication.publishing import publish
from tests.contract.validation import CheckedClient

# The answers whose shape is best shown: the first result of a list stands for the detail.
SHOWN = {
    "incidents_get": "incidents/?q=qardaha&kind=body_discovery",
    "claims_get": "claims/?measure=bodies_found",
    "documents_get": "documents/?type=un_report",
    "sources_get": "sources/?kind=un_body",
    "perpetrators_get": "perpetrators/?type=nonstate_armed",
    "investigations_get": "investigations/?type=un_coi",
}
WHOLE = {
    "victims_count": "victims/?measure=killed&group_by=adm1&place=SYR",
    "places_get": "places/SY0604/",
    "problem": "incidents/?kidn=massacre&limit=5000",
}


def answers(api: CheckedClient) -> dict[str, Any]:
    """The answers to show, as a site at data.example.org would give them."""
    found: dict[str, Any] = {}
    for name, address in SHOWN.items():
        results = api.get(f"/api/v1/{address}").json()["results"]
        assert results, address
        found[name] = results[0]
    for name, address in WHOLE.items():
        found[name] = api.get(f"/api/v1/{address}", headers={"x-request-id": "3f2b8c1e5d4a4c6b9e7f0a1b2c3d4e5f"}).json()
    text = json.dumps(found, ensure_ascii=False).replace("http://testserver", "https://data.example.org")
    shown: dict[str, Any] = json.loads(text)
    return shown


@pytest.mark.django_db
def test_the_examples_are_what_the_founding_case_answers(api: CheckedClient, gazetteer: None) -> None:
    with time_machine.travel(datetime(2025, 8, 1, 12, tzinfo=UTC), tick=False):
        report = load_founding_case(only=False)
        publish([*report.incidents, *report.investigations], reason="Seeded")
        found = answers(api)
    if os.environ.get("UPDATE_BASELINES"):
        EXAMPLES.write_text(json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
    assert json.loads(EXAMPLES.read_text("utf-8")) == found, "UPDATE_BASELINES=1 pytest tests/contract/test_examples.py"
