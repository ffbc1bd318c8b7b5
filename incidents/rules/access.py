"""Roles of users (to be replaced by the access branch)."""

from typing import Any

from incidents import choices


def role_of(user: Any) -> str:
    """The role of a user."""
    if user.is_superuser:
        return choices.AccountRole.ADMINISTRATOR.value
    account = getattr(user, "account", None)
    return account.role if account else ""
