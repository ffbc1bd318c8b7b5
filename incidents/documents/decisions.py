"""How what takes two people reads for the desk, and what is sent to propose, confirm or decline it.

The instance is a row of models/moderation.py; the context's `why_not` says why the reader may not confirm it.
"""

from typing import Any

from rest_framework import serializers

from incidents import choices
from incidents.documents.fields import TextOrNull, code, count
from incidents.documents.given import LONG, Id, Strict, optional

MOST_FIELDS = 50
REASON = 2_000  # characters, as the log takes them


class DecisionContent(Strict):
    """What is proposed, on which record, and why: the reason stands in the public log with what it makes public.

    A merge names the incident to be `absorbed` and the fields that are taken from it, its undoing the incident that was
    absorbed, a lower sensitivity the `sensitivity`; publishing and withdrawing may name a `reason_code`.
    """

    action = code(choices.DecisionAction)
    kind = code(choices.PublicKind)
    object_id = Id(help_text="The record; of a merge the incident that stays.")
    reason = serializers.CharField(max_length=REASON)
    reason_code = optional(
        choices.ReasonCode,
        help_text="One that people give: new_information (for publishing, unless told), correction (for withdrawing), "
        "retraction, privacy or typo.",
    )
    absorbed = Id(required=False)
    take_from_absorbed = serializers.ListField(
        child=serializers.CharField(max_length=40), max_length=MOST_FIELDS, required=False
    )
    sensitivity = optional(choices.Sensitivity)


class DecisionStepContent(Strict):
    """`confirm` does what was proposed; `decline` lets it fall, with a reason."""

    action = code(choices.DecisionStep)
    reason = serializers.CharField(max_length=LONG, required=False, allow_blank=True)


class Decision(serializers.Serializer[Any]):
    """Something that takes two people: one proposed it, another confirms or declines it."""

    id = serializers.UUIDField(source="public_id")
    version = count()
    action = code(choices.DecisionAction)
    state = code(choices.DecisionState)
    kind = code(choices.PublicKind)
    object_id = serializers.UUIDField()
    seen_version = count(allow_null=True, help_text="The record's version that was judged.")
    absorbed = serializers.UUIDField(allow_null=True, help_text="The other incident of a merge or of its undoing.")
    take_from_absorbed = serializers.ListField(child=serializers.CharField())
    sensitivity = code(choices.Sensitivity, allow_null=True, help_text="The one it is lowered to.")
    reason_code = code(choices.ReasonCode)
    reason = serializers.CharField()
    proposed_at = serializers.DateTimeField(source="created_at")
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_reason = TextOrNull(help_text="Why it was declined.")


class DecisionRead(Decision):
    """The same for one who may have to decide it."""

    why_not = serializers.SerializerMethodField(
        help_text="Why you may not confirm it now, in English: who may, or that it changed or is decided; else null."
    )

    def get_why_not(self, decision: Any) -> str | None:
        refusal: str = self.context["why_not"](decision)
        return refusal or None
