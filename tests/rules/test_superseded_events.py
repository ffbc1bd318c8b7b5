"""An event of an inquiry that is wrong: it stays readable, counts for nothing, and another says what is right."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from incidents.admin.investigations import today
from incidents.choices import SubmissionAction as Action
from incidents.documents.upgrades import lacking, upgrade
from incidents.models import Investigation, InvestigationEvent, PublicInvestigation, Submission
from incidents.rules.publication.publishing import publish
from incidents.rules.refusals import Refused
from incidents.rules.submissions import moderating, submitting
from incidents.rules.submissions.contents import read
from incidents.rules.timelines import stands
from tests.contributions import person, publish_version, sender
from tests.factories import DeadlineFactory, InvestigationEventFactory, InvestigationFactory

pytestmark = pytest.mark.django_db

ANNOUNCED = {"kind": "announced", "on": "2025-03-09"}
SUBMITTED = {"kind": "report_submitted", "on": "2025-07-02"}
RIGHT = {"kind": "report_submitted", "on": "2025-07-20", "supersedes": SUBMITTED}
NEVER = {"kind": "retracted", "on": "2025-08-01", "note": "The office denies it.", "supersedes": SUBMITTED}
EXTENDED = {"key": "more", "kind": "extended", "on": "2025-04-10"}
DUE = {"due_on": "2025-07-10"}


def inquiry(*events: dict[str, Any], **said: Any) -> dict[str, Any]:
    said = {"events": list(events), "deadlines": [DUE]} | said
    whole = {"type": "national_commission", "names": {"en": "Commission of inquiry"}} | said
    return {"type": "investigation", "investigation": whole}


def more(*events: dict[str, Any], about: Investigation | None = None, **said: Any) -> dict[str, Any]:
    of = {"about": str(about.public_id)} if about is not None else {}
    return {"type": "investigation", **of, "investigation": {"events": list(events), **said}}


def public() -> Any:
    return json.loads(PublicInvestigation.objects.get().document)


def on(day: str) -> Any:
    """How the published inquiry stands on a day."""
    return stands(public(), date.fromisoformat(day))


@pytest.fixture
def by(db: None) -> submitting.Sender:
    return sender()


@pytest.fixture
def first(by: submitting.Sender) -> Investigation:
    """An inquiry that is said to have reported in time."""
    found = publish_version(inquiry(ANNOUNCED, SUBMITTED), by).investigation
    assert found is not None
    assert (on("2025-07-12").status, on("2025-07-12").overdue) == ("reported", False)
    return found


def test_a_report_that_was_submitted_later_meets_the_deadline_then(by: submitting.Sender, first: Investigation) -> None:
    publish_version(more(RIGHT, about=first), by)
    told = [(row["kind"], row["on"], row["superseded"], row["supersedes"]) for row in public()["timeline"]]
    assert told == [
        ("announced", "2025-03-09", False, None),
        ("report_submitted", "2025-07-02", True, None),
        ("report_submitted", "2025-07-20", False, SUBMITTED),
    ]
    assert on("2025-07-12").days_overdue == 2
    assert (on("2025-07-21").met_on, on("2025-07-21").days_late) == (date(2025, 7, 20), 10)


def test_a_report_that_never_was_leaves_the_deadline_unmet(by: submitting.Sender, first: Investigation) -> None:
    publish_version(more(NEVER, about=first), by)
    assert [row["kind"] for row in public()["timeline"]] == ["announced", "report_submitted", "retracted"]
    state = on("2025-08-02")
    assert (state.status, state.met_on, state.days_overdue) == ("announced", None, 23)


def test_a_retraction_that_was_wrong_is_superseded_in_turn(by: submitting.Sender, first: Investigation) -> None:
    publish_version(more(NEVER, about=first), by)
    again = {**SUBMITTED, "supersedes": {"kind": "retracted", "on": "2025-08-01"}}
    publish_version(more(again, about=first), by)
    assert [row["superseded"] for row in public()["timeline"]] == [False, True, False, True]
    assert on("2025-08-02").met_on == date(2025, 7, 2)


def test_a_deadline_follows_the_event_that_set_it(by: submitting.Sender) -> None:
    later = [{"due_on": "2025-10-10", "set_by": "more"}]
    made = publish_version(inquiry(ANNOUNCED, EXTENDED, deadlines=[DUE, *later]), by).investigation
    wrong = {"kind": "extended", "on": "2025-04-10"}
    publish_version(more({"kind": "extended", "on": "2025-06-01", "supersedes": wrong}, about=made), by)
    rows = [(row["due_on"], row["set_on"], row["retracted"]) for row in public()["deadlines"]]
    assert rows == [("2025-07-10", None, False), ("2025-10-10", "2025-06-01", False)]
    assert (on("2025-05-01").due_on, on("2025-06-01").due_on) == (date(2025, 7, 10), date(2025, 10, 10))
    never = {"kind": "retracted", "supersedes": {"kind": "extended", "on": "2025-06-01"}}
    publish_version(more(never, about=made), by)
    assert [(row["set_by"], row["set_on"], row["retracted"]) for row in public()["deadlines"]] == [
        (None, None, False),
        ("extended", "2025-04-10", True),
    ]
    assert on("2025-08-01").due_on == date(2025, 7, 10)
    assert on("2025-08-01").overdue


def test_it_is_entered_once_however_often_it_is_sent(by: submitting.Sender, first: Investigation) -> None:
    for _ in range(2):
        last = publish_version(more(RIGHT, about=first), by)
    assert InvestigationEvent.objects.count() == 3
    assert [part.outcome for part in last.parts.filter(kind="event")] == ["unchanged"]
    publish_version(inquiry(ANNOUNCED, SUBMITTED, RIGHT), by)
    assert InvestigationEvent.objects.count() == 3


def test_the_desk_is_told_where_it_is_said_again(by: submitting.Sender, first: Investigation) -> None:
    publish_version(more(RIGHT, about=first), by)
    again = publish_version(more(SUBMITTED, about=first), sender("Another"))
    assert [part.outcome for part in again.parts.filter(kind="event")] == ["unchanged"]
    assert Submission.objects.get(pk=again.pk).differences == [
        {
            "pointer": "/investigation/events/0/on",
            "previous": None,
            "record": "2025-07-20",
            "sent": "2025-07-02",
            "to": "desk",
        }
    ]
    both = publish_version(more(SUBMITTED, RIGHT, about=first), sender("A third"))
    assert Submission.objects.get(pk=both.pk).differences == []


def test_sent_again_as_it_is_nothing_of_it_changes(by: submitting.Sender, first: Investigation) -> None:
    """Whatever was sent between: the whole, what is new of it, the old whole, the new whole, twice."""
    sent = [more(RIGHT), inquiry(ANNOUNCED, SUBMITTED), *(inquiry(ANNOUNCED, SUBMITTED, RIGHT),) * 2]
    found = [dict(publish_version(each, by).parts.values_list("pointer", "outcome")) for each in sent]
    assert found[0]["/investigation/events/0"] == "entered"
    assert {outcome for each in found[1:] for outcome in each.values()} == {"unchanged"}
    for each in sent:
        parts = submitting.trial_of_put(by, "partner", "tuwaym-1", each).parts
        assert {part.pointer: part.outcome for part in parts} == dict.fromkeys(
            (part.pointer for part in parts), "unchanged"
        )


def test_nobody_learns_by_sending_what_the_desk_did(by: submitting.Sender, first: Investigation) -> None:
    wrong = InvestigationEvent.objects.get(kind="report_submitted")
    InvestigationEventFactory(investigation=first, kind="retracted", on=None, supersedes=wrong)
    InvestigationEventFactory(investigation=first, kind="trial", on=date(2025, 9, 1))
    sent = submitting.submit(by, more(RIGHT, about=first))
    moderator = person("moderator")
    moderating.act(sent, Action.CLAIM, by=moderator)
    moderating.act(sent, Action.APPROVE, by=moderator, reason="ok")
    with pytest.raises(Refused, match="is superseded already"):
        moderating.act(sent, Action.PUBLISH, by=person("lead"))
    due = {"due_on": "2025-10-10", "set_by": "right"}
    submitting.trial(by, more({**RIGHT, "key": "right"}, about=first, deadlines=[due]))
    guess = {"kind": "closed", "supersedes": {"kind": "trial", "on": "2025-09-01"}}
    with pytest.raises(Refused, match="no 'trial' on 2025-09-01"):
        publish_version(more(guess), by)


def test_what_is_public_is_not_foreseen_to_be_entered(by: submitting.Sender, first: Investigation) -> None:
    """Whoever said it, and also where the version before said nothing of it."""
    publish_version(more(RIGHT), by)
    whole = inquiry(ANNOUNCED, SUBMITTED, RIGHT, EXTENDED, deadlines=[DUE, {"due_on": "2025-10-10", "set_by": "more"}])
    reference = {"external_reference": {"scheme": "another", "key": "1"}}
    for sent in (whole, {**whole, "about": str(first.public_id), **reference}):
        scheme, key = sent.get("external_reference", {"scheme": "partner", "key": "tuwaym-1"}).values()
        parts = submitting.trial_of_put(by, scheme, key, sent).parts
        assert {part.pointer.removeprefix("/investigation"): part.outcome for part in parts} == {
            "": "unchanged",
            "/events/0": "unchanged",
            "/events/1": "unchanged",
            "/events/2": "unchanged",
            "/events/3": "entered",
            "/deadlines/0": "unchanged",
            "/deadlines/1": "entered",
        }


@pytest.mark.parametrize(
    ("events", "code", "says"),
    [
        ([{"kind": "retracted"}], "required", "by its kind and its day"),
        ([NEVER | {"supersedes": {"kind": "retracted"}}], "contradiction", "A retraction is not retracted"),
        ([RIGHT | {"supersedes": {"kind": "trial"}}], "unknown_reference", "no 'trial' without a day; it has"),
        (
            [RIGHT | {"supersedes": {"kind": "announced", "on": "2025-03-10"}}],
            "unknown_reference",
            "'announced' on 2025-03-09, 'report_submitted' on 2025-07-02.",
        ),
    ],
)
def test_what_it_names_has_to_be_there(first: Investigation, events: list[Any], code: str, says: str) -> None:
    with pytest.raises(Refused) as refused:
        read(more(*events, about=first))
    (fault,) = refused.value.faults
    assert (fault.pointer, fault.code) == ("/investigation/events/0/supersedes", code)
    assert says in str(fault.detail)


@pytest.mark.parametrize(
    ("events", "says"),
    [
        ([RIGHT, NEVER], "is superseded already"),
        ([{"kind": "closed", "supersedes": {"kind": "started", "on": "2025-03-12"}}], "has no 'started' on 2025-03-12"),
        ([{"kind": "closed", "supersedes": {"kind": "trial"}}], "has 2 of 'trial' without a day"),
    ],
)
def test_an_inquiry_s_own_event_has_to_be_found_too(by: submitting.Sender, events: list[Any], says: str) -> None:
    held = {"kind": "trial"}, {"kind": "trial", "note": "The second one"}
    with pytest.raises(Refused, match=says):
        submitting.submit(by, inquiry(SUBMITTED, *held, *events))
    assert not InvestigationEvent.objects.exists()


def test_the_database_takes_no_retraction_of_nothing_or_itself_and_no_second_one() -> None:
    wrong = InvestigationEventFactory.create()
    InvestigationEventFactory(investigation=wrong.investigation, kind="started", supersedes=wrong)
    for said in ({"kind": "retracted"}, {"supersedes": wrong}, {"pk": 1_000_000, "supersedes_id": 1_000_000}):
        with pytest.raises(IntegrityError), transaction.atomic():
            InvestigationEventFactory(investigation=wrong.investigation, **said)


def test_an_event_of_another_investigation_is_refused() -> None:
    event = InvestigationEvent(
        investigation=InvestigationFactory.create(), kind="started", supersedes=InvestigationEventFactory.create()
    )
    with pytest.raises(ValidationError, match="of another investigation"):
        event.full_clean()


def test_a_retraction_is_not_retracted() -> None:
    wrong = InvestigationEventFactory.create()
    never = InvestigationEventFactory(investigation=wrong.investigation, kind="retracted", supersedes=wrong)
    event = InvestigationEvent(investigation=wrong.investigation, kind="retracted", supersedes=never)
    with pytest.raises(ValidationError, match="enter what happened"):
        event.full_clean()


@time_machine.travel(datetime(2025, 8, 2, tzinfo=UTC), tick=False)
def test_the_desk_reads_the_same_state() -> None:
    made = InvestigationFactory.create()
    wrong = InvestigationEventFactory(investigation=made, kind="report_submitted", on=date(2025, 7, 2))
    DeadlineFactory(investigation=made, due_on=date(2025, 7, 10))
    assert today(made).met_on == date(2025, 7, 2)
    InvestigationEventFactory(investigation=made, kind="retracted", on=None, supersedes=wrong)
    assert today(Investigation.objects.get()).days_overdue == 23
    publish([made])
    assert on("2025-08-02") == today(Investigation.objects.get())


def test_what_an_earlier_schema_published_says_that_nothing_was_superseded() -> None:
    old = {"timeline": [{"kind": "announced", "on": None}], "deadlines": [{"seq": 1, "due_on": "2025-04-08"}]}
    assert upgrade("investigation", old, "2") == {
        "timeline": [{"kind": "announced", "on": None, "superseded": False, "supersedes": None}],
        "deadlines": [{"seq": 1, "due_on": "2025-04-08", "retracted": False}],
    }
    assert upgrade("incident", {"estimates": []}, "2") == {"estimates": []}
    assert (lacking("incident"), lacking("investigation"), lacking("source")) == (["1"], ["1", "2"], [])
