"""The runner of the suites: what was not looked at is said, and of the promises it is a failure."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# A machine without PostgreSQL, on which everything else is as it is; the two runs begin with one migrated database.
WITHOUT = """
import os, sys
from contextlib import nullcontext
from pathlib import Path
from tests import run
from tests.migrated import NAMED_BY
from tests.postgresql import NotAvailable
def absent(): raise NotAvailable("no initdb and pg_ctl were found")
run.temporary_cluster = absent
asked = sys.argv[1:]
known = os.environ.get(NAMED_BY, "")
with nullcontext({NAMED_BY: known}) if Path(known).is_file() else run.migrated_file() as migrated:
    run.migrated_file = lambda: nullcontext(migrated)
    for given in ([], ["--promises"]):
        sys.argv[1:] = [*given, *asked]
        print("ended with", run.main())
"""
ONE = ("tests/promises/test_p14_egress.py", "-s", "-k", "most_of_them")
pytestmark = [pytest.mark.processes, pytest.mark.once, pytest.mark.long, pytest.mark.timeout(300)]


def test_without_a_server_the_suites_pass_and_the_promises_fail() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in {"TEST_DATABASE_URL", "CI"}}
    command = [sys.executable, "-c", WITHOUT, *ONE]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    suites, promises, rest = done.stdout.split("ended with ")
    for said in (suites, promises):
        assert "PostgreSQL was not tested: no initdb and pg_ctl were found" in said, done.stderr
        assert "1 passed" in said
    assert promises.startswith("0\n")
    assert "this is a failure" not in suites
    assert rest == "1\n"
    assert "this is a failure" in promises
