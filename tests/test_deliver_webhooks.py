"""The worker as it is run: until nothing is due, or until a signal ends it.

Several of them at once, which takes real commits, are in tests/rules/test_delivering_at_once.py.
"""

import io
import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from incidents.management.commands import deliver_webhooks
from incidents.models import Webhook
from incidents.rules.delivery.delivering import deliver_next
from incidents.rules.publication.publishing import publish
from tests.factories import DeadlineFactory, InvestigationEventFactory
from tests.webhooks import Receiver, listening, publish_incidents, subscribed

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_LOOPBACK = True
    with listening(Receiver()) as running:
        yield running


def test_it_works(receiver: Receiver) -> None:
    subscribed(receiver)
    rows = publish_incidents(3)
    out = io.StringIO()
    call_command("deliver_webhooks", once=True, threads=1, stdout=out)
    assert receiver.seqs() == rows
    assert out.getvalue() == "3 messages delivered, 0 attempts failed.\n"


def test_it_tells_of_an_inquiry_that_missed_its_day(receiver: Receiver) -> None:
    subscribed(receiver, events=["investigation.deadline_missed"])
    inquiry = DeadlineFactory().investigation
    InvestigationEventFactory(investigation=inquiry)
    publish([inquiry])
    for expected in ("1 messages delivered", "0 messages delivered"):
        out = io.StringIO()
        call_command("deliver_webhooks", once=True, threads=1, stdout=out)
        assert out.getvalue().startswith(expected)
    assert [each.event["data"]["id"] for each in receiver.taken] == [str(inquiry.public_id)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_after_the_request_under_way(receiver: Receiver, number: signal.Signals) -> None:
    subscribed(receiver)
    rows = publish_incidents(3)
    answered = threading.Event()

    def answer() -> tuple[int, dict[str, str]]:
        os.kill(os.getpid(), number)
        answered.set()
        return 204, {}

    receiver.answer = answer
    before = signal.getsignal(number)
    out = io.StringIO()
    call_command("deliver_webhooks", threads=1, stdout=out)
    assert answered.is_set()
    assert receiver.seqs() == rows[:1]
    assert (out.getvalue(), signal.getsignal(number)) == ("", before)
    assert Webhook.objects.get().lease is None


def test_without_anything_to_do_it_waits_until_it_is_told_to_stop(receiver: Receiver) -> None:
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    call_command("deliver_webhooks", threads=1, stdout=io.StringIO())
    timer.join()
    assert receiver.requests == 0


def test_a_database_whose_one_writer_is_busy_is_waited_for(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    subscribed(receiver)
    rows = publish_incidents(1)
    deliver, busy = deliver_next, [OperationalError("database is locked")]

    def delivered_next(*args: Any, **kwargs: Any) -> Any:
        if busy:
            raise busy.pop()
        return deliver(*args, **kwargs)

    monkeypatch.setattr(deliver_webhooks, "deliver_next", delivered_next)
    monkeypatch.setattr(deliver_webhooks, "POLL_SECONDS", 0.01)

    def answer() -> tuple[int, dict[str, str]]:
        os.kill(os.getpid(), signal.SIGTERM)
        return 204, {}

    receiver.answer = answer
    if connection.vendor == "sqlite":
        call_command("deliver_webhooks", threads=1)
        assert receiver.seqs() == rows
    else:
        with pytest.raises(OperationalError):
            call_command("deliver_webhooks", threads=1)


@pytest.mark.parametrize("threads", ["0", "33", "many"])
def test_a_number_of_threads_that_cannot_be_is_refused(threads: str) -> None:
    with pytest.raises(CommandError):
        call_command("deliver_webhooks", "--once", f"--threads={threads}")
