"""What was proposed and takes a second person: to be confirmed, or declined with a reason.

Who may, and what is done then, is decided in rules/desk/deciding.py.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from incidents.admin import labels, model_labels, terms
from incidents.admin.asking import Asking, WhyForm, answered
from incidents.admin.base import ReadOnlyAdmin
from incidents.admin.naming import isolated, with_commas
from incidents.admin.proposing import look_url, merge_address
from incidents.admin.telling import told
from incidents.choices import DecisionAction, DecisionState
from incidents.models import Decision, Incident
from incidents.rules.accounts.access import Right, may
from incidents.rules.desk import deciding
from incidents.rules.desk.left import TYPES
from incidents.rules.desk.looking import called
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
    fields = (
        "action", "records", "what", "asked_for", "state", "look", "reason_code", "reason", "proposed_by", "created_at",
        "seen_version", "decided_by", "decided_at", "decision_reason", "public_id",
    )  # fmt: skip
    readonly_fields = ("records", "what", "asked_for", "look")
    actions = ("confirm", "decline")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Whoever reviews; whether it is the second person is the rule's to say."""
        return may(request.user, Right.REVIEW)

    def get_urls(self) -> list[URLPattern]:
        look = path("<int:pk>/look/", self.admin_site.admin_view(self.look_view), name="incidents_decision_look")
        return [look, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        answer: Any = super().changelist_view(request, extra_context)
        shown = (getattr(answer, "context_data", None) or {}).get("cl")
        if shown is not None:
            self._look_up(request, shown.result_list)
        return answer

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        if context.get("original") is not None:
            self._look_up(request, [context["original"]])
        return super().render_change_form(request, context, *args, **kwargs)

    def _look_up(self, request: HttpRequest, rows: Iterable[Decision]) -> None:
        """Give each decision the records that it is about: one query a kind, and one entry of what is confidential.

        Of what the viewer may not open they are not told the name.
        """
        rows = list(rows)
        for kind in {row.kind for row in rows}:
            found: dict[str, Publishable] = {}
            if self.admin_site.get_model_admin(TYPES[kind]).has_view_permission(request):
                keys = {key for row in rows if row.kind == kind for key in _keys(row)}
                found = {str(each.public_id): each for each in TYPES[kind]._default_manager.filter(public_id__in=keys)}
                called(found.values())
            for row in rows:
                if row.kind == kind:
                    row.about = found  # type: ignore[attr-defined]

    @admin.display(description=_("Record"))
    def record(self, row: Decision) -> SafeString:
        """A link to the page on which one sees what it is about, by the names of that."""
        return format_html('<a href="{}">{} {}</a>', look_url(row), _kind_of(row), " + ".join(_names(row)))

    @admin.display(description=_("Record"))
    def records(self, row: Decision) -> SafeString:
        """A link to the own page of each record that it is about."""
        links = []
        for key, name in zip(_keys(row), _names(row), strict=True):
            found = _about(row).get(key)
            page = reverse(f"admin:incidents_{found._meta.model_name}_change", args=[found.pk]) if found else ""
            links.append((format_html('<a href="{}">{}</a>', page, name) if page else name,))
        return format_html_join(" + ", "{}", links)

    @admin.display(description=_("Kind"))
    def what(self, row: Decision) -> str:
        return terms.label("public_kind", row.kind)

    @admin.display(description=_("Details"))
    def asked_for(self, row: Decision) -> SafeString | str:
        """What the action needs besides its records, in words; what only the rules compare is left out."""
        told = [*_asked_for(row.details)]
        return format_html_join(" · ", "{}: {}", told) if told else "-"

    @admin.display(description=_("Awaits a second person"))
    def look(self, row: Decision) -> SafeString | str:
        """The way to the page on which it is looked at and decided, as long as it waits."""
        if row.state != DecisionState.PROPOSED:
            return "-"
        return format_html('<a href="{}">{}</a>', look_url(row), now("Look at it, then confirm or decline it"))

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


def _keys(row: Decision) -> list[str]:
    """The public id of the record, and that of the other incident where two are meant."""
    return [str(row.object_id), *filter(None, [row.absorbed])]


def _about(row: Decision) -> Mapping[str, Publishable]:
    return getattr(row, "about", {})


def _names(row: Decision) -> list[str]:
    """What each record is called; what is gone, or not to be told, by the beginning of its public id."""
    found = _about(row)
    return [isolated(found[key] if key in found else key[:8]) for key in _keys(row)]


def _kind_of(row: Decision) -> str:
    return str(TYPES[row.kind]._meta.verbose_name)


def _asked_for(details: Mapping[str, Any]) -> Iterator[tuple[object, object]]:
    """What is asked for in detail: its name, and the words for it."""
    if "sensitivity" in details:
        yield labels.FIELDS["sensitivity"], terms.label("sensitivity", details["sensitivity"])
    if details.get("take_from_absorbed"):
        names = (str(labels.FIELDS.get(name, name)) for name in details["take_from_absorbed"])
        yield now("Taken from the other incident"), with_commas(names)
    if "merge" in details:
        page = reverse("admin:incidents_merge_change", args=[details["merge"]])
        name = capfirst(str(model_labels.MODELS["Merge"][0]))
        yield name, format_html('<a href="{}">{}</a>', page, details["merge"])


def _page(row: Decision, record: Publishable) -> str:
    other = deciding.absorbed_of(row)
    if isinstance(record, Incident) and other is not None and row.state == DecisionState.PROPOSED:
        if row.action == DecisionAction.UNDO_MERGE:
            return reverse("admin:incidents_merge_undo", args=[row.details["merge"]])
        if record.merged_into_id is None and other.merged_into_id is None:
            return merge_address(record, other)
    return reverse(f"admin:incidents_{record._meta.model_name}_preview", args=[record.pk])
