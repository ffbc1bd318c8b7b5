"""Claims: who says how many, in which document, of which incident; their parts; attributions.

The unit of the whole record. What is derived from claims is the rules' matter.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from incidents import choices
from incidents.models.actors import Actor
from incidents.models.base import Record, code_field, one_of, ordered
from incidents.models.history import History
from incidents.models.incidents import Incident
from incidents.models.investigations import Investigation
from incidents.models.places import AdminArea
from incidents.models.sources import Document, Source

POINT_QUALIFIERS = [
    choices.Qualifier.EXACT,
    choices.Qualifier.ABOUT,
    choices.Qualifier.NEARLY,
    choices.Qualifier.AT_LEAST,
    choices.Qualifier.MORE_THAN,
    choices.Qualifier.AT_MOST,
]
QUOTE_WORDS = 25


class Claim(Record):
    """A figure that a named source states in a document for one incident and one measure.

    value, low and high count `unit`s. A range has low and high, and value as its point where
    given. Entered claims are ordered; imported ones keep what was reported, in any order.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="claims")
    asserted_by = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="claims")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="claims")
    locator = models.CharField(max_length=200, blank=True, default="", help_text=_("Page, paragraph or timecode."))
    quote = models.TextField(blank=True, default="", help_text=_("At most 25 words, in the original language."))
    measure = code_field(choices.Measure.choices)
    unit = code_field(choices.Unit.choices, default=choices.Unit.PERSON)
    unit_as_written = models.CharField(max_length=100, blank=True, default="")
    status = code_field(choices.PersonStatus.choices, default=choices.PersonStatus.ALL)
    status_basis = code_field(choices.StatusBasis.choices, default=choices.StatusBasis.STATED)
    qualifier = code_field(choices.Qualifier.choices)
    value = models.PositiveIntegerField(null=True, blank=True)
    low = models.PositiveIntegerField(null=True, blank=True)
    high = models.PositiveIntegerField(null=True, blank=True)
    vague_term = code_field(choices.VagueTerm.choices, blank=True, default="")
    as_of = models.DateField(null=True, blank=True)
    covers_from = models.DateField(null=True, blank=True)
    covers_to = models.DateField(null=True, blank=True)
    covers_areas = models.ManyToManyField(AdminArea, blank=True, related_name="+")
    scope = code_field(
        choices.ClaimScope.choices,
        default=choices.ClaimScope.SAME,
        help_text=_("Does the figure count this incident, a part of it, or more?"),
    )
    interim = models.BooleanField(default=False, help_text=_("The source says that counting goes on."))
    running_total = models.BooleanField(default=False, help_text=_("It counts beyond the incident's own interval."))
    method = models.CharField(max_length=100, blank=True, default="")
    basis = code_field(choices.Basis.choices, default=choices.Basis.DOCUMENTED)
    credibility = code_field(choices.Credibility.choices, blank=True, default="")
    standard_of_proof = code_field(choices.StandardOfProof.choices, default=choices.StandardOfProof.NONE_STATED)
    relays = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="relayed_by",
        help_text=_("The claim that this one repeats."),
    )
    inferred_from = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="inferences",
        help_text=_("The claim from which the desk reads this one: buried, so killed."),
    )
    supersedes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    based_on = models.JSONField(default=list, blank=True, help_text=_("Whom it says it relied on, as written."))
    based_on_dates = models.JSONField(
        default=list, blank=True, help_text=_("The dates of what it relied on, as given; null where not known.")
    )
    corroborated_by = models.ManyToManyField(Source, blank=True, related_name="corroborates")
    investigation = models.ForeignKey(
        Investigation, null=True, blank=True, on_delete=models.PROTECT, related_name="findings"
    )
    retracted_at = models.DateTimeField(null=True, blank=True)
    retracted_by = code_field(choices.RetractedBy.choices, blank=True, default="")
    retraction_reason = models.TextField(blank=True, default="")
    origin = code_field(choices.ClaimOrigin.choices, default=choices.ClaimOrigin.ENTERED)
    public = models.BooleanField(default=True)
    history = History()

    class Meta:
        ordering = ["incident", "id"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(
                        qualifier__in=POINT_QUALIFIERS,
                        value__isnull=False,
                        low__isnull=True,
                        high__isnull=True,
                        vague_term="",
                    )
                    | Q(
                        qualifier=choices.Qualifier.RANGE,
                        low__isnull=False,
                        high__isnull=False,
                        vague_term="",
                    )
                    | Q(
                        Q(qualifier=choices.Qualifier.VAGUE),
                        one_of("vague_term", choices.VagueTerm.values),
                        value__isnull=True,
                        low__isnull=True,
                        high__isnull=True,
                    )
                ),
                name="claim_qualifier_fits_figures",
            ),
            models.CheckConstraint(
                condition=Q(origin=choices.ClaimOrigin.IMPORTED)
                | Q(low__isnull=True)
                | Q(low__lte=F("high"), value__isnull=True)
                # Said in words: a comparison with null is neither true nor false, and a check lets that pass.
                | Q(value__isnull=False, low__lte=F("value"), value__lte=F("high")),
                name="claim_range_ordered_unless_imported",
            ),
            models.CheckConstraint(condition=ordered("covers_from", "covers_to"), name="claim_covers_ordered"),
            models.CheckConstraint(
                condition=Q(retracted_at__isnull=True, retracted_by="")
                | Q(
                    Q(retracted_at__isnull=False),
                    one_of("retracted_by", choices.RetractedBy.values),
                ),
                name="claim_retraction_says_by_whom",
            ),
            *[
                models.CheckConstraint(
                    condition=Q(**{f"{field}__isnull": True}) | ~Q(**{field: F("id")}),
                    name=f"claim_{field}_another",
                )
                for field in ("relays", "inferred_from", "supersedes")
            ],
            *[
                models.CheckConstraint(condition=one_of(field, values), name=f"claim_{field}_known")
                for field, values in {
                    "measure": choices.Measure.values,
                    "unit": choices.Unit.values,
                    "status": choices.PersonStatus.values,
                    "status_basis": choices.StatusBasis.values,
                    "qualifier": choices.Qualifier.values,
                    "scope": choices.ClaimScope.values,
                    "basis": choices.Basis.values,
                    "credibility": ["", *choices.Credibility.values],
                    "standard_of_proof": choices.StandardOfProof.values,
                    "origin": choices.ClaimOrigin.values,
                }.items()
            ],
        ]

    def __str__(self) -> str:
        return f"{self.asserted_by}: {self.get_measure_display()} {self.figure}"

    @property
    def figure(self) -> str:
        """The figure as written: '717', 'at least 111', '4-9 (7)', 'hundreds'."""
        if self.qualifier == choices.Qualifier.VAGUE:
            return self.vague_term
        if self.qualifier == choices.Qualifier.RANGE:
            point = "" if self.value is None else f" ({self.value})"
            return f"{self.low}-{self.high}{point}"
        words = "" if self.qualifier == choices.Qualifier.EXACT else f"{self.qualifier} "
        return f"{words.replace('_', ' ')}{self.value}"


class ClaimCell(models.Model):
    """A part of a claim; an empty code means that the source did not name that dimension.

    Within a cut cells are disjoint; two cuts describe the same people twice.
    """

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="cells")
    cut = models.PositiveSmallIntegerField(default=1)
    status = code_field(choices.PersonStatus.choices, blank=True, default="")
    sex = code_field(choices.Sex.choices, blank=True, default="")
    age_group = code_field(choices.AgeGroup.choices, blank=True, default="")
    cause = code_field(choices.Cause.choices, blank=True, default="")
    occupation = code_field(choices.Occupation.choices, blank=True, default="")
    area = models.ForeignKey(AdminArea, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    value = models.PositiveIntegerField(null=True, blank=True)
    low = models.PositiveIntegerField(null=True, blank=True)
    high = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["claim", "cut", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(value__isnull=False) | Q(low__isnull=False) | Q(high__isnull=False),
                name="claim_cell_has_a_figure",
            ),
            models.CheckConstraint(
                condition=Q(ordered("low", "value"), ordered("value", "high"), ordered("low", "high")),
                name="claim_cell_ordered",
            ),
            models.UniqueConstraint(
                fields=[
                    "claim",
                    "cut",
                    "status",
                    "sex",
                    "age_group",
                    "cause",
                    "occupation",
                    "area",
                ],
                name="claim_cell_unique_in_area",
            ),
            models.UniqueConstraint(
                fields=["claim", "cut", "status", "sex", "age_group", "cause", "occupation"],
                condition=Q(area__isnull=True),
                name="claim_cell_unique_without_area",
            ),
            *[
                models.CheckConstraint(condition=one_of(field, ["", *values]), name=f"claim_cell_{field}_known")
                for field, values in {
                    "status": choices.PersonStatus.values,
                    "sex": choices.Sex.values,
                    "age_group": choices.AgeGroup.values,
                    "cause": choices.Cause.values,
                    "occupation": choices.Occupation.values,
                }.items()
            ],
        ]

    def __str__(self) -> str:
        parts = [self.status, self.sex, self.age_group, self.cause, self.occupation]
        return f"{' '.join(filter(None, parts)) or '-'}: {self.value}"


class Attribution(Record):
    """Somebody's word that an actor took part in an incident, and of how much of it.

    A later finding adds a row; the first stays.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="attributions")
    claim = models.ForeignKey(Claim, null=True, blank=True, on_delete=models.SET_NULL, related_name="attributions")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="attributions")
    asserted_by = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="attributions")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="attributions")
    role = code_field(choices.Role.choices)
    position = code_field(choices.Position.choices, default=choices.Position.ALLEGES)
    extent = code_field(choices.Extent.choices, default=choices.Extent.UNSTATED)
    confidence = code_field(choices.Confidence.choices, default=choices.Confidence.NONE_STATED)
    standard_of_proof = code_field(choices.StandardOfProof.choices, default=choices.StandardOfProof.NONE_STATED)
    as_of = models.DateField(null=True, blank=True)
    supersedes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    investigation = models.ForeignKey(
        Investigation, null=True, blank=True, on_delete=models.PROTECT, related_name="attributions"
    )
    history = History()

    class Meta:
        ordering = ["incident", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(supersedes__isnull=True) | ~Q(supersedes=F("id")),
                name="attribution_supersedes_another",
            ),
            *[
                models.CheckConstraint(condition=one_of(field, values), name=f"attribution_{field}_known")
                for field, values in {
                    "role": choices.Role.values,
                    "position": choices.Position.values,
                    "extent": choices.Extent.values,
                    "confidence": choices.Confidence.values,
                    "standard_of_proof": choices.StandardOfProof.values,
                }.items()
            ],
        ]

    def __str__(self) -> str:
        return f"{self.asserted_by}: {self.actor} {self.get_role_display()}"


class EstimateOverride(models.Model):
    """A moderator's own estimate, `override@1`, shown as such beside the derived one."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="overrides")
    measure = code_field(choices.Measure.choices)
    unit = code_field(choices.Unit.choices, default=choices.Unit.PERSON)
    basis = code_field(choices.Basis.choices, default=choices.Basis.DOCUMENTED)
    status = code_field(choices.PersonStatus.choices, default=choices.PersonStatus.ALL)
    low = models.PositiveIntegerField()
    best = models.PositiveIntegerField(null=True, blank=True)
    high = models.PositiveIntegerField()
    role = models.CharField(max_length=100)
    reason = models.TextField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["incident", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(low__lte=F("high")) & (Q(best__isnull=True) | Q(low__lte=F("best"), best__lte=F("high"))),
                name="override_ordered",
            ),
            models.UniqueConstraint(
                fields=["incident", "measure", "unit", "basis", "status"],
                name="override_unique",
            ),
            *[
                models.CheckConstraint(condition=one_of(field, values), name=f"override_{field}_known")
                for field, values in {
                    "measure": choices.Measure.values,
                    "unit": choices.Unit.values,
                    "basis": choices.Basis.values,
                    "status": choices.PersonStatus.values,
                }.items()
            ],
        ]

    def __str__(self) -> str:
        return f"{self.get_measure_display()} {self.low}/{self.best}/{self.high}"
