"""Investigations with their events, deadlines, scope and recommendations; public statements.

Status, due date and overdue are derived by rules/deadlines.py and never stored.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from incidents import choices
from incidents.models.actors import Actor
from incidents.models.base import Record, TextsField, code_field, name_of, one_of, ordered
from incidents.models.history import History
from incidents.models.incidents import Incident
from incidents.models.places import AdminArea
from incidents.models.sources import Document, Source

MOST = 2_147_483_647


def validate_counts(value: Any) -> None:
    """Refuse anything but {name: whole number from 0 to 2,147,483,647}."""
    if not isinstance(value, dict):
        raise ValidationError('Write an object of counts by name, such as {"testimonies": 938}.')
    for name, count in value.items():
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= MOST:
            raise ValidationError(f"'{name}' is {count!r}; write a whole number from 0 to {MOST}.")


class Investigation(Record):
    """A body's inquiry into incidents: mandate, period, areas, and how independent it is."""

    type = code_field(choices.InvestigationType.choices)
    names = TextsField()
    body = models.ForeignKey(
        Source,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="investigations",
        help_text="The source that speaks for the body, where it asserts figures itself.",
    )
    independence = code_field(choices.Independence.choices, blank=True, default="")
    independence_note = models.TextField(blank=True, default="")
    established_by = models.ForeignKey(
        Source, null=True, blank=True, on_delete=models.PROTECT, related_name="established"
    )
    mandate = TextsField()
    period_from = models.DateField(null=True, blank=True)
    period_to = models.DateField(null=True, blank=True)
    areas = models.ManyToManyField(AdminArea, blank=True, related_name="+")
    outcome = code_field(choices.Outcome.choices, default=choices.Outcome.NONE_YET)
    facts = models.JSONField(
        default=dict,
        blank=True,
        validators=[validate_counts],
        help_text='Counts it reports of its own work: {"testimonies": 938}.',
    )
    history = History()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=one_of("type", choices.InvestigationType.values),
                name="investigation_type_known",
            ),
            models.CheckConstraint(
                condition=one_of("independence", ["", *choices.Independence.values]),
                name="investigation_independence_known",
            ),
            models.CheckConstraint(
                condition=one_of("outcome", choices.Outcome.values),
                name="investigation_outcome_known",
            ),
            models.CheckConstraint(condition=ordered("period_from", "period_to"), name="investigation_period_ordered"),
        ]

    def __str__(self) -> str:
        return name_of(self.names, self.get_type_display())


class InvestigationEvent(models.Model):
    """Something that happened to an investigation; rows are only added, never changed.

    One that is wrong is superseded by another, which says what is right or, as a retraction, that it did not happen.
    """

    investigation = models.ForeignKey(Investigation, on_delete=models.CASCADE, related_name="events")
    kind = code_field(choices.InvestigationEventKind.choices)
    on = models.DateField(null=True, blank=True)
    by = models.ForeignKey(Source, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reported_by = models.ForeignKey(Source, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=500, blank=True, default="")
    supersedes = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="superseded_by",
        db_index=False,  # its constraint has one
    )

    class Meta:
        ordering = ["investigation", "on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=one_of("kind", choices.InvestigationEventKind.values),
                name="investigation_event_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(supersedes__isnull=False) | ~Q(kind=choices.InvestigationEventKind.RETRACTED),
                name="investigation_event_retracts_another",
            ),
            models.CheckConstraint(
                condition=Q(supersedes__isnull=True) | ~Q(supersedes=F("id")),
                name="investigation_event_supersedes_another",
            ),
            models.UniqueConstraint(fields=["supersedes"], name="investigation_event_superseded_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.on or '?'}"

    def clean(self) -> None:
        """Refuse to supersede an event of another investigation, and to retract a retraction: nothing would stand."""
        if self.supersedes is None:
            return
        if self.supersedes.investigation_id != self.investigation_id:
            raise ValidationError({"supersedes": _("This event is of another investigation; name one of this one.")})
        if self.kind == self.supersedes.kind == choices.InvestigationEventKind.RETRACTED:
            raise ValidationError(_("A retraction is not retracted: enter what happened, and let it supersede this."))


class Deadline(models.Model):
    """A date by which an investigation must report. An extension is another row."""

    investigation = models.ForeignKey(Investigation, on_delete=models.CASCADE, related_name="deadlines")
    seq = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    basis = models.CharField(max_length=300, blank=True, default="")
    assumed = models.BooleanField(default=False)
    set_by = models.ForeignKey(
        InvestigationEvent, null=True, blank=True, on_delete=models.PROTECT, related_name="deadlines"
    )

    class Meta:
        ordering = ["investigation", "seq"]
        constraints = [models.UniqueConstraint(fields=["investigation", "seq"], name="deadline_seq_unique")]

    def __str__(self) -> str:
        return f"{self.seq}: {self.due_on}"


class Scope(models.Model):
    """An incident or an actor that an investigation's mandate covers, overlaps or leaves out."""

    investigation = models.ForeignKey(Investigation, on_delete=models.CASCADE, related_name="scopes")
    incident = models.ForeignKey(Incident, null=True, blank=True, on_delete=models.CASCADE, related_name="scopes")
    actor = models.ForeignKey(Actor, null=True, blank=True, on_delete=models.CASCADE, related_name="scopes")
    kind = code_field(choices.InvestigationScope.choices)

    class Meta:
        ordering = ["investigation", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(incident__isnull=False, actor__isnull=True) | Q(incident__isnull=True, actor__isnull=False),
                name="scope_of_one_thing",
            ),
            models.UniqueConstraint(fields=["investigation", "incident"], name="scope_incident_once"),
            models.UniqueConstraint(fields=["investigation", "actor"], name="scope_actor_once"),
            models.CheckConstraint(
                condition=one_of("kind", choices.InvestigationScope.values),
                name="scope_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.incident or self.actor}"


class Recommendation(models.Model):
    """What an investigation recommended, in our words."""

    investigation = models.ForeignKey(Investigation, on_delete=models.CASCADE, related_name="recommendations")
    text = TextsField()
    addressed_to = models.CharField(max_length=200, blank=True, default="")
    document = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["investigation", "id"]

    def __str__(self) -> str:
        return name_of(self.text)


class Statement(Record):
    """Something a source said in public about incidents: a demand, an appeal, a denial."""

    by = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="statements")
    on = models.DateField(null=True, blank=True)
    kind = code_field(choices.StatementKind.choices)
    demands = models.JSONField(default=list, blank=True)
    about = models.ManyToManyField(Incident, blank=True, related_name="statements")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    summary = TextsField()
    answered_by = models.ForeignKey(
        Investigation, null=True, blank=True, on_delete=models.PROTECT, related_name="answers"
    )
    answer_asserted_by = models.ForeignKey(Source, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["on", "id"]
        constraints = [
            models.CheckConstraint(condition=one_of("kind", choices.StatementKind.values), name="statement_kind_known")
        ]

    def __str__(self) -> str:
        return f"{self.by}: {self.get_kind_display()}"
