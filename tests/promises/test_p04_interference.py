"""P4: with and without work that is not public, every public answer is the same, byte for byte.

The record is built twice with the same ids, salts and moments; what is hidden is made before, among and after it.
"""

from collections.abc import Callable, Iterable
from random import Random
from typing import Any

import pytest
from django.http import HttpResponse

from incidents.api.base import Resource
from incidents.api.problems import NotFound, Problem
from incidents.api.versioned import StoredResource
from incidents.models import Incident
from tests.contract.asking import Pool, ask, drawn, everything
from tests.contract.surface import NOBODY
from tests.promises.states import RELEASE, Record, asked_for, built, unpublished

pytestmark = pytest.mark.django_db
Kept = Callable[[str, str], None]
HIDDEN_WORD = b"hiddenword"
FILES = ("incidents.ndjson.gz", "incidents.csv.gz", "claims.csv.gz", "incidents.geojson.gz", "sources.ndjson.gz",
         "documents.ndjson.gz", "perpetrators.ndjson.gz", "investigations.ndjson.gz")  # fmt: skip


def answers(addresses: Iterable[str]) -> dict[str, bytes]:
    return {address: ask(address) for address in addresses}


def compared(queries: int, hidden: int = 3, about: str = "/") -> tuple[list[str], dict[str, bytes], Record]:
    """The addresses whose answers differ, all answers beside the hidden work, and what was hidden."""
    with built(unpublished(hidden)) as record:
        pool = asked_for(record)
        addresses = [
            *everything(pool),
            *(f"/api/v1/{kind}/{key}/" for kind, keys in pool.kinds.items() for key in keys[:6]),
            *(f"/releases/{RELEASE}/{file}" for file in FILES),
            "/", "/api/v1/schema/", "/api/v2/", "/nothing/", "/api/v1/incidents/?nothing=1", "/api/v1/claims/?limit=0",
        ]  # fmt: skip
        addresses += drawn(Random(4), pool, queries)
        addresses = [address for address in addresses if address.startswith(about)]
        beside = answers(addresses)
    with built() as _:
        alone = answers(addresses)
    return [address for address in addresses if beside[address] != alone[address]], beside, record


def test_what_is_not_public_changes_no_byte_of_any_public_answer(full_profile: bool, kept: Kept) -> None:
    different, asked, record = compared(3_000 if full_profile else 150)
    assert different == []
    assert len(record.hidden) > 60, "there was something to hide"
    statuses = {answer[:3] for answer in asked.values()}
    assert {b"200", b"404", b"410", b"400"} <= statuses, "every kind of answer was compared"
    assert sum(answer.startswith(b"200") for answer in asked.values()) > len(asked) // 3
    hits = [address for address, answer in asked.items() if HIDDEN_WORD in answer.lower().split(b"\n\n", 1)[1]]
    # What a caller asks for is repeated in links and in what was applied: only there may it stand.
    assert [address for address in hits if "iddenword" not in address] == []
    kept("P4", f"{len(different)} differing answers / {len(asked)} queries, {len(record.hidden)} hidden records")


def test_what_is_hidden_and_what_is_missing_are_answered_alike(full_profile: bool, kept: Kept) -> None:
    with built(unpublished(3 if full_profile else 1)) as record:
        pool = asked_for(record)
        asked = 0
        kinds = ("incidents", "sources", "documents", "perpetrators", "investigations", "claims")
        missing = {
            (kind, rest): ask(f"/api/v1/{kind}/{NOBODY}/{rest}").replace(NOBODY.encode(), b"ID")
            for kind in kinds
            for rest in ("", *(("history/", "?at_seq=5", "?at=2025-06-02") if kind != "claims" else ()))
        }
        for key in dict.fromkeys(str(each.public_id) for each in record.hidden):
            for (kind, rest), answer in missing.items():
                hidden = ask(f"/api/v1/{kind}/{key}/{rest}")
                assert hidden.replace(key.encode(), b"ID") == answer, (kind, rest)
                assert hidden.startswith(b"404")
                asked += 1
        assert isinstance(pool, Pool)
    kept("P4", f"0 of {asked} answers tell hidden from missing")


# Controls: the same comparison sees a view that looks at the working record.


def test_a_count_of_the_working_record_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    listing = Resource.listing

    def leaking(self: Resource, *args: Any, **kwargs: Any) -> HttpResponse:
        return listing(self, *args, **kwargs | {"count": Incident.objects.count()})

    monkeypatch.setattr(Resource, "listing", leaking)
    assert compared(0, hidden=1, about="/api/v1/incidents/")[0]


def test_an_answer_that_tells_hidden_from_missing_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def leaking(self: StoredResource, public_id: Any) -> HttpResponse:
        if Incident.objects.filter(public_id=public_id).exists():
            raise Problem("redacted", "This incident is not published.")
        raise NotFound

    monkeypatch.setattr(StoredResource, "absent", leaking)
    assert compared(0, hidden=1, about="/api/v1/incidents/")[0]


def test_a_header_that_hangs_on_the_working_record_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def leaking(_resource: StoredResource, row: dict[str, Any]) -> str:
        return f'"{row["version"]}-{Incident.objects.count()}"'

    monkeypatch.setattr(StoredResource, "etag", leaking)
    assert compared(0, hidden=1, about="/api/v1/incidents/")[0]
