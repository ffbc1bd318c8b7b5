"""P9: nobody overwrites what somebody else saved meanwhile: of all who change one version, exactly one wins."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from incidents.models import Submission, Webhook
from incidents.rules.accounts.keys import NewKey
from incidents.rules.delivery import webhooks
from incidents.rules.delivery.sealing import unseal
from incidents.rules.refusals import Changed
from incidents.rules.submissions import stepping, submitting
from tests.contributions import country, tuwaym
from tests.keys import key_of, send

URL, HOOKS = "/api/v1/submissions/", "/api/v1/webhooks/"
Change = Callable[[Client, str, NewKey, str, str], Any]


def a_submission() -> tuple[str, NewKey]:
    country()
    key = key_of(scopes=["submissions:read", "submissions:write"])
    answer = send(Client(), key, "POST", URL, tuwaym())
    assert answer.status_code == 201
    return f"{URL}{answer.json()['id']}/", key


def noted(client: Client, where: str, key: NewKey, etag: str, text: str) -> Any:
    """A change of what was sent."""
    return send(client, key, "PATCH", where, {"note": text}, if_match=etag)


def rotated(client: Client, where: str, key: NewKey, etag: str, text: str) -> Any:
    """A new secret for a webhook."""
    return send(client, key, "POST", f"{where}actions/", {"action": "rotate_secret"}, if_match=etag)


def race(
    where: str, key: NewKey, writers: int, edits: int, change: Change = noted
) -> tuple[list[dict[str, Any]], Counter[int]]:
    """So many writers, each with so many edits to get through; what the winners read, how often each status came."""
    won: list[dict[str, Any]] = []
    statuses: Counter[int] = Counter()
    begin, lock = threading.Barrier(writers), threading.Lock()

    def write(number: int) -> None:
        client = Client(raise_request_exception=False)
        begin.wait()
        try:
            left = edits
            while left:
                read = send(client, key, "GET", where)
                answer = change(client, where, key, read["ETag"], f"{number}-{left}")
                with lock:
                    statuses[answer.status_code] += 1
                if answer.status_code == 200:
                    won.append(answer.json())
                    left -= 1
                elif answer.status_code != 412:
                    return
        finally:
            connection.close()

    connection.close()  # each thread keeps one of the pool's until it ends, and the pool has twenty
    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return won, statuses


def versions(won: list[dict[str, Any]]) -> list[int]:
    return sorted(each["version"] for each in won)


@pytest.mark.postgresql
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("commits")
def test_p9_exactly_one_wins_each_version(full_profile: bool, kept: Any) -> None:
    where, key = a_submission()
    assert send(Client(), key, "PATCH", where, {"note": "x"}).status_code == 428
    writers, edits = (20, 50) if full_profile else (6, 6)
    won, statuses = race(where, key, writers, edits)
    assert set(statuses) <= {200, 412}
    total = writers * edits
    assert versions(won) == list(range(2, total + 2))
    assert Submission.objects.get().version == total + 1
    assert send(Client(), key, "PATCH", where, {"note": "x"}, if_match='"1"').status_code == 412
    kept("P9", f"0 lost of {total:,} edits by {writers} writers, {statuses[412]:,} told that it had changed")


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_p9_control_a_check_before_the_lock_loses_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    where, key = a_submission()
    both = threading.Barrier(2, timeout=60)

    def unlocked(submission: Submission, version: int | None) -> Submission:
        stored = Submission.objects.select_related("organisation").get(pk=submission.pk)
        if version is not None and stored.version != version:
            raise Changed(stored.version)
        both.wait()
        return stored

    for module in (stepping, submitting):  # the API's patch asks for the row as well
        monkeypatch.setattr(module, "held", unlocked)
    won, statuses = race(where, key, 2, 1)
    # Both believe that they won; where they write the same rows, the database refuses one with an error of its own.
    assert (versions(won), set(statuses) <= {200, 412}) != ([2, 3], True)


def a_webhook() -> tuple[str, NewKey]:
    key = key_of(scopes=["webhooks:manage"])
    answer = send(Client(), key, "POST", HOOKS, {"name": "our archive", "url": "https://hooks.example.org/incidents"})
    assert answer.status_code == 201
    return f"{HOOKS}{answer.json()['id']}/", key


@pytest.mark.postgresql
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("commits")
def test_p9_nobody_is_told_a_secret_that_another_rotation_had_replaced_unseen(full_profile: bool, kept: Any) -> None:
    where, key = a_webhook()
    writers, edits = (20, 20) if full_profile else (6, 4)
    won, statuses = race(where, key, writers, edits, rotated)
    assert set(statuses) <= {200, 412}
    assert versions(won) == list(range(2, writers * edits + 2))
    told = {each["version"]: each["secret"] for each in won}
    webhook = Webhook.objects.get()
    assert unseal(webhook.secret) == told[webhook.version]
    assert unseal(webhook.earlier_secret) == told[webhook.version - 1]
    kept("P9", f"0 lost of {len(won):,} rotations of a webhook's secret, {statuses[412]:,} told that it had changed")


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_p9_control_a_version_that_is_not_looked_at_loses_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    where, key = a_webhook()
    rule, both = webhooks.rotate, threading.Barrier(2, timeout=60)

    def whatever(webhook: Webhook, *, version: int | None = None) -> tuple[Webhook, str]:
        both.wait()
        return rule(webhook)

    monkeypatch.setattr(webhooks, "rotate", whatever)
    _, statuses = race(where, key, 2, 1, rotated)
    assert statuses == {200: 2}, "both were told a secret, from one version"
