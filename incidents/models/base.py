"""What every table of the working record shares: public ids, versions, texts in several languages.

Nothing here knows a particular entity.
"""

import re
import uuid
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

LANGUAGE_TAG = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
CODE_LENGTH = 40


def validate_texts(value: Any) -> None:
    """Refuse anything but {language tag: non-empty text}."""
    if not isinstance(value, dict):
        raise ValidationError(_('Write an object of texts by language, such as {"en": "Tuwaym"}.'))
    for tag, text in value.items():
        if not LANGUAGE_TAG.match(str(tag)):
            raise ValidationError(
                _("'%(tag)s' is not a language tag; write en, fr, es, ar or another BCP 47 tag."),
                params={"tag": tag},
            )
        if not isinstance(text, str) or not text.strip():
            raise ValidationError(
                _("The text for '%(tag)s' is empty; write it or leave the language out."),
                params={"tag": tag},
            )


class TextsField(models.JSONField[dict[str, str], dict[str, str]]):
    """A text in several languages: {language tag: text}; empty when nobody named it."""

    default_validators = [validate_texts]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", dict)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)


def code_field(choices: Iterable[tuple[str, Any]], **kwargs: Any) -> "models.CharField[str, str]":
    """A column for one code of a vocabulary; the empty string means that nobody said."""
    return models.CharField(max_length=CODE_LENGTH, choices=list(choices), **kwargs)


def one_of(field: str, values: Iterable[str]) -> Q:
    """The condition that a column holds one of a vocabulary's codes."""
    return Q(**{f"{field}__in": list(values)})


def ordered(earlier: str, later: str) -> Q:
    """The condition that two columns, where both are known, stand in order."""
    return Q(**{f"{earlier}__isnull": True}) | Q(**{f"{later}__isnull": True}) | Q(**{f"{earlier}__lte": F(later)})


def name_of(texts: dict[str, str], fallback: str = "") -> str:
    """The text to show in a list: English, else the first language there is, else fallback."""
    return texts.get("en") or next(iter(texts.values()), fallback)


class Record(models.Model):
    """A record of the working database with a public id that says nothing and a version.

    The public id is a random UUID (version 4): no creation time, no order, never reused.
    `version` counts the saved changes and guards concurrent edits.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
