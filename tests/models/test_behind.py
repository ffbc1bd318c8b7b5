"""Writing behind: what was given is written in its order, nobody reads half of it, and refusals are not lost."""

import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from incidents.models import PublicIncidentReference, PublicMention, behind, bulk

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]
USUAL = sys.getswitchinterval()


def mentions(number: int, holder: str = "incident") -> list[dict[str, object]]:
    return [{"holder_kind": holder, "holder": uuid4(), "mentioned": uuid4()} for _ in range(number)]


def test_what_is_written_behind_stands_in_the_order_in_which_it_was_given() -> None:
    given = [mentions(300) for _ in range(30)]
    with behind.behind(connection):
        assert behind.of(connection) is not None
        for rows in given:
            bulk.insert(PublicMention, rows)
    stored = PublicMention.objects.order_by("pk").values_list("mentioned", flat=True)
    assert list(stored) == [row["mentioned"] for rows in given for row in rows]
    assert behind.of(connection) is None
    assert sys.getswitchinterval() == USUAL


def test_whoever_asks_meanwhile_is_told_all_that_was_given_before() -> None:
    with behind.behind(connection):
        bulk.insert(PublicMention, mentions(2_000))
        assert PublicMention.objects.count() == 2_000
        bulk.execute(connection, "DELETE FROM incidents_publicmention WHERE holder_kind = %s", ["incident"])
        bulk.insert(PublicMention, mentions(1, "source"))
        assert [row.holder_kind for row in PublicMention.objects.all()] == ["source"]


def test_a_text_reads_back_as_it_was_given() -> None:
    keys = ["tab\tand\\N", "line\nbreak", "\\.", "ب", ""]
    with behind.behind(connection):
        bulk.insert(PublicIncidentReference, ({"incident_id": 1, "scheme": "s", "key": key} for key in keys))
    stored = PublicIncidentReference.objects.order_by("pk").values_list("key", flat=True)
    assert list(stored) == keys


def test_one_within_another_is_one() -> None:
    with behind.behind(connection):
        outer = behind.of(connection)
        with behind.behind(connection):
            assert behind.of(connection) is outer
            bulk.insert(PublicMention, mentions(1))
        assert behind.of(connection) is outer
    assert PublicMention.objects.count() == 1


def refused(meanwhile: str) -> None:
    """Write behind, in a transaction, what the database refuses, and go on."""
    with transaction.atomic(), behind.behind(connection):
        bulk.insert(PublicMention, mentions(10))
        bulk.insert(PublicMention, [{"holder_kind": None, "holder": uuid4(), "mentioned": uuid4()}])
        if meanwhile == "more":
            for _ in range(2 * behind.WAITING):
                bulk.insert(PublicMention, mentions(1))
        elif meanwhile == "a question":
            PublicMention.objects.count()


@pytest.mark.parametrize("meanwhile", ["nothing", "more", "a question"])
def test_what_the_database_refuses_is_raised_and_nothing_stands(meanwhile: str) -> None:
    with pytest.raises(IntegrityError, match="not-null"):
        refused(meanwhile)
    assert not PublicMention.objects.exists()
    assert behind.of(connection) is None


def interrupted() -> None:
    """Write behind, in a transaction, and fail over the next rows."""

    def rows() -> Iterator[dict[str, object]]:
        yield from mentions(5_000)
        raise LookupError

    with transaction.atomic(), behind.behind(connection):
        bulk.insert(PublicMention, mentions(5_000))
        bulk.insert(PublicMention, rows())


def test_an_error_of_the_caller_waits_for_what_goes_on_and_undoes_it() -> None:
    with pytest.raises(LookupError):
        interrupted()
    assert not PublicMention.objects.exists()
    assert sys.getswitchinterval() == USUAL


def undone(more: int) -> None:
    """Write behind what is refused, and more, and undo all of it."""
    with transaction.atomic():
        bulk.execute(connection, "SELECT pg_sleep(%s)", [0.2])
        bulk.execute(connection, "SELECT 1 / %s", [0])
        for _ in range(more):
            bulk.insert(PublicMention, mentions(1))
        PublicMention.objects.count()


@pytest.mark.parametrize("more", [behind.WAITING - 2, 2 * behind.WAITING], ids=["asked", "too many"])
def test_what_is_undone_stays_undone_where_the_caller_goes_on(more: int) -> None:
    """Whatever waited behind the refused statement is over before the savepoint is gone back to."""
    with transaction.atomic(), behind.behind(connection):
        with pytest.raises(DataError):
            undone(more)
        bulk.insert(PublicMention, mentions(1))
    assert PublicMention.objects.count() == 1
