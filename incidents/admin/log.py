"""The publication log and the index tables over it, to be looked at: only rules write them.

Columns, filters and search are taken from each table's own columns, so that a new table is here the day it appears.
"""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from incidents.admin.asking import Asking, WhyForm, answered
from incidents.admin.base import ReadOnlyAdmin
from incidents.choices import DecisionAction, ReasonCode
from incidents.models import LogHead, Publication, PublicationBody
from incidents.models.public import INDEX_MODULES
from incidents.rules.accounts.access import Right, may
from incidents.rules.desk import deciding
from incidents.rules.desk.left import left

SHOWN = 9
PUBLIC = INDEX_MODULES | {"incidents.models.publications"}
# Documents and search texts are long, hashes say nothing in a list.
NOT_IN_LISTS = frozenset({"id", "document", "search", "salt", "hash", "previous_hash", "document_digest"})
FILTERED = frozenset({"kind", "grade", "measure", "of_status", "dimension", "role", "operation", "reason_code"})
SEARCHED = frozenset({"public_id", "object_id", "incident_id", "actor_id", "pcode", "key", "search"})
BIG = frozenset({"document", "search"})


@admin.register(Publication)
class PublicationAdmin(Asking, ReadOnlyAdmin[Publication]):
    """The log; of records that were undone or deleted since, privacy can empty what it holds."""

    actions = ("empty",)
    list_display = ("seq", "operation", "kind", "object_id", "version", "reason_code", "reason", "published_at")
    list_filter = ("kind", "operation", "reason_code")
    search_fields = ("object_id", "reason", "hash")
    search_help_text = _("Public id, reason, or hash.")
    date_hierarchy = "published_at"
    ordering = ("-seq",)

    def has_propose_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Right.REVIEW)

    @admin.action(description=_("Propose to empty what is left of records that are gone"), permissions=["propose"])
    def empty(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        form, user = WhyForm(answered(request)), request.user
        page = self.asked(request, queryset, "empty", _("Propose to empty what is left of records that are gone"), form)
        if page is not None:
            return page

        def propose(row: Publication) -> None:
            record = left(row.kind, row.object_id)
            reason, code = form.cleaned_data["reason"], ReasonCode.PRIVACY
            deciding.propose(DecisionAction.WITHDRAW, record, by=user, reason=reason, reason_code=code)  # type: ignore[arg-type]

        once = {(row.kind, row.object_id): row for row in queryset}
        return self.each(request, once.values(), propose, deciding.REFUSALS)


@admin.register(PublicationBody)
class PublicationBodyAdmin(ReadOnlyAdmin[PublicationBody]):
    list_display = ("publication", "salt")
    list_filter = (("document", admin.EmptyFieldListFilter),)
    list_select_related = ("publication",)
    search_fields = ("publication__object_id", "publication__seq")
    ordering = ("-publication_id",)


@admin.register(LogHead)
class LogHeadAdmin(ReadOnlyAdmin[LogHead]):
    list_display = ("seq", "hash")


def register_index_tables() -> None:
    """Register, to be read, every other table of the public side of the database."""
    for model in apps.get_app_config("incidents").get_models():
        if model.__module__ in PUBLIC and not admin.site.is_registered(model):
            admin.site.register(model, _reader(model))


def _reader(model: type[models.Model]) -> type[ReadOnlyAdmin[Any]]:
    fields = model._meta.fields
    columns = [field.name for field in fields if field.name not in NOT_IN_LISTS][:SHOWN]
    references = [field.name for field in fields if isinstance(field, models.ForeignKey)]
    attributes: dict[str, Any] = {
        "list_display": columns or ["pk"],
        "list_filter": [field.name for field in fields if field.name in FILTERED],
        "list_select_related": references or False,
        "search_fields": [field.name for field in fields if field.name in SEARCHED]
        or [f"{name}__public_id" for name in references],
        "ordering": ["-pk"],
    }
    return type(f"{model.__name__}Admin", (ReadOnlyAdmin,), attributes)
