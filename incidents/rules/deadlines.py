"""How far an investigation has come on a given day, and whether it is late: derived from its events, never typed in.

Pure over a few values; which investigations there are, and how they read, is the documents' matter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from incidents.choices import InvestigationEventKind as Kind
from incidents.choices import InvestigationStatus as Status

FURTHEST_LAST = (Status.CALLED_FOR, Status.ANNOUNCED, Status.ONGOING, Status.REPORTED, Status.IN_COURT)
REACHES: dict[str, Status] = {
    Kind.CALLED_FOR: Status.CALLED_FOR,
    Kind.ANNOUNCED: Status.ANNOUNCED,
    Kind.ESTABLISHED: Status.ONGOING,
    Kind.MEMBERS_NAMED: Status.ONGOING,
    Kind.STARTED: Status.ONGOING,
    Kind.EXTENDED: Status.ONGOING,
    Kind.INTERIM_REPORT: Status.ONGOING,
    Kind.REPORT_SUBMITTED: Status.REPORTED,
    Kind.FINDINGS_PRESENTED: Status.REPORTED,
    Kind.REPORT_PUBLISHED: Status.REPORTED,
    Kind.FINDINGS_REJECTED: Status.REPORTED,
    Kind.REFERRED: Status.IN_COURT,
    Kind.INDICTMENT: Status.IN_COURT,
    Kind.TRIAL: Status.IN_COURT,
    Kind.JUDGMENT: Status.IN_COURT,
}
ENDS: dict[str, Status] = {Kind.CLOSED: Status.CLOSED, Kind.LAPSED: Status.LAPSED}
REPORTS = frozenset({Kind.REPORT_PUBLISHED, Kind.FINDINGS_PRESENTED})


@dataclass(frozen=True, slots=True)
class EventFacts:
    """A step of an investigation (a value of InvestigationEventKind) and its day, null where nobody says."""

    kind: str
    on: date | None


@dataclass(frozen=True, slots=True)
class DeadlineFacts:
    """A day by which a report is due; the highest `seq` is in force, from `set_on` or, where that is null, from the
    first dated event of the investigation."""

    seq: int
    due_on: date
    set_on: date | None


@dataclass(frozen=True, slots=True)
class DeadlineState:
    """What an investigation is on one day; spans in whole days (UTC), null where they do not apply.

    `days_overdue` and `days_left` exist while the deadline is unmet, `days_late` (0 if in time) once it is met.
    """

    status: Status
    due_on: date | None
    overdue: bool
    days_overdue: int | None
    days_left: int | None
    met_on: date | None
    days_late: int | None


def state(events: Sequence[EventFacts], deadlines: Sequence[DeadlineFacts], today: date) -> DeadlineState:
    """The state of an investigation at the end of `today` (UTC), from what had happened by then, in any order.

    A report meets the deadline in force, unless it is older than that deadline. Overdue begins on the day after
    `due_on`. An undated event counts for the status once no dated one lies ahead, and never for a deadline.
    """
    dated = [event for event in events if event.on is not None]
    past = [event for event in dated if event.on is not None and event.on <= today]
    undated = [event for event in events if event.on is None] if len(past) == len(dated) else []
    status = _status(past, undated)
    begun = bool(past) or not dated  # before anybody spoke of an inquiry it was due to report nothing
    in_force = max(
        (one for one in deadlines if (begun if one.set_on is None else one.set_on <= today)),
        key=lambda one: one.seq,
        default=None,
    )
    if in_force is None:
        return DeadlineState(status, None, False, None, None, None, None)
    due_on, met_on = in_force.due_on, _met_on(past, in_force)
    waiting = met_on is None and status not in {Status.CLOSED, Status.LAPSED}
    overdue = waiting and today > due_on
    return DeadlineState(
        status=status,
        due_on=due_on,
        overdue=overdue,
        days_overdue=(today - due_on).days if overdue else None,
        days_left=(due_on - today).days if waiting and not overdue else None,
        met_on=met_on,
        days_late=max(0, (met_on - due_on).days) if met_on else None,
    )


def _met_on(past: Iterable[EventFacts], deadline: DeadlineFacts) -> date | None:
    since = deadline.set_on or date.min
    answers = [(event.kind, event.on) for event in past if event.on is not None and event.on >= since]
    submitted = [on for kind, on in answers if kind == Kind.REPORT_SUBMITTED]
    return min(submitted or [on for kind, on in answers if kind in REPORTS], default=None)


def _status(past: Sequence[EventFacts], undated: Sequence[EventFacts]) -> Status:
    """The furthest step reached; an end counts while nothing dated follows it."""
    latest = max((event.on for event in past if event.on is not None), default=None)
    ends = [ENDS[event.kind] for event in past if event.on == latest and event.kind in ENDS]
    ends += [ENDS[event.kind] for event in undated if event.kind in ENDS]
    if ends:
        return Status.CLOSED if Status.CLOSED in ends else Status.LAPSED
    reached = [REACHES[event.kind] for event in (*past, *undated) if event.kind in REACHES]
    return max(reached, key=FURTHEST_LAST.index, default=Status.UNKNOWN)
