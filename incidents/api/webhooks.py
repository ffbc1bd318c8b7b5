"""The `webhooks` of the OpenAPI document: what an organisation's receiver is sent, and how it should answer.

Events read as documents/webhooks.py says; subscriptions and deliveries are the rules'.
"""

from copy import deepcopy
from typing import Any

from drf_spectacular.plumbing import build_mocked_view
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from incidents.choices import WebhookEvent
from incidents.documents.webhooks import DeadlineEvent, PublicationEvent, SubmissionEvent

Schema = dict[str, Any]
TAG = "webhooks"
EVENTS: dict[str, tuple[type[serializers.Serializer[Any]], str]] = {
    WebhookEvent.PUBLISHED.value: (PublicationEvent, "A version of an object was published"),
    WebhookEvent.WITHDRAWN.value: (PublicationEvent, "An object was withdrawn: its address answers 410"),
    WebhookEvent.MERGED.value: (PublicationEvent, "An object was merged into another: its address answers 308"),
    WebhookEvent.REDACTED.value: (PublicationEvent, "Earlier versions were erased: erase your copies of them"),
    WebhookEvent.DEADLINE_MISSED.value: (DeadlineEvent, "An investigation did not report by the day it was due"),
    WebhookEvent.SUBMISSION_CHANGED.value: (SubmissionEvent, "A submission of your organisation changed its state"),
}
DESCRIPTION = (
    "Sent as Standard Webhooks (standardwebhooks.com) has it: in the order of the log, at least once, under the same "
    "`webhook-id` every time. Verify `webhook-signature` over `{webhook-id}.{webhook-timestamp}.{body}` with the "
    "`whsec_` secret before you read the body, and refuse timestamps more than five minutes away. Answer 2xx within "
    "ten seconds. Any other answer is repeated over 28 hours, then the webhook is paused until resumed; redirects "
    "are not followed. There is no content in it: read the object at `url`."
)
HEADERS = {
    "webhook-id": "The message's id, the same in every attempt: what you have seen before, you may ignore.",
    "webhook-timestamp": "When this attempt was made, in seconds since 1970.",
    "webhook-signature": "`v1,` and the HMAC-SHA-256 in Base64; two with a space between while a secret is rotated.",
}
RESPONSES = {
    "2XX": {"description": "It arrived and is not sent again."},
    "410": {"description": "No more, please: the webhook is paused at once."},
    "default": {"description": "It did not arrive and is sent again."},
}


def describe(result: Schema, generator: Any, **_: Any) -> Schema:
    """Add the webhooks and the components of their events; runs before enums become components."""
    schema = build_mocked_view("POST", "/", extend_schema(), generator.registry).schema
    result["webhooks"] = {
        event: {
            "post": {
                "operationId": f"on_{event.replace('.', '_')}",
                "summary": summary,
                "description": DESCRIPTION,
                "tags": [TAG],
                "parameters": [
                    {"name": name, "in": "header", "required": True, "description": text, "schema": {"type": "string"}}
                    for name, text in HEADERS.items()
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": schema.resolve_serializer(event_class, "response").ref}},
                },
                # A copy: what is shared becomes an alias in YAML, which some generators cannot read.
                "responses": deepcopy(RESPONSES),
            }
        }
        for event, (event_class, summary) in EVENTS.items()
    }
    built = generator.registry.build({})["schemas"]
    result["components"]["schemas"] |= {
        name: each for name, each in built.items() if name not in result["components"]["schemas"]
    }
    return result
