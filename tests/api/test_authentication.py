"""How a key comes in: who it is then, what is refused and in which words, and what a cookie opens (nothing).

What makes a key good is tests/rules/test_access.py.
"""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from incidents.api.contract import generate, older
from incidents.choices import KeyScope
from incidents.rules.accounts.keys import revoke_key
from tests.contract.surface import EVERY
from tests.factories import UserFactory
from tests.keys import bearer, key_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.api.guarded")]
OPEN, CLOSED = "/api/v1/guarded/", "/api/v1/guarded/one/"
READ, WRITE = KeyScope.SUBMISSIONS_READ.value, KeyScope.SUBMISSIONS_WRITE.value


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    assert answer["Cache-Control"] == "no-store"
    body: dict[str, Any] = answer.json()
    return body


def test_it_works(client: Client) -> None:
    made = key_of(scopes=[READ, WRITE])
    for address in (OPEN, CLOSED):
        answer = client.get(address, headers=bearer(made))
        assert answer.json() == {"key": made.key.prefix, "user": str(made.key.owner)}
        assert answer["Cache-Control"] == "private, no-cache"
        assert "Authorization" in answer["Vary"]


def test_without_a_key_reading_stays_open_and_public(client: Client) -> None:
    answer = client.get(OPEN)
    assert answer.json() == {"key": None, "user": "AnonymousUser"}
    assert answer["Cache-Control"] == "public, no-cache"
    assert "Authorization" in answer["Vary"]


def test_without_a_key_what_needs_one_is_a_401_that_says_which(client: Client) -> None:
    answer = client.get(CLOSED)
    body = problem(answer, 401)
    assert body["type"] == "urn:hid:problem:unauthorized"
    assert f"{READ} {WRITE}" in body["detail"]
    assert answer["WWW-Authenticate"] == f'Bearer realm="api", scope="{READ} {WRITE}"'


@pytest.mark.parametrize(
    "given",
    [
        "Bearer", "Bearer ", "bearer x", "Bearer hid_", "Bearer hid_abcdefgh_short",
        f"Bearer hid_abcdefghij_{'a' * 43}",
        f"Bearer hid_abcdefghij_{'a' * 43}, Bearer x",
        "Bearer \x00", "Bearer é", f"Bearer {'[' * 5000}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("address", [OPEN, CLOSED])
def test_a_key_that_is_none_is_a_401_wherever_it_is_sent(client: Client, given: str, address: str) -> None:
    answer = client.get(address, headers={"authorization": given})
    assert "not known here" in problem(answer, 401)["detail"]
    assert answer["WWW-Authenticate"] == 'Bearer realm="api", error="invalid_token"'


def test_who_has_the_whole_key_is_told_what_became_of_it(client: Client) -> None:
    made = key_of(expires_at=timezone.now() + timedelta(days=1))
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert "expired on" in problem(client.get(OPEN, headers=bearer(made)), 401)["detail"]
    revoke_key(key=made.key)
    assert "was revoked" in problem(client.get(OPEN, headers=bearer(made)), 401)["detail"]


@pytest.mark.parametrize(("proxies", "forwarded", "opens"), [
    (0, "", True), (0, "203.0.113.9", True), (1, "203.0.113.9", False), (1, "203.0.113.9, 192.0.2.7", True),
    (2, "192.0.2.8, 203.0.113.1", True), (2, "192.0.2.8, 203.0.113.9, 203.0.113.1", False),
    (1, "192.0.2.8:4711", True), (1, "203.0.113.9:4711", False), (1, "[2001:db8::1]:443", True),
    (1, "[2001:db8::1]", True), (1, "[2001:db9::1]:443", False), (1, "[::ffff:192.0.2.8]:443", True),
    (1, "192.0.2.8:port", False), (1, "[]:1", False),
])  # fmt: skip
def test_the_network_of_a_client_is_told_behind_trusted_proxies_only(
    client: Client, settings: Any, proxies: int, forwarded: str, opens: bool
) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": proxies}
    made = key_of(networks=["192.0.2.0/24", "2001:db8::/32"])
    extra = {"x-forwarded-for": forwarded} if forwarded else {}
    answer = client.get(OPEN, headers=bearer(made) | extra, REMOTE_ADDR="192.0.2.7")
    assert answer.status_code == (200 if opens else 401)


def test_a_missing_scope_is_a_403_that_names_it(client: Client) -> None:
    answer = client.get(CLOSED, headers=bearer(key_of(scopes=[READ])))
    body = problem(answer, 403)
    assert body["detail"].startswith(f"This key lacks the scope {WRITE}.")
    assert answer["WWW-Authenticate"] == f'Bearer realm="api", error="insufficient_scope", scope="{READ} {WRITE}"'


def test_a_session_opens_nothing_of_the_api(client: Client) -> None:
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    assert client.get("/admin/").status_code == 200
    assert client.get(OPEN).json() == {"key": None, "user": "AnonymousUser"}
    problem(client.get(CLOSED), 401)


def test_a_key_opens_nothing_of_the_desk(client: Client) -> None:
    made = key_of("administrator", scopes=list(KeyScope.values))
    for address in ("/admin/", "/admin/incidents/incident/"):
        assert client.get(address, headers=bearer(made)).status_code == 302


def test_another_scheme_is_nobody_s_key(client: Client) -> None:
    assert client.get(OPEN, headers={"authorization": "Basic dXNlcjpwYXNz"}).status_code == 200
    assert client.get(OPEN, headers={"authorization": "Basic dXNlcjpwYXNz"})["Cache-Control"] == "private, no-cache"
    problem(client.get(CLOSED, headers={"authorization": "Basic dXNlcjpwYXNz"}), 401)


def test_a_method_that_is_not_known_stays_a_405(client: Client) -> None:
    problem(client.delete(CLOSED), 405)


def test_the_document_says_which_operations_take_a_key_and_which_need_one() -> None:
    document = generate("v1")
    assert document["components"]["securitySchemes"]["bearer"]["bearerFormat"] == "hid_<prefix>_<secret>"
    described = {each["operationId"]: each for item in document["paths"].values() for each in item.values()}
    needed = {door.operation.id: sorted(door.operation.scopes) for door in EVERY} | {"guarded_get": [READ, WRITE]}
    for name, scopes in needed.items():
        assert described[name]["security"] == ([{"bearer": scopes}] if scopes else [{}, {"bearer": []}]), name
        assert "401" in described[name]["responses"]
        assert ("403" in described[name]["responses"]) == bool(scopes)
    earlier = older(document)["paths"]["/api/v1/guarded/one/"]["get"]
    assert earlier["security"] == [{"bearer": []}], "3.0 knows scopes of OAuth only"
