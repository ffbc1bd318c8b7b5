"""P3: who may do what to real objects, with bodies that could be taken: the rules decide, not an empty body.

A cell is the status, with a plus where something was done: a page of the admin answers 302 either way.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from pytest_django import DjangoDbBlocker

from incidents.choices import AccountRole
from incidents.choices import SubmissionAction as Action
from incidents.rules.accounts import access
from incidents.rules.accounts.access import Right
from incidents.rules.submissions.transitions import TRANSITIONS
from tests.factories import UserFactory
from tests.promises.real_steps import Rows, Step, all_of, by_admin, outcome
from tests.promises.test_p03_permissions import AS_GET, KEYS, ROLES, SESSIONS, WIDEST, client_of
from tests.sharing import made_once

TABLE = Path(__file__).parent.parent / "baselines" / "steps.json"
BY_ROLE = [role for role in ROLES if role.startswith(("moderator", "lead"))]
pytestmark = pytest.mark.long
Kept = Callable[[str, str], None]
Cells = dict[str, str]


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Rows, dict[str, Client]]]:
    """The objects and the people, once for all tests: whatever a step does is taken back behind it."""
    with made_once(django_db_blocker, lambda: (Rows(), {role: client_of(role) for role in ROLES})) as found:
        yield found


@pytest.fixture
def rows(made: tuple[Rows, dict[str, Client]], db: None) -> Rows:
    return made[0]


@pytest.fixture
def clients(made: tuple[Rows, dict[str, Client]], db: None) -> dict[str, Client]:
    return made[1]


def cells(clients: Mapping[str, Client], steps: Mapping[str, Step]) -> Cells:
    """{step: the outcome for each of these roles, in their order}."""
    return {name: " ".join(outcome(client, step) for client in clients.values()) for name, step in steps.items()}


def expected() -> dict[str, dict[str, str]]:
    """{step: {role: outcome}} as people reviewed it."""
    table = json.loads(TABLE.read_text("utf-8"))
    roles = table["roles"].split()
    return {name: dict(zip(roles, line.split(), strict=True)) for name, line in table["steps"].items()}


def wrong(found: Cells, roles: list[str]) -> list[str]:
    """The steps of which a role was answered otherwise than the table says."""
    table = expected()
    return [name for name, line in found.items() if line.split() != [table[name][role] for role in roles]]


@pytest.mark.timeout(900)
def test_every_step_is_taken_by_whom_the_table_says(
    rows: Rows, clients: dict[str, Client], again: bool, kept: Kept
) -> None:
    roles = WIDEST if again else ROLES
    found = cells({role: clients[role] for role in roles}, all_of(rows))
    if os.environ.get("PERMISSIONS") == "write":
        TABLE.write_text(json.dumps({"roles": " ".join(ROLES), "steps": found}, indent=1) + "\n", encoding="utf-8")
    assert sorted(found) == sorted(expected()), "a step came or went: PERMISSIONS=write rewrites the table, review it"
    assert wrong(found, list(roles)) == []
    done = sum(cell.endswith("+") for line in found.values() for cell in line.split())
    kept("P3", f"{len(found) * len(roles):,} steps on real objects as the table says, of which {done} were taken")


def test_the_table_tells_the_roles_apart() -> None:
    """Somebody takes every step, nobody without a role takes one, and each role takes more than the one below."""
    table = expected()
    taken = {role: {name for name, row in table.items() if row[role].endswith("+")} for role in ROLES}
    assert set(table) == set().union(*taken.values())
    for role in ("anonymous", "reader", "staff", "bare_key"):
        assert taken[role] == set(), role
    assert taken["contributor_key"] < taken["moderator_key"] < taken["lead_key"] == taken["administrator_key"]
    assert taken["contributor"] < taken["moderator"] < taken["lead"] < taken["administrator"]
    assert set(table) == set().union(*(taken[role] for role in WIDEST))
    for role in SESSIONS:
        assert not any(name.startswith("api:") for name in taken[role])
    for role in KEYS:
        assert not any(name.startswith("admin:") for name in taken[role])


def test_no_action_of_the_admin_is_left_out(rows: Rows) -> None:
    steps = {(step.url, step.body.get("action")) for step in all_of(rows).values() if not step.by_api}
    known = {action for _, action in steps}
    for model, page in admin.site._registry.items():
        if model._meta.app_label == "incidents":
            names = {action if isinstance(action, str) else action.__name__ for action in page.actions or ()}
            assert names - LEFT_OUT <= known, model


def done_by(methods: Sequence[str], rows: Rows, client: Client) -> dict[str, bool]:
    """Every step of the admin sent by each of these methods, with its body, and whether it did something."""
    return {
        f"{name} by {method}": outcome(client, replace(step, method=method)).endswith("+")
        for name, step in by_admin(rows).items()
        for method in methods
    }


def test_the_admin_takes_no_step_by_another_method(
    rows: Rows, clients: dict[str, Client], again: bool, kept: Kept
) -> None:
    """Of those who take every step by POST one is enough: whatever else is asked, it is a look."""
    methods = AS_GET[-2:] if again else AS_GET
    found = done_by(methods, rows, clients["superuser"])
    assert [name for name, done in found.items() if done] == []
    kept("P3", f"0 of {len(found)} steps of the admin taken by {', '.join(methods)}")


def test_control_an_admin_that_takes_another_method_for_post_is_found(rows: Rows, settings: Any) -> None:
    settings.MIDDLEWARE = [f"{__name__}.{another_is_post.__name__}", *settings.MIDDLEWARE]
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    found = done_by(["PUT"], rows, client)
    assert [name for name, done in found.items() if not done] == []


def another_is_post(get_response: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A middleware for the control: what is sent is a form, whatever it was sent by."""

    def answer(request: Any) -> Any:
        request.method = "GET" if request.method == "GET" else "POST"
        return get_response(request)

    return answer


# Who may do these may do what is posted of the same page, and they change nothing by themselves.
LEFT_OUT = frozenset({"enable", "resend_from", "resend"})


@pytest.mark.parametrize("action", [action for action, step in TRANSITIONS.items() if step.right == Right.RELEASE])
def test_control_a_step_that_opens_to_moderators_is_found(
    rows: Rows, clients: dict[str, Client], action: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = {role: clients[role] for role in BY_ROLE}
    steps = {name: step for name, step in all_of(rows).items() if f": {action.value} " in name and "period" not in name}
    assert wrong(cells(some, steps), BY_ROLE) == []
    monkeypatch.setitem(TRANSITIONS, action, replace(TRANSITIONS[action], right=Right.REVIEW))
    assert wrong(cells(some, steps), BY_ROLE) == list(steps)


def test_control_confirming_and_undoing_that_open_to_moderators_are_found(
    rows: Rows, clients: dict[str, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    some = {role: clients[role] for role in BY_ROLE}
    steps = {name: step for name, step in all_of(rows).items() if name.endswith((": confirm", "undo a period"))}
    assert wrong(cells(some, steps), BY_ROLE) == []
    monkeypatch.setitem(
        access.RIGHTS, AccountRole.MODERATOR, frozenset({*access.RIGHTS[AccountRole.MODERATOR], Right.RELEASE})
    )
    assert wrong(cells(some, steps), BY_ROLE) == list(steps)
