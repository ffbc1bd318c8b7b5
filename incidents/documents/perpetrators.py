"""How an alleged perpetrator reads. Who alleges what of how many is computed when it is read."""

from typing import Any

from rest_framework import serializers

from incidents import choices
from incidents.documents.fields import ActorRef, ExternalReference, Head, Texts, code, count


class ActorName(serializers.Serializer[Any]):
    """Another name, with its language and the time it was used."""

    name = serializers.CharField()
    language = serializers.CharField(allow_blank=True, help_text="Empty where not recorded.")
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)


class ActorRelation(serializers.Serializer[Any]):
    """How it stands to another actor: part_of, successor, alias, splinter, allied."""

    type = code(choices.ActorRelationType)
    actor = ActorRef(source="to_actor")
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)


class PerpetratorRecord(serializers.Serializer[Any]):
    """An actor to whom somebody attributes an act."""

    id = serializers.UUIDField(source="public_id")
    type = code(choices.ActorType)
    identification = code(choices.Identification)
    name = Texts(source="names")
    aliases = ActorName(many=True)
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)
    relations = ActorRelation(many=True, source="relations_out")
    external_references = ExternalReference(many=True, source="references")


class PublishedPerpetrator(Head, PerpetratorRecord):
    """An alleged perpetrator as the log holds it."""


class Allegation(serializers.Serializer[Any]):
    """Who alleges it, with what position, role and extent, of how many incidents."""

    asserted_by = serializers.UUIDField(allow_null=True)
    asserted_by_name = Texts()
    position = code(choices.Position)
    role = code(choices.Role)
    extent = code(choices.Extent)
    incidents = count()


class PerpetratorVictims(serializers.Serializer[Any]):
    """Victims of the incidents attributed to it; best is null where nobody said how many."""

    measure = code(choices.Measure)
    low = count()
    best = count(allow_null=True)
    high = count()
    low_open = serializers.BooleanField()
    high_open = serializers.BooleanField()
    incidents = count()


class Perpetrator(PublishedPerpetrator):
    """An alleged perpetrator: by whom, of how many incidents and, as a range, of how many victims."""

    alleged = serializers.BooleanField(help_text="Always true: an attribution is somebody's word.")
    allegations = Allegation(many=True)
    incidents = count()
    victims = PerpetratorVictims(many=True)
