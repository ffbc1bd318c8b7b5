"""P3: every address of the site by method and role, against a table that people can read and review.

Roles come in by a session, as the desk has it, or by a key, as programs do. A new address without a row fails;
`PERMISSIONS=write make test` writes the table anew and the diff is reviewed.
"""

import json
import os
import re
from collections.abc import Callable, Collection, Iterator
from copy import deepcopy
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from incidents.choices import AccountRole
from incidents.models import Organisation
from incidents.rules.accounts.access import scopes_of, set_role
from tests.keys import bearer, key_of, organisation

TABLE = Path(__file__).parent.parent / "baselines" / "permissions.json"
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
DESK_METHODS = ("GET", "POST")
AS_GET = tuple(method for method in METHODS if method not in DESK_METHODS)  # as Django's admin has them
REFUSED = (403, 405)
# A reader is a user without a role, staff has the desk and no permission.
SESSIONS = ("anonymous", "reader", "staff", *AccountRole.values, "superuser")
KEYS = ("bare_key", *(f"{role}_key" for role in AccountRole.values))
ROLES = (*SESSIONS, *KEYS)
# Whatever somebody may do, one of these may: on a second database their requests come to every statement.
WIDEST = ("anonymous", AccountRole.ADMINISTRATOR.value, "superuser", f"{AccountRole.ADMINISTRATOR}_key")
SAMPLES = {
    "uuid": "3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f",
    "int": "2147480000",
    "slug": "measure",
    "str": "SYR",
    "path": "2147480000",
}
pytestmark = pytest.mark.long
Kept = Callable[[str, str], None]
ARGUMENT = re.compile(r"<(?:(?P<type>\w+):)?(?P<name>\w+)>")
FOR_ADMINISTRATORS = re.compile(r"admin/incidents/(organisation|account|apikey)/")
SERVED_FILES = ("static/",)


def routes(patterns: list[URLPattern | URLResolver] | None = None, prefix: str = "") -> Iterator[str]:
    """Every route of the URL resolver, as written."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif not route.startswith(SERVED_FILES):
            yield route


def address(route: str) -> str:
    """An address of the route: arguments take values for which there is no object."""
    filled = ARGUMENT.sub(lambda match: SAMPLES[match["type"] or "str"], route)
    filled = re.sub(r"\(\?P<\w+>([^)]*)\)", lambda match: match[1].split("|")[0].replace(".+", "incidents"), filled)
    return "/" + filled.replace("^", "").replace("$", "").replace("\\", "")


def client_of(role: str) -> Client:
    """A client signed in as somebody with that role, or with a key that has all the scopes that its role allows."""
    if role in KEYS:
        of = AccountRole("contributor" if role == "bare_key" else role.removesuffix("_key"))
        made = key_of(of, scopes=[] if role == "bare_key" else scopes_of(of))
        return Client(raise_request_exception=False, headers=bearer(made))
    client = Client(raise_request_exception=False)
    if role == "anonymous":
        return client
    user = User.objects.create_user(role, is_staff=role == "staff", is_superuser=role == "superuser")
    if role == "superuser":
        User.objects.filter(pk=user.pk).update(is_staff=True)
    if role in AccountRole.values:
        set_role(user=user, role=role, organisation=organisation())
    client.force_login(user)
    return client


def statuses(clients: dict[str, Client], route: str) -> dict[str, str]:
    """{method: the status for each of these roles, in their order}."""
    methods = DESK_METHODS if route.startswith("admin/") else METHODS
    return {method: " ".join(str(status(client, method, route)) for client in clients.values()) for method in methods}


def status(client: Client, method: str, route: str) -> int:
    return int(answer(client, method, route).status_code)


def answer(client: Client, method: str, route: str) -> Any:
    """What that address answers; whoever signs out is signed in again, for the requests behind it."""
    if "logout" not in route:
        return client.generic(method, address(route))
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        answered = client.generic(method, address(route))
        transaction.set_rollback(True)
    client.cookies = cookies
    return answered


@pytest.fixture
def clients(db: None) -> dict[str, Client]:
    return {role: client_of(role) for role in ROLES}


def expected(roles: Collection[str] = ROLES) -> dict[str, dict[str, str]]:
    """What people reviewed: {route: {method: the status for each of these roles}}."""
    table = json.loads(TABLE.read_text("utf-8"))["routes"]
    places = [ROLES.index(role) for role in roles]
    return {
        route: {method: " ".join(line.split()[place] for place in places) for method, line in row.items()}
        for route, row in table.items()
    }


def differing(found: dict[str, dict[str, str]], table: dict[str, dict[str, str]]) -> dict[str, object]:
    """The routes whose answers are not those of the table, with both."""
    return {route: (row, table[route]) for route, row in found.items() if row != table[route]}


@pytest.mark.timeout(900)  # a minute of requests where nothing else runs
def test_every_address_answers_every_role_as_the_table_says(
    clients: dict[str, Client], again: bool, kept: Kept
) -> None:
    roles = WIDEST if again else ROLES
    clients = {role: clients[role] for role in roles}
    found = {route: statuses(clients, route) for route in sorted(set(routes()))}
    if os.environ.get("PERMISSIONS") == "write":
        TABLE.write_text(json.dumps({"roles": " ".join(ROLES), "routes": found}, indent=1) + "\n", encoding="utf-8")
    table = expected(roles)
    assert sorted(found) == sorted(table), "an address came or went: PERMISSIONS=write rewrites the table, review it"
    assert differing(found, table) == {}
    cells = sum(len(row) for row in found.values()) * len(roles)
    kept("P3", f"{cells:,} answers as the table says: {len(found)} routes, {len(roles)} roles")


def test_control_a_page_that_opens_to_one_role_more_is_found(clients: dict[str, Client]) -> None:
    page = admin.site._registry[Organisation]
    route = "admin/incidents/organisation/"
    table = expected()
    assert differing({route: statuses(clients, route)}, table) == {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(page), "has_view_permission", lambda *_: True)
        assert route in differing({route: statuses(clients, route)}, table)


def stored() -> dict[str, list[Any]]:
    """Every row of every table but the sessions, which keep what a page said."""
    models = [model for model in apps.get_models() if model is not Session]
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models}


def opened(clients: dict[str, Client], routes: Collection[str], *, full: bool) -> tuple[int, list[tuple[str, ...]]]:
    """How many requests of the desk's addresses by other methods were made, and which were answered more.

    More is what neither GET nor POST answers that role, and no refusal or bare list of methods. In the full profile
    each address is asked by each method and role, otherwise by three methods, each of another role than the one before.
    """
    table, roles, turn = expected(tuple(clients)), list(clients), count()
    made, found = 0, list[tuple[str, ...]]()
    for place, route in enumerate(routes):
        by_role = {method: dict(zip(roles, table[route][method].split(), strict=True)) for method in DESK_METHODS}
        for method in AS_GET if full else [AS_GET[(place + step) % len(AS_GET)] for step in range(3)]:
            for role in roles if full else [roles[next(turn) % len(roles)]]:
                given = answer(clients[role], method, route)
                made += 1
                known = {by_role[each][role] for each in DESK_METHODS}
                methods_alone = method == "OPTIONS" and given.has_header("Allow") and not given.content
                if str(given.status_code) not in known and given.status_code not in REFUSED and not methods_alone:
                    found.append((route, method, role, str(given.status_code)))
    return made, found


def desk_routes() -> list[str]:
    return sorted(route for route in set(routes()) if route.startswith("admin/"))


@pytest.mark.timeout(900)
def test_the_desk_opens_to_no_other_method(
    clients: dict[str, Client], again: bool, full_profile: bool, kept: Kept
) -> None:
    before = stored()
    some = {role: clients[role] for role in (WIDEST if again else ROLES)}
    made, found = opened(some, desk_routes(), full=full_profile)
    assert found == []
    assert stored() == before
    kept("P3", f"{made:,} answers of the desk to {', '.join(AS_GET)}, 0 that GET or POST would not have been given")


@pytest.mark.parametrize("method", AS_GET)
def test_control_a_page_that_opens_to_another_method_is_found(clients: dict[str, Client], method: str) -> None:
    page, route = admin.site._registry[Organisation], "admin/incidents/organisation/"
    some = {"moderator": clients["moderator"]}
    assert opened(some, [route], full=True) == (len(AS_GET), [])
    before = stored()

    def broken(_page: Any, request: Any, *_: Any) -> bool:
        """Opens to that method, and writes."""
        if request.method == method:
            Organisation.objects.get_or_create(name="Made by a look")
        return bool(request.method == method)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(page), "has_view_permission", broken)
        assert opened(some, [route], full=True)[1] == [(route, method, "moderator", "200")]
    assert stored() != before


def test_no_address_is_a_server_error_and_nobody_without_rights_reaches_the_desk() -> None:
    for route, row in json.loads(TABLE.read_text("utf-8"))["routes"].items():
        for method, line in row.items():
            by_role = dict(zip(ROLES, map(int, line.split()), strict=True))
            assert max(by_role.values()) < 500, (route, method)
            if route.startswith("admin/") and route not in {"admin/login/", "admin/jsi18n/"}:
                assert by_role["anonymous"] != 200, (route, method)
                for role in ("reader", "contributor", *KEYS):
                    assert by_role[role] != 200, (route, method, role)
            if route.startswith("api/") and method in {"POST", "PUT", "PATCH", "DELETE"}:
                for role in SESSIONS:
                    assert by_role[role] >= 400, "no session writes by the API"
            if route.startswith("admin/incidents/") and re.match(
                r"admin/incidents/(organisation|account|apikey)/", route
            ):
                # Of keys, the desk has those of its own (tests/admin/test_access.py).
                for role in ("staff",) if "apikey" in route else ("staff", "moderator", "lead"):
                    assert by_role[role] != 200, (route, method, role)


def test_sessions_open_nothing_of_the_api_that_is_not_open_to_all() -> None:
    for route, row in json.loads(TABLE.read_text("utf-8"))["routes"].items():
        if route.startswith("api/"):
            for method, line in row.items():
                assert len(set(line.split()[: len(SESSIONS)])) == 1, (route, method)
