"""What was delivered to webhooks long ago may go: nothing younger, nothing undelivered, and nothing else with it."""

import gc
import json
import threading
import tracemalloc
from datetime import datetime, timedelta
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from incidents.models import AuditEntry, Publication, Webhook, WebhookAttempt, WebhookMessage
from incidents.models.triggers import ATTEMPT, KEPT_DAYS, MESSAGE
from incidents.rules.delivery import outbox, pruning, webhooks
from incidents.rules.delivery.pruning import Pruned, prune_webhook_log
from incidents.rules.trail.verification import verify_audit, verify_log
from tests.webhooks import (
    WebhookAttemptFactory,
    WebhookFactory,
    WebhookMessageFactory,
    Wire,
    deliver,
    publish_incidents,
    subscribe,
)


def days_ago(days: float) -> Any:
    return timezone.now() - timedelta(days=days)


def told(made: float, *tried: float, state: str = "delivered") -> WebhookMessage:
    """A message made so many days ago, with an attempt at each of these."""
    message: WebhookMessage = WebhookMessageFactory(created_at=days_ago(made), state=state)
    for each in tried:
        WebhookAttemptFactory(message=message, at=days_ago(each))
    return message


def many(messages: int, attempts: int) -> None:
    """So many old messages of one webhook with so many attempts each."""
    webhook, old = WebhookFactory(), days_ago(40)
    made = WebhookMessage.objects.bulk_create(
        WebhookMessageFactory.build(webhook=webhook, state="delivered", created_at=old) for _ in range(messages)
    )
    WebhookAttempt.objects.bulk_create(
        WebhookAttempt(message=each, at=old, status=200, duration_ms=1) for each in made for _ in range(attempts)
    )


@transaction.atomic
def deleted(message: WebhookMessage, first: str) -> None:
    """Delete all rows of the message from both tables, beginning with this one."""
    keys = {ATTEMPT: "message_id", MESSAGE: "id"}
    with connection.cursor() as cursor:
        for table in (first, *(keys.keys() - {first})):
            cursor.execute(f"DELETE FROM {table} WHERE {keys[table]} = %s", [message.pk])  # noqa: S608


@pytest.mark.django_db
def test_what_was_delivered_before_thirty_days_goes_with_its_attempts() -> None:
    told(40, 40, 39.9)
    kept = [told(40, 40, 29), told(29, 29), told(40, state="pending")]
    kept += [told(40, 40, state=state) for state in ("held", "failed")]
    assert prune_webhook_log() == Pruned(messages=1, attempts=2)
    assert set(WebhookMessage.objects.all()) == set(kept)
    assert WebhookAttempt.objects.count() == 5
    assert prune_webhook_log() == Pruned()


@pytest.mark.django_db
def test_the_command_keeps_more_where_it_is_told_and_never_less() -> None:
    told(40, 40)
    out = StringIO()
    call_command("prune_webhook_log", days=90, stdout=out)
    call_command("prune_webhook_log", stdout=out)
    assert out.getvalue().splitlines() == [
        "0 delivered messages and 0 attempts deleted.",
        "1 delivered messages and 1 attempts deleted.",
    ]
    for days in (29, 0, -1, 10**9):
        with pytest.raises(CommandError, match="Write 30 days or more"):
            call_command("prune_webhook_log", days=days)


@pytest.mark.django_db
@pytest.mark.parametrize("first", [ATTEMPT, MESSAGE])
@pytest.mark.parametrize(
    "kept",
    [(29.99, (29.99,), "delivered"), (40, (40, 29.99), "delivered"), (29.99, (40,), "delivered")]
    + [(40, (40,), state) for state in ("pending", "failed", "held")],
    ids=str,
)
def test_nothing_else_can_be_deleted_by_any_statement(first: str, kept: tuple[float, tuple[float, ...], str]) -> None:
    """Whichever of the two tables somebody begins with: of all that hangs together something refuses."""
    message = told(kept[0], *kept[1], state=kept[2])
    with pytest.raises(DatabaseError, match="append-only"):
        deleted(message, first)
    assert (WebhookMessage.objects.count(), WebhookAttempt.objects.count()) == (1, len(kept[1]))


@pytest.mark.django_db
def test_a_message_cannot_be_replaced_or_the_table_emptied() -> None:
    told(1, 1)
    if connection.vendor == "sqlite":
        said = f"INSERT OR REPLACE INTO {MESSAGE} SELECT * FROM {MESSAGE}"  # noqa: S608
    else:
        connection.check_constraints()
        said = f"TRUNCATE {MESSAGE} CASCADE"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(said)
    assert WebhookMessage.objects.count() == 1


@pytest.mark.django_db
def test_a_rule_that_forgets_the_floor_is_refused_by_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    told(29, 29)
    monkeypatch.setattr(pruning, "KEPT_DAYS", 1)
    with pytest.raises(DatabaseError, match=f"append-only for {KEPT_DAYS} days"), transaction.atomic():
        prune_webhook_log(days=2)
    assert WebhookMessage.objects.count() == 1


@pytest.mark.django_db
def test_the_log_stays_the_audit_chain_says_what_went_and_a_rewind_tells_the_same_messages() -> None:
    first, again = Wire(), Wire()
    with time_machine.travel(days_ago(40)):
        webhook, _ = subscribe()
        rows = publish_incidents(2)
        deliver(first)
    chains = [list(model._default_manager.order_by("seq").values()) for model in (Publication, AuditEntry)]
    assert prune_webhook_log() == Pruned(messages=2, attempts=2)
    published, audited = (list(model._default_manager.order_by("seq").values()) for model in (Publication, AuditEntry))
    assert [published, audited[:-1]] == chains
    entry = AuditEntry.objects.latest("seq")
    said = json.loads(entry.kept.values or "")["after"]
    assert (entry.action, said["webhook_messages"], said["attempts"]) == ("delete", 2, 2)
    assert timezone.now() - datetime.fromisoformat(said["made_before"]) >= timedelta(days=KEPT_DAYS)
    assert prune_webhook_log() == Pruned()
    assert AuditEntry.objects.latest("seq") == entry, "nothing went, so nothing is said"
    assert (verify_log().bad_seq, verify_audit().bad_seq) == (None, None)
    webhooks.resend_from(webhook, seq=rows[0])
    deliver(again)
    assert again.ids == first.ids == [outbox.message_id(webhook, row) for row in rows]


@pytest.mark.django_db
def test_a_transaction_takes_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "MESSAGES_AT_ONCE", 10)
    monkeypatch.setattr(pruning, "ATTEMPTS_AT_ONCE", 20)
    many(25, 3)
    steps: list[Pruned] = [Pruned()]
    done = prune_webhook_log(advance=steps.append)
    assert done == steps[-1] == Pruned(messages=25, attempts=75)
    taken = [(now.messages - was.messages, now.attempts - was.attempts) for was, now in pairwise(steps)]
    assert (max(messages for messages, _ in taken), max(attempts for _, attempts in taken)) == (10, 20)
    # Ten messages have thirty attempts: twenty go first, then ten with the messages.
    assert taken == [(0, 20), (10, 10), (0, 20), (10, 10), (5, 15)]


@pytest.mark.django_db
def test_memory_does_not_grow_with_what_is_deleted() -> None:
    many(100, 2)
    prune_webhook_log()  # what is made once, such as statements, is made
    peaks = []
    for messages in (1_000, 4_000):
        many(messages, 2)
        gc.collect()
        tracemalloc.start()
        prune_webhook_log()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert not WebhookMessage.objects.exists()
    assert peaks[1] < 2 * peaks[0] < 5_000_000, peaks


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_one_that_is_being_sent_again_is_left_and_nobody_waits() -> None:
    message = told(40, 40)
    Webhook.objects.update(state="active")
    held, pruned = threading.Event(), threading.Event()

    def sent_again() -> None:
        try:
            with transaction.atomic():
                webhooks.resend(message)
                held.set()
                assert pruned.wait(30)
        finally:
            held.set()
            connection.close()

    other = threading.Thread(target=sent_again)
    other.start()
    assert held.wait(30)
    try:
        assert prune_webhook_log() == Pruned()
    finally:
        pruned.set()
        other.join()
    assert WebhookMessage.objects.get().state == "pending"


@pytest.mark.django_db
def test_one_that_was_pruned_meanwhile_is_not_sent_again() -> None:
    message = told(40, 40)
    prune_webhook_log()
    with pytest.raises(webhooks.WebhookError, match="deleted meanwhile"):
        webhooks.resend(message)
