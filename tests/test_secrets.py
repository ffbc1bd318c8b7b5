"""The secrets of an installation: where they come from, and what is refused before anything starts.

That they stand in no log is a promise, tests/promises/test_p25_secrets.py.
"""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.secrets import peppers, secret_key
from incidents.apps import check_rates

LONG = "x" * 32


def test_it_works() -> None:
    found = peppers([f"1:{LONG}", f"12:{LONG}:with a colon"], debug=False, derived_from="")
    assert found == {1: LONG.encode(), 12: f"{LONG}:with a colon".encode()}


def test_without_any_there_is_none_but_on_a_developer_s_machine() -> None:
    assert peppers([], debug=False, derived_from="key") == {}
    derived = peppers([], debug=True, derived_from="key")
    assert derived == peppers([], debug=True, derived_from="key")
    assert derived != peppers([], debug=True, derived_from="another")
    assert b"key" not in derived[1]


@pytest.mark.parametrize(
    "given", [[LONG], [f"0:{LONG}"], [f"a:{LONG}"], [f"-1:{LONG}"], [f"40000:{LONG}"], ["1:short"], [f"1:{LONG}"] * 2]
)
def test_peppers_that_cannot_be_used_are_refused_without_being_shown(given: list[str]) -> None:
    with pytest.raises(ImproperlyConfigured, match="KEY_PEPPERS") as refused:
        peppers(given, debug=True, derived_from="key")
    assert LONG not in str(refused.value)


def test_a_secret_key_is_made_once_and_only_for_a_developer(tmp_path: Path) -> None:
    file = tmp_path / "var" / "secret_key"
    assert secret_key("given", debug=False, file=file) == "given"
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is not set"):
        secret_key("", debug=False, file=file)
    assert secret_key("", debug=True, file=file) == secret_key("", debug=True, file=file)
    assert file.stat().st_mode & 0o077 == 0


def test_a_rate_that_nobody_can_read_stops_the_start() -> None:
    check_rates("600/min", "0")
    with pytest.raises(ImproperlyConfigured, match="ANON_RATE and KEY_RATE: 'often' is no rate"):
        check_rates("600/min", "often")
