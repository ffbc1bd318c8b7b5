"""Severe incidents are in no total, not even among five: here is how each way of letting them in gives one away.

The rules tried are models of a few lines, kept here with the attacks on them; the last tests ask the real totals.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import pytest
from django.core.cache import cache

from incidents.models import Incident, LogHead, PublicRollup, Tally
from incidents.rules.publication.publishing import publish
from incidents.rules.publication.refusing import PublishingError
from incidents.rules.publication.reindexing import reindex
from tests import factories
from tests.contract.asking import ask
from tests.random_record import publish_random_record

ENOUGH = 5
SECRET = 31


@dataclass(frozen=True)
class Severe:
    """A severe incident of one cell: one country, one year, one measure, the coarsest there is."""

    killed: int
    name: str = ""


Rule = Callable[[Sequence[Sequence[Severe]]], list[int]]
"""From the states that a cell goes through, what is served of it at each: 0 where it is left out."""


def live(states: Sequence[Sequence[Severe]]) -> list[int]:
    """As it was promised first: what five or more share is counted, whenever somebody asks."""
    return [sum(each.killed for each in cell) if len(cell) >= ENOUGH else 0 for cell in states]


def in_batches(states: Sequence[Sequence[Severe]]) -> list[int]:
    """The strictest we know: five new ones enter together, as they are then, and never change afterwards."""
    served, entered, total = [], set[str](), 0
    for cell in states:
        new = [each for each in cell if each.name not in entered]
        if len(new) >= ENOUGH:
            total += sum(each.killed for each in new)
            entered |= {each.name for each in new}
        served.append(total)
    return served


def named(*figures: int) -> list[Severe]:
    return [Severe(killed, str(number)) for number, killed in enumerate(figures)]


FIVE = named(4, 7, 2, 11, 3)
BOTH = pytest.mark.parametrize("rule", [live, in_batches])


def test_the_sixth_is_the_difference_of_two_states() -> None:
    """Answers state their sequence number, and anybody may ask twice."""
    before, after = live([FIVE, [*FIVE, Severe(SECRET, "sixth")]])
    assert after - before == SECRET
    before, after = in_batches([FIVE, [*FIVE, Severe(SECRET, "sixth")]])
    assert after == before


def test_a_correction_tells_by_how_much_one_was_corrected() -> None:
    corrected = [*FIVE[:4], Severe(FIVE[4].killed + SECRET, FIVE[4].name)]
    before, after = live([FIVE, corrected])
    assert after - before == SECRET
    before, after = in_batches([FIVE, corrected])
    assert after == before


@BOTH
def test_who_sends_four_knows_the_fifth(rule: Rule) -> None:
    """A contributor of a party to the conflict needs four made-up reports of the same country and year."""
    planted = named(1, 1, 1, 1)
    served = rule([[], [*planted, Severe(SECRET, "real")]])[-1]
    assert served - sum(each.killed for each in planted) == SECRET


@BOTH
def test_four_that_were_public_once_give_the_fifth_away(rule: Rule) -> None:
    """Raising a sensitivity empties our versions, not the mirrors that people keep of them; the log says which rose."""
    mirrored = FIVE[:4]
    served = rule([[], [*mirrored, Severe(SECRET, "never public")]])[-1]
    assert served - sum(each.killed for each in mirrored) == SECRET


@BOTH
def test_a_large_one_is_the_total_of_its_cell(rule: Rule) -> None:
    """Four small killings hide no massacre: the total is within a hundredth of it."""
    massacre = 400
    served = rule([[], [*named(1, 0, 1, 1), Severe(massacre, "massacre")]])[-1]
    assert abs(served - massacre) <= massacre / 100


# What is served


QUESTIONS = [
    "/api/v1/victims/?measure=killed",
    "/api/v1/victims/?measure=killed&country=SYR",
    "/api/v1/victims/?measure=killed&country=SYR&date_from=2025-01-01&date_to=2025-12-31",
    "/api/v1/victims/?measure=killed&group_by=year",
    "/api/v1/victims/?measure=killed&group_by=country,act",
    "/api/v1/victims/?measure=killed&group_by=sex",
    "/api/v1/victims/?measure=killed&victim_status=civilian&group_by=adm1",
    "/api/v1/victims/?measure=killed&place=SY06",
    "/api/v1/incidents/?count=exact",
    "/api/v1/perpetrators/",
    "/api/v1/changes/",
]


@pytest.mark.django_db
def test_severe_incidents_are_in_no_total_no_part_and_no_count_of_any_answer() -> None:
    publish_random_record(3, incidents=10)
    cache.clear()
    before = {address: ask(address) for address in QUESTIONS}
    head, tallies, rollups = LogHead.objects.get().hash, Tally.objects.count(), PublicRollup.objects.count()
    for _ in range(ENOUGH + 2):
        severe = factories.IncidentFactory(sensitivity="severe", start_earliest=date(2025, 2, 1))
        factories.ClaimFactory(incident=severe, value=SECRET)
        factories.AttributionFactory(incident=severe, extent="whole")
        with pytest.raises(PublishingError, match="severe"):
            publish([severe])
    cache.clear()
    assert {address: ask(address) for address in QUESTIONS} == before
    assert (LogHead.objects.get().hash, Tally.objects.count(), PublicRollup.objects.count()) == (head, tallies, rollups)
    assert reindex(check=True) == {}


@pytest.mark.django_db
def test_the_total_less_the_list_reveals_nothing_when_incidents_become_severe() -> None:
    incidents = factories.IncidentFactory.create_batch(6)
    for incident in incidents:
        factories.ClaimFactory(incident=incident, value=SECRET, status="all")
    publish(incidents)
    for incident in incidents[:5]:
        Incident.objects.filter(pk=incident.pk).update(sensitivity="severe")
        publish([Incident.objects.get(pk=incident.pk)])
    cache.clear()
    total = ask(QUESTIONS[0])
    assert b'"total":{"low":31,"best":31,"high":31' in total
    assert b'"incidents":1,' in total
