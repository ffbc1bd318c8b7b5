"""Totals against a computation in plain Python over the exported documents, for random filters and groupings."""

import json
import sys
from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import islice
from random import Random
from typing import Any
from urllib.parse import urlencode

import psycopg

from incidents.rules.questions import INCIDENT_GROUPS
from tests.bench.measure import Server
from tests.rules.brute_force import BruteForce
from tests.rules.brute_force_groups import PERSONS, Asked

FIRST, LAST = date(1989, 1, 1), date(2024, 12, 31)


def differing(server: Server, address: str, number: int) -> list[str]:
    """The questions, out of so many, whose answer is not what the exported documents add up to."""
    slow = BruteForce(_exported(server), _gazetteer(address))
    random = Random(3)
    areas = sorted({area["pcode"] for each in slow.documents.values() for area in each["place"]["areas"]})
    countries = sorted({each["place"]["country"] for each in slow.documents.values()})
    questions = islice(_questions(random, countries, areas), number)
    return [urlencode(query) for query, country, asked in questions if not _agrees(server, slow, query, country, asked)]


def _exported(server: Server) -> list[dict[str, Any]]:
    lines = server.get("/api/v1/incidents/?format=ndjson").read().splitlines()
    *documents, end = map(json.loads, lines)
    if end["count"] != len(documents):
        raise AssertionError(f"The export says that it has {end['count']} documents and has {len(documents)}.")
    return documents


def _gazetteer(address: str) -> dict[str, tuple[int, str | None]]:
    with psycopg.connect(address) as connection:
        rows = connection.execute(
            "SELECT a.pcode, a.level, p.pcode FROM incidents_adminarea a"
            " LEFT JOIN incidents_adminarea p ON p.id = a.parent_id"
        ).fetchall()
    return {pcode: (level, parent) for pcode, level, parent in rows}


def _questions(random: Random, countries: list[str], areas: list[str]) -> Iterator[tuple[dict[str, str], str, Asked]]:
    while True:
        first = random.choice([None, _day(random), _day(random).replace(day=1)])
        last = random.choice([None, _end(random), _end(random) + timedelta(days=random.randrange(-20, 0))])
        if first and last and last < first:
            continue
        country = random.choice(["", *countries])
        place = random.choice([None, None, random.choice(areas)])
        group = random.choice([*INCIDENT_GROUPS, *PERSONS])
        group_by = (group,) if random.random() < 0.5 or group in PERSONS else (group, random.choice(PERSONS))
        query = {"group_by": ",".join(group_by), "country": country, "place": place or ""}
        query |= {"date_from": first.isoformat() if first else "", "date_to": last.isoformat() if last else ""}
        asked = Asked(group_by=group_by, place=place, date_from=first, date_to=last)
        yield {name: value for name, value in query.items() if value}, country, asked


def _day(random: Random) -> date:
    return FIRST + timedelta(days=random.randrange((LAST - FIRST).days))


def _end(random: Random) -> date:
    day = _day(random)
    return day.replace(day=monthrange(day.year, day.month)[1])


def _agrees(server: Server, slow: BruteForce, query: Mapping[str, str], country: str, asked: Asked) -> bool:
    answer = json.loads(server.get(f"/api/v1/victims/?{urlencode(query)}").read())
    chosen = [
        key for key, each in slow.documents.items()
        if each["grade"] != "discounted" and (not country or each["place"]["country"] == country)
    ]  # fmt: skip
    expected = slow.count(chosen, asked)
    said = answer["total"]
    groups = {
        tuple(each["group"][name] for name in asked.group_by): each["best"]
        for each in answer["results"]
        if each["best"]
    }
    same = (said["low"], said["best"] or 0, said["high"]) == (expected.low, expected.best, expected.high)
    same = same and answer["incidents"] == expected.incidents
    same = same and groups == {key: best for key, (_, best, _) in expected.groups.items() if best}
    if not same:
        print(f"differs: {dict(query)}\n  {said}\n  {expected.low} {expected.best} {expected.high}", file=sys.stderr)
    return same
