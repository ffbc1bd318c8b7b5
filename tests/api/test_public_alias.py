"""The API reads through the alias `public` alone, whatever it is asked: what goes through `default` fails the test.

Both aliases are one connection in a test, so that `public` here is a second handle of it, with records of its own.
"""

import copy
from collections.abc import Iterator
from contextlib import ExitStack
from random import Random
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler
from django.test import Client

from incidents.api.v1.incidents import Incidents
from incidents.models import Incident, PublicIncident
from incidents.models.prepared import _prepared
from incidents.rules.publication.publishing import withdraw
from tests.api.conftest import published_incidents
from tests.contract.asking import Pool, ask, drawn, whole
from tests.contract.surface import ALL, Door
from tests.factories import IncidentFactory


class Queries:
    """The statements of each alias while it is watched."""

    def __init__(self) -> None:
        self.of: dict[str, list[str]] = {"default": [], "public": []}

    def recorder(self, alias: str) -> Any:
        def record(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
            self.of[alias].append(str(sql))
            return execute(sql, params, many, context)

        return record


@pytest.fixture
def queries(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queries]:
    """The two aliases told apart, both on the connection of the test; statements are kept for none but it."""
    default = connections["default"]
    public = copy.copy(default)
    public.alias = "public"
    public.execute_wrappers = []
    by_alias = ConnectionHandler.__getitem__

    def apart(handler: ConnectionHandler, alias: str) -> BaseDatabaseWrapper:
        return public if alias == "public" and handler is connections else by_alias(handler, alias)

    monkeypatch.setattr(ConnectionHandler, "__getitem__", apart)
    _prepared.clear()
    cache.clear()
    watched = Queries()
    with ExitStack() as stack:
        stack.enter_context(default.execute_wrapper(watched.recorder("default")))
        stack.enter_context(public.execute_wrapper(watched.recorder("public")))
        yield watched
    _prepared.clear()  # what a test put in another's place would be asked by the tests behind it


@pytest.mark.parametrize("door", ALL, ids=str)
def test_every_read_goes_through_the_public_alias(founding_case: None, queries: Queries, door: Door) -> None:
    addresses = list(whole(door, Pool.of_database()))
    queries.of["default"].clear()
    for address in addresses:
        assert not ask(address).startswith(b"5"), address
    assert queries.of["default"] == []
    # The list of vocabularies stands in the program.
    assert queries.of["public"] or str(door) == "vocabularies_list"


def test_no_combination_of_parameters_leaves_the_public_alias(founding_case: None, queries: Queries) -> None:
    addresses = drawn(Random(4), Pool.of_database(), 300)
    queries.of["default"].clear()
    for address in addresses:
        assert not ask(address).startswith(b"5"), address
    assert queries.of["default"] == []


def test_what_is_gone_is_read_through_the_public_alias_too(queries: Queries) -> None:
    gone, kept = published_incidents(2)
    withdraw(gone, reason_code="correction", reason="Counted twice.")
    queries.of["default"].clear()
    statuses = {
        Client().get(f"/api/v1/incidents/{key}/{rest}").status_code
        for key in (gone.public_id, kept.public_id)
        for rest in ("", "history/", "?at_seq=1", "?at_seq=3")
    }
    assert {200, 404, 410} & statuses == {200, 404, 410}
    assert queries.of["default"] == []


def test_files_of_releases_and_the_front_page_are_read_so_too(founding_case: None, queries: Queries) -> None:
    queries.of["default"].clear()
    assert ask("/releases/seeded/incidents.ndjson.gz").startswith(b"200")
    assert ask("/").startswith(b"200")
    assert queries.of["default"] == []
    assert queries.of["public"]


def test_the_watch_sees_a_read_of_the_working_record(queries: Queries, monkeypatch: pytest.MonkeyPatch) -> None:
    IncidentFactory()
    queries.of["default"].clear()

    def leaking(self: Incidents) -> Any:
        return PublicIncident.objects.filter(public_id__in=list(Incident.objects.values_list("public_id", flat=True)))

    monkeypatch.setattr(Incidents, "rows", leaking)
    Client().get("/api/v1/incidents/?count=exact")
    assert any("incidents_incident" in sql for sql in queries.of["default"])
