"""Incidents that stand alone are published piece by piece, and nobody can tell from what is published."""

from random import Random
from typing import Any

import pytest
from django.db import transaction

from incidents.models import (
    Incident,
    IncidentRelation,
    LogHead,
    Publication,
    PublicIncident,
    PublicMention,
)
from incidents.rules.publication import alone, publishing
from incidents.rules.publication.board import Address, Board
from incidents.rules.publication.publishing import publish, withdraw
from incidents.rules.publication.reindexing import reindex
from incidents.rules.publication.rendering import incidents_to_render
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.public_state import everything_public
from tests.random_record import add_areas, an_incident, relate

pytestmark = pytest.mark.django_db
NOBODY = 1_000_000


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of a few, so that a record of some forty incidents is many."""
    monkeypatch.setattr(alone, "ENOUGH", 2)
    monkeypatch.setattr(alone, "SMALLEST", 2)
    monkeypatch.setattr(alone, "LARGEST", 5)


def a_record(random: Random) -> list[Incident]:
    """Incidents of which a third are related, sensitive, looked into, found by an inquiry, named or withdrawn."""
    add_areas()
    actors = [factories.ActorFactory.create(type=kind) for kind in ("state_armed", "nonstate_armed", "crowd")]
    made = [an_incident(random, actors) for _ in range(45)]
    relate(random, made[:10])
    for incident, sensitivity in zip(made[10:13], ("moderate", "high", "moderate"), strict=True):
        incident.sensitivity = sensitivity
        incident.save()
    inquiry = factories.InvestigationFactory.create()
    factories.ScopeFactory.create(investigation=inquiry, incident=made[13])
    factories.ClaimFactory.create(incident=made[14], investigation=inquiry)
    factories.StatementFactory.create().about.add(made[15])
    publish([inquiry, made[16]])
    withdraw(made[16], reason_code="correction", reason="Not yet.")
    hidden = factories.SourceFactory.create(confidential=True)
    factories.ClaimFactory.create(incident=made[17], asserted_by=hidden)
    return made


@pytest.mark.parametrize("seed", range(4))
def test_all_is_published_as_if_it_were_settled_together(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made = a_record(Random(seed))
    seen = []
    for enough in (2, NOBODY):
        monkeypatch.setattr(alone, "ENOUGH", enough)
        with transaction.atomic():
            before = LogHead.objects.get().seq
            done = publish(made, reason="Imported")
            assert done.last_seq == LogHead.objects.get().seq == before + done.published
            assert len(set(Publication.objects.filter(seq__gt=before).values_list("published_at"))) == 1
            assert verify_log().sound
            assert reindex(check=True) == {}
            levels = sorted(Incident.objects.values_list("public_id", "published_sensitivity"))
            seen.append((done.published, done.unchanged, levels, everything_public()))
            transaction.set_rollback(True)
    for found in seen:
        del found[3]["claims/"]  # the newest first, which are others; the table of claims is compared
    assert seen[0] == seen[1]


def test_who_stands_alone() -> None:
    made = a_record(Random(0))
    alike = Incident.objects.filter(pk__in=[each.pk for each in made]).order_by("pk")
    gathered = incidents_to_render([each.pk for each in [*alike, alike[20]]])
    apart, together = alone.parted(Board(), gathered)
    position = {each.pk: place for place, each in enumerate(made)}
    tied = {position[each.pk] for each in together}
    related = {position[pk] for pair in relations() for pk in pair}
    assert tied == related | {10, 11, 12, 13, 14, 15}, "16 is withdrawn, which leaves no tie"
    assert sorted(position[each.pk] for each in apart) == sorted(set(range(45)) - tied), "each once"


def relations() -> Any:
    return IncidentRelation.objects.values_list("from_incident", "to_incident")


def test_one_that_is_published_named_or_merged_does_not_stand_alone() -> None:
    published, named, survivor, absorbed, *others = (factories.IncidentFactory.create() for _ in range(6))
    publish([published])
    PublicMention.objects.create(holder_kind="incident", holder=published.public_id, mentioned=named.public_id)
    Incident.objects.filter(pk=absorbed.pk).update(merged_into=survivor)
    gathered = incidents_to_render([each.pk for each in (published, named, survivor, absorbed, *others)])
    apart, together = alone.parted(Board(), gathered)
    assert {each.pk for each in apart} == {each.pk for each in others}
    assert {each.pk for each in together} == {published.pk, named.pk, survivor.pk, absorbed.pk}


def test_what_takes_something_out_is_settled_with_the_whole_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that became confidential is named by what stands alone as well."""
    source = factories.SourceFactory.create()
    old, new = factories.IncidentFactory.create(), factories.IncidentFactory.create()
    for incident in (old, new):
        factories.ClaimFactory.create(incident=incident, asserted_by=source)
    publish([old])
    type(source).objects.filter(pk=source.pk).update(confidential=True)
    monkeypatch.setattr(publishing, "publish_alone", None)
    publish([new, factories.IncidentFactory.create()])
    assert str(source.public_id) not in "".join(PublicIncident.objects.values_list("document", flat=True))


def test_a_renewed_batch_adds_what_is_new_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import started again finds some of its incidents published, as they were."""
    made = [factories.IncidentFactory.create() for _ in range(8)]
    for incident in made:
        factories.ClaimFactory.create(incident=incident, value=3)
    publish(made[:3])
    asked = []

    def noted(*given: Any) -> set[Address]:
        asked.append(len(given[2]))
        return alone.publish_alone(*given)

    monkeypatch.setattr(publishing, "publish_alone", noted)
    done = publish(made)
    assert asked == [5]
    assert (done.unchanged, PublicIncident.objects.count()) == (3, 8)
    assert reindex(check=True) == {}


@pytest.mark.parametrize("count", [1, 2, 7, 60, 61, 119, 500, 2_000])
def test_pieces_are_all_of_it_once(count: int) -> None:
    pieces = list(alone.pieces(count))
    assert [start for start, _ in pieces] == [0, *(stop for _, stop in pieces[:-1])]
    assert pieces[-1][1] == count
    assert all(start < stop for start, stop in pieces)
