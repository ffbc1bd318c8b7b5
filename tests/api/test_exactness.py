"""Every way out of the record says the same: pages, whole exports, the feed; and totals are those of the exports."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import product
from random import Random
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoDbBlocker

from incidents.choices import Grade
from incidents.models import AdminArea, Incident
from incidents.rules.figures.questions import GROUPS
from incidents.rules.publication.publishing import publish, withdraw
from tests import factories
from tests.random_record import AREAS, publish_random_record
from tests.rules.brute_force import BruteForce
from tests.rules.brute_force_groups import Asked
from tests.sharing import made_once

pytestmark = pytest.mark.django_db
FILTERS = 50
MONTHS = [date(2025, month, 1) for month in range(1, 7)]


def publish_a_record_with_a_past(seed: int) -> None:
    publish_random_record(seed, 60)
    incidents = list(Incident.objects.order_by("pk"))
    factories.ClaimFactory.create(incident=incidents[0], value=77)
    publish(incidents[:1])
    withdraw(incidents[1], reason_code="correction", reason="It was another one.")


@pytest.fixture(scope="module", params=range(2))
def record(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[int]:
    with made_once(django_db_blocker, lambda: publish_a_record_with_a_past(request.param)):
        yield request.param


@pytest.fixture
def random(record: int) -> Random:
    return Random(record)


def whole(format_: str, query: Mapping[str, str] | None = None) -> bytes:
    answer = Client().get("/api/v1/incidents/", {"format": format_, **(query or {})})
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def exported(query: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    *documents, end = [json.loads(line) for line in whole("ndjson", query).splitlines()]
    assert end["count"] == len(documents)
    return documents


def paged(query: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    found, path, given = [], "/api/v1/incidents/", {"limit": "7", **(query or {})}
    while path:
        page = Client().get(path, given).json()
        found += page["results"]
        path, given = page["next"], {}
    return found


def fed() -> dict[str, dict[str, Any]]:
    """A mirror: the current document of every incident, from the feed."""
    mirror: dict[str, dict[str, Any]] = {}
    path: str | None = "/api/v1/changes/?limit=13&kind=incident"
    while path:
        page = Client().get(path).json()
        for row in page["results"]:
            if row["operation"] in {"publish", "redact"}:
                if row["document"] is not None:
                    mirror[row["id"]] = row["document"]
            else:
                mirror.pop(row["id"], None)
        path = page["next"]
    return mirror


@pytest.mark.parametrize(
    "query", [{}, {"country": "SYR"}, {"date_from": "2025-02-01", "grade": ",".join(Grade.values[:3])}]
)
def test_pages_exports_and_feed_agree_at_one_seq(random: Random, query: dict[str, str]) -> None:
    documents = exported(query)
    assert documents == paged(query)
    assert [str(each["id"]) for each in csv.DictReader(io.StringIO(whole("csv", query).decode("utf-8-sig")))] == [
        each["id"] for each in documents
    ]
    features = json.loads(whole("geojson", query))
    assert [each["id"] for each in features["features"]] == [each["id"] for each in documents]
    mirror = fed()
    assert all(mirror[each["id"]] == each for each in documents)
    if not query:
        assert len(mirror) == len(documents)
        assert features["seq"] == Client().get("/api/v1/").json()["seq"]


def test_totals_are_those_of_the_exported_documents(random: Random) -> None:
    areas = AdminArea.objects.values_list("pcode", "level", "parent__pcode")
    slow = BruteForce(exported(), {pcode: (level, parent) for pcode, level, parent in areas})
    names = [name for name, _ in zip(random.sample(GROUPS, len(GROUPS)) * 5, range(FILTERS), strict=False)]
    for name, (first, country) in zip(names, product([None, *MONTHS], ["", "SYR", "LBN"] * 4), strict=False):
        last = random.choice([None, MONTHS[-1] - timedelta(days=1)])
        place = random.choice([None, None, random.choice(AREAS)])
        query = {"measure": "killed", "group_by": name, "grade": ",".join(Grade.values)}
        query |= {"country": country} if country else {}
        query |= {"date_from": first.isoformat()} if first else {}
        query |= {"date_to": last.isoformat()} if last else {}
        query |= {"place": place} if place else {}
        box = random.choice([None, None, (35.0, 32.0, 39.0, 36.0), (-180.0, -90.0, 180.0, 90.0)])
        query |= {"bbox": ",".join(map(str, box))} if box else {}
        answer = Client().get("/api/v1/victims/", query).json()
        chosen = [key for key, each in slow.documents.items() if not country or each["place"]["country"] == country]
        asked = Asked(group_by=(name,), place=place, date_from=first, date_to=last, box=box)
        expected = slow.count(chosen, asked)
        said = answer["total"]
        assert (said["low"], said["best"] or 0, said["high"]) == (expected.low, expected.best, expected.high), query
        assert answer["incidents"] == expected.incidents, query
        assert tuple(answer["less_precise"].values()) == expected.less_precise, query
        groups = {(each["group"][name],): each["best"] for each in answer["results"] if each["best"]}
        assert groups == {key: best for key, (_, best, _) in expected.groups.items() if best}, query
