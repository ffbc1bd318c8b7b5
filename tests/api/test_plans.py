"""The hot paths on PostgreSQL: every one finds its rows by an index, without skipping and without sorting much.

A table of a few rows is always read through; so the planner is told to do it only where it has no other way. The
benchmark asks the same of a large database without telling the planner anything.
"""

import pytest
from django.db import connections

from tests.bench.plans import FEW, every_fault, faults

pytestmark = pytest.mark.django_db


def test_no_hot_path_reads_a_growing_table_through(founding_case: None) -> None:
    connection = connections["public"]
    if connection.vendor != "postgresql":
        pytest.skip("SQLite explains otherwise.")
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
    try:
        assert every_fault() == []
        for where in ("country=SYR&bbox=35.5,34.5,36.5,36.2", "near=35.52,35.79&radius_km=25"):
            assert faults(f"/api/v1/victims/?{where}") == []
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET enable_seqscan")


MANY = 5_000


@pytest.fixture
def many(founding_case: None) -> None:
    """One incident of the founding case, its claims and its tallies, thousands of times over."""
    with connections["public"].cursor() as cursor:
        if connections["public"].vendor != "postgresql":
            pytest.skip("SQLite has no such indexes: it would use them where they do harm.")
        cursor.execute("SELECT max(id) FROM incidents_publicincident")
        (first,) = cursor.fetchone()
        for table, key in (("publicincident", "id"), ("publicclaim", "incident_id"), ("tally", "incident_id")):
            cursor.execute(
                "SELECT string_agg(quote_ident(column_name), ',') FROM information_schema.columns"
                " WHERE table_name = %s AND column_name NOT IN ('id', 'public_id', 'incident_id')",
                [f"incidents_{table}"],
            )
            (columns,) = cursor.fetchone()
            ids = {"publicincident": ("id, public_id", "%s + n, gen_random_uuid()"), "tally": ("incident_id", "%s + n")}
            names, values = ids.get(table, ("incident_id, public_id", "%s + n, gen_random_uuid()"))
            cursor.execute(
                f"INSERT INTO incidents_{table} ({names}, {columns}) SELECT {values}, {columns}"  # noqa: S608
                f" FROM incidents_{table}, generate_series(1, {MANY}) n WHERE {key} = %s",
                [first, first],
            )
        cursor.execute("ANALYZE")


@pytest.mark.parametrize("path", FEW)
def test_what_a_filter_keeps_few_of_is_not_sought_in_the_order_of_the_list(many: None, path: str) -> None:
    assert faults(path, few=True) == []


def test_a_list_read_through_for_few_would_be_noticed(many: None) -> None:
    """The control: no index tells these."""
    found = faults("/api/v1/incidents/?clarity=summary", few=True)
    assert any("reads 5,0" in fault for fault in found)


def test_a_table_read_through_would_be_noticed(founding_case: None) -> None:
    """The control: a filter that no index answers."""
    if connections["public"].vendor != "postgresql":
        pytest.skip("SQLite explains otherwise.")
    assert faults("/api/v1/incidents/?clarity=summary&ordering=seq") != []
