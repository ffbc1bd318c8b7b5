"""Totals against a computation in plain Python over the exported documents, for random filters and groupings.

The export is counted while it comes in, some thousand documents at a time: what is related to nothing adds to a total
whatever else there is. The few that are related are counted together at the end.
"""

import json
import multiprocessing
import sys
from calendar import monthrange
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from random import Random
from typing import Any
from urllib.parse import urlencode

import orjson
import psycopg

from incidents.rules.figures.questions import INCIDENT_GROUPS
from tests.bench.measure import Server
from tests.rules.brute_force import BruteForce, Counted
from tests.rules.brute_force_groups import PERSONS, Asked

FIRST, LAST = date(1957, 1, 1), date(2024, 12, 31)  # the copies of a large record lie up to 32 years back
AT_ONCE = 2_000  # documents
WAITING = 4  # parts of the export that are read before somebody counts them
Gazetteer = dict[str, tuple[int, str | None]]


@dataclass(frozen=True, slots=True)
class Question:
    """A query of /victims/, and the same for the slow computation; of one country if `country` is not empty."""

    query: Mapping[str, str]
    country: str
    asked: Asked


def differing(server: Server, address: str, number: int) -> list[str]:
    """The questions, out of so many, whose answer is not what the exported documents add up to."""
    questions = list(islice(_questions(Random(3), *_places(address)), number))
    totals = [Counted() for _ in questions]
    for counts in _counted(_exported(server), _gazetteer(address), questions):
        for total, counted in zip(totals, counts, strict=True):
            _add(total, counted)
    server.connection.close()  # the server has, after so many minutes without a question
    return [
        urlencode(each.query) for each, total in zip(questions, totals, strict=True) if not _agrees(server, each, total)
    ]


def _exported(server: Server) -> Iterator[list[bytes]]:
    """The lines of the whole export, some at a time, without its last, which says how many there are."""
    lines, number, held = [], 0, b""
    for line in server.get("/api/v1/incidents/?format=ndjson"):
        if held:
            lines.append(held)
            number += 1
        if len(lines) == AT_ONCE:
            yield lines
            lines = []
        held = line
    yield lines
    end = json.loads(held)
    if end["count"] != number:
        raise AssertionError(f"The export says that it has {end['count']} documents and has {number}.")


def _counted(
    export: Iterable[list[bytes]], gazetteer: Gazetteer, questions: Sequence[Question]
) -> Iterator[list[Counted]]:
    """What each question comes to in each part of the export; the last part is what is related to something."""
    related: list[bytes] = []
    waiting: deque[Future[tuple[list[Counted], list[bytes]]]] = deque()
    forked = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(mp_context=forked) as pool:

        def taken() -> list[Counted]:
            counts, others = waiting.popleft().result()
            related.extend(others)
            return counts

        for lines in export:
            waiting.append(pool.submit(_count_alone, lines, gazetteer, questions))
            if len(waiting) == WAITING:
                yield taken()
        while waiting:
            yield taken()
    yield _count([orjson.loads(line) for line in related], gazetteer, questions)


def _count_alone(
    lines: list[bytes], gazetteer: Gazetteer, questions: Sequence[Question]
) -> tuple[list[Counted], list[bytes]]:
    """The counts over those of these documents that are related to nothing, and the lines of the others."""
    documents = [(line, orjson.loads(line)) for line in lines]
    alone = [document for _, document in documents if not document["relations"]]
    return _count(alone, gazetteer, questions), [line for line, document in documents if document["relations"]]


def _count(documents: list[dict[str, Any]], gazetteer: Gazetteer, questions: Sequence[Question]) -> list[Counted]:
    slow = BruteForce(documents, gazetteer)
    chosen: dict[str, list[str]] = {"": []}
    for key, document in slow.documents.items():
        if document["grade"] != "discounted":
            chosen[""].append(key)
            chosen.setdefault(document["place"]["country"], []).append(key)
    return [slow.count(chosen.get(each.country, []), each.asked) for each in questions]


def _add(total: Counted, counted: Counted) -> None:
    BruteForce.add(total, counted.low, counted.best, counted.high)
    total.incidents += counted.incidents
    for key, bounds in counted.groups.items():
        BruteForce.add_to_group(total, key, *bounds)


def _places(address: str) -> tuple[list[str], list[str]]:
    """The countries and the areas that incidents have."""
    with psycopg.connect(address) as connection:
        countries = connection.execute("SELECT DISTINCT country FROM incidents_publicincident ORDER BY 1").fetchall()
        areas = connection.execute(
            "SELECT DISTINCT own_pcode FROM incidents_publicincidentarea WHERE NOT itemised ORDER BY 1"
        ).fetchall()
    return [country for (country,) in countries], [pcode for (pcode,) in areas]


def _gazetteer(address: str) -> Gazetteer:
    with psycopg.connect(address) as connection:
        rows = connection.execute(
            "SELECT a.pcode, a.level, p.pcode FROM incidents_adminarea a"
            " LEFT JOIN incidents_adminarea p ON p.id = a.parent_id"
        ).fetchall()
    return {pcode: (level, parent) for pcode, level, parent in rows}


def _questions(random: Random, countries: list[str], areas: list[str]) -> Iterator[Question]:
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
        yield Question({name: value for name, value in query.items() if value}, country, asked)


def _day(random: Random) -> date:
    return FIRST + timedelta(days=random.randrange((LAST - FIRST).days))


def _end(random: Random) -> date:
    day = _day(random)
    return day.replace(day=monthrange(day.year, day.month)[1])


def _agrees(server: Server, question: Question, expected: Counted) -> bool:
    answer = json.loads(server.get(f"/api/v1/victims/?{urlencode(question.query)}").read())
    said = answer["total"]
    groups = {
        tuple(each["group"][name] for name in question.asked.group_by): each["best"]
        for each in answer["results"]
        if each["best"]
    }
    same = (said["low"], said["best"] or 0, said["high"]) == (expected.low, expected.best, expected.high)
    same = same and answer["incidents"] == expected.incidents
    same = same and groups == {key: best for key, (_, best, _) in expected.groups.items() if best}
    if not same:
        print(
            f"differs: {dict(question.query)}\n  {said}\n  {expected.low} {expected.best} {expected.high}",
            file=sys.stderr,
        )
    return same
