"""Webhooks in tests: subscriptions to a receiver on this machine that is a real server and checks every signature.

It runs in a thread of the test, so that a clock that the test moves is its clock as well.
"""

# factory-boy says that it is typed and is not.
# mypy: disallow-untyped-calls=False

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

from django.utils import timezone
from factory.declarations import LazyFunction, Sequence, SubFactory
from standardwebhooks import Webhook as Signer
from standardwebhooks.webhooks import WebhookVerificationError

from incidents import models
from incidents.rules.delivery import outbox, webhooks
from incidents.rules.delivery.delivering import Outcome, Outgoing, Send, deliver_next
from incidents.rules.delivery.sealing import seal
from incidents.rules.publication.publishing import publish
from tests.factories import IncidentFactory, Made

URL = "https://hooks.example.org/incidents"
SUBMISSION = {"id": "3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f", "version": 2, "state": "accepted", "url": "/api/v1/"}


def an_organisation(**values: Any) -> models.Organisation:
    """An organisation with a name of its own."""
    return models.Organisation.objects.create(**{"name": f"Civil Peace Group {uuid4().hex[:8]}"} | values)


class WebhookFactory(Made[models.Webhook]):
    class Meta:
        model = models.Webhook

    organisation = LazyFunction(an_organisation)
    name = Sequence(lambda n: f"Archive {n}")
    url = URL
    state_since = LazyFunction(timezone.now)
    secret = LazyFunction(lambda: seal(webhooks.new_secret()))


class WebhookMessageFactory(Made[models.WebhookMessage]):
    class Meta:
        model = models.WebhookMessage

    message_id = LazyFunction(lambda: f"msg_{uuid4().hex}")
    webhook = SubFactory(WebhookFactory)
    event = "submission.changed"
    payload = LazyFunction(lambda: {"type": "submission.changed", "data": SUBMISSION})
    place = Sequence(lambda n: n + 1)
    due_at = LazyFunction(timezone.now)
    created_at = LazyFunction(timezone.now)


class WebhookAttemptFactory(Made[models.WebhookAttempt]):
    class Meta:
        model = models.WebhookAttempt

    message = SubFactory(WebhookMessageFactory)
    at = datetime(2025, 3, 9, 12, tzinfo=UTC)
    status = 200
    duration_ms = 31


class MissedDeadlineFactory(Made[models.MissedDeadline]):
    class Meta:
        model = models.MissedDeadline

    investigation = LazyFunction(uuid4)
    due_on = date(2025, 4, 8)
    noticed_at = datetime(2025, 4, 9, tzinfo=UTC)


@dataclass
class Received:
    """One request that arrived and was signed with the secret."""

    id: str
    event: dict[str, Any]
    headers: dict[str, str]

    @property
    def seq(self) -> int:
        return int(self.event["data"]["seq"])


@dataclass
class Receiver:
    """A server on loopback; `answer` chooses the status and the extra headers of each answer."""

    url: str = ""
    port: int = 0
    secrets: list[str] = field(default_factory=list)
    answer: Callable[[], tuple[int, dict[str, str]]] = lambda: (204, {})
    requests: int = 0
    unsigned: int = 0
    heard: list[dict[str, str]] = field(default_factory=list)
    taken: list[Received] = field(default_factory=list)

    def seqs(self) -> list[int]:
        return [each.seq for each in self.taken]

    def handle(self, headers: dict[str, str], body: str) -> tuple[int, dict[str, str]]:
        self.requests += 1
        self.heard.append(headers)
        event = self._verified(headers, body)
        if event is None:
            self.unsigned += 1
            return 401, {}
        status, extra = self.answer()
        if 200 <= status < 300:
            self.taken.append(Received(headers["webhook-id"], event, headers))
        return status, extra

    def _verified(self, headers: dict[str, str], body: str) -> dict[str, Any] | None:
        for secret in self.secrets:
            try:
                Signer(secret).verify(body, headers, json_parse=False)
            except WebhookVerificationError:
                continue
            event: dict[str, Any] = json.loads(body)
            return event
        return None


@contextmanager
def listening(receiver: Receiver, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Run the receiver on a free port of this machine, by plain HTTP or with that certificate."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            given = {":path": self.path} | {name.lower(): value for name, value in self.headers.items()}
            status, extra = receiver.handle(given, body)
            self.send_response(status)
            self.close_connection = True
            for name, value in ({"content-length": "0"} | extra).items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the name the base class has
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_port
    receiver.url = f"http://127.0.0.1:{server.server_port}/hooks"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def subscribed(receiver: Receiver, **values: Any) -> models.Webhook:
    """A subscription to that receiver, made by the rule; the receiver knows its secret."""
    organisation = values.pop("organisation", None) or an_organisation()
    webhook, secret = webhooks.subscribe(organisation, name="Archive", url=receiver.url, **values)
    receiver.secrets.append(secret)
    return webhook


def publish_incidents(count: int) -> list[int]:
    """Publish that many incidents; returns the rows of the log that they got."""
    before = outbox.head_seq()
    publish(IncidentFactory.create_batch(count))
    return list(range(before + 1, outbox.head_seq() + 1))


class Wire:
    """Takes the place of the wire: keeps what was sent and answers with the status it is told."""

    def __init__(self, status: int = 204) -> None:
        self.status = status
        self.sent: list[Outgoing] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def __call__(self, outgoing: Outgoing) -> Outcome:
        self.sent.append(outgoing)
        self.meanwhile()
        return Outcome.answered(self.status, 31)

    @property
    def ids(self) -> list[str]:
        return [each.headers["webhook-id"] for each in self.sent]


def subscribe(**values: Any) -> tuple[models.Webhook, str]:
    return webhooks.subscribe(
        values.pop("organisation", None) or an_organisation(), **{"name": "Us", "url": URL} | values
    )


def deliver(wire: Send) -> int:
    """Take turns until nothing is due; returns how many there were."""
    rounds = 0
    while deliver_next(wire) is not None:
        rounds += 1
    return rounds


def ids_of(webhook: models.Webhook, rows: list[int]) -> list[str]:
    return [outbox.message_id(webhook, row) for row in rows]
