"""P10: nothing is half-applied. The application, its server process or all of PostgreSQL is killed in the middle.

At random points of a merge, its undoing, a publication, an import and a request with an Idempotency-Key, with SIGKILL,
on a server in a temporary folder. After the restart all of it is there or nothing, the log verifies, the index agrees,
and doing it again finishes it; a request that was done is answered again and does nothing.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.exchange.ged_files import ged_file
from tests.postgresql import Cluster, NotAvailable, running_cluster

ROOT = Path(__file__).resolve().parents[2]
POINTS, FEW = 100, 6
JOBS = ("merge", "publication", "import", "undo", "request")
VICTIMS = ("application", "backend", "postmaster")
AFTER = 0.004  # seconds at most between the beginning of a statement and the shot
NOTHING, ALL, HALF = "nothing", "all", "half"
# A request is counted, and its key was used, whatever becomes of it.
COUNTED_FIRST = ("incidents_requestcount", "incidents_apikey")
BEFOREHAND = {"request": COUNTED_FIRST}
pytestmark = [pytest.mark.postgresql, pytest.mark.timeout(3600)]


class Worker:
    """The process of half_applied.py: takes orders, says what happens."""

    def __init__(self, cluster: Cluster, ged: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.promises.half_applied"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            cwd=ROOT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "DATABASE_URL": cluster.url(),
                "GED_FILE": str(ged),
            },
        )

    def order(self, do: str, database: str) -> Iterator[dict[str, Any]]:
        """Give an order and yield what is said of it, the status last."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"do": do, "database": database}) + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            said = json.loads(line)
            yield said
            if "ended" in said:
                return
        raise AssertionError("the worker itself ended")

    def do(self, do: str, database: str) -> list[dict[str, Any]]:
        """Let it be done to its end; raises AssertionError with the reason where it failed."""
        said = list(self.order(do, database))
        assert said[-1] == {"ended": 0}, said[-3:]
        return said

    def look(self, database: str) -> dict[str, Any]:
        return self.do("look", database)[0]

    def end(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(60)


class Stage:
    """A server with a prepared database for each job, and how each job ends if nobody is killed."""

    def __init__(self, cluster: Cluster, worker: Worker) -> None:
        self.cluster, self.worker = cluster, worker
        self.before: dict[str, dict[str, Any]] = {}
        self.after: dict[str, dict[str, Any]] = {}
        self.statements: dict[str, int] = {}
        cluster.create("prepared")
        worker.do("prepare", "prepared")
        for job in JOBS:
            start = "merged" if job == "undo" else "prepared"
            if job == "undo":
                cluster.create("merged", template="prepared")
                worker.do("merge", "merged")
            self.before[job] = worker.look(start)
            with self.copy(start) as database:
                self.statements[job] = sum("statement" in said for said in worker.do(job, database))
                self.after[job] = worker.look(database)
            assert self.verdict(job, self.before[job]) == NOTHING
            assert self.verdict(job, self.after[job]) == ALL

    @contextmanager
    def copy(self, template: str) -> Iterator[str]:
        """A copy of a prepared database, for one point."""
        self.cluster.create("point", template=template)
        try:
            yield "point"
        finally:
            self.cluster.drop("point")

    def verdict(self, job: str, seen: dict[str, Any]) -> str:
        """Whether a job was done, not at all, or half; half too if the log is broken or the index disagrees."""
        before, after = self.before[job], self.after[job]
        if not seen["sound"] or seen["differs"]:
            return HALF
        unlike = {table for table, content in seen["contents"].items() if content != before["contents"][table]}
        if unlike <= set(BEFOREHAND.get(job, ())):
            return NOTHING
        return ALL if (seen["lengths"], seen["log"]) == (after["lengths"], after["log"]) else HALF

    def apart(self, job: str, seen: dict[str, Any]) -> dict[str, Any]:
        """What is otherwise than after a job that nobody disturbed, for people to read."""
        whole = self.after[job]
        lengths = {
            table: (length, whole["lengths"][table])
            for table, length in seen["lengths"].items()
            if length != whole["lengths"][table]
        }
        log = [row for row in (*seen["log"], *whole["log"]) if (row in seen["log"]) != (row in whole["log"])]
        return {"lengths": lengths, "log": log[:6], "sound": seen["sound"], "differs": seen["differs"]}

    def shoot(self, job: str, victim: str, statement: int, delay: float, *, variant: str = "") -> str:
        """Do a job on a fresh copy, kill the victim in the middle, start again what died, and say what is found."""
        with self.copy("merged" if job == "undo" else "prepared") as database:
            pids: dict[str, int] = {"postmaster": self.cluster.postmaster}
            for said in self.worker.order(variant or job, database):
                if "backend" in said:
                    pids |= {"backend": said["backend"], "application": said["client"]}
                if said.get("statement") == statement:
                    time.sleep(delay)
                    with suppress(ProcessLookupError):  # it was done already, which is all of it
                        os.kill(pids[victim], signal.SIGKILL)
            self.restart(victim, pids[victim])
            found = self.verdict(job, self.worker.look(database))
            if found == NOTHING:
                self.worker.do(job, database)
                again = self.worker.look(database)
                assert self.verdict(job, again) == ALL, f"done again, it did not finish: {self.apart(job, again)}"
            if job == "request":
                self.worker.do(job, database)
                again = self.worker.look(database)
                assert self.verdict(job, again) == ALL, f"sent again, it was done again: {self.apart(job, again)}"
        return found

    def restart(self, victim: str, pid: int) -> None:
        """Bring the server back: after a backend died it recovers by itself, after its first process it is started."""
        for _ in range(150):
            with suppress(NotAvailable):
                # Until the server has taken note of a dead backend it says that it is ready, and then ends everybody.
                if victim == "backend" and Path(f"/proc/{pid}").exists():
                    raise NotAvailable("the backend is not buried yet")
                if victim == "postmaster":
                    # Refused as long as a process of the dead server still holds its memory.
                    self.cluster.start()
                    victim = ""
                self.cluster.call("pg_isready", "-h", "127.0.0.1", "-p", str(self.cluster.port))
                return
            time.sleep(0.2)
        raise AssertionError("the server did not come back")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("ged")
    ged = ged_file(folder, *({"id": str(number), "date_start": "2017-05-07"} for number in range(1, 41)))
    with running_cluster(synchronous_commit="on", max_connections="40") as cluster:
        cluster.create("hid")
        worker = Worker(cluster, ged)
        try:
            yield Stage(cluster, worker)
        finally:
            worker.end()
            shutil.rmtree(folder, ignore_errors=True)


def test_whoever_is_killed_and_when_all_is_there_or_nothing(
    stage: Stage, kept: Callable[[str, str], None], full_profile: bool
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)
    points = POINTS if full_profile else FEW
    found = {NOTHING: 0, ALL: 0}
    for point in range(points):
        job, victim = JOBS[point % len(JOBS)], VICTIMS[point % len(VICTIMS)]
        # One shot of five is aimed at the end, where the commit is.
        last = stage.statements[job]
        statement = last if chance.random() < 0.2 else chance.randint(1, last)
        delay = chance.uniform(0, AFTER)
        verdict = stage.shoot(job, victim, statement, delay)
        assert verdict != HALF, f"{job}: {victim} killed at statement {statement} after {delay:.4f} s (seed {seed})"
        found[verdict] += 1
    figure = f"0 half-applied / {points} kills ({found[NOTHING]} undone, {found[ALL]} done)"
    kept("P10", figure)


def test_a_merge_that_commits_half_way_is_found(stage: Stage) -> None:
    """The control: the same shot at a merge that commits before it publishes leaves a half-applied one."""
    with stage.copy("prepared") as database:
        said = stage.worker.do("merge_halfway", database)
    halfway = next(place for place, each in enumerate(said) if "committed_halfway" in each)
    statement = next(each["statement"] for each in said[halfway:] if "statement" in each)
    assert stage.shoot("merge", "application", statement + 3, 0, variant="merge_halfway") == HALF
    assert stage.shoot("merge", "application", statement + 3, 0) == NOTHING
