"""The terms of every vocabulary, their labels by language and their mappings to other schemes.

The codes themselves are fixed in `choices`; these tables hold what is data about them, loaded by
`load_vocabularies`.
"""

from django.db import models

from incidents.choices import Language, MatchRelation
from incidents.models.base import one_of


class Term(models.Model):
    """A code of a vocabulary; `vocabulary` is the choices class in snake_case ("incident_kind")."""

    vocabulary = models.CharField(max_length=40)
    code = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("vocabulary", "position")
        constraints = (models.UniqueConstraint(fields=["vocabulary", "code"], name="term_code_once"),)

    def __str__(self) -> str:
        return f"{self.vocabulary}:{self.code}"


class TermLabel(models.Model):
    """What a term is called in one language; `reviewed` only after a person has checked it."""

    term = models.ForeignKey(Term, on_delete=models.CASCADE, related_name="labels")
    language = models.CharField(max_length=8, choices=Language.choices)
    label = models.CharField(max_length=120)
    definition = models.TextField(blank=True, default="")
    reviewed = models.BooleanField(default=False)

    class Meta:
        ordering = ("term", "language")
        constraints = (
            models.UniqueConstraint(fields=["term", "language"], name="term_label_per_language"),
            models.CheckConstraint(
                condition=one_of("language", Language.values),
                name="term_label_language_known",
            ),
            models.CheckConstraint(condition=~models.Q(label=""), name="term_label_not_empty"),
        )

    def __str__(self) -> str:
        return self.label


class TermMapping(models.Model):
    """How a term relates to a code of another scheme, in the words of SKOS."""

    term = models.ForeignKey(Term, on_delete=models.CASCADE, related_name="mappings")
    scheme = models.CharField(max_length=40)
    code = models.CharField(max_length=80)
    relation = models.CharField(max_length=6, choices=MatchRelation.choices)
    note = models.TextField(blank=True, default="")

    class Meta:
        ordering = ("term", "scheme", "code")
        constraints = (
            models.UniqueConstraint(fields=["term", "scheme", "code"], name="term_mapping_once"),
            models.CheckConstraint(
                condition=one_of("relation", MatchRelation.values),
                name="term_mapping_relation_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.term_id} {self.relation} {self.scheme}:{self.code}"
