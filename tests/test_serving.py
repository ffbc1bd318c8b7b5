"""What answers requests has bounds for its statements and locks on PostgreSQL; commands take long by right."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from config.databases import EVERYWHERE, bound_requests, databases
from incidents.models import Submission
from tests.contract.validation import CheckedClient
from tests.contributions import country, tuwaym
from tests.keys import key_of, send

ROOT = Path(__file__).resolve().parent.parent
POSTGRESQL = "postgresql://hid@db.example.org/hid"
ASK = """
from django.db import connections
for alias in ("default", "public"):
    with connections[alias].cursor() as cursor:
        for name in ("statement_timeout", "lock_timeout"):
            cursor.execute("SHOW " + name)
            print(cursor.fetchone()[0])
"""
# What each kind of process does before it comes to the database.
SERVER, COMMAND = ("-c", "import config.wsgi" + ASK), ("manage.py", "shell", "-c", ASK)


def timeouts(*command: str, **environment: str) -> list[str]:
    """What such a process says of statements and locks, of the aliases default and public."""
    given = {**os.environ, "DATABASE_URL": os.environ["TEST_DATABASE_URL"], **environment}
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-4:]


@pytest.mark.postgresql
def test_requests_are_bounded_and_commands_are_not() -> None:
    assert timeouts(*SERVER) == ["1min", "20s"] * 2
    assert timeouts(*SERVER, REQUEST_SECONDS="9") == ["9s", "3s"] * 2
    # A role of the public API's own has its own limits; here it is the same one, which has none.
    other = os.environ["TEST_DATABASE_URL"]
    assert timeouts(*SERVER, PUBLIC_DATABASE_URL=other) == ["1min", "20s", "0", "0"]
    assert timeouts(*COMMAND) == ["0"] * 4


def test_what_the_address_itself_says_goes_before_it() -> None:
    own = databases(f"{POSTGRESQL}?options=-c%20statement_timeout%3D5s", "", ROOT, 5)
    bound_requests(own, 60, own_public_role=False)
    said = own["default"]["OPTIONS"]["options"]
    assert said == f"-c statement_timeout=60000 -c lock_timeout=20000 {EVERYWHERE} -c statement_timeout=5s", (
        "the last one counts"
    )
    files = databases("sqlite:///var/x.sqlite3", "", ROOT, 5)
    before = repr(files)
    bound_requests(files, 60, own_public_role=False)
    assert repr(files) == before


@pytest.mark.parametrize("seconds", ["0", "-1"])
def test_no_time_at_all_is_refused_with_what_to_write(seconds: str) -> None:
    given = {**os.environ, "REQUEST_SECONDS": seconds}
    command = [sys.executable, "-c", "import config.wsgi"]
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert f"REQUEST_SECONDS is {seconds}; write a number from 1 to 86,400." in done.stderr


@pytest.mark.postgresql
@pytest.mark.django_db
def test_a_request_that_waits_too_long_is_a_503_and_leaves_nothing() -> None:
    api = CheckedClient(raise_request_exception=False)
    country()
    key = key_of(scopes=["submissions:write"])
    known = connection.settings_dict
    address = {"host": known["HOST"], "port": known["PORT"], "user": known["USER"], "password": known["PASSWORD"]}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '200ms'")
    with psycopg.connect(**address, dbname=known["NAME"]) as other:
        other.execute("LOCK TABLE incidents_submissionstep")
        answer = send(api, key, "POST", "/api/v1/submissions/", tuwaym())
    assert (answer.status_code, answer["Retry-After"]) == (503, "1"), answer.content
    assert not Submission.objects.exists()
    assert send(api, key, "POST", "/api/v1/submissions/", tuwaym()).status_code == 201
