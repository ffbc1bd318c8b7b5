"""The runner of the suites: what was not looked at is said, and of the promises it is a failure."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# A machine without PostgreSQL, on which everything else is as it is.
WITHOUT = """
import sys
from tests import run
from tests.postgresql import NotAvailable
def absent(): raise NotAvailable("no initdb and pg_ctl were found")
run.temporary_cluster = absent
sys.exit(run.main())
"""
ONE = ("tests/promises/test_p14_egress.py", "-s", "-k", "most_of_them")
pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]


@pytest.mark.parametrize(("given", "code"), [((), 0), (("--promises",), 1)])
def test_without_a_server_the_suites_pass_and_the_promises_fail(given: tuple[str, ...], code: int) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in {"TEST_DATABASE_URL", "CI"}}
    command = [sys.executable, "-c", WITHOUT, *given, *ONE]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert "PostgreSQL was not tested: no initdb and pg_ctl were found" in done.stdout, done.stderr
    assert "1 passed" in done.stdout
    assert done.returncode == code, done.stdout
    assert ("this is a failure" in done.stdout) == bool(code)
