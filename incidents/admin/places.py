"""The gazetteer: areas with their spellings, and who lies below whom.

It is loaded by a command; what is changed here by hand is overwritten where the loaded files differ.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from incidents.admin.base import DeskAdmin, ReadOnlyAdmin, Table
from incidents.models import AdminArea, AreaClosure, AreaName


class AreaNameInline(Table):
    model = AreaName
    fields = ("name", "language", "kind")
    show_change_link = False


@admin.register(AdminArea)
class AdminAreaAdmin(DeskAdmin[AdminArea]):
    list_display = ("names", "pcode", "level", "parent", "country", "valid_from", "valid_to")
    list_display_links = ("pcode",)
    list_filter = ("level",)
    list_select_related = ("parent",)
    search_fields = ("pcode",)
    search_help_text = _("A name in any language, another spelling, or the beginning of a P-code.")
    autocomplete_fields = ("parent",)
    inlines = (AreaNameInline,)
    fields = (
        ("pcode", "level", "country"), "parent", "names", ("latitude", "longitude"), ("valid_from", "valid_to"),
    )  # fmt: skip

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Names as the public search compares them; a P-code by its beginning."""
        if not search_term.strip():
            return queryset, False
        by_code = queryset.filter(pcode__istartswith=search_term.strip())
        if by_code.exists():
            return by_code, False
        found = AdminArea.objects.search(search_term).values("pk")
        return queryset.filter(pk__in=found), False


@admin.register(AreaName)
class AreaNameAdmin(DeskAdmin[AreaName]):
    list_display = ("name", "language", "kind", "area")
    list_filter = ("kind", "language")
    list_select_related = ("area",)
    search_fields = ("name", "folded")
    autocomplete_fields = ("area",)


@admin.register(AreaClosure)
class AreaClosureAdmin(ReadOnlyAdmin[AreaClosure]):
    """Kept equal to the parents by the models themselves."""

    list_display = ("descendant", "ancestor", "depth")
    list_filter = ("depth",)
    list_select_related = ("descendant", "ancestor")
    search_fields = ("descendant__pcode", "ancestor__pcode")
