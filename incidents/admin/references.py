"""The pickers for rows of big tables: they search on the server and show the chosen row without asking for it again.

Django's own picker asks once for every field of every line of a form; with thirty claims that is a hundred queries.
"""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.db.models import ForeignKey, ManyToManyField, Model
from django.forms.widgets import ChoiceWidget


def possible(field: Any, value: str) -> bool:
    """Whether a column can hold the value at all; PostgreSQL and SQLite refuse others with errors of their own."""
    while isinstance(field, ForeignKey):
        field = field.target_field
    try:
        field.run_validators(field.to_python(value))
    except (ValidationError, ValueError):
        return False
    return "\0" not in value


class _Known(ChoiceWidget):
    """Takes the chosen rows from ``known`` where all of them are there; what no row can be chosen by is left out."""

    known: Iterable[Model] = ()
    choices: Any
    field: Any
    is_required: bool

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        rows = {str(row.pk): row for row in self.known}
        # A form that is shown again holds whatever was sent: the database is asked for nothing that it cannot hold.
        sent = [str(v) for v in value if v not in (None, "")]
        chosen = [v for v in sent if v in rows or possible(self.field.target_field, v)]
        if any(v not in rows for v in chosen):
            return super().optgroups(name, chosen, attrs)
        options: list[dict[str, Any]] = []
        if not self.is_required and not self.allow_multiple_selected:
            options.append(self.create_option(name, "", "", False, 0))
        for v in chosen:
            options.append(self.create_option(name, v, str(rows[v]), True, len(options)))
        return [(None, options, 0)]


class ReferenceSelect(_Known, AutocompleteSelect):
    """Picks one row."""


class ReferenceSelectMultiple(_Known, AutocompleteSelectMultiple):
    """Picks several rows."""


def introduce(form: forms.ModelForm[Any]) -> None:
    """Tell the form's pickers which rows its instance refers to, as far as they are loaded already."""
    row = form.instance
    if row.pk is None:
        return
    prefetched = getattr(row, "_prefetched_objects_cache", {})
    for name, field in form.fields.items():
        widget = getattr(field.widget, "widget", field.widget)
        if not isinstance(widget, _Known):
            continue
        column = row._meta.get_field(name)
        if isinstance(column, ManyToManyField) and name in prefetched:
            widget.known = list(prefetched[name])
        elif isinstance(column, ForeignKey) and column.is_cached(row):
            chosen = getattr(row, name)
            widget.known = [] if chosen is None else [chosen]
