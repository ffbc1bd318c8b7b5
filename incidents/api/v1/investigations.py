"""Investigations: commissions, cases and inquiries with their timeline, their deadlines and how they stand on a day.

The document is stored; what the clock changes is derived when it is read, by rules/deadlines.py.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from incidents import choices
from incidents.api.filters import Filter, FilterSet, IncidentIds, SearchFilter, after_seq, codes, ids
from incidents.api.operations import Operation
from incidents.api.parameters import Boolean, Day, Integer
from incidents.api.problems import InvalidParameters, ParameterError
from incidents.api.stored import Row
from incidents.api.versioned import EARLIER, StoredResource
from incidents.documents.investigations import Investigation
from incidents.models import PublicInvestigation, PublicInvestigationIncident
from incidents.rules.deadlines import DeadlineState
from incidents.rules.timelines import stands

MOST_CANDIDATES = 10_000
A_CENTURY = 36_525
CLOCK = ("status", "overdue", "due_within")
ON = Day("How it stands at the end of this day (UTC); today unless told.", example="2025-04-09")


class InScope(Filter):
    """Investigations whose scope names one of these incidents, as within, overlapping or outside."""

    def condition(self, value: Any) -> Any:
        rows = PublicInvestigationIncident.objects.filter(investigation=OuterRef("pk"))
        return Exists(rows.filter(incident_id__in=value))


class ClockFilter(Filter):
    """A filter on what the clock changes, which no column holds; Investigations.selected applies it."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs


class InvestigationFilter(FilterSet):
    """Filters of investigations."""

    id = Filter(ids("Only these investigations."), "public_id__in")
    q = SearchFilter()
    type = Filter(codes("Type of investigation.", choices.InvestigationType, "national_commission"), "type__in")
    body = Filter(ids("Of one of these bodies, by the id of the source."), "body__in")
    incident = InScope(IncidentIds("With one of these incidents in its scope: within, overlapping or outside."))
    status = ClockFilter(codes("How far it has come on that day.", choices.InvestigationStatus, "ongoing"))
    overdue = ClockFilter(Boolean("Whether it is overdue on that day.", example="true"))
    due_within = ClockFilter(
        Integer("Its deadline is not met and at most so many days away on that day.", high=A_CENTURY, example="30")
    )
    on = ClockFilter(ON)
    after_seq = after_seq()


class Investigations(StoredResource):
    """Who looks into it, under which mandate, and by when it must report: overdue from the day after the due date.

    `now` says how each stands at the end of a day, today (UTC) unless `on` names another; it stands outside the stored
    document, so the ETag carries that day. `status`, `overdue` and `due_within` are derived from each timeline when
    they are asked for: of at most 10,000 investigations that the other filters let through, all of which are read
    before the first page; pages then go by cursor as ever. Name `on` to page across midnight.
    """

    resource = "investigations"
    singular = "investigation"
    kind = choices.PublicKind.INVESTIGATION
    model = PublicInvestigation
    document = Investigation
    filterset = InvestigationFilter

    @classmethod
    def one_operation(cls) -> Operation:
        said = "`now` is about today, or the day `on` names; of an earlier state, about the day asked for."
        return replace(super().one_operation(), description=said, parameters={**EARLIER, "on": ON})

    @cached_property
    def today(self) -> date:
        """The day in UTC on which this request is answered."""
        return datetime.now(UTC).date()

    def day(self, at: datetime | None = None) -> date:
        """The day that `now` is about: `on`, else that of ?at, else that of an earlier version, else today."""
        if self.values["on"] is not None:
            on: date = self.values["on"]
            return on
        asked: datetime | None = self.values.get("at") or at
        return asked.astimezone(UTC).date() if asked else self.today

    def selected(self) -> QuerySet[Any]:
        """The rows that the filters of this request let through; those of the clock decide on stored timelines."""
        if not self.by_clock:
            return super().selected()
        return self.rows().filter(pk__in=self.kept)

    @property
    def by_clock(self) -> bool:
        """Whether a filter is set on what the clock changes."""
        return any(self.values[name] is not None for name in CLOCK)

    @property
    def in_one_statement(self) -> bool:
        """Not where the clock is asked: candidates and rows are then read one after the other."""
        return super().in_one_statement and not self.by_clock

    @cached_property
    def kept(self) -> list[int]:
        """The investigations that the filters of the clock let through, out of those of all other filters.

        Raises InvalidParameters where these are more than MOST_CANDIDATES.
        """
        candidates = super().selected()
        found = list(candidates.order_by().values_list("pk", "document")[: MOST_CANDIDATES + 1])
        if len(found) > MOST_CANDIDATES:
            name = next(name for name in CLOCK if self.values[name] is not None)
            detail = (
                f"{name} can be asked of {MOST_CANDIDATES:,} investigations at most: add type, body or incident. "
                f"Example: {name}={InvestigationFilter.parameters()[name].example}&type=national_commission."
            )
            raise InvalidParameters(ParameterError(name, "too_many", detail))
        return [key for key, document in found if self.holds(stands(json.loads(document), self.day()))]

    def holds(self, found: DeadlineState) -> bool:
        """Whether every filter of the clock that is set holds for an investigation that stands so."""
        status, overdue, within = (self.values[name] for name in CLOCK)
        return (
            (status is None or found.status in status)
            and (overdue is None or found.overdue == overdue)
            and (within is None or (found.days_left is not None and found.days_left <= within))
        )

    def etag(self, row: Row) -> str:
        """That of the document, and the day that `now` is about."""
        return f'{super().etag(row)[:-1]}-{self.day().isoformat()}"'

    def additions(self, rows: Sequence[Row], at: datetime | None = None) -> Sequence[Mapping[str, Any]]:
        """How each stands on the day asked for."""
        on = self.day(at)
        return [{"now": now(stands(json.loads(row["document"]), on), on)} for row in rows]


def now(found: DeadlineState, on: date) -> dict[str, Any]:
    """How it stands, as documents/investigations.py describes it."""
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(found).items()}
    return {"on": on.isoformat(), **plain, "status": found.status.value}
