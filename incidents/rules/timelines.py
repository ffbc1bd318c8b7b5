"""Which events of an investigation count: one that another supersedes does not, and a retraction tells of nothing.

Rows are only added, so that what is wrong stays readable beside what says so.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import prefetch_related_objects

from incidents.choices import InvestigationEventKind
from incidents.models import Investigation, InvestigationEvent
from incidents.rules.deadlines import DeadlineFacts, DeadlineState, EventFacts, state

RETRACTED = InvestigationEventKind.RETRACTED.value


def resolve(investigation: Investigation) -> Investigation:
    """The investigation with its events and deadlines, which say how they stand.

    Each event has `is_superseded`; each deadline `stands_by`, the event that set it as that reads today (None where
    nobody says which), and `is_retracted` where that did not happen.
    """
    prefetch_related_objects([investigation], "events", "deadlines__set_by")  # what is not loaded already
    events: list[Any] = list(investigation.events.all())
    by = superseding(events)
    for event in events:
        event.is_superseded = event.pk in by
    deadlines: list[Any] = list(investigation.deadlines.all())
    for deadline in deadlines:
        last = _last(deadline.set_by, by) if deadline.set_by is not None else None
        deadline.is_retracted = last is not None and last.kind == RETRACTED
        deadline.stands_by = deadline.set_by if deadline.is_retracted else last
    return investigation


def superseding(events: Iterable[InvestigationEvent]) -> dict[int, InvestigationEvent]:
    """What supersedes an event, by the primary key of that."""
    return {event.supersedes_id: event for event in events if event.supersedes_id is not None}


def events_of(investigation: Investigation) -> list[EventFacts]:
    """The events that count, of an investigation from resolve()."""
    events: list[Any] = list(investigation.events.all())
    return [EventFacts(each.kind, each.on) for each in events if counts(each.kind, superseded=each.is_superseded)]


def deadlines_of(investigation: Investigation) -> list[DeadlineFacts]:
    """The deadlines that bind, of an investigation from resolve()."""
    rows: list[Any] = [each for each in investigation.deadlines.all() if not each.is_retracted]  # type: ignore[attr-defined]
    return [DeadlineFacts(row.seq, row.due_on, row.stands_by.on if row.stands_by else None) for row in rows]


def counts(kind: str, *, superseded: bool) -> bool:
    """Whether an event of this kind tells how far an investigation has come."""
    return not superseded and kind != RETRACTED


def stands(document: Mapping[str, Any], on: date) -> DeadlineState:
    """How a published investigation stands at the end of a day (UTC), by its document's timeline and deadlines.

    What was published under an earlier schema says nothing of superseding until it is restated: none was.
    """
    events = [
        EventFacts(each["kind"], _day(each["on"]))
        for each in document["timeline"]
        if counts(each["kind"], superseded=each.get("superseded", False))
    ]
    deadlines = [
        DeadlineFacts(each["seq"], date.fromisoformat(each["due_on"]), _day(each["set_on"]))
        for each in document["deadlines"]
        if not each.get("retracted", False)
    ]
    return state(events, deadlines, on)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _last(event: InvestigationEvent, by: Mapping[int, InvestigationEvent]) -> InvestigationEvent:
    """The event that says today what this one said; rows name earlier rows, each once, so that there is no circle."""
    while event.pk in by:
        event = by[event.pk]
    return event
