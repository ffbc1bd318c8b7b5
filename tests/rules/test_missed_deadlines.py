"""That an inquiry has missed its day is told once, to whoever asked for it, when the day turns or it becomes known."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine

from incidents.models import Investigation, Webhook, WebhookMessage
from incidents.rules.delivery import webhooks
from incidents.rules.delivery.missed import Watch
from incidents.rules.publication import publishing
from tests.factories import DeadlineFactory, InvestigationEventFactory, InvestigationFactory
from tests.webhooks import Wire, deliver, subscribe

pytestmark = pytest.mark.django_db
MISSED = "investigation.deadline_missed"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The last moment of the day on which the commission of the founding case was to report."""
    with time_machine.travel("2025-04-08 23:59:59+00:00", tick=False) as moved:
        yield moved


def an_inquiry(due_on: date = date(2025, 4, 8)) -> Investigation:
    """Announced on 9 March 2025, published, due on 8 April."""
    inquiry: Investigation = InvestigationFactory()
    set_by = InvestigationEventFactory(investigation=inquiry)
    DeadlineFactory(investigation=inquiry, set_by=set_by, due_on=due_on)
    publishing.publish([inquiry])
    return inquiry


def told(webhook: Webhook) -> list[dict[str, Any]]:
    """The events of missed deadlines that wait for a subscription, or went to it."""
    return [each.payload for each in WebhookMessage.objects.filter(webhook=webhook, event=MISSED).order_by("pk")]


def test_it_is_told_once_when_the_day_is_over(clock: time_machine.Traveller, settings: Any) -> None:
    settings.SITE_URL = "https://data.example.org"
    inquiry, (webhook, _), watch = an_inquiry(), subscribe(), Watch()
    assert watch.look() == 0
    clock.shift(1)
    assert (watch.look(), watch.look()) == (1, 0)
    (event,) = told(webhook)
    assert event == {
        "type": MISSED,
        "timestamp": "2025-04-09T00:00:00.000000Z",
        "data": {
            "kind": "investigation",
            "id": str(inquiry.public_id),
            "version": 1,
            "due_on": "2025-04-08",
            "url": f"https://data.example.org/api/v1/investigations/{inquiry.public_id}/",
        },
    }
    clock.shift(86_400)
    assert (watch.look(), Watch().look()) == (0, 0), "not on every day that follows, and by no other worker"


def test_it_goes_out_signed_like_any_other(clock: time_machine.Traveller) -> None:
    an_inquiry()
    subscribe()
    clock.shift(1)
    Watch().look()
    wire = Wire()
    deliver(wire)
    assert [json.loads(each.body)["type"] for each in wire.sent] == [MISSED]


@pytest.mark.parametrize("kind", ["report_submitted", "closed", "lapsed"])
def test_who_reported_or_came_to_an_end_misses_nothing(clock: time_machine.Traveller, kind: str) -> None:
    inquiry, watch = an_inquiry(), Watch()
    InvestigationEventFactory(investigation=inquiry, kind=kind, on=date(2025, 4, 8))
    publishing.publish([inquiry])
    clock.shift(1)
    assert watch.look() == 0


def test_what_is_not_published_is_told_to_nobody(clock: time_machine.Traveller) -> None:
    inquiry: Investigation = InvestigationFactory()
    DeadlineFactory(investigation=inquiry, set_by=InvestigationEventFactory(investigation=inquiry))
    clock.shift(1)
    assert Watch().look() == 0
    published = an_inquiry(date(2025, 6, 1))
    DeadlineFactory(investigation=published, due_on=date(2025, 4, 8))
    assert Watch().look() == 0, "the day that binds is the one that was published"


def test_an_extension_that_is_missed_is_told_too(clock: time_machine.Traveller) -> None:
    inquiry, (webhook, _), watch = an_inquiry(), subscribe(), Watch()
    clock.shift(1)
    assert watch.look() == 1
    extended = InvestigationEventFactory(investigation=inquiry, kind="extended", on=date(2025, 4, 9))
    DeadlineFactory(investigation=inquiry, set_by=extended, due_on=date(2025, 7, 9))
    publishing.publish([inquiry])
    assert watch.look() == 0
    clock.move_to("2025-07-10 00:00:00+00:00")
    assert watch.look() == 1
    assert [(each["data"]["due_on"], each["data"]["version"]) for each in told(webhook)] == [
        ("2025-04-08", 1), ("2025-07-09", 2),
    ]  # fmt: skip


def test_one_that_is_published_late_is_told_when_it_is(clock: time_machine.Traveller) -> None:
    clock.move_to("2025-07-10 00:00:00+00:00")
    subscribe()
    watch = Watch()
    assert watch.look() == 0
    an_inquiry()
    assert (watch.look(), watch.look()) == (1, 0)


def test_it_is_told_to_whoever_asked_for_it_and_to_nobody_else(clock: time_machine.Traveller) -> None:
    an_inquiry()
    asked = {
        name: subscribe(**{"name": name} | values)[0]
        for name, values in {
            "all": {},
            "it": {"events": [MISSED]},
            "inquiries": {"kinds": ["investigation"]},
            "others": {"events": ["publication.published"]},
            "incidents": {"kinds": ["incident"]},
        }.items()
    }
    webhooks.pause(asked["it"], reason="Moving house.")
    clock.shift(1)
    assert Watch().look() == 1
    assert [name for name, webhook in asked.items() if told(webhook)] == ["all", "it", "inquiries"]
    wire = Wire()
    deliver(wire)
    sent = {WebhookMessage.objects.get(message_id=each).webhook for each in wire.ids}
    assert sent == {asked["all"], asked["inquiries"]}, "who is stopped is told when it is resumed"
    late, _ = subscribe()
    clock.shift(86_400)
    assert (Watch().look(), told(late)) == (0, []), "who subscribes later reads it in the investigation"


def test_it_can_be_sent_again_like_what_is_not_in_the_log(clock: time_machine.Traveller) -> None:
    an_inquiry()
    subscribe()
    clock.shift(1)
    Watch().look()
    wire = Wire()
    deliver(wire)
    webhooks.resend(WebhookMessage.objects.get(event=MISSED))
    deliver(wire)
    assert len(set(wire.ids)) == 1
    assert len(wire.ids) == 2


def test_many_are_looked_at_in_pieces(clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("incidents.rules.delivery.missed.AT_ONCE", 2)
    for _ in range(5):
        an_inquiry()
    clock.shift(1)
    assert Watch().look() == 5
