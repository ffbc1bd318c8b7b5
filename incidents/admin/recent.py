"""What Django keeps of what was done at the desk, for the first page and the page of a row's changes.

It is kept for good and told to whoever did it, with no look written down, whatever becomes confidential or is erased
since. So rows that may be called by a confidential name stand there by their kind and number alone; of incidents those
that are highly sensitive when it is written.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpRequest
from django.utils.text import capfirst

from incidents.models import Incident, IncidentRelation, Scope
from incidents.rules.desk.looking import CALLED_BY
from incidents.rules.publication.disclosure import DISCREET

M = TypeVar("M", bound=Model)
# Rows that are called by the titles of incidents.
TITLED = {IncidentRelation: ("from_incident", "to_incident"), Scope: ("incident",)}


class Nameless(admin.ModelAdmin[M]):
    """A page of which Django's own log keeps no name that may be confidential."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return _kept(request, obj, ADDITION, message) or super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return _kept(request, obj, CHANGE, message) or super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Rows are deleted one at a time, but Django hands them over as several."""
        rows = list(queryset)
        kept = [_kept(request, row, DELETION, "") for row in rows]
        named = [row for row, entry in zip(rows, kept, strict=True) if entry is None]
        return [*filter(None, kept), *(super().log_deletions(request, named) if named else ())]  # type: ignore[arg-type]

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Django's words for what changed: of each line below a record what kind it is, and which."""
        message: Any = super().construct_change_message(request, form, formsets, add)
        told = (part for each in message for part in each.values() if "object" in part)
        for part, row in zip(told, _lines(formsets), strict=True):
            if _is_nameless(row):
                part["object"] = str(row.pk or "-")
        return message


def _is_nameless(row: Any) -> bool:
    titled = [row] if isinstance(row, Incident) else [getattr(row, name) for name in TITLED.get(type(row), ())]
    if titled:
        return any(each is not None and each.sensitivity in DISCREET for each in titled)
    return type(row) in CALLED_BY


def _kept(request: HttpRequest, row: Model, flag: int, message: Any) -> LogEntry | None:
    """The entry about a row that may be called by a confidential name; none is written, and None told, of others."""
    if not _is_nameless(row):
        return None
    return LogEntry.objects.create(
        user=request.user,  # type: ignore[misc]
        content_type=ContentType.objects.get_for_model(row),
        object_id=str(row.pk),
        object_repr=f"{capfirst(row._meta.verbose_name)} {row.pk}",
        action_flag=flag,
        change_message=message if isinstance(message, str) else json.dumps(message),
    )


def _lines(formsets: Iterable[Any]) -> Iterator[Model]:
    """The rows below a record in the order in which Django tells of them."""
    for formset in formsets:
        yield from formset.new_objects
        yield from (row for row, _ in formset.changed_objects)
        yield from formset.deleted_objects
