"""Who may do what: roles of accounts, scopes of keys.

What each role and scope allows is decided in rules/accounts/access.py.
"""

from django.db.models import TextChoices


class AccountRole(TextChoices):
    CONTRIBUTOR = "contributor", "Contributor"
    MODERATOR = "moderator", "Moderator"
    LEAD = "lead", "Lead"
    ADMINISTRATOR = "administrator", "Administrator"


class KeyScope(TextChoices):
    """What a key may be used for; without any of these it reads what is public, at the rate of its organisation."""

    SUBMISSIONS_READ = "submissions:read", "Read the organisation's own submissions"
    SUBMISSIONS_WRITE = "submissions:write", "Send, change and withdraw submissions"
    MODERATION = "moderation", "Review and publish, as far as the role of the key's owner goes"
    WEBHOOKS = "webhooks:manage", "Manage the organisation's webhooks"
