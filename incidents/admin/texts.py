"""Form fields for what the models keep as JSON: texts by language, lists, and named counts. Nobody types JSON.

What is stored and which values are refused is the models' matter.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from incidents.admin.digits import plain
from incidents.admin.naming import language_name
from incidents.choices import Language

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ku", "ps", "ur"})
LANGUAGES: tuple[str, ...] = tuple(Language.values)
LONGEST_COUNT = 18  # digits

without_nul = ProhibitNullCharactersValidator()  # as every text field of Django has it; PostgreSQL keeps no NUL


def texts_in(value: Any) -> Iterator[str]:
    """Every text in the value of a field: a text, a list of them, or a text by language."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        yield from (each for each in (value.values() if isinstance(value, dict) else value) if isinstance(each, str))


class TextsWidget(forms.Widget):
    """One labelled input per language: ours always, others where there is a text in them."""

    template_name = "admin/widgets/texts.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None, *, long: bool = False, label: Any = "") -> None:
        super().__init__(attrs)
        self.long = long
        self.label = label

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        texts = value if isinstance(value, dict) else {}
        tags = [*LANGUAGES, *(tag for tag in texts if tag not in LANGUAGES)]
        identifier = context["widget"]["attrs"].get("id", f"id_{name}")
        context["widget"] |= {
            "long": self.long,
            "label": self.label,
            "inputs": [
                {
                    "name": f"{name}__{tag}",
                    "id": self.id_for_label(identifier, tag),
                    "tag": tag,
                    "language": language_name(tag),
                    "rtl": tag.split("-")[0] in RIGHT_TO_LEFT,
                    "text": texts.get(tag, ""),
                }
                for tag in tags
            ],
        }
        return context

    def id_for_label(self, id_: str, tag: str = LANGUAGES[0]) -> str:
        return f"{id_}__{tag}" if id_ else id_

    def value_from_datadict(self, data: Mapping[str, Any], files: MultiValueDict[str, Any], name: str) -> Any:
        prefix = f"{name}__"
        return {key.removeprefix(prefix): data[key] for key in data if key.startswith(prefix)}

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return not any(key.startswith(f"{name}__") for key in data)


class TextsFormField(forms.Field):
    """{language: text}; a language whose input is left empty is left out."""

    widget = TextsWidget

    def __init__(self, *, encoder: Any = None, decoder: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> dict[str, str]:
        return {tag: str(text).strip() for tag, text in (value or {}).items() if str(text).strip()}

    def validate(self, value: Any) -> None:
        super().validate(value)
        for each in (*value, *value.values()):
            without_nul(each)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return not self.disabled and (initial or {}) != self.to_python(data)


class LinesField(forms.CharField):
    """A list of words or sentences, one a line."""

    widget = forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})

    def __init__(self, *, encoder: Any = None, decoder: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def validate(self, value: Any) -> None:
        super().validate(value)
        for line in value:
            without_nul(line)

    def has_changed(self, initial: Any, data: Any) -> bool:
        if self.disabled:
            return False
        try:
            return bool((initial or self.to_python("")) != self.to_python(data))
        except forms.ValidationError:  # a form is asked this before it is asked what is wrong with it
            return True


class DatesField(LinesField):
    """A list of days, one a line; a dash stands for one that is not known."""

    default_error_messages = {"date": _("“%(line)s” is not a date; write 2025-03-08, or - where it is not known.")}

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(day or "-" for day in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [None if line == "-" else self._day(line) for line in super().to_python(value)]

    def _day(self, line: str) -> str:
        try:
            return date.fromisoformat(plain(line)).isoformat()
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["date"], code="date", params={"line": line}) from error


class CountsField(LinesField):
    """{name: count}, one a line with a colon between them."""

    default_error_messages = {"count": _("“%(line)s” is not a name and a count; write testimonies: 938.")}

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{name}: {count}" for name, count in value.items()) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> Any:
        counts: dict[str, int] = {}
        for line in super().to_python(value):
            name, _colon, count = line.partition(":")
            count = plain(count)
            if not name.strip() or not count.strip().isdecimal() or len(count) > LONGEST_COUNT:
                raise forms.ValidationError(self.error_messages["count"], code="count", params={"line": line})
            counts[name.strip()] = int(count)
        return counts
