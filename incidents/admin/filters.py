"""The filters beside a list: codes under their labels, and what the log says of a record.

Which lists have which filters stands in the file of each resource.
"""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import AllValuesFieldListFilter, ChoicesFieldListFilter, SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from incidents.admin import state, terms
from incidents.admin.model_labels import name_of_kind


class TermFilter(ChoicesFieldListFilter):
    """The codes of a vocabulary, under their labels in the moderator's language."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        vocabulary = terms.vocabulary_of(self.field)
        for choice, (code, word) in zip(super().choices(changelist), self._codes(), strict=False):
            # Behind the word stands how many there are, where that is asked for.
            counted = str(choice["display"]).removeprefix(str(word)) if code else ""
            yield choice | {"display": terms.label(vocabulary, code) + counted} if vocabulary and code else choice

    def _codes(self) -> Iterator[tuple[str | None, Any]]:
        yield None, None  # the choice of all
        yield from self.field.flatchoices


class CodeFilter(AllValuesFieldListFilter):
    """The codes that a column without choices holds, under their labels in the moderator's language."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        vocabulary = terms.vocabulary_of(self.field) or ""
        for choice in super().choices(changelist):
            # Behind the code stands how many there are, where that is asked for.
            code, between, counted = str(choice["display"]).partition(" (")
            yield choice | {"display": terms.label(vocabulary, code) + between + counted}


class KindFilter(AllValuesFieldListFilter):
    """The kinds of what submissions name, called as the tables are in which it is entered."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield choice | {"display": name_of_kind(str(choice["display"]))}


class StateFilter(SimpleListFilter):
    """Draft, published, changed since, withdrawn: what the log says of a record."""

    title = _("State")
    parameter_name = "state"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return list(state.NAMES.items())

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        return state.in_state(queryset, self.value()) if self.value() in state.NAMES else queryset
