"""Deciding whom a name stands for: a change of the submission like any other, with its version, guard and message."""

from typing import Any

import pytest

from incidents.models import Submission, WebhookMessage
from incidents.rules.accounts.keys import NewKey
from tests.contract.validation import CheckedClient
from tests.contributions import country, tuwaym
from tests.factories import SourceFactory
from tests.keys import key_of, organisation, send
from tests.webhooks import WebhookFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/submissions/"


@pytest.fixture
def moderator() -> NewKey:
    scopes = ["submissions:read", "submissions:write", "moderation"]
    return key_of("moderator", organisation=organisation("Desk"), scopes=scopes)


@pytest.fixture
def waiting(api: CheckedClient) -> str:
    """The address of a submission whose source may be one that is published."""
    country()
    names = {"en": "Civil Peace Group - Seen"}
    SourceFactory(kind="local_monitor", names=names)
    sent = send(api, key_of(scopes=["submissions:read", "submissions:write"]), "POST", URL, tuwaym()).json()
    Submission.objects.get(public_id=sent["id"]).parts.filter(pointer="/sources/0").update(outcome="waiting")
    return f"{URL}{sent['id']}/"


def parts(answer: Any) -> dict[str, str]:
    return {part["pointer"]: part["outcome"] for part in answer.json()["parts"]}


def taken(api: CheckedClient, moderator: NewKey, where: str) -> str:
    """The ETag once the moderator took it for review."""
    answer = send(api, moderator, "POST", f"{where}actions/", {"action": "claim"}, if_match='"1"')
    assert answer.status_code == 200, answer.content
    return str(answer["ETag"])


def test_a_name_that_is_decided_is_a_new_version(api: CheckedClient, moderator: NewKey, waiting: str) -> None:
    etag = taken(api, moderator, waiting)
    webhook = WebhookFactory(organisation=organisation(), events=["submission.changed"])
    assert send(api, moderator, "GET", waiting)["ETag"] == etag
    named = send(api, moderator, "POST", f"{waiting}names/", {"pointer": "/sources/0"}, if_match=etag)
    assert named.status_code == 200, named.content
    assert (named["ETag"], named.json()["version"], named["Cache-Control"]) == ('"3"', 3, "private, no-store")
    after = send(api, moderator, "GET", waiting)
    assert (after["ETag"], parts(after)["/sources/0"]) == ('"3"', "kept_as_written")
    assert WebhookMessage.objects.get(webhook=webhook).payload["data"]["version"] == 3


def test_the_same_decision_again_is_none(api: CheckedClient, moderator: NewKey, waiting: str) -> None:
    taken(api, moderator, waiting)
    body = {"pointer": "/sources/0"}
    first, again = (send(api, moderator, "POST", f"{waiting}names/", body, if_match="*") for _ in range(2))
    assert (first["ETag"], again["ETag"]) == ('"3"', '"3"')


def test_it_takes_the_version_that_was_read(api: CheckedClient, moderator: NewKey, waiting: str) -> None:
    etag = taken(api, moderator, waiting)
    body = {"pointer": "/sources/0"}
    assert send(api, moderator, "POST", f"{waiting}names/", body).status_code == 428
    assert send(api, moderator, "POST", f"{waiting}names/", body, if_match='"1"').status_code == 412
    assert parts(send(api, moderator, "GET", waiting))["/sources/0"] == "waiting"
    assert send(api, moderator, "POST", f"{waiting}names/", body, if_match=etag).status_code == 200
    # Who read it before the name was decided does not approve it unseen.
    approving = {"action": "approve", "reason": "Two sources"}
    assert send(api, moderator, "POST", f"{waiting}actions/", approving, if_match=etag).status_code == 412
