"""Sources (who asserts) and documents (where it stands), with each document's chain of custody.

Reliability letters are for the desk; nothing here makes them public.
"""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from incidents.admin.alike import TellsOfLike
from incidents.admin.base import AppendOnly, Table
from incidents.admin.filters import StateFilter
from incidents.admin.publishing import PublishedAdmin
from incidents.admin.records import AppendOnlyAdmin
from incidents.models import CustodyEvent, Document, Source


@admin.register(Source)
class SourceAdmin(TellsOfLike, PublishedAdmin[Source]):
    list_display = ("names", "kind", "reliability", "affiliated_with", "confidential", "state", "updated_at")
    list_filter = (StateFilter, "kind", "reliability", "confidential")
    list_select_related = ("affiliated_with",)
    search_fields = ("names", "public_id")
    autocomplete_fields = ("affiliated_with",)
    fieldsets = (
        (None, {"fields": ("kind", "names", "affiliated_with", "confidential")}),
        (_("For the desk"), {"fields": ("reliability", "reliability_reason")}),
    )


class CustodyInline(AppendOnly, Table):
    model = CustodyEvent
    fields = ("kind", "at", "by", "note")


@admin.register(Document)
class DocumentAdmin(PublishedAdmin[Document]):
    list_display = ("title", "type", "publisher", "published_on", "language", "consent", "public", "state")
    list_filter = (StateFilter, "type", "consent", "public", "language")
    list_select_related = ("publisher",)
    search_fields = ("title", "publisher__names", "url", "public_id")
    date_hierarchy = "published_on"
    autocomplete_fields = ("publisher",)
    inlines = (CustodyInline,)
    fieldsets = (
        (None, {"fields": (("publisher", "type"), "title", ("published_on", "language"), "url", "seen_at")}),
        (_("Copy that is kept"), {"fields": ("archive_url", "captured_at", ("sha256", "sha256_of"))}),
        (_("What may be done with it"), {"fields": (("consent", "public"), "rights")}),
    )


@admin.register(CustodyEvent)
class CustodyEventAdmin(AppendOnlyAdmin[CustodyEvent]):
    list_display = ("document", "kind", "at", "by", "note")
    list_filter = ("kind",)
    list_select_related = ("document",)
    search_fields = ("document__title", "by", "note")
    date_hierarchy = "at"
    autocomplete_fields = ("document",)
