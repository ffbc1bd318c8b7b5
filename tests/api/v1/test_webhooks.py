"""Organisations manage their webhooks themselves, with a key that is for that and nothing else."""

from typing import Any

import pytest

from incidents.models import IdempotentRequest, Webhook, WebhookMessage
from incidents.rules.accounts.keys import NewKey
from incidents.rules.delivery import webhooks
from tests.contract.validation import CheckedClient
from tests.keys import key_of, organisation, send
from tests.webhooks import Wire, deliver, publish_incidents

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
    assert send(api, other, "POST", f"{where}actions/", {"action": "rotate_secret"}, if_match="*").status_code == 404
    assert send(api, other, "GET", URL).json()["results"] == []
    assert send(api, key_of(scopes=["submissions:read"]), "GET", URL).status_code == 403


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "http://hooks.example.org/"},
        {"url": "https://127.0.0.1/"},
        {"kinds": ["x"]},
        {"kinds": ["incident", "incident"]},
        {"secret": "mine"},
        {"name": ""},
    ],
)
def test_what_cannot_be_told_is_refused(api: CheckedClient, key: NewKey, changed: dict[str, Any]) -> None:
    refused = send(api, key, "POST", URL, CONTENT | changed)
    assert refused.status_code == 400
    (error,) = refused.json()["errors"]
    assert error["pointer"].startswith(f"/{next(iter(changed))}")
    assert not Webhook.objects.exists()


def test_it_is_changed_at_the_version_that_was_read(api: CheckedClient, key: NewKey) -> None:
    made = send(api, key, "POST", URL, CONTENT)
    where, other = made["Location"], CONTENT | {"name": "another"}
    assert send(api, key, "PUT", where, other).status_code == 428
    assert send(api, key, "PUT", where, other, if_match='"9"').status_code == 412
    changed = send(api, key, "PUT", where, other, if_match=made["ETag"])
    assert (changed.status_code, changed.json()["name"], changed.json()["version"]) == (200, "another", 2)


@pytest.mark.parametrize("reason", [{}, {"reason": "\u2800"}], ids=["none", "a blank"])
def test_a_pause_needs_a_reason_that_its_own_people_read(
    api: CheckedClient, key: NewKey, reason: dict[str, str]
) -> None:
    where = send(api, key, "POST", URL, CONTENT)["Location"]
    refused = send(api, key, "POST", f"{where}actions/", {"action": "pause", **reason}, if_match="*")
    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["pointer"], error["code"]) == (400, "/reason", "required")
    assert "whoever finds it stopped, among you or at the desk" in error["detail"]
    assert Webhook.objects.get().state == "active"


def test_it_is_paused_resumed_and_its_secret_changed(api: CheckedClient, key: NewKey) -> None:
    where = send(api, key, "POST", URL, CONTENT)["Location"]
    acts = f"{where}actions/"
    assert send(api, key, "POST", acts, {"action": "pause"}, if_match="*").status_code == 400
    paused = send(api, key, "POST", acts, {"action": "pause", "reason": "We move"}, if_match='"1"')
    assert (paused.json()["state"], paused.json()["state_reason"], paused["ETag"]) == ("paused", "We move", '"2"')
    Webhook.objects.update(state="disabled", state_reason="It answers nothing")
    refused = send(api, key, "POST", acts, {"action": "resume"}, if_match=paused["ETag"])
    assert (refused.status_code, "only the desk" in refused.json()["detail"]) == (409, True)
    Webhook.objects.update(state="paused")
    resumed = send(api, key, "POST", acts, {"action": "resume"}, if_match=paused["ETag"])
    assert (resumed.json()["state"], resumed["ETag"]) == ("active", '"3"')
    rotated = send(api, key, "POST", acts, {"action": "rotate_secret"}, if_match=resumed["ETag"])
    assert (rotated.json()["secret"][:6], rotated["ETag"]) == ("whsec_", '"4"')
    assert send(api, key, "POST", acts, {"action": "resend", "from_seq": 9}, if_match="*").status_code == 400
    assert send(api, key, "POST", acts, {"action": "resend"}, if_match="*").status_code == 400


STEPS: list[dict[str, Any]] = [
    {"action": "pause", "reason": "We move"}, {"action": "resume"}, {"action": "rotate_secret"},
    {"action": "resend", "from_seq": 1}, {"action": "resend", "message_id": "msg_1"},
]  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
def test_no_step_is_taken_without_the_version_that_was_read_or_after_somebody_took_one(
    api: CheckedClient, key: NewKey, step: dict[str, Any]
) -> None:
    made = send(api, key, "POST", URL, CONTENT)
    webhook, acts = Webhook.objects.get(), f"{made['Location']}actions/"
    publish_incidents(1)
    deliver(Wire())
    WebhookMessage.objects.update(message_id="msg_1")
    assert send(api, key, "POST", acts, step).status_code == 428
    webhooks.pause(webhook, reason="The desk asks")
    stored = Webhook.objects.values().get()
    refused = send(api, key, "POST", acts, step, if_match=made["ETag"])
    assert (refused.status_code, "at version 2 now" in refused.json()["detail"]) == (412, True)
    assert (Webhook.objects.values().get(), WebhookMessage.objects.get().state) == (stored, "delivered")
    webhooks.resume(webhook)
    assert send(api, key, "POST", acts, step, if_match='"3"').status_code == 200


def test_many_messages_are_sent_again_with_one_version(api: CheckedClient, key: NewKey) -> None:
    made = send(api, key, "POST", URL, CONTENT)
    publish_incidents(2)
    deliver(Wire())
    for message in WebhookMessage.objects.all():
        step = {"action": "resend", "message_id": message.message_id}
        again = send(api, key, "POST", f"{made['Location']}actions/", step, if_match=made["ETag"])
        assert (again.status_code, again["ETag"]) == (200, made["ETag"])
    assert set(WebhookMessage.objects.values_list("state", flat=True)) == {"pending"}


def test_an_etag_never_says_that_nothing_changed_while_messages_go_out(api: CheckedClient, key: NewKey) -> None:
    made = send(api, key, "POST", URL, CONTENT)
    read = send(api, key, "GET", made["Location"])
    publish_incidents(2)
    deliver(Wire())
    again = send(api, key, "GET", made["Location"], if_none_match=read["ETag"])
    assert (again.status_code, again["ETag"], again.json()["version"]) == (200, read["ETag"], 1)
    assert again.json()["seq"] == read.json()["seq"] + 2


def test_the_delivery_log_is_empty_before_anything_was_delivered(api: CheckedClient, key: NewKey) -> None:
    where = send(api, key, "POST", URL, CONTENT)["Location"]
    publish_incidents(1)
    log = send(api, key, "GET", f"{where}messages/?count=exact").json()
    assert (log["results"], log["count"]) == ([], 0)


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ({"action": "resume", "from_seq": 1}, ("/from_seq", "'resume' takes no from_seq.")),
        ({"action": "rotate_secret", "message_id": "x"}, ("/message_id", "'rotate_secret' takes no message_id.")),
        ({"action": "resend", "from_seq": 1, "reason": "Lost"}, ("/reason", "'resend' takes no reason.")),
        (
            {"action": "resend", "from_seq": 1, "message_id": "msg_1"},
            ("/from_seq", "Name one message, or the row from which all are sent again, not both."),
        ),
    ],
)
def test_a_step_takes_nothing_of_another(
    api: CheckedClient, key: NewKey, asked: dict[str, Any], fault: tuple[str, str]
) -> None:
    publish_incidents(2)
    where = send(api, key, "POST", URL, CONTENT)["Location"]
    before = Webhook.objects.values().get()
    refused = send(api, key, "POST", f"{where}actions/", asked, if_match="*")
    assert refused.status_code == 400
    assert [(each["pointer"], each["detail"]) for each in refused.json()["errors"]] == [fault]
    assert Webhook.objects.values().get() == before
