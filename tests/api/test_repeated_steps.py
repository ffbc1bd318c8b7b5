"""A step with an Idempotency-Key is taken once, however often it is sent; of what it was about nothing is kept."""

from collections.abc import Callable
from typing import Any

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.models import IdempotentRequest, Submission, WebhookMessage
from incidents.rules.accounts.keys import NewKey
from incidents.rules.submissions import moderating, submitting
from incidents.rules.submissions.submitting import Sender
from tests.contract.validation import CheckedClient, contract
from tests.contributions import approved, country, person, sender, tuwaym
from tests.factories import DuplicateCandidateFactory, IncidentFactory, SourceFactory
from tests.keys import key_of, organisation, send

pytestmark = pytest.mark.django_db
Step = tuple[NewKey, str, str, dict[str, Any]]
HOOK = {"name": "Mirror", "url": "https://mirror.example.org/hook", "events": ["submission.changed"]}
WRITING = {"post", "put", "patch", "delete"}


def desk(role: str = "moderator") -> NewKey:
    return key_of(role, organisation=organisation("Desk"), scopes=["moderation", "submissions:read"])


def submission_claimed(api: CheckedClient) -> Step:
    country()
    taken = submitting.submit(sender(), tuwaym())
    return desk(), "POST", f"/api/v1/submissions/{taken.public_id}/actions/", {"action": "claim"}


def submission_taken_back(api: CheckedClient) -> Step:
    country()
    ours = sender()
    taken = submitting.submit(ours, tuwaym())
    key = key_of(organisation=ours.organisation, scopes=["submissions:read", "submissions:write"])
    step = {"action": "withdraw", "reason": "Not ours"}
    return key, "POST", f"/api/v1/submissions/{taken.public_id}/actions/", step


def name_decided(api: CheckedClient) -> Step:
    country()
    taken, key = submitting.submit(sender(), tuwaym()), desk()
    moderating.act(taken, Action.CLAIM, by=key.key.owner)
    asked = {"pointer": "/sources/0", "object_id": str(SourceFactory().public_id)}
    return key, "POST", f"/api/v1/submissions/{taken.public_id}/names/", asked


def decision_confirmed(api: CheckedClient) -> Step:
    asked = {"action": "publish", "kind": "incident", "object_id": str(IncidentFactory().public_id), "reason": "Two"}
    where = send(api, desk(), "POST", "/api/v1/decisions/", asked)["Location"]
    return desk("lead"), "POST", f"{where}actions/", {"action": "confirm"}


def pair_told_apart(api: CheckedClient) -> Step:
    pair = DuplicateCandidateFactory()
    step = {"action": "not_duplicates", "reason": "Two villages"}
    return desk(), "POST", f"/api/v1/duplicates/{pair.public_id}/actions/", step


def webhook(api: CheckedClient) -> tuple[NewKey, str]:
    key = key_of(scopes=["webhooks:manage"])
    return key, send(api, key, "POST", "/api/v1/webhooks/", HOOK)["Location"]


def webhook_changed(api: CheckedClient) -> Step:
    key, where = webhook(api)
    return key, "PUT", where, HOOK | {"name": "Second mirror"}


def webhook_given_a_secret(api: CheckedClient) -> Step:
    key, where = webhook(api)
    return key, "POST", f"{where}actions/", {"action": "rotate_secret"}


STEPS = (
    submission_claimed,
    submission_taken_back,
    name_decided,
    decision_confirmed,
    pair_told_apart,
    webhook_changed,
    webhook_given_a_secret,
)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_it_is_taken_once(api: CheckedClient, step: Callable[[CheckedClient], Step]) -> None:
    key, method, where, body = step(api)
    read = where.removesuffix("actions/").removesuffix("names/")
    seen = send(api, key, "GET", read)["ETag"]

    def take(again: dict[str, Any], version: str = seen, **headers: str) -> Any:
        return send(api, key, method, where, again, if_match=version, **headers)

    first, second = (take(body, idempotency_key="once") for _ in range(2))
    assert first.status_code == 200, first.content
    assert (second.status_code, second.json(), second["ETag"]) == (200, first.json(), first["ETag"])
    assert (first.headers.get("Idempotency-Replayed"), second["Idempotency-Replayed"]) == (None, "true")
    assert first["ETag"] not in {seen, None}
    assert send(api, key, "GET", read)["ETag"] == first["ETag"]
    (kept,) = IdempotentRequest.objects.filter(key="once")
    assert kept.body == ""
    assert take(body, first["ETag"], idempotency_key="once").status_code == 422  # of another version, another step
    assert take(body).status_code == 412


def test_a_message_is_sent_again_once(api: CheckedClient) -> None:
    key, where = webhook(api)
    country()
    taken = submitting.submit(Sender(key.key.organisation, key.key.owner, key.key), tuwaym())
    moderating.act(taken, Action.CLAIM, by=person("moderator"))
    messages = WebhookMessage.objects.all()
    messages.update(state="delivered")
    step = {"action": "resend", "message_id": messages.get().message_id}

    def again() -> Any:
        return send(api, key, "POST", f"{where}actions/", step, if_match="*", idempotency_key="again")

    assert (again().status_code, messages.get().state) == (200, "pending")
    messages.update(state="delivered")
    assert (again().status_code, messages.get().state) == (200, "delivered")


def test_what_a_refused_step_found_is_kept_although_the_step_is_not(api: CheckedClient) -> None:
    known = moderating.act(approved(tuwaym(), sender("First")), Action.PUBLISH, by=person("lead")).incident
    assert known is not None
    content = tuwaym(type="claims", about=str(known.public_id), incident=None, external_reference=None)
    content |= {"attributions": [], "actors": []}
    content["sources"] = [{"key": "seen", "kind": "local_monitor", "names": {"en": "New Watchers of the Sea"}}]
    content["claims"][0] |= {"value": 36, "cells": []}
    one, other = (submitting.submit(sender(name), content) for name in ("A", "B"))
    key = desk()
    for each in (one, other):
        moderating.act(each, Action.CLAIM, by=key.key.owner)
    moderating.act(one, Action.APPROVE, by=key.key.owner, reason="ok")
    version = Submission.objects.get(pk=other.pk).version
    step = {"action": "approve", "reason": "ok"}
    where = f"/api/v1/submissions/{other.public_id}/actions/"
    for _ in range(2):
        refused = send(api, key, "POST", where, step, if_match=f'"{version}"', idempotency_key="approve")
        assert refused.status_code in {409, 412}, refused.content
    other.refresh_from_db()
    assert (other.parts.get(kind="source").outcome, other.version) == ("waiting", version + 1)
    assert not IdempotentRequest.objects.exists()


def test_every_operation_that_writes_takes_one() -> None:
    lacking = [
        operation["operationId"]
        for item in contract()["paths"].values()
        for method, operation in item.items()
        if method in WRITING and "Idempotency-Key" not in {each.get("name") for each in operation.get("parameters", [])}
    ]
    assert lacking == []
