"""Keys of things in other systems: one spelling of each, so that one thing is not taken for two.

Which signs a key may not hold is the rules' matter (legible.py).
"""

import re
import unicodedata
from typing import Any

from django import forms
from django.db import models

# White space, but control signs that are none to a reader: those are refused, not read as a space.
_WHITE = re.compile(r"[^\S\x0b\x0c\x1c-\x1f\x85]+")


def one_spelling(key: str) -> str:
    """A key as it is kept and compared: in Unicode's NFC, each run of white space as one U+0020, none at the ends.

    A name of a file comes from macOS in NFD; a table of a text editor holds no-break spaces. Case stays: to other
    systems, A1 and a1 may be two things.
    """
    return unicodedata.normalize("NFC", _WHITE.sub(" ", key)).strip()


class _KeyInput(forms.CharField):
    """What is typed at the desk, in one spelling."""

    def to_python(self, value: Any) -> str | None:
        read = super().to_python(value)
        return one_spelling(read) if read else read


class ExternalKeyField(models.CharField[str, str]):
    """A column of keys; what people type into it is read in one spelling. To migrations it is a plain text."""

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": _KeyInput, **kwargs})

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs
