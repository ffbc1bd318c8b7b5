"""The vocabularies: what each code is called in four languages, and how it maps to other schemes.

The codes themselves are fixed in choices; a new one is a change of the program.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from incidents.admin.base import DeskAdmin, Table
from incidents.models import Term, TermLabel, TermMapping


class LabelInline(Table):
    model = TermLabel
    fields = ("language", "label", "definition", "reviewed")
    show_change_link = False


class MappingInline(Table):
    model = TermMapping
    fields = ("scheme", "code", "relation", "note")
    show_change_link = False


@admin.register(Term)
class TermAdmin(DeskAdmin[Term]):
    list_display = ("code", "vocabulary", "position")
    list_filter = ("vocabulary",)
    search_fields = ("code", "vocabulary", "labels__label")
    readonly_fields = ("vocabulary", "code", "position")
    inlines = (LabelInline, MappingInline)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(TermLabel)
class TermLabelAdmin(DeskAdmin[TermLabel]):
    list_display = ("label", "language", "term", "reviewed")
    list_filter = ("language", "reviewed", "term__vocabulary")
    list_select_related = ("term",)
    search_fields = ("label", "term__code", "term__vocabulary")
    autocomplete_fields = ("term",)


@admin.register(TermMapping)
class TermMappingAdmin(DeskAdmin[TermMapping]):
    list_display = ("code", "scheme", "relation", "term", "note")
    list_filter = ("scheme", "relation")
    list_select_related = ("term",)
    search_fields = ("code", "term__code", "note")
    autocomplete_fields = ("term",)
