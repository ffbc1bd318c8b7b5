"""A deed with accounts, keys, webhooks, users and groups is one entry of the audit chain, and none keeps a secret."""

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from incidents.models import ApiKey, AuditEntry, AuditValues, Webhook
from incidents.rules.accounts.access import AccessRefused, create_organisation
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


# Tables of Django's own, which superusers change


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    return client


def test_a_group_made_changed_and_deleted_is_an_entry_each(owner: Client) -> None:
    see, add = (Permission.objects.get(codename=name) for name in ("view_auditvalues", "add_claim"))
    page = address("group", "add", app="auth")
    (made,) = done(owner, page, {"name": "readers", "permissions": [see.pk]})
    assert made == (
        "create",
        "group",
        {"before": {}, "after": {"name": "readers", "permissions": ["view_auditvalues"]}},
    )
    group = Group.objects.get(name="readers")
    (entry,) = done(owner, address("group", "change", group.pk, app="auth"), {"permissions": [add.pk]})
    assert entry[2] == {"before": {"permissions": ["view_auditvalues"]}, "after": {"permissions": ["add_claim"]}}
    assert done(owner, address("group", "change", group.pk, app="auth"), {}) == [], "nothing was changed"
    (gone,) = done(owner, address("group", "delete", group.pk, app="auth"), {"post": "yes"})
    assert gone == ("delete", "group", {"before": {"name": "readers", "permissions": ["add_claim"]}, "after": {}})


@pytest.mark.parametrize("several", [False, True])
def test_a_user_deleted_is_an_entry(owner: Client, several: bool) -> None:
    user = UserFactory(username="gone")
    page = address("user", "changelist", app="auth")
    given = {"action": "delete_selected", "_selected_action": [user.pk], "post": "yes"}
    if not several:
        page, given = address("user", "delete", user.pk, app="auth"), {"post": "yes"}
    (entry,) = done(owner, page, given)
    assert entry == ("delete", "user", {"before": {"username": "gone"}, "after": {}})
    assert not get_user_model().objects.filter(username="gone").exists()


def test_an_organisation_made_by_a_command_is_an_entry() -> None:
    made = create_organisation(name="Rural Health Watch")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.kind, entry.object_id) == ("create", "organisation", str(made.public_id))
    assert json.loads(entry.kept.values or "")["after"]["name"] == "Rural Health Watch"
    with pytest.raises(AccessRefused):
        create_organisation(name="Rural Health Watch")
    assert AuditEntry.objects.count() == 1
