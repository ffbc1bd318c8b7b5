"""What is said of a body that is compressed, or holds a number that nobody could have meant."""

import json
from typing import Any

import pytest

from tests.contract.validation import CheckedClient
from tests.contributions import country, tuwaym
from tests.keys import key_of, send

pytestmark = [pytest.mark.django_db, pytest.mark.once]
URL = "/api/v1/submissions/?dry_run=true"


def ask(api: CheckedClient, body: str, **headers: str) -> Any:
    country()
    return send(api, key_of(scopes=["submissions:write"]), "POST", URL, body, **headers)


@pytest.mark.parametrize("encoding", ["gzip", "br", "GZIP", "gzip, br", "nonsense"])
def test_a_body_that_is_said_to_be_compressed_is_a_415(api: CheckedClient, encoding: str) -> None:
    answer = ask(api, "{}", Content_Encoding=encoding)
    assert (answer.status_code, answer["Content-Type"]) == (415, "application/problem+json")
    assert answer.json()["detail"] == "Content-Encoding is not read here; send the body as it is."


def test_one_that_is_said_to_be_as_it_is_is_read(api: CheckedClient) -> None:
    assert ask(api, json.dumps(tuwaym()), Content_Encoding="identity").status_code == 200


def test_a_number_without_end_is_told_in_words_of_ours(api: CheckedClient) -> None:
    answer = ask(api, '{"value": ' + "9" * 5_000 + "}")
    assert answer.status_code == 400
    said = answer.json()["detail"]
    assert said == "The body is not JSON: a number has 5,000 digits, and none that is read here has more than twenty."
