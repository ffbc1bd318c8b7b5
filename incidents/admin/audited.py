"""Every change, and every look at a confidential field, on a page of the admin becomes an entry of the audit chain.

The chain itself is rules/trail/auditing.py, what a look is rules/desk/looking.py; its pages are audit.py.
"""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from django.contrib.admin.utils import NestedObjects
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db import models, router
from django.http import HttpRequest

from incidents.admin.recent import Nameless
from incidents.choices import AuditAction
from incidents.rules.desk.looking import CALLED_BY, called, listed, looked_at
from incidents.rules.trail import auditing
from incidents.rules.trail.differences import State, changed, kind_of, said, state_of, stored_state, subject_of
from incidents.rules.trail.editing import PARENTS

M = TypeVar("M", bound=models.Model)
LONGEST_KEY = 19  # digits; a number with more is none of a table's
Parts = dict[str, dict[str, State]]


class Audited(Nameless[M]):
    """A page whose changes are recorded in their own transaction, with what was there before and after.

    `lists_confidential`: whether its list has columns that may be confidential. `recorded_by_rule`: whether the rule
    that saves a row writes its entry as well.
    """

    lists_confidential = True
    recorded_by_rule = False

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
        if not self.recorded_by_rule:
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
        row = context.get("original")
        if row is not None:
            # A form that was refused has changed its row already, and whom it names now is another matter.
            bound = context["adminform"].form.is_bound
            looked_at(type(row)._default_manager.get(pk=row.pk) if bound else row)
        _named_beforehand(context)
        return super().render_change_form(request, context, *args, **kwargs)

    def render_delete_form(self, request: HttpRequest, context: Any) -> Any:
        looked_at(context["object"])
        called(_named_before_deleting(context))
        return super().render_delete_form(request, context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """Django's own page of what was done tells of a row by its name alone; versions are records.py's matter."""
        answer: Any = super().history_view(request, object_id, extra_context)
        shown = getattr(answer, "context_data", None) or {}
        if "action_list" in shown:
            called([shown["object"]])
        return answer

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        answer: Any = super().changelist_view(request, extra_context)
        shown = (getattr(answer, "context_data", None) or {}).get("cl")
        if shown is not None and self.lists_confidential:
            listed(self.model, shown.result_list)
        return answer


class Suggestions(AutocompleteJsonView):
    """What a picker suggests while somebody types: a list like any other."""

    def process_request(self, request: HttpRequest) -> tuple[Any, ...]:
        """What is asked for; U+0000, which the box of a list refuses and PostgreSQL takes in no text, parts words."""
        term, *others = super().process_request(request)
        return term.replace("\0", " "), *others

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        called(context["object_list"])  # by its name and nothing else of it
        return context


def _named_before_deleting(context: Mapping[str, Any]) -> Collection[models.Model]:
    """The rows that the page which asks before deleting lists besides the one that it asks about.

    They are those that keep it, or else those that would go with it; to who may not delete them only their kinds.
    """
    row = context["object"]
    if context["perms_lacking"]:
        return ()
    found = NestedObjects(using=router.db_for_write(type(row)), origin=[row])
    found.collect([row])
    going = (each for rows in found.model_objs.values() for each in rows)
    return {*(found.protected if context["protected"] else going)} - {row}


def _named_beforehand(context: Mapping[str, Any]) -> None:
    """Record whom the pickers of a page name and no stored row does: as an address or a refused form has it."""
    inlines = (form for several in context["inline_admin_formsets"] for form in several.forms)
    named: dict[type[models.Model], set[str]] = {model: set() for model in CALLED_BY}
    for form in (context["adminform"].form, *inlines):
        stored = form.initial if form.instance.pk else {}
        for name, field in form.fields.items() if form.is_bound or not stored else ():
            model = getattr(getattr(field, "queryset", None), "model", None)
            if model in named:
                named[model] |= _keys(form[name].value()) - _keys(stored.get(name))
    called(row for model, keys in named.items() if keys for row in model._default_manager.filter(pk__in=keys))


def _keys(value: Any) -> set[str]:
    """The primary keys that a picker holds, whatever it holds besides."""
    several = value if isinstance(value, list | tuple) else [value]
    keys = {str(getattr(each, "pk", each)) for each in several}
    return {key for key in keys if key.isascii() and key.isdigit() and len(key) < LONGEST_KEY}


def _recorded(action: str, row: models.Model, values: tuple[State, State], parts: tuple[Parts, Parts]) -> None:
    """Record what changed, if anything did."""
    before, after = (
        _nested(row, own) | ({"parts": several} if several else {}) for own, several in zip(values, parts, strict=True)
    )
    if before or after:
        auditing.record(action=action, obj=row, before=before, after=after)


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
