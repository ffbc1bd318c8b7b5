"""The title of a highly sensitive incident is a look wherever the desk shows it, not on its own page alone."""

from datetime import date
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from incidents.models import Incident, Submission
from incidents.rules.submissions import submitting
from incidents.rules.trail.differences import subject_of
from tests.admin.forms import inline_rows
from tests.admin.test_audit import save
from tests.admin.test_looks_at_related import seen, shown
from tests.contributions import approved, country, sender, tuwaym
from tests.factories import (
    AttributionFactory,
    ClaimFactory,
    DuplicateCandidateFactory,
    IncidentActFactory,
    IncidentFactory,
    IncidentRelationFactory,
    InvestigationFactory,
    ScopeFactory,
    SourceFactory,
)
from tests.moderation_factories import DecisionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]
TITLE = "What happened at Tuwaym"
LEVELS = [("low", False), ("moderate", False), ("high", True), ("severe", True)]


def incident(level: str) -> Incident:
    found: Incident = IncidentFactory(title={"en": TITLE}, sensitivity=level)
    return found


def listed(desk: Client, name: str, view: str = "changelist") -> str:
    answer = desk.get(reverse(f"admin:incidents_{name}_{view}"))
    assert answer.status_code == 200
    return answer.content.decode()


def fields() -> set[str]:
    """Of all that was written down, the names of fields."""
    told = [after for _, _, after in seen()]
    shown = [names for after in told for names in (after.get("fields", ()), *after.get("rows", {}).values())]
    return {name for names in shown for name in names}


@pytest.mark.parametrize(("level", "is_look"), LEVELS)
@pytest.mark.parametrize("make", [ClaimFactory, AttributionFactory, ScopeFactory])
def test_the_page_of_what_belongs_to_it(desk: Client, make: Any, level: str, *, is_look: bool) -> None:
    row = make(incident=incident(level))
    assert TITLE in shown(desk, row, "change")
    assert seen() == ([(*subject_of(row), {"fields": ["incident"]})] if is_look else [])


@pytest.mark.parametrize(("level", "is_look"), LEVELS)
def test_a_list_of_what_belongs_to_several(desk: Client, level: str, *, is_look: bool) -> None:
    claims = [ClaimFactory(incident=incident(level)) for _ in range(2)]
    ClaimFactory()
    assert TITLE in listed(desk, "claim")
    rows = {str(each.public_id): ["incident"] for each in claims}
    assert [after for _, _, after in seen()] == ([{"rows": rows}] if is_look else [])


@pytest.mark.parametrize(("level", "is_look"), LEVELS)
def test_a_relation_to_it(desk: Client, level: str, *, is_look: bool) -> None:
    other = IncidentFactory()
    IncidentRelationFactory(from_incident=other, to_incident=incident(level), type="causes")
    assert TITLE in shown(desk, other, "change")
    assert bool(seen()) is is_look


@pytest.mark.parametrize(("level", "is_look"), LEVELS)
def test_a_picker_that_suggests_it(desk: Client, level: str, *, is_look: bool) -> None:
    incident(level)
    asked = {"app_label": "incidents", "model_name": "claim", "field_name": "incident", "term": "Tuwaym"}
    answer = desk.get(reverse("admin:autocomplete"), asked)
    assert TITLE in answer.content.decode()
    assert ("title" in fields()) is is_look


@pytest.mark.parametrize(("level", "is_look"), LEVELS)
def test_a_pair_that_may_be_one(desk: Client, level: str, *, is_look: bool) -> None:
    one, other = sorted((incident(level), IncidentFactory()), key=lambda each: each.pk)
    DuplicateCandidateFactory(first=one, second=other)
    assert TITLE in listed(desk, "duplicatecandidate")
    assert fields() == ({"first", "reasons"} if is_look else set())


@pytest.mark.parametrize(("level", "is_look"), LEVELS)
def test_what_waits_for_a_second_person(desk: Client, level: str, *, is_look: bool) -> None:
    found = incident(level)
    DecisionFactory(object_id=found.public_id)
    assert TITLE in listed(desk, "decision")
    assert ("title" in fields()) is is_look


@pytest.mark.parametrize(("level", "is_look"), LEVELS)
def test_what_was_sent_of_it(desk: Client, level: str, *, is_look: bool) -> None:
    content = tuwaym(sources=[{"key": "seen", "kind": "local_monitor", "names": {"en": "Seen"}}])
    content["incident"]["sensitivity"] = level
    waiting: Submission = approved(content, sender())
    assert "Tuwaym" in shown(desk, waiting, "change")
    assert fields() == ({"content"} if is_look else set())
    # One that says no level of its own is judged by that of its incident.
    content["incident"].pop("sensitivity")
    Submission.objects.update(content=content)
    shown(desk, waiting, "change")
    assert len(seen()) == (2 if is_look else 0)


@pytest.mark.parametrize(("level", "is_look"), LEVELS)
def test_an_inquiry_whose_scope_names_it(desk: Client, level: str, *, is_look: bool) -> None:
    inquiry = InvestigationFactory()
    scope = ScopeFactory(investigation=inquiry, incident=incident(level))
    assert TITLE in shown(desk, inquiry, "change")
    parts = {"parts": {"scopes": [str(scope.pk)]}}
    assert seen() == ([("investigation", str(inquiry.public_id), parts)] if is_look else [])


@pytest.mark.parametrize(("level", "is_look"), LEVELS)
def test_what_the_first_page_keeps_of_what_was_done_to_it(desk: Client, level: str, *, is_look: bool) -> None:
    found = incident(level)
    save(desk, found, place_text="Tuwaym")
    assert LogEntry.objects.get().object_repr == (f"Incident {found.pk}" if is_look else TITLE)


@pytest.mark.parametrize(("level", "is_look"), LEVELS)
def test_nor_does_it_keep_the_title_in_what_is_called_by_it(desk: Client, level: str, *, is_look: bool) -> None:
    other = IncidentFactory(title={"en": "Another"})
    row = {"to_incident": incident(level).pk, "type": "causes", "certainty": "probable"}
    row["asserted_by"] = SourceFactory().pk
    save(desk, other, **inline_rows("relations_out", [row]))
    entry = LogEntry.objects.get()
    assert (TITLE not in entry.change_message) is is_look
    assert f"{other.relations_out.get().pk if is_look else TITLE}" in entry.change_message


@pytest.mark.parametrize(("level", "is_look"), LEVELS)
def test_what_it_took_in(desk: Client, level: str, *, is_look: bool) -> None:
    absorbed = IncidentFactory(merged_into=incident(level))
    assert TITLE in shown(desk, absorbed, "change")
    assert fields() == ({"merged_into"} if is_look else set())


@pytest.mark.parametrize(("level", "is_look"), LEVELS)
def test_what_is_sent_and_may_be_it(desk: Client, level: str, *, is_look: bool) -> None:
    country()
    day = {"start_earliest": date(2025, 3, 7), "end_latest": date(2025, 3, 7)}
    found = IncidentFactory(title={"en": TITLE}, sensitivity=level, place_text="Tuwaym", **day)
    ClaimFactory(incident=found, value=31, measure="killed", status="civilian")
    IncidentActFactory(incident=found, act="massacre")
    waiting = submitting.submit(sender(), tuwaym(attributions=None, actors=None))
    assert [each["id"] for each in waiting.possible_duplicates] == [str(found.public_id)]
    assert TITLE in shown(desk, waiting, "change")
    assert fields() == ({"possible_duplicates"} if is_look else set())
