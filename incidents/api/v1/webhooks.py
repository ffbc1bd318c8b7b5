"""Webhooks of the caller's organisation: subscriptions, their secrets, and what was delivered.

Rules: webhooks.py; the events are described in the `webhooks` section of the OpenAPI document.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from incidents.api import pagination
from incidents.api.base import envelope
from incidents.api.operations import Operation
from incidents.api.pagination import Ordering, Turn
from incidents.api.problems import BodyError, InvalidBody, NotFound
from incidents.api.renderers import compact
from incidents.api.writing import IDEMPOTENCY_KEY, WritingResource
from incidents.choices import KeyScope, WebhookAction
from incidents.documents import webhook_answers as answers
from incidents.models import Webhook, WebhookMessage
from incidents.rules.accounts.idempotency import Answer
from incidents.rules.delivery import webhooks

MANAGE = frozenset({KeyScope.WEBHOOKS.value})
ORDERINGS = {"created": "id"}
# What steps take besides their name; others take nothing.
TAKEN = {
    WebhookAction.PAUSE.value: frozenset({"reason"}),
    WebhookAction.RESEND.value: frozenset({"message_id", "from_seq"}),
}


class Webhooks(WritingResource):
    """Subscriptions of your organisation to what is published and to what becomes of its submissions."""

    resource = "webhooks"
    operations = {
        "page": Operation(
            id="webhooks_list", path="", summary="List your webhooks", scopes=MANAGE, page=True, answer=answers.Webhook,
        ),
        "create": Operation(
            id="webhooks_create", path="", method="post", summary="Make a webhook", scopes=MANAGE,
            description="The answer has the signing secret (Standard Webhooks), which is told this one time, and again "
            "where the request is repeated with its `Idempotency-Key`.",
            body=answers.WebhookContent, answer=answers.Webhook, status=201, headers=(IDEMPOTENCY_KEY,),
            versioned=True, refusals=(409, 422),
        ),
        "one": Operation(
            id="webhooks_get", path="<uuid:id>/", summary="One of your webhooks", scopes=MANAGE, answer=answers.Webhook,
            versioned=True,
        ),
        "change": Operation(
            id="webhooks_update", path="<uuid:id>/", method="put", summary="Change a webhook", scopes=MANAGE,
            body=answers.WebhookContent, answer=answers.Webhook, versioned=True,
            headers=("If-Match", IDEMPOTENCY_KEY), refusals=(409, 412, 422, 428),
        ),
        "act": Operation(
            id="webhooks_act", path="<uuid:id>/actions/", method="post", summary="Pause, resume, rotate or resend",
            description="Nothing is lost while it is paused: resumed, it goes on where it stood, under the same ids. "
            "Whoever sends again, whatever the webhook is at, may send `If-Match: *`.",
            scopes=MANAGE, body=answers.WebhookStep, answer=answers.Webhook, versioned=True,
            headers=("If-Match", IDEMPOTENCY_KEY), refusals=(409, 412, 422, 428),
        ),
        "messages": Operation(
            id="webhooks_messages", path="<uuid:id>/messages/", summary="What was delivered", scopes=MANAGE, page=True,
            description="The newest first, each with its attempts.", answer=answers.WebhookDelivery,
            parameters=pagination.parameters("webhooks"),
        ),
    }  # fmt: skip

    def page(self, request: Request) -> HttpResponse:
        """The organisation's subscriptions, of which there are ten at most."""
        rows = [self.text(each) for each in Webhook.objects.filter(organisation=self.caller.organisation)]
        body = envelope(rows, next=None, next_cursor=None, previous=None, count=len(rows))
        return self.answer(body, Cache_Control="private, no-store")

    def create(self, request: Request) -> HttpResponse:
        """A new subscription."""
        asked, caller = self.checked(), self.caller

        def work() -> Answer:
            webhook, _ = webhooks.subscribe(
                caller.organisation,
                name=asked["name"],
                url=asked["url"],
                kinds=asked.get("kinds", []),
                events=asked.get("events", []),
                by=caller.owner,
            )
            where = self.absolute(self.address("webhooks_get", id=webhook.public_id))
            return Answer(201, _headers(webhook) | {"Location": where}, self.text(webhook))

        return self.once(work, told=self.with_secret)

    def with_secret(self, answer: Answer) -> Answer:
        """An answer to somebody who made a webhook, with its secret: an answer that is kept never holds one."""
        said = json.loads(answer.body)
        return replace(answer, body=compact(said | {"secret": webhooks.secret_of(self.found(said["id"]))}))

    def one(self, request: Request, id: UUID) -> HttpResponse:  # noqa: A002 -- the name in the address
        """One subscription; its ETag is for If-Match only, since `seq` goes on without a new version."""
        return self.finished(self.as_it_is(self.found(id)))

    def change(self, request: Request, id: UUID) -> HttpResponse:  # noqa: A002
        """Change where and of what the organisation is told."""
        version, asked = self.version(), self.checked()
        webhook = self.found(id)

        def work() -> None:
            webhooks.change(
                webhook,
                name=asked["name"],
                url=asked["url"],
                kinds=asked.get("kinds", []),
                events=asked.get("events", []),
                version=version,
            )

        return self.stepped(work, lambda: self.found(id), self.as_it_is)

    def act(self, request: Request, id: UUID) -> HttpResponse:  # noqa: A002
        """Pause, resume, rotate the secret, or send again."""
        version, asked = self.version(), self.checked()
        _refuse_others(asked)
        webhook = self.found(id)
        rotated = asked["action"] == WebhookAction.ROTATE_SECRET
        told = partial(self.as_it_is, with_secret=rotated)
        return self.stepped(lambda: self._act(webhook, asked, version), lambda: self.found(id), told)

    def messages(self, request: Request, id: UUID) -> HttpResponse:  # noqa: A002
        """The delivery log of one subscription."""
        webhook, values = self.found(id), self.values
        ordering = Ordering.of("-created", ORDERINGS, "id")
        asked = pagination.digest({"webhook": webhook.pk})
        turn = Turn("webhooks", ordering, asked, values["limit"], values["cursor"], ("id",))
        found = WebhookMessage.objects.filter(webhook=webhook)
        page = pagination.page(lambda: found, turn)
        keys = [row["id"] for row in page.rows]
        rows = {each.pk: each for each in found.filter(pk__in=keys).prefetch_related("deliveries")}
        texts = [compact(answers.WebhookDelivery(rows[key]).data) for key in keys if key in rows]
        count = found.count() if values["count"] else None
        return self.listing(page, texts, count=count, Cache_Control="private, no-store")

    def _act(self, webhook: Webhook, asked: dict[str, Any], version: int | None) -> None:
        action = asked["action"]
        if action == WebhookAction.PAUSE:
            webhooks.pause(webhook, reason=asked.get("reason", ""), version=version)
        elif action == WebhookAction.RESUME:
            webhooks.resume(webhook, version=version)
        elif action == WebhookAction.ROTATE_SECRET:
            webhooks.rotate(webhook, version=version)
        elif "from_seq" in asked:
            webhooks.resend_from(webhook, seq=asked["from_seq"], version=version)
        else:
            message = WebhookMessage.objects.filter(webhook=webhook, message_id=asked.get("message_id", "")).first()
            if message is None:
                detail = "Name a message of this webhook, or a row."
                raise InvalidBody(BodyError("/message_id", "unknown_reference", detail))
            webhooks.resend(message, version=version)

    def found(self, key: UUID | str) -> Webhook:
        """The organisation's webhook with this id."""
        webhook = Webhook.objects.filter(organisation=self.caller.organisation, public_id=key).first()
        if webhook is None:
            raise NotFound
        return webhook

    def as_it_is(self, webhook: Webhook, *, with_secret: bool = False) -> Answer:
        """The subscription as an answer."""
        secret = webhooks.secret_of(webhook) if with_secret else None
        return Answer(200, _headers(webhook), self.text(webhook, secret))

    def text(self, webhook: Webhook, secret: str | None = None) -> str:
        """The subscription as JSON."""
        return compact(answers.Webhook(webhook, context={"secret": secret}).data)


def _refuse_others(asked: Mapping[str, Any]) -> None:
    """Raise InvalidBody where a step is given what it does not take: whoever sends that means another one."""
    action = asked["action"]
    faults = [
        BodyError(f"/{name}", "invalid", f"'{action}' takes no {name}.")
        for name in asked
        if name not in {"action", *TAKEN.get(action, ())}
    ]
    if "message_id" in asked and "from_seq" in asked and not faults:
        detail = "Name one message, or the row from which all are sent again, not both."
        faults.append(BodyError("/from_seq", "contradiction", detail))
    if faults:
        raise InvalidBody(*faults)


def _headers(webhook: Webhook) -> dict[str, str]:
    return {"ETag": f'"{webhook.version}"'}
