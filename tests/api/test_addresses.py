"""Texts inside addresses: nothing is found by one that no record holds, and no database is asked for it."""

import re

import pytest
from django.test import Client

from incidents.api.operations import Operation
from incidents.api.v1 import RESOURCES
from tests.contributions import country
from tests.keys import key_of, send

pytestmark = pytest.mark.django_db
TEXT = re.compile(r"<(str|path|slug):\w+>")
HOSTILE = ["%00", "a%00b", "%1F", "%7F", "%ED%A0%80", "%E2%80%AE", "x" * 5000, "%F0%9F%92%A3" * 400]


def with_texts() -> dict[str, Operation]:
    """Every address of the API with a text in it, and the operation that reads it."""
    return {
        f"/api/v1/{name}/{operation.path}": operation
        for name, resource in RESOURCES.items()
        for operation in resource.operations.values()
        if TEXT.search(operation.path) and operation.method == "get"
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_is_found_by_a_text_that_no_record_holds(text: str) -> None:
    country()
    key, client = key_of(scopes=["submissions:read", "submissions:write"]), Client(raise_request_exception=False)
    addresses = with_texts()
    assert len(addresses) >= 4
    for address in [*addresses, "/releases/<str:name>/incidents.csv.gz", "/releases/nothing/<str:file>"]:
        for kept in ("slug", None):
            # Also where a slug before it is one, so that the text after it is asked for.
            path = re.sub(r"<slug:scheme>", "partner", address) if kept else address
            for method in ("GET", "HEAD"):
                answer = send(client, key, method, TEXT.sub(text, path))
                assert answer.status_code == 404, (method, path, answer.content)


def test_what_is_sent_to_such_an_address_is_told_what_is_wrong() -> None:
    key, client = key_of(scopes=["submissions:write"]), Client(raise_request_exception=False)
    answer = send(client, key, "PUT", "/api/v1/submissions/by-external-id/partner/a%00b/", {"type": "claims"})
    assert answer.status_code == 400
    assert "/external_reference/key" in {error["pointer"] for error in answer.json()["errors"]}
