"""The audit chain, its values and the signed checkpoints, to be looked at: only rules write them.

Values may hold what is confidential: who may see them is a permission of its own, and every look is an entry.
"""

from functools import cache
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from incidents.admin import terms
from incidents.admin.asking import Asking, WhyForm, answered
from incidents.admin.base import ReadOnlyAdmin
from incidents.choices import AuditAction, PublicKind
from incidents.models import AuditEntry, AuditHead, AuditValues, Checkpoint
from incidents.rules.accounts.access import Right, may
from incidents.rules.trail import auditing
from incidents.rules.trail.auditing import AuditError
from incidents.rules.trail.differences import kind_of


class ErasureForm(WhyForm):
    """Why values are erased."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.fields["reason"].help_text = _("It stays in the audit chain for good: write no name into it.")


@admin.register(AuditEntry)
class AuditEntryAdmin(Asking, ReadOnlyAdmin[AuditEntry]):
    list_display = ("seq", "at", "actor", "key_prefix", "action", "what", "object_id", "reason", "request_id")
    list_filter = ("action",)
    list_select_related = ("actor",)
    search_fields = ("object_id", "reason", "request_id", "key_prefix", "actor__username")
    search_help_text = _("Public id, reason, id of the request, prefix of the key, or user.")
    date_hierarchy = "at"
    ordering = ("-seq",)
    actions = ("erase_values",)

    @admin.display(description=_("Kind"), ordering="kind")
    def what(self, entry: AuditEntry) -> str:
        """What the table is called that the entry is about a row of; one that is no more, as it is."""
        if entry.kind == PublicKind.PERPETRATOR:  # as decisions about actors have it
            return terms.label("public_kind", entry.kind)
        model = _models().get(entry.kind)
        return capfirst(str(model._meta.verbose_name)) if model else entry.kind

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Right.ADMINISTER)

    @admin.action(description=_("Erase the values for good"), permissions=["erase"])
    def erase_values(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        form = ErasureForm(answered(request))
        page = self.asked(request, queryset, "erase_values", _("Erase the values for good"), form)
        if page is not None:
            return page

        def erase(entry: AuditEntry) -> None:
            with transaction.atomic():
                if not auditing.erase([entry.pk], form.cleaned_data["reason"]):
                    raise AuditError("It has no values, or they were erased before.")

        return self.each(request, queryset, erase, (AuditError,))

    def get_fields(self, request: HttpRequest, obj: AuditEntry | None = None) -> Any:
        """All columns and, for who may see them, the way to the values."""
        columns = ["what" if field.name == "kind" else field.name for field in self.opts.fields]
        return [*columns, "values_link"] if self._may_see_values(request) else columns

    def get_readonly_fields(self, request: HttpRequest, obj: AuditEntry | None = None) -> Any:
        return self.get_fields(request, obj)

    @admin.display(description=_("Values"))
    def values_link(self, entry: AuditEntry) -> SafeString:
        page = reverse("admin:incidents_auditvalues_change", args=[entry.pk])
        return format_html("<a href='{}'>{}</a>", page, _("Look at the values")) if hasattr(entry, "kept") else _NONE

    def _may_see_values(self, request: HttpRequest) -> bool:
        return request.user.has_perm("incidents.view_auditvalues")


_NONE = format_html("{}", "-")


@cache
def _models() -> dict[str, type[Model]]:
    """The tables by the names that the chain gives them."""
    models: list[type[Model]] = [User, *apps.get_app_config("incidents").get_models()]
    return {kind_of(model): model for model in models}


@admin.register(AuditValues)
class AuditValuesAdmin(ReadOnlyAdmin[AuditValues]):
    """The values of an entry; the list names entries only, so that nothing is seen that is not recorded."""

    list_display = ("entry",)
    list_filter = (("values", admin.EmptyFieldListFilter),)
    list_select_related = ("entry",)
    search_fields = ("entry__object_id", "entry__request_id")
    ordering = ("-entry_id",)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        shown = context.get("original")
        if shown is not None:
            with transaction.atomic():
                auditing.record(
                    action=AuditAction.VIEW_CONFIDENTIAL,
                    obj=(auditing.ENTRY, str(shown.pk)),
                    after={"fields": ["values"]},
                )
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(AuditHead)
class AuditHeadAdmin(ReadOnlyAdmin[AuditHead]):
    list_display = ("seq", "hash")


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnlyAdmin[Checkpoint]):
    list_display = ("log", "seq", "hash", "signed_at", "key_id")
    list_filter = ("log",)
    search_fields = ("hash", "key_id")
    date_hierarchy = "signed_at"
    ordering = ("-id",)
