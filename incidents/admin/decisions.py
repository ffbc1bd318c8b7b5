"""What was proposed and takes a second person: to be confirmed, or declined with a reason.

Who may, and what is done then, is decided in rules/desk/deciding.py.
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from incidents.admin.asking import Asking, WhyForm, answered
from incidents.admin.base import ReadOnlyAdmin
from incidents.admin.proposing import look_url, merge_address
from incidents.admin.telling import told
from incidents.choices import DecisionAction, DecisionState
from incidents.models import Decision, Incident
from incidents.rules.accounts.access import Right, may
from incidents.rules.desk import deciding
from incidents.rules.desk.left import TYPES
from incidents.rules.publication.publishing import Publishable
from incidents.rules.submissions.transitions import NotNow

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

    def get_urls(self) -> list[URLPattern]:
        look = path("<int:pk>/look/", self.admin_site.admin_view(self.look_view), name="incidents_decision_look")
        return [look, *super().get_urls()]

    @admin.display(description=_("Record"))
    def record(self, row: Decision) -> SafeString:
        """A link to the page on which one sees what it is about, by the beginning of the public id."""
        both = filter(None, (str(row.object_id), row.details.get("absorbed")))
        name = TYPES[row.kind]._meta.verbose_name
        return format_html('<a href="{}">{} {}</a>', look_url(row), name, " + ".join(key[:8] for key in both))

    def look_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """To the record as it would be public; with a merge that waits, to both incidents."""
        row = self.get_object(request, str(pk))
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        try:
            record = deciding.object_of(row)
        except NotNow as refusal:
            messages.error(request, told(refusal))
            return HttpResponseRedirect(reverse("admin:incidents_decision_changelist"))
        if record._state.adding:  # what is left of it stands in the log
            rows = reverse("admin:incidents_publication_changelist")
            return HttpResponseRedirect(f"{rows}?q={row.object_id}")
        return HttpResponseRedirect(_page(row, record))

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


def _page(row: Decision, record: Publishable) -> str:
    other = deciding.absorbed_of(row)
    if isinstance(record, Incident) and other is not None and row.state == DecisionState.PROPOSED:
        if row.action == DecisionAction.UNDO_MERGE:
            return reverse("admin:incidents_merge_undo", args=[row.details["merge"]])
        if record.merged_into_id is None and other.merged_into_id is None:
            return merge_address(record, other)
    return reverse(f"admin:incidents_{record._meta.model_name}_preview", args=[record.pk])
