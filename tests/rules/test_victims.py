"""Totals of victims from the index against the same totals computed the slow way from the published documents.

Records and questions are random; the figures of the founding case stand in tests/api/v1/test_victims_expected.py.
"""

import json
from collections.abc import Iterator
from dataclasses import astuple
from datetime import date, timedelta
from itertools import product
from random import Random

import pytest
from pytest_django import DjangoDbBlocker

from incidents.choices import Grade
from incidents.models import AdminArea, PublicIncident, PublicPerpetrator
from incidents.rules.figures.containment import Totals
from incidents.rules.figures.questions import GROUPS, INCIDENT_GROUPS, Question
from incidents.rules.totals.selection import Scope
from incidents.rules.totals.victims import victims
from tests.random_record import AREAS, START, publish_random_record
from tests.rules.brute_force import BruteForce, Counted
from tests.rules.brute_force_groups import PERSONS, Asked
from tests.sharing import made_once
from tests.stories import publish_founding_case

pytestmark = [pytest.mark.django_db, pytest.mark.long]
RECORDS = 4
QUESTIONS = 36
ONE_ROW_AN_INCIDENT = frozenset(INCIDENT_GROUPS) - {"adm1", "adm2"}


def reference() -> BruteForce:
    areas = AdminArea.objects.values_list("pcode", "level", "parent__pcode")
    documents = [json.loads(text) for text in PublicIncident.objects.values_list("document", flat=True)]
    return BruteForce(documents, {pcode: (level, parent) for pcode, level, parent in areas})


def a_question(random: Random) -> Asked:
    """A random scope; of the others, people and groups, each question has some."""
    start = START + timedelta(days=random.randrange(130))
    actors = [str(key) for key in PublicPerpetrator.objects.values_list("public_id", flat=True).order_by("type")]
    return Asked(
        status=random.choice(["all", "all", "all", "civilian"]),
        place=random.choice([None, None, "SYR", random.choice(AREAS), random.choice(AREAS)]),
        date_from=random.choice([None, None, start]),
        date_to=random.choice([None, None, start + timedelta(days=60)]),
        perpetrators=frozenset(random.sample(actors, random.choice([0, 0, 0, 1, 2]))),
        perpetrator_types=frozenset(random.choice([[], [], [], ["state_armed"]])),
    )


def by_index(asked: Asked, grades: list[str]) -> Totals:
    incidents = PublicIncident.objects.using("public").filter(grade__in=grades)
    scope = Scope(asked.place, asked.date_from, asked.date_to, asked.perpetrators, asked.perpetrator_types)  # type: ignore[arg-type]
    status = "" if asked.status == "all" else asked.status
    question = Question("killed", status=status, group_by=asked.group_by, **asked.persons)
    return victims(incidents, scope, question).totals


def by_hand(slow: BruteForce, asked: Asked, grades: list[str]) -> Counted:
    return slow.count([key for key, each in slow.documents.items() if each["grade"] in grades], asked)


def assert_groups_sum_to_the_total(totals: Totals) -> None:
    groups, rest = totals.groups.values(), totals.remainder
    assert sum(group.low for group in groups) + rest.low == totals.total.low
    assert sum(group.best or 0 for group in groups) + rest.best == (totals.total.best or 0)
    assert sum(group.high for group in groups) + rest.high == totals.total.high


def bests(counted: Counted) -> dict[tuple[str, ...], int]:
    return {key: group[1] for key, group in counted.groups.items() if group[1]}


@pytest.fixture(scope="class", params=range(RECORDS))
def record(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[int]:
    with made_once(django_db_blocker, lambda: publish_random_record(request.param)):
        yield request.param


@pytest.fixture
def random(record: int) -> Random:
    return Random(record)


class TestRandomRecords:
    """Each record is published once for all of them."""

    def test_totals_of_random_selections_equal_those_computed_by_hand(self, random: Random) -> None:
        slow = reference()
        for _ in range(QUESTIONS):
            asked, grades = a_question(random), random.sample(Grade.values, random.randint(3, len(Grade.values)))
            totals, expected = by_index(asked, grades), by_hand(slow, asked, grades)
            found = totals.total
            assert (found.best or 0) == expected.best, asked
            assert (totals.incidents, totals.contained_left_out) == (expected.incidents, expected.left_out), asked
            if asked.status == "all":  # of parts the slow computation knows best only
                assert (found.low, found.high) == (expected.low, expected.high), asked
                assert (totals.straddling.incidents, totals.straddling.high) == expected.straddling, asked
                assert astuple(totals.less_precise) == expected.less_precise, asked
            assert (totals.less_precise.best or 0) == (expected.less_precise[1] or 0), asked
            assert totals.without_best == expected.without_best, asked
            assert (totals.unspecified.best or 0) == sum(best or 0 for best in expected.unspecified), asked

    def test_every_group_equals_the_one_computed_by_hand(self, random: Random) -> None:
        slow = reference()
        for number in range(QUESTIONS):
            groups = (GROUPS[number % len(GROUPS)], *random.sample(GROUPS, random.choice([0, 0, 1, 2])))
            asked = a_question(random)
            by_person = any(name in PERSONS for name in groups)
            asked = Asked(
                **vars(asked)
                | {"group_by": tuple(dict.fromkeys(groups)), "status": "all" if by_person else asked.status}
            )
            totals, expected = by_index(asked, Grade.values), by_hand(slow, asked, Grade.values)
            assert_groups_sum_to_the_total(totals)
            assert totals.remainder.best == 0, asked
            assert {key: group.best for key, group in totals.groups.items() if group.best} == bests(expected), asked
            if ONE_ROW_AN_INCIDENT.issuperset(groups):
                low_and_high = {key: [group.low, group.high] for key, group in totals.groups.items()}
                assert (totals.remainder.low, totals.remainder.high) == (0, 0), asked
                if asked.place is None and asked.status == "all":
                    assert low_and_high == {key: [low, high] for key, (low, _, high) in expected.groups.items()}, asked

    def test_the_best_figure_of_some_people_equals_the_one_computed_by_hand(self, random: Random) -> None:
        slow = reference()
        for number in range(QUESTIONS):
            persons = [{"sex": "female"}, {"age_group": "child"}, {"sex": "male", "age_group": "adult"}][number % 3]
            groups = [("year", "status"), ("adm1",), ("month", "adm2")][number // 3 % 3]
            asked = Asked(**vars(a_question(random)) | {"persons": persons, "status": "all", "group_by": groups})
            totals, expected = by_index(asked, Grade.values), by_hand(slow, asked, Grade.values)
            assert (totals.total.best or 0) == expected.best, asked
            assert {key: group.best for key, group in totals.groups.items() if group.best} == bests(expected), asked
            assert_groups_sum_to_the_total(totals)
            assert (totals.unspecified.best or 0) == sum(best or 0 for best in expected.unspecified), asked
            assert totals.unspecified.incidents >= sum(best != 0 for best in expected.unspecified), asked

    def test_the_status_asked_for_is_known_of_itemised_areas_too(self, random: Random) -> None:
        for place in (*AREAS, None):
            totals = by_index(Asked(status="civilian", place=place, group_by=("status", "adm1")), Grade.values)
            assert {status for status, _ in totals.groups} <= {"civilian"}
            assert sum(group.best or 0 for group in totals.groups.values()) == (totals.total.best or 0)


PLACES = {True: [None, "SYR", "SY06", "SY0604"], False: [None, "SYR", "SY04", "SY05", "SY06", "SY0604", "SY10"]}


@pytest.mark.parametrize("only", PLACES)
def test_the_founding_case_by_hand(only: bool) -> None:
    publish_founding_case(only=only)
    slow = reference()
    for place, name in product(PLACES[only], GROUPS):
        asked = Asked(place=place, group_by=(name,))
        totals, expected = by_index(asked, Grade.values), by_hand(slow, asked, Grade.values)
        found = totals.total
        assert (found.low, found.best or 0, found.high) == (expected.low, expected.best, expected.high)
        assert {key: group.best for key, group in totals.groups.items() if group.best} == bests(expected)
        assert_groups_sum_to_the_total(totals)


def test_of_a_day_without_incidents_no_best_is_known() -> None:
    publish_random_record(0, incidents=3)
    totals = by_index(Asked(date_to=date(1999, 1, 1)), Grade.values)
    assert (totals.total.low, totals.total.best, totals.total.high, totals.incidents) == (0, None, 0, 0)
