"""P24: a request with an Idempotency-Key is done once, whoever repeats it and however many do so at the same time."""

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from incidents.models import IdempotentRequest, Submission
from incidents.rules.accounts import idempotency
from tests.contract.validation import CheckedClient
from tests.contributions import country, tuwaym
from tests.keys import key_of, send

URL = "/api/v1/submissions/"
BOTH = ["submissions:read", "submissions:write"]


@pytest.mark.django_db
def test_p24_the_first_result_is_given_again_and_another_payload_refused(api: CheckedClient, kept: Any) -> None:
    country()
    sent = partial(send, api, key_of(scopes=BOTH), "POST", URL, idempotency_key="one")
    first, again = sent(tuwaym()), sent(tuwaym())
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert sent(tuwaym(note="Another")).status_code == 422
    assert Submission.objects.count() == 1
    kept("P24", "replay: same status, body and ETag; other payload: 422")


def in_parallel(number: int, work: Callable[[], Any]) -> list[Any]:
    """The results of `work` in so many threads that begin together, each with a connection of its own."""
    results: list[Any] = []
    begin = threading.Barrier(number)

    def run() -> None:
        begin.wait()
        try:
            results.append(work())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_p24_many_at_once_make_one_row(full_profile: bool, kept: Any) -> None:
    country()
    key = key_of(scopes=BOTH)

    def sent() -> Any:
        return send(Client(), key, "POST", URL, tuwaym(), idempotency_key="parallel")

    number = 100 if full_profile else 20
    answers = in_parallel(number, sent)
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {201, 409}
    assert statuses[201] >= 1
    assert Submission.objects.count() == IdempotentRequest.objects.count() == 1
    bodies = {answer.content for answer in answers if answer.status_code == 201}
    assert len(bodies) == 1
    assert sent().content in bodies
    kept("P24", f"{number} parallel replays: 1 row, {statuses[201]} answered alike, {statuses[409]} told to wait")


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_p24_a_request_in_flight_is_a_409(kept: Any) -> None:
    country()
    key = key_of(scopes=BOTH)
    begun, go_on = threading.Event(), threading.Event()
    finished: list[Any] = []

    def slow() -> idempotency.Answer:
        begun.set()
        go_on.wait(30)
        return idempotency.Answer(201, {}, "{}")

    def run() -> None:
        try:
            finished.append(idempotency.once(key.key.organisation, "slow", "digest", slow))
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(30)
    waiting = send(Client(), key, "POST", URL, tuwaym(), idempotency_key="slow")
    go_on.set()
    thread.join()
    assert (waiting.status_code, waiting["Retry-After"]) == (409, "1")
    assert not Submission.objects.exists()
    kept("P24", "in flight: 409 with Retry-After")


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_p24_control_without_the_lock_several_do_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    organisation = key_of().key.organisation
    monkeypatch.setattr(idempotency, "_alone", lambda _name: True)
    done: list[int] = []
    both = threading.Barrier(2, timeout=30)

    def work() -> idempotency.Answer:
        done.append(1)
        both.wait()
        return idempotency.Answer(201, {}, "{}")

    def run() -> None:
        try:
            idempotency.once(organisation, "k", "d", work)
        except Exception:  # noqa: BLE001 -- the loser of the race may die of the unique row
            return

    in_parallel(2, run)
    assert len(done) == 2


@pytest.mark.django_db
def test_p24_control_without_a_key_the_same_is_done_twice(api: CheckedClient) -> None:
    """Byte for byte the same; without an external reference, of which only one may be open."""
    country()
    sent = partial(send, api, key_of(scopes=BOTH), "POST", URL, tuwaym(external_reference=None))
    first, second = sent(), sent()
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]
    assert Submission.objects.count() == 2
    third, again = sent(idempotency_key="one"), sent(idempotency_key="one")
    assert third.content == again.content
    assert Submission.objects.count() == 3
