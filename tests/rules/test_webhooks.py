"""Subscriptions: what they are told and in which order, who stops them and who lets them go on, and from where.

The sender here is a function of the test; attempts and their schedule are test_delivering.py's.
"""

import json
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import resolve as route_of
from django.utils import timezone
from standardwebhooks import Webhook as Signer

from incidents import choices
from incidents.documents.webhooks import EVENT_OF
from incidents.models import Webhook, WebhookMessage
from incidents.rules.delivery import outbox, webhooks
from incidents.rules.delivery.delivering import deliver_next
from incidents.rules.delivery.webhooks import WebhookError
from incidents.rules.publication import publishing
from incidents.rules.trail.log import canonical
from tests.factories import IncidentFactory, SourceFactory, UserFactory
from tests.webhooks import SUBMISSION, URL, Wire, an_organisation, deliver, ids_of, publish_incidents, subscribe

pytestmark = pytest.mark.django_db


def test_it_works() -> None:
    webhook, secret = subscribe()
    rows, wire = publish_incidents(2), Wire()
    deliver(wire)
    assert wire.ids == ids_of(webhook, rows)
    event = Signer(secret).verify(wire.sent[0].body, dict(wire.sent[0].headers))
    assert (event["type"], event["data"]["seq"], wire.sent[0].url) == ("publication.published", rows[0], URL)
    assert set(WebhookMessage.objects.values_list("state", flat=True)) == {"delivered"}


def test_a_subscription_begins_with_what_is_published_from_now_on_or_after_a_row_of_the_log() -> None:
    rows, wire = publish_incidents(3), Wire()
    subscribe()
    later, _ = subscribe(after=rows[0])
    deliver(wire)
    assert wire.ids == ids_of(later, rows[1:])
    with pytest.raises(WebhookError, match=f"write a number from 0 to {rows[-1]}"):
        subscribe(after=rows[-1] + 1)


def test_publishing_inserts_nothing_for_any_number_of_subscriptions() -> None:
    incidents = IncidentFactory.create_batch(2)
    for _ in range(3):
        subscribe()
    with CaptureQueriesContext(connection) as captured:
        publishing.publish(incidents)
    assert [query["sql"] for query in captured.captured_queries if "webhook" in query["sql"]] == []


def test_an_event_holds_ids_and_a_link_and_nothing_else() -> None:
    subscribe()
    incident, source = IncidentFactory(), SourceFactory()
    publishing.publish([incident, source], reason="Seen by nobody else.")
    publishing.withdraw(incident, reason_code="correction", reason="Counted twice.")
    wire = Wire()
    deliver(wire)
    events = [json.loads(each.body) for each in wire.sent]
    assert {event["type"] for event in events} == {"publication.published", "publication.withdrawn"}
    for event in events:
        assert set(event) == {"type", "timestamp", "data"}
        assert set(event["data"]) == {"kind", "id", "version", "seq", "operation", "url"}
        path = event["data"]["url"].partition("/api/")[2]
        assert route_of(f"/api/{path}").kwargs["id"]
    assert b"Counted twice" not in b"".join(each.body for each in wire.sent)


def test_only_the_kinds_and_events_that_were_asked_for_are_told() -> None:
    of_sources, _ = subscribe(kinds=["source"])
    of_ends, _ = subscribe(events=["publication.withdrawn"])
    incident = IncidentFactory()
    publishing.publish([incident, SourceFactory()])
    publishing.withdraw(incident, reason_code="correction", reason="Counted twice.")
    deliver(Wire())
    told = WebhookMessage.objects.order_by("seq").values_list("webhook", "event", "payload__data__kind")
    assert set(told) == {
        (of_sources.pk, "publication.published", "source"),
        (of_ends.pk, "publication.withdrawn", "incident"),
    }
    assert {webhook.seq for webhook in Webhook.objects.all()} == {outbox.head_seq()}


def test_ten_thousand_rows_are_derived_a_hundred_at_a_time() -> None:
    webhook, _ = subscribe()
    rows = publish_incidents(outbox.AT_ONCE + 20)
    assert outbox.derive(webhook, timezone.now()) == outbox.AT_ONCE
    assert Webhook.objects.get().seq == rows[outbox.AT_ONCE - 1]
    wire = Wire()
    assert deliver(wire) > 1
    assert wire.ids == ids_of(webhook, rows)


def test_what_the_desk_disabled_only_the_desk_enables() -> None:
    webhook, _ = subscribe()
    webhooks.disable(webhook, reason="Nobody answers our letters.")
    with pytest.raises(WebhookError, match="only the desk can enable it"):
        webhooks.resume(webhook)
    with pytest.raises(WebhookError, match="disabled it already"):
        webhooks.pause(webhook, reason="Moving house.")
    rows, wire = publish_incidents(1), Wire()
    assert deliver(wire) == 0
    assert webhooks.enable(webhook).state_reason == ""
    deliver(wire)
    assert wire.ids == ids_of(webhook, rows)


def test_stopping_takes_a_reason() -> None:
    webhook, _ = subscribe()
    for reason in ("", "  ", "\u200b", "x" * 501):
        with pytest.raises(WebhookError, match="Write the reason"):
            webhooks.pause(webhook, reason=reason)
    with pytest.raises(WebhookError, match=r"U\+202E"):
        webhooks.disable(webhook, reason="gnivoM \u202e")
    assert webhooks.pause(webhook, reason="Moving house.").state == "paused"


def test_one_message_is_sent_again_under_its_id() -> None:
    webhook, _ = subscribe()
    rows, wire = publish_incidents(2), Wire()
    deliver(wire)
    webhooks.resend(WebhookMessage.objects.get(seq=rows[0]))
    deliver(wire)
    assert wire.ids == ids_of(webhook, [*rows, rows[0]])
    assert wire.sent[0].body == wire.sent[2].body


def test_one_that_waits_is_tried_at_once_when_it_is_sent_again() -> None:
    subscribe()
    publish_incidents(1)
    wire = Wire(500)
    deliver(wire)
    assert webhooks.resend(WebhookMessage.objects.get()).attempts == 1
    wire.status = 200
    assert deliver(wire) == 1


def test_nothing_is_sent_again_to_a_webhook_that_is_stopped() -> None:
    webhook, _ = subscribe()
    publish_incidents(1)
    deliver(Wire())
    webhooks.pause(webhook, reason="Moving house.")
    with pytest.raises(WebhookError, match=r"paused \(Moving house\.\); resume it first"):
        webhooks.resend(WebhookMessage.objects.get())


def test_everything_from_a_row_on_is_sent_again_in_order_under_the_same_ids() -> None:
    webhook, _ = subscribe()
    rows, wire = publish_incidents(3), Wire()
    deliver(wire)
    wire.status = 500
    rows += publish_incidents(3)
    deliver(wire)
    wire.status, wire.sent = 200, []
    webhooks.resend_from(webhook, seq=rows[1])
    with pytest.raises(WebhookError, match="waits for its turn already"):
        webhooks.resend(WebhookMessage.objects.get(seq=rows[4]))
    webhooks.pause(webhook, reason="Moving house.")
    webhooks.resume(webhook)
    deliver(wire)
    assert wire.ids == ids_of(webhook, rows[1:])
    for seq in (0, outbox.head_seq() + 1):
        with pytest.raises(WebhookError, match="write a number from 1 to"):
            webhooks.resend_from(webhook, seq=seq)


def test_narrowed_and_set_back_it_is_not_told_of_what_it_is_no_longer_about() -> None:
    webhook, _ = subscribe()
    rows, wire = publish_incidents(3), Wire(500)
    deliver(wire)
    webhook = webhooks.change(webhook, name="Us", url=URL, kinds=["source"], events=[])
    webhooks.resend_from(webhook, seq=rows[0])
    wire.status, wire.sent = 200, []
    deliver(wire)
    for _ in range(2):
        webhooks.pause(webhook, reason="Moving house.")
        webhooks.resume(webhook)
        deliver(wire)
    assert wire.sent == []
    passed = WebhookMessage.objects.get(seq=rows[1])
    assert passed.state == "failed"
    webhooks.resend(passed)
    deliver(wire)
    assert wire.ids == ids_of(webhook, rows[1:2]), "whoever asks for one by its id"


def test_widened_again_and_set_back_it_is_told_in_order() -> None:
    webhook, _ = subscribe()
    rows, wire = publish_incidents(3), Wire(500)
    deliver(wire)
    webhook = webhooks.change(webhook, name="Us", url=URL, kinds=["source"], events=[])
    webhook = webhooks.resend_from(webhook, seq=rows[0])
    wire.status, wire.sent = 200, []
    deliver(wire)
    webhook = webhooks.change(webhook, name="Us", url=URL, kinds=[], events=[])
    rows += publish_incidents(2)
    webhooks.pause(webhook, reason="Moving house.")
    webhook = webhooks.resume(webhook)
    deliver(wire)
    assert wire.ids == ids_of(webhook, rows[3:]), "what was passed over is older"
    wire.sent = []
    webhooks.resend_from(webhook, seq=rows[0])
    deliver(wire)
    assert wire.ids == ids_of(webhook, rows)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": ""}, "Give it a name"),
        ({"name": "x" * 101}, "Give it a name"),
        ({"name": "\u200b"}, "Give it a name"),
        ({"name": "our \u202earchive"}, r"It holds U\+202E"),
        ({"events": ["publication.published"] * 2}, r"publication\.published stands twice"),
        ({"kinds": ["incident", "source", "incident"]}, "incident stands twice"),
        ({"url": "http://hooks.example.org/"}, "Only https://"),
        ({"url": "https://127.0.0.1/"}, "Write the name of the host"),
        ({"kinds": ["rumour"]}, "Write a list of these: incident"),
        ({"events": ["publication.*"]}, "Write a list of these: publication.published"),
        ({"events": [["publication.published"]]}, "Write a list of these"),
    ],
)
def test_a_subscription_that_cannot_be_is_refused_with_what_to_write(values: dict[str, Any], said: str) -> None:
    with pytest.raises(WebhookError, match=said):
        subscribe(**values)
    webhook, _ = subscribe()
    with pytest.raises(WebhookError, match=said):
        webhooks.change(webhook, **{"name": "Us", "url": URL, "kinds": [], "events": []} | values)


def test_a_new_address_gets_what_is_queued_already_and_at_once() -> None:
    webhook, _ = subscribe(by=UserFactory())
    publish_incidents(1)
    wire = Wire(500)
    deliver(wire)
    changed = webhooks.change(webhook, name="We", url="https://new.example.org/", kinds=["incident"], events=[])
    wire.status = 204
    deliver(wire)
    assert changed.version == 2
    assert [each.url for each in wire.sent] == [URL, "https://new.example.org/"]
    assert len(set(wire.ids)) == 1


def test_an_organisation_has_ten_subscriptions_at_most() -> None:
    organisation = an_organisation()
    for _ in range(webhooks.MOST):
        subscribe(organisation=organisation)
    with pytest.raises(WebhookError, match="the most it may have"):
        subscribe(organisation=organisation)


def test_an_organisation_is_told_of_its_submissions_and_nobody_else_is() -> None:
    organisation = an_organisation()
    webhook, secret = subscribe(organisation=organisation)
    subscribe(organisation=organisation, events=["publication.published"])
    subscribe()
    assert webhooks.notify_organisation(organisation, "submission.changed", [SUBMISSION]) == 1
    wire = Wire()
    deliver(wire)
    event = Signer(secret).verify(wire.sent[0].body, dict(wire.sent[0].headers))
    assert (event["type"], event["data"]) == ("submission.changed", SUBMISSION)
    assert wire.sent[0].body == canonical(WebhookMessage.objects.get(webhook=webhook).payload).encode()


def test_what_is_told_while_it_is_paused_waits() -> None:
    organisation = an_organisation()
    webhook, _ = subscribe(organisation=organisation)
    webhooks.pause(webhook, reason="Moving house.")
    webhooks.notify_organisation(organisation, "submission.changed", [SUBMISSION])
    wire = Wire()
    deliver(wire)
    assert wire.sent == []
    webhooks.resume(webhook)
    deliver(wire)
    assert len(wire.sent) == 1


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("publication.published", SUBMISSION),
        ("rumour", SUBMISSION),
        ("submission.changed", {}),
        ("submission.changed", SUBMISSION | {"state": "x" * 41}),
    ],
)
def test_an_event_that_the_contract_does_not_know_is_refused(event: str, payload: dict[str, Any]) -> None:
    with pytest.raises(WebhookError):
        webhooks.notify_organisation(an_organisation(), event, [payload])


def test_a_transaction_that_is_rolled_back_tells_nobody() -> None:
    organisation = an_organisation()
    subscribe(organisation=organisation)
    with transaction.atomic():
        publish_incidents(1)
        webhooks.notify_organisation(organisation, "submission.changed", [SUBMISSION])
        transaction.set_rollback(True)
    assert deliver_next(Wire()) is None


def test_every_operation_of_the_log_is_an_event() -> None:
    assert set(EVENT_OF) == set(choices.Operation.values)
