"""What every page of the admin shares: labels of codes, pickers instead of raw ids, humane inputs, examples in words.

How records keep their versions is in records.py, how they are published in publishing.py.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models, transaction
from django.db.models import ProtectedError, RestrictedError
from django.db.utils import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from incidents.admin import digits, terms
from incidents.admin.audited import Audited
from incidents.admin.breaches import explain
from incidents.admin.examples import example
from incidents.admin.filters import CodeFilter, TermFilter
from incidents.admin.lookups import StrictLookups
from incidents.admin.naming import text_of
from incidents.admin.references import ReferenceSelect, ReferenceSelectMultiple, introduce, possible
from incidents.admin.searching import found
from incidents.admin.texts import CountsField, DatesField, LinesField, TextsFormField, TextsWidget, texts_in
from incidents.models.base import TextsField
from incidents.models.days import VALIDATED
from incidents.rules.desk.confidential import may_be_confidential
from incidents.rules.legible import illegible_sign

M = TypeVar("M", bound=models.Model)

LONG_TEXTS = frozenset({"summary", "mandate", "text"})
LISTS = frozenset({"based_on", "demands", "moved_claims"})
DATES = frozenset({"based_on_dates"})
COUNTS = frozenset({"facts"})
LINES: dict[str, type[LinesField]] = {"based_on_dates": DatesField, "facts": CountsField}


class DeskForm(forms.ModelForm[Any]):
    """A form whose pickers know the rows that are loaded already, and whose texts are what they look like."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        introduce(self)

    def clean(self) -> dict[str, Any] | None:
        """Refuse in a text that is changed what is refused in one that is sent: others read it before they decide."""
        cleaned = super().clean()
        for name in self.changed_data:
            sign = next(filter(None, map(illegible_sign, texts_in(self.cleaned_data.get(name)))), "")
            if sign:
                said = _("It holds %(sign)s, which nobody sees and which changes how the text reads. Leave it out.")
                self.add_error(name, ValidationError(said, params={"sign": sign}))
        return cleaned

    def _update_errors(self, errors: ValidationError) -> None:
        explain(errors, self.instance)
        super()._update_errors(errors)  # type: ignore[misc]  # Django's own hook for what a record refuses


class DeskFields(BaseModelAdmin[Any]):
    """How a column becomes a form field, on pages and inlines alike."""

    form: Any = DeskForm
    formfield_overrides = digits.FIELDS

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [self._without_link(name, request) for name in super().get_readonly_fields(request, obj)]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.followed(super().get_fieldsets(request, obj), request, obj)

    def followed(self, fieldsets: Any, request: HttpRequest, obj: Any) -> Any:
        """These fieldsets, in which what is only read leads to no page that the reader may not open."""
        read, changes = self.get_readonly_fields(request, obj), self.has_change_permission(request, obj)

        def shown(name: Any) -> Any:
            if isinstance(name, (list, tuple)):
                return tuple(map(shown, name))
            unlinked = self._without_link(name, request)
            return name if changes and unlinked not in read else unlinked

        return [(title, options | {"fields": tuple(map(shown, options["fields"]))}) for title, options in fieldsets]

    def _without_link(self, name: Any, request: HttpRequest) -> Any:
        """The field, or a column that names what a reference leads to where the reader may not open that."""
        field = _field(self.model, name)
        if not isinstance(field, models.ForeignKey):
            return name
        page = self.admin_site._registry.get(field.related_model)
        return _name_column(field) if page is not None and not page.has_view_permission(request) else name

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if isinstance(db_field, TextsField):
            kwargs |= {
                "form_class": TextsFormField,
                "widget": TextsWidget(long=db_field.name in LONG_TEXTS, label=db_field.verbose_name),
                "show_hidden_initial": False,
            }
        elif db_field.name in LISTS | DATES | COUNTS:
            kwargs["form_class"] = LINES.get(db_field.name, LinesField)
            kwargs["show_hidden_initial"] = False
        elif isinstance(db_field, models.URLField):
            kwargs["assume_scheme"] = "https"
        elif isinstance(db_field, models.TextField):
            kwargs["widget"] = forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"})
        help_text = example(db_field)
        if help_text:
            kwargs["help_text"] = help_text
        formfield = super().formfield_for_dbfield(db_field, request, **kwargs)
        if formfield is not None and db_field.name in VALIDATED:  # as of others who send it
            formfield.validators = [*formfield.validators, VALIDATED[db_field.name]]
        widget = getattr(formfield, "widget", None)
        if isinstance(widget, RelatedFieldWidgetWrapper):
            # Nobody should delete a source while choosing it; to look at it is a click on its pencil.
            widget.can_delete_related = widget.can_view_related = False
        return formfield

    def formfield_for_choice_field(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        vocabulary = terms.vocabulary_of(db_field)
        if vocabulary:
            blank = [] if not db_field.blank and db_field.has_default() else [("", "---------")]
            kwargs["choices"] = [*blank, *terms.pairs(vocabulary)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = ReferenceSelect(db_field, self.admin_site, using=kwargs.get("using"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = ReferenceSelectMultiple(db_field, self.admin_site, using=kwargs.get("using"))
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class DeskAdmin(DeskFields, StrictLookups[M], Audited[M]):
    """A page for a table of the app."""

    list_per_page = 50
    show_full_result_count = False

    def __init__(self, model: type[M], site: admin.AdminSite) -> None:
        """Counts beside filters tell of rows that are not shown: what these are found by is no look."""
        super().__init__(model, site)
        if self.lists_confidential and may_be_confidential(model):
            self.show_facets = admin.ShowFacets.NEVER  # type: ignore[misc]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> M | None:
        """The row with that id; none for what no id can be, too."""
        field = self.opts.get_field(from_field) if from_field else self.opts.pk
        return super().get_object(request, object_id, from_field) if possible(field, object_id) else None

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """The rows in which every word is found, in any language and however it is spelt."""
        return found(queryset, self.get_search_fields(request), search_term), False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What the address fills in beforehand, without references to rows that are not there."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        for name, value in list(initial.items()):
            field = _field(self.model, name)
            if isinstance(field, models.ManyToManyField):
                initial[name] = [one for one in value if _refers(field, one)]
            elif isinstance(field, models.ForeignKey) and not _refers(field, value):
                del initial[name]
            elif isinstance(field, models.DateTimeField):
                # The two inputs of a moment are filled from a moment, never from its text.
                del initial[name]
                if possible(field, value):
                    initial[name] = field.to_python(value)
        return initial

    def get_list_display(self, request: HttpRequest) -> Any:
        return [self._column(name) for name in super().get_list_display(request)]

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [self._filter(entry) for entry in super().get_list_filter(request)]

    def get_actions(self, request: HttpRequest) -> Any:
        """Rows are deleted one at a time, on their own page."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            with transaction.atomic():
                return super().delete_view(request, object_id, extra_context)
        except (ProtectedError, RestrictedError, IntegrityError):
            messages.error(request, _("It cannot be deleted: other rows rely on it, or must be kept."))
            meta = self.opts
            return HttpResponseRedirect(
                reverse(f"{self.admin_site.name}:{meta.app_label}_{meta.model_name}_change", args=[object_id])
            )

    def _column(self, name: Any) -> Any:
        field = _field(self.model, name)
        if field is None:
            return name
        if isinstance(field, TextsField):
            return _texts_column(field)
        vocabulary = terms.vocabulary_of(field)
        return _term_column(field, vocabulary) if vocabulary else name

    def _filter(self, entry: Any) -> Any:
        field = _field(self.model, entry)
        if field is None or not terms.vocabulary_of(field):
            return entry
        return (entry, TermFilter if field.choices else CodeFilter)


class ReadOnlyAdmin(DeskAdmin[M]):
    """A table that only rules write: the log and what is derived from it."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class DeskInline(DeskFields, admin.options.InlineModelAdmin[Any, Any]):
    """Children of a record on the record's own page; what each line shows is loaded with one query a table."""

    extra = 0
    show_change_link = True
    related: Sequence[str] = ()
    prefetched: Sequence[str] = ()

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related(*self.related).prefetch_related(*self.prefetched)


class Table(DeskInline, admin.TabularInline[Any, Any]):
    """Children as lines of a table."""


class Cards(DeskInline, admin.StackedInline[Any, Any]):
    """Children with many fields, one below the other."""


class AppendOnly(DeskInline):
    """Children that are only ever added: what was said is not rewritten."""

    can_delete = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _field(model: type[models.Model], name: Any) -> Any:
    if not isinstance(name, str):
        return None
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _refers(field: Any, value: str) -> bool:
    """Whether a reference with that value leads to a row."""
    target = field.target_field
    return possible(target, value) and target.model._default_manager.filter(**{target.name: value}).exists()


@cache
def _term_column(field: Any, vocabulary: str) -> Callable[[Any], str]:
    @admin.display(description=field.verbose_name, ordering=field.name)
    def column(row: Any) -> str:
        return terms.label(vocabulary, getattr(row, field.name))

    column.__name__ = field.name
    return column


@cache
def _name_column(field: Any) -> Callable[[Any], str]:
    @admin.display(description=field.verbose_name, ordering=field.name)
    def column(row: Any) -> Any:
        named = getattr(row, field.name)
        return "-" if named is None else named

    column.__name__ = field.name
    return column


@cache
def _texts_column(field: Any) -> Callable[[Any], str]:
    @admin.display(description=field.verbose_name)
    def column(row: Any) -> str:
        return text_of(getattr(row, field.name))

    column.__name__ = field.name
    return column
