"""Claims with their parts, attributions and a moderator's own estimates.

What is derived from claims is figures.py's matter; nobody types a derived figure.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from incidents.admin.base import Cards, DeskForm, Table
from incidents.admin.naming import figure_of, with_commas
from incidents.admin.records import ChildAdmin, HistoryAdmin, RecordForm, foreseen
from incidents.choices import ClaimOrigin
from incidents.models import Attribution, Claim, ClaimCell, EstimateOverride
from incidents.rules.desk.crossing import crossing, left_behind, links_of, to_itself
from incidents.rules.trail import editing

FIGURE: Any = (
    ("asserted_by", "document"),
    ("measure", "status", "status_basis"),
    ("qualifier", "value", "low", "high", "vague_term"),
    ("as_of", "credibility", "standard_of_proof"),
    ("scope", "interim", "running_total", "public"),
    ("quote", "locator"),
)
DETAILS: Any = (
    ("unit", "unit_as_written", "basis", "method"),
    ("covers_from", "covers_to"),
    "covers_areas",
    ("relays", "inferred_from", "supersedes"),
    "corroborated_by",
    ("based_on", "based_on_dates", "investigation"),
)
FIGURE_OF_OVERRIDE = frozenset({"incident", "measure", "unit", "basis", "status", "low", "best", "high"})
RETRACTION: Any = (("retracted_at", "retracted_by"), "retraction_reason")
REFERENCES = (
    "asserted_by", "document", "covers_areas", "relays", "inferred_from", "supersedes", "corroborated_by",
    "investigation",
)  # fmt: skip
ELSEWHERE = _("It is of another incident: choose one of this incident, or leave this empty.")
ITSELF = _("It names itself: choose another one, or leave this empty.")
POINTED_TO = _(
    "Others of its incident point to it: %(others)s. Take their links to it out first, and save; then it can move."
)
LOADED = (
    "incident", "asserted_by", "document", "relays__asserted_by", "inferred_from__asserted_by",
    "supersedes__asserted_by", "investigation",
)  # fmt: skip


class LinkedForm(RecordForm):
    """A claim or an attribution on its page, where it may move to another incident: its links do not cross."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("incident"):
            to_be = foreseen(self)
            editing.hold(to_be)  # of a new one nothing is held yet
            _refuse_crossing(self, to_be)
            others = left_behind(to_be) if self.stored and editing.moved(self.stored, to_be) else []
            if others:
                names = with_commas(f"{each._meta.verbose_name} {each.public_id}" for each in others)
                self.add_error("incident", POINTED_TO % {"others": names})
        return cleaned


class LinkedInlineForm(DeskForm):
    """The same on the page of its incident, which is held already."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        _refuse_crossing(self, foreseen(self))
        return cleaned


def _refuse_crossing(form: Any, to_be: Claim | Attribution) -> None:
    """Errors beside the links that lead to another incident, where somebody changes one or moves the row."""
    if {"incident", *links_of(type(to_be))} & set(form.changed_data):
        for name in crossing(to_be):
            form.add_error(name, ELSEWHERE)
        for name in to_itself(to_be):
            form.add_error(name, ITSELF)


class CellInline(Table):
    model = ClaimCell
    fields = ("cut", "status", "sex", "age_group", "cause", "occupation", "area", "value", "low", "high")
    autocomplete_fields = ("area",)
    related = ("claim", "area")
    show_change_link = False


class ClaimInline(Cards):
    model = Claim
    form = LinkedInlineForm
    autocomplete_fields = REFERENCES
    related = LOADED
    prefetched = ("covers_areas", "corroborated_by", "cells__area")
    readonly_fields = ("parts",)
    fieldsets = (
        (None, {"fields": (*FIGURE, "parts")}),
        (_("Details of the claim"), {"fields": DETAILS, "classes": ("collapse",)}),
        (_("Retraction"), {"fields": RETRACTION, "classes": ("collapse",)}),
    )

    @admin.display(description=_("Parts of the claim"))
    def parts(self, claim: Claim) -> SafeString:
        """The claim's cells in words, and the way to the page where they are edited."""
        if claim._state.adding:
            return format_html("{}", _("Save first; then the parts, such as nine children of 31, have their page."))
        page = reverse("admin:incidents_claim_change", args=[claim.pk])
        cells = format_html_join(" ", "<span class='part'>{}</span>", ((str(cell),) for cell in claim.cells.all()))
        return format_html("{} <a href='{}#cells-group'>{}</a>", cells, page, _("Edit the parts"))


class AttributionInline(Cards):
    model = Attribution
    form = LinkedInlineForm
    autocomplete_fields = ("actor", "asserted_by", "document", "claim", "supersedes", "investigation")
    related = (
        "incident", "actor", "asserted_by", "document", "claim__asserted_by", "investigation",
        "supersedes__asserted_by", "supersedes__actor",
    )  # fmt: skip
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("actor", "asserted_by", "document"),
                    ("role", "position", "extent"),
                    ("confidence", "standard_of_proof", "as_of"),
                )
            },
        ),
        (
            _("Details of the attribution"),
            {"fields": (("claim", "supersedes", "investigation"),), "classes": ("collapse",)},
        ),
    )


def sign(form: Any, user: Any) -> None:
    """Name who enters an estimate, or gives it another figure, as its maker; who was that before, the audit chain says.

    Other words for the same figure leave it whose it is.
    """
    override = form.instance
    if override._state.adding or not FIGURE_OF_OVERRIDE.isdisjoint(form.changed_data):
        override.made_by, override.made_at = user, timezone.now()


class OverrideInline(Table):
    model = EstimateOverride
    fields = ("measure", "status", "low", "best", "high", "role", "reason", "made_by")
    readonly_fields = ("made_by",)
    related = ("made_by",)
    classes = ("collapse",)
    show_change_link = False


@admin.register(Claim)
class ClaimAdmin(HistoryAdmin[Claim]):
    form = LinkedForm
    list_display = (
        "asserted_by", "measure", "status", "figure", "as_of", "incident", "document", "scope", "credibility", "public",
    )  # fmt: skip
    list_filter = (
        "measure", "status", "qualifier", "scope", "credibility", "basis", "interim", "running_total", "public",
        "origin", ("retracted_at", admin.EmptyFieldListFilter),
    )  # fmt: skip
    search_fields = ("asserted_by__names", "incident__title", "quote", "value", "public_id")
    search_help_text = _("Source, title of the incident, quote, number, or public id.")
    date_hierarchy = "as_of"
    autocomplete_fields = ("incident", *REFERENCES)
    readonly_fields = ("origin",)
    inlines = (CellInline,)
    fieldsets = (
        (None, {"fields": ("incident", *FIGURE)}),
        (_("Details of the claim"), {"fields": (*DETAILS, "origin")}),
        (_("Retraction"), {"fields": RETRACTION}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("asserted_by", "incident", "document")

    def save_model(self, request: HttpRequest, obj: Claim, form: Any, change: bool) -> None:
        if not change:
            obj.origin = ClaimOrigin.ENTERED
        super().save_model(request, obj, form, change)

    @admin.display(description=_("Figure"), ordering="value")
    def figure(self, claim: Claim) -> str:
        return figure_of(claim)


@admin.register(ClaimCell)
class ClaimCellAdmin(ChildAdmin[ClaimCell]):
    list_display = ("claim", "cut", "status", "sex", "age_group", "cause", "occupation", "area", "value", "low", "high")
    list_filter = ("status", "sex", "age_group", "cause", "occupation", "cut")
    list_select_related = ("claim__asserted_by", "area")
    search_fields = ("claim__asserted_by__names", "area__pcode", "value")
    autocomplete_fields = ("claim", "area")


@admin.register(Attribution)
class AttributionAdmin(HistoryAdmin[Attribution]):
    form = LinkedForm
    list_display = ("actor", "role", "position", "extent", "confidence", "asserted_by", "incident", "as_of")
    list_filter = ("role", "position", "extent", "confidence", "standard_of_proof")
    search_fields = ("actor__names", "asserted_by__names", "incident__title", "public_id")
    date_hierarchy = "as_of"
    autocomplete_fields = ("incident", "actor", "asserted_by", "document", "claim", "supersedes", "investigation")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("actor", "asserted_by", "incident")


@admin.register(EstimateOverride)
class EstimateOverrideAdmin(ChildAdmin[EstimateOverride]):
    list_display = ("incident", "measure", "status", "low", "best", "high", "role", "made_by", "made_at")
    list_filter = ("measure", "status", "basis")
    list_select_related = ("incident", "made_by")
    search_fields = ("incident__title", "reason", "role")
    date_hierarchy = "made_at"
    autocomplete_fields = ("incident",)
    readonly_fields = ("made_by", "made_at")

    def save_model(self, request: HttpRequest, obj: EstimateOverride, form: Any, change: bool) -> None:
        sign(form, request.user)
        super().save_model(request, obj, form, change)
