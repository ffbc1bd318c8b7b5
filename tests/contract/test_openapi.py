"""The committed OpenAPI document: what the code says, valid, named once and kind to generators."""

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from openapi_spec_validator import validate

from incidents import choices
from incidents.api.contract import generate, older
from incidents.api.parameters import Code, Many
from incidents.api.versions import V1
from tests.contract.surface import EVERY
from tests.contract.validation import CheckedClient, Undocumented, check, contract, operations

NAMES = Path(__file__).parent.parent / "baselines" / "contract_names.json"


def components() -> dict[str, Any]:
    found: dict[str, Any] = contract()["components"]["schemas"]
    return found


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Every object in a piece of the document."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from nodes(value)


def test_the_committed_document_is_what_the_code_says() -> None:
    out = io.StringIO()
    call_command("openapi", check=True, stdout=out)
    assert "is what the code says" in out.getvalue()


def test_a_stale_document_fails_with_the_command_that_repairs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = tmp_path / "openapi.yaml"
    stale.write_text(V1.document.read_text("utf-8").replace("operationId: about_get", "operationId: root_get"), "utf-8")
    monkeypatch.setattr(
        "incidents.management.commands.openapi.V1", type(V1)(name="v1", resources=V1.resources, document=stale)
    )
    with pytest.raises(CommandError, match=r"(?s)about_get.*Run: make openapi"):
        call_command("openapi", check=True)
    call_command("openapi", stdout=io.StringIO())
    assert stale.read_text("utf-8") == V1.document.read_text("utf-8")


def test_it_is_valid_as_3_1_and_as_3_0() -> None:
    document = generate("v1")
    assert document["openapi"] == "3.1.0"
    validate(document)
    validate(older(document))


def test_it_has_as_many_operations_as_the_registry() -> None:
    assert sorted(operations()) == sorted(door.operation.id for door in EVERY)


def test_operation_ids_and_components_keep_their_names() -> None:
    """A removed name breaks a client; a new one is recorded with UPDATE_BASELINES=1 and reviewed in the diff."""
    named = {"operations": sorted(operations()), "components": sorted(components())}
    if os.environ.get("UPDATE_BASELINES"):
        NAMES.write_text(json.dumps(named, indent=1) + "\n", "utf-8")
    assert json.loads(NAMES.read_text("utf-8")) == named


def test_operation_ids_are_unique_for_every_generator() -> None:
    bare = [name.lower().replace("_", "") for name in operations()]
    assert len(set(bare)) == len(bare)


def test_every_operation_documents_its_errors_and_says_what_it_does() -> None:
    for name, operation in operations().items():
        assert {"400", "401", "404", "405", "406", "429", "500"} <= set(operation["responses"]), name
        assert {"200", "201"} & set(operation["responses"]), name
        assert operation["summary"], name
        assert set(operation["tags"]) <= {tag["name"] for tag in contract()["tags"]}, name


def test_every_parameter_is_described() -> None:
    for name, operation in operations().items():
        for parameter in operation.get("parameters", []):
            assert parameter.get("description") or parameter["in"] == "path", (name, parameter["name"])


def test_what_an_answer_always_has_is_required() -> None:
    for name, schema in components().items():
        if "properties" in schema and not name.endswith(("Sparse", "Request")):
            assert set(schema["required"]) == set(schema["properties"]), name


def codes_of_parameters() -> dict[str, list[str]]:
    """The enums that parameters name, by name."""
    known = [parameter for door in EVERY for parameter in door.operation.known.values()]
    each = [parameter.each if isinstance(parameter, Many) else parameter for parameter in known]
    return {code.component: list(code.allowed) for code in each if isinstance(code, Code)}


def test_every_enum_has_the_name_of_its_vocabulary_or_the_one_its_parameter_gives() -> None:
    of_parameters = codes_of_parameters()
    for name, schema in components().items():
        if "enum" in schema and name in of_parameters:
            assert schema["enum"] == of_parameters[name], name
            assert not hasattr(choices, name), name
        elif "enum" in schema:
            assert schema["enum"] == getattr(choices, name).values, name
            assert getattr(choices, name) not in choices.GROWING, name


def test_no_parameter_has_an_enum_without_a_name() -> None:
    """Inline, generated clients make a class of each: IncidentsListCount, ClaimsListCount, ..."""
    for name, operation in operations().items():
        for parameter in operation.get("parameters", []):
            assert [node for node in nodes(parameter) if "enum" in node] == [], (name, parameter["name"])


def test_no_growing_vocabulary_is_an_enum_anywhere() -> None:
    growing = {tuple(vocabulary.values) for vocabulary in choices.GROWING}
    assert [node for node in nodes(contract()) if tuple(node.get("enum", ())) in growing] == []


def test_no_trace_of_3_0_nulls_and_no_reference_beside_a_type() -> None:
    assert [node for node in nodes(contract()) if "nullable" in node and not isinstance(node["nullable"], dict)] == []
    assert [node for node in nodes(components()) if "$ref" in node and "type" in node] == []


def test_every_integer_stays_within_32_bits() -> None:
    for name, schema in components().items():
        for member, described in schema.get("properties", {}).items():
            if "integer" in (described.get("type") or ()):
                assert described.get("maximum", 2**31) <= 2**31 - 1, (name, member)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accept", "query", "media_type"),
    [
        ("*/*", "", "application/json"),
        ("application/yaml", "", "application/yaml"),
        ("application/vnd.oai.openapi+json", "", "application/vnd.oai.openapi+json"),
        ("*/*", "?format=yaml", "application/yaml"),
        ("application/yaml", "?format=json", "application/json"),
    ],
)
def test_it_is_served_as_json_and_yaml(api: CheckedClient, accept: str, query: str, media_type: str) -> None:
    answer = api.get(f"/api/v1/schema/{query}", headers={"accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (200, media_type)
    assert b"incidents_list" in answer.content
    again = api.get(f"/api/v1/schema/{query}", headers={"accept": accept, "if-none-match": answer["ETag"]})
    assert again.status_code == 304


@pytest.mark.django_db
def test_the_checked_client_notices_what_is_not_described(api: CheckedClient) -> None:
    """The control of every other test: an answer with a member too many, too few, or a wrong null is refused."""
    answer = api.get("/api/v1/")
    whole = answer.json()
    broken: list[dict[str, Any]] = [whole | {"extra": 1}, whole | {"name": None}, {**whole}]
    del broken[2]["seq"]
    for body in broken:
        answer.content = json.dumps(body).encode()
        with pytest.raises(Undocumented):
            check(answer, "GET", "/api/v1/")
    silent = HttpResponse(b"{}", content_type="application/json", status=418)
    silent["X-Request-ID"] = "x"
    with pytest.raises(Undocumented):
        check(silent, "GET", "/api/v1/")
