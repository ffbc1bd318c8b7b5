"""Runs the suites one after another, on SQLite and then on PostgreSQL, and ends with what passed and how long it took.

What reaches no database, such as the counting of plain values, or is marked ``once`` runs once, on SQLite; with
``--promises`` everything runs on both, and a server that is missing is a failure.
``python tests/run.py [--full] [--promises] [--only sqlite|postgresql] [paths] [pytest arguments]``: paths under tests/
are run in place of the suites. tests/postgresql.py has the server.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.migrated import migrated_beside, migrated_file  # noqa: E402
from tests.postgresql import NotAvailable, temporary_cluster  # noqa: E402

SUITES = ("unit", "contract", "promises", "browser")
FULL_MARKERS = "full_ged or schemathesis_full or full_rollups"
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser")
NOTHING_COLLECTED = 5
FAILURE_EXIT = 1


@dataclass(frozen=True)
class Outcome:
    """One suite on one database: ``passed`` is None where there was nothing to run."""

    suite: str
    database: str
    passed: bool | None
    seconds: float

    def line(self) -> str:
        result = "passed" if self.passed else "FAILED"
        return f"  {self.suite:<10} {self.database:<11} {result:<7} {self.seconds:7.1f} s"


def paths(suite: str) -> list[str]:
    """What pytest is given for a suite; unit is everything without a suite of its own, full picks by marker."""
    if suite == "full":
        return ["tests"]
    if suite == "unit":
        return ["tests", *(f"--ignore=tests/{other}" for other in SUITES if other != "unit")]
    return [f"tests/{suite}"]


def divided(arguments: list[str]) -> tuple[list[str], list[str]]:
    """The paths among the arguments, such as tests/models or tests/test_demo.py::test_it_works, and the others."""
    chosen = [argument for argument in arguments if _is_path(argument)]
    return chosen, [argument for argument in arguments if argument not in chosen]


def _is_path(argument: str) -> bool:
    file = (ROOT / argument.split("::", maxsplit=1)[0]).resolve()
    return not argument.startswith("-") and file.is_relative_to(ROOT / "tests") and file.exists()


def exists(suite: str) -> bool:
    return suite == "unit" or any((ROOT / "tests" / suite).rglob("test_*.py"))


def suites_for(arguments: list[str], *, but: str) -> list[str]:
    """Every suite there is but one, or a single run of the paths that were given."""
    if divided(arguments)[0]:
        return ["chosen"]
    return [suite for suite in SUITES if exists(suite) and suite != but]


def run(suite: str, database: str, environment: Mapping[str, str], arguments: list[str]) -> Outcome:
    """Run one suite; its output goes straight to the terminal."""
    print(f"\n== {suite} on {database}", flush=True)
    chosen, others = divided(arguments)
    where = chosen or paths(suite)
    alone = "-s" in others or any("browser" in Path(path).parts for path in where if not path.startswith("-"))
    # A module stays with one worker, since what its tests share is made once; tests/conftest.py has the order.
    workers = ["-n", "0"] if alone else ["-n", "auto", "--dist", "loadscope", "--no-loadscope-reorder"]
    command = [sys.executable, "-m", "pytest", "-q", *workers, *where, *others]
    started = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False).returncode
    passed = None if code == NOTHING_COLLECTED else code == 0
    return Outcome(suite, database, passed, time.monotonic() - started)


def has_chromium() -> bool:
    return any(Path(file).exists() for file in (*CHROMIUM, os.environ.get("CHROMIUM", "")) if file)


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a database: the one TEST_DATABASE_URL names, else on a server that lives until the end."""
    given = os.environ.get("TEST_DATABASE_URL", "")
    if given.startswith("postgres"):
        yield given
    else:
        with temporary_cluster() as address:
            yield address


def on_sqlite(arguments: list[str], *, browser: bool) -> list[Outcome]:
    suites = suites_for(arguments, but="" if browser else "browser")
    with migrated_file() as migrated:
        environment = {"TEST_DATABASE_URL": "sqlite://:memory:", **migrated}
        return [run(suite, "SQLite", environment, arguments) for suite in suites]


def on_postgresql(arguments: list[str], *, full: bool, second: bool) -> list[Outcome]:
    """``second`` says that SQLite has had its turn: what reaches no database has run then."""
    with postgresql() as address, migrated_beside(address) as migrated:
        environment = {"TEST_DATABASE_URL": address, **migrated}
        if full:
            # Groups of tests, so that the longest has a worker of its own.
            arguments = ["-m", FULL_MARKERS, "--dist", "loadgroup", "--timeout", "3600", *arguments]
            return [run("full", "PostgreSQL", environment, arguments)]
        suites = suites_for(arguments, but="browser")
        arguments = ["--with-database", *arguments] if second else arguments
        return [run(suite, "PostgreSQL", environment, arguments) for suite in suites]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="only the long tests, on PostgreSQL")
    parser.add_argument("--promises", action="store_true", help="the promises, or the paths given, with full figures")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="one database")
    options, arguments = parser.parse_known_args()
    required = os.environ.get("CI") == "true" or options.promises
    if options.promises:
        os.environ["PROMISES"] = "full"
        every = [] if divided(arguments)[0] else ["tests/promises"]
        arguments = [*every, "--timeout", "3600", *arguments]
    # A run starts some hundred processes: what they import, and the rewritten asserts of the tests, is compiled once.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # A request to end must still stop the temporary server.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(f"{signal.Signals.SIGTERM.name}: stopped"))

    outcomes: list[Outcome] = []
    missing: list[str] = []
    if not options.full and options.only != "postgresql":
        browser = exists("browser") and has_chromium()
        if exists("browser") and not browser and not options.promises:
            missing.append("Browser tests did not run: no chromium was found (CHROMIUM may name one).")
        outcomes += on_sqlite(arguments, browser=browser)
    if options.full or options.only != "sqlite":
        try:
            outcomes += on_postgresql(arguments, full=options.full, second=bool(outcomes) and not options.promises)
        except NotAvailable as reason:
            missing.append(f"PostgreSQL was not tested: {reason}")
    return report(outcomes, missing, required=required)


def report(outcomes: list[Outcome], missing: list[str], *, required: bool) -> int:
    """Print the summary; the exit code is 0 only if all that ran passed and nothing that is `required` is missing."""
    ran = [outcome for outcome in outcomes if outcome.passed is not None]
    print("\n== summary")
    for outcome in ran:
        print(outcome.line())
    for sentence in missing:
        print(f"  {sentence}" + (" Here (--promises, or CI=true) this is a failure." if required else ""))
    failed = any(not outcome.passed for outcome in ran) or not ran or bool(missing and required)
    if not ran:
        print("  No test ran.")
    print("FAILED" if failed else f"All passed in {sum(outcome.seconds for outcome in ran):.0f} s.", flush=True)
    return FAILURE_EXIT if failed else 0


if __name__ == "__main__":
    sys.exit(main())
