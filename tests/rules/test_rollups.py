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
from django.db.models import QuerySet
from pytest_django import DjangoDbBlocker

from incidents.choices import Grade, ReasonCode
from incidents.models import Actor, Incident, PublicIncident, PublicRollup, Tally
from incidents.rules.figures.questions import GROUPS, Question
from incidents.rules.publication import rollups
from incidents.rules.publication.publishing import publish, redact, withdraw
from incidents.rules.publication.refusing import PublishingError
from incidents.rules.publication.roles import HIGH_ONLY, LEFT_OUT, UNTOLD, WHOLE, role_among
from incidents.rules.publication.rollups import KEYS, SUMS
from incidents.rules.sameness.merging import merge
from incidents.rules.totals import apart, rolled_up
from incidents.rules.totals.rolled_up import Plain, answers, months_within
from incidents.rules.totals.selection import Scope
from incidents.rules.totals.victims import victims
from tests import factories
from tests.random_record import START, add_areas, an_incident, publish_random_record, relate
from tests.sharing import made_once

pytestmark = pytest.mark.django_db
OPERATIONS = int(os.environ.get("ROLLUP_OPERATIONS", "10000"))
ON_ONE_RECORD, LOOKED_AT_AFTER = 250, 10
ENOUGH = 25
REACH = ("pk", "first_month", "last_month", "spread", "across_months")
MIGRATIONS = [f"incidents.migrations.{name}" for name in ("0028_reach_of_incidents", "0037_told_above")]
EVERYTHING = Plain()
COLUMNS = (*KEYS, *SUMS, "tallies")


def stored() -> set[tuple[Any, ...]]:
    return set(PublicRollup.objects.values_list(*COLUMNS))


def anew() -> set[tuple[Any, ...]]:
    """What the rollups would be, made from nothing."""
    PublicRollup.objects.all().delete()
    rollups.add(list(PublicIncident.objects.values_list("pk", flat=True)))
    return stored()


@pytest.fixture(scope="class", params=[(0, 40), (1, 40), (8, 4)])
def record(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[int, int]]:
    """By a seed and how many may be connected with each other."""
    seed, connected = request.param
    with made_once(django_db_blocker, lambda: publish_random_record(seed, connected=connected)):
        yield seed, connected


@pytest.fixture
def random(record: tuple[int, int]) -> Random:
    return Random(record[0])


class TestRandomRecords:
    """Each record is published once for all of them."""

    def test_they_hold_something(self, random: Random, record: tuple[int, int]) -> None:
        assert PublicRollup.objects.filter(dimension="", incidents__gt=0).exists()
        assert not PublicRollup.objects.filter(tallies__lte=0).exists()
        assert Tally.objects.filter(above__startswith=UNTOLD).exists()
        _, connected = record
        if connected < ENOUGH:  # else something stands in for what it contains in all there is
            assert Tally.objects.filter(above__endswith="!").exists()
            assert Tally.objects.filter(above__endswith="?").exists()

    def test_after_random_operations_they_equal_the_group_by(self, random: Random) -> None:
        for _ in range(25):
            operate(random)
            assert stored() == anew()

    def test_the_migrations_find_what_incidents_reach_and_what_is_above_them(self, random: Random) -> None:
        """And make the rollups of the tallies, like publishing."""
        before, reaches = stored(), set(PublicIncident.objects.values_list(*REACH))
        above = set(Tally.objects.values_list("pk", "above"))
        reach, told = map(import_module, MIGRATIONS)
        PublicIncident.objects.update(first_month="", last_month="", across_months=False)
        Tally.objects.update(above="")
        reach.reach(apps, connection.schema_editor())
        told.tell(apps, connection.schema_editor())
        assert set(PublicIncident.objects.values_list(*REACH)) == reaches
        assert set(Tally.objects.values_list("pk", "above")) == above
        reach.empty(apps, connection.schema_editor())
        assert stored() == set()
        told.fill(apps, connection.schema_editor())
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
            asked += answers(question)
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
    for first, last, counted in ((1, 12, 0), (2, 5, 0), (3, 12, 1), (1, 4, 1), (3, 3, 1), (6, 12, 0), (1, 1, 0)):
        scope = Scope(
            date_from=date(START.year, first, 1), date_to=date(START.year, last, monthrange(START.year, last)[1])
        )
        assert counted_apart(everything, scope, question) == counted, (first, last)
        assert victims(everything, scope, question, Plain()) == victims(everything, scope, question), (first, last)
    # Of March a part: its battle and the incident of its own as well, wherever in March they lie.
    for begin, end, counted in (((2, 1), (3, 10), 3), ((3, 2), (12, 31), 3), ((1, 9), (6, 9), 0), ((4, 2), (12, 1), 2)):
        scope = Scope(date_from=date(START.year, *begin), date_to=date(START.year, *end))
        assert counted_apart(everything, scope, question) == counted, (begin, end)
        assert victims(everything, scope, question, Plain()) == victims(everything, scope, question), (begin, end)


def test_what_contains_others_beyond_a_border_says_what_they_add_unless_it_stands_in_for_them() -> None:
    """A campaign with a battle on either side, and a siege of which nobody gave a figure with a raid on either side."""
    add_areas()
    day, question, scope = date(START.year, 3, 4), Question("killed", group_by=("country",)), Scope()
    campaign, battle, raid = (an_event(day, day) for _ in range(3))
    battle_abroad, raid_abroad = (an_event(day, day, country="LBN") for _ in range(2))
    siege = factories.IncidentFactory.create(country="SYR", start_earliest=day)
    for above, below, certainty in (
        (campaign, battle, "confirmed"), (campaign, battle_abroad, "possible"),
        (siege, raid, "confirmed"), (siege, raid_abroad, "probable"),
    ):  # fmt: skip
        factories.IncidentRelationFactory.create(
            from_incident=above, to_incident=below, type="contains", certainty=certainty
        )
    told = [campaign, battle, battle_abroad]
    publish(told)
    for countries, incidents, possible in ((["SYR"], 1, 0), (["LBN"], 1, 0), (["LBN", "SYR"], 2, 1)):
        plain, some = Plain({"country": countries}), PublicIncident.objects.filter(country__in=countries)
        totals = victims(some, scope, question, plain).totals
        assert (totals.incidents, totals.possibly_contained.incidents) == (incidents, possible), countries
        assert totals == victims(some, scope, question).totals
        assert counted_apart(some, scope, question, plain) == 0
    publish([siege, raid, raid_abroad])
    for countries, weighed in ((["SYR"], 2), (["LBN"], 1)):
        plain, some = Plain({"country": countries}), PublicIncident.objects.filter(country__in=countries)
        assert victims(some, scope, question, plain) == victims(some, scope, question), countries
        assert counted_apart(some, scope, question, plain) == weighed, countries


def test_untold_figures_are_weighed_where_an_end_of_the_interval_lies_within_their_reach() -> None:
    """A siege without a figure, a battle in it in April and, said to be of that battle, a raid in May."""
    add_areas()
    siege = factories.IncidentFactory.create(
        country="SYR", start_earliest=date(START.year, 4, 1), end_latest=date(START.year, 4, 9)
    )
    battle, raid = (an_event(date(START.year, month, 2), date(START.year, month, 5)) for month in (4, 5))
    for above, below in ((siege, battle), (battle, raid)):
        factories.IncidentRelationFactory.create(
            from_incident=above, to_incident=below, type="contains", certainty="confirmed"
        )
    publish([siege, battle, raid])
    everything, question = PublicIncident.objects.all(), Question("killed")
    for months, incidents, weighed in (((4, 4), 1, 3), ((5, 5), 1, 3), ((4, 5), 1, 0), ((6, 7), 0, 0)):
        first, last = (date(START.year, month, 1) for month in months)
        scope = Scope(date_from=first, date_to=last.replace(day=monthrange(last.year, last.month)[1]))
        totals = victims(everything, scope, question, EVERYTHING).totals
        assert totals == victims(everything, scope, question).totals, months
        assert (totals.incidents, counted_apart(everything, scope, question)) == (incidents, weighed), months


@pytest.mark.parametrize(
    ("above", "role"),
    [
        ("", WHOLE),
        ("SYR:fair:2025-01-05:2025-01-09!", LEFT_OUT),
        ("SYR:fair:2025-01-05:2025-01-09?", HIGH_ONLY),
        ("LBN:fair:2025-01-05:2025-01-09!", WHOLE),
        ("SYR:weak:2025-01-05:2025-01-09!", WHOLE),
        ("SYR:fair:2024-12-01:2024-12-31!", WHOLE),
        ("SYR:fair:2024-12-01:2025-01-01!", WHOLE),
        ("~ SYR:fair:2025-01-05:2025-01-09!", LEFT_OUT),
        ("SYR:fair:2024-12-01:2025-01-01! SYR:fair:2025-01-05:2025-01-09?", LEFT_OUT),
        ("SYR:fair:2024-12-01:2024-12-31! SYR:fair:2025-01-05:2025-01-09?", HIGH_ONLY),
        ("SYR:fair:2025-01-31:2025-02-01! LBN:fair:2025-01-05:2025-01-09?", WHOLE),
    ],
)
def test_a_figure_is_left_out_where_what_contains_it_is_counted_as_a_whole(above: str, role: int) -> None:
    taken = {("SYR", "fair")}
    assert role_among(above, lambda *each: each in taken, date(2025, 1, 1), date(2025, 1, 31)) == role


def counted_apart(
    incidents: QuerySet[PublicIncident], scope: Scope, question: Question, plain: Plain = EVERYTHING
) -> int:
    """How many incidents are not counted by the rollups, but read themselves."""
    interval = apart.answered(scope, question, plain)
    assert interval is not None
    left = rolled_up.sums(plain, question, interval)
    alone, weighed = apart.alone(incidents, interval), apart.weighed(incidents, question, plain, interval, left)
    number = 0 if alone is None else alone.count()
    if weighed is not None:
        assert weighed.counted is not None
        number += len(weighed.counted)
    return number


def an_event(start: date, end: date, country: str = "SYR") -> Incident:
    """An incident between two days with one claim of some people killed."""
    incident = factories.IncidentFactory.create(
        country=country, start_earliest=start, start_latest=start, end_earliest=end, end_latest=end
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
    assert months_within(first, last) == within
