"""Investigations: timeline, deadlines, scope and recommendations; statements. How one stands today is derived.

Events are only added, and a due date is never overwritten: an extension is another line.
"""

from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from incidents.admin import terms
from incidents.admin.base import AppendOnly, Table
from incidents.admin.filters import StateFilter
from incidents.admin.naming import with_commas
from incidents.admin.publishing import RedactableAdmin
from incidents.admin.records import AppendOnlyAdmin, ChildAdmin, RecordAdmin
from incidents.models import Deadline, Investigation, InvestigationEvent, Recommendation, Scope, Statement
from incidents.rules import deadlines, timelines


class OfOneInvestigation(AppendOnly, Table):
    """Rows that may name an event, of their own investigation alone and one that stands."""

    event = ""

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        named = formset.form.base_fields.get(self.event)
        if isinstance(named, forms.ModelChoiceField):
            events = InvestigationEvent.objects.filter(superseded_by=None)
            named.queryset = events.filter(investigation=obj) if obj else events.none()
        return formset


class EventInline(OfOneInvestigation):
    model = InvestigationEvent
    fields = ("kind", "on", "by", "reported_by", "document", "note", "supersedes")
    autocomplete_fields = ("by", "reported_by", "document")
    related = ("by", "reported_by", "document", "supersedes")
    event = "supersedes"


class DeadlineInline(OfOneInvestigation):
    model = Deadline
    fields = ("seq", "due_on", "basis", "assumed", "set_by")
    related = ("set_by",)
    event = "set_by"


class ScopeInline(Table):
    model = Scope
    fields = ("kind", "incident", "actor")
    autocomplete_fields = ("incident", "actor")
    related = ("incident", "actor")
    show_change_link = False


class RecommendationInline(Table):
    model = Recommendation
    fields = ("text", "addressed_to", "document")
    autocomplete_fields = ("document",)
    related = ("document",)
    show_change_link = False


@admin.register(Investigation)
class InvestigationAdmin(RedactableAdmin[Investigation]):
    change_form_template = "admin/incidents/investigation.html"
    list_display = ("names", "type", "body", "progress", "due_on", "outcome", "state", "updated_at")
    list_filter = (StateFilter, "type", "outcome", "independence")
    list_select_related = ("body",)
    search_fields = ("names", "body__names", "public_id")
    autocomplete_fields = ("body", "established_by", "areas")
    inlines = (EventInline, DeadlineInline, ScopeInline, RecommendationInline)
    fieldsets = (
        (None, {"fields": (("type", "body", "established_by"), "names", "mandate")}),
        (gettext_lazy("What it covers"), {"fields": (("period_from", "period_to"), "areas")}),
        (gettext_lazy("Assessment"), {"fields": ("outcome", ("independence", "independence_note"), "facts")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("events", "deadlines__set_by")

    @admin.display(description=gettext_lazy("How far it has come"))
    def progress(self, row: Investigation) -> str:
        return terms.label("investigation_status", today(row).status)

    @admin.display(description=gettext_lazy("Due"))
    def due_on(self, row: Investigation) -> str:
        return due_in_words(today(row))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        original = context.get("original")
        if original is not None:
            stands = today(original)
            context |= {
                "progress": terms.label("investigation_status", stands.status),
                "due": due_in_words(stands),
                "overdue": stands.overdue,
            }
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(InvestigationEvent)
class InvestigationEventAdmin(AppendOnlyAdmin[InvestigationEvent]):
    list_display = ("investigation", "kind", "on", "by", "reported_by", "document", "supersedes")
    list_filter = ("kind",)
    list_select_related = ("investigation", "by", "reported_by", "document", "supersedes")
    search_fields = ("investigation__names", "note")
    date_hierarchy = "on"
    autocomplete_fields = ("investigation", "by", "reported_by", "document", "supersedes")


@admin.register(Deadline)
class DeadlineAdmin(AppendOnlyAdmin[Deadline]):
    list_display = ("investigation", "seq", "due_on", "basis", "assumed", "set_by")
    list_filter = ("assumed",)
    list_select_related = ("investigation", "set_by")
    search_fields = ("investigation__names", "basis")
    date_hierarchy = "due_on"
    autocomplete_fields = ("investigation", "set_by")


@admin.register(Scope)
class ScopeAdmin(ChildAdmin[Scope]):
    list_display = ("investigation", "kind", "incident", "actor")
    list_filter = ("kind",)
    list_select_related = ("investigation", "incident", "actor")
    search_fields = ("investigation__names", "incident__title")
    autocomplete_fields = ("investigation", "incident", "actor")


@admin.register(Recommendation)
class RecommendationAdmin(ChildAdmin[Recommendation]):
    list_display = ("text", "addressed_to", "investigation", "document")
    list_select_related = ("investigation", "document")
    search_fields = ("text", "addressed_to", "investigation__names")
    autocomplete_fields = ("investigation", "document")


@admin.register(Statement)
class StatementAdmin(RecordAdmin[Statement]):
    list_display = ("by", "kind", "on", "summary", "document", "answered_by")
    list_filter = ("kind",)
    list_select_related = ("by", "document", "answered_by")
    search_fields = ("by__names", "summary", "public_id")
    date_hierarchy = "on"
    autocomplete_fields = ("by", "document", "about", "answered_by", "answer_asserted_by")


def today(investigation: Investigation) -> deadlines.DeadlineState:
    """How the investigation stands at the end of this day (UTC); its events and deadlines are loaded."""
    resolved = timelines.resolve(investigation)
    day = datetime.now(UTC).date()
    return deadlines.state(timelines.events_of(resolved), timelines.deadlines_of(resolved), day)


def due_in_words(stands: deadlines.DeadlineState) -> str:
    """The deadline in force and how it stands: '8 April 2025, overdue by 1 day'."""
    if stands.due_on is None:
        return ""
    words = [_day(stands.due_on)]
    if stands.days_overdue is not None:
        words.append(
            ngettext("overdue by %(n)d day", "overdue by %(n)d days", stands.days_overdue) % {"n": stands.days_overdue}
        )
    if stands.days_left is not None:
        words.append(ngettext("%(n)d day left", "%(n)d days left", stands.days_left) % {"n": stands.days_left})
    if stands.met_on is not None:
        late = stands.days_late or 0
        when = _day(stands.met_on)
        text = ngettext("reported on %(day)s, %(n)d day late", "reported on %(day)s, %(n)d days late", late)
        words.append(text % {"day": when, "n": late} if late else _("reported on %(day)s, in time") % {"day": when})
    return with_commas(words)


def _day(day: date) -> str:
    return str(formats.date_format(day, "DATE_FORMAT"))
