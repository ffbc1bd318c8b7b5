"""Versions of the working record: what a change is, who made it, and that of many writers exactly one wins.

The forms that carry versions are tested under tests/admin/.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from incidents.models import Incident
from incidents.rules.trail import editing
from tests.factories import (
    ClaimCellFactory,
    ClaimFactory,
    DeadlineFactory,
    IncidentFactory,
    SourceFactory,
    StatementFactory,
)

WRITERS = 20


@pytest.mark.django_db
def test_it_works() -> None:
    incident = IncidentFactory()
    editing.check(incident, 1)
    incident.grade = "confirmed"
    editing.save(incident)
    assert editing.check(incident, 2).grade == "confirmed"


@pytest.mark.django_db
def test_a_stale_change_learns_which_fields_and_children_changed() -> None:
    incident = IncidentFactory(grade="ungraded")
    incident.grade, incident.place_text = "confirmed", "near Jableh"
    editing.save(incident)
    editing.touch(ClaimFactory(incident=incident))
    with pytest.raises(editing.Stale) as refusal:
        editing.check(incident, 1)
    assert [edit.parts for edit in refusal.value.edits] == [("grade", "place_text"), ("Claim",)]
    assert [edit.by for edit in refusal.value.edits] == [None, None]


@pytest.mark.django_db
@pytest.mark.parametrize("version", [None, 0, 2])
def test_no_version_and_one_that_never_was_are_stale(version: int | None) -> None:
    with pytest.raises(editing.Stale):
        editing.check(IncidentFactory(), version)


@pytest.mark.django_db
def test_a_change_of_a_part_is_one_of_its_claim_and_of_its_incident() -> None:
    cell = ClaimCellFactory()
    editing.touch(cell)
    assert editing.check(cell.claim, 2).version == 2
    assert editing.check(cell.claim.incident, 2).version == 2


@pytest.mark.django_db
def test_what_has_no_parent_touches_nothing() -> None:
    source = SourceFactory()
    editing.touch(source)
    assert editing.check(source, 1).version == 1


@pytest.mark.django_db
def test_a_deadline_is_a_change_of_its_investigation() -> None:
    deadline = DeadlineFactory()
    editing.touch(deadline)
    assert editing.check(deadline.investigation, 2).version == 2


@pytest.mark.django_db
def test_a_record_without_history_is_stale_without_telling_who() -> None:
    statement = StatementFactory()
    editing.save(statement)
    with pytest.raises(editing.Stale) as refusal:
        editing.check(statement, 1)
    assert refusal.value.edits == ()


@pytest.mark.postgresql
def test_of_twenty_writers_of_one_version_exactly_one_wins(commits: None) -> None:
    incident = IncidentFactory()

    def write(writer: int) -> str:
        try:
            with transaction.atomic():
                stored = editing.check(incident, 1)
                stored.place_text = f"as writer {writer} says"
                editing.save(stored)
        except editing.Stale:
            return "stale"
        finally:
            connection.close()
        return "won"

    with ThreadPoolExecutor(WRITERS) as pool:
        outcomes = Counter(pool.map(write, range(WRITERS)))
    assert outcomes == {"won": 1, "stale": WRITERS - 1}
    assert Incident.objects.get(pk=incident.pk).version == 2
