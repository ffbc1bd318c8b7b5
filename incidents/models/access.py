"""Who works with the record: organisations, what a user is there, and the keys by which programs come in.

A key's secret is never stored, only its keyed digest; what a role or a scope allows is the rules' matter (access.py).
"""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from incidents import choices
from incidents.models.base import Record, code_field, one_of
from incidents.models.sources import Source


class Organisation(Record):
    """An organisation that contributes or moderates; what it sends carries its name, never anybody else's."""

    name = models.CharField(max_length=200, unique=True)
    source = models.ForeignKey(
        Source,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="organisations",
        help_text=_("The source under which its own word stands in the record."),
    )
    contact = models.EmailField(blank=True, default="", help_text=_("For the desk: never published."))
    active = models.BooleanField(default=True, help_text=_("Off: its keys open nothing."))
    hourly_requests = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Requests an hour of each of its keys; empty: the usual rate."),
    )
    notes = models.TextField(blank=True, default="", help_text=_("For the desk: never published."))

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Account(models.Model):
    """What a user is here: a role and, of contributors, the organisation that they write for."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="account")
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="accounts"
    )
    role = code_field(choices.AccountRole.choices)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=one_of("role", choices.AccountRole.values), name="account_role_known"),
            models.CheckConstraint(
                condition=~Q(role=choices.AccountRole.CONTRIBUTOR) | Q(organisation__isnull=False),
                name="account_contributor_has_organisation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class ApiKey(models.Model):
    """A key `hid_<prefix>_<secret>` of an organisation; its owner answers for what is done with it.

    `digest` is HMAC-SHA-256 of the whole key under the pepper of that version, hexadecimal. `networks` are CIDRs;
    none means from anywhere.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="keys")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=100, help_text=_("What it is for, such as: nightly import."))
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    pepper_version = models.PositiveSmallIntegerField(editable=False)
    scopes = models.JSONField(default=list, blank=True)
    networks = models.JSONField(default=list, blank=True, help_text=_("One a line, such as 192.0.2.0/24."))
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="api_key_digest_is_hex"),
        ]

    def __str__(self) -> str:
        return f"{self.name} (hid_{self.prefix}_…)"
