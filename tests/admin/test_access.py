"""Organisations, accounts and keys in the admin: who may open them, and that a key is shown once and never again.

The rules behind it have tests of their own, tests/rules/test_access.py.
"""

import json
import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from incidents.choices import AccountRole, KeyScope
from incidents.models import Account, ApiKey, AuditEntry, Organisation
from incidents.rules.accounts.access import role_of, set_role
from incidents.rules.accounts.keys import KEY, KeyRefused, check_key, revoke_key
from tests.admin.forms import filled
from tests.factories import UserFactory
from tests.keys import key_of, organisation, somebody

pytestmark = pytest.mark.django_db
TABLES = ("organisation", "account", "apikey")
HERE = "192.0.2.1"


def page(table: str, view: str, *args: Any) -> str:
    return reverse(f"admin:incidents_{table}_{view}", args=args)


@pytest.fixture
def office(client: Client) -> Client:
    """An administrator who is no superuser."""
    client.force_login(somebody("administrator", username="office"))
    return client


def make_key(office: Client, **values: Any) -> Any:
    works_for = organisation()
    owner = values.pop("owner", None) or somebody("contributor", works_for)
    given = {"organisation": works_for.pk, "owner": owner.pk, "name": "nightly import", "scopes": [], **values}
    return office.post(page("apikey", "add"), filled(office, page("apikey", "add")) | given)


def test_it_works(office: Client) -> None:
    answer = make_key(office, scopes=[KeyScope.SUBMISSIONS_READ.value], networks="192.0.2.0/24\n")
    assert answer.status_code == 200
    text = re.search(KEY, answer.content.decode())[0]  # type: ignore[index]
    caller = check_key(text=text, address=HERE)
    assert caller.scopes == {KeyScope.SUBMISSIONS_READ}
    assert caller.key.networks == ["192.0.2.0/24"]
    assert str(caller.key.created_by) == "office"


def test_a_key_is_shown_once_and_stands_nowhere_else(office: Client) -> None:
    answer = make_key(office)
    assert "no-store" in answer["Cache-Control"]
    secret = re.search(KEY, answer.content.decode())[2]  # type: ignore[index]
    key = ApiKey.objects.get()
    pages = [
        page("apikey", view, *args)
        for view, args in (("changelist", ()), ("change", (key.pk,)), ("history", (key.pk,)))
    ]
    for address in pages:
        shown = office.get(address)
        assert shown.status_code == 200
        assert secret not in shown.content.decode()
        assert key.digest not in shown.content.decode()
        assert [str(message) for message in get_messages(shown.wsgi_request) if secret in str(message)] == []
    assert secret not in "".join(entry.change_message + entry.object_repr for entry in LogEntry.objects.all())
    assert [session for session in Session.objects.all() if secret in str(session.get_decoded())] == []


def test_the_page_of_a_new_key_loaded_again_makes_no_other(office: Client) -> None:
    make_key(office)
    key = ApiKey.objects.get()
    same = {"owner": key.owner, "organisation": key.organisation.pk}
    assert "There is such a key already" in make_key(office, **same).content.decode()
    revoke_key(key=key, by=key.owner)
    assert re.search(KEY, make_key(office, **same).content.decode())
    assert ApiKey.objects.count() == 2


def test_a_key_is_revoked_after_a_question_and_never_changed_or_deleted(office: Client) -> None:
    made, other = key_of(), key_of()
    chosen = {"action": "revoke", "_selected_action": [str(made.key.pk)]}
    asked = office.post(page("apikey", "changelist"), chosen)
    assert asked.status_code == 200
    assert "That cannot be undone" in asked.content.decode()
    check_key(text=made.text, address=HERE)
    office.post(page("apikey", "changelist"), chosen | {"confirmed": "yes"})
    with pytest.raises(KeyRefused, match="revoked"):
        check_key(text=made.text, address=HERE)
    made.key.refresh_from_db()
    assert str(made.key.revoked_by) == "office"
    assert check_key(text=other.text, address=HERE).key == other.key
    assert office.post(page("apikey", "change", other.key.pk), {"name": "another"}).status_code == 403
    assert office.post(page("apikey", "delete", other.key.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"scopes": [KeyScope.MODERATION.value]}, "is more than"),
        ({"scopes": ["everything"]}, "everything"),
        ({"networks": "10.0.0.1/8"}, "is no network"),
        ({"expires_at_0": "2001-01-01", "expires_at_1": "00:00"}, "expired already"),
        ({"name": " "}, "required"),
    ],
)
def test_a_key_that_cannot_be_is_refused_in_the_form(office: Client, given: dict[str, Any], says: str) -> None:
    answer = make_key(office, **given)
    assert answer.status_code == 200
    assert says in str(answer.context["adminform"].form.errors)
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("role", [*AccountRole, "reader", "superuser"])
@pytest.mark.parametrize("table", TABLES)
def test_administrators_open_these_pages_and_the_desk_its_own_keys(client: Client, role: str, table: str) -> None:
    user = UserFactory(is_superuser=role == "superuser", is_staff=role == "superuser")
    if role in AccountRole.values:
        set_role(user=user, role=role, organisation=organisation())
    client.force_login(user)
    opened = {"superuser", "administrator"} | ({"moderator", "lead"} if table == "apikey" else set())
    expected = 200 if role in opened else 302 if role in {"reader", "contributor"} else 403
    for view in ("changelist", "add"):
        assert client.get(page(table, view)).status_code == expected


def test_an_account_brings_the_groups_of_its_role_and_takes_them_with_it(office: Client) -> None:
    user = UserFactory()
    new = filled(office, page("account", "add")) | {"user": user.pk, "role": "contributor", "organisation": ""}
    answer = office.post(page("account", "add"), new)
    assert "writes for an organisation" in str(answer.context["adminform"].form.errors)
    assert office.post(page("account", "add"), new | {"role": "lead"}).status_code == 302
    account = Account.objects.get(user=user)
    assert [group.name for group in user.groups.all()] == ["leads"]
    office.post(page("account", "change", account.pk), {"role": "contributor", "organisation": organisation().pk})
    user = get_user_model().objects.get(pk=user.pk)
    assert (role_of(user), user.is_staff) == (AccountRole.CONTRIBUTOR, False)
    office.post(page("account", "delete", account.pk), {"post": "yes"})
    user = get_user_model().objects.get(pk=user.pk)
    assert (role_of(user), user.groups.count()) == (None, 0)


def test_an_organisation_is_not_saved_over_what_somebody_else_saved(office: Client) -> None:
    row = organisation()
    path = page("organisation", "change", row.pk)
    seen = filled(office, path)
    assert office.post(path, seen | {"notes": "Called on Monday."}).status_code == 302
    stale = office.post(path, seen | {"active": ""})
    assert "changed this record meanwhile" in str(stale.context["adminform"].form.errors)
    row.refresh_from_db()
    assert (row.notes, row.active, row.version) == ("Called on Monday.", True, 2)
    new = filled(office, page("organisation", "add")) | {"name": "Another"}
    assert office.post(page("organisation", "add"), new).status_code == 302
    assert Organisation.objects.filter(name="Another", version=1).exists()


def test_an_administrator_makes_nobody_more_than_their_role(office: Client) -> None:
    chief, user = UserFactory(is_superuser=True, is_staff=True), UserFactory()
    path = reverse("admin:auth_user_change", args=[user.pk])
    data = {"username": user.username, "is_superuser": "on", "is_staff": "on", "groups": ["1"], "is_active": "on"}
    office.post(path, filled(office, path) | data)
    user.refresh_from_db()
    assert (user.is_superuser, user.is_staff, user.groups.count()) == (False, False, 0)
    before = chief.password
    password = {"password1": "a long one for tests", "password2": "a long one for tests"}
    assert office.post(reverse("admin:auth_user_password_change", args=[chief.pk]), password).status_code == 403
    chief.refresh_from_db()
    assert chief.password == before
    assert office.get(reverse("admin:auth_user_delete", args=[user.pk])).status_code == 403


def test_whoever_makes_a_key_that_decides_is_its_owner(office: Client) -> None:
    """An administrator who holds a lead's key would be both persons."""
    lead, scopes = somebody("lead"), [KeyScope.MODERATION.value]
    answer = make_key(office, owner=lead, scopes=scopes)
    assert f"only {lead} makes it" in str(answer.context["adminform"].form.errors)
    assert not ApiKey.objects.exists()
    assert make_key(office, owner=get_user_model().objects.get(username="office"), scopes=scopes).status_code == 200
    assert ApiKey.objects.get().scopes == scopes


def test_a_lead_makes_and_revokes_keys_of_their_own(client: Client) -> None:
    lead, others = somebody("lead"), key_of("moderator")
    organisation("Others")
    client.force_login(lead)
    form = client.get(page("apikey", "add")).context["adminform"].form
    assert list(form.fields["owner"].queryset) == [lead]
    assert list(form.fields["organisation"].queryset) == [organisation()]
    made = make_key(client, owner=lead, scopes=[KeyScope.MODERATION.value])
    text = re.search(KEY, made.content.decode())[0]  # type: ignore[index]
    assert check_key(text=text, address=HERE).scopes == {KeyScope.MODERATION}
    mine = ApiKey.objects.get(owner=lead)
    assert list(client.get(page("apikey", "changelist")).context["cl"].result_list) == [mine]
    assert client.get(page("apikey", "change", others.key.pk)).status_code == 302
    assert make_key(client, owner=others.key.owner).status_code == 200  # the form again
    chosen = {"action": "revoke", "_selected_action": [str(mine.pk), str(others.key.pk)], "confirmed": "yes"}
    client.post(page("apikey", "changelist"), chosen)
    assert list(ApiKey.objects.exclude(revoked_at=None)) == [mine]


def test_who_belongs_to_no_organisation_is_told_so_where_a_key_is_made(client: Client) -> None:
    lead = somebody("lead")
    Account.objects.filter(user=lead).update(organisation=None)
    client.force_login(lead)
    assert "belongs to no organisation" in client.get(page("apikey", "add")).content.decode()


def test_a_password_that_an_administrator_sets_ends_the_sessions_and_is_in_the_audit_chain(office: Client) -> None:
    lead, session = somebody("lead"), Client()
    session.force_login(lead)
    password = {"password1": "a long one for tests", "password2": "a long one for tests"}
    assert office.post(reverse("admin:auth_user_password_change", args=[lead.pk]), password).status_code == 302
    assert session.get(reverse("admin:index")).status_code == 302
    entry = AuditEntry.objects.latest("seq")
    assert (str(entry.actor), entry.action, entry.kind, entry.object_id) == ("office", "change", "user", str(lead.pk))
    assert json.loads(entry.kept.values or "")["after"] == {"changed": ["password"]}


def test_an_account_that_an_administrator_opens_is_in_the_audit_chain(office: Client) -> None:
    path = reverse("admin:auth_user_add")
    given = {"username": "second", "password1": "a long one for tests", "password2": "a long one for tests"}
    assert office.post(path, filled(office, path) | given).status_code == 302
    user = get_user_model().objects.get(username="second")
    entry = AuditEntry.objects.latest("seq")
    assert (str(entry.actor), entry.action, entry.kind, entry.object_id) == ("office", "create", "user", str(user.pk))
    assert json.loads(entry.kept.values or "")["after"] == {"username": "second", "changed": ["password"]}


def test_a_new_password_of_ones_own_is_in_the_audit_chain_and_a_refused_one_is_not(office: Client) -> None:
    path = reverse("admin:password_change")
    user = get_user_model().objects.get(username="office")
    user.set_password("the one before, for tests")
    user.save()
    office.force_login(user)
    for old, entries in (("not it", 0), ("the one before, for tests", 1)):
        given = {"old_password": old, "new_password1": "another for tests", "new_password2": "another for tests"}
        assert office.post(path, given).status_code == (302 if entries else 200)
        told = AuditEntry.objects.filter(action="change", kind="user", object_id=str(user.pk))
        assert [json.loads(each.kept.values or "")["after"] for each in told] == [{"changed": ["password"]}] * entries
