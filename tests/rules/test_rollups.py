"""The rollups: always the GROUP BY of the tallies, and the same answers as adding up the tallies themselves."""

import os
from calendar import monthrange
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from importlib import import_module
from itertools import product
from random import Random
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from pytest_django import DjangoDbBlocker

from incidents.choices import Grade, ReasonCode
from incidents.models import Actor, Incident, PublicIncident, PublicRollup
from incidents.rules.figures.questions import GROUPS, Question
from incidents.rules.publication import rollups
from incidents.rules.publication.publishing import publish, redact, withdraw
from incidents.rules.publication.refusing import PublishingError
from incidents.rules.publication.rollups import KEYS, SUMS, Plain
from incidents.rules.sameness.merging import merge
from incidents.rules.totals.adding import beyond
from incidents.rules.totals.selection import Scope
from incidents.rules.totals.victims import victims
from tests import factories
from tests.random_record import START, add_areas, an_incident, publish_random_record, relate
from tests.sharing import made_once

pytestmark = pytest.mark.django_db
OPERATIONS = int(os.environ.get("ROLLUP_OPERATIONS", "10000"))
ON_ONE_RECORD, LOOKED_AT_AFTER = 250, 10
ENOUGH = 25
REACH = ("pk", "first_month", "last_month")
COLUMNS = (*KEYS, *SUMS, "tallies")


def stored() -> set[tuple[Any, ...]]:
    return set(PublicRollup.objects.values_list(*COLUMNS))


def anew() -> set[tuple[Any, ...]]:
    """What the rollups would be, made from nothing."""
    PublicRollup.objects.all().delete()
    rollups.add(list(PublicIncident.objects.values_list("pk", flat=True)))
    return stored()


@pytest.fixture(scope="class", params=range(2))
def record(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[int]:
    with made_once(django_db_blocker, lambda: publish_random_record(request.param)):
        yield request.param


@pytest.fixture
def random(record: int) -> Random:
    return Random(record)


class TestRandomRecords:
    """Each record is published once for all of them."""

    def test_they_hold_something(self, random: Random) -> None:
        assert PublicRollup.objects.filter(dimension="", incidents__gt=0).exists()
        assert not PublicRollup.objects.filter(tallies__lte=0).exists()

    def test_after_random_operations_they_equal_the_group_by(self, random: Random) -> None:
        for _ in range(25):
            operate(random)
            assert stored() == anew()

    def test_the_migration_finds_what_incidents_reach_and_makes_them_of_the_tallies(self, random: Random) -> None:
        before, reaches = stored(), set(PublicIncident.objects.values_list(*REACH))
        migration = import_module("incidents.migrations.0028_reach_of_incidents")
        PublicIncident.objects.update(first_month="", last_month="")
        migration.reach(apps, connection.schema_editor())
        assert set(PublicIncident.objects.values_list(*REACH)) == reaches
        migration.empty(apps, connection.schema_editor())
        assert stored() == set()
        migration.fill(apps, connection.schema_editor())
        assert stored() == before

    def test_they_answer_what_the_tallies_do(self, random: Random) -> None:
        months = [START.replace(day=1), date(START.year, 3, 1), None]
        asked = 0
        for number, (month, name) in enumerate(product(months, (*GROUPS, ""))):
            first = month
            end = random.choice([each for each in (*range(1, 7), 0) if not each or not first or each >= first.month])
            last = date(START.year, end, monthrange(START.year, end)[1]) if end else None
            if number % 2:  # an interval that takes a part of the months at its ends
                first = first and first.replace(day=random.randint(2, 28))
                last = last and last.replace(day=random.randint(first.day if first else 1, 27 if first is None else 28))
            group_by = tuple(dict.fromkeys([*([name] if name else []), *random.sample(GROUPS, number % 3)]))
            question, scope = Question("killed", group_by=group_by), Scope(date_from=first, date_to=last)
            among = random.choice([{}, {"country": ["SYR"]}, {"country": ["LBN", "SYR"], "grade": Grade.values[:3]}])
            incidents = PublicIncident.objects.filter(**{f"{column}__in": values for column, values in among.items()})
            incidents = incidents.exclude(grade=Grade.DISCOUNTED)
            plain = Plain(among, (Grade.DISCOUNTED.value,))
            assert victims(incidents, scope, question, plain) == victims(incidents, scope, question), question
            asked += rollups.answers(question)
        assert asked > 20


def test_only_what_an_end_of_the_interval_takes_a_part_of_is_weighed() -> None:
    """A campaign from February to May with two battles in it, each in a month, and an incident of its own in March."""
    add_areas()
    campaign = an_event(date(START.year, 2, 20), date(START.year, 5, 3))
    battles = [an_event(date(START.year, month, 4), date(START.year, month, 9)) for month in (3, 4)]
    for battle in battles:
        factories.IncidentRelationFactory.create(
            from_incident=campaign, to_incident=battle, type="contains", certainty="confirmed"
        )
    publish([campaign, *battles, an_event(date(START.year, 3, 7), date(START.year, 3, 7))])
    everything, question = PublicIncident.objects.all(), Question("killed", group_by=("month",))
    for first, last, weighed in ((1, 12, 0), (2, 5, 0), (3, 12, 3), (1, 4, 3), (3, 3, 3), (6, 12, 0), (1, 1, 0)):
        scope = Scope(
            date_from=date(START.year, first, 1), date_to=date(START.year, last, monthrange(START.year, last)[1])
        )
        assert beyond(everything, scope, question, Plain()).count() == weighed, (first, last)
        assert victims(everything, scope, question, Plain()) == victims(everything, scope, question), (first, last)
    # Of March a part: the incident of its own as well, wherever in March it lies.
    for begin, end, weighed in (((2, 1), (3, 10), 4), ((3, 2), (12, 31), 4), ((1, 9), (6, 9), 0), ((4, 2), (12, 1), 3)):
        scope = Scope(date_from=date(START.year, *begin), date_to=date(START.year, *end))
        assert beyond(everything, scope, question, Plain()).count() == weighed, (begin, end)
        assert victims(everything, scope, question, Plain()) == victims(everything, scope, question), (begin, end)


def an_event(start: date, end: date) -> Incident:
    """An incident between two days with one claim of some people killed."""
    incident = factories.IncidentFactory.create(
        country="SYR", start_earliest=start, start_latest=start, end_earliest=end, end_latest=end
    )
    factories.ClaimFactory.create(incident=incident, value=end.day)
    return incident


def operate(random: Random) -> None:
    """One change of the record, whichever comes up."""
    incidents = list(Incident.objects.filter(merged_into=None))
    incident = random.choice(incidents)
    other = random.choice([each for each in incidents if each.pk != incident.pk])
    public = PublicIncident.objects.filter(public_id=incident.public_id).exists()
    match random.choice(["figure", "date", "withdraw", "publish", "relate", "redact", "merge"]):
        case _ if len(incidents) < ENOUGH:
            publish([an_incident(random, list(Actor.objects.all()))])
        case "figure":
            factories.ClaimFactory.create(incident=incident, value=random.randrange(50))
            publish([incident])
        case "date":
            incident.start_earliest = START
            incident.start_latest = incident.end_earliest = incident.end_latest = None
            incident.save()
            publish([incident])
        case "relate":
            related = incident.relations_out.exists() or incident.relations_in.exists()
            if not related and not other.relations_in.exists():
                relate(random, [incident, other])
            publish([incident, other])
        case "merge":
            with suppress(PublishingError):  # it would contain itself
                merge(incident, other, reason="The same event.")
        case "withdraw" if public:
            withdraw(incident, reason_code=ReasonCode.CORRECTION, reason="It was another one.")
        case "redact" if public:
            redact(incident, reason="A witness asked for it.")
        case _:
            publish([incident])


@pytest.mark.full_rollups
@pytest.mark.parametrize("seed", range(-(-OPERATIONS // ON_ONE_RECORD)))
def test_after_very_many_random_operations_they_equal_the_group_by(seed: int) -> None:
    """On one record after another: incidents that gather claims without end are no likelier to show a difference."""
    random = Random(seed)
    publish_random_record(seed)
    for number in range(1, min(ON_ONE_RECORD, OPERATIONS - seed * ON_ONE_RECORD) + 1):
        operate(random)
        if number % LOOKED_AT_AFTER == 0:
            assert stored() == anew(), f"after {number} operations"
    assert stored() == anew()


@pytest.mark.parametrize(
    ("first", "last", "within"),
    [
        (None, None, (None, None, ())),
        (date(2025, 3, 1), date(2025, 3, 31), ("2025-03", "2025-03", ())),
        (date(2024, 2, 1), date(2024, 2, 29), ("2024-02", "2024-02", ())),
        (date(2025, 3, 2), None, ("2025-04", None, (date(2025, 3, 1),))),
        (None, date(2025, 3, 30), (None, "2025-02", (date(2025, 3, 1),))),
        (date(2024, 12, 31), date(2025, 3, 1), ("2025-01", "2025-02", (date(2024, 12, 1), date(2025, 3, 1)))),
        (date(2025, 3, 2), date(2025, 4, 29), None),
        (date(2025, 3, 2), date(2025, 3, 30), None),
        (None, date.max, (None, "9999-12", ())),
        (date.min, None, ("0001-01", None, ())),
        (date(9999, 12, 2), None, None),
        (None, date(1, 1, 30), None),
        (date(2025, 4, 1), date(2025, 3, 31), None),
    ],
)
def test_the_whole_months_of_an_interval(first: date | None, last: date | None, within: Any) -> None:
    assert rollups.months_within(first, last) == within
