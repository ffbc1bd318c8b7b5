"""Delivering: turns and leases, the schedule of attempts, giving up, signatures.

The sender here is a function of the test; the wire has tests of its own in tests/exchange/test_deliveries.py.
"""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from standardwebhooks import Webhook as Signer

from incidents.models import AuditEntry, AuditValues, Organisation, Webhook, WebhookAttempt, WebhookMessage
from incidents.rules.delivery import delivering, webhooks
from incidents.rules.delivery.delivering import (
    DELAYS,
    GIVE_UP_AFTER,
    LONGEST_WAIT,
    Outcome,
    Outgoing,
    delay_after,
    deliver_next,
)
from incidents.rules.delivery.sealing import SealError
from tests.webhooks import (
    URL,
    WebhookMessageFactory,
    Wire,
    an_organisation,
    deliver,
    ids_of,
    publish_incidents,
    subscribe,
)

pytestmark = pytest.mark.django_db


def test_the_schedule_takes_28_hours_and_a_tenth_more_at_most() -> None:
    assert sum(DELAYS, timedelta()) == GIVE_UP_AFTER == timedelta(hours=28)
    assert list(DELAYS) == sorted(DELAYS)
    for attempts, delay in enumerate(DELAYS, start=1):
        waits = [delay_after(attempts) for _ in range(50)]
        assert all(wait is not None and delay <= wait <= delay * 1.1 for wait in waits)
        assert len(set(waits)) > 1
    assert delay_after(len(DELAYS) + 1) is None


def test_the_first_failure_ends_the_turn_so_that_nothing_overtakes_it() -> None:
    webhook, _ = subscribe()
    rows, wire = publish_incidents(3), Wire(500)
    assert deliver(wire) == 1
    assert wire.ids == ids_of(webhook, rows[:1])
    message = WebhookMessage.objects.get(seq=rows[0])
    assert (message.state, message.attempts) == ("pending", 1)
    assert timedelta(seconds=4) < message.due_at - timezone.now() <= timedelta(seconds=5.5)
    attempt = WebhookAttempt.objects.get()
    assert (attempt.status, attempt.fault, attempt.duration_ms) == (500, "status", 31)


@pytest.mark.parametrize(
    ("asked", "least"),
    [(timedelta(hours=1), timedelta(hours=1)), (timedelta(seconds=1), DELAYS[0]), (timedelta(days=400), LONGEST_WAIT)],
    ids=["later", "sooner than the schedule", "for ever"],
)
def test_a_receiver_that_asks_for_time_is_given_some(asked: timedelta, least: timedelta) -> None:
    subscribe()
    publish_incidents(1)
    deliver(lambda _: Outcome.answered(503, 31, wait=asked))
    waits = WebhookMessage.objects.get().due_at - timezone.now()
    assert least - timedelta(seconds=5) < waits <= least * 1.1


def give_up(wire: Wire) -> None:
    """Fail until the subscription is paused."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(len(DELAYS) + 1):
            deliver(wire)
            clock.shift(max(DELAYS) * 1.2)


def test_after_the_last_attempt_it_is_paused_with_a_reason_and_resumed_where_it_stood() -> None:
    webhook, _ = subscribe()
    rows, wire = publish_incidents(2), Wire(503)
    give_up(wire)
    webhook.refresh_from_db()
    assert len(wire.sent) == len(DELAYS) + 1
    assert webhook.state == "paused"
    assert webhook.state_reason.endswith("was not taken in 8 attempts; the last one: 503.")
    entry = AuditEntry.objects.get(object_id=str(webhook.public_id), action="change")
    assert entry.reason == webhook.state_reason
    assert '"state":"paused"' in str(AuditValues.objects.get(entry=entry).values)
    rows += publish_incidents(2)
    assert deliver(wire) == 0
    wire.status, wire.sent = 204, []
    webhooks.resume(webhook)
    deliver(wire)
    assert wire.ids == ids_of(webhook, rows)


def test_a_receiver_that_answers_410_is_not_asked_again() -> None:
    webhook, _ = subscribe()
    publish_incidents(1)
    deliver(Wire(410))
    webhook.refresh_from_db()
    assert (webhook.state, webhook.state_reason) == (
        "paused",
        "The receiver answered 410: it wants no more messages.",
    )


def test_an_error_of_ours_counts_as_an_attempt_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    _, secret = subscribe()
    publish_incidents(1)

    def broken(_: Outgoing) -> Outcome:
        raise ZeroDivisionError

    assert deliver_next(broken) == delivering.Round(delivered=0, failed=1)
    assert WebhookAttempt.objects.get().fault == "internal"
    assert "could not be sent" in caplog.text
    assert secret not in caplog.text


def test_one_that_fails_does_not_hold_up_the_others() -> None:
    subscribe(url="https://bad.example.org/")
    good, _ = subscribe()
    rows = publish_incidents(3)
    sent: list[str] = []

    def send(outgoing: Outgoing) -> Outcome:
        sent.append(outgoing.url)
        return Outcome.answered(500 if "bad" in outgoing.url else 200, 1)

    while deliver_next(send) is not None:
        pass
    assert sent.count("https://bad.example.org/") == 1
    assert WebhookMessage.objects.filter(webhook=good, state="delivered").count() == len(rows)


def test_while_somebody_delivers_nobody_else_takes_the_same_subscription_until_the_lease_runs_out() -> None:
    subscribe()
    publish_incidents(1)
    wire, others = Wire(), list[Any]()
    wire.meanwhile = lambda: others.append(deliver_next(Wire()))
    deliver(wire)
    assert others == [None]
    Webhook.objects.update(lease="3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f", leased_until=timezone.now() + delivering.LEASE)
    publish_incidents(1)
    assert deliver_next(wire) is None
    with time_machine.travel(timezone.now() + delivering.LEASE * 1.1):
        assert deliver_next(wire) == delivering.Round(delivered=1, failed=0)


def test_who_lost_the_lease_writes_the_attempt_down_and_decides_nothing() -> None:
    subscribe()
    publish_incidents(1)
    wire = Wire(500)
    wire.meanwhile = lambda: Webhook.objects.update(lease="3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f")
    deliver_next(wire)
    message = WebhookMessage.objects.get()
    assert (message.attempts, message.deliveries.count()) == (0, 1)


def test_paused_in_the_middle_it_stops_after_the_message_under_way() -> None:
    webhook, _ = subscribe()
    rows = publish_incidents(3)
    wire = Wire()
    wire.meanwhile = lambda: webhooks.pause(webhook, reason="Moving house.")
    deliver(wire)
    assert wire.ids == ids_of(webhook, rows[:1])
    assert sorted(WebhookMessage.objects.values_list("state", flat=True)) == ["delivered", "held", "held"]
    wire.meanwhile = lambda: None
    webhooks.resume(webhook)
    deliver(wire)
    assert wire.ids == ids_of(webhook, rows)


@pytest.mark.parametrize("status", [204, 410, 500])
def test_a_message_under_way_while_the_address_changes_goes_to_the_new_one_at_once(status: int) -> None:
    webhook, _ = subscribe()
    rows = publish_incidents(1)
    sent: list[tuple[str, str]] = []

    def send(outgoing: Outgoing) -> Outcome:
        sent.append((outgoing.url, outgoing.headers["webhook-id"]))
        if len(sent) > 1:
            return Outcome.answered(204, 1)
        webhooks.change(webhook, name="We", url="https://new.example.org/", kinds=[], events=[])
        return Outcome.answered(status, 1)

    deliver(send)
    (own,) = ids_of(webhook, rows)
    assert sent == [(URL, own), ("https://new.example.org/", own)]
    message = WebhookMessage.objects.get()
    assert (message.state, message.attempts, message.deliveries.count()) == ("delivered", 1, 2)
    webhook.refresh_from_db()
    assert webhook.state == "active"


def test_what_the_desk_disabled_meanwhile_is_not_paused_for_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    webhook, _ = subscribe()
    publish_incidents(1)

    def unreadable(_: str) -> str:
        webhooks.disable(webhook, reason="Their host was taken over.")
        raise SealError("rotate the secret")

    monkeypatch.setattr(delivering, "unseal", unreadable)
    deliver(Wire())
    webhook.refresh_from_db()
    assert (webhook.state, webhook.state_reason) == ("disabled", "Their host was taken over.")


def test_who_lost_the_lease_pauses_nothing_for_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    webhook, _ = subscribe()
    publish_incidents(1)

    def unreadable(_: str) -> str:
        Webhook.objects.update(lease="3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f")
        raise SealError("rotate the secret")

    monkeypatch.setattr(delivering, "unseal", unreadable)
    deliver_next(Wire())
    webhook.refresh_from_db()
    assert webhook.state == "active"


def test_an_organisation_that_is_not_active_is_told_nothing() -> None:
    subscribe(organisation=an_organisation(active=False))
    publish_incidents(1)
    assert deliver_next(Wire()) is None


def test_during_a_rotation_both_secrets_sign_and_afterwards_only_the_new_one() -> None:
    webhook, old = subscribe()
    wire = Wire()
    _, new = webhooks.rotate(webhook)
    publish_incidents(1)
    deliver(wire)
    for secret in (old, new):
        assert Signer(secret).verify(wire.sent[0].body, dict(wire.sent[0].headers))
    publish_incidents(1)
    with time_machine.travel(timezone.now() + webhooks.OVERLAP + timedelta(seconds=1)):
        deliver(wire)
        assert Signer(new).verify(wire.sent[1].body, dict(wire.sent[1].headers))
    assert len(wire.sent[1].headers["webhook-signature"].split()) == 1


def test_a_secret_that_cannot_be_read_pauses_the_subscription_and_a_rotation_mends_it() -> None:
    webhook, _ = subscribe()
    rows, wire = publish_incidents(1), Wire()
    with override_settings(SECRET_KEY="another key of fifty characters, 0123456789, or more"):
        deliver(wire)
        webhook.refresh_from_db()
        assert (webhook.state, wire.sent) == ("paused", [])
        assert "rotate the secret" in webhook.state_reason
        _, secret = webhooks.rotate(webhook)
        webhooks.resume(webhook)
        deliver(wire)
    assert wire.ids == ids_of(webhook, rows)
    assert Signer(secret).verify(wire.sent[0].body, dict(wire.sent[0].headers))


def test_a_turn_is_looked_for_with_a_constant_number_of_queries() -> None:
    for _ in range(3):
        subscribe()
    with CaptureQueriesContext(connection) as few:
        assert deliver_next(Wire()) is None
    for _ in range(20):
        subscribe()
    WebhookMessageFactory(state="delivered")
    with CaptureQueriesContext(connection) as many:
        assert deliver_next(Wire()) is None
    assert len(many) == len(few) == 2


def test_an_organisation_that_is_switched_off_is_told_nothing_more_of_the_turn_under_way() -> None:
    webhook, _ = subscribe()
    publish_incidents(3)
    wire = Wire()
    wire.meanwhile = lambda: Organisation.objects.filter(pk=webhook.organisation_id).update(active=False)
    deliver(wire)
    assert len(wire.sent) == 1
    Organisation.objects.filter(pk=webhook.organisation_id).update(active=True)
    wire.meanwhile = lambda: None
    deliver(wire)
    assert len(wire.sent) == 3
