"""A deed with accounts, keys, webhooks, users and groups is one entry of the audit chain, and none keeps a secret."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from incidents.models import ApiKey, AuditEntry, AuditValues, Webhook
from incidents.rules.delivery import webhooks
from incidents.rules.delivery.sealing import unseal
from incidents.rules.trail.differences import state_of
from tests.admin.forms import filled
from tests.factories import UserFactory
from tests.keys import key_of, organisation, somebody
from tests.webhooks import URL, an_organisation, subscribe

pytestmark = pytest.mark.django_db
NOWHERE_ELSE = {"secret", "earlier_secret", "digest", "pepper_version", "lease", "leased_until"}


def address(model: str, view: str, *args: Any, app: str = "incidents") -> str:
    return reverse(f"admin:{app}_{model}_{view}", args=args)


def done(where: Client, page: str, given: dict[str, Any], status: int = 302) -> list[tuple[str, str, Any]]:
    """(action, kind, values) of each entry that a form leaves."""
    seen = set(AuditEntry.objects.values_list("seq", flat=True))
    answer = where.post(page, filled(where, page) | given)
    assert answer.status_code == status, answer.context["errors"]
    new = AuditEntry.objects.exclude(seq__in=seen).order_by("seq")
    values = {each.pk: json.loads(each.values or "") for each in AuditValues.objects.all()}
    return [(each.action, each.kind, values.get(each.seq)) for each in new]


def test_an_account_given_and_changed_is_an_entry_each(client: Client) -> None:
    client.force_login(somebody("administrator"))
    user = UserFactory()
    given = {"user": user.pk, "role": "lead", "organisation": ""}
    role = {"role": "lead", "organisation": None}
    assert done(client, address("account", "add"), given) == [("role_given", "user", {"before": {}, "after": role})]
    page = address("account", "change", user.account.pk)
    (entry,) = done(client, page, {"role": "moderator"})
    assert entry == ("role_given", "user", {"before": role, "after": role | {"role": "moderator"}})


def test_a_key_made_is_one_entry_without_its_digest(client: Client) -> None:
    client.force_login(somebody("administrator"))
    works_for = organisation()
    owner = somebody("contributor", works_for)
    given = {"organisation": works_for.pk, "owner": owner.pk, "name": "nightly import", "scopes": []}
    ((action, kind, values),) = done(client, address("apikey", "add"), given, status=200)
    assert (action, kind, values["after"]["name"]) == ("key_created", "api_key", "nightly import")
    assert ApiKey.objects.get().digest not in json.dumps(values)


def test_a_webhook_made_and_changed_is_an_entry_each_without_its_secret(desk: Client) -> None:
    given = {"organisation": an_organisation().pk, "name": "Archive", "url": URL, "kinds": ["incident"], "events": []}
    ((action, kind, values),) = done(desk, address("webhook", "add"), given, status=200)
    told = {"name": "Archive", "url": URL, "kinds": ["incident"], "events": []}
    assert (action, kind, values) == ("create", "webhook", {"before": {}, "after": told})
    webhook = Webhook.objects.get()
    (entry,) = done(desk, address("webhook", "change", webhook.pk), {"name": "Ours", "version": webhook.version})
    assert entry == ("change", "webhook", {"before": {"name": "Archive"}, "after": {"name": "Ours"}})
    webhooks.rotate(webhook)
    assert not AuditValues.objects.filter(values__contains="secret").exists()


def test_no_state_of_a_key_or_webhook_holds_what_opens_or_signs() -> None:
    webhook, secret = subscribe()
    assert unseal(webhook.secret) == secret
    for row in (webhook, key_of().key):
        assert not NOWHERE_ELSE & state_of(row).keys()
