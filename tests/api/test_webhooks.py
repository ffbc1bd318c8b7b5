"""The webhooks of the OpenAPI document: what is sent reads as it says, and no event is missing from it.

What the whole document promises is in tests/contract/test_openapi.py.
"""

import json
from functools import lru_cache
from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate

from incidents.api.contract import as_yaml, generate, older
from incidents.choices import WebhookEvent
from incidents.rules.delivery import webhooks
from incidents.rules.delivery.missed import Watch
from incidents.rules.publication import publishing
from incidents.rules.sameness import merging
from tests.factories import ClaimFactory, DeadlineFactory, IncidentFactory, InvestigationEventFactory
from tests.webhooks import SUBMISSION, Receiver, Wire, an_organisation, deliver, listening, subscribe, subscribed


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The document as the code has it now."""
    found: dict[str, Any] = json.loads(json.dumps(generate("v1")))
    return found


def faults(event: dict[str, Any]) -> list[str]:
    """What of an event the document does not describe; objects are closed."""
    components = document()["components"]
    for schema in components["schemas"].values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    body = document()["webhooks"][event["type"]]["post"]["requestBody"]["content"]["application/json"]["schema"]
    checked = Draft202012Validator(
        {**body, "components": components}, format_checker=FormatChecker(["date-time", "uuid"])
    )
    return [error.message for error in checked.iter_errors(event)]


def test_it_works() -> None:
    assert set(document()["webhooks"]) == set(WebhookEvent.values)
    validate(document())
    assert "webhooks" not in older(document())
    assert "&id" not in as_yaml(generate("v1"))


def test_every_header_that_is_sent_is_described() -> None:
    for name, item in document()["webhooks"].items():
        headers = {each["name"] for each in item["post"]["parameters"] if each["in"] == "header" and each["required"]}
        assert headers == {"webhook-id", "webhook-timestamp", "webhook-signature"}, name


@pytest.mark.django_db
def test_what_is_sent_reads_as_the_document_says() -> None:
    organisation = an_organisation()
    subscribe(organisation=organisation)
    survivor, absorbed, secret = IncidentFactory.create_batch(3)
    for incident in (survivor, absorbed, secret):
        ClaimFactory(incident=incident)
    publishing.publish([survivor, absorbed, secret])
    merging.merge(survivor, absorbed, reason="The same killing.", by=None)
    publishing.redact(secret, reason="It named a witness.")
    publishing.withdraw(survivor, reason_code="correction", reason="Counted twice.")
    webhooks.notify_organisation(organisation, "submission.changed", [SUBMISSION])
    inquiry = DeadlineFactory().investigation
    InvestigationEventFactory(investigation=inquiry)
    publishing.publish([inquiry])
    assert Watch().look() == 1
    wire = Wire()
    deliver(wire)
    events = [json.loads(each.body) for each in wire.sent]
    assert {event["type"] for event in events} == set(WebhookEvent.values)
    assert [fault for event in events for fault in faults(event)] == []
    broken = events[0] | {"data": events[0]["data"] | {"title": "Killing at Tuwaym"}}
    assert faults(broken) != []


@pytest.mark.django_db
def test_the_address_in_an_event_answers_as_the_event_says(client: Client, settings: Any) -> None:
    from incidents.exchange.deliveries import Sender

    settings.WEBHOOK_LOOPBACK = True
    incident, gone = IncidentFactory.create_batch(2)
    with listening(Receiver()) as receiver:
        subscribed(receiver, kinds=["incident"])
        publishing.publish([incident, gone])
        publishing.withdraw(gone, reason_code="correction", reason="Counted twice.")
        deliver(Sender())
    last = {each.event["data"]["id"]: each.event for each in receiver.taken}
    statuses = {}
    for event in last.values():
        path = event["data"]["url"].removeprefix(settings.SITE_URL)
        statuses[event["type"]] = client.get(path).status_code
    assert statuses == {"publication.published": 200, "publication.withdrawn": 410}
