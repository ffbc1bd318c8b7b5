"""Statements that PostgreSQL works on while their caller goes on, and answers whose rows are made when looked at."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, OperationalError, connection, connections, transaction
from psycopg.pq import TransactionStatus

from config.postgresql.base import Sent
from incidents.models import Source
from incidents.models.prepared import Prepared, column, keeping_cursor, prepared
from tests.factories import SourceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]


def send(sql: str, *parameters: Any) -> Callable[[], Any]:
    wrapper: Any = connection
    waited: Callable[[], Any] = wrapper.send(keeping_cursor(wrapper), sql, parameters)
    return waited


def is_under_way() -> bool:
    driver: Any = connection.connection
    return bool(driver.pgconn.transaction_status == TransactionStatus.ACTIVE)


def sources() -> Prepared:
    rows = Source.objects.using("public").order_by("public_id").values("public_id", "kind")
    return Prepared.of(rows, [])


def test_the_server_works_meanwhile_and_whoever_asks_next_waits() -> None:
    answer = send("SELECT %s::int + 1 FROM pg_sleep(0.05)", 1)
    assert is_under_way()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 3")
        assert cursor.fetchone() == (3,)
    assert answer().fetchall() == [(2,)]


@pytest.mark.usefixtures("commits")
@pytest.mark.parametrize("sql", ["SELECT 1 / %s FROM pg_sleep(0.01)", "SELECT nothing FROM nowhere WHERE %s > 0"])
def test_what_fails_is_told_to_who_sent_it_and_to_nobody_else(sql: str) -> None:
    answer = send(sql, 0)
    assert Source.objects.count() == 0
    for _ in range(2):  # as often as it is asked
        with pytest.raises(DatabaseError, match=r"division by zero|does not exist"):
            answer()


@pytest.mark.usefixtures("commits")
def test_a_transaction_ends_after_what_was_sent_in_it() -> None:
    with transaction.atomic():
        answer = send("SELECT count(*) FROM pg_sleep(0.05)")
    assert answer().fetchone() == (1,)
    with transaction.atomic():
        answer = send("SELECT 7 FROM pg_sleep(0.05)")
        transaction.set_rollback(True)
    assert answer().fetchone() == (7,)


@pytest.mark.usefixtures("commits")
def test_a_transaction_does_not_end_in_silence_where_what_was_sent_in_it_failed() -> None:
    @transaction.atomic
    def ask() -> None:
        SourceFactory.create()
        send("SELECT 1 / %s", 0)  # and nobody waits for the answer

    with pytest.raises(DatabaseError, match="division by zero"):
        ask()
    assert Source.objects.count() == 0


def test_what_is_sent_next_waits_for_what_was_sent_before() -> None:
    cursors = [keeping_cursor(connection) for _ in range(2)]
    wrapper: Any = connection
    answers = [wrapper.send(cursor, "SELECT %s FROM pg_sleep(0.01)", [number]) for number, cursor in enumerate(cursors)]
    assert [answer().fetchone() for answer in answers] == [(0,), (1,)]


def test_a_statement_that_does_not_go_out_at_once_is_sent_whole() -> None:
    text = "x" * 50_000_000
    assert send("SELECT length(%s::text)", text)().fetchone() == (len(text),)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 3")
        assert cursor.fetchone() == (3,)


@pytest.mark.usefixtures("commits")
def test_a_wait_that_was_broken_off_gives_the_connection_back_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = send("SELECT 1 FROM pg_sleep(0.05)")

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Sent, "_wait", interrupted)
        with pytest.raises(KeyboardInterrupt):
            connection.close()
    assert connection.connection is None
    with pytest.raises(OperationalError, match="broke off"):
        answer()
    assert Source.objects.count() == 0


@pytest.mark.usefixtures("commits")
def test_a_connection_is_given_back_after_what_was_sent_over_it() -> None:
    answer = send("SELECT 5 FROM pg_sleep(0.05)")
    connection.close()
    assert answer().fetchone() == (5,)
    assert Source.objects.count() == 0


def test_rows_are_the_same_however_they_are_read() -> None:
    SourceFactory.create_batch(5)
    plain = sources().rows([])
    assert len(plain) == 5
    for found in (sources().rows([], encoded=True), sources().sent([], encoded=True)(), sources().sent([])()):
        assert [row["public_id"] for row in found] == [row["public_id"] for row in plain]
        assert [row["kind"] for row in found] == [row["kind"] for row in plain]
    assert isinstance(plain[0]["public_id"], UUID)


def test_a_part_of_an_answer_has_the_rows_and_the_column_of_that_part() -> None:
    SourceFactory.create_batch(5)
    plain = sources().rows([])
    found = sources().rows([], encoded=True)
    for part in (slice(3), slice(1, 4), slice(None, None, -1), slice(9, 12)):
        assert [row["public_id"] for row in found[part]] == [row["public_id"] for row in plain[part]]
        assert column(found[part], "public_id") == [str(row["public_id"]).encode() for row in plain[part]]
    assert found[-1]["public_id"] == plain[-1]["public_id"]
    assert not found[5:]
    with pytest.raises(IndexError):
        found[5]


def test_what_has_no_places_is_planned_once_for_a_connection() -> None:
    """Though whatever reads is planned anew for its values: here there are none."""
    SourceFactory.create(kind="un_body", reliability_reason="right in 100% of cases")
    SourceFactory.create(kind="un_body", reliability_reason="right in 100 cases")
    rows = Source.objects.using("public").filter(kind="un_body", reliability_reason__contains="100%").values("pk")
    statement = prepared("planned once", lambda: Prepared.of(rows, []))
    with connections["public"].cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        assert [len(statement.rows([])) for _ in range(3)] == [1, 1, 1]
        cursor.execute("SELECT statement, generic_plans, custom_plans FROM pg_prepared_statements")
        plans = [(generic, custom) for text, generic, custom in cursor.fetchall() if "100" in text]
        assert plans == [(2, 0)]  # the first time it was not kept yet
