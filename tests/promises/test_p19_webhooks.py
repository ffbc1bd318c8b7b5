"""P19: a receiver that is down for 24 hours loses nothing, and one that stays down is paused and not forgotten.

A real receiver on this machine verifies every signature; the clock is the test's, and everybody's in the process.
"""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction

from incidents.exchange.deliveries import Sender
from incidents.models import Webhook, WebhookAttempt, WebhookMessage
from incidents.rules.delivery import outbox, webhooks
from incidents.rules.delivery.delivering import DELAYS, GIVE_UP_AFTER, JITTER, Send, deliver_next
from tests.webhooks import SUBMISSION, Receiver, an_organisation, listening, publish_incidents, subscribed

pytestmark = pytest.mark.django_db
BEGIN = datetime(2025, 3, 9, 12, tzinfo=UTC)
STEP = timedelta(minutes=10)
Clock = Any


@pytest.fixture
def clock() -> Iterator[Clock]:
    with time_machine.travel(BEGIN, tick=False) as traveller:
        yield traveller


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_LOOPBACK = True
    with listening(Receiver()) as running:
        yield running


@pytest.fixture
def figures(full_profile: bool) -> int:
    """How many publications are made while the receiver is down."""
    return 1000 if full_profile else 100


def work(send: Send) -> None:
    """Take turns until nothing is due."""
    while deliver_next(send) is not None:
        pass


def let_pass(clock: Clock, period: timedelta, send: Send) -> None:
    """Let time pass while a worker looks every ten minutes."""
    for _ in range(period // STEP):
        clock.shift(STEP)
        work(send)


def down() -> tuple[int, dict[str, str]]:
    return 503, {}


def missing_or_late(receiver: Receiver, webhook: Webhook, rows: list[int]) -> list[str]:
    """What is wrong with what arrived: rows missing, out of order, or under another id than theirs."""
    faults = [f"{row} never arrived" for row in sorted(set(rows) - set(receiver.seqs()))]
    first = list(dict.fromkeys(receiver.seqs()))
    faults += [f"{after} arrived after {before}" for before, after in itertools.pairwise(first) if after < before]
    faults += [
        f"{each.seq} came as {each.id}" for each in receiver.taken if each.id != outbox.message_id(webhook, each.seq)
    ]
    return faults


def a_day_of_silence(clock: Clock, receiver: Receiver, count: int, send: Send) -> tuple[Webhook, list[int]]:
    """A receiver works, is down for 24 hours in which records are published, and comes back."""
    webhook = subscribed(receiver)
    rows = publish_incidents(2)
    work(send)
    receiver.answer = down
    for _ in range(4):
        rows += publish_incidents(count // 4)
        let_pass(clock, timedelta(hours=6), send)
    receiver.answer = lambda: (204, {})
    let_pass(clock, timedelta(hours=12), send)
    return webhook, rows


def test_a_receiver_down_for_24_hours_loses_nothing(
    clock: Clock, receiver: Receiver, figures: int, kept: Callable[[str, str], None]
) -> None:
    webhook, rows = a_day_of_silence(clock, receiver, figures, Sender())
    assert missing_or_late(receiver, webhook, rows) == []
    assert receiver.unsigned == 0
    assert Webhook.objects.get().state == "active"
    failed = WebhookAttempt.objects.exclude(fault="").count()
    assert failed >= 5
    kept("P19", f"0 of {len(rows)} messages lost, late or renamed after 24 h down and {failed} failed attempts")


def test_longer_down_it_is_paused_with_a_reason_keeps_everything_and_goes_on_where_it_stood(
    clock: Clock, receiver: Receiver, figures: int, kept: Callable[[str, str], None]
) -> None:
    webhook = subscribed(receiver)
    send = Sender()
    receiver.answer = down
    rows = publish_incidents(figures // 2)
    let_pass(clock, timedelta(hours=26), send)
    assert Webhook.objects.get().state == "active"
    # The worker finds each attempt due up to a step late.
    let_pass(clock, GIVE_UP_AFTER * (1 + JITTER) - timedelta(hours=26) + STEP * (len(DELAYS) + 1), send)
    webhook.refresh_from_db()
    assert (webhook.state, webhook.state_reason != "") == ("paused", True)
    asked = receiver.requests
    rows += publish_incidents(figures // 2)
    let_pass(clock, timedelta(days=2), send)
    assert receiver.requests == asked
    receiver.answer = lambda: (204, {})
    webhooks.resume(webhook)
    work(send)
    assert missing_or_late(receiver, webhook, rows) == []
    assert receiver.seqs() == rows
    kept("P19", f"paused after {asked} attempts in 28 h, then 0 of {len(rows)} messages lost")


def test_a_message_whose_answer_was_lost_comes_again_under_the_same_id(clock: Clock, receiver: Receiver) -> None:
    webhook = subscribed(receiver)
    rows = publish_incidents(3)
    wire = Sender()

    def cut_once(outgoing: Any) -> Any:
        outcome = wire(outgoing)
        return outcome if len(receiver.taken) != 2 else type(outcome)(None, "timeout", 10_000)

    work(cut_once)
    let_pass(clock, timedelta(hours=1), wire)
    assert receiver.seqs() == [rows[0], rows[1], rows[1], rows[2]]
    assert missing_or_late(receiver, webhook, rows) == []


def test_a_transaction_that_is_rolled_back_sends_nothing(clock: Clock, receiver: Receiver) -> None:
    organisation = an_organisation()
    subscribed(receiver, organisation=organisation)
    for kept_back in (True, False):
        with transaction.atomic():
            publish_incidents(1)
            webhooks.notify_organisation(organisation, "submission.changed", [SUBMISSION])
            transaction.set_rollback(kept_back)
        work(Sender())
        assert len(receiver.taken) == (0 if kept_back else 2)


def test_control_a_sender_that_takes_every_answer_for_success_loses_messages(
    clock: Clock, receiver: Receiver, figures: int
) -> None:
    wire = Sender()

    def fire_and_forget(outgoing: Any) -> Any:
        return type(wire(outgoing)).answered(200, 0)

    webhook, rows = a_day_of_silence(clock, receiver, figures, fire_and_forget)
    assert len(missing_or_late(receiver, webhook, rows)) >= figures


def one_failure(clock: Clock, receiver: Receiver, send: Send) -> list[str]:
    """What is wrong after the first of four messages was refused once."""
    answers = itertools.chain([503], itertools.repeat(204))
    receiver.answer = lambda: (next(answers), {})
    webhook = subscribed(receiver)
    rows = publish_incidents(4)
    work(send)
    let_pass(clock, timedelta(hours=1), send)
    return missing_or_late(receiver, webhook, rows)


def test_control_an_outbox_that_skips_what_failed_delivers_out_of_order(clock: Clock, receiver: Receiver) -> None:
    wire = Sender()

    def skipping(outgoing: Any) -> Any:
        outcome = wire(outgoing)
        if outcome.fault:
            failed = WebhookMessage.objects.filter(message_id=outgoing.headers["webhook-id"])
            failed.update(place=outbox.next_place(Webhook.objects.get()))
        return outcome

    assert any("arrived after" in fault for fault in one_failure(clock, receiver, skipping))


def test_one_refusal_holds_back_what_comes_after_it(clock: Clock, receiver: Receiver) -> None:
    assert one_failure(clock, receiver, Sender()) == []


def test_control_a_receiver_with_another_secret_notices(clock: Clock, receiver: Receiver) -> None:
    subscribed(receiver)
    receiver.secrets = [webhooks.new_secret()]
    publish_incidents(1)
    work(Sender())
    assert (receiver.unsigned, receiver.taken) == (1, [])
