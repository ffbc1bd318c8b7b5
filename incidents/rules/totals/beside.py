"""Who else may be of a status that has a figure of its own: of the figure of all, what that figure leaves.

Of thirty killed a source names twenty civilians, another names one soldier: of nine nobody said what they were. The
figure of all is read as far as it may be of that status; what the status's own figure counts is taken from it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from django.db.models import Case, Count, F, FilteredRelation, Max, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest

from incidents.models import PublicIncident
from incidents.rules.figures.questions import ALL, Question, may_be
from incidents.rules.figures.sums import NONE_LESS_PRECISE, Bounds, LessPrecise, countable, known_of
from incidents.rules.publication.tallies import DIMENSION_BITS


class Part(Bounds, Protocol):
    """A part of a figure by status."""

    @property
    def status(self) -> str: ...


def left_of_all(own: Bounds, parts: Sequence[Part], status: str) -> LessPrecise:
    """What the own figure of a status leaves of the parts of all, by status, that may be of it."""
    parts = [each for each in parts if each.status in may_be("status", status)]
    known = known_of(parts)
    best = max(0, sum(known) - (countable(own) or 0))
    high = max(best, sum(each.high for each in parts) - own.low)
    if best or (high and not known and parts):
        return LessPrecise.of(1, [best] if known else [], high)
    return NONE_LESS_PRECISE


def left_of_all_together(incidents: QuerySet[PublicIncident], share: Case | Value, question: Question) -> LessPrecise:
    """The same of all these incidents, added up by the database; of those that lie in the filter in part, the high.

    `share` is true of those that lie in it as a whole, false in part (adding.SHARES).
    """
    figure = {"measure": question.measure, "unit": question.counted_unit, "basis": question.basis}
    best = Case(When(part__best=None, part__low__gt=0, then=F("part__low")), default=F("part__best"))
    left = (
        incidents.annotate(
            share=share,
            own=_tallies(figure | {"of_status": question.status, "dimension": ""}),
            part=_tallies(figure | {"of_status": ALL, "status__in": may_be("status", question.status)}),
        )
        .filter(own__isnull=False, part__isnull=False)
        .alias(by=F("part__dimension"), divided=F("part__itemised").bitand(DIMENSION_BITS["status"]))
        .filter(Q(by="status") | Q(by="", divided=0))
        .values("pk", "share")
        .annotate(
            parts_known=Count(best),
            parts_best=Coalesce(Sum(best), 0),
            parts_high=Sum("part__high"),
            own_best=Max(Coalesce("own__best", "own__low")),
            own_low=Max("own__low"),
        )
        .annotate(best=Greatest(F("parts_best") - F("own_best"), Value(0)))
        .annotate(high=Greatest(F("best"), F("parts_high") - F("own_low")))
        .filter(Q(best__gt=0) | Q(parts_known=0, high__gt=0))
    )
    whole, partly = Q(share=True), Q(share=False)
    found = left.aggregate(
        wholes=Count("pk", filter=whole),
        known=Count("pk", filter=whole & Q(parts_known__gt=0)),
        bests=Coalesce(Sum("best", filter=whole), 0),
        highs=Coalesce(Sum("high", filter=whole), 0),
        parts=Count("pk", filter=partly),
        highs_of_parts=Coalesce(Sum("high", filter=partly), 0),
    )
    told = LessPrecise.of(found["wholes"], [found["bests"]] if found["known"] else [], found["highs"])
    return told + LessPrecise.of(found["parts"], [], found["highs_of_parts"])


def _tallies(columns: Mapping[str, Any]) -> FilteredRelation:
    return FilteredRelation("tallies", condition=Q(**{f"tallies__{name}": value for name, value in columns.items()}))
