"""Connections of the pool on PostgreSQL: one that the server closed is noticed without asking it, and replaced."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg_pool.base import AttemptWithBackoff

from incidents.models.prepared import is_sending_ahead

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]


@pytest.fixture
def pooled() -> Iterator[BaseDatabaseWrapper]:
    """A connection with a pool of its own, outside the transaction of the test.

    Of one: a pool that may hold more opens a second while it waits for a slow first, and takes them in turn.
    """
    own = connection.copy(alias="pooled")
    own.settings_dict["OPTIONS"]["pool"] = {**own.settings_dict["OPTIONS"]["pool"], "max_size": 1}
    yield own
    own.close()
    own.close_pool()  # type: ignore[attr-defined]


def backend(pooled: BaseDatabaseWrapper) -> int:
    """The number of the server's process behind the connection."""
    with pooled.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def test_a_connection_that_the_server_closed_is_replaced(pooled: BaseDatabaseWrapper) -> None:
    ended = backend(pooled)
    pooled.close()  # back into the pool
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])
    assert backend(pooled) != ended


def test_an_open_connection_is_used_again(pooled: BaseDatabaseWrapper) -> None:
    """The control: nothing is replaced without a reason."""
    first = backend(pooled)
    pooled.close()
    assert backend(pooled) == first


def test_the_first_page_of_a_thread_opens_its_connection(pooled: BaseDatabaseWrapper) -> None:
    assert not is_sending_ahead(pooled)
    backend(pooled)
    assert not is_sending_ahead(pooled)
    with pooled.connection.pipeline():
        assert is_sending_ahead(pooled)


def test_a_server_that_was_away_is_found_again_within_seconds(pooled: BaseDatabaseWrapper) -> None:
    """Each attempt waits twice as long as the last, while the pool goes on; whoever asks after that begins anew."""
    attempt, now, waits = AttemptWithBackoff(timeout=pooled.pool.reconnect_timeout), 0.0, list[float]()  # type: ignore[attr-defined]
    while not attempt.time_to_give_up(now):
        attempt.update_delay(now)
        waits.append(attempt.delay)
        now += attempt.delay
    assert max(waits) < 10
    assert now == pytest.approx(pooled.pool.timeout, abs=1)  # type: ignore[attr-defined]  # as long as a request waits
