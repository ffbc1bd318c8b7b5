"""Which parameters of a list's address may choose its rows: those that its own filters, dates and links write.

Django lets anybody ask by any column of the table, which reads confidential columns letter by letter and leaves no
entry in the audit chain. What is none of these is answered 400, and so is a value that the column cannot hold; a day
that no calendar has, such as 31 February, leads back to the list as Django has it.
"""

from collections.abc import Callable, Mapping
from datetime import MAXYEAR, MINYEAR
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter, SimpleListFilter
from django.contrib.admin.utils import get_fields_from_path
from django.db.models import DateField, Field, Model
from django.http import HttpRequest

from incidents.admin.references import possible

M = TypeVar("M", bound=Model)
Takes = Callable[[str], bool]

UNITS = {"year": (MINYEAR + 1, MAXYEAR - 1), "month": (1, 12), "day": (1, 31)}  # of what has a day before and after it
LONGEST_NUMBER = 4
BOOLEAN = frozenset({"0", "1", "True", "False", "true", "false"})


class StrictLookups(admin.ModelAdmin[M]):
    """A list whose address chooses rows by what is offered beside it, and by nothing else."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        takes = self._lookups(request).get(lookup)
        return takes is not None and "\0" not in value and takes(value)

    def _lookups(self, request: HttpRequest) -> Mapping[str, Takes]:
        """{parameter: whether it takes a value}."""
        found = _of_key(self.model)
        for entry in self.get_list_filter(request):
            found |= _of_filter(self.model, entry)
        if self.date_hierarchy:
            found |= {f"{self.date_hierarchy}__{unit}": _within(*ends) for unit, ends in UNITS.items()}
        return found


def _of_key(model: type[Model]) -> dict[str, Takes]:
    """Rows by their primary key, one or several: what people and other pages write."""
    key: Any = model._meta.pk
    one, several = _held_by(key), _each_held_by(key)
    return {
        f"{name}{suffix}": takes
        for name in ("pk", key.name, key.attname)
        for suffix, takes in {"": one, "__exact": one, "__in": several}.items()
    }


def _of_filter(model: type[Model], entry: Any) -> dict[str, Takes]:
    """What one entry of `list_filter` writes into the address: a class, a path, or a path with its class."""
    if isinstance(entry, type) and issubclass(entry, SimpleListFilter):
        return {str(entry.parameter_name): _anything}
    path, kind = entry if isinstance(entry, tuple | list) else (entry, None)
    if kind is EmptyFieldListFilter:
        return {f"{path}__isempty": BOOLEAN.__contains__}
    return _of_path(path, get_fields_from_path(model, path)[-1])


def _of_path(path: str, field: Any) -> dict[str, Takes]:
    nothing: dict[str, Takes] = {f"{path}__isnull": BOOLEAN.__contains__}
    if field.is_relation:
        target = field.target_field
        return nothing | {f"{path}__{target.name}__exact": _held_by(target)}
    if isinstance(field, DateField):
        return nothing | {f"{path}{end}": _day_held_by(field) for end in ("__gte", "__lt")}
    return nothing | {f"{path}{suffix}": _held_by(field) for suffix in ("", "__exact")}


def _held_by(field: Field[Any, Any]) -> Takes:
    return lambda value: possible(field, value)


def _day_held_by(field: Any) -> Takes:
    return lambda value: possible(field, value) and MINYEAR < field.to_python(value).year < MAXYEAR


def _each_held_by(field: Field[Any, Any]) -> Takes:
    return lambda value: all(possible(field, each) for each in value.split(","))


def _within(lowest: int, highest: int) -> Takes:
    def takes(value: str) -> bool:
        plain = value.isascii() and value.isdigit() and len(value) <= LONGEST_NUMBER
        return plain and lowest <= int(value) <= highest

    return takes


def _anything(_value: str) -> bool:
    """A filter of ours reads its value itself."""
    return True
