"""Every change, and every look at a confidential field, on a page of the admin becomes an entry of the audit chain.

The chain itself is rules/auditing.py, which fields are confidential rules/confidential.py; its pages are audit.py.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.contrib import admin
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse

from incidents.choices import AuditAction
from incidents.rules import auditing
from incidents.rules.confidential import confidential_fields, confidential_parts
from incidents.rules.differences import State, changed, kind_of, said, state_of, stored_state, subject_of
from incidents.rules.editing import PARENTS

M = TypeVar("M", bound=models.Model)
Parts = dict[str, dict[str, State]]


class Audited(admin.ModelAdmin[M]):
    """A page whose changes are recorded in their own transaction, with what was there before and after."""

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """The form is valid, a record's row locked, and nothing saved yet: what stands now is what was before."""
        form.was = stored_state(form.instance) if change else {}
        return super().save_form(request, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        form.parts_were = {kind_of(each.model): _touched(each) for each in formsets}
        super().save_related(request, form, formsets, change)
        form.parts_are = {kind_of(each.model): _saved(each) for each in formsets}

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Django asks for it last, when all is saved: the head of the audit chain is the last lock to be taken."""
        before, after = changed(form.was, state_of(form.instance))
        parts = _parts(form.parts_were, form.parts_are)
        if add:
            before, after = {}, said(after)
        _recorded(AuditAction.CREATE if add else AuditAction.CHANGE, form.instance, (before, after), parts)
        return super().construct_change_message(request, form, formsets, add)

    def delete_model(self, request: HttpRequest, obj: M) -> None:
        before, parts, subject = said(stored_state(obj)), _parts_of(obj), subject_of(obj)
        told = _nested(obj, before) | ({"parts": parts} if parts else {})
        super().delete_model(request, obj)
        auditing.record(action=AuditAction.DELETE, obj=subject, before=told)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        if context.get("original") is not None:
            looked_at(context["original"])
        return super().render_change_form(request, context, *args, **kwargs)

    def render_delete_form(self, request: HttpRequest, context: Any) -> Any:
        looked_at(context["object"])
        return super().render_delete_form(request, context)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        answer: Any = super().changelist_view(request, extra_context)
        shown = (getattr(answer, "context_data", None) or {}).get("cl")
        if shown is not None:
            listed(self.model, shown.result_list)
        return answer


def looked_at(row: models.Model) -> None:
    """Record that the confidential fields of this row, if it has any, are about to be shown."""
    fields, parts = confidential_fields(row), confidential_parts(row)
    if fields or parts:
        after = ({"fields": list(fields)} if fields else {}) | ({"parts": parts} if parts else {})
        with transaction.atomic():
            auditing.record(action=AuditAction.VIEW_CONFIDENTIAL, obj=row, after=after)


def listed(model: type[models.Model], rows: Iterable[models.Model]) -> None:
    """Record in one entry which rows of a list are about to be shown with confidential fields."""
    shown = {subject_of(row)[1]: list(confidential_fields(row)) for row in rows if _knows_who_asserts(row)}
    shown = {key: fields for key, fields in shown.items() if fields}
    if shown:
        with transaction.atomic():
            auditing.record(action=AuditAction.VIEW_CONFIDENTIAL, obj=(kind_of(model), ""), after={"rows": shown})


def _recorded(action: str, row: models.Model, values: tuple[State, State], parts: tuple[Parts, Parts]) -> None:
    """Record what changed, if anything did."""
    before, after = (
        _nested(row, own) | ({"parts": several} if several else {}) for own, several in zip(values, parts, strict=True)
    )
    if before or after:
        auditing.record(action=action, obj=row, before=before, after=after)


def _knows_who_asserts(row: models.Model) -> bool:
    """Whether a list shows who asserts the row: what it did not load it does not show."""
    return not hasattr(type(row), "asserted_by") or "asserted_by" in row._state.fields_cache


def _nested(row: models.Model, state: State) -> State:
    """The state as the record that the row is a part of tells it, or as it is where the row stands for itself."""
    if not state or hasattr(row, "public_id") or type(row) not in PARENTS:
        return state
    return {"part": kind_of(type(row)), **state}


def _touched(formset: Any) -> dict[str, State]:
    """{primary key: state in the database} of the children that a formset changes or deletes."""
    keys = [form.instance.pk for form in formset.initial_forms if form.has_changed()]
    rows = formset.model._default_manager.filter(pk__in=keys) if keys else ()
    return {str(row.pk): state_of(row) for row in rows}


def _saved(formset: Any) -> dict[str, State]:
    rows = [*formset.new_objects, *(row for row, _ in formset.changed_objects)]
    return {str(row.pk): state_of(row) for row in rows}


def _parts(were: Mapping[str, dict[str, State]], are: Mapping[str, dict[str, State]]) -> tuple[Parts, Parts]:
    """What changed in each child, before and after; a new or a deleted one with all that it says."""
    before: Parts = {}
    after: Parts = {}
    for kind in were:
        for key in {**were[kind], **are[kind]}:
            old, new = changed(were[kind].get(key, {}), are[kind].get(key, {}))
            if key not in were[kind] or key not in are[kind]:
                old, new = said(old), said(new)
            if old:
                before.setdefault(kind, {})[key] = old
            if new:
                after.setdefault(kind, {})[key] = new
    return before, after


def _parts_of(row: models.Model) -> Parts:
    """The children that are deleted together with a record."""
    found: Parts = {}
    for model, field in PARENTS.items():
        if model._meta.get_field(field).related_model is type(row):
            children = {str(each.pk): said(state_of(each)) for each in model._default_manager.filter(**{field: row})}
            if children:
                found[kind_of(model)] = children
    return found


def answered(row: models.Model | None, answer: HttpResponse) -> HttpResponse:
    """The answer, after its look at a row is recorded; there may be no such row any more."""
    if row is not None:
        looked_at(row)
    return answer
