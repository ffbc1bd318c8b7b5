"""Every address of the site by method and role, against a table that people can read and review.

A new address without a row fails; `PERMISSIONS=write make test` writes the table anew and the diff is reviewed.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from incidents.management.commands.demo import moderators

TABLE = Path(__file__).parent.parent / "baselines" / "permissions.json"
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
DESK_METHODS = ("GET", "POST")  # Django's admin answers any other as GET
ROLES = ("anonymous", "reader", "staff", "moderator", "superuser")
SAMPLES = {
    "uuid": "3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f",
    "int": "1",
    "slug": "measure",
    "str": "SYR",
    "path": "1",
}
ARGUMENT = re.compile(r"<(?:(?P<type>\w+):)?(?P<name>\w+)>")
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
    """A client signed in as somebody with that role."""
    client = Client(raise_request_exception=False)
    if role == "anonymous":
        return client
    user = User.objects.create_user(role, password="a long password for tests")
    user.is_staff = role != "reader"
    user.is_superuser = role == "superuser"
    user.save()
    if role == "moderator":
        user.groups.add(moderators())
    client.force_login(user)
    return client


def statuses(clients: dict[str, Client], route: str) -> dict[str, str]:
    """{method: the status for each role in the order of ROLES}."""
    where, methods = address(route), DESK_METHODS if route.startswith("admin/") else METHODS
    return {
        method: " ".join(str(clients[role].generic(method, where).status_code) for role in ROLES) for method in methods
    }


@pytest.fixture
def clients(db: None) -> dict[str, Client]:
    return {role: client_of(role) for role in ROLES}


def test_every_address_answers_every_role_as_the_table_says(clients: dict[str, Client]) -> None:
    # Signing out would end the sessions of the requests after it.
    found = {route: statuses(clients, route) for route in sorted(set(routes())) if "logout" not in route}
    if os.environ.get("PERMISSIONS") == "write":
        TABLE.write_text(json.dumps({"roles": " ".join(ROLES), "routes": found}, indent=1) + "\n", encoding="utf-8")
    table = json.loads(TABLE.read_text("utf-8"))["routes"]
    assert sorted(found) == sorted(table), "an address came or went: PERMISSIONS=write rewrites the table, review it"
    wrong = {route: (row, table[route]) for route, row in found.items() if row != table[route]}
    assert wrong == {}


def test_no_address_is_a_server_error_and_nobody_without_rights_reaches_the_desk() -> None:
    for route, row in json.loads(TABLE.read_text("utf-8"))["routes"].items():
        for method, line in row.items():
            by_role = dict(zip(ROLES, map(int, line.split()), strict=True))
            assert max(by_role.values()) < 500, (route, method)
            if route.startswith("admin/") and route not in {"admin/login/", "admin/jsi18n/"}:
                assert by_role["anonymous"] != 200, (route, method)
                assert by_role["reader"] != 200, (route, method)
            if route.startswith("api/") and method in {"POST", "PUT", "PATCH", "DELETE"}:
                assert min(by_role.values()) >= 400, (route, method)
