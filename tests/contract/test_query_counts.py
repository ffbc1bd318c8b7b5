"""How many queries each operation takes: recorded with 3 rows, the same with 30.

UPDATE_BASELINES=1 rewrites tests/baselines/query_counts.json; the diff is reviewed.
"""

import json
import os
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.api.base import Resource
from incidents.models import AdminArea, Incident
from incidents.rules.publication.publishing import publish
from tests.contract.surface import FIXED, Door
from tests.contract.validation import CheckedClient
from tests.factories import (
    AdminAreaFactory,
    AttributionFactory,
    ClaimFactory,
    DocumentFactory,
    IncidentActFactory,
    InvestigationFactory,
    ScopeFactory,
    country_of,
)

BASELINE = Path(__file__).parent.parent / "baselines" / "query_counts.json"
DETAILS = ("_get", "_history")


def publish_whole_records(number: int) -> None:
    """So many incidents, each with an act, a claim with its document, an attribution and an investigation."""
    incidents: list[Incident] = []
    investigations = []
    for _ in range(number):
        area: AdminArea = AdminAreaFactory()
        claim = ClaimFactory(document=DocumentFactory())
        claim.incident.areas.set([area])
        IncidentActFactory(incident=claim.incident)
        AttributionFactory(incident=claim.incident, role="directly_carried_out", position="alleges")
        scope = ScopeFactory(investigation=InvestigationFactory(), incident=claim.incident)
        incidents.append(claim.incident)
        investigations.append(scope.investigation)
    publish([*incidents, *investigations])


def count(api: CheckedClient, address: str) -> tuple[int, str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert api.get(address).status_code == 200, address
    return len(captured), "\n".join(query["sql"][:2000] for query in captured.captured_queries)


def measured(api: CheckedClient) -> dict[str, tuple[int, str]]:
    """The queries of every operation, by operationId; details are those of the first of each list."""
    found: dict[str, tuple[int, str]] = {}
    for door in FIXED:
        found[door.operation.id] = count(api, door.address)
        for path_id, address in _details(api, door.resource, door):
            found[path_id] = count(api, address)
    return found


def _details(api: CheckedClient, resource: type[Resource], door: Door) -> list[tuple[str, str]]:
    first = next(iter(api.get(door.address).json().get("results", [])), None)
    key = first and (first.get("id") if "version" in first or "incident" in first else first.get("pcode"))
    if not key or door.operation.id == "changes_list":
        return []
    return [
        (each.id, door.address + each.path.replace("<uuid:id>", key).replace("<str:pcode>", key))
        for each in resource.operations.values()
        if "<" in each.path
    ]


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow_with_the_rows(api: CheckedClient) -> None:
    country_of("SYR")
    publish_whole_records(3)
    few = measured(api)
    counts = {name: number for name, (number, _) in sorted(few.items())}
    if os.environ.get("UPDATE_BASELINES"):
        BASELINE.write_text(json.dumps(counts, indent=1) + "\n", "utf-8")
    recorded = json.loads(BASELINE.read_text("utf-8"))
    for name, (number, statements) in few.items():
        assert number == recorded.get(name), f"{name} takes {number} queries:\n{statements}"
    assert set(recorded) == set(few)
    publish_whole_records(27)
    for name, (number, statements) in measured(api).items():
        assert number == recorded[name], f"{name} takes {number} queries with 30 rows:\n{statements}"


@pytest.mark.django_db
def test_a_page_of_a_hundred_incidents_takes_one_query(api: CheckedClient) -> None:
    country_of("SYR")
    publish_whole_records(12)
    with CaptureQueriesContext(connection) as captured:
        page = api.get("/api/v1/incidents/?limit=100").json()
    assert len(page["results"]) == 12
    assert page["results"][0]["claims"]
    assert len(captured) == 1, captured.captured_queries
