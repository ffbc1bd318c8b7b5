"""What organisations send, what became of each part, the steps taken, and decisions that take two people.

A submission is private until its content stands in the record and is published; the steps are only ever added.
"""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from incidents import choices
from incidents.models.access import ApiKey, Organisation
from incidents.models.base import CODE_LENGTH, Record, code_field, one_of
from incidents.models.incidents import Incident
from incidents.models.investigations import Investigation

CLOSED = (
    choices.SubmissionState.PUBLISHED,
    choices.SubmissionState.REJECTED,
    choices.SubmissionState.WITHDRAWN,
)


def _person(**kwargs: Any) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", **kwargs
    )


class Submission(Record):
    """Something an organisation proposes, as it was sent; of the same external reference one is open at a time.

    `incident` or `investigation` is what it is about or, once approved, what it became.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="submissions")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="submissions")
    key = models.ForeignKey(ApiKey, null=True, blank=True, on_delete=models.PROTECT, related_name="submissions")
    batch = models.UUIDField(null=True, blank=True, db_index=True)
    type = code_field(choices.SubmissionType.choices)
    state = code_field(choices.SubmissionState.choices, default=choices.SubmissionState.SUBMITTED)
    external_scheme = models.SlugField(max_length=40, blank=True, default="", db_index=False)
    external_key = models.CharField(max_length=200, blank=True, default="")
    note = models.TextField(blank=True, default="", help_text=_("What the organisation says to the moderators."))
    content = models.JSONField()
    incident = models.ForeignKey(Incident, null=True, blank=True, on_delete=models.SET_NULL, related_name="submissions")
    investigation = models.ForeignKey(
        Investigation, null=True, blank=True, on_delete=models.SET_NULL, related_name="submissions"
    )
    possible_duplicates = models.JSONField(
        default=list,
        blank=True,
        help_text=_("Incidents that it may be, when it was sent: [{id, score, reasons}]; only the desk is told."),
    )
    differences = models.JSONField(
        default=list,
        blank=True,
        help_text=_("What it changes, when it was sent or taken: [{pointer, previous, record, sent}]."),
    )
    assignee = _person()
    assigned_at = models.DateTimeField(null=True, blank=True)
    first_reviewer = _person()
    publisher = _person()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["organisation", "id"], name="submission_of_organisation"),
            models.Index(fields=["state", "id"], name="submission_in_state"),
            models.Index(
                fields=["organisation", "external_scheme", "external_key", "id"], name="submission_of_reference"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "external_scheme", "external_key"],
                condition=~Q(external_scheme="") & ~Q(state__in=CLOSED),
                name="submission_reference_open_once",
            ),
            models.CheckConstraint(
                condition=Q(external_scheme="", external_key="") | ~Q(Q(external_scheme="") | Q(external_key="")),
                name="submission_reference_whole",
            ),
            models.CheckConstraint(
                condition=one_of("type", choices.SubmissionType.values), name="submission_type_known"
            ),
            models.CheckConstraint(
                condition=one_of("state", choices.SubmissionState.values), name="submission_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.get_type_display()} ({self.get_state_display()})"

    @property
    def external_reference(self) -> dict[str, str] | None:
        """Its id in the organisation's own system, as {scheme, key}."""
        return {"scheme": self.external_scheme, "key": self.external_key} if self.external_scheme else None

    def under_same_reference(self) -> "models.QuerySet[Submission]":
        """All that its organisation sent under its external reference, itself included."""
        return Submission.objects.filter(
            organisation=self.organisation, external_scheme=self.external_scheme, external_key=self.external_key
        )

    @property
    def subject(self) -> dict[str, Any] | None:
        """What it is about or became, as {kind, id}."""
        for kind, record in (("incident", self.incident), ("investigation", self.investigation)):
            if record is not None:
                return {"kind": kind, "id": record.public_id}
        return None


class SubmissionPart(models.Model):
    """One thing a submission says, by the JSON pointer to it, and what became of it in the record.

    `table` and `row` name what was made or changed; `before` holds what a changed row said.
    """

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="parts")
    pointer = models.CharField(max_length=200)
    kind = models.CharField(max_length=CODE_LENGTH)
    as_written = models.CharField(max_length=500, blank=True, default="")
    outcome = code_field(choices.PartOutcome.choices)
    object_id = models.CharField(max_length=40, blank=True, default="", help_text=_("Public id or P-code."))
    proposals = models.JSONField(default=list, blank=True)
    table = models.CharField(max_length=CODE_LENGTH, blank=True, default="")
    row = models.BigIntegerField(null=True, blank=True)
    before = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["submission", "id"]
        # Who entered a row, and whether it was undone, is asked of every version that is sent again.
        indexes = [models.Index(fields=["table", "row"], name="submission_part_of_row")]
        constraints = [
            models.UniqueConstraint(fields=["submission", "pointer"], name="submission_part_once"),
            models.CheckConstraint(
                condition=one_of("outcome", choices.PartOutcome.values), name="submission_part_outcome_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pointer}: {self.get_outcome_display()}"


class SubmissionStep(models.Model):
    """A step a submission took: from which state to which, by whom, and why; rows are only added."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="steps")
    action = code_field(choices.SubmissionAction.choices)
    from_state = models.CharField(max_length=CODE_LENGTH, blank=True, default="")
    to_state = code_field(choices.SubmissionState.choices)
    by = _person()
    reason = models.TextField(blank=True, default="")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["submission", "id"]
        constraints = [
            models.CheckConstraint(
                condition=one_of("action", choices.SubmissionAction.values), name="submission_step_action_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.at:%Y-%m-%d}"


class Recognition(models.Model):
    """Somebody's decision which record an organisation means by a name; later submissions keep to it."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="recognitions")
    kind = models.CharField(max_length=CODE_LENGTH)
    folded = models.CharField(max_length=300)
    object_id = models.UUIDField()
    by = _person()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind", "folded"], name="recognition_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.folded}"


class Decision(Record):
    """Something done to the record that takes two people: one proposes it, another confirms or declines it.

    `details` holds what the action needs besides its object; `seen_version` is the object's version that was judged.
    """

    action = code_field(choices.DecisionAction.choices)
    state = code_field(choices.DecisionState.choices, default=choices.DecisionState.PROPOSED)
    kind = models.CharField(max_length=CODE_LENGTH)
    object_id = models.UUIDField(default=uuid.uuid4)
    seen_version = models.PositiveIntegerField(null=True, blank=True)
    details = models.JSONField(default=dict, blank=True)
    reason_code = code_field(choices.ReasonCode.choices, default=choices.ReasonCode.NEW_INFORMATION)
    reason = models.TextField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_by = _person()
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["action", "object_id"],
                condition=Q(state=choices.DecisionState.PROPOSED),
                name="decision_proposed_once",
            ),
            models.CheckConstraint(
                condition=one_of("action", choices.DecisionAction.values), name="decision_action_known"
            ),
            models.CheckConstraint(
                condition=one_of("state", choices.DecisionState.values), name="decision_state_known"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("proposed_by")),
                name="decision_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.kind} {self.object_id}"

    @property
    def absorbed(self) -> str | None:
        """The id of the other incident of a merge, or of its undoing."""
        key: str | None = self.details.get("absorbed")
        return key

    @property
    def take_from_absorbed(self) -> list[str]:
        """The fields that a merge takes from the incident that is absorbed."""
        return list(self.details.get("take_from_absorbed", ()))

    @property
    def sensitivity(self) -> str | None:
        """The sensitivity that it would be lowered to."""
        level: str | None = self.details.get("sensitivity")
        return level


class IdempotentRequest(models.Model):
    """The first answer to a request with an Idempotency-Key, to be given again to the same one."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "key"], name="idempotent_request_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.created_at:%Y-%m-%d}"
