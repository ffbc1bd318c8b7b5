"""How a vocabulary reads: its codes, their labels by language with review state, and mappings to other schemes."""

from typing import Any

from rest_framework import serializers

from incidents import choices
from incidents.documents.fields import TextOrNull, code, count


class TermLabel(serializers.Serializer[Any]):
    """What a term is called in one language; the code is the truth, a label only names it."""

    label = serializers.CharField()  # type: ignore[assignment]
    definition = TextOrNull()
    reviewed = serializers.BooleanField(help_text="Whether a person has checked this label.")


class TermMapping(serializers.Serializer[Any]):
    """How a term relates to a code of another scheme, in the words of SKOS."""

    scheme = serializers.CharField()
    relation = code(choices.MatchRelation)
    code = serializers.CharField()
    note = TextOrNull()


class Term(serializers.Serializer[Any]):
    """A code of a vocabulary."""

    code = serializers.CharField()
    labels = serializers.DictField(child=TermLabel(), help_text="By language: en, fr, es, ar.")
    mappings = TermMapping(many=True)


class VocabularySummary(serializers.Serializer[Any]):
    """A vocabulary by name; one that grows will gain terms, a closed one only with a new version of the API."""

    name = serializers.CharField()
    grows = serializers.BooleanField()
    terms = count()
    url = serializers.URLField()


class Vocabulary(serializers.Serializer[Any]):
    """A vocabulary with its terms in their order."""

    name = serializers.CharField()
    grows = serializers.BooleanField()
    terms = Term(many=True)
