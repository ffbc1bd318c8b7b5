"""Addresses to ask the API for, drawn from every operation's parameters, and what was answered, whole.

For tests that compare two states of a site; what a single answer should say is tested elsewhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from urllib.parse import quote, urlencode

from django.test import Client

from incidents import choices
from incidents.api.operations import MemberName
from incidents.api.parameters import (
    Area,
    Boolean,
    Box,
    Code,
    Day,
    Integer,
    Many,
    Moment,
    Parameter,
    Point,
    Text,
    Uuid,
    Vocabulary,
)
from incidents.documents.fields import vocabulary_name
from incidents.models import AdminArea, Publication, PublicRelease
from tests.contract.surface import ALL, NOBODY, Door

FIRST_DAY = date(2025, 1, 1)
REQUEST_ID = "the-same-for-both"


@dataclass
class Pool:
    """What may be asked for by name: ids, words, P-codes and releases, both of what is public and of what is not."""

    ids: list[str] = field(default_factory=lambda: [NOBODY])
    words: list[str] = field(default_factory=lambda: ["Killing", "قتل", "Monitor"])
    pcodes: list[str] = field(default_factory=lambda: ["SYR"])
    releases: list[str] = field(default_factory=lambda: ["nothing"])
    kinds: dict[str, list[str]] = field(default_factory=dict)
    """The ids of one kind of the log, for its own details."""

    @classmethod
    def of_database(cls, *words: str) -> "Pool":
        """From the log, the gazetteer and the releases that there are."""
        pool = cls()
        for kind, key in Publication.objects.order_by("seq").values_list("kind", "object_id"):
            pool.kinds.setdefault(f"{kind}s", []).append(str(key))
            pool.ids.append(str(key))
        pool.words += words
        pool.pcodes += AdminArea.objects.order_by("pcode").values_list("pcode", flat=True)
        pool.releases += PublicRelease.objects.order_by("name").values_list("name", flat=True)
        return pool


def whole(door: Door, pool: Pool) -> Iterator[str]:
    """One operation without parameters and, where it has them, in every other format, about a few of what it names."""
    for path in _paths(door, pool)[:4]:
        yield path
        known = door.operation.known
        if "format" in known:
            yield from (f"{path}?format={each}" for each in _allowed(known["format"]))
        if "grain" in known:
            yield f"{path}?format=csv&grain=claim&hxl=1"
        if "at_seq" in known:
            yield from (f"{path}?at_seq={seq}" for seq in (1, 7, 500))


def everything(pool: Pool) -> list[str]:
    """`whole` of every operation."""
    return [address for door in ALL for address in whole(door, pool)]


def drawn(random: Random, pool: Pool, number: int) -> list[str]:
    """So many different addresses with parameters drawn from what each operation knows, most of them valid."""
    found: dict[str, None] = {}
    while len(found) < number:
        found[_drawn(random, random.choice(ALL), pool)] = None
    return list(found)


def ask(address: str) -> bytes:
    """Everything of an answer that a caller can see: status, headers and body, with a request id that is ours."""
    answer = Client(raise_request_exception=False).get(address, headers={"x-request-id": REQUEST_ID})
    body = b"".join(answer) if answer.streaming else answer.content
    said = "".join(f"{name}: {value}\n" for name, value in sorted(answer.items()))
    return f"{answer.status_code}\n{said}\n".encode() + bytes(body)


def _paths(door: Door, pool: Pool) -> list[str]:
    if not door.varies:
        return [door.address]
    places: dict[str, Sequence[str]] = {
        "<uuid:id>": [*pool.kinds.get(door.resource.resource, []), *pool.ids],
        "<str:pcode>": pool.pcodes,
        "<slug:name>": pool.releases
        if door.resource.resource == "releases"
        else [vocabulary_name(each) for each in (choices.Act, choices.Measure, choices.Grade)],
    }
    mark = next(mark for mark in places if mark in door.operation.path)
    return [f"/api/v1/{door.resource.resource}/{door.operation.path.replace(mark, each)}" for each in places[mark]]


def _drawn(random: Random, door: Door, pool: Pool) -> str:
    path = random.choice(_paths(door, pool))
    known = door.operation.known
    names = random.sample(sorted(known), min(len(known), random.choice([0, 1, 1, 2, 2, 3])))
    given = {name: _value(random, name, known[name], pool) for name in names if name != "cursor"}
    if "radius_km" in given or "near" in given:
        given |= {"near": _value(random, "near", known["near"], pool), "radius_km": "40"}
    if "measure" in known and door.resource.resource == "victims":
        given.setdefault("measure", "killed")
    return f"{path}?{urlencode(given, quote_via=quote)}" if given else path


def _value(random: Random, name: str, parameter: Parameter, pool: Pool) -> str:  # noqa: PLR0911 -- one case a kind
    each = getattr(parameter, "each", parameter)
    if isinstance(parameter, Many):
        return ",".join(sorted({_value(random, name, each, pool) for _ in range(random.choice([1, 1, 2]))}))
    if isinstance(each, Uuid):
        return random.choice(pool.ids)
    if isinstance(each, Area):
        return random.choice(pool.pcodes)
    if isinstance(each, Vocabulary):
        return random.choice(each.vocabulary.values)
    if isinstance(each, Code):
        return random.choice(each.allowed)
    if isinstance(each, Boolean):
        return random.choice(["true", "false"])
    if isinstance(each, Day | Moment):
        return (FIRST_DAY + timedelta(days=random.randrange(500))).isoformat()
    if isinstance(each, Integer):
        return str(random.choice([1, 2, 3, 50]) if name == "limit" else random.randrange(each.low, 200 + each.low))
    return _shape(random, name, each, pool)


def _shape(random: Random, name: str, each: Parameter, pool: Pool) -> str:
    """A place, a word, the name of a member or, for anything else, the example."""
    if isinstance(each, Point):
        return f"{random.uniform(33, 37):.2f},{random.uniform(35, 38):.2f}"
    if isinstance(each, Box):
        west, south = random.uniform(34, 37), random.uniform(32, 36)
        return f"{west:.2f},{south:.2f},{west + 2:.2f},{south + 2:.2f}"
    if isinstance(each, Text) and name == "q":
        return random.choice(pool.words)
    if isinstance(each, MemberName):
        return random.choice(each.names)
    return each.example


def _allowed(parameter: Parameter) -> Sequence[str]:
    return parameter.allowed if isinstance(parameter, Code) else ()
