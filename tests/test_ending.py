"""Commands that are interrupted, or that find no tables or no server, end in a sentence and never in a traceback."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction

from incidents.management.ending import INTERRUPTED, ending
from incidents.models import Organisation
from incidents.rules.trail.log import canonical
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


@pytest.mark.parametrize(
    ("said", "sqlstate"), [("deadlock detected", "40P01"), ("lock timeout", "55P03"), ("database is locked", "")]
)
def test_what_is_locked_is_no_fault_of_the_address(said: str, sqlstate: str) -> None:
    error = OperationalError(said)
    error.__cause__ = type("Driver", (Exception,), {"sqlstate": sqlstate})()
    told = ending(error)
    assert told is not None
    assert told.sentence.startswith(f"Others were changing the same rows at this moment. It said: {said}\n")
    assert "DATABASE_URL" not in told.sentence


@pytest.mark.once
def test_an_argument_that_is_no_utf_8_is_told(tmp_path: Path) -> None:
    """The shell stands for any command whose argument meets a database or a digest."""
    given = ("shell", "-c", "import sys; sys.argv[-1].encode() # \udcff")
    done = manage(*given, DEBUG="true", DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite3")
    assert done.stderr == "An argument is not UTF-8: it holds the byte 0xFF. Write it in UTF-8; nothing was changed.\n"
    assert done.returncode == 1


@pytest.mark.django_db
def test_a_byte_that_is_no_text_is_named_wherever_it_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError) as name:
        Organisation.objects.filter(name="a\udcff").exists()
    with pytest.raises(ValueError, match="UTF-8") as reason:
        canonical({"reason": "a\udcff"})
    for error in (name.value, reason.value):
        end = ending(error)
        assert end is not None
        assert "holds the byte 0xFF" in end.sentence
    with pytest.raises(UnicodeEncodeError) as shown:
        "قتل".encode("ascii")
    assert ending(shown.value) is None, "what a terminal cannot show is no argument"


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
