"""Organisations, accounts and keys, for administrators: a key is shown once, when it is made, and revoked in a list.

Moderators and leads make and revoke keys of their own, for their own organisation.

What a role may do, and what makes a key good, is decided in rules/accounts/access.py and rules/accounts/keys.py.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from incidents import choices
from incidents.admin.base import DeskAdmin, DeskForm
from incidents.admin.lookups import StrictLookups
from incidents.admin.records import RecordAdmin
from incidents.admin.telling import told
from incidents.admin.texts import LinesField
from incidents.models import Account, ApiKey, Organisation
from incidents.rules.accounts.access import AccessRefused, Right, close_account, may, set_role
from incidents.rules.accounts.keys import (
    NewKey,
    allowed_scopes,
    check_expiry,
    check_maker,
    create_key,
    newest_pepper,
    read_networks,
    revoke_key,
)
from incidents.rules.trail import auditing
from incidents.rules.trail.differences import changed

User = get_user_model()
SCOPES = [
    (choices.KeyScope.SUBMISSIONS_READ, _("Read the organisation's own submissions")),
    (choices.KeyScope.SUBMISSIONS_WRITE, _("Send, change and withdraw submissions")),
    (choices.KeyScope.MODERATION, _("Review and publish, as far as the role of its owner goes")),
    (choices.KeyScope.WEBHOOKS, _("Manage the organisation's webhooks")),
]


@admin.register(Organisation)
class OrganisationAdmin(RecordAdmin[Organisation]):
    list_display = ("name", "active", "hourly_requests", "source", "updated_at")
    list_filter = ("active",)
    list_select_related = ("source",)
    search_fields = ("name", "contact")
    autocomplete_fields = ("source",)
    fieldsets = (
        (None, {"fields": ("name", "active", "source")}),
        (_("For the desk"), {"fields": ("contact", "hourly_requests", "notes")}),
    )


class AccountForm(DeskForm):
    """Says in words what the table would refuse."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "user" in self.fields:
            self.fields["user"].queryset = User.objects.filter(account=None).order_by("username")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("role") == choices.AccountRole.CONTRIBUTOR and not self.cleaned_data.get(
            "organisation"
        ):
            self.add_error("organisation", _("A contributor writes for an organisation: choose it."))
        return cleaned


@admin.register(Account)
class AccountAdmin(DeskAdmin[Account]):
    recorded_by_rule = True
    form = AccountForm
    list_display = ("user", "role", "organisation")
    list_filter = ("role",)
    list_select_related = ("user", "organisation")
    search_fields = ("user__username", "user__email", "organisation__name")
    autocomplete_fields = ("organisation",)
    fields = ("user", "role", "organisation")

    def get_readonly_fields(self, request: HttpRequest, obj: Account | None = None) -> Any:
        return [] if obj is None else [self._without_link("user", request)]

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        """The role is given by the rule, which brings the groups too."""
        saved = set_role(user=obj.user, role=obj.role, organisation=obj.organisation)
        obj.pk, obj._state.adding = saved.pk, False

    def delete_model(self, request: HttpRequest, obj: Account) -> None:
        close_account(account=obj)


class KeyForm(DeskForm):
    """What a new key shall be; whoever may not have it so is told why. `maker`: who fills it in."""

    maker: Any = None
    scopes = forms.MultipleChoiceField(
        choices=SCOPES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("Scopes"),
        help_text=_("Without any it reads what is public, at the rate of its organisation."),
    )
    networks = LinesField(
        required=False,
        label=_("Networks"),
        help_text=_("One a line, such as 192.0.2.0/24. Empty: it may be used from anywhere."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "owner" in self.fields:
            with_role = Q(account__isnull=False) | Q(is_superuser=True)
            owners = User.objects.filter(with_role, is_active=True).order_by("username")
            self.fields["owner"].queryset = owners  # type: ignore[attr-defined]
            if not _administers(self.maker):
                own = Q(accounts__user=self.maker)
                self.fields["owner"].queryset = owners.filter(pk=self.maker.pk)  # type: ignore[attr-defined]
                self.fields["organisation"].queryset = Organisation.objects.filter(own)  # type: ignore[attr-defined]
                if not Organisation.objects.filter(own).exists():
                    self.fields["organisation"].help_text = _(
                        "Your account belongs to no organisation. An administrator can give it one."
                    )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        given = self.cleaned_data
        try:
            newest_pepper()
            read_networks(given.get("networks", []))
            check_expiry(given.get("expires_at"))
            if given.get("organisation") and given.get("owner"):
                allowed_scopes(given.get("scopes", []), organisation=given["organisation"], owner=given["owner"])
                check_maker(given.get("scopes", []), owner=given["owner"], by=self.maker)
        except AccessRefused as refused:
            raise ValidationError(told(refused)) from refused
        # A page with a new key that is loaded again sends its form again.
        named = {name: given.get(name) for name in ("organisation", "owner", "name")}
        if all(named.values()) and ApiKey.objects.filter(**named, revoked_at=None).exists():
            self.add_error(
                "name", _("There is such a key already, shown when it was made. Revoke it, or write another name.")
            )
        return cleaned


@admin.register(ApiKey)
class ApiKeyAdmin(DeskAdmin[ApiKey]):
    recorded_by_rule = True
    form = KeyForm
    list_display = ("name", "prefix", "organisation", "owner", "expires_at", "last_used_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "organisation")
    list_select_related = ("organisation", "owner")
    search_fields = ("name", "prefix", "organisation__name", "owner__username")
    search_help_text = _("Name, prefix, organisation, or who answers for it.")
    autocomplete_fields = ("organisation",)
    fields = ("organisation", "owner", "name", "scopes", "networks", "expires_at")
    actions = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        keys = super().get_queryset(request)
        return keys if _administers(request.user) else keys.filter(owner=request.user)

    def get_form(self, request: HttpRequest, obj: ApiKey | None = None, change: bool = False, **kwargs: Any) -> Any:
        made = super().get_form(request, obj, change, **kwargs)
        return type(made.__name__, (made,), {"maker": request.user})

    def get_autocomplete_fields(self, request: HttpRequest) -> Any:
        """There is one organisation to choose from, for whoever makes a key of their own."""
        return super().get_autocomplete_fields(request) if _administers(request.user) else ()

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        if obj is None:
            return self.fields
        return (*self.fields, "prefix", "created_at", "created_by", "last_used_at", "revoked_at", "revoked_by")

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """A key is replaced by another one, never changed; in the list it can be revoked."""
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """What was done with a key stays its doing."""
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        given = form.cleaned_data
        made = create_key(
            organisation=given["organisation"],
            owner=given["owner"],
            name=given["name"],
            scopes=given["scopes"],
            networks=given["networks"],
            expires_at=given["expires_at"],
            created_by=request.user,
        )
        obj.__dict__.update(made.key.__dict__)
        obj.made = made  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """The key itself, in the answer to the form: it is kept nowhere, so no later page can show it."""
        made: NewKey = obj.made  # type: ignore[attr-defined]
        context = {
            **self.admin_site.each_context(request),
            "title": _("The new key"),
            "opts": self.opts,
            "key": made.key,
            "text": made.text,
        }
        return TemplateResponse(request, "admin/incidents/key_made.html", context)

    @admin.action(description=_("Revoke the selected keys"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> HttpResponse | None:
        """Asks first; a revoked key opens nothing from that moment and for good."""
        keys = list(queryset.select_related("organisation"))
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": _("Revoke keys"),
                "opts": self.opts,
                "keys": keys,
                "chosen": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "admin/incidents/revoke_keys.html", context)
        number = sum(revoke_key(key=key, by=request.user) for key in keys)
        for key in keys:
            self.log_change(request, key, now("Revoked."))
        text = ngettext("Revoked: %(number)d key.", "Revoked: %(number)d keys.", number)
        messages.success(request, text % {"number": number})
        return None


class Removed(admin.ModelAdmin[Any]):
    """A page of a table of Django's own, on which each row that is deleted is an entry of the audit chain."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic():
            told = _removal(obj)
            super().delete_model(request, obj)
            auditing.record_all([told])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            told = [_removal(row) for row in queryset]
            super().delete_queryset(request, queryset)
            auditing.record_all(told)


class PeopleAdmin(StrictLookups[Any], Removed, UserAdmin[Any]):
    """Users, as administrators see them: what makes somebody more than their role stays with superusers."""

    more_than_a_role = frozenset({"is_staff", "is_superuser", "groups", "user_permissions"})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if _is_superuser(request) or obj is None:
            return fieldsets
        return [
            (name, {**options, "fields": [each for each in options["fields"] if each not in self.more_than_a_role]})
            for name, options in fieldsets
        ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever can change a superuser's password is one."""
        if obj is not None and obj.is_superuser and not _is_superuser(request):
            return False
        return bool(super().has_change_permission(request, obj))

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        """A password and its entry of the audit chain are set together; the sessions of that user end."""
        with transaction.atomic():
            return super().user_change_password(request, id, form_url)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        after: dict[str, Any] = {"username": obj.username}
        if obj.has_usable_password():
            after["changed"] = ["password"]
        auditing.record(action=choices.AuditAction.CREATE, obj=("user", str(obj.pk)), after=after)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Which fields changed, never what a password is: Django tells of all its forms here."""
        fields = [field for each in message for field in each.get("changed", {}).get("fields", ())]
        if fields:
            auditing.record(action=choices.AuditAction.CHANGE, obj=("user", str(obj.pk)), after={"changed": fields})
        return super().log_change(request, obj, message)


def password_was_set(user: Any) -> None:
    """Write down that somebody set a new password of their own."""
    auditing.record(action=choices.AuditAction.CHANGE, obj=("user", str(user.pk)), after={"changed": ["password"]})


def _administers(user: Any) -> bool:
    return may(user, Right.ADMINISTER) or bool(getattr(user, "is_superuser", False))


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


class RolesAdmin(StrictLookups[Group], Removed, GroupAdmin):
    """What each role may do, as Django keeps it."""

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        form.was = _allows(Group.objects.get(pk=form.instance.pk)) if change else {}
        return super().save_form(request, form, change)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Django asks for it when all is saved. Of the permissions are told those that were taken, and those given."""
        before, after = changed(form.was, _allows(form.instance))
        had, has = (set(side.get("permissions", ())) for side in (before, after))
        before, after = (
            side | ({"permissions": sorted(names)} if names else {})
            for side, names in ((before, had - has), (after, has - had))
        )
        if before or after:
            action = choices.AuditAction.CREATE if add else choices.AuditAction.CHANGE
            auditing.record(action=action, obj=_called(form.instance), before=before, after=after)
        return super().construct_change_message(request, form, formsets, add)


def _called(row: Any) -> tuple[str, str]:
    return row._meta.model_name, str(row.pk)


def _removal(row: Any) -> auditing.Deed:
    told = _allows(row) if isinstance(row, Group) else {"username": row.username}
    return auditing.Deed(choices.AuditAction.DELETE, _called(row), before=told)


def _allows(group: Group) -> dict[str, Any]:
    """What the audit chain tells of a group: its name, and what whoever is in it may do."""
    allowed = group.permissions.order_by("codename").values_list("codename", flat=True)
    return {"name": group.name, "permissions": list(allowed)}


admin.site.unregister([User, Group])
admin.site.register(User, PeopleAdmin)
admin.site.register(Group, RolesAdmin)
