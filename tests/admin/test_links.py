"""No page of the desk leads its reader to one that says that they may not open it."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.admin.rows import CHILDREN, add_children, make_rows
from tests.admin.test_registry import REGISTERED, address
from tests.factories import UserFactory
from tests.keys import somebody

pytestmark = pytest.mark.django_db
LINK = re.compile(r'<a[^>]* href="(/admin/[^"#?]+)')


@pytest.mark.parametrize("name", sorted(REGISTERED))
def test_every_link_of_a_page_may_be_followed(client: Client, name: str) -> None:
    (row,) = make_rows(name, 1)
    if name in CHILDREN:
        add_children(row, 1)
    client.force_login(somebody("moderator"))
    for path in (address(REGISTERED[name], "changelist"), address(REGISTERED[name], "change", row.pk)):
        page = client.get(path)
        if page.status_code != 200:
            continue
        below = page.content.decode().partition('<div id="content"')[2]  # the same menu stands above every page
        assert below
        for link in sorted(set(LINK.findall(below)) - {path}):
            assert client.get(link).status_code != 403, f"{path} leads to {link}"


@pytest.mark.parametrize("sees_users", [False, True])
def test_a_user_is_a_link_for_whoever_may_open_them(client: Client, sees_users: bool) -> None:
    account = somebody("moderator").account
    client.force_login(UserFactory(is_staff=True, is_superuser=sees_users, permissions=("change_account",)))
    page = client.get(reverse("admin:incidents_account_change", args=[account.pk])).content.decode()
    assert account.user.get_username() in page
    assert (reverse("admin:auth_user_change", args=[account.user.pk]) in page) == sees_users
