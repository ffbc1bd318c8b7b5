"""Incidents: one form with claims, acts and attributions, the derived figures beside them, and the way to the public.

Acts, references and the like have pages of their own here too; claims with their parts are in claims.py.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from incidents.admin import state
from incidents.admin.base import Table
from incidents.admin.claims import AttributionInline, ClaimInline, OverrideInline, sign
from incidents.admin.figures import panel
from incidents.admin.filters import StateFilter
from incidents.admin.merging import MergeableAdmin
from incidents.admin.naming import span
from incidents.admin.records import ChildAdmin, RecordForm
from incidents.models import (
    EstimateOverride,
    Incident,
    IncidentAct,
    IncidentReference,
    IncidentRelation,
    TargetedGroup,
)
from incidents.rules.publication.disclosure import LEVELS


class ActInline(Table):
    model = IncidentAct
    fields = ("rank", "act", "asserted_by", "document", "standard_of_proof")
    autocomplete_fields = ("asserted_by", "document")
    related = ("asserted_by", "document")


class TargetedGroupInline(Table):
    model = TargetedGroup
    fields = ("ground", "group", "asserted_by", "document")
    autocomplete_fields = ("asserted_by", "document")
    related = ("asserted_by", "document")


class ReferenceInline(Table):
    model = IncidentReference
    fields = ("scheme", "key", "identifies")


class RelationInline(Table):
    model = IncidentRelation
    fk_name = "from_incident"
    fields = ("type", "to_incident", "certainty", "asserted_by", "reason")
    autocomplete_fields = ("to_incident", "asserted_by")
    related = ("from_incident", "to_incident", "asserted_by")


class IncidentForm(RecordForm):
    """An incident's sensitivity is raised here and lowered by two people."""

    def clean_sensitivity(self) -> str:
        level: str = self.cleaned_data["sensitivity"]
        stored = Incident.objects.filter(pk=self.instance.pk).values_list("sensitivity", flat=True).first()
        if stored and level != stored and self.instance.merged_into is not None:
            told = _("What it said stands in %(incident)s, into which it was merged: change the sensitivity there.")
            raise forms.ValidationError(told, params={"incident": self.instance.merged_into})
        if stored and LEVELS.index(level) < LEVELS.index(stored):
            raise forms.ValidationError(
                _("A lower sensitivity takes two people: propose it on the page that shows what will be public.")
            )
        return level


@admin.register(Incident)
class IncidentAdmin(MergeableAdmin):
    form = IncidentForm
    change_form_template = "admin/incidents/incident.html"
    list_display = ("title", "kind", "start_earliest", "country", "grade", "killed", "state")
    list_filter = (StateFilter, "kind", "grade", "sensitivity", "clarity", "country")
    search_fields = ("title", "place_text", "public_id", "references__key")
    search_help_text = _("Title, place as written, public id, or id in another system.")
    date_hierarchy = "start_earliest"
    autocomplete_fields = ("areas", "merged_into")
    readonly_fields = ("merged_into",)
    inlines = (
        ClaimInline, AttributionInline, ActInline, TargetedGroupInline, RelationInline, ReferenceInline, OverrideInline,
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("kind", "title", "summary")}),
        (
            _("When"),
            {
                "fields": (
                    ("start_earliest", "start_latest"),
                    ("end_earliest", "end_latest"),
                    ("date_precision", "ongoing"),
                )
            },
        ),
        (
            _("Where"),
            {
                "fields": (
                    ("country", "geo_precision", "geo_method"),
                    "areas",
                    "place_text",
                    ("latitude", "longitude", "uncertainty_m"),
                    "place_names",
                )
            },
        ),
        (
            _("Assessment"),
            {
                "fields": (
                    ("clarity", "civilian_targeting", "site_type"),
                    ("grade", "sensitivity"),
                    "grade_reason",
                    "notes",
                    "merged_into",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return state.annotate_killed(super().get_queryset(request))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if issubclass(formset.model, EstimateOverride):
            for each in formset.forms:
                sign(each, request.user)
        super().save_formset(request, form, formset, change)

    @admin.display(description=_("Killed, as published"))
    def killed(self, row: Any) -> str:
        if row.public_low is None:
            return ""
        return span(row.public_low, row.public_best, row.public_high)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        record = context.get("original")
        if record is not None:
            context |= {"panel": panel(record), "merge_url": self.merge_url(request, record)}
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(IncidentAct)
class IncidentActAdmin(ChildAdmin[IncidentAct]):
    list_display = ("act", "incident", "rank", "asserted_by", "document")
    list_filter = ("act", "standard_of_proof")
    list_select_related = ("incident", "asserted_by", "document")
    search_fields = ("act", "incident__title")
    autocomplete_fields = ("incident", "asserted_by", "document")


@admin.register(TargetedGroup)
class TargetedGroupAdmin(ChildAdmin[TargetedGroup]):
    list_display = ("group", "ground", "incident", "asserted_by", "document")
    list_filter = ("ground",)
    list_select_related = ("incident", "asserted_by", "document")
    search_fields = ("group", "incident__title")
    autocomplete_fields = ("incident", "asserted_by", "document")


@admin.register(IncidentReference)
class IncidentReferenceAdmin(ChildAdmin[IncidentReference]):
    list_display = ("key", "scheme", "incident", "identifies")
    list_filter = ("scheme", "identifies")
    list_select_related = ("incident",)
    search_fields = ("key", "incident__title")
    autocomplete_fields = ("incident",)


@admin.register(IncidentRelation)
class IncidentRelationAdmin(ChildAdmin[IncidentRelation]):
    list_display = ("from_incident", "type", "to_incident", "certainty", "asserted_by")
    list_filter = ("type", "certainty")
    list_select_related = ("from_incident", "to_incident", "asserted_by")
    search_fields = ("from_incident__title", "to_incident__title", "reason")
    autocomplete_fields = ("from_incident", "to_incident", "asserted_by")
