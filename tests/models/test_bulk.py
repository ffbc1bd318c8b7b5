"""Rows written many at once: what was given stands in the table, keys are nobody else's, refusals undo everything."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from incidents.choices import ActorType, Identification
from incidents.models import Actor, IncidentReference, PublicDocument, PublicIncidentReference, PublicSource, bulk
from tests import factories

pytestmark = pytest.mark.django_db
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def an_actor(names: dict[str, str]) -> dict[str, Any]:
    return {"names": names, "type": ActorType.NONSTATE_ARMED, "identification": Identification.NAMED_GROUP}


def test_rows_read_back_as_they_were_given() -> None:
    incident = factories.IncidentFactory()
    keys = ["tab\tand\\N", "line\nbreak", "\\.", "ب", ""]
    bulk.insert(
        IncidentReference,
        ({"incident_id": incident.pk, "scheme": "s", "key": key, "identifies": False} for key in keys),
    )
    stored = IncidentReference.objects.filter(incident=incident, scheme="s").order_by("pk")
    assert list(stored.values_list("key", flat=True)) == keys


def test_rows_with_a_document_read_back_as_they_were_given() -> None:
    """They go over as text on PostgreSQL, where backslashes, ends of lines and nulls are written otherwise."""
    texts = ["tab\tand\\N", "line\nbreak\r", "\\.", "\\N", "", '{"a":"\\u0000"}', "ب" * 70_000]
    rows = [
        {
            "public_id": uuid4(),
            "seq": index + 1,
            "version": 1,
            "published_at": MOMENT + timedelta(microseconds=index),
            "document": text,
            "search": text,
            "type": "report",
            "publisher": None if index % 2 else uuid4(),
            "published_on": date(1, 1, 1 + index),
        }
        for index, text in enumerate(texts)
    ]
    bulk.insert(PublicDocument, rows)
    assert list(PublicDocument.objects.order_by("seq").values(*rows[0])) == rows


def test_nothing_to_insert_is_no_query(django_assert_num_queries: pytest.FixtureRequest) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        bulk.insert(PublicIncidentReference, [])


def test_reserved_keys_are_not_given_out_again() -> None:
    first = factories.ActorFactory().pk
    reserved = bulk.reserve(Actor, 3)
    assert first not in reserved
    assert len(set(reserved)) == 3
    made = bulk.create(Actor, [an_actor({"en": "A"}), an_actor({"ar": "ب"})], reason="test")
    assert factories.ActorFactory().pk not in made
    assert [Actor.objects.get(pk=each).names for each in made] == [{"en": "A"}, {"ar": "ب"}]


def test_a_new_row_has_its_history() -> None:
    (key,) = bulk.create(Actor, [an_actor({"en": "A"})], reason="Imported")
    actor = Actor.objects.get(pk=key)
    entry = actor.history.get()
    assert (entry.history_type, entry.history_change_reason, entry.names) == ("+", "Imported", {"en": "A"})
    kept = [field.attname for field in Actor._meta.concrete_fields]
    assert [getattr(entry, name) for name in kept] == [getattr(actor, name) for name in kept]
    assert actor.created_at.date() >= date(2026, 1, 1)


def test_rows_are_updated_in_the_fields_that_are_named() -> None:
    rows = [factories.ActorFactory(), factories.ActorFactory()]
    beside = factories.ActorFactory(names={"en": "Beside"})
    for index, row in enumerate(rows):
        row.names, row.type = {"en": f"{index}: tab\tand\\N", "ar": "ب"}, ActorType.CRIMINAL.value
    bulk.update(rows, ["names"])
    assert [each.names for each in Actor.objects.order_by("pk")] == [*(row.names for row in rows), {"en": "Beside"}]
    assert Actor.objects.get(pk=rows[0].pk).type != ActorType.CRIMINAL
    assert beside.history.count() == Actor.objects.get(pk=beside.pk).history.count() == 1
    bulk.update([], ["names"])


def test_columns_that_are_not_named_have_the_defaults_of_a_new_instance() -> None:
    (key,) = bulk.create(Actor, [an_actor({"en": "A"})], reason="test")
    stored, new = Actor.objects.get(pk=key), Actor(**an_actor({"en": "A"}))
    own = {"id", "public_id", "created_at", "updated_at"}
    names = [field.attname for field in Actor._meta.concrete_fields if field.attname not in own]
    assert [getattr(stored, name) for name in names] == [getattr(new, name) for name in names]
    first, second = bulk.create(Actor, [an_actor({"en": "B"})] * 2, reason="test")
    assert Actor.objects.get(pk=first).public_id != Actor.objects.get(pk=second).public_id


def test_a_refused_row_leaves_none_behind() -> None:
    key = uuid4()
    row = {"public_id": key, "seq": 1, "version": 1, "published_at": MOMENT, "document": "{}"}
    rows = [row | {"search": "", "kind": "ngo"}] * 2
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(PublicSource, rows)
    assert not PublicSource.objects.exists()
