"""Webhooks at the desk: subscribing for an organisation, stopping, resuming, a new secret, sending again, the log.

That every list and form opens is test_registry.py's matter.
"""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from standardwebhooks import Webhook as Signer

from incidents.models import Webhook, WebhookMessage
from incidents.rules.delivery import outbox, webhooks
from incidents.rules.delivery.sealing import unseal
from tests.factories import UserFactory
from tests.webhooks import URL, WebhookAttemptFactory, Wire, an_organisation, deliver, publish_incidents, subscribe

pytestmark = pytest.mark.django_db
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]+")


def page(model: str, view: str, *args: Any) -> str:
    return reverse(f"admin:incidents_{model}_{view}", args=args)


def act(desk: Client, action: str, *chosen: Webhook, **data: Any) -> Any:
    given = {"action": action, "_selected_action": [str(webhook.pk) for webhook in chosen], **data}
    return desk.post(page("webhook", "changelist"), given, follow=True)


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_it_works(desk: Client) -> None:
    subscribe()
    assert desk.get(page("webhook", "changelist")).status_code == 200


def test_a_subscription_is_made_and_its_secret_shown_this_one_time(desk: Client) -> None:
    organisation = an_organisation()
    data = {"organisation": organisation.pk, "name": "Archive", "url": URL, "kinds": ["incident"], "events": []}
    answer = desk.post(page("webhook", "add"), data)
    webhook = Webhook.objects.get()
    (secret,) = set(SECRET.findall(answer.content.decode()))
    assert (unseal(webhook.secret), "no-store" in answer["Cache-Control"]) == (secret, True)
    assert (webhook.kinds, webhook.events, webhook.created_by) == (["incident"], [], answer.wsgi_request.user)
    assert all(secret not in cookie.value for cookie in answer.cookies.values())
    form = desk.get(page("webhook", "change", webhook.pk)).content.decode()
    assert (SECRET.findall(form), webhook.secret in form) == ([], False)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"url": "https://127.0.0.1/"}, "Write the name of the host"),
        ({"url": "http://hooks.example.org/"}, "Only https:// is called"),
        ({"kinds": ["rumour"]}, "Select a valid choice"),
        ({"organisation": ""}, "This field is required"),
    ],
)
def test_what_cannot_be_called_is_refused_in_words(desk: Client, given: dict[str, Any], words: str) -> None:
    data = {"organisation": an_organisation().pk, "name": "Archive", "url": URL} | given
    answer = desk.post(page("webhook", "add"), data)
    assert (answer.status_code, words in answer.content.decode()) == (200, True)
    assert not Webhook.objects.exists()


def test_a_change_is_saved_by_the_rule(desk: Client) -> None:
    webhook, _ = subscribe()
    data = {"name": "Ours", "url": "https://new.example.org/", "events": ["publication.withdrawn"]}
    where = page("webhook", "change", webhook.pk)
    assert '<input type="hidden" name="version" value="1"' in desk.get(where).content.decode()
    assert desk.post(where, data | {"version": 1}).status_code == 302
    webhook.refresh_from_db()
    assert (webhook.name, webhook.events, webhook.version) == ("Ours", ["publication.withdrawn"], 2)


@pytest.mark.parametrize("seen", [{}, {"version": 1}])
def test_a_form_that_somebody_overtook_is_not_saved(desk: Client, seen: dict[str, Any]) -> None:
    webhook, _ = subscribe()
    webhooks.pause(webhook, reason="The organisation moves.")
    data = {"name": "Ours", "url": "https://new.example.org/"} | seen
    answer = desk.post(page("webhook", "change", webhook.pk), data)
    assert (answer.status_code, "changed this record meanwhile" in answer.content.decode()) == (200, True)
    webhook.refresh_from_db()
    assert (webhook.url, webhook.version) == (URL, 2)


@pytest.mark.parametrize(("action", "state"), [("pause", "paused"), ("disable", "disabled")])
def test_stopping_asks_for_a_reason_and_resuming_goes_on(desk: Client, action: str, state: str) -> None:
    webhook, _ = subscribe()
    rows = publish_incidents(1)
    assert "form" in act(desk, action, webhook).context
    assert "form" in act(desk, action, webhook, asked="1", reason="  ").context
    assert said(act(desk, action, webhook, asked="1", reason="Its host name has expired.")) == ["Done: 1."]
    webhook.refresh_from_db()
    assert (webhook.state, webhook.state_reason) == (state, "Its host name has expired.")
    act(desk, "enable", webhook)
    wire = Wire()
    deliver(wire)
    assert wire.ids == [outbox.message_id(webhook, row) for row in rows]


def test_a_refusal_of_the_rules_is_shown_in_their_words(desk: Client) -> None:
    webhook, _ = subscribe()
    webhooks.disable(webhook, reason="Nobody answers our letters.")
    assert "disabled it already" in said(act(desk, "pause", webhook, asked="1", reason="Moving."))[0]
    assert "write a number from 1 to" in said(act(desk, "resend_from", webhook, asked="1", seq="7"))[0]


def test_a_new_secret_is_shown_this_one_time_and_only_of_one(desk: Client) -> None:
    webhook, old = subscribe()
    asked = act(desk, "rotate", webhook)
    assert ("form" in asked.context, f"{webhook.name} (Active)" in asked.content.decode()) == (True, True)
    webhook.refresh_from_db()
    assert unseal(webhook.secret) == old
    seen = {"asked": "1", f"version_{webhook.pk}": "1"}
    answer = act(desk, "rotate", webhook, **seen)
    (new,) = set(SECRET.findall(answer.content.decode()))
    assert (new != old, "no-store" in answer["Cache-Control"]) == (True, True)
    assert "messages are signed with the secret before as well" in answer.content.decode()
    publish_incidents(1)
    wire = Wire()
    deliver(wire)
    assert Signer(new).verify(wire.sent[0].body, dict(wire.sent[0].headers))
    other, _ = subscribe()
    assert said(act(desk, "rotate", webhook, other)) == ["Choose one webhook: its new secret is shown once."]


def test_a_page_with_a_secret_that_is_loaded_again_makes_none_anew(desk: Client) -> None:
    data = {"organisation": an_organisation().pk, "name": "Archive", "url": URL}
    assert SECRET.search(desk.post(page("webhook", "add"), data).content.decode())
    again = desk.post(page("webhook", "add"), data).content.decode()
    assert ("There is such a webhook already" in again, SECRET.search(again)) == (True, None)
    webhook = Webhook.objects.get()
    asked = act(desk, "rotate", webhook).content.decode()
    assert f'name="version_{webhook.pk}" value="1"' in asked
    seen = {"asked": "1", f"version_{webhook.pk}": "1"}
    (new,) = set(SECRET.findall(act(desk, "rotate", webhook, **seen).content.decode()))
    assert "its secret stays as it is" in said(act(desk, "rotate", webhook, **seen))[0]
    webhook.refresh_from_db()
    assert unseal(webhook.secret) == new
    # Another name is another webhook, and the one that is there can be changed.
    assert SECRET.search(desk.post(page("webhook", "add"), data | {"name": "Mirror"}).content.decode())
    assert desk.post(page("webhook", "change", webhook.pk), data | {"version": 2}).status_code == 302


def test_a_message_and_everything_from_a_row_on_are_sent_again(desk: Client) -> None:
    webhook, _ = subscribe()
    rows, wire = publish_incidents(2), Wire()
    deliver(wire)
    message = WebhookMessage.objects.get(seq=rows[0])
    data = {"action": "resend", "_selected_action": [str(message.pk)]}
    answer = desk.post(page("webhookmessage", "changelist"), data, follow=True)
    assert said(answer) == ["Sent again soon: 1 message."]
    deliver(wire)
    act(desk, "resend_from", webhook, asked="1", seq=str(rows[1]))
    deliver(wire)
    assert wire.ids == [outbox.message_id(webhook, row) for row in (*rows, *rows)]


def test_the_delivery_log_of_one_webhook_can_be_read(desk: Client) -> None:
    attempt = WebhookAttemptFactory(status=None, fault="timeout")
    WebhookAttemptFactory()
    webhook = attempt.message.webhook
    form = desk.get(page("webhook", "change", webhook.pk)).content.decode()
    (link,) = re.findall(r'href="([^"]*webhookattempt[^"]*)"', form)
    rows = desk.get(link).context["cl"].result_list
    assert [row.pk for row in rows] == [attempt.pk]
    assert "Too slow" in desk.get(link).content.decode()


def test_nobody_deletes_a_webhook_and_who_may_only_look_changes_nothing(desk: Client) -> None:
    webhook, _ = subscribe()
    publish_incidents(1)
    deliver(Wire())
    assert desk.post(page("webhook", "delete", webhook.pk), {"post": "yes"}).status_code == 403
    reader = Client()
    reader.force_login(UserFactory(is_staff=True, permissions=["view_webhook", "view_webhookmessage"]))
    for action in ("pause", "disable", "enable", "rotate", "resend_from"):
        act(reader, action, webhook, asked="1", reason="No.", seq="1")
    message = WebhookMessage.objects.get()
    data = {"action": "resend", "_selected_action": [str(message.pk)]}
    reader.post(page("webhookmessage", "changelist"), data)
    before = webhook.secret
    webhook.refresh_from_db()
    message.refresh_from_db()
    assert (webhook.state, webhook.secret, message.state) == ("active", before, "delivered")
