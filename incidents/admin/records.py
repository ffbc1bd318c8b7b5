"""Records with a version and a history, and the children whose changes count as theirs.

A save on top of somebody else's is refused with words that tell who changed what; the rule is rules/trail/editing.py.
"""

from collections.abc import Iterable
from copy import copy
from dataclasses import replace
from typing import Any, TypeVar

from django import forms
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.forms.models import construct_instance
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from simple_history.admin import SimpleHistoryAdmin
from simple_history.template_utils import HistoricalRecordContextHelper

from incidents.admin import labels, model_labels, state, terms
from incidents.admin.base import DeskAdmin, DeskForm
from incidents.admin.naming import in_languages, with_commas
from incidents.admin.references import possible
from incidents.models.base import Record
from incidents.rules.desk.looking import looked_back_at
from incidents.rules.publication.protecting import foresee, protect
from incidents.rules.trail import editing

R = TypeVar("R", bound=Record)
M = TypeVar("M", bound=Model)

LONGEST_VERSION = 10
REOPEN = gettext_lazy("Nothing was saved. Keep your text, open the page again and enter it once more.")


class RecordForm(DeskForm):
    """Carries the version that the moderator saw, and refuses to save over a later one.

    Once it is clean, ``stored`` is the record as it was before, None of a new one.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    stored: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            del self.fields["version"]
        else:
            self.fields["version"].initial = self.instance.version

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.instance.pk is not None:
            to_be = foreseen(self)
            foresee(to_be)
            # The row stays locked until the transaction of the admin's view ends.
            self.stored = checked(self.instance, self.cleaned_data.get("version"), to_be)
            self._take_what_is_not_asked()
        return cleaned

    def _take_what_is_not_asked(self) -> None:
        """Have what the form does not ask for as it is stored now: the record was read before its row was locked.

        A publication in between notes how sensitive the record was with it, which is no version of the record.
        """
        for field in self.stored._meta.concrete_fields:
            if field.name not in self.fields:
                setattr(self.instance, field.attname, getattr(self.stored, field.attname))


class ChildForm(DeskForm):
    """Carries the version of the record that a part belonged to, and refuses to save over a later one.

    A change of any part is one of its record, so that this tells of a change of the part itself as well.
    """

    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            del self.fields["version"]
        else:
            self.fields["version"].initial = _version_of(_whole(self.instance))

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.instance.pk is not None:
            whole = _whole(self.instance)
            editing.hold(self.instance, foreseen(self))
            checked(whole, _seen_of(whole, self.cleaned_data.get("version") or ""))
        return cleaned


def _whole(part: Model) -> Any:
    return getattr(part, editing.PARENTS[type(part)])


def _version_of(whole: Record) -> str:
    """A version with the record that it is of: a part moves, and two records may stand at one number."""
    return f"{whole.pk}:{whole.version}"


def _seen_of(whole: Record, text: str) -> int | None:
    """The version in what _version_of() gave; None where it is of another record, or of none."""
    key, _colon, number = text.partition(":")
    known = key == str(whole.pk) and number.isascii() and number.isdigit() and len(number) < LONGEST_VERSION
    return int(number) if known else None


def foreseen(form: Any) -> Any:
    """The row of a form that is being cleaned, as it is about to be saved."""
    return construct_instance(form, copy(form.instance), form._meta.fields, form._meta.exclude)


def checked(record: R, version: int | None, to_be: Model | None = None) -> R:
    """The record as stored, locked; an error in words unless it is at that version."""
    try:
        return editing.check(record, version, to_be)
    except editing.Stale as stale:
        raise forms.ValidationError([*in_words(stale), REOPEN], code="stale") from stale


class RecordAdmin(DeskAdmin[R]):
    """A page for a record: its version, and no deletion of what the public can read."""

    form = RecordForm
    change_form_template = "admin/incidents/record.html"

    def get_fields(self, request: HttpRequest, obj: R | None = None) -> Any:
        """Every field but the version, which the page carries hidden."""
        return [name for name in super().get_fields(request, obj) if name != "version"]

    def save_model(self, request: HttpRequest, obj: R, form: Any, change: bool) -> None:
        """A changed record is saved in save_related, once it is known which of its children changed too."""
        obj._history_user = request.user  # type: ignore[attr-defined]
        if not change:
            editing.hold(obj)
            obj.save()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        record, altered = form.instance, not change
        if change:
            children = [formset.model.__name__ for formset in formsets if formset.has_changed()]
            several = [name for name in form.changed_data if name in _many_to_many(record)]
            altered = bool(form.changed_data or children)
            if altered:
                editing.save(record, [*children, *several])
        super().save_related(request, form, formsets, change)
        if altered:
            editing.touch(record, form.stored if change else None)
            protect(record)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """A child that is a record itself has a version of its own."""
        if issubclass(formset.model, Record):
            for child in formset.initial_forms:
                if child.has_changed():
                    child.instance.version += 1
        formset.save()

    def delete_model(self, request: HttpRequest, obj: R) -> None:
        editing.hold(obj)
        super().delete_model(request, obj)
        editing.touch(obj)

    def has_delete_permission(self, request: HttpRequest, obj: R | None = None) -> bool:
        if obj is not None and state.is_kept(obj):
            return False
        return bool(super().has_delete_permission(request, obj))


class ChangesInWords(HistoricalRecordContextHelper):  # type: ignore[misc]
    """What a version changed, with labels for codes and texts by language; how versions are counted is left out."""

    def context_for_delta_changes(self, delta: Any) -> list[dict[str, Any]]:
        told = [change for change in delta.changes if change.field not in editing.UNCOUNTED]
        changes: list[dict[str, Any]] = super().context_for_delta_changes(replace(delta, changes=told))
        return changes

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        column = self.model._meta.get_field(change.field)
        vocabulary = terms.vocabulary_of(column)
        if isinstance(value, dict):
            return in_languages(value) or "-"
        if vocabulary:
            return terms.label(vocabulary, value) or "-"
        return super().prepare_delta_change_value(change, value)


class HistoryAdmin(RecordAdmin[R], SimpleHistoryAdmin):  # type: ignore[misc]
    """A page for a record whose versions are kept, and told in words."""

    object_history_list_template = "admin/incidents/history.html"

    def get_historical_record_context_helper(self, request: HttpRequest, historical_record: Any) -> ChangesInWords:
        return ChangesInWords(self.model, historical_record)

    def revert_disabled(self, request: HttpRequest, obj: R | None = None) -> bool:
        """An old version is never brought back silently: what changed is entered and said again."""
        return True

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        self._refuse_impossible(object_id)
        response: HttpResponse = super().history_view(request, object_id, extra_context)
        return response

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        self._refuse_impossible(object_id, version_id)
        if request.method != "GET":
            raise PermissionDenied
        response: HttpResponse = super().history_form_view(request, object_id, version_id, extra_context)
        return response

    def render_history_view(self, request: HttpRequest, template: str, context: Any, **kwargs: Any) -> HttpResponse:
        """Both pages end here, once it is known which states they show; the record itself may be gone."""
        shown = [context["object"], *(each.instance for each in context["page_obj"])] if "page_obj" in context else []
        looked_back_at(shown or [context["original"]])
        response: HttpResponse = super().render_history_view(request, template, context, **kwargs)
        return response

    def _refuse_impossible(self, *ids: str) -> None:
        """The history of a deleted row can still be read, so that the row itself is not asked for."""
        if not all(possible(self.opts.pk, unquote(one)) for one in ids):
            raise Http404

    def set_history_delta_changes(
        self, request: HttpRequest, historical_records: Iterable[Any], foreign_keys_are_objs: bool = True
    ) -> None:
        """What each version changed, with the children that changed along with it."""
        super().set_history_delta_changes(request, historical_records, foreign_keys_are_objs)
        for row in historical_records:
            row.parts = parts_in_words(editing.children_of(row.history_change_reason))


class ChildAdmin(DeskAdmin[M]):
    """A page for a child of a record: to save or delete it is to change the record, at the version that was seen."""

    form = ChildForm
    change_form_template = "admin/incidents/record.html"

    def get_fields(self, request: HttpRequest, obj: M | None = None) -> Any:
        """Every field but the version, which the page carries hidden."""
        return [name for name in super().get_fields(request, obj) if name != "version"]

    def save_model(self, request: HttpRequest, obj: M, form: Any, change: bool) -> None:
        before = type(obj)._default_manager.get(pk=obj.pk) if change else None
        editing.hold(before or obj, obj)
        super().save_model(request, obj, form, change)
        editing.touch(obj, before)

    def delete_model(self, request: HttpRequest, obj: M) -> None:
        editing.hold(obj)
        super().delete_model(request, obj)
        editing.touch(obj)


class AppendOnlyAdmin(ChildAdmin[M]):
    """A table whose rows are added and never changed: the database refuses the rest."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def in_words(stale: editing.Stale) -> list[str]:
    """Who changed what meanwhile, one sentence an edit."""
    sentences = []
    for edit in stale.edits:
        words = {
            "who": edit.by or _("Somebody"),
            "when": formats.date_format(edit.at, "DATETIME_FORMAT"),
            "what": parts_in_words(edit.parts) or _("nothing that shows"),
        }
        sentences.append(_("%(who)s changed meanwhile, on %(when)s: %(what)s.") % words)
    return sentences or [_("Somebody changed this record meanwhile.")]


def parts_in_words(parts: Iterable[str]) -> str:
    """The names of fields and of kinds of children, as the interface calls them."""
    return with_commas(_part(part) for part in parts)


def _part(part: str) -> str | Promise:
    if part in model_labels.MODELS:
        return model_labels.MODELS[part][1]
    return labels.FIELDS.get(part, part)


def _many_to_many(record: Record) -> set[str]:
    return {field.name for field in record._meta.many_to_many}
