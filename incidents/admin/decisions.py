"""What was proposed and takes a second person: to be confirmed, or declined with a reason.

Who may, and what is done then, is decided in rules/deciding.py.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from incidents.admin.asking import Asking, WhyForm, answered
from incidents.admin.base import ReadOnlyAdmin
from incidents.models import Decision
from incidents.rules import deciding
from incidents.rules.access import Right, may

REFUSALS = deciding.REFUSALS


@admin.register(Decision)
class DecisionAdmin(Asking, ReadOnlyAdmin[Decision]):
    list_display = ("action", "record", "state", "reason", "proposed_by", "created_at", "decided_by")
    list_filter = ("state", "action")
    list_select_related = ("proposed_by", "decided_by")
    search_fields = ("object_id", "reason")
    ordering = ("-pk",)
    actions = ("confirm", "decline")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Whoever reviews; whether it is the second person is the rule's to say."""
        return may(request.user, Right.REVIEW)

    @admin.display(description=_("Record"))
    def record(self, row: Decision) -> SafeString:
        """A link to the record, found by its public id."""
        model = deciding.TYPES[row.kind]._meta
        where = reverse(f"admin:{model.app_label}_{model.model_name}_changelist", query={"q": str(row.object_id)})
        return format_html('<a href="{}">{} {}</a>', where, model.verbose_name, str(row.object_id)[:8])

    @admin.action(description=_("Confirm as the second person"), permissions=["decide"])
    def confirm(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        user: Any = request.user
        return self.each(request, queryset, lambda row: deciding.confirm(row, by=user), REFUSALS)

    @admin.action(description=_("Decline"), permissions=["decide"])
    def decline(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        form, user = WhyForm(answered(request)), request.user
        page = self.asked(request, queryset, "decline", _("Decline"), form)
        if page is not None:
            return page
        reason = form.cleaned_data["reason"]
        return self.each(request, queryset, lambda row: deciding.decline(row, by=user, reason=reason), REFUSALS)  # type: ignore[arg-type]
