"""Commands that are interrupted, or that find no tables or no server, end in a sentence and never in a traceback."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from incidents.management.ending import INTERRUPTED, ending
from tests.exchange.ged_files import ged_file
from tests.test_skeleton import ROOT, manage

WAITS = "import time; print('it runs', flush=True); time.sleep(60)"


@pytest.mark.once
@pytest.mark.parametrize("command", ["release first", "reindex --check"])
def test_without_tables_it_says_what_to_run(tmp_path: Path, command: str) -> None:
    done = manage(*command.split(), DEBUG="true", DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite3")
    assert "run manage.py migrate first" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 1


@pytest.mark.once
def test_without_a_server_it_says_so(tmp_path: Path) -> None:
    file = str(ged_file(tmp_path, {}))
    nowhere = {"DEBUG": "true", "DATABASE_URL": "postgresql://hid:sesame@127.0.0.1:1/none"}
    done = manage("import_ged", file, **nowhere)
    assert done.stderr.startswith("The database cannot be used; look at DATABASE_URL")
    assert "sesame" not in done.stderr
    assert (done.returncode, done.stderr.count("Traceback")) == (1, 0)
    assert "Traceback" in manage("import_ged", file, "--traceback", **nowhere).stderr


@pytest.mark.once
def test_an_interrupted_command_says_what_stays(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "DEBUG": "true", "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3"}
    command = [sys.executable, "manage.py", "shell", "-c", WAITS]
    # A shell's background commands begin with the interruption ignored, and so would this one.
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    signal.signal(signal.SIGINT, before)
    with process:
        assert process.stdout is not None
        while "it runs" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert (
        said == "Interrupted. What was finished stays, and nothing is half done; the same command may be run again.\n"
    )
    assert process.returncode == INTERRUPTED


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["SELECT * FROM no_such_table", "SELECT no_such_column FROM incidents_incident"])
def test_a_table_or_column_that_is_not_there_is_a_matter_of_migrations(statement: str) -> None:
    with pytest.raises(DatabaseError) as died, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    end = ending(died.value)
    assert end is not None
    assert "run manage.py migrate first" in end.sentence


def test_a_fault_of_ours_keeps_its_traceback() -> None:
    assert ending(IntegrityError("UNIQUE constraint failed")) is None
    assert ending(KeyError("sum")) is None
