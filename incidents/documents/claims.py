"""How a claim, its cells and an attribution read."""

from typing import Any
from uuid import UUID

from rest_framework import serializers

from incidents import choices
from incidents.documents.fields import (
    ActorRef,
    Discreet,
    DiscreetDate,
    DiscreetId,
    Discreetly,
    DiscreetMoment,
    DiscreetText,
    DocumentRefField,
    SourceRef,
    code,
    count,
)
from incidents.models.gathering import parts_of


class CellArea(Discreetly, serializers.CharField):
    """The P-code of a cell, null where the incident's place must not be told so exactly."""


class Cell(serializers.Serializer[Any]):
    """A part of a claim; null where the source names no such dimension. Cells of one cut are disjoint."""

    cut = serializers.IntegerField(min_value=1, max_value=100)
    status = code(choices.PersonStatus, allow_null=True)
    sex = code(choices.Sex, allow_null=True)
    age_group = code(choices.AgeGroup, allow_null=True)
    cause = code(choices.Cause, allow_null=True)
    occupation = code(choices.Occupation, allow_null=True)
    area = CellArea(source="area.pcode", default=None, allow_null=True, help_text="A P-code.")
    value = count(allow_null=True)
    low = count(allow_null=True)
    high = count(allow_null=True)


class Use(serializers.Serializer[Any]):
    """What became of a claim under the ruleset: used or set aside for one estimate, and why."""

    measure = code(choices.Measure)
    unit = code(choices.Unit)
    basis = code(choices.Basis)
    status = code(choices.PersonStatus)
    used = serializers.BooleanField()
    sets_best = serializers.BooleanField()
    reason = serializers.CharField(help_text="A stable code, such as used, interim, superseded.")
    explanation = serializers.CharField(help_text="The reason in an English sentence.")


class ClaimReference(serializers.UUIDField):
    """The public id of another public claim, null where there is none or it is not public."""

    among = "public_claims"

    def get_attribute(self, instance: Any) -> Any:
        key = getattr(instance, f"{self.field_name}_id")
        return self.context[self.among].get(key) if key is not None else None


class AttributionReference(ClaimReference):
    """The same of another attribution."""

    among = "public_attributions"


def finding_of() -> DiscreetId:
    """The id of an inquiry, of a claim or an attribution."""
    return DiscreetId(
        source="investigation.public_id",
        default=None,
        allow_null=True,
        help_text="The inquiry whose finding it is; null where there is none or it is not public.",
    )


class ClaimRecord(serializers.Serializer[Any]):
    """A claim without its trace, as the working record holds it."""

    id = serializers.UUIDField(source="public_id")
    asserted_by = SourceRef()
    document = DocumentRefField(allow_null=True)
    locator = DiscreetText()
    quote = DiscreetText()
    measure = code(choices.Measure)
    unit = code(choices.Unit)
    unit_as_written = DiscreetText()
    status = code(choices.PersonStatus)
    status_basis = code(choices.StatusBasis)
    qualifier = code(choices.Qualifier)
    value = count(allow_null=True)
    low = count(allow_null=True)
    high = count(allow_null=True)
    vague_term = code(choices.VagueTerm, allow_null=True)
    as_of = DiscreetDate(allow_null=True)
    covers_from = DiscreetDate(allow_null=True)
    covers_to = DiscreetDate(allow_null=True)
    covers_areas = serializers.SerializerMethodField()
    scope = code(choices.ClaimScope)
    interim = serializers.BooleanField()
    running_total = serializers.BooleanField()
    method = DiscreetText()
    basis = code(choices.Basis)
    credibility = code(choices.Credibility, allow_null=True)
    standard_of_proof = code(choices.StandardOfProof)
    relays = ClaimReference(allow_null=True)
    inferred_from = ClaimReference(allow_null=True)
    supersedes = ClaimReference(
        allow_null=True,
        help_text="The earlier claim of the same source that it replaces. One that is retracted by the desk, "
        "improbable, wider than the incident or a running total replaces nothing: the earlier one stands.",
    )
    based_on = Discreet(child=serializers.CharField())
    based_on_dates = Discreet(
        child=serializers.DateField(allow_null=True), help_text="Dates of what it relied on; null where not known."
    )
    corroborated_by = SourceRef(many=True)
    investigation = finding_of()
    retracted_at = DiscreetMoment(allow_null=True)
    retracted_by = code(choices.RetractedBy, allow_null=True)
    retraction_reason = DiscreetText()
    origin = code(choices.ClaimOrigin)
    cells = Cell(many=True)

    def get_covers_areas(self, claim: Any) -> list[str]:
        if self.context.get("discreet"):
            return []
        return sorted(area.pcode for area in parts_of(claim, "covers_areas"))


class Claim(ClaimRecord):
    """Who says how many, in which document, and what became of it in the estimates."""

    used = Use(many=True)


class PublicClaim(Claim):
    """A claim with the incident it belongs to."""

    incident = serializers.UUIDField()
    seq = serializers.IntegerField(min_value=1, max_value=2_147_483_647)


class Attribution(serializers.Serializer[Any]):
    """Somebody's word that an actor took part, and of how much of it."""

    id = serializers.UUIDField(source="public_id")
    perpetrator = ActorRef(source="actor")
    role = code(choices.Role)
    perpetrating = serializers.SerializerMethodField(
        help_text=(
            "Whether it names an alleged perpetrator: a perpetrating role, alleged, accepted or found. Whom another "
            "names, such as a party to the conflict, stands in `perpetrator` too; it accuses them of nothing, and who "
            "is accused in no other has no page of their own."
        )
    )
    position = code(choices.Position)
    extent = code(choices.Extent)
    confidence = code(choices.Confidence)
    standard_of_proof = code(choices.StandardOfProof)
    asserted_by = SourceRef()
    document = DocumentRefField(allow_null=True)
    claim = serializers.SerializerMethodField()
    as_of = DiscreetDate(allow_null=True)
    supersedes = AttributionReference(allow_null=True)
    investigation = finding_of()

    def get_perpetrating(self, attribution: Any) -> bool:
        return attribution.role in choices.PERPETRATING_ROLES and attribution.position in choices.ASSERTING_POSITIONS

    def get_claim(self, attribution: Any) -> str | None:
        claim: UUID | None = self.context["public_claims"].get(attribution.claim_id)
        return None if claim is None else str(claim)
