"""What the codes of a vocabulary are called in the moderator's language: the labels of the vocabulary tables.

Where a label is missing the English word of choices.py stands in; each language is one query, kept a minute.
"""

import inspect
import time
from collections.abc import Iterator
from typing import Any

from django.db.models import Field, TextChoices
from django.db.models.signals import post_delete, post_save
from django.utils.translation import get_language

from incidents import choices
from incidents.documents.fields import vocabulary_name
from incidents.models import TermLabel
from incidents.models.public import INDEX_MODULES

SECONDS = 60
Labels = dict[tuple[str, str], str]
_kept: dict[str, tuple[float, Labels]] = {}


VOCABULARIES: dict[str, type[TextChoices]] = {
    vocabulary_name(cls): cls
    for _, cls in inspect.getmembers(choices, inspect.isclass)
    if issubclass(cls, TextChoices) and cls is not TextChoices
}
_BY_CHOICES = {tuple((str(code), str(word)) for code, word in cls.choices): name for name, cls in VOCABULARIES.items()}
_ENGLISH: Labels = {(name, code): str(word) for name, cls in VOCABULARIES.items() for code, word in cls.choices}


# The columns of the index tables have no choices: what is published is looked at as it is. By the name of a column;
# where that means several things, by its table as well.
_INDEXED = {
    **{
        name: name
        for name in (
            "act", "age_group", "attribution_status", "basis", "cause", "clarity", "date_precision", "extent",
            "geo_precision", "grade", "identification", "measure", "occupation", "position", "role", "sex", "unit",
        )
    },
    "actor_type": "actor_type",
    "holder_kind": "public_kind",
    "of_status": "person_status",
    "perpetrator_type": "actor_type",
    "status": "person_status",
    "PublicDocument.type": "document_type",
    "PublicIncident.kind": "incident_kind",
    "PublicInvestigation.type": "investigation_type",
    "PublicInvestigationIncident.kind": "investigation_scope",
    "PublicPerpetrator.type": "actor_type",
    "PublicSource.kind": "source_kind",
}  # fmt: skip


def vocabulary_of(field: "Field[Any, Any]") -> str | None:
    """The vocabulary whose codes a model field holds, or None."""
    if field.choices:
        return _BY_CHOICES.get(tuple((str(code), str(word)) for code, word in field.flatchoices))
    model: Any = getattr(field, "model", None)
    if model is None or model.__module__ not in INDEX_MODULES or field.get_internal_type() != "CharField":
        return None
    return _INDEXED.get(f"{model.__name__}.{field.name}") or _INDEXED.get(field.name)


def label(vocabulary: str, code: str | None) -> str:
    """The label of a code; the code itself where nobody knows a word for it, nothing for no code."""
    if not code:
        return ""
    return _labels().get((vocabulary, code)) or _ENGLISH.get((vocabulary, code)) or code


def pairs(vocabulary: str) -> Iterator[tuple[str, str]]:
    """(code, label) of every term, in the vocabulary's own order."""
    for code in VOCABULARIES[vocabulary].values:
        yield code, label(vocabulary, code)


def label_of(row: Any, field_name: str) -> str:
    """The label of the code in one field of a row."""
    vocabulary = vocabulary_of(row._meta.get_field(field_name))
    code = getattr(row, field_name)
    return label(vocabulary, code) if vocabulary else str(code)


def forget(**_: Any) -> None:
    """Read the labels again at the next need; also called whenever a label is saved or deleted here."""
    _kept.clear()


def _labels() -> Labels:
    language = (get_language() or "en").split("-")[0]
    until, labels = _kept.get(language, (0.0, {}))
    if until < time.monotonic():
        rows = TermLabel.objects.filter(language=language).values_list("term__vocabulary", "term__code", "label")
        labels = {(vocabulary, code): text for vocabulary, code, text in rows}
        _kept[language] = (time.monotonic() + SECONDS, labels)
    return labels


post_save.connect(forget, sender=TermLabel, dispatch_uid="admin-terms-saved")
post_delete.connect(forget, sender=TermLabel, dispatch_uid="admin-terms-deleted")
