"""The run: build or take a database, measure, write down. `manage.py benchmark` is its door."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from tests import postgresql
from tests.bench.goals import BESIDE_IT, FLAT, FLAT_BOUND, PEER_DATASETTE, PEER_FASTAPI, asked
from tests.bench.measure import PEPPERS, ROOT, served
from tests.bench.others import NOT_ASKED, Others, installed, others
from tests.bench.questions import GUNICORN, ask_sqlite, bench, measure
from tests.bench.report import plot, table

# The log of the build is deleted with the checkpoint at its end: kept, it took memory from whoever is measured.
SERVER = {"autovacuum": "off", "shared_buffers": "4GB", "work_mem": "64MB", "max_wal_size": "32GB", "jit": "off",
          "effective_cache_size": "12GB", "random_page_cost": "1.1", "wal_recycle": "off"}  # fmt: skip
REQUESTS = 20
EXACT = 50
BESIDE = 10_000  # incidents in SQLite: enough to compare what does not hang on their number
LARGE = 100_000  # below, reading a table through may be the best plan


@contextmanager
def database(given: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database: the one given, else on a server that lives until the end."""
    if given:
        yield given
        return
    postgresql.SETTINGS.update(SERVER)
    with postgresql.temporary_cluster() as address:
        yield address


def run(count: int, folder: Path, *, given: str = "", slack: float = 1.0, guarded: frozenset[str] = frozenset()) -> int:
    """Measure at `count` incidents; returns 1 where a goal is missed (with `slack`; of `guarded` if any are named)."""
    folder.mkdir(parents=True, exist_ok=True)
    with database(given) as address, tempfile.TemporaryDirectory() as scratch:
        built: dict[str, Any] = _in_django(
            address, "from tests.bench.build import build", f"build({count}, {scratch!r})"
        )  # fmt: skip
        plans: list[str] = _in_django(
            address, "from tests.bench.plans import every_fault", "every_fault()"
        )  # fmt: skip
        row_by_row: float = _in_django(address, "from tests.bench import one_by_one", "one_by_one.rate()")
        key: str = _in_django(address, "from tests.bench.build import a_key", "a_key()")
        with _others(address, Path(scratch), guarded) as beside, bench(address, REQUESTS, key, beside) as running:
            running.found["import per second"] = built["import_rate"]
            running.found["row by row per second"] = row_by_row
            running.found["publish per second"] = built["publish_rate"]
            running.found["rollups in bulk"] = built["rollups_in_bulk"]
            running.found["rollups one by one"] = built["rollups_one_by_one"]
            whole = built["incidents"] == built["published"]
            found = measure(running, exact=EXACT)
            if whole and (not guarded or BESIDE_IT in guarded):
                sqlite = f"sqlite:///{scratch}/beside.sqlite3"
                _in_django(sqlite, "from tests.bench.build import fill", f"fill({min(count, BESIDE)}, {scratch!r})")
                with served("sqlite", "config.wsgi", sqlite, GUNICORN) as small:
                    ask_sqlite(running, small)
    file = folder / f"{count}.json"
    file.write_text(json.dumps({"built": built, "found": found}, indent=2) + "\n", encoding="utf-8")
    every = _every(folder)
    print(table(built, found, every))
    (folder / "plot.svg").write_text(plot(every), encoding="utf-8")
    print(f"\nMeasurements: {file}; plot over N: {folder / 'plot.svg'}")
    goals = [goal for goal in asked(found) if not guarded or goal.what in guarded]
    missed = [goal.what for goal in goals if not goal.met(found, slack)]
    smallest = every[min(every)]["found"]
    missed += [f"flat: {name}" for name in FLAT if not guarded and found[name] > FLAT_BOUND * smallest[name]]
    for fault in plans:
        print(f"EXPLAIN: {fault}", file=sys.stderr)
    missed += ["plans of the hot paths"] if plans and count >= LARGE else []
    if missed:
        print(f"Missed: {'; '.join(missed)}", file=sys.stderr)
    return int(bool(missed))


def _others(address: str, scratch: Path, guarded: frozenset[str]) -> AbstractContextManager[Others | None]:
    """The contenders that have packages of their own, unless nothing is to be said of them or they are not there."""
    if guarded and guarded.isdisjoint({PEER_FASTAPI, PEER_DATASETTE}):
        return nullcontext()
    if not installed():
        print(NOT_ASKED, file=sys.stderr)
        return nullcontext()
    return others(address, scratch)


def _in_django(address: str, imports: str, expression: str) -> Any:
    """The value of an expression, from a process of its own: Django's database is settled when it starts."""
    program = f"import django, json; django.setup(); {imports}; print(json.dumps({expression}))"
    environment = {
        **os.environ, "DATABASE_URL": address, "DEBUG": "true", "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(ROOT), "KEY_PEPPERS": PEPPERS,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def _every(folder: Path) -> dict[int, Mapping[str, Any]]:
    """What was measured at every N so far."""
    return {
        int(file.stem): json.loads(file.read_text(encoding="utf-8"))
        for file in sorted(folder.glob("*.json"), key=lambda file: int(file.stem))
    }
