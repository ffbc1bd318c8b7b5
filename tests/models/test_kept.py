"""Statements that PostgreSQL keeps: parsed once for a connection, with the same rows as any other."""

import os
from pathlib import Path

import psycopg
import pytest
from django.db import connection, connections
from django.test import Client

from config.databases import databases
from incidents.models import Incident, LogHead
from incidents.models.gathering import among
from incidents.models.prepared import Prepared, keeping_cursor, prepared
from incidents.rules.publication.publishing import publish
from tests.factories import IncidentFactory

pytestmark = pytest.mark.django_db


def kept_by_the_server() -> list[str]:
    with connections["public"].cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall()]


def test_a_hot_statement_is_kept_once_it_is_asked_again() -> None:
    LogHead.objects.update_or_create(id=1, defaults={"seq": 7})
    statement = prepared("kept", lambda: Prepared.of(LogHead.objects.using("public").values("seq"), []))
    assert [statement.rows([]) for _ in range(3)] == [[{"seq": 7}]] * 3
    if connection.vendor == "postgresql":
        assert kept_by_the_server().count(statement.sql) == 1


def test_what_is_asked_once_and_what_django_asks_is_not_kept() -> None:
    once = Prepared.of(LogHead.objects.using("public").values("hash", "id"), [])
    for _ in range(3):
        once.rows([])
        list(LogHead.objects.using("public").values("id"))
    if connection.vendor == "postgresql":
        assert [text for text in kept_by_the_server() if '"incidents_loghead"."id"' in text] == []


@pytest.mark.postgresql
def test_what_publication_reads_is_planned_for_the_tables_as_they_are() -> None:
    """One plan, made while the tables were small, went through all rows of fifty thousand until they were analysed."""
    incident = IncidentFactory.create()
    for _ in range(10):
        assert among(Incident, "pk", [incident.pk]) == [incident]
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE generic_plans > 0")
        assert [text for (text,) in cursor.fetchall() if "incidents_incident" in text] == []


def test_a_kept_statement_takes_values() -> None:
    with keeping_cursor(connection) as cursor:
        found = []
        for number in (1, 2, 3):
            cursor.execute("SELECT %s + 1", [number])
            found.append(cursor.fetchone()[0])
    assert found == [2, 3, 4]


def plans() -> dict[str, tuple[int, int]]:
    """How often each statement that is kept was answered by the one plan, and how often by one of its own."""
    with connections["public"].cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans, custom_plans FROM pg_prepared_statements")
        return {statement: (generic, custom) for statement, generic, custom in cursor.fetchall()}


@pytest.mark.postgresql
def test_pages_and_details_are_planned_once_and_what_hangs_on_values_each_time() -> None:
    publish(IncidentFactory.create_batch(3))
    client = Client()
    with connections["public"].cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    first = client.get("/api/v1/incidents/?limit=1").json()
    following, detail = first["next"], f"/api/v1/incidents/{first['results'][0]['id']}/"
    for address in (
        following,
        detail,
        "/api/v1/changes/?limit=2",
        "/api/v1/incidents/?date_from=1900-01-01",
        "/api/v1/claims/",
    ):
        for _ in range(9):
            assert client.get(address).status_code == 200
    kept = {text: found for text, found in plans().items() if '"document"' in text}
    assert len(kept) == 3
    assert all(generic for generic, _ in kept.values())
    assert not [text for text in kept if "incidents_publication" in text or "interval_end" in text]


@pytest.mark.postgresql
def test_nothing_is_compiled_to_machine_code_and_the_server_chooses_what_it_plans_once() -> None:
    """Planned anew for every row, the checks of foreign keys took half the time of an import."""
    address = os.environ["TEST_DATABASE_URL"]
    for config in databases(address, "", Path(), 1).values():
        with psycopg.connect(address, options=config["OPTIONS"]["options"]) as asked:
            assert asked.execute("SHOW jit").fetchone() == ("off",)
            assert asked.execute("SHOW plan_cache_mode").fetchone() == ("auto",)
