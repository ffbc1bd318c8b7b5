"""What the rules refuse, told in the reader's language: labels for codes, and names that keep their own direction.

The sentences are the rules' (rules/sentences.py), their translations the catalogues'.
"""

from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext

from incidents.admin import terms
from incidents.admin.naming import isolated, with_commas
from incidents.admin.reading import name_of_key
from incidents.documents.fields import vocabulary_name
from incidents.rules.refusals import Refused
from incidents.rules.sentences import Sentence

NAMES_OF_FIELDS = frozenset({"field", "fields"})  # parts that are columns or members, for which the desk has labels


def told(refusal: Exception | str) -> str:
    """A refusal in the reader's language; what nobody has translated stays in English, isolated from what is around."""
    if isinstance(refusal, Refused):
        return " ".join(about(fault.pointer, fault.detail) for fault in refusal.faults)
    sentence = refusal if isinstance(refusal, str) else refusal.args[0] if refusal.args else str(refusal)
    if isinstance(sentence, Sentence):
        return gettext(sentence.at_desk) % {name: _word(name, part) for name, part in sentence.parts.items()}
    return isolated(sentence)


def about(what: Any, refusal: Exception | str) -> str:
    """The same behind what it is about: a row by its name, a part of what was sent by its pointer; nothing for all."""
    return f"{isolated(what)}: {told(refusal)}" if what else told(refusal)


def _word(name: str, part: Any) -> Any:
    if isinstance(part, tuple):
        return with_commas(_word(name, each) for each in part)
    if isinstance(part, TextChoices):
        return isolated(terms.label(vocabulary_name(type(part)), part.value))
    if isinstance(part, Sentence):
        return told(part)
    if isinstance(part, int):
        return part
    return isolated(name_of_key(part) if name in NAMES_OF_FIELDS else part)
