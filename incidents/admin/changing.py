"""What a submission changes, as a moderator reads it: labels for codes and columns, languages by their names.

What differs is found in rules/submissions; here it is only said in the reader's language.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.html import format_html
from django.utils.safestring import SafeString

from incidents.admin import reading, terms
from incidents.admin.naming import in_languages, with_commas, with_semicolons
from incidents.models import Attribution, Claim, Incident, IncidentAct, Investigation, TargetedGroup
from incidents.models.base import LANGUAGE_TAG

NOTHING = "-"
# Whose columns the members are called by that stand below these steps of a pointer.
OF_STEP: dict[str, type[Model]] = {
    "incident": Incident,
    "changes": Incident,
    "claims": Claim,
    "retractions": Claim,
    "attributions": Attribution,
    "acts": IncidentAct,
    "targeted_groups": TargetedGroup,
    "investigation": Investigation,
}


def rows(differences: Sequence[Mapping[str, Any]]) -> Iterator[tuple[SafeString, str, str, str]]:
    """Each difference: where, what the version before said, what the record says, and what is sent, in words."""
    for each in differences:
        steps = [step for step in each["pointer"].split("/") if step]
        named = [step for step in steps if not (step.isdigit() or step == "-")]
        # Below the number of an item stand its members, whose names are columns of that.
        inner = bool(named) and steps[-1] == named[-1]
        above, key = (named[-2] if len(named) > 1 else "", named[-1]) if inner else (named[-1] if named else "", "")
        where = " › ".join(reading.name_of_key(step) if step in named else _number(step) for step in steps)
        place = format_html('{} <code dir="ltr">{}</code>', where, each["pointer"])
        yield (place, *(_said(key, each[name], above) for name in ("previous", "record", "sent")))  # type: ignore[misc]


def _number(step: str) -> str:
    return f"#{int(step) + 1}" if step.isdigit() else step


def _said(key: str, value: Any, above: str) -> str:
    if value in (None, "", [], {}):
        return NOTHING
    if isinstance(value, Mapping):
        value = dict(sorted(value.items()))  # PostgreSQL keeps no order of members
        if all(LANGUAGE_TAG.match(tag) and isinstance(text, str) for tag, text in value.items()):
            return in_languages(value)
        return with_semicolons(f"{reading.name_of_key(name)}: {_said(name, value[name], above)}" for name in value)
    if isinstance(value, list):
        return with_commas(_said(key, each, above) for each in value)
    vocabulary = _vocabulary(key, above)
    return terms.label(vocabulary, value) if vocabulary and isinstance(value, str) else reading.word(key, value, above)


def _vocabulary(key: str, above: str) -> str:
    model = OF_STEP.get(above)
    if model is None or not key:
        return ""
    try:
        column: Any = model._meta.get_field(key)
    except FieldDoesNotExist:
        return ""
    return terms.vocabulary_of(column) or ""
