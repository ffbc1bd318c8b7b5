"""Roles, accounts and keys: who may do what, what a key is, and when it opens nothing.

How a key comes in by HTTP is tests/api/test_authentication.py.
"""

import re
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser, Group
from django.utils import timezone

from incidents.choices import AccountRole, KeyScope
from incidents.models import Account, ApiKey
from incidents.rules.accounts.access import (
    GROUPS,
    RIGHTS,
    AccessRefused,
    Right,
    close_account,
    make_groups,
    may,
    role_of,
    set_role,
)
from incidents.rules.accounts.keys import KEY, UNKNOWN, KeyRefused, check_key, create_key, revoke_key
from tests.factories import UserFactory
from tests.keys import key_of, organisation, somebody

pytestmark = pytest.mark.django_db
HERE = "192.0.2.7"
READ, WRITE = KeyScope.SUBMISSIONS_READ.value, KeyScope.SUBMISSIONS_WRITE.value


def refusal(text: str, address: str = HERE) -> str:
    with pytest.raises(KeyRefused) as refused:
        check_key(text=text, address=address)
    return str(refused.value)


def test_it_works() -> None:
    made = key_of(scopes=[READ, WRITE])
    caller = check_key(text=made.text, address=HERE)
    assert (caller.key, caller.organisation, caller.owner) == (made.key, organisation(), made.key.owner)
    assert (caller.role, sorted(caller.scopes)) == (AccountRole.CONTRIBUTOR, [READ, WRITE])
    assert caller.may(Right.SUBMIT)
    assert not caller.may(Right.REVIEW)


def test_a_key_has_a_prefix_and_a_secret_of_more_than_32_bytes_and_no_two_are_alike() -> None:
    texts = {key_of().text for _ in range(20)}
    assert len(texts) == 20
    for text in texts:
        match = KEY.fullmatch(text)
        assert match is not None
        assert 62 ** len(match[2]) > 2**256
        assert text.count("_") == 2


def test_only_a_keyed_digest_of_a_key_is_stored_and_its_text_is_in_no_repr() -> None:
    made = key_of()
    secret = made.text.rpartition("_")[2]
    stored = {field.name: str(getattr(made.key, field.attname)) for field in ApiKey._meta.fields}
    assert [name for name, value in stored.items() if secret in value] == []
    assert re.fullmatch(r"[0-9a-f]{64}", made.key.digest)
    assert secret not in repr(made) + str(made.key)


@pytest.mark.parametrize("change", ["cut", "prefix", "secret", "case", "empty", "long", "space", "nul"])
def test_of_an_unknown_key_nobody_learns_which_part_is_wrong(change: str) -> None:
    text = key_of().text
    other = key_of().text
    _, prefix, secret = text.split("_")
    changed = {
        "cut": text[:-1],
        "prefix": f"hid_{'a' * len(prefix)}_{secret}",
        "secret": f"hid_{prefix}_{other.split('_')[2]}",
        "case": text.upper(),
        "empty": "",
        "long": text + "a" * 100_000,
        "space": f"{text} ",
        "nul": f"{text}\0",
    }[change]
    assert refusal(changed) == UNKNOWN


def test_a_key_may_not_be_used_after_its_day_or_after_it_was_revoked() -> None:
    made = key_of(expires_at=timezone.now() + timedelta(days=1))
    check_key(text=made.text, address=HERE)
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        assert "expired on" in refusal(made.text)
    assert revoke_key(key=made.key, by=made.key.owner)
    assert "was revoked" in refusal(made.text)
    made.key.refresh_from_db()
    first = made.key.revoked_at
    assert not revoke_key(key=made.key)
    made.key.refresh_from_db()
    assert (made.key.revoked_at, made.key.revoked_by) == (first, made.key.owner)


@pytest.mark.parametrize(
    ("address", "opens"),
    [
        ("192.0.2.7", True), ("192.0.3.7", False), ("2001:db8::1", True), ("2001:db9::1", False),
        ("::ffff:192.0.2.7", True), ("", False), ("nonsense", False),
        ("198.51.100.7", True), ("::ffff:198.51.100.7", True), ("198.51.101.7", False),
    ],
)  # fmt: skip
def test_a_key_with_networks_opens_from_within_them_only(address: str, opens: bool) -> None:
    made = key_of(networks=["192.0.2.0/24", "2001:db8::/32", "::ffff:198.51.100.0/120"])
    assert made.key.networks == ["192.0.2.0/24", "2001:db8::/32", "198.51.100.0/24"]
    if opens:
        assert check_key(text=made.text, address=address).key == made.key
    else:
        assert "from your address" in refusal(made.text, address)


def test_an_organisation_that_is_switched_off_opens_nothing() -> None:
    made = key_of()
    made.key.organisation.active = False
    made.key.organisation.save()
    assert "switched off" in refusal(made.text)


@pytest.mark.parametrize("change", ["inactive", "no account", "other organisation"])
def test_a_key_falls_with_whoever_answers_for_it(change: str) -> None:
    made = key_of()
    owner = made.key.owner
    if change == "inactive":
        owner.is_active = False
        owner.save()
    elif change == "no account":
        close_account(account=Account.objects.get(user=owner))
    else:
        set_role(user=owner, role="contributor", organisation=organisation("Others"))
    assert "no longer works here" in refusal(made.text)


def test_a_key_opens_no_more_than_the_role_its_owner_has_now() -> None:
    made = key_of("moderator", scopes=[READ, KeyScope.MODERATION])
    assert KeyScope.MODERATION in check_key(text=made.text, address=HERE).scopes
    set_role(user=made.key.owner, role="contributor", organisation=organisation())
    assert check_key(text=made.text, address=HERE).scopes == {READ}


def test_when_a_key_was_used_is_written_at_most_once_a_minute(django_assert_num_queries: Any) -> None:
    made = key_of()
    with time_machine.travel("2026-11-26 08:00:00+00:00", tick=False) as clock:
        with django_assert_num_queries(2):
            check_key(text=made.text, address=HERE)
        clock.shift(59)
        with django_assert_num_queries(1):
            check_key(text=made.text, address=HERE)
        clock.shift(1)
        with django_assert_num_queries(2):
            check_key(text=made.text, address=HERE)
    made.key.refresh_from_db()
    assert f"{made.key.last_used_at:%H:%M:%S}" == "08:01:00"


def test_the_newest_pepper_makes_keys_and_older_ones_still_open_theirs(settings: Any) -> None:
    settings.KEY_PEPPERS = {1: b"first" * 8}
    old = key_of()
    settings.KEY_PEPPERS = {1: b"first" * 8, 2: b"second" * 8}
    new = key_of(owner=old.key.owner)
    assert (old.key.pepper_version, new.key.pepper_version) == (1, 2)
    for made in (old, new):
        assert check_key(text=made.text, address=HERE).key == made.key
    settings.KEY_PEPPERS = {2: b"second" * 8}
    assert refusal(old.text) == UNKNOWN
    settings.KEY_PEPPERS = {2: b"another" * 8}
    assert refusal(new.text) == UNKNOWN
    settings.KEY_PEPPERS = {}
    assert refusal(new.text) == UNKNOWN
    with pytest.raises(AccessRefused, match="KEY_PEPPERS is not set"):
        key_of(owner=old.key.owner)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"scopes": ["everything"]}, "is no scope. There are: submissions:read"),
        ({"scopes": [KeyScope.MODERATION.value]}, "more than .* may do"),
        ({"networks": ["10.0.0.1/8"]}, "is no network"),
        ({"networks": ["somewhere"]}, "is no network"),
        ({"networks": ["::ffff:192.0.2.1/120"]}, "is no network"),
        ({"networks": [f"10.0.{n}.0/24" for n in range(51)]}, "50 networks"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "expired already"),
        ({"name": " "}, "what the key is for"),
    ],
)
def test_a_key_that_cannot_be_is_refused_with_a_sentence(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(AccessRefused, match=says):
        key_of(**asked)
    assert not ApiKey.objects.exists()


def test_a_key_that_decides_is_made_by_its_owner() -> None:
    """Whoever makes one for somebody else holds it alone, and would be two persons; the server's operator may."""
    office, lead = somebody("administrator"), somebody("lead")
    with pytest.raises(AccessRefused, match=f"only {lead} makes it"):
        key_of(owner=lead, scopes=[READ, KeyScope.MODERATION], created_by=office)
    assert key_of(owner=lead, scopes=[READ], created_by=office).key.created_by == office
    for maker in (lead, None):
        made = key_of(owner=lead, scopes=[KeyScope.MODERATION], created_by=maker)
        assert KeyScope.MODERATION in check_key(text=made.text, address=HERE).scopes


def test_a_key_that_somebody_else_made_before_that_was_refused_decides_nothing() -> None:
    made = key_of("lead", scopes=[READ, KeyScope.MODERATION])
    ApiKey.objects.filter(pk=made.key.pk).update(created_by=somebody("administrator"))
    assert check_key(text=made.text, address=HERE).scopes == {READ}


def test_who_has_no_role_or_works_for_others_answers_for_no_key() -> None:
    with pytest.raises(AccessRefused, match="has no role"):
        create_key(organisation=organisation(), owner=UserFactory(), name="x")
    with pytest.raises(AccessRefused, match="another organisation"):
        create_key(organisation=organisation(), owner=somebody(works_for=organisation("Others")), name="x")
    made = create_key(organisation=organisation(), owner=somebody("moderator", organisation("Others")), name="x")
    assert made.key.organisation == organisation()


def test_each_role_may_what_the_one_before_may_and_more() -> None:
    roles = list(AccountRole)
    assert [role.value for role in roles] == ["contributor", "moderator", "lead", "administrator"]
    for lower, higher in pairwise(roles):
        assert RIGHTS[lower] < RIGHTS[higher]
    assert RIGHTS[AccountRole.ADMINISTRATOR] == set(Right)


def test_the_role_of_a_user_comes_from_the_account_and_a_superuser_needs_none() -> None:
    assert role_of(somebody("lead")) == AccountRole.LEAD
    assert role_of(UserFactory(is_superuser=True)) == AccountRole.ADMINISTRATOR
    assert role_of(somebody("moderator", is_superuser=True)) == AccountRole.MODERATOR
    for nobody in (None, AnonymousUser(), UserFactory(), UserFactory(is_superuser=True, is_active=False)):
        assert role_of(nobody) is None
        assert not may(nobody, Right.SUBMIT)


@pytest.mark.parametrize("role", list(AccountRole))
def test_a_role_brings_its_group_and_the_desk_to_those_who_review(role: AccountRole) -> None:
    user = somebody(role)
    assert [group.name for group in user.groups.all()] == [GROUPS[role]]
    assert user.is_staff == (role != AccountRole.CONTRIBUTOR)
    assert user.has_perm("incidents.change_incident") == user.is_staff
    assert user.has_perm("incidents.add_apikey") == user.is_staff  # of their own: tests/admin/test_access.py
    assert user.has_perm("incidents.view_account") == (role == AccountRole.ADMINISTRATOR)
    assert not user.has_perm("incidents.change_publication")
    assert user.has_perm("auth.change_user") == (role == AccountRole.ADMINISTRATOR)
    assert not user.has_perm("auth.change_group")
    assert not user.has_perm("auth.delete_user")


def test_another_role_takes_the_place_of_the_one_before_and_no_role_leaves_nothing() -> None:
    user = somebody("administrator")
    other = Group.objects.create(name="press")
    user.groups.add(other)
    set_role(user=user, role="moderator")
    assert {group.name for group in user.groups.all()} == {"moderators", "press"}
    assert role_of(user) == AccountRole.MODERATOR
    close_account(account=user.account)
    assert [group.name for group in user.groups.all()] == ["press"]
    assert not user.is_staff
    assert role_of(user) is None


def test_a_contributor_needs_an_organisation_and_a_role_must_be_one() -> None:
    with pytest.raises(AccessRefused, match="writes for an organisation"):
        set_role(user=UserFactory(), role="contributor")
    with pytest.raises(AccessRefused, match="is no role"):
        set_role(user=UserFactory(), role="king")
    assert not Account.objects.exists()


def test_groups_are_there_after_a_migration_and_are_mended() -> None:
    assert {group.name for group in Group.objects.all()} >= set(GROUPS.values())
    group = Group.objects.get(name="moderators")
    whole = group.permissions.count()
    group.permissions.clear()
    make_groups()
    assert group.permissions.count() == whole > 100
