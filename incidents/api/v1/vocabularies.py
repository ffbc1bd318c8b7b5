"""Vocabularies: every code with its labels in four languages and its mappings to other schemes.

The codes come from choices.py, which is what the record obeys; labels and mappings are data beside it.
"""

import inspect
from collections import defaultdict
from typing import Any

from django.db.models import TextChoices
from django.http import HttpResponse
from rest_framework.request import Request

from incidents import choices
from incidents.api.base import Resource, envelope
from incidents.api.operations import Operation
from incidents.api.problems import NotFound
from incidents.api.renderers import compact
from incidents.documents.fields import vocabulary_name
from incidents.documents.vocabularies import Vocabulary, VocabularySummary
from incidents.models import TermLabel, TermMapping

VOCABULARIES: dict[str, type[TextChoices]] = {
    vocabulary_name(vocabulary): vocabulary
    for _, vocabulary in inspect.getmembers(choices, inspect.isclass)
    if issubclass(vocabulary, TextChoices) and vocabulary is not TextChoices and vocabulary not in choices.INTERNAL
}


class Vocabularies(Resource):
    """Codes are English words that never change; their labels carry a language and a review state."""

    resource = "vocabularies"
    operations = {
        "page": Operation(
            id="vocabularies_list",
            path="",
            summary="List vocabularies",
            description="All of them on one page.",
            answer=VocabularySummary,
            page=True,
            conditional=True,
        ),
        "one": Operation(
            id="vocabularies_get",
            path="<slug:name>/",
            summary="One vocabulary with its terms",
            description="Each with its labels by language, whether these were reviewed, and its mappings.",
            answer=Vocabulary,
            conditional=True,
        ),
    }

    def page(self, request: Request) -> HttpResponse:
        """All vocabularies by name."""
        rows = [
            {
                "name": name,
                "grows": vocabulary in choices.GROWING,
                "terms": len(vocabulary),
                "url": self.absolute(self.address("vocabularies_get", name=name)),
            }
            for name, vocabulary in sorted(VOCABULARIES.items())
        ]
        texts = [compact(summary) for summary in VocabularySummary(rows, many=True).data]
        body = envelope(texts, next=None, next_cursor=None, previous=None, count=len(rows))
        return self.digested(request, self.answer(body))

    def one(self, request: Request, name: str) -> HttpResponse:
        """The terms of one vocabulary in their order."""
        vocabulary = VOCABULARIES.get(name)
        if vocabulary is None:
            raise NotFound
        labels, mappings = _labels(name), _mappings(name)
        terms = [
            {
                "code": value,
                "labels": labels.get(value) or {"en": {"label": label, "definition": "", "reviewed": False}},
                "mappings": mappings.get(value, []),
            }
            for value, label in vocabulary.choices
        ]
        content = {"name": name, "grows": vocabulary in choices.GROWING, "terms": terms}
        return self.digested(request, self.answer(compact(Vocabulary(content).data)))


def _labels(vocabulary: str) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    rows = TermLabel.objects.using("public").filter(term__vocabulary=vocabulary).order_by("term", "language")
    for code, language, label, definition, reviewed in rows.values_list(
        "term__code", "language", "label", "definition", "reviewed"
    ):
        found[code][language] = {"label": label, "definition": definition, "reviewed": reviewed}
    return found


def _mappings(vocabulary: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    rows = TermMapping.objects.using("public").filter(term__vocabulary=vocabulary).order_by("term", "scheme", "code")
    for term, scheme, code, relation, note in rows.values_list("term__code", "scheme", "code", "relation", "note"):
        found[term].append({"scheme": scheme, "code": code, "relation": relation, "note": note})
    return found
