"""Cursors: what was given out works, anything else is refused; the condition is a comparison of row values."""

import string
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.signing import Signer
from django.db import connection
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from incidents.api.pagination import Cursor, Ordering, beyond
from incidents.models import PublicIncident
from incidents.rules.publication.publishing import publish, withdraw_all
from tests.contract.validation import CheckedClient
from tests.factories import IncidentFactory, country_of

KEYS = (date(2025, 3, 8), UUID("e0872274-6638-51a0-9aae-c5208d0e7c40"))
CURSOR = Cursor("-date", "abc", KEYS, backwards=False)
ADDRESS = "/api/v1/incidents/"


def test_a_cursor_is_read_as_it_was_written() -> None:
    again = Cursor.read(CURSOR.signed("incidents"), "incidents")
    assert (again.ordering, again.filters, again.backwards) == ("-date", "abc", False)
    assert again.keys == ("2025-03-08", KEYS[1].hex)


def test_equal_places_have_equal_cursors() -> None:
    assert CURSOR.signed("incidents") == CURSOR.signed("incidents")


def test_a_cursor_is_signed_as_django_signs() -> None:
    content = Signer(salt="incidents.cursor.incidents").unsign_object(CURSOR.signed("incidents"))
    assert content == ["-date", "abc", ["2025-03-08", KEYS[1].hex], 0]


def test_a_cursor_outlives_its_secret_as_long_as_that_is_a_fallback() -> None:
    text, former = CURSOR.signed("incidents"), settings.SECRET_KEY
    with override_settings(SECRET_KEY="another key of fifty characters, 0123456789, or more"):
        with override_settings(SECRET_KEY_FALLBACKS=[former]):
            assert Cursor.read(text, "incidents").filters == "abc"
        with pytest.raises(ValidationError):
            Cursor.read(text, "incidents")


def test_a_cursor_of_another_resource_is_refused() -> None:
    with pytest.raises(ValidationError):
        Cursor.read(CURSOR.signed("incidents"), "sources")


@given(data=st.data())
def test_no_changed_character_is_accepted(data: st.DataObject) -> None:
    text = CURSOR.signed("incidents")
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([c for c in string.printable + "é٣" if c != text[place]]))
    with pytest.raises(ValidationError):
        Cursor.read(text[:place] + other + text[place + 1 :], "incidents")


@given(text=st.text(max_size=200))
def test_no_text_is_a_cursor_by_chance(text: str) -> None:
    with pytest.raises(ValidationError):
        Cursor.read(text, "incidents")


@pytest.mark.django_db
def test_a_cursor_holds_for_its_filters_and_ordering_only(api: CheckedClient) -> None:
    country_of("SYR")
    publish([IncidentFactory(), IncidentFactory()])
    cursor = api.get(ADDRESS, {"limit": "1", "kind": "killing_event"}).json()["next_cursor"]
    assert api.get(ADDRESS, {"limit": "5", "kind": "killing_event", "cursor": cursor}).status_code == 200
    for asked, code in (
        ({"kind": "burial"}, "other_filters"),
        ({}, "other_filters"),
        ({"kind": "killing_event", "ordering": "seq"}, "other_ordering"),
    ):
        answer = api.get(ADDRESS, {**asked, "cursor": cursor})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["code"] == code
        assert "Example:" in answer.json()["detail"]


@pytest.mark.django_db
@pytest.mark.parametrize("ordering", ["date", "-date", "killed", "-killed", "seq", "-seq"])
def test_ties_are_paged_without_loss_or_repetition(api: CheckedClient, ordering: str) -> None:
    country_of("SYR")
    publish([IncidentFactory() for _ in range(7)])  # all on one day, none with a figure
    page: dict[str, Any] = api.get(ADDRESS, {"limit": "2", "ordering": ordering}).json()
    found = [each["id"] for each in page["results"]]
    while page["next"]:
        page = api.get(page["next"]).json()
        found += [each["id"] for each in page["results"]]
    assert len(found) == len(set(found)) == 7


@pytest.mark.django_db
def test_what_was_published_meanwhile_shifts_no_page(api: CheckedClient) -> None:
    country_of("SYR")
    publish([IncidentFactory(start_earliest=date(2025, 3, day), end_latest=None) for day in range(1, 6)])
    first = api.get(ADDRESS, {"limit": "2"}).json()
    publish([IncidentFactory(start_earliest=date(2025, 3, 20), end_latest=None)])
    second = api.get(first["next"]).json()
    days = [each["dates"]["start_earliest"] for page in (first, second) for each in page["results"]]
    assert days == ["2025-03-05", "2025-03-04", "2025-03-03", "2025-03-02"]


@pytest.mark.django_db
@pytest.mark.parametrize("query", [{}, {"country": "SYR"}])
def test_a_page_before_which_all_was_withdrawn_is_the_first(api: CheckedClient, query: dict[str, str]) -> None:
    """It would be empty otherwise, with nothing that leads on: as if the list ended there."""
    country_of("SYR")
    made = [IncidentFactory(start_earliest=date(2025, 3, day), end_latest=None) for day in range(1, 6)]
    publish(made)
    first = api.get(ADDRESS, {"limit": "2", **query}).json()
    second = api.get(first["next"]).json()
    withdraw_all(made[3:], reason_code="retraction", reason="Entered twice")
    back = api.get(second["previous"]).json()
    assert back["results"] == second["results"]
    assert back["previous"] is None
    assert [each["dates"]["start_earliest"] for each in api.get(back["next"]).json()["results"]] == ["2025-03-01"]


@pytest.mark.django_db
def test_what_moves_to_the_end_meanwhile_comes_twice_and_hides_nothing(api: CheckedClient) -> None:
    """In the order that lists without a better one begin with."""
    country_of("SYR")
    made = [IncidentFactory() for _ in range(4)]
    publish(made)
    first = api.get("/api/v1/claims/").json()
    assert api.get("/api/v1/claims/", {"ordering": "seq"}).json() == first
    first = api.get(ADDRESS, {"limit": "2", "ordering": "seq"}).json()
    moved = next(each for each in made if str(each.public_id) == first["results"][0]["id"])
    moved.title = {"en": "Another title"}
    moved.save()
    publish([moved])
    second = api.get(first["next"]).json()
    found = [each["id"] for page in (first, second) for each in page["results"]]
    while second["next"]:
        second = api.get(second["next"]).json()
        found += [each["id"] for each in second["results"]]
    assert set(found) == {str(each.public_id) for each in made}
    assert found.count(str(moved.public_id)) == 2


def plan(ordering: Ordering) -> Iterator[str]:
    """What the database says it will do for a page behind a row, told to use indexes where it can."""
    rows = PublicIncident.objects.filter(beyond(PublicIncident.objects.all(), ordering, KEYS, backwards=False))
    page = rows.order_by(*ordering.by(backwards=False)).values("document")[:10]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    yield from page.explain().splitlines()


@pytest.mark.django_db
def test_a_later_page_is_an_index_seek() -> None:
    lines = list(plan(Ordering.of("-date", {"date": "start_earliest"})))
    text = "\n".join(lines)
    assert "pub_incident_by_date" in text, text
    assert "Sort" not in text, text
    assert "TEMP B-TREE" not in text, text
    assert "OFFSET" not in str(PublicIncident.objects.all()[:10].query)
    seek = "ROW(start_earliest, public_id)" if connection.vendor == "postgresql" else "(start_earliest,public_id)<"
    assert seek in text or "Index Cond" in text, text
