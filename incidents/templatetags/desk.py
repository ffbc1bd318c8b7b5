"""Filters for the admin's pages: how tables are grouped, how a column that may only be read is shown.

What codes and texts are called is decided in incidents/admin/.
"""

from typing import Any

from django import template
from django.contrib.admin.helpers import AdminReadonlyField
from django.core.exceptions import FieldDoesNotExist

from incidents.admin import terms
from incidents.admin.groups import grouped
from incidents.admin.naming import text_of
from incidents.models.base import TextsField

register = template.Library()
register.filter("groups", grouped)


@register.filter
def shown(field: AdminReadonlyField) -> Any:
    """A read-only column as people read it: the label of a code, the text in their language, never JSON."""
    row: Any = field.form.instance
    name: Any = field.field["field"]
    try:
        column = row._meta.get_field(name)
    except (FieldDoesNotExist, TypeError):
        return field.contents()
    value = getattr(row, name, None)
    if isinstance(column, TextsField):
        return text_of(value or {}, "-")
    if terms.vocabulary_of(column):
        return terms.label_of(row, name) or "-"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {item}" for key, item in value.items()) or "-"
    return field.contents()
