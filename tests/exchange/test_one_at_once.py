"""Two imports at once: the second is refused in a sentence, and neither makes a second source.

The fixture `commits` must be set up before the database, so this module has no mark of its own.
"""

import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from incidents.exchange import ged
from incidents.exchange.ged import import_ged
from incidents.exchange.one_at_once import ImportRunning, one_at_once
from incidents.exchange.tables import Table
from incidents.models import Incident, Source
from tests.exchange.ged_files import ged_file, some_areas

SAID = "Another import or seed is at work in this database; wait until it is done"


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite, a lock beside a database in a file, which that of the tests is not."""
    if connection.vendor == "sqlite":
        monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / "hid.sqlite3"))
        monkeypatch.setattr(connection, "is_in_memory_db", lambda: False)


@pytest.mark.django_db
@pytest.mark.usefixtures("elsewhere")
def test_an_import_and_a_seed_are_refused_while_another_import_runs_and_not_afterwards(tmp_path: Path) -> None:
    some_areas()
    file = str(ged_file(tmp_path, {}))
    with one_at_once():
        with pytest.raises(CommandError, match=SAID) as refused:
            call_command("import_ged", file)
        with pytest.raises(CommandError, match=SAID):
            call_command("seed")
    assert (refused.value.returncode, Source.objects.count()) == (2, 0)
    call_command("import_ged", file, verbosity=0)
    assert Incident.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("elsewhere")
def test_an_import_that_dies_leaves_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some_areas()
    file = ged_file(tmp_path, {})

    def dies(_table: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ged, "_asserted", dies)
        with pytest.raises(KeyboardInterrupt):
            import_ged(file)
    assert import_ged(file).created == 1


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_two_that_begin_at_the_same_moment_make_one_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some_areas()
    both = threading.Barrier(2)
    asserted = ged._asserted
    ended: list[object] = []

    def slowly(table: Table) -> Any:
        """Look for the source only when the other is there too, or was refused."""
        both.wait(20)
        return asserted(table)

    def work(file: Path) -> None:
        try:
            ended.append(import_ged(file).created)
        except ImportRunning as refused:
            ended.append(str(refused))
            both.wait(20)
        finally:
            connections.close_all()

    monkeypatch.setattr(ged, "_asserted", slowly)
    files = [ged_file(tmp_path, {"id": key}, name=f"{key}.csv") for key in ("1", "2")]
    threads = [threading.Thread(target=work, args=(file,)) for file in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Source.objects.count() == 1
    assert sorted(map(type, ended), key=str) == [int, str]
