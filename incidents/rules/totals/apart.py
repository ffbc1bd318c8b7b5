"""What the rollups do not answer of a selection (rolled_up.py says what that is), and what is weighed with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet

from incidents.models import PublicContainment, PublicIncident, Tally
from incidents.models.public import SOME_UNTOLD, STANDING_ALONE
from incidents.rules.figures.questions import ALL, Question
from incidents.rules.publication.roles import UNTOLD, month_of
from incidents.rules.totals.rolled_up import Interval, Plain, Sums, answers, end_of, months_within
from incidents.rules.totals.selection import Scope

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Weighed:
    """Incidents that are weighed one by one: those that count, all of them where it is None, and what else they are
    connected with."""

    incidents: QuerySet[PublicIncident]
    counted: frozenset[int] | None = None


def answered(scope: Scope, question: Question, plain: Plain | None) -> Interval | None:
    """The interval for which the rollups hold what they can of an answer; None where they hold none."""
    anywhere = not scope.place and not scope.perpetrators and not scope.perpetrator_types and not scope.by_point
    if plain is None or not anywhere or not answers(question):
        return None
    months = months_within(scope.date_from, scope.date_to)
    return None if months is None else Interval(scope.date_from, scope.date_to, months)


def alone(incidents: QuerySet[PublicIncident], interval: Interval | None) -> QuerySet[PublicIncident] | None:
    """Those of the incidents that stand alone and for which the rollups do not answer; None for none."""
    if interval is None:
        return incidents.filter(STANDING_ALONE)
    return incidents.filter(_across(interval), has_relations=False) if interval.months.partly else None


def weighed(
    incidents: QuerySet[PublicIncident], question: Question, plain: Plain, interval: Interval, left: Sums
) -> Weighed | None:
    """Those that do not stand alone and that the rollups, by what they `left` out, do not answer for; None for none."""
    partly = bool(interval.months.partly)
    if not (left.untold or left.across or partly):
        return None
    tied = incidents.filter(has_relations=True)
    is_untold = Exists(
        Tally.objects.filter(
            incident=OuterRef("pk"),
            measure=question.measure,
            unit=question.counted_unit,
            basis=question.basis,
            of_status=ALL,
            dimension="",
            above__startswith=UNTOLD,
        )
    )
    counted, connected = set[int](), set[int]()
    if (left.untold or partly) and (untold := _untold(plain, interval)):
        counted.update(tied.filter(untold, is_untold, spread__gte=SOME_UNTOLD).values_list("pk", flat=True))
    if left.across or partly:
        across = list(tied.filter(_across(interval)).exclude(is_untold).values_list("pk", flat=True))
        connected = _connected(across, incidents.db)
        counted.update(across)
    if not counted:
        return None
    return Weighed(incidents.filter(pk__among=sorted(counted | connected)), frozenset(counted))


def _untold(plain: Plain, interval: Interval) -> Q | None:
    """Where figures are untold: what the selection may take a part of."""
    months = interval.months
    parts = [Q(spread__in=spreads)] if (spreads := plain.may_part()) else []
    if interval.date_from is not None:
        parts.append(Q(first_month__lt=months.first, last_month__gte=month_of(interval.date_from)))
    if interval.date_to is not None:
        parts.append(Q(first_month__lte=month_of(interval.date_to), last_month__gt=months.last))
    return reduce(or_, parts) if parts else None


def _across(interval: Interval) -> Q:
    """What may lie in the interval and not in its whole months: across one of their ends, or in the months beyond them
    of which it takes a part."""
    months = interval.months
    parts = [Q(start_earliest__gte=month, start_earliest__lte=end_of(month)) for month in months.partly]
    if interval.date_from is not None:
        begins = date.fromisoformat(f"{months.first}-01")
        parts.append(Q(across_months=True, start_earliest__lt=begins, interval_end__gte=interval.date_from))
    if interval.date_to is not None:
        ends = end_of(date.fromisoformat(f"{months.last}-01"))
        parts.append(Q(across_months=True, start_earliest__lte=interval.date_to, interval_end__gt=ends))
    return reduce(or_, parts)


def _connected(primary_keys: Sequence[int], alias: str) -> set[int]:
    """What these contain, and what contains these or that."""
    links = PublicContainment.objects.using(alias)
    below: set[int] = set()
    for some in _chunks(primary_keys):
        below.update(links.filter(ancestor__among=some).values_list("descendant_id", flat=True))
    found = set(below)
    for some in _chunks(sorted(below.union(primary_keys))):
        found.update(links.filter(descendant__among=some).values_list("ancestor_id", flat=True))
    return found


def _chunks(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]
