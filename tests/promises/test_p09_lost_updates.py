"""P9: nobody overwrites what somebody else saved meanwhile: of all who change one version, exactly one wins."""

import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from incidents.models import Submission
from incidents.rules import stepping, submitting
from incidents.rules.keys import NewKey
from tests.contributions import country, tuwaym
from tests.keys import key_of, send

URL = "/api/v1/submissions/"


def a_submission() -> tuple[str, NewKey]:
    country()
    key = key_of(scopes=["submissions:read", "submissions:write"])
    answer = send(Client(), key, "POST", URL, tuwaym())
    assert answer.status_code == 201
    return f"{URL}{answer.json()['id']}/", key


def race(where: str, key: NewKey, writers: int, edits: int) -> tuple[list[int], Counter[int]]:
    """So many writers, each with so many edits to get through; the versions won, and how often each status came."""
    won: list[int] = []
    statuses: Counter[int] = Counter()
    begin, lock = threading.Barrier(writers), threading.Lock()

    def write(number: int) -> None:
        client = Client(raise_request_exception=False)
        begin.wait()
        try:
            left = edits
            while left:
                read = send(client, key, "GET", where)
                answer = send(client, key, "PATCH", where, {"note": f"{number}-{left}"}, if_match=read["ETag"])
                with lock:
                    statuses[answer.status_code] += 1
                if answer.status_code == 200:
                    won.append(answer.json()["version"])
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
    assert sorted(won) == list(range(2, total + 2))
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
            raise stepping.Changed(stored.version)
        both.wait()
        return stored

    monkeypatch.setattr(submitting, "held", unlocked)
    won, statuses = race(where, key, 2, 1)
    # Both believe that they won; where they write the same rows, the database refuses one with an error of its own.
    assert (sorted(won), set(statuses) <= {200, 412}) != ([2, 3], True)
