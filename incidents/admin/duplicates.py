"""Pairs of incidents that may be one, with the reasons in words, and merges with the way back.

What is proposed, remembered and undone is decided in rules/duplicates.py and rules/unmerging.py.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import formats
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from incidents.admin import labels, terms
from incidents.admin.base import ReadOnlyAdmin
from incidents.admin.filters import TermFilter
from incidents.choices import DuplicateDecision
from incidents.models import DuplicateCandidate, Incident, Merge
from incidents.rules import duplicates
from incidents.rules.access import Right, may
from incidents.rules.publishing import MAX_REASON, PublishingError
from incidents.rules.unmerging import SAID, undo_merge

PARAMETER = "decided"


class DecisionFilter(admin.SimpleListFilter):
    """Those that wait for somebody, unless others are asked for."""

    title = gettext_lazy("Decision")
    parameter_name = PARAMETER

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        decided = (DuplicateDecision.NOT_DUPLICATES, DuplicateDecision.MERGED)
        return [*((code.value, DECISIONS[code]) for code in decided), ("all", gettext_lazy("All of them"))]

    def choices(self, changelist: Any) -> Any:
        """The first choice, which asks for nothing, is that of the pairs that wait."""
        for position, choice in enumerate(super().choices(changelist)):
            yield choice if position else choice | {"display": _("To be decided")}

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        if self.value() is None:
            return queryset.filter(pk__in=duplicates.waiting())
        return queryset.filter(decision=self.value())


DECISIONS = {
    DuplicateDecision.OPEN: gettext_lazy("To be decided"),
    DuplicateDecision.NOT_DUPLICATES: gettext_lazy("Not duplicates"),
    DuplicateDecision.MERGED: gettext_lazy("Merged"),
}


class NoteForm(forms.Form):
    """Why two incidents are two; only the desk reads it."""

    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text=gettext_lazy("For whoever meets these two again. For example: two villages of one name."),
    )


class UndoForm(forms.Form):
    """Why a merge was wrong; it stands in the public log for good."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=MAX_REASON - len(SAID),
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text=gettext_lazy(
            "In one sentence that anybody may read: it stands in the public log for good. "
            "For example: two villages of one name."
        ),
    )


@admin.register(DuplicateCandidate)
class DuplicateCandidateAdmin(ReadOnlyAdmin[DuplicateCandidate]):
    list_display = ("score", "one", "other", "why", "decided", "note")
    list_display_links = ("score",)
    list_filter = (DecisionFilter, ("first__kind", TermFilter), "first__country")
    list_select_related = ("first", "second", "decided_by")
    search_fields = tuple(f"{end}__title__{language}" for end in ("first", "second") for language in ("en", "ar"))
    actions = ("not_duplicates",)
    fields = (
        "score",
        "first",
        "second",
        "why",
        "decided",
        "decided_by",
        "decided_at",
        "note",
        "found_at",
        "compared_at",
    )
    readonly_fields = ("why", "decided")

    @admin.display(description=gettext_lazy("Incident"), ordering="first")
    def one(self, row: DuplicateCandidate) -> str:
        return self._link(row.first)

    @admin.display(description=gettext_lazy("Other incident"), ordering="second")
    def other(self, row: DuplicateCandidate) -> str:
        return self._link(row.second)

    @admin.display(description=gettext_lazy("Why they may be one"))
    def why(self, row: DuplicateCandidate) -> str:
        return in_words(row.reasons)

    @admin.display(description=gettext_lazy("Decision"), ordering="decision")
    def decided(self, row: DuplicateCandidate) -> str:
        return str(DECISIONS[DuplicateDecision(row.decision)])

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Rows are not edited, so to decide is what the permission to change them means here."""
        return may_change(request, DuplicateCandidate)

    @admin.action(description=gettext_lazy("Not duplicates"), permissions=["decide"])
    def not_duplicates(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        form = NoteForm(request.POST if "note" in request.POST else None)
        if not form.is_valid():
            context = {"title": _("Not duplicates"), "rows": queryset, "action": "not_duplicates", "form": form}
            return asked(self, request, context)
        refused, by = 0, user_of(request)
        rows = list(queryset)
        for row in rows:
            try:
                duplicates.not_duplicates(row, note=form.cleaned_data["note"], by=by)
            except duplicates.DecisionError as refusal:
                refused += 1
                messages.error(request, f"{row}: {refusal}")
        number = len(rows) - refused
        if number:
            text = ngettext(
                "%(number)d pair is not proposed again.", "%(number)d pairs are not proposed again.", number
            )
            messages.success(request, text % {"number": number})
        return None

    def _link(self, incident: Incident) -> str:
        address = reverse(f"{self.admin_site.name}:incidents_incident_change", args=[incident.pk])
        return format_html('<a href="{}">{}</a>', address, str(incident))


@admin.register(Merge)
class MergeAdmin(ReadOnlyAdmin[Merge]):
    """Merges are made by the rule that moves the claims, never typed in; they can be undone."""

    change_form_template = "admin/incidents/merge.html"
    list_display = ("absorbed", "survivor", "merged_at", "merged_by", "undone_at")
    list_filter = ("merged_at", ("undone_at", admin.EmptyFieldListFilter))
    list_select_related = ("absorbed", "survivor", "merged_by")
    search_fields = ("reason", "absorbed__title__en", "survivor__title__en")
    date_hierarchy = "merged_at"

    def get_urls(self) -> list[URLPattern]:
        undo = path("<int:pk>/undo/", self.admin_site.admin_view(self.undo_view), name="incidents_merge_undo")
        return [undo, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        if row is not None and row.undone_at is None and may_undo(request):
            context["undo_url"] = reverse(f"{self.admin_site.name}:incidents_merge_undo", args=[row.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the reason, then undo; a GET changes nothing."""
        row = self.get_object(request, str(pk))
        if row is None:
            raise Http404
        if not may_undo(request):
            raise PermissionDenied
        form = UndoForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                outcome = undo_merge(row, reason=form.cleaned_data["reason"], by=user_of(request))
            except PublishingError as refusal:
                messages.error(request, str(refusal))
            else:
                self._tell(request, outcome.kept_later)
                address = reverse(f"{self.admin_site.name}:incidents_merge_change", args=[row.pk])
                return HttpResponseRedirect(address)
        return asked(self, request, {"title": _("Undo the merge"), "rows": [row], "original": row, "form": form})

    def _tell(self, request: HttpRequest, kept_later: tuple[str, ...]) -> None:
        messages.success(request, _("The merge is undone: both incidents stand again."))
        if kept_later:
            names = ", ".join(str(labels.FIELDS.get(name, name)) for name in kept_later)
            messages.warning(request, _("Changed since the merge and left as they are: %s.") % names)


def may_change(request: HttpRequest, model: type[DuplicateCandidate]) -> bool:
    """Whether whoever asks may change rows of a table that is only read on its page."""
    return bool(request.user.has_perm(f"incidents.change_{model._meta.model_name}"))


def may_undo(request: HttpRequest) -> bool:
    """Undoing a merge publishes two records: it is for those who decide as the second person."""
    return may(request.user, Right.RELEASE)


def user_of(request: HttpRequest) -> User | None:
    """Who decides."""
    return request.user if isinstance(request.user, User) else None


def asked(page: ReadOnlyAdmin[Any], request: HttpRequest, context: dict[str, Any]) -> TemplateResponse:
    """The page that asks for a note or a reason before something is decided."""
    shared = {**page.admin_site.each_context(request), "opts": page.opts}
    return TemplateResponse(request, "admin/incidents/asked.html", shared | context)


def in_words(reasons: list[dict[str, Any]]) -> str:
    """The reasons of a pair in the moderator's language, the weightiest first: "same settlement: tuwaym; same day"."""
    ordered = sorted(reasons, key=lambda reason: -abs(reason["points"]))
    return "; ".join(filter(None, (_said(reason) for reason in ordered)))


def _said(reason: Mapping[str, Any]) -> str:
    say = WORDS.get(reason.get("part", ""))
    return say(reason) if say else ""


def _place(reason: Mapping[str, Any]) -> str:
    if reason["how"] == "distance":
        km = formats.number_format(reason["km"], decimal_pos=1)
        return _("same point") if not reason["km"] else _("%(km)s km apart") % {"km": km}
    if reason["how"] == "name":
        return _("same settlement: %(name)s") % reason
    return _("same area: %(pcode)s, level %(level)s") % reason


def _dates(reason: Mapping[str, Any]) -> str:
    if reason["how"] == "same":
        return ngettext("same day", "same days", reason["days"])
    if reason["how"] == "overlap":
        return ngettext("%(days)d day in common", "%(days)d days in common", reason["days"]) % reason
    return ngettext("%(days)d day apart", "%(days)d days apart", reason["days"]) % reason


def _figures(reason: Mapping[str, Any]) -> str:
    words = {**reason, "measure": terms.label("measure", reason["measure"])}
    if reason["how"] == "differ":
        return _("%(measure)s: %(one)s against %(other)s") % words
    return _("%(measure)s: %(one)s and %(other)s") % words


def _shared(reason: Mapping[str, Any]) -> str:
    words: dict[str, str] = {
        "relation": _("a relation says that they may be one"),
        "reference": _("same reference: %(reference)s"),
        "class": _("same reference: %(reference)s"),
        "url": _("one report, entered twice: %(url)s"),
        "document": _("told by the same document"),
    }
    return words[reason["how"]] % reason


WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "place": _place,
    "dates": _dates,
    "figures": _figures,
    "text": lambda reason: _("titles alike to %(per_cent)s per cent") % reason,
    "actors": lambda reason: ngettext("same actor", "same actors", len(reason["common"])),
    "acts": lambda reason: _("same act: %s") % ", ".join(terms.label("act", code) for code in reason["common"]),
    "shared": _shared,
    "told_apart": lambda reason: _("but %(scheme)s counts them as two") % reason,
}
