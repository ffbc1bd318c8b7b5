"""Who may do what: the rights and scopes of each role, the groups of permissions made from them, and accounts.

Keys are in keys.py; what a state of a submission allows is the moderation's matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from incidents import choices
from incidents.choices import AccountRole, AuditAction, KeyScope
from incidents.models import Account, ApiKey, Organisation
from incidents.models.public import INDEX_MODULES
from incidents.rules.legible import illegible, is_written
from incidents.rules.sentences import Sentence, worded
from incidents.rules.trail import auditing


class AccessRefused(Exception):
    """An account, a key or an organisation cannot be as asked; the text says what to do instead."""


class Right(StrEnum):
    """What a role may do."""

    SUBMIT = "submit"  # send, change and withdraw submissions of one's own organisation, and follow them
    HOOK = "hook"  # be told by webhooks what becomes of them
    REVIEW = "review"  # read all submissions, ask back, draft, decide as the first person
    RELEASE = "release"  # decide as the second person: publish, withdraw, merge, lower a sensitivity
    ADMINISTER = "administer"  # users, organisations, keys, vocabularies


# The whole of it. A lead does what a moderator does and more; an administrator everything.
RIGHTS: Mapping[AccountRole, frozenset[Right]] = {
    AccountRole.CONTRIBUTOR: frozenset({Right.SUBMIT, Right.HOOK}),
    AccountRole.MODERATOR: frozenset({Right.SUBMIT, Right.HOOK, Right.REVIEW}),
    AccountRole.LEAD: frozenset({Right.SUBMIT, Right.HOOK, Right.REVIEW, Right.RELEASE}),
    AccountRole.ADMINISTRATOR: frozenset(Right),
}
NEEDS: Mapping[KeyScope, Right] = {
    KeyScope.SUBMISSIONS_READ: Right.SUBMIT,
    KeyScope.SUBMISSIONS_WRITE: Right.SUBMIT,
    KeyScope.WEBHOOKS: Right.HOOK,
    KeyScope.MODERATION: Right.REVIEW,
}
GROUPS: Mapping[AccountRole, str] = {
    AccountRole.CONTRIBUTOR: "contributors",
    AccountRole.MODERATOR: "moderators",
    AccountRole.LEAD: "leads",
    AccountRole.ADMINISTRATOR: "administrators",
}
# What nobody changes by hand: the log and its index, the gazetteer, the vocabularies.
READ_ONLY = (
    "incidents.models.audit",
    *INDEX_MODULES,
    "incidents.models.publications",
    "incidents.models.places",
    "incidents.models.vocabularies",
)
NAME_LENGTH = 200
FOR_LEADS = "view_auditvalues"  # what confidential fields said before and after a change
FOR_ADMINISTRATORS = "incidents.models.access"
# Of users; what makes one more than their role stays with superusers (admin/access.py).
PEOPLE = frozenset({"add_user", "change_user", "view_user"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who comes in by a key: what the rules that others write receive in place of a request."""

    key: ApiKey
    organisation: Organisation
    owner: Any
    role: AccountRole
    scopes: frozenset[str] = field(default_factory=frozenset)

    def may(self, right: Right) -> bool:
        """Whether the role of the key's owner allows it; what the key is for is said by its scopes."""
        return right in RIGHTS[self.role]

    @property
    def reviews(self) -> bool:
        """Whether it is the desk that reads: a key without the scope reads as its organisation, whoever owns it."""
        return KeyScope.MODERATION.value in self.scopes and self.may(Right.REVIEW)


def role_of(user: Any) -> AccountRole | None:
    """The role of a user; a superuser without an account is an administrator, whoever is switched off is nobody."""
    if user is None or not user.is_authenticated or not user.is_active:
        return None
    account = getattr(user, "account", None)
    if account is not None:
        return AccountRole(account.role)
    return AccountRole.ADMINISTRATOR if user.is_superuser else None


def scopes_of(role: AccountRole) -> frozenset[str]:
    """The scopes that a key may have whose owner has the role."""
    return frozenset(scope.value for scope, right in NEEDS.items() if right in RIGHTS[role])


def may(user: Any, right: Right) -> bool:
    """Whether a user may do something."""
    role = role_of(user)
    return role is not None and right in RIGHTS[role]


def roles_with(right: Right) -> list[str]:
    """The roles that have a right, those with the fewest rights first."""
    return [role.value for role in AccountRole if right in RIGHTS[role]]


def takes(right: Right) -> Sentence:
    """Who is needed for what somebody may not do, in a sentence."""
    roles = [AccountRole(role) for role in roles_with(right)]
    desk = "This takes another role: %(roles)s."
    return worded("This takes a %(codes)s.", desk=desk, codes=" or ".join(roles), roles=roles)


def create_organisation(*, name: str) -> Organisation:
    """Make an organisation; raises AccessRefused where it has no name or there is one of that name."""
    name = " ".join(name.split())
    if fault := illegible(name):
        raise AccessRefused(fault)
    if not is_written(name) or len(name) > NAME_LENGTH:
        raise AccessRefused(worded("An organisation has a name of %(most)d characters at most.", most=NAME_LENGTH))
    with transaction.atomic():
        organisation, new = Organisation.objects.get_or_create(name=name)
        if not new:
            raise AccessRefused(worded("There is an organisation named %(name)s already.", name=name))
        auditing.record(action=AuditAction.CREATE, obj=organisation, after={"name": name, "active": True})
    return organisation


@transaction.atomic
def set_role(*, user: Any, role: str, organisation: Organisation | None = None) -> Account:
    """Give a user a role: the account, the group of the role, and whether the desk opens; raises AccessRefused."""
    if role not in choices.AccountRole.values:
        raise AccessRefused(worded("%(role)s is no role. There are: %(roles)s.", role=repr(role), roles=AccountRole))
    if role == AccountRole.CONTRIBUTOR and organisation is None:
        raise AccessRefused(worded("A contributor writes for an organisation: choose it."))
    was = Account.objects.filter(user=user).select_related("organisation").first()
    account, _ = Account.objects.update_or_create(user=user, defaults={"role": role, "organisation": organisation})
    user.account = account  # what was read of it before is not so any more
    _regroup(user, AccountRole(role))
    told = auditing.Deed(AuditAction.ROLE_GIVEN, ("user", str(user.pk)), _told(was) if was else None, _told(account))
    auditing.record_all([told])
    return account


def _told(account: Account) -> dict[str, Any]:
    organisation = account.organisation
    return {"role": account.role, "organisation": organisation.name if organisation else None}


@transaction.atomic
def close_account(*, account: Account) -> None:
    """Take a user's role away, with the groups and the desk that came with it."""
    user = account.user
    account.delete()
    user._state.fields_cache.pop("account", None)
    _regroup(user, None)
    auditing.record(action=AuditAction.ROLE_TAKEN, obj=("user", str(user.pk)), before=_told(account))


def group_of(role: AccountRole) -> Group:
    """The group of Django permissions of a role, made or mended."""
    group, _ = Group.objects.get_or_create(name=GROUPS[role])
    known = Permission.objects.filter(content_type__app_label__in=["incidents", "auth"]).select_related("content_type")
    wanted = {permission for permission in known if _belongs_to(role, permission)}
    if wanted != set(group.permissions.all()):
        group.permissions.set(wanted)
    return group


def make_groups() -> None:
    """The groups of all roles, with the permissions that they have now; after every migration."""
    for role in AccountRole:
        group_of(role)


def _regroup(user: Any, role: AccountRole | None) -> None:
    user.groups.remove(*Group.objects.filter(name__in=GROUPS.values()))
    if role is not None:
        user.groups.add(group_of(role))
    user.is_staff = user.is_superuser or (role is not None and Right.REVIEW in RIGHTS[role])
    user.save(update_fields=["is_staff"])


def _belongs_to(role: AccountRole, permission: Permission) -> bool:
    rights = RIGHTS[role]
    if Right.REVIEW not in rights:
        return False  # contributors come in by keys, never by the desk
    if permission.content_type.app_label == "auth":
        return Right.ADMINISTER in rights and permission.codename in PEOPLE
    model = permission.content_type.model_class()
    if model is not None and model.__module__ == FOR_ADMINISTRATORS and Right.ADMINISTER not in rights:
        return model is ApiKey  # the desk makes and revokes keys of its own (admin/access.py)
    if permission.codename == FOR_LEADS:
        return Right.RELEASE in rights
    if permission.codename.startswith("view_"):
        return True
    # A history row is made when its record is saved, never by hand.
    return model is not None and model.__module__ not in READ_ONLY and not model.__name__.startswith("Historical")
