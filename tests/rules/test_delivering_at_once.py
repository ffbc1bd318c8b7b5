"""Several workers under real commits: each message once and in order, and a receiver that hangs holds up itself alone.

The fixture `commits` must be set up before the database, so this module has no mark of its own.
"""

import threading
from collections import defaultdict

import pytest
from django.db import connection, transaction

from incidents.models import Webhook, WebhookMessage
from incidents.rules.delivery import webhooks
from incidents.rules.delivery.delivering import Outcome, Outgoing, deliver_next
from incidents.rules.delivery.missed import Watch
from incidents.rules.publication.publishing import publish
from tests.factories import DeadlineFactory, InvestigationEventFactory
from tests.webhooks import SUBMISSION, an_organisation, ids_of, publish_incidents, subscribe

WORKERS, GOOD = 4, 6
HANGS = "https://hangs.example.org/"


def work(wire: "Wire", failed: list[BaseException]) -> None:
    try:
        while deliver_next(wire) is not None:
            pass
    except Exception as error:  # noqa: BLE001 - whatever a thread dies of fails the test
        failed.append(error)
    finally:
        connection.close()


class Wire:
    """Keeps what was sent where; one address hangs until the others have everything, and then fails."""

    def __init__(self, others: int = 0) -> None:
        self.sent: defaultdict[str, list[str]] = defaultdict(list)
        self.held_up: list[str] = []
        self._left = others
        self._counting = threading.Condition()

    def __call__(self, outgoing: Outgoing) -> Outcome:
        self.sent[outgoing.url].append(outgoing.headers["webhook-id"])
        with self._counting:
            if outgoing.url == HANGS:
                if not self._counting.wait_for(lambda: self._left <= 0, timeout=60):
                    self.held_up.append(outgoing.url)
                return Outcome.answered(504, 60_000)
            self._left -= 1
            self._counting.notify_all()
        return Outcome.answered(204, 1)


def at_once(wire: Wire) -> None:
    failed: list[BaseException] = []
    threads = [threading.Thread(target=work, args=(wire, failed)) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_four_workers_deliver_each_message_once_in_order_and_one_that_hangs_holds_up_nobody() -> None:
    subscribe(url=HANGS)
    good = [subscribe(url=f"https://good{number}.example.org/")[0] for number in range(GOOD)]
    rows = publish_incidents(60)
    wire = Wire(others=GOOD * len(rows))
    at_once(wire)
    for webhook in good:
        assert wire.sent[webhook.url] == ids_of(webhook, rows)
    assert (len(wire.sent[HANGS]), wire.held_up) == (1, [])


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_a_message_is_queued_while_its_subscription_is_delivered_to_and_none_is_lost() -> None:
    organisation = an_organisation()
    webhook, _ = subscribe(organisation=organisation, events=["submission.changed"])
    queued = threading.Event()

    def queue_more() -> None:
        try:
            for version in range(1, 41):
                with transaction.atomic():
                    webhooks.notify_organisation(
                        organisation, "submission.changed", [SUBMISSION | {"version": version}]
                    )
        finally:
            queued.set()
            connection.close()

    wire = Wire()
    thread = threading.Thread(target=queue_more)
    thread.start()
    while not queued.is_set():
        at_once(wire)
    thread.join()
    at_once(wire)
    versions = dict(WebhookMessage.objects.values_list("message_id", "payload__data__version"))
    assert [versions[each] for each in wire.sent[webhook.url]] == list(range(1, 41))


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_workers_that_look_at_once_tell_of_each_missed_day_once() -> None:
    subscribe()
    for _ in range(8):
        inquiry = DeadlineFactory().investigation
        InvestigationEventFactory(investigation=inquiry)
        publish([inquiry])
    ready, told = threading.Barrier(WORKERS), list[int]()

    def look() -> None:
        try:
            ready.wait()
            told.append(Watch().look())
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(told), sum(told)) == (WORKERS, 8)
    assert WebhookMessage.objects.filter(event="investigation.deadline_missed").count() == 8


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_what_is_queued_while_its_subscription_is_resumed_is_delivered() -> None:
    organisation = an_organisation()
    webhook, _ = subscribe(organisation=organisation, events=["submission.changed"])
    webhooks.pause(webhook, reason="Moving house.")
    with transaction.atomic():
        webhooks.notify_organisation(organisation, "submission.changed", [SUBMISSION])
        resumed = threading.Thread(target=resume, args=(webhook,))
        resumed.start()
        resumed.join()
    wire = Wire()
    at_once(wire)
    assert len(wire.sent[webhook.url]) == 1


def resume(webhook: Webhook) -> None:
    try:
        webhooks.resume(webhook)
    finally:
        connection.close()
