"""Generated requests against every operation: no server error, and no answer outside the committed document.

Half of the requests obey the document and half break it on purpose; details are asked of things that exist, too.
"""

import os
from collections import Counter
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db.backends.base.base import BaseDatabaseWrapper
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from incidents.choices import KeyScope
from tests.contract.validation import CheckedClient
from tests.keys import bearer, key_of

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SMALL = 100
KEYS = {"pcode": "pcode", "name": "name"}


@pytest.fixture(autouse=True)
def one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server closes connections around requests; the test's transaction, and all its rows, would end with them."""
    monkeypatch.setattr(BaseDatabaseWrapper, "close_if_unusable_or_obsolete", lambda _: None)


def run(cases: int, api: CheckedClient) -> Counter[int]:
    """Send at least so many generated requests; how many answers had each status. Raises on the first fault."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", get_wsgi_application())
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    statuses: Counter[int] = Counter()
    key = key_of("lead", scopes=list(KeyScope.values))
    turn = 0
    while statuses.total() < cases:
        turn += 1
        # An operation without parameters has one request; the others make up for it in the next turn.
        each = max(2, -(-(cases - statuses.total()) // len(operations)))
        # In turn by a lead's key, which every operation lets in, and by nobody's.
        headers = bearer(key) if turn % 2 else {}
        for operation in operations:
            _ask(_strategy(operation, api, headers), each, turn, statuses, headers)
    return statuses


def _ask(strategy: st.SearchStrategy[Any], cases: int, turn: int, statuses: Counter[int], own: dict[str, str]) -> None:
    @seed(turn)
    @settings(
        max_examples=cases,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def ask(case: Any) -> None:
        # Its transport in the process sends what a client of HTTP would, and unpacks nothing.
        response = case.call(headers={"Accept-Encoding": "identity", **own})
        statuses[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    ask()


def _strategy(operation: Any, api: CheckedClient, own: dict[str, str]) -> st.SearchStrategy[Any]:
    ways = [operation.as_strategy(GenerationMode.POSITIVE), operation.as_strategy(GenerationMode.NEGATIVE)]
    if "{" in operation.path:
        listed, _, rest = operation.path.partition("{")
        variable = rest.partition("}")[0]
        results = api.get(listed, headers=own).json().get("results", [])
        if results:
            known = {variable: results[0][KEYS.get(variable, "id")]}
            ways.append(operation.as_strategy(GenerationMode.POSITIVE, path_parameters=known))
    return st.one_of(ways)


@pytest.mark.timeout(600)
def test_generated_requests_get_documented_answers(api: CheckedClient, founding_case: None, db: None) -> None:
    statuses = run(SMALL, api)
    assert statuses.total() >= SMALL
    assert {200, 400} <= set(statuses)
    assert max(statuses) < 500


def test_an_answer_outside_the_document_would_be_noticed(
    api: CheckedClient, founding_case: None, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: one operation that forgets its results."""
    monkeypatch.setattr("incidents.api.v1.vocabularies.envelope", lambda *_, **__: "{}")
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", get_wsgi_application())
    with pytest.raises(FailureGroup, match="results"):
        _ask(schema["/api/v1/vocabularies/"]["GET"].as_strategy(), 2, 1, Counter(), {})


@pytest.mark.schemathesis_full
@pytest.mark.xdist_group("full besides")
@pytest.mark.timeout(3600)
def test_many_generated_requests_get_documented_answers(api: CheckedClient, founding_case: None, db: None) -> None:
    cases = int(os.environ.get("SCHEMATHESIS_CASES", "2000"))
    statuses = run(cases, api)
    print(f"\nschemathesis ok: 0 server errors, 0 answers outside the document / {statuses.total()} cases; {statuses}")
    assert statuses.total() >= cases
    assert max(statuses) < 500
