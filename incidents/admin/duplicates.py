"""Pairs of incidents that may be one, with the reasons in words: merge them, or say that they are two.

What is found and remembered is decided in rules/sameness/duplicates.py; a merge is proposed in merging.py.
"""

from operator import attrgetter
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.admin import terms
from incidents.admin.asking import Asking, answered, seen_version
from incidents.admin.base import ReadOnlyAdmin
from incidents.admin.filters import TermFilter
from incidents.admin.proposing import merge_address
from incidents.choices import DuplicateDecision
from incidents.documents.reasons import in_words
from incidents.models import DuplicateCandidate, Incident
from incidents.rules.publication.publishing import MAX_REASON
from incidents.rules.refusals import Changed
from incidents.rules.sameness import duplicates

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


@admin.register(DuplicateCandidate)
class DuplicateCandidateAdmin(Asking, ReadOnlyAdmin[DuplicateCandidate]):
    list_display = ("score", "one", "other", "why", "decided", "note", "merge")
    list_display_links = ("score",)
    list_filter = (DecisionFilter, ("first__kind", TermFilter), "first__country")
    list_select_related = ("first", "second", "decided_by")
    search_fields = ("first__title", "second__title")
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
        "merge",
    )
    readonly_fields = ("why", "decided", "merge")

    @admin.display(description=gettext_lazy("Incident"), ordering="first")
    def one(self, row: DuplicateCandidate) -> str:
        return self._link(row.first)

    @admin.display(description=gettext_lazy("Other incident"), ordering="second")
    def other(self, row: DuplicateCandidate) -> str:
        return self._link(row.second)

    @admin.display(description=gettext_lazy("Why they may be one"))
    def why(self, row: DuplicateCandidate) -> str:
        return in_words(row.reasons, terms.label)

    @admin.display(description=gettext_lazy("Decision"), ordering="decision")
    def decided(self, row: DuplicateCandidate) -> str:
        return str(DECISIONS[DuplicateDecision(row.decision)])

    @admin.display(description=gettext_lazy("Merge"))
    def merge(self, row: DuplicateCandidate) -> str:
        """The way to the page that shows both, as long as nobody decided and both stand."""
        standing = row.first.merged_into_id is None and row.second.merged_into_id is None
        if row.decision != DuplicateDecision.OPEN or not standing:
            return ""
        address = merge_address(row.first, row.second, row.seen_version)
        return format_html('<a href="{}">{}</a>', address, _("Propose a merge"))

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Rows are not edited, so to decide is what the permission to change them means here."""
        return request.user.has_perm("incidents.change_duplicatecandidate")

    @admin.action(description=gettext_lazy("Not duplicates"), permissions=["decide"])
    def not_duplicates(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        form = NoteForm(answered(request))
        seen = attrgetter("seen_version")
        page = self.asked(request, queryset, "not_duplicates", _("Not duplicates"), form, seen=seen)
        if page is not None:
            return page
        note, user = form.cleaned_data["note"], request.user

        def decide(row: DuplicateCandidate) -> None:
            try:
                duplicates.not_duplicates(row, note=note, by=user, version=seen_version(request, row))  # type: ignore[arg-type]
            except Changed as changed:
                text = _("The pair or one of the two changed since you opened this page; look at it anew, then decide.")
                raise duplicates.DecisionError(text) from changed

        return self.each(request, queryset, decide, (duplicates.DecisionError,))

    def _link(self, incident: Incident) -> str:
        address = reverse(f"{self.admin_site.name}:incidents_incident_change", args=[incident.pk])
        return format_html('<a href="{}">{}</a>', address, str(incident))
