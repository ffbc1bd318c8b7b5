"""Pairs of incidents that may be one and the same, and what somebody decided about them.

They are found and scored in rules/sameness/duplicates.py; a merge itself is a row of its own (incidents.py).
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from incidents import choices
from incidents.models.base import code_field, one_of
from incidents.models.incidents import Incident

MAX_SCORE = 1000


class DuplicateCandidate(models.Model):
    """Two incidents that may be one, the older row first, with a score of 0 to 1000 and the reasons for it.

    `reasons` is a list of {part, points, ...facts}, put into words where it is shown. `facts_digest` says what
    the two looked like when somebody decided, so that the pair returns only if that changed. `version` counts what
    changed of the pair itself.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    first = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="candidates_as_first")
    second = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="candidates_as_second")
    score = models.PositiveSmallIntegerField()
    reasons = models.JSONField(default=list, blank=True)
    decision = code_field(choices.DuplicateDecision.choices, default=choices.DuplicateDecision.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True, default="")
    facts_digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    found_at = models.DateTimeField()
    compared_at = models.DateTimeField()

    class Meta:
        ordering = ["-score", "id"]
        indexes = [models.Index(fields=["decision", "-score", "id"], name="duplicate_open_by_score")]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="duplicate_older_row_first"),
            models.CheckConstraint(condition=Q(score__lte=MAX_SCORE), name="duplicate_score_at_most_1000"),
            models.CheckConstraint(
                condition=one_of("decision", choices.DuplicateDecision.values), name="duplicate_decision_known"
            ),
            models.CheckConstraint(
                condition=Q(decision=choices.DuplicateDecision.OPEN, decided_at__isnull=True)
                | (~Q(decision=choices.DuplicateDecision.OPEN) & Q(decided_at__isnull=False)),
                name="duplicate_decision_has_a_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first} = {self.second}?"

    @property
    def incidents(self) -> list[Incident]:
        """The two."""
        return [self.first, self.second]

    @property
    def seen_version(self) -> int:
        """What somebody saw who decides: it grows with every change of the pair and of both incidents."""
        return self.version + self.first.version + self.second.version
