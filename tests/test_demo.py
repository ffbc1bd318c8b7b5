"""The demo: whom it refuses, that it fills a database once and to the end, its accounts, its server.

What the steps load is tested with the steps; the whole of it runs once in CI, in a newcomer's clone.
"""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import CommandError, call_command
from django.db import OperationalError, connections

from incidents.choices import KeyScope
from incidents.management.commands import demo
from incidents.models import AuditEntry, Organisation
from incidents.rules.accounts.keys import create_key
from incidents.rules.publication.publishing import publish
from tests.factories import IncidentFactory, UserFactory

ROOT = Path(__file__).resolve().parent.parent
ALL_STEPS = ["migrate", "load_gazetteer", "load_vocabularies", "seed", "import_ged"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_machine(settings: Any, tmp_path: Path) -> None:
    """DEBUG is on, and var/ is a folder of this test."""
    settings.DEBUG = True
    settings.VAR = tmp_path / "var"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


class Steps(list[str]):
    """The names of the commands that ran; the one named ``killed_at`` ends the process instead."""

    killed_at = ""

    def run(self, name: str, *arguments: str, **options: Any) -> None:
        if name == self.killed_at:
            raise SystemExit
        self.append(name)
        if name == "import_ged":  # so that there is a log
            publish([IncidentFactory()])


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Commands that load nothing in place of those of the steps."""
    ran = Steps()
    monkeypatch.setattr(demo, "call_command", ran.run)
    return ran


def fill() -> str:
    out = StringIO()
    call_command("demo", "--no-serve", stdout=out)
    return out.getvalue()


def test_it_works(steps: Steps) -> None:
    said = fill()
    assert steps == ALL_STEPS
    for account in demo.ACCOUNTS:
        password = demo.read_state()["passwords"][account.name]
        assert f"{account.name:<10} password {password}" in said
        assert authenticate(username=account.name, password=password)


def test_it_is_refused_without_debug(settings: Any, steps: Steps) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG=true only: make demo"):
        fill()
    assert steps == []


def test_a_second_start_fills_nothing_and_has_the_same_accounts(steps: Steps) -> None:
    fill()
    before = demo.read_state()
    steps.clear()
    assert "already" in fill()
    assert steps == ["migrate"]
    assert demo.read_state() == before
    assert get_user_model().objects.count() == len(demo.ACCOUNTS) + 1  # and the contributor, who has no password


@pytest.mark.parametrize("killed_at", ALL_STEPS[1:])
def test_what_was_stopped_half_way_is_finished_by_the_next_start(steps: Steps, killed_at: str) -> None:
    steps.killed_at = killed_at
    with pytest.raises(SystemExit):
        fill()
    steps.clear()
    steps.killed_at = ""
    fill()
    assert steps == ALL_STEPS


def test_another_database_is_filled_although_one_was(steps: Steps) -> None:
    fill()
    state = demo.read_state()
    demo.write_state(state | {"filled": state["filled"] | {"hash": "0" * 64}})
    steps.clear()
    fill()
    assert steps == ALL_STEPS


def test_changed_files_are_loaded_again(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    fill()
    steps.clear()
    monkeypatch.setattr(demo, "fingerprint", lambda: "another")
    fill()
    assert steps == ALL_STEPS


@pytest.mark.parametrize("content", ["", "{", "[]", '{"filled": 1}', '{"filled": {}}'])
def test_a_spoiled_state_file_counts_as_none(steps: Steps, content: str) -> None:
    demo.state_file().parent.mkdir()
    demo.state_file().write_text(content, encoding="utf-8")
    fill()
    assert steps == ALL_STEPS


def test_a_database_with_accounts_of_others_is_left_alone(steps: Steps) -> None:
    UserFactory(username="admin", email="admin@example.org")
    with pytest.raises(CommandError, match="has accounts already that are not the demo's"):
        fill()
    assert steps == ["migrate"]
    assert get_user_model().objects.count() == 1


def test_a_lost_password_is_made_anew(steps: Steps) -> None:
    fill()
    demo.state_file().unlink()
    fill()
    assert authenticate(username="admin", password=demo.read_state()["passwords"]["admin"])


def test_only_the_owner_may_read_the_passwords(steps: Steps) -> None:
    fill()
    assert stat.S_IMODE(demo.state_file().stat().st_mode) == 0o600


def test_moderator_and_lead_belong_to_an_organisation_for_which_they_make_keys(steps: Steps) -> None:
    fill()
    fill()
    for name in ("moderator", "lead"):
        user = get_user_model().objects.get(username=name)
        desk = Organisation.objects.get(accounts__user=user)
        scopes = [KeyScope.MODERATION.value]
        assert create_key(organisation=desk, owner=user, name="desk", scopes=scopes).text.startswith("hid_")
    assert AuditEntry.objects.filter(action="role_given").count() == 3  # with the contributor's, each once


def test_a_moderator_works_on_the_record_and_looks_at_the_log(steps: Steps) -> None:
    fill()
    moderator = get_user_model().objects.get(username="moderator")
    assert moderator.is_staff
    assert not moderator.is_superuser
    may = {name.removeprefix("incidents.") for name in moderator.get_all_permissions()}
    assert {"add_incident", "change_claim", "delete_deadline", "view_publication", "view_adminarea"} <= may
    assert may & {"change_publication", "delete_publication", "add_adminarea", "change_term", "add_user"} == set()
    assert {name for name in may if "historical" in name and not name.startswith("view_")} == set()


def test_a_key_pressed_to_stop_it_is_answered_with_a_sentence(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "call_command", interrupted)
    with pytest.raises(CommandError, match="goes on from here") as stopped:
        fill()
    assert stopped.value.returncode == 130


def test_a_database_that_cannot_be_reached_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*arguments: Any, **options: Any) -> None:
        raise OperationalError("connection refused\n")

    monkeypatch.setattr(demo, "call_command", unreachable)
    with pytest.raises(CommandError, match=r"The database cannot be used \(.+\): connection refused$"):
        fill()


def test_the_name_of_the_database_holds_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"NAME": "hid", "HOST": "db.example.org", "PORT": "", "USER": "hid", "PASSWORD": "open sesame"}
    for key, value in given.items():
        monkeypatch.setitem(connections["default"].settings_dict, key, value)
    assert "open sesame" not in demo.database_name()
    assert "hid" in demo.database_name()


def test_a_port_in_use_is_said_before_anything_is_done(settings: Any, steps: Steps) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings.PORT = other.getsockname()[1]
        with pytest.raises(CommandError, match=rf"Port {settings.PORT} is in use .* make demo PORT=\d+"):
            call_command("demo")
    assert steps == []


def test_a_port_that_cannot_be_is_said(settings: Any, steps: Steps) -> None:
    settings.PORT = 70_000
    with pytest.raises(CommandError, match="Port 70000 cannot be used"):
        call_command("demo")


def test_the_server_serves_and_stops_cleanly_at_ctrl_c(tmp_path: Path) -> None:
    program = (
        "import django; django.setup();"
        "from incidents.management.commands.demo import reserve, serve; from django.conf import settings;"
        "serve(reserve(settings.PORT))"
    )
    port = demo.free_port()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3",
    }
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=environment, stderr=subprocess.PIPE) as server:
        try:
            page = _read(f"http://127.0.0.1:{port}/api/docs/", server)
            style = _read(f"http://127.0.0.1:{port}/static/config/front.css", server)
            time.sleep(1)  # a worker of gunicorn 27 locks itself out where it is told to stop while it starts a thread
        finally:
            server.send_signal(signal.SIGINT)
            _, said = server.communicate(timeout=60)
    assert b"swagger" in page
    assert b"color-scheme" in style
    assert server.returncode == 0
    assert said == b""


def _read(address: str, server: "subprocess.Popen[bytes]") -> bytes:
    """The page; a connection is accepted before the server is up, so that a busy machine may keep it waiting."""
    until = time.monotonic() + 120
    while True:
        try:
            with urlopen(address, timeout=60) as answer:  # noqa: S310 -- the address is ours
                return bytes(answer.read())
        except OSError:  # among them URLError, and TimeoutError while the answer is awaited
            if server.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.2)
