"""Fixtures for tests that write the log as its owner could: with the triggers dropped, or with real commits."""

from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from incidents.models.triggers import create_triggers, drop_triggers


@pytest.fixture
def unguarded(db: None) -> None:
    """The triggers dropped until the test's transaction is rolled back: what a database owner can do to the log."""
    # PostgreSQL drops no trigger of a table that still has deferred constraints to check.
    connection.check_constraints()
    drop_triggers(connection)


@pytest.fixture
def _triggers_come_back(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Installs the triggers anew after the tables were flushed; asked for before the database, so torn down after."""
    yield
    with django_db_blocker.unblock():
        create_triggers(connection)


@pytest.fixture
def commits(_triggers_come_back: None, transactional_db: None) -> Iterator[None]:
    """Real commits, seen by every connection; afterwards every table is flushed, which the triggers would refuse."""
    yield
    drop_triggers(connection)
