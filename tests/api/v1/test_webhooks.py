"""Organisations manage their webhooks themselves, with a key that is for that and nothing else."""

from typing import Any

import pytest

from incidents.models import IdempotentRequest, Webhook
from incidents.rules.keys import NewKey
from tests.contract.validation import CheckedClient
from tests.keys import key_of, organisation, send
from tests.webhooks import publish_incidents

pytestmark = pytest.mark.django_db

URL = "/api/v1/webhooks/"
CONTENT = {"name": "our archive", "url": "https://hooks.example.org/incidents", "kinds": ["incident"]}


@pytest.fixture
def key(db: None) -> NewKey:
    return key_of(scopes=["webhooks:manage"])


def test_it_works(api: CheckedClient, key: NewKey) -> None:
    made = send(api, key, "POST", URL, CONTENT)
    assert made.status_code == 201, made.content
    assert made.json()["secret"].startswith("whsec_")
    assert made["Cache-Control"] == "private, no-store"
    read = send(api, key, "GET", made["Location"]).json()
    assert read == made.json() | {"secret": None}
    assert send(api, key, "GET", URL).json()["results"] == [read]


def test_it_is_made_once_however_often_it_is_sent_and_no_kept_answer_holds_the_secret(
    api: CheckedClient, key: NewKey
) -> None:
    made = send(api, key, "POST", URL, CONTENT, idempotency_key="hook-1")
    again = send(api, key, "POST", URL, CONTENT, idempotency_key="hook-1")
    assert (again.status_code, again.json(), again["Idempotency-Replayed"]) == (201, made.json(), "true")
    assert again["Location"] == made["Location"]
    assert made.json()["secret"].startswith("whsec_")
    assert send(api, key, "POST", URL, CONTENT | {"name": "x"}, idempotency_key="hook-1").status_code == 422
    assert Webhook.objects.count() == 1
    (kept,) = IdempotentRequest.objects.all()
    assert '"secret":null' in kept.body
    refused = send(api, key, "POST", URL, CONTENT | {"url": "http://x.example.org/"}, idempotency_key="hook-2")
    assert refused.status_code == 400
    assert send(api, key, "POST", URL, CONTENT, idempotency_key="hook-2").status_code == 201


def test_another_organisation_does_not_find_it(api: CheckedClient, key: NewKey) -> None:
    where = send(api, key, "POST", URL, CONTENT)["Location"]
    other = key_of(organisation=organisation("Another"), scopes=["webhooks:manage"])
    assert send(api, other, "GET", where).status_code == 404
    assert send(api, other, "POST", f"{where}actions/", {"action": "rotate_secret"}).status_code == 404
    assert send(api, other, "GET", URL).json()["results"] == []
    assert send(api, key_of(scopes=["submissions:read"]), "GET", URL).status_code == 403


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "http://hooks.example.org/"},
        {"url": "https://127.0.0.1/"},
        {"kinds": ["x"]},
        {"secret": "mine"},
        {"name": ""},
    ],
)
def test_what_cannot_be_told_is_refused(api: CheckedClient, key: NewKey, changed: dict[str, Any]) -> None:
    assert send(api, key, "POST", URL, CONTENT | changed).status_code == 400
    assert not Webhook.objects.exists()


def test_it_is_changed_at_the_version_that_was_read(api: CheckedClient, key: NewKey) -> None:
    made = send(api, key, "POST", URL, CONTENT)
    where, other = made["Location"], CONTENT | {"name": "another"}
    assert send(api, key, "PUT", where, other).status_code == 428
    assert send(api, key, "PUT", where, other, if_match='"9"').status_code == 412
    changed = send(api, key, "PUT", where, other, if_match=made["ETag"])
    assert (changed.status_code, changed.json()["name"], changed.json()["version"]) == (200, "another", 2)


def test_it_is_paused_resumed_and_its_secret_changed(api: CheckedClient, key: NewKey) -> None:
    where = send(api, key, "POST", URL, CONTENT)["Location"]
    acts = f"{where}actions/"
    assert send(api, key, "POST", acts, {"action": "pause"}).status_code == 400
    paused = send(api, key, "POST", acts, {"action": "pause", "reason": "We move"}).json()
    assert (paused["state"], paused["state_reason"]) == ("paused", "We move")
    assert send(api, key, "POST", acts, {"action": "resume"}).json()["state"] == "active"
    assert send(api, key, "POST", acts, {"action": "rotate_secret"}).json()["secret"].startswith("whsec_")
    assert send(api, key, "POST", acts, {"action": "resend", "from_seq": 9}).status_code == 400
    assert send(api, key, "POST", acts, {"action": "resend"}).status_code == 400


def test_the_delivery_log_is_empty_before_anything_was_delivered(api: CheckedClient, key: NewKey) -> None:
    where = send(api, key, "POST", URL, CONTENT)["Location"]
    publish_incidents(1)
    log = send(api, key, "GET", f"{where}messages/?count=exact").json()
    assert (log["results"], log["count"]) == ([], 0)
