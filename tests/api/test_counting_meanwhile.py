"""Requests are counted while the database reads what they ask for: each once, and who has nothing left gets nothing."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from incidents.api import base
from incidents.rules.accounts import limits
from incidents.rules.publication.publishing import publish
from tests.factories import IncidentFactory
from tests.keys import bearer

pytestmark = pytest.mark.django_db
LIST = "/api/v1/incidents/"
Ask = Callable[[Client, str, str], Any]


@pytest.fixture(autouse=True)
def rate(settings: Any) -> Iterator[None]:
    """Two requests a minute; nothing is remembered from the test before."""
    settings.ANON_RATE = "2/min"
    limits.refused.forget()
    yield
    limits.refused.forget()


ASKED: dict[str, tuple[int, Ask]] = {
    "a list": (200, lambda client, _, __: client.get(LIST)),
    "a list that is counted": (200, lambda client, _, __: client.get(LIST, {"count": "exact"})),
    "a list of nothing": (200, lambda client, _, __: client.get(LIST, {"date_from": "2100-01-01"})),
    "a list that the client has": (304, lambda client, _, tag: client.get(LIST, headers={"If-None-Match": tag})),
    "everything": (200, lambda client, _, __: client.get(LIST, {"format": "ndjson"})),
    "the head of a list": (200, lambda client, _, __: client.head(LIST)),
    "a detail": (200, lambda client, one, __: client.get(f"{LIST}{one}/")),
    "an earlier state": (200, lambda client, one, tag: client.get(f"{LIST}{one}/", {"at_seq": tag[3:].split("-")[0]})),
    "nothing that there is": (404, lambda client, _, __: client.get(f"{LIST}{'0' * 8}-0000-4000-8000-{'0' * 12}/")),
    "what cannot be read": (400, lambda client, _, __: client.get(LIST, {"limit": "x"})),
    "what is not served": (406, lambda client, _, __: client.get(LIST, headers={"Accept": "image/png"})),
    "what is to come": (400, lambda client, _, __: client.get(LIST, {"after_seq": "999999"})),
    "a wrong key": (401, lambda client, _, __: client.get(LIST, headers=bearer(f"hid_abcdefghij_{'a' * 43}"))),
    "totals": (200, lambda client, _, __: client.get("/api/v1/victims/")),
    "the log": (200, lambda client, _, __: client.get("/api/v1/changes/")),
}


@pytest.mark.parametrize("name", ASKED)
def test_each_request_is_counted_once_and_the_third_of_two_gets_nothing(client: Client, name: str) -> None:
    incident = IncidentFactory.create()
    publish([incident])
    other = Client(REMOTE_ADDR="192.0.2.9")
    tag = other.get(LIST)["ETag"]
    status, ask = ASKED[name]
    answers = [ask(client, str(incident.public_id), tag) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [status, status, 429, 429]
    assert [answer["RateLimit"].split(";")[1] for answer in answers] == ["r=1", "r=0", "r=0", "r=0"]
    refused = answers[2]
    assert name == "the head of a list" or refused.json()["type"] == "urn:hid:problem:too-many-requests"
    assert not {"ETag", "Link", "X-Dataset-Seq"} & set(refused.headers)
    assert refused["Cache-Control"] == "no-store"


def test_a_page_in_pieces_is_the_page(client: Client, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.ANON_RATE = "0"
    publish(IncidentFactory.create_batch(5))
    for address in (LIST, "/api/v1/changes/"):
        whole = client.get(address)
        monkeypatch.setattr(base, "PIECE", 100)
        answer = client.get(address)
        assert len(list(answer)) > 5
        assert b"".join(answer) == answer.content == whole.content
        assert answer["Content-Length"] == whole["Content-Length"] == str(len(whole.content))
        head = client.head(address)
        assert (head["Content-Length"], head.content) == (whole["Content-Length"], b"")
        packed = client.get(address, headers={"Accept-Encoding": "gzip"})
        assert packed["Content-Length"] == str(len(packed.content))
        monkeypatch.undo()
