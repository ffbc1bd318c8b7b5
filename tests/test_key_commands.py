"""The commands that make organisations and keys, for whoever has a terminal and no desk.

The rules behind them are tested in tests/rules/test_access.py.
"""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from incidents.models import ApiKey, Organisation
from incidents.rules.accounts.keys import KEY, KeyRefused, check_key
from tests.keys import key_of, somebody

pytestmark = pytest.mark.django_db
HERE = "192.0.2.1"
ASKED = ("--organisation", "Monitors of the Coast", "--owner", "rima", "--name", "nightly import")


def run(*command: str) -> tuple[str, str]:
    out, error = StringIO(), StringIO()
    call_command(*command, stdout=out, stderr=error)
    return out.getvalue(), error.getvalue()


@pytest.fixture
def rima() -> Any:
    return somebody(username="rima")


def test_it_works(rima: Any) -> None:
    further = ("--scope", "submissions:read", "--scope", "submissions:write", "--network", "192.0.2.0/24")
    out, error = run("create_key", *ASKED, *further, "--expires", "2099-01-31")
    assert KEY.fullmatch(out.strip())
    caller = check_key(text=out.strip(), address=HERE)
    assert sorted(caller.scopes) == ["submissions:read", "submissions:write"]
    assert f"{caller.key.expires_at:%Y-%m-%d %H:%M}" == "2099-01-31 23:59"
    assert out.strip() not in error
    assert run("revoke_key", caller.key.prefix)[0] == f"{caller.key} is revoked.\n"
    assert run("revoke_key", out.strip())[0] == f"{caller.key} was revoked before.\n"
    with pytest.raises(KeyRefused):
        check_key(text=out.strip(), address=HERE)


def test_an_organisation_is_made_once() -> None:
    assert run("create_organisation", " Monitors ")[0].startswith("Monitors (")
    with pytest.raises(CommandError, match="already"):
        run("create_organisation", "Monitors")
    for name, says in (("", "it is empty"), ("x" * 201, "200 characters"), ("Monitors\u202e", "U\\+202E")):
        with pytest.raises(CommandError, match=says):
            run("create_organisation", name)
    assert Organisation.objects.count() == 1


@pytest.mark.parametrize(
    ("further", "says"),
    [
        (("--scope", "moderation"), "is more than"),
        (("--network", "here"), "is no network"),
        (("--expires", "2001-01-01"), "expired already"),
        (("--owner", "nobody"), "no user"),
        (("--name", "x" * 101), "name of 100 characters at most"),
        (("--organisation", "Nobody"), "Make it first: create_organisation"),
        (("--expires", "tomorrow"), "'tomorrow' is no day; write it like 2027-01-31"),
    ],
)
def test_a_key_that_cannot_be_is_refused_with_a_sentence(rima: Any, further: tuple[str, ...], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        run("create_key", *ASKED, *further)
    assert not ApiKey.objects.exists()


def test_a_prefix_that_no_key_has_is_refused() -> None:
    key_of()
    with pytest.raises(CommandError, match="no key with that prefix"):
        run("revoke_key", "abcdefghij")
