"""Gathering reads what the ORM reads, in the same order; `among` finds what `in` finds."""

import gc
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import Model, QuerySet
from pytest_django import DjangoAssertNumQueries

from incidents.models import Claim, Incident, IncidentReference, Source, bulk
from incidents.models.gathering import among, columns, instances, parts_of
from incidents.rules.publication.rendering import incidents_to_render
from tests import factories
from tests.random_record import publish_random_record

pytestmark = pytest.mark.django_db
PARTS = ("areas", "references", "acts", "targeted_groups", "overrides", "claims", "attributions")
CLAIM_PARTS = ("covers_areas", "corroborated_by", "cells")


def test_everything_gathered_is_what_the_database_holds(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    publish_random_record(2)
    for claim in Claim.objects.all()[:20]:
        claim.covers_areas.set(claim.incident.areas.all())
        claim.corroborated_by.set([claim.asserted_by, factories.SourceFactory.create()])
    gathered = incidents_to_render(list(Incident.objects.order_by("pk").values_list("pk", flat=True)))
    asked: list[tuple[Model, str, list[Any]]] = []
    with django_assert_num_queries(0):
        for incident in gathered:
            asked += [(incident, name, list(parts_of(incident, name))) for name in PARTS]
            for claim in parts_of(incident, "claims"):
                asked += [(claim, name, list(parts_of(claim, name))) for name in CLAIM_PARTS]
                assert claim.document.publisher.pk == claim.document.publisher_id
    assert len(gathered) == 40
    assert any(found for _, name, found in asked if name == "corroborated_by")
    for record, name, found in asked:
        fresh = type(record)._default_manager.get(pk=record.pk)
        relation = getattr(fresh, name)
        assert found == list(relation.order_by("id") if name in {"claims", "attributions"} else relation.all()), name


def test_what_was_gathered_is_gone_with_who_held_it() -> None:
    """Records that point at each other would wait for the search for garbage, which took a tenth of a publication."""
    publish_random_record(2)
    pks = list(Incident.objects.order_by("pk").values_list("pk", flat=True))

    def left(some: list[int]) -> int:
        with bulk.uncollected():
            gc.collect()
            assert len(incidents_to_render(some)) == len(some)
            return gc.collect()

    few, many = left(pks[:2]), left(pks)
    assert len(pks) == 40
    assert many < few + len(pks), f"{few} of 2 incidents, {many} of {len(pks)}"


def test_what_was_not_gathered_is_asked_for() -> None:
    claim = factories.ClaimFactory.create()
    assert parts_of(Incident.objects.get(), "claims") == [claim]


def test_among_finds_what_in_finds() -> None:
    made = factories.ClaimFactory.create_batch(3)
    pks, ids = [each.pk for each in made[:2]], [each.public_id for each in made[1:]]
    assert set(Claim.objects.filter(pk__among=pks)) == set(made[:2])
    assert set(Claim.objects.filter(public_id__among=[*ids, uuid4()])) == set(made[1:])
    assert set(Claim.objects.filter(incident__among=[made[0].incident_id])) == {made[0]}
    assert set(Claim.objects.filter(incident__public_id__among=[made[2].incident.public_id])) == {made[2]}
    assert set(Claim.objects.exclude(pk__among=pks)) == {made[2]}
    assert not Claim.objects.filter(pk__among=[])


def test_among_takes_texts_as_they_are_written() -> None:
    odd = ["a,b", "{}", 'say "no"', "back\\slash", "NULL", "", " ", "حماة", "100%"]
    made = [factories.IncidentReferenceFactory.create(key=key) for key in [*odd, "another"]]
    assert set(IncidentReference.objects.filter(key__among=odd)) == set(made[:-1])


def test_columns_are_those_of_the_rows_whatever_keys_the_statement_was_put_together_for(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    made = [factories.IncidentReferenceFactory.create(key=key) for key in ("one", "two", "%s", "three")]
    key = IncidentReference._meta.get_field("key")

    def asked(some: Any) -> QuerySet[Any, Any]:
        return IncidentReference.objects.filter(key__among=some).order_by("-pk").values("key", "pk")

    for wanted in (["one"], ["%s", "two", "absent"], ["three", "one"]):
        with django_assert_num_queries(1):
            found = columns("keys of references", asked, key, wanted)
        assert found == [(each.key, each.pk) for each in reversed(made) if each.key in wanted]
    with django_assert_num_queries(0):
        assert columns("keys of references", asked, key, []) == []
    ids = [each.incident.public_id for each in made[:2]]
    both = among(Incident, "public_id", ids, ("pk",))
    assert [each.public_id for each in both] == ids
    assert both == list(Incident.objects.filter(public_id__in=ids).order_by("pk"))


def test_among_refuses_what_is_no_key() -> None:
    with pytest.raises(TypeError, match="whole numbers, UUIDs and short texts"):
        list(Source.objects.filter(names__among=["media"]))


def test_a_gathered_row_has_every_column_and_loads_the_moments_when_asked(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    incident = factories.IncidentFactory.create()
    (gathered,) = instances(Incident.objects.filter(pk=incident.pk))
    fresh = Incident.objects.get(pk=incident.pk)
    names = [field.attname for field in Incident._meta.concrete_fields]
    with django_assert_num_queries(2):
        assert [getattr(gathered, name) for name in names] == [getattr(fresh, name) for name in names]
    assert gathered == fresh
    gathered.save()
    assert Incident.objects.count() == 1
