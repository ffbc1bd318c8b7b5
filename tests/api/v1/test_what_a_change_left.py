"""Who changes a record is answered with it as they left it, though somebody else changes it at that moment."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from incidents.api import writing
from incidents.api.v1 import submissions
from incidents.models import Decision, Incident, Submission, Webhook
from incidents.rules.accounts.keys import NewKey
from incidents.rules.delivery import webhooks
from incidents.rules.delivery.sealing import unseal
from tests.contributions import country, tuwaym
from tests.factories import DuplicateCandidateFactory, IncidentFactory
from tests.keys import key_of, organisation, send

pytestmark = pytest.mark.django_db

Request = tuple[NewKey, str, str, dict[str, Any]]
"""Whose key, the method, the address below the record's own, and the body."""

HOOK = {"name": "our archive", "url": "https://hooks.example.org/incidents"}


def desk() -> NewKey:
    return key_of("lead", scopes=["submissions:read", "moderation"], organisation=organisation("Desk"))


def sent(resource: str, key: NewKey, body: dict[str, Any]) -> str:
    answer = send(Client(), key, "POST", f"/api/v1/{resource}/", body)
    assert answer.status_code == 201, answer.content
    return f"/api/v1/{resource}/{answer.json()['id']}/"


def a_submission() -> tuple[str, NewKey]:
    country()
    key = key_of(scopes=["submissions:read", "submissions:write"])
    return sent("submissions", key, tuwaym()), key


def patched() -> tuple[str, Request, Any]:
    where, key = a_submission()
    return where, (key, "PATCH", "", {"note": "x"}), Submission.objects


def claimed() -> tuple[str, Request, Any]:
    where, _ = a_submission()
    return where, (desk(), "POST", "actions/", {"action": "claim"}), Submission.objects


def matched() -> tuple[str, Request, Any]:
    where, key = a_submission()[0], desk()
    assert send(Client(), key, "POST", f"{where}actions/", {"action": "claim"}, if_match="*").status_code == 200
    return where, (key, "POST", "names/", {"pointer": "/sources/0", "object_id": None}), Submission.objects


def declined() -> tuple[str, Request, Any]:
    key = desk()
    asked = {"action": "publish", "kind": "incident", "object_id": str(IncidentFactory().public_id), "reason": "Known."}
    said = {"action": "decline", "reason": "Not yet."}
    return sent("decisions", key, asked), (key, "POST", "actions/", said), Decision.objects


def told_apart() -> tuple[str, Request, Any]:
    pair = DuplicateCandidateFactory()
    said = {"action": "not_duplicates", "reason": "Two villages of one name."}
    where = f"/api/v1/duplicates/{pair.public_id}/"
    return where, (desk(), "POST", "actions/", said), Incident.objects.filter(pk=pair.first_id)


def paused() -> tuple[str, Request, Any]:
    key = key_of(scopes=["webhooks:manage"])
    return (
        sent("webhooks", key, HOOK),
        (key, "POST", "actions/", {"action": "pause", "reason": "Moving."}),
        Webhook.objects,
    )


def renamed() -> tuple[str, Request, Any]:
    key = key_of(scopes=["webhooks:manage"])
    return sent("webhooks", key, HOOK), (key, "PUT", "", HOOK | {"name": "theirs"}), Webhook.objects


@pytest.fixture
def after(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Has something done at once after a change is written, before its answer is made."""

    def at_once(then: Callable[[], Any]) -> None:
        rule = writing.together

        def together(work: Callable[[], Any]) -> Any:
            done = rule(work)
            then()
            return done

        for module in (writing, submissions):
            monkeypatch.setattr(module, "together", together)

    return at_once


@pytest.mark.parametrize("once", [False, True], ids=["plain", "with a key"])
@pytest.mark.parametrize("make", [patched, claimed, matched, declined, told_apart, paused, renamed])
def test_of_two_who_change_it_at_once_each_reads_their_own(
    after: Callable[[Callable[[], Any]], None], make: Callable[[], tuple[str, Request, Any]], once: bool
) -> None:
    where, (key, method, below, body), rows = make()
    read = send(Client(), key, "GET", where)
    more = {"idempotency_key": "a"} if once else {}
    after(lambda: rows.update(version=F("version") + 1))
    answer = send(Client(), key, method, f"{where}{below}", body, if_match=read["ETag"], **more)
    assert answer.status_code == 200, answer.content
    now = send(Client(), key, "GET", where)
    assert answer["ETag"] == f'"{answer.json()["version"]}"'
    assert answer.json()["version"] < now.json()["version"]


def test_who_rotates_a_secret_is_told_theirs(after: Callable[[Callable[[], Any]], None]) -> None:
    key = key_of(scopes=["webhooks:manage"])
    where = sent("webhooks", key, HOOK)
    first: list[str] = []

    def another() -> None:
        webhook = Webhook.objects.get()
        first.append(unseal(webhook.secret))
        webhooks.rotate(webhook)

    after(another)
    answer = send(Client(), key, "POST", f"{where}actions/", {"action": "rotate_secret"}, if_match='"1"')
    assert (answer["ETag"], answer.json()["version"], answer.json()["secret"]) == ('"2"', 2, first[0])
    assert Webhook.objects.get().version == 3
