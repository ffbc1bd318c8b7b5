"""Properties of publishing: the index is what the log says, and the order of publications does not matter."""

import json
from random import Random
from typing import Any

import pytest

from incidents.models import (
    Claim,
    Incident,
    IncidentRelation,
    LogHead,
    Publication,
    PublicationBody,
    PublicClaim,
    PublicContainment,
    PublicIncident,
    PublicIncidentArea,
    Tally,
)
from incidents.rules.figures.questions import GROUPS, INCIDENT_GROUPS, Question
from incidents.rules.publication.board import content_of
from incidents.rules.publication.publishing import publish, redact, withdraw
from incidents.rules.publication.refusing import PublishingError
from incidents.rules.publication.reindexing import INDEX_TABLES, reindex
from incidents.rules.sameness.merging import merge
from incidents.rules.totals.selection import Scope
from incidents.rules.totals.victims import victims
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.random_record import add_areas, an_incident, claim, relate

pytestmark = pytest.mark.django_db
OPERATIONS = 40


def a_record(random: Random, incidents: int) -> list[Incident]:
    add_areas()
    actors = [factories.ActorFactory(type=kind) for kind in ("state_armed", "crowd")]
    made = [an_incident(random, actors) for _ in range(incidents)]
    relate(random, made)
    return made


def one_operation(random: Random, made: list[Incident]) -> None:
    """Edit, publish, withdraw, redact, merge, relate or hide something; what the rules refuse is left alone."""
    incident = Incident.objects.get(pk=random.choice(made).pk)
    kind = random.choice(["publish", "publish", "edit", "edit", "claim", "withdraw", "redact", "merge", "part", "hide"])
    if kind == "edit":
        sensitivity = random.choice(["low", "low", "moderate", "high"])
        Incident.objects.filter(pk=incident.pk).update(sensitivity=sensitivity, title={"en": str(random.random())})
    elif kind == "claim":
        claim(random, incident)
    elif kind == "part":
        IncidentRelation.objects.filter(pk__in=IncidentRelation.objects.values("pk")[:1]).delete()
    elif kind == "hide":
        said = Claim.objects.filter(incident=incident).first()
        if said is not None:
            type(said.asserted_by).objects.filter(pk=said.asserted_by_id).update(confidential=True)
    try:
        if kind == "withdraw":
            withdraw(incident, reason_code=random.choice(["correction", "privacy"]), reason="A reason.")
        elif kind == "redact":
            redact(incident, reason="A reason.")
        elif kind == "merge":
            merge(incident, Incident.objects.get(pk=random.choice(made).pk), reason="A reason.")
        else:
            batch = random.sample(made, random.choice([1, 1, 2, 4]))
            publish([Incident.objects.get(pk=each.pk) for each in [*batch, incident]])
    except PublishingError:
        return


def test_the_index_written_step_by_step_equals_the_index_rebuilt_from_the_log() -> None:
    random = Random(1)
    made = a_record(random, 12)
    publish(made[:8])
    contained = 0
    for number in range(OPERATIONS):
        one_operation(random, made)
        contained += PublicContainment.objects.count()
        if number % 10 == 0:
            assert reindex(check=True) == {}
    assert reindex() == {}
    assert verify_log().sound
    done = set(Publication.objects.order_by().values_list("operation", flat=True).distinct())
    assert done == {"publish", "withdraw", "merge", "redact"}
    assert contained, "nothing contained anything, so this proved little"
    assert_parts_sum_to_best()


def test_reindex_mends_and_names_every_table_that_was_changed() -> None:
    publish(a_record(Random(3), 6))
    Tally.objects.update(low=0)
    PublicClaim.objects.first().delete()  # type: ignore[union-attr]
    gone = 1 + max(PublicIncident.objects.values_list("pk", flat=True))
    areas = PublicIncidentArea.objects.order_by("pk")
    areas.filter(pk=areas[0].pk).update(incident_id=gone)
    changed = {"incidents_tally", "incidents_publicclaim", "incidents_publicincidentarea"}
    assert set(reindex(check=True)) == changed
    assert set(reindex()) == changed
    assert reindex() == {}


def assert_parts_sum_to_best() -> None:
    """In every dimension that a figure is cut by, its parts sum to its best; what is merely stated is no part of it."""
    seen = 0
    for base in Tally.objects.filter(dimension=""):
        same = Tally.objects.filter(
            incident=base.incident, measure=base.measure, unit=base.unit, basis=base.basis, of_status=base.of_status
        )
        cut = same.exclude(dimension__in=["", "area", "stated"])
        for dimension in cut.values_list("dimension", flat=True).distinct():
            parts = same.filter(dimension=dimension).values_list("best", flat=True)
            assert sum(part or 0 for part in parts) == (base.best or 0)
            seen += 1
    assert seen


def forget_everything() -> None:
    for table in reversed(INDEX_TABLES):
        table._default_manager.all().delete()
    PublicationBody.objects.all().delete()
    Publication.objects.all().delete()
    LogHead.objects.all().delete()
    Incident.objects.update(published_sensitivity="")


def contents() -> dict[str, Any]:
    """The content of every current document, and every tally and containment, without places in the log."""
    found: dict[str, Any] = {}
    for table in INDEX_TABLES[:5]:
        for key, document in table._default_manager.values_list("public_id", "document"):
            found[str(key)] = content_of(document)
    tallies = Tally.objects.values_list("incident__public_id", "measure", "of_status", "dimension", "status", "sex")
    figures = tallies.values_list(*tallies.query.values_select, "low", "best", "high", "itemised", "own")
    found["tallies"] = sorted(json.dumps(row, default=str) for row in figures)
    closure = PublicContainment.objects.values_list("ancestor__public_id", "descendant__public_id", "certain")
    found["containment"] = sorted(json.dumps(row, default=str) for row in closure)
    return found


@pytest.mark.usefixtures("unguarded")
def test_the_order_of_publications_does_not_matter() -> None:
    made = a_record(Random(7), 10)
    investigation = factories.InvestigationFactory()
    for incident in made[:3]:
        factories.ScopeFactory(investigation=investigation, incident=incident)
    publish([*made, investigation])
    expected = contents()
    assert len(expected) > 20
    for seed in range(3):
        random = Random(seed)
        forget_everything()
        waiting = random.sample([*made, investigation], len(made) + 1)
        while waiting:
            size = random.choice([1, 1, 2, 3])
            batch, waiting = waiting[:size], waiting[size:]
            publish([type(each).objects.get(pk=each.pk) for each in batch])  # type: ignore[attr-defined]
        assert contents() == expected
        assert reindex(check=True) == {}


def test_totals_never_exceed_what_the_outermost_and_the_possible_children_say() -> None:
    publish(a_record(Random(11), 25))
    everything = PublicIncident.objects.all()
    rows = {row.pk: row for row in everything}
    certain = set(PublicContainment.objects.filter(certain=True).values_list("descendant_id", flat=True))
    possible = set(PublicContainment.objects.filter(certain=False).values_list("descendant_id", flat=True)) - certain
    outermost = [row for key, row in rows.items() if key not in certain | possible]
    total = victims(everything, Scope(), Question("killed")).totals.total
    assert total.low <= sum(row.killed_low or 0 for row in outermost)
    assert (total.best or 0) <= sum(row.killed_best or 0 for row in outermost)
    assert total.high <= sum(row.killed_high or 0 for row in outermost) + sum(
        rows[key].killed_high or 0 for key in possible
    )
    for group in GROUPS:
        answer = victims(everything, Scope(), Question("killed", group_by=(group,))).totals
        groups, rest = answer.groups.values(), answer.remainder
        assert (answer.total.low, answer.total.best, answer.total.high) == (total.low, total.best, total.high)
        assert sum(each.best or 0 for each in groups) + (rest.best or 0) == (total.best or 0)
        if group in INCIDENT_GROUPS and group not in {"adm1", "adm2"}:
            assert sum(each.low for each in groups) == total.low
            assert sum(each.high for each in groups) == total.high
