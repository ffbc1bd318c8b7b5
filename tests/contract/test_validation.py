"""The client of the tests refuses what the document does not describe; its two validators say the same."""

import json
from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

import pytest

from incidents.models import Incident
from incidents.rules.publication.publishing import publish
from tests.contract.validation import CheckedClient, Undocumented, check, quick, validator
from tests.factories import ClaimFactory, IncidentFactory

pytestmark = pytest.mark.django_db
INCIDENT = "/paths/~1api~1v1~1incidents~1%7Bid%7D~1/get/responses/200/content/application~1json/schema/anyOf/0"
SPOILED = 60


@pytest.fixture
def incident() -> Incident:
    incident = IncidentFactory()
    ClaimFactory(incident=incident)
    publish([incident])
    return incident


def inside(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a document."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from inside(each)


def spoiled(document: dict[str, Any], random: Random) -> dict[str, Any]:
    """The document with a member of some object added, taken out, emptied or of another type."""
    found = deepcopy(document)
    place = random.choice(list(inside(found)))
    name = random.choice([*place, "unheard_of"])
    if name in place and random.random() < 0.3:
        del place[name]
    else:
        place[name] = random.choice([None, [], {}, "", "2025-02-30", -1, True])
    return found


def test_the_quick_validator_says_what_the_slow_one_says(api: CheckedClient, incident: Incident) -> None:
    document, random = api.get(f"/api/v1/incidents/{incident.public_id}/").json(), Random(1)
    refused = 0
    for tried in (document, *(spoiled(document, random) for _ in range(SPOILED))):
        fault = next(validator(INCIDENT).iter_errors(tried), None)
        assert quick(INCIDENT).is_valid(tried) == (fault is None), fault
        refused += fault is not None
    assert SPOILED // 2 < refused <= SPOILED, "the document itself is as it should be"


def test_an_answer_with_a_member_that_is_not_described_is_refused(api: CheckedClient, incident: Incident) -> None:
    path = f"/api/v1/incidents/{incident.public_id}/"
    answer = api.get(path)
    answer.content = json.dumps(answer.json() | {"unheard_of": 1}).encode()
    with pytest.raises(Undocumented, match="unheard_of"):
        check(answer, "GET", path)
