"""The hot paths on PostgreSQL: every one finds its rows by an index, without skipping and without sorting much.

A table of a few rows is always read through; so the planner is told to do it only where it has no other way. The
benchmark asks the same of a large database without telling the planner anything.
"""

import pytest
from django.db import connections

from tests.bench.plans import every_fault, faults

pytestmark = pytest.mark.django_db


def test_no_hot_path_reads_a_growing_table_through(founding_case: None) -> None:
    connection = connections["public"]
    if connection.vendor != "postgresql":
        pytest.skip("SQLite explains otherwise, and has the same indexes.")
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
    try:
        assert every_fault() == []
        for where in ("country=SYR&bbox=35.5,34.5,36.5,36.2", "near=35.52,35.79&radius_km=25"):
            assert faults(f"/api/v1/victims/?{where}") == []
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET enable_seqscan")


def test_a_table_read_through_would_be_noticed(founding_case: None) -> None:
    """The control: a filter that no index answers."""
    if connections["public"].vendor != "postgresql":
        pytest.skip("SQLite explains otherwise, and has the same indexes.")
    assert faults("/api/v1/incidents/?clarity=summary&ordering=seq") != []
