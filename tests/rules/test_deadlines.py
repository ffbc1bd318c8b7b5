"""The commission of the founding case day by day, and what makes an investigation late, met or over.

Dates are 2025 unless a test says otherwise.
"""

from itertools import permutations

import pytest

from incidents.choices import InvestigationEventKind, InvestigationStatus
from incidents.rules.deadlines import ENDS, REACHES, DeadlineFacts, DeadlineState, EventFacts, state
from tests.rules.facts import day

EVENTS = (
    EventFacts("announced", day("03-09")),
    EventFacts("extended", day("04-10")),
    EventFacts("report_submitted", day("07-20")),
    EventFacts("findings_presented", day("07-22")),
    EventFacts("findings_rejected", None),
)
DEADLINES = (DeadlineFacts(1, day("04-08"), None), DeadlineFacts(2, day("07-10"), day("04-10")))


def commission(on: str) -> DeadlineState:
    return state(EVENTS, DEADLINES, day(on))


@pytest.mark.parametrize(
    ("on", "due_on", "overdue", "days_overdue", "days_left", "met_on", "days_late", "status"),
    [
        ("03-09", "04-08", False, None, 30, None, None, "announced"),
        ("04-08", "04-08", False, None, 0, None, None, "announced"),
        ("04-09", "04-08", True, 1, None, None, None, "announced"),
        ("04-10", "07-10", False, None, 91, None, None, "ongoing"),
        ("07-10", "07-10", False, None, 0, None, None, "ongoing"),
        ("07-11", "07-10", True, 1, None, None, None, "ongoing"),
        ("07-19", "07-10", True, 9, None, None, None, "ongoing"),
        ("07-20", "07-10", False, None, None, "07-20", 10, "reported"),
        ("12-31", "07-10", False, None, None, "07-20", 10, "reported"),
    ],
)
def test_the_commission_day_by_day(
    on: str,
    due_on: str,
    overdue: bool,
    days_overdue: int | None,
    days_left: int | None,
    met_on: str | None,
    days_late: int | None,
    status: str,
) -> None:
    expected = DeadlineState(
        status=InvestigationStatus(status),
        due_on=day(due_on),
        overdue=overdue,
        days_overdue=days_overdue,
        days_left=days_left,
        met_on=day(met_on) if met_on else None,
        days_late=days_late,
    )
    assert commission(on) == expected


def test_the_order_of_events_and_deadlines_does_not_matter() -> None:
    for events in permutations(EVENTS):
        assert state(events, DEADLINES[::-1], day("07-20")) == commission("07-20")


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([], "unknown"),
        (["other"], "unknown"),
        (["called_for"], "called_for"),
        (["called_for", "announced", "members_named"], "ongoing"),
        (["report_published", "extended"], "reported"),
        (["trial", "report_published"], "in_court"),
        (["judgment", "closed"], "closed"),
        (["started", "lapsed"], "lapsed"),
        (["closed", "started"], "ongoing"),
        (["closed", "trial"], "in_court"),
    ],
)
def test_the_status_is_the_furthest_step_unless_an_end_comes_last(kinds: list[str], expected: str) -> None:
    events = [EventFacts(kind, day(f"03-{number:02}")) for number, kind in enumerate(kinds, start=1)]
    assert state(events, [], day("12-31")).status == expected


def test_every_kind_of_event_reaches_a_status() -> None:
    assert {*REACHES, *ENDS} == set(InvestigationEventKind) - {"retracted"}  # which says of another that it was not


def test_an_end_stops_the_clock() -> None:
    lapsed = [EventFacts("announced", day("03-09")), EventFacts("lapsed", day("04-01"))]
    assert not state(lapsed, DEADLINES[:1], day("05-01")).overdue
    assert state(lapsed, DEADLINES[:1], day("03-31")).days_left == 8


@pytest.mark.parametrize("kind", ["report_published", "findings_presented"])
def test_a_report_that_appears_without_being_submitted_meets_the_deadline(kind: str) -> None:
    presented = state([EventFacts(kind, day("04-08"))], DEADLINES[:1], day("04-09"))
    assert (presented.met_on, presented.days_late, presented.overdue) == (day("04-08"), 0, False)


def test_neither_an_undated_nor_an_interim_report_meets_a_deadline() -> None:
    events = [EventFacts("report_submitted", None), EventFacts("interim_report", day("04-01"))]
    assert state(events, DEADLINES[:1], day("04-09")).overdue


def test_a_report_does_not_meet_a_deadline_that_was_set_after_it() -> None:
    events = [EventFacts("report_submitted", day("04-01")), EventFacts("extended", day("04-10"))]
    assert state(events, DEADLINES, day("04-09")).met_on == day("04-01")
    assert state(events, DEADLINES, day("04-10")).met_on is None


def test_an_undated_event_waits_until_no_dated_one_lies_ahead() -> None:
    events = [
        EventFacts("announced", day("03-09")),
        EventFacts("report_published", day("07-01")),
        EventFacts("trial", None),
    ]
    assert state(events, [], day("06-30")).status == "announced"
    assert state(events, [], day("07-01")).status == "in_court"


def test_without_a_deadline_nothing_is_due() -> None:
    assert state(EVENTS, [], day("07-11")) == DeadlineState(
        InvestigationStatus.ONGOING, None, False, None, None, None, None
    )


def test_nothing_was_due_before_anybody_spoke_of_it() -> None:
    before = commission("03-08")
    assert (before.due_on, before.overdue, before.days_left, before.met_on) == (None, False, None, None)
    undated = [EventFacts("established", None)]
    assert state(undated, DEADLINES[:1], day("03-08")).due_on == day("04-08")
