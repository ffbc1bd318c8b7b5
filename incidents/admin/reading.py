"""A published document as people read it: names for keys, labels for codes, and two documents compared in words.

The documents themselves are made in documents/ and rules/; nothing is left out of them here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.admin import labels, terms
from incidents.admin.naming import in_languages, in_order, isolated, language_name, text_of, with_commas
from incidents.models.base import LANGUAGE_TAG
from incidents.rules.figures.breakdown import UNSPECIFIED

NOTHING = "—"  # where nobody said anything
# Where a document stands in the log, and what only the ruleset's machinery needs; both change by themselves.
PLACE_IN_LOG = frozenset({"version", "seq", "published_at"})
KEYS: dict[str, Promise] = {
    "approximate": gettext_lazy("Approximate"),
    "attributions": gettext_lazy("Attributions"),
    "breakdown": gettext_lazy("Breakdown"),
    "cells": gettext_lazy("Parts"),
    "changes": gettext_lazy("Changes"),
    "claims": gettext_lazy("Claims"),
    "child_best": gettext_lazy("Children, best figure"),
    "correction": gettext_lazy("Correction"),
    "contained": gettext_lazy("Incidents contained"),
    "acts": gettext_lazy("Acts"),
    "answered": gettext_lazy("Answered"),
    "actors": gettext_lazy("Actors"),
    "dates": gettext_lazy("Dates"),
    "deadlines": gettext_lazy("Deadlines"),
    "documents": gettext_lazy("Documents"),
    "estimates": gettext_lazy("Estimates"),
    "by_area": gettext_lazy("Estimates by area"),
    "explanation": gettext_lazy("Explanation"),
    "external_reference": gettext_lazy("Id with the organisation"),
    "external_references": gettext_lazy("External references"),
    "id": gettext_lazy("Public id"),
    "incoming": gettext_lazy("Said of the other one"),
    "independent_sources": gettext_lazy("Independent sources"),
    "interpreted": gettext_lazy("Interpreted"),
    "investigations": gettext_lazy("Investigations"),
    "lat": gettext_lazy("Latitude"),
    "lon": gettext_lazy("Longitude"),
    "on": gettext_lazy("On"),
    "override": gettext_lazy("Estimate by a moderator"),
    "place": gettext_lazy("Place"),
    "point": gettext_lazy("Point"),
    "precision": gettext_lazy("Precision"),
    "recommendations": gettext_lazy("Recommendations"),
    "relations": gettext_lazy("Relations"),
    "retractions": gettext_lazy("Retractions"),
    "ruleset": gettext_lazy("Ruleset"),
    "set_by": gettext_lazy("Set by"),
    "set_on": gettext_lazy("Set on"),
    "sets_best": gettext_lazy("Sets the best figure"),
    "sources": gettext_lazy("Sources"),
    "fact": gettext_lazy("Fact"),
    "female_best": gettext_lazy("Women and girls, best figure"),
    "statements": gettext_lazy("Statements"),
    "superseded": gettext_lazy("Superseded"),
    "targeted_groups": gettext_lazy("Targeted groups"),
    "timeline": gettext_lazy("Timeline"),
    "totals": gettext_lazy("Totals with what it contains"),
    "used": gettext_lazy("Use of the claim"),
    "warnings": gettext_lazy("Warnings"),
    "withdrawal": gettext_lazy("Withdrawal"),
}
# Under which vocabulary a key's codes are labelled; where the same key means two things, the key above it decides.
VOCABULARIES: dict[str, str] = {
    "act": "act",
    "age_group": "age_group",
    "attribution_status": "attribution_status",
    "basis": "basis",
    "cause": "cause",
    "certainty": "certainty",
    "clarity": "clarity",
    "confidence": "confidence",
    "credibility": "credibility",
    "extent": "extent",
    "grade": "grade",
    "ground": "ground",
    "identification": "identification",
    "independence": "independence",
    "measure": "measure",
    "method": "geo_method",
    "occupation": "occupation",
    "origin": "claim_origin",
    "outcome": "outcome",
    "qualifier": "qualifier",
    "role": "role",
    "sex": "sex",
    "site_type": "site_type",
    "standard_of_proof": "standard_of_proof",
    "status": "person_status",
    "status_basis": "status_basis",
    "unit": "unit",
    "vague_term": "vague_term",
}
WITHIN: dict[tuple[str, str], str] = {
    **{(key, "kind"): "source_kind" for key in ("asserted_by", "body", "by", "established_by", "reported_by")},
    **{(key, "kind"): "source_kind" for key in ("corroborated_by", "publisher")},
    ("document", "type"): "document_type",
    ("", "kind"): "incident_kind",
    ("", "type"): "investigation_type",
    # Of what is sent, which has an incident and its sources beside each other.
    ("actors", "type"): "actor_type",
    ("documents", "consent"): "consent",
    ("documents", "type"): "document_type",
    ("events", "kind"): "investigation_event_kind",
    ("investigation", "type"): "investigation_type",
    ("sources", "kind"): "source_kind",
    ("submission", "type"): "submission_type",
    ("withdrawal", "reason_code"): "reason_code",
    **{(part, "kind"): "incident_kind" for part in ("incident", "changes")},
    **{(part, "sensitivity"): "sensitivity" for part in ("incident", "changes")},
    ("attributions", "position"): "position",
    ("claims", "scope"): "claim_scope",
    ("dates", "precision"): "date_precision",
    ("investigations", "scope"): "investigation_scope",
    ("investigations", "type"): "investigation_type",
    ("perpetrator", "type"): "actor_type",
    ("place", "precision"): "geo_precision",
    ("relations", "type"): "relation_type",
    ("scope", "kind"): "investigation_scope",
    ("statements", "kind"): "statement_kind",
    ("deadlines", "set_by"): "investigation_event_kind",
    ("supersedes", "kind"): "investigation_event_kind",
    ("timeline", "kind"): "investigation_event_kind",
}
# What tells the items of a list apart, in the order in which it is said.
TELLING = (
    "act", "ground", "type", "kind", "on", "measure", "status", "sex", "age_group", "cause", "occupation", "area",
    "role", "pcode", "scheme", "key", "fact", "seq",
)  # fmt: skip
WIDEST = 14
SHORT = frozenset({"supersedes"})  # what has no id and is said in a line all the same
NAMED = ("asserted_by", "perpetrator", "incident")
Place = tuple[str, ...]


@dataclass
class Entry:
    """A line of a document: its name, and then words, lines below it, or a table of things that are alike."""

    name: str
    text: str = ""
    entries: list["Entry"] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True)
class Difference:
    """One place in which two documents differ: where, what stands there now in public, what would stand there."""

    where: str
    before: str | None
    after: str | None


def entries(document: Mapping[str, Any], above: str = "") -> list[Entry]:
    """The lines of a document in its own order; what has no value is left out."""
    return [_entry(key, value, above) for key, value in document.items() if not _is_empty(value)]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """What publishing would change, without the document's place in the log."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    places = [*new, *(place for place in old if place not in new)]
    found = []
    for place in places:
        (where, was), (_where, now) = old.get(place, (None, None)), new.get(place, (None, None))
        if was != now:
            found.append(Difference(" › ".join(map(isolated, where or _where or ())), was, now))
    return found


def name_of_key(key: str) -> str:
    """What a key of a document is called; a language tag as its language, a key without a name stands as it is."""
    return str(KEYS.get(key) or labels.FIELDS.get(key) or language_name(key))


def _entry(key: str, value: Any, above: str) -> Entry:
    name = name_of_key(key)
    if not isinstance(value, list):
        text = _line(key, value, above)
        return Entry(name, entries=entries(value, key)) if text is None else Entry(name, text)
    if not any(isinstance(item, Mapping) for item in value):
        return Entry(name, with_commas(word(key, item, above) for item in value))
    return _table(name, key, value) or Entry(
        name,
        entries=[Entry(_item_name(item, place, key), entries=entries(item, key)) for place, item in enumerate(value)],
    )


def _table(name: str, key: str, items: list[Mapping[str, Any]]) -> Entry | None:
    """Things that are alike and short, one a row; None where a row would not fit or not say everything."""
    columns = list(dict.fromkeys(column for item in items for column in item if not _is_empty(item[column])))
    if len(columns) > WIDEST:
        return None
    rows = [[_line(column, item.get(column), key) for column in columns] for item in items]
    if any(cell is None for row in rows for cell in row):
        return None
    return Entry(name, columns=[name_of_key(column) for column in columns], rows=rows)  # type: ignore[arg-type]


def _line(key: str, value: Any, above: str) -> str | None:
    """A value in one line: a word, a text by language, a reference by its name; None where it takes more."""
    if _is_empty(value):
        return ""
    if isinstance(value, Mapping):
        if all(LANGUAGE_TAG.match(tag) and isinstance(text, str) for tag, text in value.items()):
            return in_languages(value)
        named = sorted(value, key=lambda name: name == "id")  # the id says least, so it comes last
        words = [_line(name, value[name], key) for name in named if value[name] is not False]
        return None if not ("id" in value or key in SHORT) or None in words else in_order(filter(None, words), " · ")
    if isinstance(value, list):
        nested = any(isinstance(item, Mapping | list) for item in value)
        return None if nested else with_commas(word(key, item, above) for item in value)
    return word(key, value, above)


def _is_empty(value: Any) -> bool:
    return value is None or value in ({}, [], "")


def _leaves(
    value: Any, key: str = "", above: str = "", place: Place = (), shown: Place = ()
) -> Iterator[tuple[Place, tuple[Place, str]]]:
    """Each value that is there: its place, by keys and ids; the place in words; the value in words."""
    if isinstance(value, Mapping):
        for name, below in value.items():
            if place or name not in PLACE_IN_LOG:
                yield from _leaves(below, name, key, (*place, name), (*shown, name_of_key(name)))
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        steps: list[str] = []
        for position, item in enumerate(value):
            name = _item_name(item, position, key)
            step = str(item.get("id") or name)
            step = f"{step} {steps.count(step)}" if step in steps else step
            steps.append(step)
            yield from _leaves(item, key, above, (*place, step), (*shown, name))
    elif isinstance(value, list):
        if value:
            yield place, (shown, with_commas(word(key, item, above) for item in value))
    elif value is not None:
        yield place, (shown, word(key, value, above))


def _item_name(item: Mapping[str, Any], position: int, above: str) -> str:
    """A name for an item of the list under a key, from what tells it apart from the others."""
    words = []
    for name in NAMED:
        texts = item.get(name)
        texts = (texts.get("name") or texts.get("title")) if isinstance(texts, Mapping) else None
        words += [text_of(texts)] if texts else []
    texts = item.get("name") or item.get("title")
    words += [text_of(texts)] if isinstance(texts, dict) and texts else []
    for key in TELLING:
        value = item.get(key)
        if isinstance(value, str | int) and value not in {"", UNSPECIFIED}:
            words.append(word(key, value, above))
    return with_commas(words) or f"#{position + 1}"


def word(key: str, value: Any, above: str) -> str:
    """One value in words: the label of a code, by the key it stands under and the key above that."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    vocabulary = WITHIN.get((above, key)) or VOCABULARIES.get(key)
    if vocabulary == "geo_method" and above != "place":
        vocabulary = None
    if value == UNSPECIFIED:
        return _("not stated by a source")
    if (above, key) == ("used", "reason"):
        return str(labels.USES.get(str(value), value))
    if isinstance(value, str) and vocabulary and vocabulary in terms.VOCABULARIES:
        return terms.label(vocabulary, value)
    return str(value)
