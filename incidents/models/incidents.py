"""Incidents: what happened, when and where, with acts, targeted groups, relations and merges.

Figures are never typed in here: they are claims (claims.py), and what is derived from claims is
published, not stored in the working record.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from incidents import choices
from incidents.models.base import CODE_LENGTH, Record, TextsField, code_field, name_of, one_of, ordered
from incidents.models.external import ExternalKeyField
from incidents.models.history import History
from incidents.models.places import AdminArea
from incidents.models.sources import Document, Source

LAST_DAY = Coalesce("end_latest", "end_earliest", "start_latest", "start_earliest")
"""The last day of an incident as far as it is known."""


class Incident(Record):
    """Something that happened to people, in an interval of local dates, at a place.

    Dates are intervals: the start lies in [start_earliest, start_latest], the end in
    [end_earliest, end_latest]. Coordinates are WGS 84 degrees; uncertainty is in metres.
    """

    kind = code_field(choices.IncidentKind.choices)
    title = TextsField(help_text=_('For example {"en": "Killing of villagers of Tuwaym"}.'))
    summary = TextsField()

    start_earliest = models.DateField(help_text=_("For example 2025-03-06."))
    start_latest = models.DateField(null=True, blank=True)
    end_earliest = models.DateField(null=True, blank=True)
    end_latest = models.DateField(null=True, blank=True)
    date_precision = code_field(choices.DatePrecision.choices, default=choices.DatePrecision.DAY)
    ongoing = models.BooleanField(null=True, blank=True, help_text=_("Empty where not known."))

    country = models.CharField(max_length=3, help_text=_("ISO 3166 alpha-3, for example SYR."))
    areas = models.ManyToManyField(AdminArea, blank=True, related_name="incidents")
    place_text = models.CharField(
        max_length=500, blank=True, default="", help_text=_("The place as the source wrote it.")
    )
    place_names = TextsField()
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    geo_precision = code_field(choices.GeoPrecision.choices)
    uncertainty_m = models.PositiveIntegerField(null=True, blank=True)
    geo_method = code_field(choices.GeoMethod.choices, default=choices.GeoMethod.SOURCE)
    site_type = code_field(choices.SiteType.choices, blank=True, default="")

    clarity = code_field(choices.Clarity.choices, default=choices.Clarity.INDIVIDUALLY_DESCRIBED)
    civilian_targeting = models.BooleanField(null=True, blank=True)
    grade = code_field(choices.Grade.choices, default=choices.Grade.UNGRADED)
    grade_reason = models.TextField(blank=True, default="")
    sensitivity = code_field(choices.Sensitivity.choices, default=choices.Sensitivity.LOW)
    published_sensitivity = models.CharField(max_length=CODE_LENGTH, blank=True, default="", editable=False)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="absorbed")
    notes = models.TextField(blank=True, default="", help_text=_("For the desk: never published."))
    history = History()

    class Meta:
        ordering = ["-start_earliest", "id"]
        indexes = [
            # Incidents that may be one: of the thousands of a year the index alone tells which end near the days asked.
            models.Index("country", "start_earliest", LAST_DAY, name="incident_country_days"),
            # Whether another country is so near to a point that one incident may be entered in both.
            models.Index(fields=["latitude", "longitude", "country"], name="incident_by_point"),
        ]
        constraints = [
            models.CheckConstraint(condition=ordered("start_earliest", "start_latest"), name="incident_start_ordered"),
            models.CheckConstraint(condition=ordered("end_earliest", "end_latest"), name="incident_end_ordered"),
            models.CheckConstraint(
                condition=ordered("start_earliest", "end_earliest"),
                name="incident_ends_after_it_starts_earliest",
            ),
            models.CheckConstraint(
                condition=ordered("start_latest", "end_latest"),
                name="incident_ends_after_it_starts_latest",
            ),
            models.CheckConstraint(
                condition=ordered("start_earliest", "end_latest"),
                name="incident_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__gte=-90,
                    latitude__lte=90,
                    longitude__gte=-180,
                    longitude__lte=180,
                ),
                name="incident_point_whole_and_on_earth",
            ),
            models.CheckConstraint(condition=Q(country__regex=r"^[A-Z]{3}$"), name="incident_country_alpha_3"),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="incident_not_merged_into_itself",
            ),
            *[
                models.CheckConstraint(condition=one_of(field, values), name=f"incident_{field}_known")
                for field, values in {
                    "kind": choices.IncidentKind.values,
                    "date_precision": choices.DatePrecision.values,
                    "geo_precision": choices.GeoPrecision.values,
                    "geo_method": choices.GeoMethod.values,
                    "site_type": ["", *choices.SiteType.values],
                    "clarity": choices.Clarity.values,
                    "grade": choices.Grade.values,
                    "sensitivity": choices.Sensitivity.values,
                }.items()
            ],
        ]

    def __str__(self) -> str:
        return name_of(self.title, f"{self.get_kind_display()} {self.start_earliest}")


class IncidentReference(models.Model):
    """An incident's id in another system, or the id of a wider thing it belongs to.

    One that identifies (ucdp-ged, 12422) is unique; one that only classifies
    (ucdp-conflict, 465) is shared by many incidents. Its history tells an import what people took away or changed;
    what an import itself writes leaves none.
    """

    # Both are found by the constraints, which begin with them.
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="references", db_index=False)
    scheme = models.SlugField(max_length=40, db_index=False)
    key = ExternalKeyField(max_length=200)
    identifies = models.BooleanField(default=True)
    history = History()

    class Meta:
        ordering = ["scheme", "key"]
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "key"],
                condition=Q(identifies=True),
                name="incident_reference_unique",
            ),
            models.UniqueConstraint(fields=["incident", "scheme", "key"], name="incident_reference_once"),
        ]

    def __str__(self) -> str:
        return f"{self.scheme}:{self.key}"


class IncidentAct(models.Model):
    """An act as somebody named it: a legal word is somebody's word. The first is primary.

    Its history tells where an earlier one stood, so that it goes from every version with the consent.
    """

    # Found by its constraints, which begin with it.
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="acts", db_index=False)
    act = code_field(choices.Act.choices)
    asserted_by = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    standard_of_proof = code_field(choices.StandardOfProof.choices, default=choices.StandardOfProof.NONE_STATED)
    rank = models.PositiveSmallIntegerField(default=1)
    history = History()

    class Meta:
        ordering = ["incident", "rank", "id"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "rank"], name="incident_act_rank_unique"),
            models.UniqueConstraint(fields=["incident", "act", "asserted_by", "document"], name="incident_act_once"),
            models.CheckConstraint(condition=one_of("act", choices.Act.values), name="incident_act_known"),
            models.CheckConstraint(
                condition=one_of("standard_of_proof", choices.StandardOfProof.values),
                name="incident_act_proof_known",
            ),
        ]

    def __str__(self) -> str:
        return self.get_act_display()


class TargetedGroup(models.Model):
    """A group that somebody says was targeted, and on what ground; of its history as of an act's."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="targeted_groups")
    ground = code_field(choices.Ground.choices)
    group = TextsField()
    asserted_by = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    history = History()

    class Meta:
        ordering = ["incident", "id"]
        constraints = [
            models.CheckConstraint(condition=one_of("ground", choices.Ground.values), name="targeted_ground_known")
        ]

    def __str__(self) -> str:
        return name_of(self.group, self.get_ground_display())


class IncidentRelation(models.Model):
    """How one incident stands to another; who says so, and how certainly.

    `contains` never forms a circle: a trigger on both databases refuses the row that would
    close one. Its history tells whose totals held a figure that must go.
    """

    from_incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="relations_out")
    to_incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="relations_in")
    type = code_field(choices.RelationType.choices)
    certainty = code_field(choices.Certainty.choices)
    asserted_by = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True, default="")
    history = History()

    class Meta:
        ordering = ["from_incident", "id"]
        constraints = [
            models.UniqueConstraint(fields=["from_incident", "to_incident", "type"], name="incident_relation_unique"),
            models.CheckConstraint(condition=~Q(from_incident=F("to_incident")), name="incident_relation_between_two"),
            models.CheckConstraint(
                condition=one_of("type", choices.RelationType.values),
                name="incident_relation_type_known",
            ),
            models.CheckConstraint(
                condition=one_of("certainty", choices.Certainty.values),
                name="incident_relation_certainty_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_incident} {self.get_type_display()} {self.to_incident}"


class Merge(models.Model):
    """Two records found to be one incident: what was kept, what moved, and whether undone.

    `restore` holds what undoing needs and nothing else tells: rules/sameness/unmerging.py reads it.
    """

    survivor = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="merges_won")
    absorbed = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="merges_lost")
    field_choices = models.JSONField(default=dict, blank=True)
    moved_claims = models.JSONField(default=list, blank=True)
    reason = models.TextField()
    merged_at = models.DateTimeField(auto_now_add=True)
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    restore = models.JSONField(default=dict, blank=True, editable=False)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    undo_reason = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-merged_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undo_reason="", undone_by__isnull=True)
                | (Q(undone_at__isnull=False) & ~Q(undo_reason="")),
                name="merge_undone_for_a_reason",
            ),
            models.CheckConstraint(condition=~Q(survivor=F("absorbed")), name="merge_between_two"),
            models.UniqueConstraint(
                fields=["absorbed"], condition=Q(undone_at__isnull=True), name="merge_absorbs_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.absorbed} -> {self.survivor}"
