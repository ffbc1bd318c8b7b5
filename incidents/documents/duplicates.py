"""How a pair of incidents that may be one reads for the desk, and what is sent to decide it.

The instance is a row of models/duplicates.py with both incidents; the context says which of these are `public`, and
which `merges` wait for a second person.
"""

from typing import Any

from rest_framework import serializers

from incidents import choices
from incidents.documents.decisions import MOST_FIELDS, REASON
from incidents.documents.fields import TextOrNull, code, count
from incidents.documents.given import Id, Strict
from incidents.documents.submission_answers import Reason


class DuplicateStepContent(Strict):
    """`not_duplicates` says that they are two; `propose_merge` proposes a merge, which a second person confirms.

    The reason of the first is for the desk alone; that of the second stands in the public log once it is confirmed. A
    merge names the `survivor`, one of the two, and the fields that are taken from the other one.
    """

    action = code(choices.DuplicateStep)
    reason = serializers.CharField(max_length=REASON)
    survivor = Id(required=False)
    take_from_absorbed = serializers.ListField(
        child=serializers.CharField(max_length=40), max_length=MOST_FIELDS, required=False
    )


class PairedIncident(serializers.Serializer[Any]):
    """One of the two, as it stands in the working record."""

    id = serializers.UUIDField(source="public_id")
    version = count()
    kind = code(choices.IncidentKind)
    title = serializers.DictField(child=serializers.CharField())
    start_earliest = serializers.DateField()
    end_latest = serializers.DateField(allow_null=True)
    country = serializers.CharField()
    place_text = TextOrNull()
    sensitivity = code(choices.Sensitivity)
    public = serializers.SerializerMethodField(help_text="Whether anybody can read it at /incidents/ now.")
    merged_into = serializers.UUIDField(source="merged_into.public_id", default=None, allow_null=True)

    def get_public(self, incident: Any) -> bool:
        return incident.public_id in self.context["public"]


class DuplicatePair(serializers.Serializer[Any]):
    """Two incidents that may be one, with a score of 500 to 1000, what that is made of, and what was decided."""

    id = serializers.UUIDField(source="public_id")
    version = count(source="seen_version", help_text="It grows with every change of the pair and of both incidents.")
    score = count()
    reasons = Reason(many=True)
    incidents = PairedIncident(many=True, help_text="The two, the one that was entered first before the other.")
    decision = code(choices.DuplicateDecision)
    note = TextOrNull(
        help_text="Why they are two, as somebody of the desk wrote; it stays when they are proposed again."
    )
    merge = serializers.SerializerMethodField(help_text="The decision to merge them that waits for a second person.")
    found_at = serializers.DateTimeField()
    compared_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)

    def get_merge(self, pair: Any) -> str | None:
        merge: str | None = self.context["merges"].get(pair.pk)
        return merge
