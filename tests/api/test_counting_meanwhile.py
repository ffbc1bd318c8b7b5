"""Requests are counted while the database reads what they ask for: each once, and who has nothing left gets nothing."""

from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import ANY

import pytest
from django.db import OperationalError, ProgrammingError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidents.api import authentication, base, pagination
from incidents.api import limits as api_limits
from incidents.models.limits import NotCounted
from incidents.rules.accounts import limits
from incidents.rules.accounts.limits import Allowance
from incidents.rules.publication.publishing import publish
from tests.factories import IncidentFactory
from tests.keys import bearer, key_of

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


@pytest.mark.parametrize("address", [LIST, f"{LIST}?count=exact&q=e", "/api/v1/victims/", "/api/v1/changes/"])
@pytest.mark.parametrize("sender", ["nobody", "another scheme", "a key"])
def test_nothing_is_read_for_who_is_known_to_have_nothing_left(
    client: Client, address: str, sender: str, settings: Any
) -> None:
    settings.KEY_RATE = "2/min"
    headers: dict[str, str] = {
        "nobody": {},
        "another scheme": {"authorization": "Basic eA=="},
        "a key": bearer(key_of()) if sender == "a key" else {},
    }[sender]
    assert [client.get(address, headers=headers).status_code for _ in range(3)] == [200, 200, 429]
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address, headers=headers)
    assert (answer.status_code, answer["RateLimit"].split(";")[1], answer["Retry-After"]) == (429, "r=0", ANY)
    reading = [each["sql"] for each in asked if "incidents_public" in each["sql"] or "tally" in each["sql"]]
    assert reading == []


def test_where_a_key_cannot_be_looked_up_it_is_tried_once_and_answered_503(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def no_time(*_: Any, **__: Any) -> None:
        tried.append(1)
        raise OperationalError("canceling statement due to lock timeout")

    monkeypatch.setattr(authentication, "check_key", no_time)
    answer = Client(raise_request_exception=False).get(LIST, headers=bearer(key_of()))
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "1", "no-store")
    assert "Authorization" in answer["Vary"]
    assert len(tried) == 1


@pytest.mark.parametrize("address", [LIST, "/api/v1/victims/", "/api/v1/changes/"])
def test_where_counting_fails_for_good_the_answer_is_one_of_ours(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> Allowance:
        raise ProgrammingError("column used does not exist")

    monkeypatch.setattr(api_limits, "spend", lambda *_: gone)
    answer = Client(raise_request_exception=False).get(address)
    assert (answer.status_code, answer["Cache-Control"]) == (500, "no-store")
    assert answer.json()["type"] == "urn:hid:problem:server-error"


def test_the_connection_that_counts_is_taken_before_the_one_that_reads(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []

    def noted(name: str, of: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*given: Any, **more: Any) -> Any:
            taken.append(name)
            return of(*given, **more)

        return asked

    monkeypatch.setattr(api_limits, "may_count", noted("counting", limits.may_count))
    monkeypatch.setattr(pagination, "page", noted("reading", pagination.page))
    assert client.get(LIST).status_code == 200
    assert taken[:2] == ["counting", "reading"]


def test_where_no_connection_is_free_to_count_with_reading_goes_on(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_free() -> None:
        raise NotCounted("couldn't get a connection")

    monkeypatch.setattr(limits, "ready", none_free)
    for _ in range(3):
        answer = client.get(LIST)
        assert (answer.status_code, "RateLimit" in answer) == (200, False)


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
