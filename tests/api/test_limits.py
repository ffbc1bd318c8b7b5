"""How often a client may ask: what is counted under which name, the headers that tell it, and the 429 at the end.

That counting is exact under load is a promise, tests/promises/test_p18_limits.py.
"""

import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.utils import ConnectionHandler
from django.test import Client

from config.databases import databases
from incidents.api import limits as holding
from incidents.models import limits as counters
from incidents.rules.accounts import limits
from incidents.rules.accounts.limits import Rate, spend
from tests.keys import bearer, key_of, organisation

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.api.guarded")]
ADDRESS = "/api/v1/guarded/"
NOW = "2026-11-26 08:00:00+00:00"


@pytest.fixture(autouse=True)
def rates(settings: Any) -> Iterator[None]:
    """Three requests a minute without a key, five with one; nothing is remembered from the test before."""
    settings.ANON_RATE, settings.KEY_RATE = "3/min", "5/min"
    limits.refused.forget()
    yield
    limits.refused.forget()


def statuses(client: Client, number: int, **request: Any) -> list[int]:
    return [client.get(ADDRESS, **request).status_code for _ in range(number)]


def test_it_works(client: Client) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        answers = [client.get(ADDRESS) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert {answer["RateLimit-Policy"] for answer in answers} == {'"address";q=3;w=60'}
        assert [answer["RateLimit"] for answer in answers] == [f'"address";r={left};t=60' for left in (2, 1, 0, 0)]
        clock.shift(20.5)
        refused = client.get(ADDRESS)
        assert (refused["Retry-After"], refused["RateLimit"]) == ("40", '"address";r=0;t=40')
        assert refused.json()["type"] == "urn:hid:problem:too-many-requests"
        assert "Wait 40 seconds" in refused.json()["detail"]
        clock.shift(39.5)
        assert client.get(ADDRESS)["RateLimit"] == '"address";r=2;t=60'


def test_a_key_is_counted_by_itself_wherever_it_comes_from(client: Client) -> None:
    one, other = key_of(), key_of()
    assert statuses(client, 4) == [200, 200, 200, 429]
    found = [client.get(ADDRESS, headers=bearer(one), REMOTE_ADDR=f"192.0.2.{n}") for n in range(6)]
    assert [answer.status_code for answer in found] == [200] * 5 + [429]
    assert found[-1]["RateLimit-Policy"] == '"key";q=5;w=60'
    assert statuses(client, 1, headers=bearer(other)) == [200]


def test_an_organisation_may_have_a_rate_of_its_own_and_it_holds_at_once(client: Client) -> None:
    made = key_of(organisation=organisation("Poor", hourly_requests=1))
    assert statuses(client, 2, headers=bearer(made)) == [200, 429]
    assert client.get(ADDRESS, headers=bearer(made))["RateLimit-Policy"] == '"key";q=1;w=3600'
    made.key.organisation.hourly_requests = 2
    made.key.organisation.save()
    assert statuses(client, 3, headers=bearer(made)) == [200, 200, 429]


def test_a_wrong_key_counts_against_the_address_that_tries_it(client: Client) -> None:
    wrong = bearer(f"hid_abcdefghij_{'a' * 43}")
    assert statuses(client, 4, headers=wrong) == [401, 401, 401, 429]
    assert statuses(client, 1) == [429]
    assert statuses(client, 1, REMOTE_ADDR="192.0.2.1") == [200]


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("", "nonsense", True),
    ],
)
def test_one_customer_of_a_provider_is_one_client(client: Client, first: str, second: str, same: bool) -> None:
    assert statuses(client, 4, REMOTE_ADDR=first)[-1] == 429
    assert statuses(client, 1, REMOTE_ADDR=second) == [429 if same else 200]


def test_a_forged_header_is_no_other_address(client: Client, settings: Any) -> None:
    assert [
        client.get(ADDRESS, headers={"x-forwarded-for": f"192.0.2.{n}"}).status_code for n in range(4)
    ] == [200, 200, 200, 429]  # fmt: skip
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    assert [
        client.get(ADDRESS, headers={"x-forwarded-for": f"192.0.2.{n}, 198.51.100.7"}).status_code for n in range(4)
    ] == [200, 200, 200, 429]  # fmt: skip


def test_an_address_with_a_port_is_counted_as_that_address(client: Client, settings: Any) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    forwarded = [*(f"192.0.2.1:{port}" for port in range(4)), "192.0.2.2:1", "[2001:db8::1]:443", "192.0.2.1"]
    assert [client.get(ADDRESS, headers={"x-forwarded-for": each}).status_code for each in forwarded] == [
        200, 200, 200, 429, 200, 200, 429
    ]  # fmt: skip


@pytest.mark.parametrize("address", ["/api/v1/nowhere/", "/api/v1/incidents/x/", "/api/v2/", "/api/"])
def test_what_leads_nowhere_is_counted_too(client: Client, address: str) -> None:
    answers = [client.get(address), client.post(address), client.head(address, headers={"accept": "text/csv"})]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert [answer["RateLimit"].split(";")[1] for answer in answers] == ["r=2", "r=1", "r=0"]
    assert not any("Allow" in answer for answer in answers)
    assert [client.generic(method, address).status_code for method in ("GET", "GUESS")] == [429, 429]
    assert statuses(client, 1) == [429]
    assert client.get(address, headers=bearer(key_of())).status_code == 404


def test_every_kind_of_request_to_a_resource_is_counted(client: Client) -> None:
    answers = [
        client.head(ADDRESS),
        client.options(ADDRESS),
        client.get(ADDRESS, {"nothing": "1"}),
        client.get(ADDRESS),
    ]
    assert [answer.status_code for answer in answers] == [200, 204, 400, 429]
    assert ["RateLimit" in answer for answer in answers] == [True] * 4


def test_with_the_rate_0_nothing_is_counted_and_nothing_said(
    client: Client, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.ANON_RATE = settings.KEY_RATE = "0"
    with django_assert_num_queries(0):
        answer = client.get(ADDRESS)
    assert "RateLimit" not in answer
    assert "RateLimit-Policy" not in answer


def test_counting_is_one_statement_and_who_is_refused_costs_none(
    client: Client, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        client.get(ADDRESS)
    statuses(client, 3)
    with django_assert_num_queries(0):
        assert statuses(client, 1) == [429]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_who_is_refused_again_is_answered_before_all_else_and_alike(client: Client, method: str) -> None:
    with time_machine.travel(NOW, tick=False):
        statuses(client, 3)
        first = client.generic(method, ADDRESS, headers={"x-request-id": "same", "origin": "https://example.org"})
        again = client.generic(method, ADDRESS, headers={"x-request-id": "same", "origin": "https://example.org"})
    assert first.resolver_match.func == again.resolver_match.func
    assert again.content == first.content
    assert (first.status_code, again.status_code) == (429, 429)
    of_the_view = {"Allow", "Vary", "Content-Length"}
    assert {name: again[name] for name in again.headers if name not in of_the_view} == {
        name: first[name] for name in first.headers if name not in of_the_view
    }
    assert {"Authorization", "origin"} <= set(again["Vary"].split(", "))


@pytest.mark.parametrize("by", ["address", "key"])
def test_who_is_refused_waits_and_only_one_at_a_time(client: Client, by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = bearer(key_of()) if by == "key" else {}
    statuses(client, 5 if by == "key" else 3, headers=headers)
    waited: list[float] = []
    monkeypatch.setattr("incidents.api.limits.time.sleep", waited.append)
    assert statuses(client, 2, headers=headers) == [429, 429]
    assert waited == [], "of a process with one thread everybody would wait"
    of_several: dict[str, Any] = {"wsgi.multithread": True, "headers": headers}
    assert statuses(client, 2, **of_several) == [429, 429]
    assert waited == [holding.HELD_BACK] * 2
    with holding._holding:  # as while another is held back
        assert statuses(client, 1, **of_several) == [429]
    assert statuses(client, 1, headers=bearer(key_of())) == [200]
    assert len(waited) == 2


def test_what_is_not_counted_is_not_refused_and_a_key_opens_all_the_same(client: Client) -> None:
    statuses(client, 5)
    assert client.get("/api/docs/").status_code == 200
    assert client.get("/nothing/").status_code == 404
    assert statuses(client, 1, headers=bearer(key_of())) == [200]


def test_no_address_and_no_key_stands_in_the_table(client: Client) -> None:
    statuses(client, 1, REMOTE_ADDR="192.0.2.77")
    statuses(client, 1, headers=bearer(key_of()))
    with connection.cursor() as cursor:
        cursor.execute("SELECT client FROM incidents_requestcount")
        names = [name for (name,) in cursor.fetchall()]
    assert len(names) == 2
    assert all(re.fullmatch(r"[0-9a-f]{32}", name) for name in names)


def test_clients_that_ask_no_more_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "FORGET_EVERY", 1)
    with time_machine.travel(NOW, tick=False) as clock:
        for number in range(50):
            spend(f"client {number}", Rate(10, 60))()
        assert counters.clients() == 50
        clock.shift(61)
        spend("another", Rate(10, 60))()
        assert counters.clients() == 1


def test_the_memory_of_the_refused_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REMEMBERED", 10)
    for number in range(40):
        for _ in range(2):
            spend(f"client {number}", Rate(1, 60))()
    assert len(limits.refused.until) <= 10


def test_while_another_writes_to_sqlite_for_long_requests_are_answered_and_not_counted(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "busy.sqlite3"
    busy = ConnectionHandler(databases(f"sqlite:///{file}", "", tmp_path, 1))["default"]
    monkeypatch.setattr(counters, "connection", busy)
    monkeypatch.setattr(counters, "_resting_until", 0.0)
    counters.create_table(busy)
    assert "RateLimit" in client.get(ADDRESS)
    importer = sqlite3.connect(file, isolation_level=None)
    importer.execute("BEGIN IMMEDIATE")
    begun = time.monotonic()
    answers = [client.get(ADDRESS) for _ in range(8)]
    assert time.monotonic() - begun < 1, "the first waits a moment, the others not at all"
    assert [(answer.status_code, "RateLimit" in answer) for answer in answers] == [(200, False)] * 8
    importer.execute("ROLLBACK")
    importer.close()
    monkeypatch.setattr(counters, "_resting_until", 0.0)
    assert client.get(ADDRESS)["RateLimit"].startswith('"address";r=1;')
    assert busy.connection.execute("PRAGMA busy_timeout").fetchone() == (20_000,)
    busy.close()


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("600/min", Rate(600, 60)), ("10/second", Rate(10, 1)), ("10/s", Rate(10, 1)), ("5000/day", Rate(5000, 86_400)),
        ("7/hour", Rate(7, 3600)), ("7/h", Rate(7, 3600)), ("1/m", Rate(1, 60)), ("0", None),
    ],
)  # fmt: skip
def test_rates_in_words(text: str, rate: Rate | None) -> None:
    assert Rate.of(text) == rate


@pytest.mark.parametrize("text", ["", "600", "0/min", "x/min", "600/year", "-1/min", "1.5/min", "600/ min"])
def test_a_rate_that_is_none_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="Write 600/min"):
        Rate.of(text)
