"""How an incident reads: the record as it stands, and with what the rules derive from it."""

from typing import Any

from rest_framework import serializers

from incidents import choices
from incidents.documents.claims import Attribution, Claim, ClaimRecord
from incidents.documents.fields import (
    AreaRef,
    DiscreetCode,
    DiscreetText,
    DiscreetTexts,
    DocumentRefField,
    ExternalReference,
    Head,
    IncidentRef,
    InvestigationRef,
    SourceRef,
    TextOrNull,
    Texts,
    code,
    count,
)


class IncidentActRef(serializers.Serializer[Any]):
    """An act as somebody named it; the first of the list is primary."""

    act = code(choices.Act)
    asserted_by = SourceRef()
    document = DocumentRefField(allow_null=True)
    standard_of_proof = code(choices.StandardOfProof)


class TargetedGroup(serializers.Serializer[Any]):
    """A group that somebody says was targeted."""

    ground = code(choices.Ground)
    group = DiscreetTexts()
    asserted_by = SourceRef()
    document = DocumentRefField(allow_null=True)


class Dates(serializers.Serializer[Any]):
    """When: the start lies in [start_earliest, start_latest], the end in [end_earliest, end_latest]."""

    start_earliest = serializers.DateField()
    start_latest = serializers.DateField(allow_null=True)
    end_earliest = serializers.DateField(allow_null=True)
    end_latest = serializers.DateField(allow_null=True)
    precision = code(choices.DatePrecision)
    ongoing = serializers.BooleanField(allow_null=True)


class Point(serializers.Serializer[Any]):
    """WGS 84 degrees; never finer than the precision stated beside it."""

    lat = serializers.FloatField(min_value=-90, max_value=90)
    lon = serializers.FloatField(min_value=-180, max_value=180)


class Place(serializers.Serializer[Any]):
    """Where, as exactly as is known and may be published."""

    text = TextOrNull()
    names = Texts()
    country = serializers.CharField(help_text="ISO 3166 alpha-3.")
    areas = AreaRef(many=True)
    point = Point(allow_null=True)
    precision = code(choices.GeoPrecision)
    uncertainty_m = count(allow_null=True)
    method = code(choices.GeoMethod)


class Derived(serializers.Serializer[Any]):
    """What every estimate says of its figure."""

    measure = code(choices.Measure)
    unit = code(choices.Unit)
    basis = code(choices.Basis)
    status = code(choices.PersonStatus)
    low = count()
    best = count(allow_null=True)
    high = count()
    low_open = serializers.BooleanField(help_text="Nobody stated a low end.")
    high_open = serializers.BooleanField(help_text="The source of the high end says 'at least'.")
    independent_sources = count()
    approximate = serializers.BooleanField()
    interpreted = serializers.BooleanField(help_text="A bound is our reading of a word or of another measure.")
    set_by = serializers.ListField(child=serializers.UUIDField(), help_text="The claims that set best.")
    ruleset = serializers.CharField()


class Override(serializers.Serializer[Any]):
    """Who of the desk set a figure, by their role, and why.

    Both are null where the incident is highly sensitive, or was published last before this was said.
    """

    role = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)


class Estimate(Derived):
    """A figure derived from the claims by a named ruleset; bounds were stated by somebody.

    A moderator's own figure is another row, of the ruleset `override@1`, and says in `override` why. In totals, those
    of `/victims/` included, it stands in place of the derived one of the same measure, unit, basis and status.
    """

    override = Override(allow_null=True, help_text="Null where the figure is derived.")


class AreaEstimate(Derived):
    """A derived figure for one area that claims itemise."""

    area = serializers.CharField(help_text="A P-code.")


class Total(serializers.Serializer[Any]):
    """An estimate rolled up over the incidents that this one certainly contains."""

    measure = code(choices.Measure)
    unit = code(choices.Unit)
    basis = code(choices.Basis)
    status = code(choices.PersonStatus)
    low = count()
    best = count(allow_null=True)
    high = count()
    low_open = serializers.BooleanField()
    high_open = serializers.BooleanField()
    contained = count(help_text="How many contained incidents have such a figure.")
    female_best = count(
        allow_null=True,
        help_text="How many of `best`, in its unit, are said to be women or girls, as /victims/ counts them with "
        "victim_sex=female; null: nobody said.",
    )
    child_best = count(
        allow_null=True,
        help_text="How many of `best`, in its unit, are said to be children, infants to adolescents, as /victims/ "
        "counts them with victim_age_group=child; null: nobody said. They may be among `female_best`.",
    )


class BreakdownPart(serializers.Serializer[Any]):
    """A part of an estimate's best; parts of one measure are disjoint, `unspecified` included, and sum to it.

    They are those of one cut, and of the incident's own claims: where sources divide the same people twice, by sex and
    by age, only the first stands here. The women and children of all that it contains stand in `totals`, every cut in
    the claims' `cells`.

    A part of which a claim states a range without a point, or of a figure without best, is `unspecified` here: it
    stands in the claim's `cells`, and filters of incidents by victims find it.
    """

    measure = code(choices.Measure)
    unit = code(choices.Unit)
    basis = code(choices.Basis)
    status = serializers.CharField(help_text="A code of `person_status`, or `unspecified`.")
    sex = serializers.CharField(help_text="A code of `sex`, or `unspecified`.")
    age_group = serializers.CharField(help_text="A code of `age_group`, or `unspecified`.")
    cause = serializers.CharField(help_text="A code of `cause`, or `unspecified`.")
    occupation = serializers.CharField(help_text="A code of `occupation`, or `unspecified`.")
    low = count()
    best = count(allow_null=True)
    high = count()


class Relation(serializers.Serializer[Any]):
    """How this incident stands to another published one; `incoming`: the other is the subject."""

    type = code(choices.RelationType)
    incoming = serializers.BooleanField()
    incident = IncidentRef()
    certainty = code(choices.Certainty)
    asserted_by = SourceRef()
    reason = TextOrNull()


class IncidentInvestigation(InvestigationRef):
    """A published investigation whose mandate has to do with this incident."""

    scope = code(choices.InvestigationScope)


class IncidentRecord(serializers.Serializer[Any]):
    """An incident as the working record holds it, before anything is derived.

    The instance carries `disclosed` (rules/publication/disclosure.py): what its sensitivity allows to be said.
    """

    id = serializers.UUIDField(source="public_id")
    kind = code(choices.IncidentKind)
    title = Texts(source="disclosed.title")
    summary = Texts(source="disclosed.summary")
    acts = IncidentActRef(many=True, source="disclosed.acts")
    targeted_groups = TargetedGroup(many=True, source="disclosed.targeted_groups")
    dates = Dates(source="disclosed.dates")
    place = Place(source="disclosed.place")
    site_type = DiscreetCode(choices=choices.SiteType.choices, allow_null=True)
    clarity = code(choices.Clarity)
    civilian_targeting = serializers.BooleanField(allow_null=True)
    grade = code(choices.Grade)
    grade_reason = DiscreetText()
    claims = ClaimRecord(many=True, source="disclosed.claims")
    attributions = Attribution(many=True, source="disclosed.attributions")
    external_references = ExternalReference(many=True, source="disclosed.references")


class Incident(Head, IncidentRecord):
    """One incident with its claims, what is derived from them, and what it is related to."""

    title = Texts()
    summary = Texts()
    acts = IncidentActRef(many=True)
    targeted_groups = TargetedGroup(many=True)
    dates = Dates()
    place = Place()
    attributions = Attribution(many=True)
    external_references = ExternalReference(many=True)
    attribution_status = code(choices.AttributionStatus)
    estimates = Estimate(many=True)
    by_area = AreaEstimate(many=True)
    totals = Total(many=True)
    breakdown = BreakdownPart(many=True)
    claims = Claim(many=True)
    relations = Relation(many=True)
    investigations = IncidentInvestigation(many=True)
