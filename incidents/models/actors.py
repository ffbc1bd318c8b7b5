"""Actors: those to whom somebody attributes an act, with names, references and relations.

A category ("foreign fighters") is an actor of its own and never matched to a group.
"""

from django.db import models
from django.db.models import F, Q

from incidents import choices
from incidents.models.base import Record, TextsField, code_field, name_of, one_of, ordered
from incidents.models.external import ExternalKeyField
from incidents.models.history import History


class Actor(Record):
    """A unit, group, institution or category of persons that somebody names."""

    type = code_field(choices.ActorType.choices)
    identification = code_field(choices.Identification.choices)
    names = TextsField()
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    history = History()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=one_of("type", choices.ActorType.values), name="actor_type_known"),
            models.CheckConstraint(
                condition=one_of("identification", choices.Identification.values),
                name="actor_identification_known",
            ),
            models.CheckConstraint(condition=ordered("valid_from", "valid_to"), name="actor_validity_ordered"),
        ]

    def __str__(self) -> str:
        return name_of(self.names, self.get_type_display())


class ActorAlias(models.Model):
    """Another name of an actor, in a language and for a time."""

    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=300)
    language = models.CharField(max_length=35, blank=True, default="")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["actor", "id"]
        constraints = [
            models.UniqueConstraint(fields=["actor", "name", "language"], name="actor_alias_unique"),
            models.CheckConstraint(condition=ordered("valid_from", "valid_to"), name="actor_alias_validity_ordered"),
        ]

    def __str__(self) -> str:
        return self.name


class ActorReference(models.Model):
    """An actor's id in another system, such as (ucdp-actor, 118)."""

    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="references")
    scheme = models.SlugField(max_length=40)
    key = ExternalKeyField(max_length=200)

    class Meta:
        ordering = ["scheme", "key"]
        constraints = [models.UniqueConstraint(fields=["scheme", "key"], name="actor_reference_unique")]

    def __str__(self) -> str:
        return f"{self.scheme}:{self.key}"


class ActorRelation(models.Model):
    """How one actor stands to another, for a time."""

    from_actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="relations_out")
    to_actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="relations_in")
    type = code_field(choices.ActorRelationType.choices)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["from_actor", "to_actor", "type"], name="actor_relation_unique"),
            models.CheckConstraint(condition=~Q(from_actor=F("to_actor")), name="actor_relation_between_two"),
            models.CheckConstraint(
                condition=one_of("type", choices.ActorRelationType.values),
                name="actor_relation_type_known",
            ),
            models.CheckConstraint(condition=ordered("valid_from", "valid_to"), name="actor_relation_validity_ordered"),
        ]

    def __str__(self) -> str:
        return f"{self.from_actor} {self.get_type_display()} {self.to_actor}"
