"""What a client may keep, how it asks again, and how answers are compressed."""

import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import brotli
import pytest
import zstandard
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from config.compression import preferred
from incidents.api import pagination
from incidents.models import AdminArea, Checkpoint, LogHead, PublicRelease
from incidents.rules.publication.publishing import publish
from incidents.rules.totals.victims import victims as count
from tests import factories
from tests.contract.validation import CheckedClient
from tests.sharing import made_once
from tests.stories import publish_founding_case

pytestmark = pytest.mark.django_db
LISTS = ("incidents", "claims", "sources", "documents", "perpetrators", "investigations")
DECODED: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda packed: zstandard.ZstdDecompressor().decompressobj().decompress(packed),
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}


@pytest.fixture(scope="module", autouse=True)
def _story(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with made_once(django_db_blocker, lambda: publish_founding_case(only=True)):
        yield


@pytest.mark.parametrize("resource", LISTS)
def test_a_list_asked_again_is_304_until_something_is_published(resource: str) -> None:
    client = CheckedClient()
    address = f"/api/v1/{resource}/"
    first = client.get(address)
    assert first["ETag"].startswith('W/"')
    assert first["Cache-Control"] == "public, no-cache"
    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["X-Dataset-Seq"] == first["X-Dataset-Seq"]
    publish([factories.SourceFactory()])
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_what_is_published_while_an_empty_page_is_read_is_in_it_or_comes_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = pagination.page
    late = [factories.IncidentFactory(title={"en": "Nowhere"})]

    def page(*args: Any, **kwargs: Any) -> Any:
        found = read(*args, **kwargs)
        if late:
            publish([late.pop()])
        return found

    monkeypatch.setattr(pagination, "page", page)
    answer = Client().get("/api/v1/incidents/?q=nowhere")
    assert not late
    after = Client().get("/api/v1/incidents/", {"q": "nowhere", "after_seq": answer["X-Dataset-Seq"]}).json()
    assert len(answer.json()["results"]) + len(after["results"]) == 1


@pytest.mark.parametrize("query", ["", "?limit=1", "?q=nowhere"])
def test_a_304_and_an_answer_to_head_vary_as_the_whole_answer_does(query: str) -> None:
    address = f"/api/v1/incidents/{query}"
    whole = Client().get(address, headers={"Accept-Encoding": "zstd"})
    held = {"Accept-Encoding": "zstd", "If-None-Match": whole["ETag"]}
    again, head = Client().get(address, headers=held), Client().head(address)
    assert again.status_code == 304
    assert "Content-Length" not in again
    for other in (again, head):
        assert set(other["Vary"].split(", ")) == set(whole["Vary"].split(", "))


def test_a_record_that_went_on_from_a_restored_copy_has_other_etags() -> None:
    incident = factories.IncidentFactory(title={"en": "A"})
    publish([incident])
    addresses = ["incidents/", "victims/", f"incidents/{incident.public_id}/", "perpetrators/"]

    def tags(title: str) -> list[str]:
        with transaction.atomic():
            incident.title = {"en": title}
            incident.save()
            publish([incident])
            found = [Client().get(f"/api/v1/{address}")["ETag"] for address in addresses]
            transaction.set_rollback(True)
        return found

    assert not set(tags("B")) & set(tags("C"))


def test_another_question_has_another_etag() -> None:
    client = Client()
    questions = ["", "?limit=1", "?country=SYR", "?fields=id", "?format=csv", "?format=ndjson", "?ordering=date"]
    tags = {client.get(f"/api/v1/incidents/{question}")["ETag"] for question in questions}
    assert len(tags) == len(questions)


def test_a_304_reads_only_the_head_of_the_log(django_assert_num_queries: Callable[[int], object]) -> None:
    client = Client()
    tag = client.get("/api/v1/incidents/")["ETag"]
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert client.get("/api/v1/incidents/", headers={"If-None-Match": tag}).status_code == 304


def test_a_whole_csv_asked_again_is_304() -> None:
    client = Client()
    address = "/api/v1/incidents/?format=csv"
    tag = client.get(address)["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_what_went_wrong_is_not_kept() -> None:
    assert Client().get("/api/v1/incidents/?no_such_filter=1")["Cache-Control"] == "no-store"


@pytest.mark.parametrize("coding", DECODED)
@pytest.mark.parametrize("query", ["", "?format=csv", "?format=ndjson", "?format=geojson"])
def test_each_coding_gives_the_same_bytes(coding: str, query: str) -> None:
    plain = Client().get(f"/api/v1/incidents/{query}")
    packed = Client().get(f"/api/v1/incidents/{query}", headers={"Accept-Encoding": coding})
    assert packed["Content-Encoding"] == coding
    assert "Accept-Encoding" in packed["Vary"]
    expected = b"".join(plain.streaming_content) if plain.streaming else plain.content  # type: ignore[attr-defined]
    got = b"".join(packed.streaming_content) if packed.streaming else packed.content  # type: ignore[attr-defined]
    assert len(got) < len(expected)
    assert DECODED[coding](got) == expected


def test_a_compressed_detail_has_a_weak_etag_that_still_matches() -> None:
    client = Client()
    (first, *_) = json.loads(client.get("/api/v1/incidents/").content)["results"]
    address = f"/api/v1/incidents/{first['id']}/"
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert packed["ETag"] == f"W/{client.get(address)['ETag']}"
    assert client.get(address, headers={"If-None-Match": packed["ETag"]}).status_code == 304


@pytest.mark.parametrize("query", ["", "?format=ndjson"])
def test_head_says_what_get_does_but_no_length_that_is_not_that_of_the_body(query: str) -> None:
    client = Client(headers={"accept-encoding": "gzip"})
    whole, head = client.get(f"/api/v1/incidents/{query}"), client.head(f"/api/v1/incidents/{query}")
    names = ("ETag", "Content-Encoding", "Content-Type", "Vary")
    assert {name: head.get(name) for name in names} == {name: whole.get(name) for name in names}
    assert head["Content-Encoding"] == "gzip"
    assert "Content-Length" not in head
    plain, head = Client().get("/api/v1/incidents/"), Client().head("/api/v1/incidents/")
    assert head["Content-Length"] == str(len(plain.content))


def test_answers_are_the_same_in_every_language_and_say_so() -> None:
    for address in ("/api/v1/incidents/", "/api/v1/incidents/?limit=0"):
        answers = [Client().get(address, headers={"accept-language": language}) for language in ("ar", "en")]
        assert answers[0].content == answers[1].content or "request_id" in answers[0].content.decode()
        for answer in answers:
            assert "Content-Language" not in answer
            assert "accept-language" not in answer["Vary"].lower()
    assert Client().get("/admin/login/", headers={"accept-language": "ar"})["Content-Language"] == "ar"
    assert "limit=0" in Client().get("/api/v1/incidents/?limit=0").json()["errors"][0]["detail"]


def test_separators_of_lines_end_no_line_of_ndjson() -> None:
    with transaction.atomic():
        incident = factories.IncidentFactory(title={"en": "First\u2028second\u2029third"})
        publish([incident])
        text = b"".join(Client().get("/api/v1/incidents/?format=ndjson")).decode()
        lines = [json.loads(line) for line in text.splitlines()]
        assert {"en": "First\u2028second\u2029third"} in [line.get("title") for line in lines]
        transaction.set_rollback(True)


def test_a_short_answer_is_left_alone() -> None:
    LogHead.objects.get()
    answer = Client().get("/api/v1/incidents/?limit=1&fields=id", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br, gzip;q=0", "br"),
        ("*", "zstd"),
        ("*;q=0", None),
        ("GZIP; q=0.8", "gzip"),
        ("gzip;q=0.5, identity;q=0.8", None),
        ("gzip;q=nonsense", None),
    ],
)
def test_the_client_chooses_the_coding(accepted: str, chosen: str | None) -> None:
    assert preferred(accepted) == chosen


def test_totals_are_counted_once_until_something_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[Any] = []

    def counting(*asked: Any) -> Any:
        counted.append(asked)
        return count(*asked)

    monkeypatch.setattr("incidents.api.v1.victims.victims", counting)
    address = "/api/v1/victims/?group_by=year"
    first = Client().get(address)
    assert Client().get(address).content == first.content
    assert len(counted) == 1
    assert Client().get(f"{address}&country=SYR").json()["applied"] == {"country": "SYR"}
    assert Client().get(f"{address}&format=csv")["Content-Type"].startswith("text/csv")
    assert len(counted) == 3
    incident = factories.IncidentFactory.create()
    factories.ClaimFactory.create(incident=incident, value=1_000)
    publish([incident])
    assert Client().get(address).json()["total"]["best"] == first.json()["total"]["best"] + 1_000
    assert len(counted) == 4


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/csv;q=0, */*", "application/json"),
        ("application/json;q=0.1, text/csv", "text/csv"),
        ("application/json;q=0, */*;q=0.1", "text/csv"),
        ("*/*;q=0.1, application/x-ndjson", "application/x-ndjson"),
        ("text/*", "text/csv"),
        ("application/json; charset=utf-8", "application/json"),
        ("application/problem+json", "application/json"),
    ],
)
def test_the_format_is_the_one_that_is_liked_best(accept: str, media_type: str) -> None:
    answer = Client().get("/api/v1/incidents/", headers={"Accept": accept})
    assert answer["Content-Type"].split(";")[0] == media_type


@pytest.mark.parametrize("accept", ["application/json;q=0", "image/png", "*/*;q=0", "text/html; a*=nope''x"])
def test_what_has_no_format_that_is_accepted_is_406(accept: str) -> None:
    assert Client().get("/api/v1/sources/", headers={"Accept": accept}).status_code == 406


@pytest.mark.parametrize("resource", ["incidents", "victims", "claims"])
def test_a_number_beyond_the_log_is_no_empty_list_and_no_total_of_nothing(resource: str) -> None:
    answer = Client().get(f"/api/v1/{resource}/?after_seq=999999999")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "beyond_log")


@pytest.mark.parametrize(
    "below",
    ["", "changes/", "places/", "places/SYR/", "releases/", "releases/first/", "log/checkpoints/", "vocabularies/"],
)
def test_what_stands_beside_the_record_is_304_until_it_changes(below: str) -> None:
    publish([factories.SourceFactory()])
    PublicRelease.objects.create(name="first", seq=1, checked_seq=1, cut_at=timezone.now(), citation="First", files=[])
    client, address = CheckedClient(), f"/api/v1/{below}"
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    publish([factories.SourceFactory()])
    AdminArea.objects.filter(pcode="SYR").update(names={"en": "Another name"})
    PublicRelease.objects.update(citation="Second", cut_at=timezone.now())
    checkpoint = {"log": "publication", "seq": 1, "hash": "a" * 64, "signed_at": timezone.now()}
    Checkpoint.objects.create(**checkpoint, key_id="k", public_key="p", signature="s")
    changed = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == (304 if below == "vocabularies/" else 200)
    assert below == "vocabularies/" or changed["ETag"] != first["ETag"]


def test_pages_of_changes_have_etags_of_their_own() -> None:
    tags = {Client().get(f"/api/v1/changes/?{query}")["ETag"] for query in ("", "limit=7", "after=1", "kind=source")}
    assert len(tags) == 4
