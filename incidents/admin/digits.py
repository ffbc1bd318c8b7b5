"""Days and numbers as people type them: in Arabic or Persian digits too, and refused with what to write.

A day is written with the year first in every language (config/formats). Which values a column takes is the models'
matter.
"""

from typing import Any

from django import forms
from django.contrib.admin import widgets
from django.db import models
from django.utils.translation import gettext_lazy as _

# Arabic-Indic and Persian digits, with the Arabic signs for the decimal point and between thousands.
PLAIN: dict[int, str | None] = {
    **{ord(sign): str(position % 10) for position, sign in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")},
    ord("٫"): ".",
    ord("٬"): None,
}
LEFT_TO_RIGHT = {"dir": "ltr"}  # else the parts of a day in Arabic digits stand the other way round
WRITE_DAY = _("Write it as 2025-03-07.")
WRITE_TIME = _("Write it as 14:30.")
WRITE_NUMBER = _("Write a whole number, such as 31.")


def plain(value: Any) -> Any:
    """A text with the digits that programs read; anything else as it is."""
    return value.translate(PLAIN) if isinstance(value, str) else value


class DayField(forms.DateField):
    """A day, such as 2025-03-07."""

    default_error_messages = {"invalid": WRITE_DAY}

    def to_python(self, value: Any) -> Any:
        return super().to_python(plain(value))


class MomentField(forms.SplitDateTimeField):
    """A day and a time."""

    default_error_messages = {"invalid_date": WRITE_DAY, "invalid_time": WRITE_TIME}

    def clean(self, value: Any) -> Any:
        return super().clean([plain(each) for each in value] if isinstance(value, list | tuple) else value)


class WholeNumberField(forms.IntegerField):
    """A whole number."""

    default_error_messages = {"invalid": WRITE_NUMBER}

    def to_python(self, value: Any) -> Any:
        return super().to_python(plain(value))


class FractionField(forms.FloatField):
    """A number with a fraction, such as a latitude."""

    default_error_messages = {"invalid": _("Write a number, such as 35.16.")}

    def to_python(self, value: Any) -> Any:
        return super().to_python(plain(value))


class NumberWidget(forms.TextInput):
    """An input for a number that takes every digit: browsers let no Arabic ones into their own input for numbers."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "class": "vIntegerField", **LEFT_TO_RIGHT, **(attrs or {})})


WIDE = {"class": "vBigIntegerField"}
FIELDS: dict[type[models.Field[Any, Any]], dict[str, Any]] = {
    models.DateField: {"form_class": DayField, "widget": widgets.AdminDateWidget(LEFT_TO_RIGHT)},
    models.DateTimeField: {"form_class": MomentField, "widget": widgets.AdminSplitDateTime(LEFT_TO_RIGHT)},
    models.IntegerField: {"form_class": WholeNumberField, "widget": NumberWidget},
    models.BigIntegerField: {"form_class": WholeNumberField, "widget": NumberWidget(WIDE)},
    models.FloatField: {"form_class": FractionField, "widget": NumberWidget(WIDE)},
}
