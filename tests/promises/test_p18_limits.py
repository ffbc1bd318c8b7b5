"""P18: exactly N of N+50 parallel requests pass a limit of N, and one greedy client does not slow the others down.

The first is counted through the whole of Django, each thread on a connection of its own; the second on a real server.
"""

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from django.test import Client

from incidents.models.triggers import drop_triggers
from incidents.rules.accounts import limits
from incidents.rules.publication.publishing import publish
from tests.bench.measure import HEADERS, Server, served
from tests.factories import IncidentFactory
from tests.keys import bearer, key_of

THREADS = 16
BEYOND = 50
Kept = Callable[[str, str], None]

# The control of the first promise: to look and then to write, in two statements.
LOOK = "SELECT ends, used FROM incidents_requestcount WHERE client = %s"
WRITE = """
    INSERT INTO incidents_requestcount (client, ends, used) VALUES (%s, %s, %s)
    ON CONFLICT (client) DO UPDATE SET used = excluded.used"""
WHOLE_LIST, PAGE = "/api/v1/incidents/?limit=1000&format=geojson", "/api/v1/incidents/?limit=100"


@pytest.fixture
def commits(transactional_db: None) -> Iterator[None]:
    """Real commits, seen by every connection; the flush afterwards installs the triggers again."""
    limits.refused.forget()
    _empty()
    yield
    limits.refused.forget()
    _empty()
    drop_triggers(connection)


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM incidents_requestcount")


def in_parallel(number: int, ask: Callable[[], int]) -> Counter[int]:
    """The statuses of so many requests, asked by THREADS threads that begin together."""
    found: list[int] = []
    failed: list[BaseException] = []
    shares = [number // THREADS + (at < number % THREADS) for at in range(THREADS)]
    together = threading.Barrier(THREADS)

    def work(share: int) -> None:
        try:
            together.wait()
            found.extend(ask() for _ in range(share))
        except Exception as error:  # noqa: BLE001 -- whatever a thread dies of fails the test
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    return Counter(found)


def asking(headers: dict[str, str]) -> Callable[[], int]:
    return lambda: int(Client().get("/api/v1/sources/", headers=headers).status_code)


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
@pytest.mark.parametrize("by", ["address", "key"])
def test_exactly_n_of_n_plus_50_parallel_requests_pass(by: str, settings: Any, kept: Kept, full_profile: bool) -> None:
    limit = 2_000 if full_profile else 200
    settings.ANON_RATE = settings.KEY_RATE = f"{limit}/hour"
    statuses = in_parallel(limit + BEYOND, asking(bearer(key_of()) if by == "key" else {}))
    assert statuses == {200: limit, 429: BEYOND}
    kept("P18", f"{statuses[200]:,} of {limit + BEYOND:,} requests by {THREADS} threads pass {limit:,} an hour ({by})")


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_control_a_count_that_looks_and_then_writes_lets_too_many_pass(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def racing(client: str, *, window: int, now: int) -> Callable[[], tuple[int, int]]:
        with connection.cursor() as cursor:
            cursor.execute(LOOK, [client])
            ends, used = cursor.fetchone() or (now + window, 0)
            cursor.execute(WRITE, [client, ends, used + 1])
        return lambda: (ends, used + 1)

    monkeypatch.setattr(limits, "counting", racing)
    settings.ANON_RATE = "200/hour"
    assert in_parallel(200 + BEYOND, asking({}))[200] > 200


# A client in a process of its own, so that it takes no turns with the one that measures. It asks until its standard
# input ends, and prints how often it got which status.
GREEDY = """
import collections, http.client, json, select, sys
port, path, headers = int(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
line, answered = http.client.HTTPConnection("127.0.0.1", port), collections.Counter()
while not select.select([sys.stdin], [], [], 0)[0]:
    line.request("GET", path, headers=headers)
    answer = line.getresponse()
    answer.read()
    answered[answer.status] += 1
print(json.dumps(answered))
"""


@contextmanager
def greedy(server: Server, answered: Counter[int]) -> Iterator[None]:
    """Beside whatever is done within, somebody asks for whole lists as fast as they are answered, from one address."""
    headers = json.dumps(HEADERS | {"X-Forwarded-For": "203.0.113.1"})
    command = [sys.executable, "-c", GREEDY, str(server.port), WHOLE_LIST, headers]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        time.sleep(1.5)  # long enough to be refused more often than answered, though each refusal waits
        yield
        said, _ = process.communicate("")
    answered.update({int(status): number for status, number in json.loads(said).items()})


def p95(server: Server, rounds: int) -> float:
    """The 95th percentile of the seconds that a page takes, asked for by others one after another."""
    taken = []
    for number in range(rounds):
        begun = time.perf_counter()
        answer = server.get(PAGE, {"X-Forwarded-For": f"198.51.100.{number % 250}"})
        answer.read()
        assert answer.status == 200
        taken.append(time.perf_counter() - begun)
    return statistics.quantiles(taken, n=20)[-1]


def slowed(server: Server, turns: int, rounds: int) -> tuple[float, Counter[int]]:
    """How many times as long the others' requests take beside a greedy client, and what that one is answered.

    Rounds with and without it take turns and the quietest of each are compared: other work of the machine only adds.
    """
    alone, beside, answered = [], [], Counter[int]()
    p95(server, 30)
    for _ in range(turns):
        alone.append(p95(server, rounds))
        with greedy(server, answered):
            beside.append(p95(server, rounds))
    return min(beside) / min(alone), answered


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_one_greedy_client_leaves_the_others_p95_below_twice(kept: Kept, full_profile: bool) -> None:
    publish([IncidentFactory() for _ in range(1_000 if full_profile else 200)])
    parts = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))
    # One worker, so that the others always share one with the greedy client: that is when they are slowed down.
    options = ["--workers", "1", "--threads", "4"]
    found = {}
    for rate in ("20/min", "0"):
        with served("limited", "config.wsgi", database, options, environment={"ANON_RATE": rate}) as server:
            found[rate] = slowed(server, *((5, 200) if full_profile else (3, 40)))
    (factor, answered), (without, unlimited) = found["20/min"], found["0"]
    assert answered[200] == 20
    assert answered[429] > answered[200]
    # The control: the same client without a limit.
    assert set(unlimited) == {200}
    assert unlimited[200] > answered[200]
    if full_profile:
        # Times mean something where nothing else runs; in the other suites two tests share two cores.
        assert factor < 2 < without
    kept(
        "P18", f"a greedy client makes the others' p95 {factor:.2f} times as long, without a limit {without:.1f} times"
    )
