"""What an organisation may send: the shape of a submission, its members named as in our own documents.

Whether a value can be read is decided here; what becomes of it is decided in rules/submissions/.
"""

from typing import Any

from rest_framework import serializers

from incidents import choices
from incidents.documents.fields import Whole, code, count
from incidents.documents.given import (
    LONG,
    MIDDLE,
    SHORT,
    Day,
    Degrees,
    Id,
    Strict,
    TextsIn,
    WebAddress,
    day,
    key,
    optional,
    reference,
    several,
    text,
)
from incidents.models.days import DAYS_TOLD, SAID_TOLD, validate_day, validate_said
from incidents.models.external import one_spelling

QUOTE_WORDS = 25
ONE_SPELLING = "A key is read in Unicode's NFC, any white space as one space; upper and lower case are two keys."
MOST_CLAIMS = 200
MOST_NAMES = 200
"""In all sources and actors of one submission, by language: each is compared with every name that is known."""
LONGEST_FOLDED = MIDDLE
"""Of a name as it is compared: a sign such as U+FDFA is eighteen letters there."""
MOST_CELLS = 2_000
"""In all claims of one submission: with 200 claims, approving them takes two to four seconds of a processor."""


NAMES_TOLD = (
    f"All sources and actors of a submission together have {MOST_NAMES:,} names at most, counted by language, and a"
    f" name {LONGEST_FOLDED:,} letters once its signs are written out."
)


class SubmittedSource(Strict):
    """Somebody who asserts something. Witnesses and families are confidential unless you say otherwise."""

    key = key()
    kind = code(choices.SourceKind)
    names = TextsIn()
    confidential = serializers.BooleanField(required=False, allow_null=True)


class SubmittedDocument(Strict):
    """Where it stands."""

    key = key()
    publisher = reference("sources")
    type = code(choices.DocumentType)
    title = TextsIn(required=False)
    language = serializers.RegexField(
        r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        required=False,
        max_length=35,
        error_messages={"invalid": "Write the code of a language (BCP 47), such as ar or en-GB."},
    )
    published_on = day(validators=[validate_said], help_text=SAID_TOLD)
    url = WebAddress(max_length=1000, required=False)
    archive_url = WebAddress(max_length=1000, required=False)
    sha256 = serializers.RegexField(
        r"^[0-9a-f]{64}$",
        required=False,
        error_messages={"invalid": "Write 64 hexadecimal digits in lower case, the SHA-256 of the file."},
    )
    sha256_of = text()
    rights = text(MIDDLE)
    consent = optional(choices.Consent)
    public = serializers.BooleanField(required=False)


class SubmittedActor(Strict):
    """To whom something is attributed. A category, such as foreign fighters, is never matched to a group."""

    key = key()
    type = code(choices.ActorType)
    identification = code(choices.Identification)
    names = TextsIn()


class SubmittedAct(Strict):
    """An act in somebody's word; the first is primary."""

    act = code(choices.Act)
    asserted_by = reference("sources")
    document = reference("documents")
    standard_of_proof = optional(choices.StandardOfProof)


class SubmittedGroup(Strict):
    """A group that somebody says was targeted."""

    ground = code(choices.Ground)
    group = TextsIn()
    asserted_by = reference("sources")
    document = reference("documents")


class SubmittedCell(Strict):
    """A part of a claim; leave out what the source does not name. Cells of one cut are disjoint."""

    cut = Whole(min_value=1, max_value=100, required=False)
    status = optional(choices.PersonStatus)
    sex = optional(choices.Sex)
    age_group = optional(choices.AgeGroup)
    cause = optional(choices.Cause)
    occupation = optional(choices.Occupation)
    area = text(20, help_text="A P-code.")
    value = count(required=False, allow_null=True)
    low = count(required=False, allow_null=True)
    high = count(required=False, allow_null=True)


def _short_quote(value: str) -> None:
    words = len(value.split())
    if words > QUOTE_WORDS:
        raise serializers.ValidationError(f"The quote has {words} words; {QUOTE_WORDS} are the most.")


class SubmittedClaim(Strict):
    """Who says how many, in which document."""

    key = key(required=False)
    asserted_by = reference("sources")
    document = reference("documents")
    locator = text()
    quote = text(SHORT * 5, validators=[_short_quote])
    measure = code(choices.Measure)
    unit = optional(choices.Unit)
    unit_as_written = text(100)
    status = optional(choices.PersonStatus)
    status_basis = optional(choices.StatusBasis)
    qualifier = code(choices.Qualifier)
    value = count(required=False, allow_null=True)
    low = count(required=False, allow_null=True)
    high = count(required=False, allow_null=True)
    vague_term = optional(choices.VagueTerm)
    as_of = day(validators=[validate_said], help_text=SAID_TOLD)
    covers_from = day(validators=[validate_said], help_text=SAID_TOLD)
    covers_to = day(validators=[validate_said], help_text=SAID_TOLD)
    covers_areas = serializers.ListField(child=serializers.CharField(max_length=20), max_length=100, required=False)
    scope = optional(choices.ClaimScope)
    interim = serializers.BooleanField(required=False)
    running_total = serializers.BooleanField(required=False)
    method = text(100)
    basis = optional(choices.Basis)
    standard_of_proof = optional(choices.StandardOfProof)
    relays = reference("claims", required=False)
    inferred_from = reference("claims", required=False)
    supersedes = reference("claims", required=False)
    based_on = serializers.ListField(child=serializers.CharField(max_length=SHORT), max_length=50, required=False)
    cells = several(
        SubmittedCell, MOST_CLAIMS, help_text=f"All claims of a submission together have {MOST_CELLS:,} at most."
    )


class SubmittedAttribution(Strict):
    """Somebody's word that an actor took part, and of how much of it."""

    actor = reference("actors")
    asserted_by = reference("sources")
    document = reference("documents")
    role = code(choices.Role)
    position = optional(choices.Position)
    extent = optional(choices.Extent)
    confidence = optional(choices.Confidence)
    standard_of_proof = optional(choices.StandardOfProof)
    as_of = day(validators=[validate_said], help_text=SAID_TOLD)
    claim = reference("claims", required=False)


class SubmittedDates(Strict):
    """When: local dates; the start lies in [start_earliest, start_latest], the end in [end_earliest, end_latest]."""

    start_earliest = Day(validators=[validate_day], help_text=DAYS_TOLD)
    start_latest = day(validators=[validate_day], help_text=DAYS_TOLD)
    end_earliest = day(validators=[validate_day], help_text=DAYS_TOLD)
    end_latest = day(validators=[validate_day], help_text=DAYS_TOLD)
    precision = optional(choices.DatePrecision)
    ongoing = serializers.BooleanField(required=False, allow_null=True)


class SubmittedPoint(Strict):
    """WGS 84 degrees."""

    lat = Degrees(min_value=-90, max_value=90)
    lon = Degrees(min_value=-180, max_value=180)


class SubmittedPlace(Strict):
    """Where. What the gazetteer does not know is kept as written in `text`."""

    country = serializers.RegexField(
        r"^[A-Z]{3}$",
        help_text="ISO 3166 alpha-3, such as SYR.",
        error_messages={"invalid": "Write the country by three letters, ISO 3166 alpha-3, such as SYR."},
    )
    areas = serializers.ListField(child=serializers.CharField(max_length=20), max_length=100, required=False)
    text = text(MIDDLE)
    names = TextsIn(required=False)
    point = SubmittedPoint(required=False, allow_null=True)
    precision = code(choices.GeoPrecision)
    uncertainty_m = count(required=False, allow_null=True)
    method = optional(choices.GeoMethod)


class SubmittedFacts(Strict):
    """What is said of an incident itself."""

    kind = code(choices.IncidentKind)
    title = TextsIn()
    summary = TextsIn(longest=LONG, required=False)
    dates = SubmittedDates()
    place = SubmittedPlace()
    site_type = optional(choices.SiteType)
    clarity = optional(choices.Clarity)
    civilian_targeting = serializers.BooleanField(required=False, allow_null=True)
    sensitivity = optional(choices.Sensitivity)


class SubmittedChanges(Strict):
    """What is to be said of an incident instead; dates and place are replaced as a whole."""

    kind = optional(choices.IncidentKind)
    title = TextsIn(required=False)
    summary = TextsIn(longest=LONG, required=False)
    dates = SubmittedDates(required=False)
    place = SubmittedPlace(required=False)
    site_type = optional(choices.SiteType)
    clarity = optional(choices.Clarity)
    civilian_targeting = serializers.BooleanField(required=False, allow_null=True)
    sensitivity = optional(choices.Sensitivity)


class SubmittedIncident(SubmittedFacts):
    """An incident, with acts and groups as somebody named them."""

    acts = several(SubmittedAct, 20)
    targeted_groups = several(SubmittedGroup, 20)


class SubmittedRetraction(Strict):
    """A published claim to be set aside: as retracted by its source where you sent it or are it, else by the desk."""

    claim = Id()
    reason = serializers.CharField(max_length=SHORT * 5)


class SubmittedCorrection(Strict):
    """What is to be corrected; members that are left out stay as they are."""

    changes = SubmittedChanges(required=False)
    retractions = several(SubmittedRetraction, MOST_CLAIMS)
    reason = serializers.CharField(max_length=SHORT * 5)


class SubmittedWithdrawal(Strict):
    """Why something should no longer be public."""

    reason_code = code(
        choices.ReasonCode,
        help_text=f"One that people give: {', '.join(choices.GIVEN_BY_PEOPLE)}; the others are given by the rules.",
    )
    reason = serializers.CharField(max_length=SHORT * 5)

    def validate_reason_code(self, value: str) -> str:
        """Refuse what only the rules say of a change that they make themselves."""
        if value not in choices.GIVEN_BY_PEOPLE:
            detail = f"'{value}' is given by the rules; write one of {', '.join(choices.GIVEN_BY_PEOPLE)}."
            raise serializers.ValidationError(detail, "invalid_choice")
        return value


class WrongEvent(Strict):
    """An event of the record by its kind and its day; `on` is left out where it has none."""

    kind = code(choices.InvestigationEventKind)
    on = day()


class SubmittedEvent(Strict):
    """Something that happened to an investigation, or what is right of an event that is wrong.

    `supersedes` names the wrong one: it stays in the timeline, and counts for nothing. Of the kind `retracted` this one
    says that it did not happen.
    """

    key = key(required=False)
    kind = code(choices.InvestigationEventKind)
    on = day()
    supersedes = WrongEvent(required=False)
    by = reference("sources", required=False)
    reported_by = reference("sources", required=False)
    document = reference("documents", required=False)
    note = text(MIDDLE)


class SubmittedDeadline(Strict):
    """A date by which it must report; an extension is another one. `set_by` is the `key` of one of `events`."""

    due_on = Day()
    basis = text(300)
    assumed = serializers.BooleanField(required=False)
    set_by = key(required=False, help_text="")


class SubmittedScope(Strict):
    """A published incident that the mandate covers, overlaps or leaves out."""

    incident = Id()
    kind = code(choices.InvestigationScope)


class SubmittedInvestigation(Strict):
    """An inquiry: all of it, or what is new of a published one, with `about` or under the same external reference."""

    type = optional(choices.InvestigationType)
    names = TextsIn(required=False)
    body = reference("sources", required=False)
    independence = optional(choices.Independence)
    independence_note = text(LONG)
    established_by = reference("sources", required=False)
    mandate = TextsIn(longest=LONG, required=False)
    period_from = day()
    period_to = day()
    areas = serializers.ListField(child=serializers.CharField(max_length=20), max_length=100, required=False)
    outcome = optional(choices.Outcome)
    events = several(SubmittedEvent, 100)
    deadlines = several(SubmittedDeadline, 50)
    scope = several(SubmittedScope, 100)


class ExternalKey(serializers.CharField):
    """A key of another system, in one spelling."""

    def to_internal_value(self, data: Any) -> str:
        return one_spelling(super().to_internal_value(data))


class SubmittedReference(Strict):
    """The id of this in your own system; sent again, it means the same thing."""

    scheme = serializers.SlugField(max_length=40)
    key = ExternalKey(max_length=SHORT, help_text=ONE_SPELLING)


class SubmissionContent(Strict):
    """What is sent: `type` says which of `incident`, `claims`, `correction`, `withdrawal`, `investigation` it holds.

    `about` is the published incident (claims, correction) or the incident or investigation (withdrawal, investigation)
    that is meant.
    """

    def _hint(self, name: str) -> str:
        """An id of a record is what `about` is for; as it is spelt, other members are closer."""
        if name.endswith("_id"):
            return "There is no such member; did you mean 'about', the id of the published record that is meant?"
        return super()._hint(name)

    type = code(choices.SubmissionType)
    external_reference = SubmittedReference(required=False, allow_null=True)
    note = text(LONG)
    about = Id(required=False, allow_null=True)
    sources = several(SubmittedSource, 100, help_text=NAMES_TOLD)
    documents = several(SubmittedDocument, 100)
    actors = several(SubmittedActor, 100, help_text=NAMES_TOLD)
    incident = SubmittedIncident(required=False)
    claims = several(SubmittedClaim, MOST_CLAIMS)
    attributions = several(SubmittedAttribution, MOST_CLAIMS)
    correction = SubmittedCorrection(required=False)
    withdrawal = SubmittedWithdrawal(required=False)
    investigation = SubmittedInvestigation(required=False)
