"""The README tells the truth: its answers are the API's, its table is the environment's, its links lead somewhere.

Requests run against the founding case with its rivals, which the demo holds too.
"""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands
from django.test import Client

from config.env import table
from tests.stories import publish_founding_case

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
LONGEST = 250
SITE = "http://127.0.0.1:8000"
LEFT_OUT = "..."
# What the recipe for an endpoint would make.
EXAMPLES = {"incidents/api/v1/reports.py", "tests/api/v1/test_reports.py"}

REQUESTS = re.findall(r"```sh\ncurl ([^\n]+)\n```\n```json\n(.+?)\n```", README, re.DOTALL)


def differences(shown: Any, served: Any, where: str = "$") -> list[str]:
    """Where what the README shows is not what is served; "..." among members or items stands for those left out."""
    if isinstance(shown, dict) and isinstance(served, dict):
        named = {name for name in shown if name != LEFT_OUT}
        missing = [f"{where}.{name}: not served" for name in named - set(served)]
        if LEFT_OUT not in shown:
            missing += [f"{where}.{name}: left out without a word" for name in set(served) - named]
        inside = named & set(served)
        return missing + [each for name in inside for each in differences(shown[name], served[name], f"{where}.{name}")]
    if isinstance(shown, list) and isinstance(served, list):
        return _items(shown, served, where)
    return [] if shown == served and type(shown) is type(served) else [f"{where}: {shown!r}, served {served!r}"]


def _items(shown: list[Any], served: list[Any], where: str) -> list[str]:
    """The items shown must be served in that order; others may stand only where "..." does."""
    at, free = 0, False
    for place, item in enumerate(shown):
        if item == LEFT_OUT:
            free = True
            continue
        found = [n for n in range(at, len(served)) if not differences(item, served[n])]
        if not found or (not free and found[0] != at):
            near = differences(item, served[at], f"{where}[{place}]") if at < len(served) else []
            return near or [f"{where}[{place}]: not served there"]
        at, free = found[0] + 1, False
    return [] if free or at == len(served) else [f"{where}: {len(served) - at} more are served"]


@pytest.mark.django_db
def test_every_answer_shown_is_the_answer_served(client: Client) -> None:
    publish_founding_case(only=False)
    assert len(REQUESTS) == 3
    for command, shown in REQUESTS:
        (address,) = shlex.split(command)
        answer = client.get(address.removeprefix(SITE))
        assert answer.status_code == 200
        assert differences(json.loads(shown), answer.json()) == [], address


@pytest.mark.parametrize(
    ("shown", "served", "same"),
    [
        ({"a": 1}, {"a": 1}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1, "...": "..."}, {"a": 1, "b": 2}, True),
        ({"a": 0}, {"a": False}, False),
        ([1, 2], [1, 2], True),
        ([1], [1, 2], False),
        ([1, "..."], [1, 2], True),
        (["...", 2], [1, 2], True),
        ([2, "..."], [1, 2], False),
        (["...", 2, "...", 1], [1, 2], False),
        ([{"a": 1}], [{"a": 2}], False),
        ([1, 2], [1], False),
    ],
)
def test_answers_are_compared_strictly(shown: Any, served: Any, same: bool) -> None:
    assert (differences(shown, served) == []) is same


def test_the_table_of_the_environment_is_the_one_that_is_read() -> None:
    assert table() in README, "Put the output of `python -m config.env` into README.md"


def test_it_can_be_read_in_one_sitting() -> None:
    assert len(README.splitlines()) <= LONGEST


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_links_lead_to_files_that_exist(text: str) -> None:
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target]
    assert [target for target in targets if not (ROOT / target).exists()] == []


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_commands_that_are_named_exist(text: str) -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", text))
    assert named - set(get_commands()) == set()
    targets = set(re.findall(r"(?:`|^)make ([a-z]+)\b", text, re.MULTILINE))
    known = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert targets - known == set()


def test_files_that_contributors_are_sent_to_exist() -> None:
    named = set(re.findall(r"`((?:config|incidents|tests|fixtures|seeds)/[\w./-]+?)`", CONTRIBUTING))
    assert len(named) > 20
    assert {name for name in named if not (ROOT / name).exists()} == EXAMPLES
