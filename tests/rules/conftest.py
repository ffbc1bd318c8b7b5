"""Fixtures for tests that write the log as its owner could: with the triggers dropped, or with real commits."""

from collections.abc import Iterator

import pytest
from django.db import connection

from incidents.models.triggers import drop_triggers


@pytest.fixture
def unguarded(db: None) -> None:
    """The triggers dropped until the test's transaction is rolled back: what a database owner can do to the log."""
    # PostgreSQL drops no trigger of a table that still has deferred constraints to check.
    connection.check_constraints()
    drop_triggers(connection)


@pytest.fixture
def commits(transactional_db: None) -> Iterator[None]:
    """Real commits, seen by every connection; afterwards every table is flushed, which the triggers would refuse.

    The flush emits post_migrate, and that installs the triggers again.
    """
    yield
    drop_triggers(connection)
