"""Releases: files that say what the API said at their sequence number, digests that hold, nothing that was erased."""

import csv
import fcntl
import gzip
import hashlib
import io
import json
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory
from django.urls import resolve
from pytest_django import DjangoDbBlocker, Settings

from incidents.exchange import releases
from incidents.exchange.releases import ReleaseRefused, cut
from incidents.models import Incident, LogHead, PublicIncident, PublicRelease
from incidents.rules.publication.publishing import publish, redact, withdraw
from incidents.rules.releases import release_folder
from tests import factories
from tests.contract.validation import CheckedClient
from tests.sharing import made_once
from tests.stories import publish_founding_case

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _published(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with made_once(django_db_blocker, lambda: publish_founding_case(only=False)):
        yield


@pytest.fixture(autouse=True)
def _folder(settings: Settings, tmp_path: Path) -> None:
    settings.RELEASES_DIR = tmp_path


def lines(name: str, file: str) -> list[dict[str, Any]]:
    text = gzip.decompress((release_folder(name) / file).read_bytes()).decode()
    return [json.loads(line) for line in text.splitlines()]


def test_the_files_say_what_the_api_says() -> None:
    release = cut("2026-11")
    *documents, end = lines("2026-11", "incidents.ndjson.gz")
    served = CheckedClient().get("/api/v1/incidents/", {"limit": "100", "ordering": "seq"}).json()["results"]
    assert documents == served
    assert end == {"_end": True, "count": len(served), "erased": 0, "seq": LogHead.objects.get().seq}
    table = gzip.decompress((release_folder("2026-11") / "incidents.csv.gz").read_bytes()).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert {row["id"] for row in rows} == {each["id"] for each in served}
    features = json.loads(gzip.decompress((release_folder("2026-11") / "incidents.geojson.gz").read_bytes()))
    assert features["numberReturned"] == len(features["features"]) == len(served)
    records = {file["name"]: file["records"] for file in release.files}
    assert records["incidents.ndjson.gz"] == records["incidents.csv.gz"] == len(served)
    assert records["claims.csv.gz"] == sum(len(each["claims"]) for each in served)


def test_it_stays_as_it_was_whatever_is_published_later() -> None:
    before = cut("first").files
    incident = Incident.objects.order_by("pk")[0]
    factories.ClaimFactory.create(incident=incident, value=99_999)
    publish([incident, factories.IncidentFactory.create()])
    withdraw(Incident.objects.order_by("pk")[1], reason_code="correction", reason="It was another one.")
    assert cut("first", again=True).files == before
    assert cut("second").seq > PublicRelease.objects.get(name="first").seq
    assert cut("as-first", at_seq=PublicRelease.objects.get(name="first").seq).files == before


def asked_for_its_head(url: str) -> Any:
    """The answer to HEAD as the view gives it: the test client would drop a body, not every server does."""
    address = urlsplit(url).path
    match = resolve(address)
    return match.func(RequestFactory().head(address), *match.args, **match.kwargs)


def test_digests_are_those_of_the_files_served() -> None:
    cut("2026-11")
    found = CheckedClient().get("/api/v1/releases/2026-11/").json()
    assert not found["withheld"]
    for file in found["files"]:
        answer = Client().get(file["url"])
        content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert (-(-len(content) // 1024), answer["ETag"]) == (file["kilobytes"], f'"{file["sha256"]}"')
        assert Client().get(file["url"], headers={"If-None-Match": answer["ETag"]}).status_code == 304
        head = asked_for_its_head(file["url"])
        assert (head["Content-Length"], head["ETag"]) == (str(len(content)), answer["ETag"])
        assert not head.streaming
        assert head.content == b""
    sums = (release_folder("2026-11") / "SHA256SUMS").read_text().split()
    assert sums[::2] == [file["sha256"] for file in found["files"]]


def test_what_is_erased_is_withheld_until_it_is_cut_again() -> None:
    cut("2026-11")
    *before, _ = lines("2026-11", "incidents.ndjson.gz")
    public = PublicIncident.objects.order_by("pk")[0]
    redact(Incident.objects.get(public_id=public.public_id), reason="A witness asked for it.")
    found = CheckedClient().get("/api/v1/releases/2026-11/").json()
    assert found["withheld"]
    answer = Client().get(found["files"][0]["url"])
    assert (answer.status_code, answer["Content-Type"]) == (410, "application/problem+json")
    cut("2026-11", again=True)
    assert str(public.public_id) not in {each.get("id") for each in lines("2026-11", "incidents.ndjson.gz")}
    found = CheckedClient().get("/api/v1/releases/2026-11/").json()
    assert not found["withheld"]
    assert Client().get(found["files"][0]["url"]).status_code == 200
    # What is missing is said wherever the file is: in it, in its entry, in the citation.
    *left, end = lines("2026-11", "incidents.ndjson.gz")
    gone = len(before) - len(left)
    assert (end["count"], end["erased"]) == (len(left), gone)
    assert gone > 0
    erased = {file["name"]: file["erased"] for file in found["files"]}
    assert (erased["incidents.csv.gz"], erased["sources.ndjson.gz"]) == (gone, 0)
    gone = sum(erased[name] for name in erased if name.endswith(".ndjson.gz"))
    assert f"Without {gone} of its records" in found["citation"]


def test_cut_again_it_is_cited_as_before_and_dated_anew_only_where_something_was_erased() -> None:
    first = cut("2026-11")
    year = f"({first.cut_at:%Y})"
    then = first.cut_at.replace(year=2019)
    PublicRelease.objects.update(cut_at=then, citation=first.citation.replace(year, "(2019)"))
    again = cut("2026-11", again=True)
    assert (again.cut_at, again.citation) == (then, first.citation.replace(year, "(2019)"))
    assert (release_folder("2026-11") / "CITATION.txt").read_text() == f"{again.citation}\n"
    redact(Incident.objects.order_by("pk")[0], reason="A witness asked for it.")
    for _ in range(2):
        last = cut("2026-11", again=True)
        assert last.cut_at.year > 2019
        assert "(2019), release 2026-11, " in last.citation
        assert "of its records, which were erased" in last.citation


def test_progress_is_told_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "CHUNK", 2)
    told: list[tuple[str, int, int]] = []
    release = cut("2026-11", advance=lambda stage, done, total: told.append((stage, done, total)))
    records = {file["name"]: file["records"] for file in release.files}
    assert {stage for stage, _, _ in told} == set(releases.KINDS.values())
    assert all(total == records[f"{stage}.ndjson.gz"] for stage, _, total in told)
    assert [done for stage, done, _ in told if stage == "sources"][-1] == records["sources.ndjson.gz"] > 2
    assert ("sources", 2, records["sources.ndjson.gz"]) in told


def test_two_cannot_cut_one_release_at_once(tmp_path: Path) -> None:
    with (tmp_path / ".2026-11.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(CommandError, match="being cut already"):
            call_command("release", "2026-11")
    cut("2026-11")
    assert PublicRelease.objects.get().name == "2026-11"


def test_a_folder_that_cannot_be_written_is_refused_in_a_sentence(settings: Settings, tmp_path: Path) -> None:
    settings.RELEASES_DIR = tmp_path / "file"
    settings.RELEASES_DIR.touch()
    with pytest.raises(CommandError, match=r"cannot be written: .*/file: File exists\. Look at RELEASES_DIR"):
        call_command("release", "2026-11")
    assert not PublicRelease.objects.exists()


def test_a_disk_that_is_full_is_refused_in_a_sentence_and_nothing_is_left(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))  # no file of this process may be longer
    try:
        with pytest.raises(ReleaseRefused, match=r"cannot be written: .*: File too large\. Look at RELEASES_DIR"):
            cut("2026-11")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [each.name for each in tmp_path.iterdir()] == [".2026-11.lock"]
    assert not PublicRelease.objects.exists()
    assert cut("2026-11").files


def test_a_file_that_is_not_whole_is_not_served() -> None:
    cut("2026-11")
    path = release_folder("2026-11") / "sources.ndjson.gz"
    path.write_bytes(path.read_bytes()[:-1])
    answer = Client().get("/releases/2026-11/sources.ndjson.gz")
    assert (answer.status_code, answer["Cache-Control"]) == (503, "no-store")
    assert Client().get("/releases/2026-11/incidents.csv.gz").status_code == 200


def test_a_file_that_was_changed_at_equal_length_is_not_served(caplog: pytest.LogCaptureFixture) -> None:
    cut("2026-11")
    path = release_folder("2026-11") / "sources.ndjson.gz"
    whole, times = path.read_bytes(), path.stat()
    assert Client().get("/releases/2026-11/sources.ndjson.gz").status_code == 200
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    tag = f'"{hashlib.sha256(whole).hexdigest()}"'
    for headers in ({}, {"If-None-Match": tag}):
        answer = Client().get("/releases/2026-11/sources.ndjson.gz", headers=headers)
        assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert f"{path} is not the file that was cut" in caplog.text
    cut("2026-11", again=True)
    assert Client().get("/releases/2026-11/sources.ndjson.gz")["ETag"] == tag


def test_a_file_is_read_for_its_digest_once(monkeypatch: pytest.MonkeyPatch) -> None:
    cut("2026-11")
    read: list[object] = []
    digest = hashlib.file_digest

    def counted(file: Any, name: str) -> Any:
        read.append(file)
        return digest(file, name)

    monkeypatch.setattr(hashlib, "file_digest", counted)
    for _ in range(3):
        assert Client().get("/releases/2026-11/sources.ndjson.gz").status_code == 200
    assert len(read) == 1


@pytest.mark.parametrize("form", ["{}", "W/{}", "*", '"other", {}'])
def test_a_file_that_is_kept_is_not_sent_again(form: str) -> None:
    cut("2026-11")
    address = "/releases/2026-11/sources.ndjson.gz"
    tag = Client().get(address)["ETag"]
    again = Client().get(address, headers={"If-None-Match": form.format(tag)})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert "Content-Type" not in again


def test_the_list_has_the_newest_first() -> None:
    cut("first", at_seq=1)
    cut("second")
    found = CheckedClient().get("/api/v1/releases/").json()
    assert [each["name"] for each in found["results"]] == ["second", "first"]
    assert "sequence number 1 " in found["results"][1]["citation"]


def test_what_is_no_release_is_404() -> None:
    cut("first")
    for path in ("/api/v1/releases/none/", "/releases/none/incidents.csv.gz", "/releases/first/..%2fsettings.py"):
        answer = Client().get(path)
        assert answer.status_code == 404, path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Not/a name"], "is no name of a release"),
        (["first"], "choose another name"),
        (["second", "--again"], "leave --again out"),
        (["first", "--again", "--at-seq", "1"], "leave --at-seq out"),
        (["second", "--at-seq", "999999"], "it ends at"),
        (["second", "--at-seq", "0"], "There is no sequence number 0"),
    ],
)
def test_a_refusal_says_what_to_write(arguments: list[str], said: str) -> None:
    cut("first")
    with pytest.raises(CommandError, match=said):
        call_command("release", *arguments)
    assert list(PublicRelease.objects.values_list("name", flat=True)) == ["first"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_file_takes_no_other_method_and_says_so_as_the_api_does(method: str) -> None:
    address = "/releases/2026-11/incidents.csv.gz"
    refused = Client(enforce_csrf_checks=True).generic(method, address)
    assert (refused.status_code, refused["Content-Type"]) == (405, "application/problem+json")
    assert refused.json()["type"] == "urn:hid:problem:method-not-allowed"
    told = Client().options(address)
    assert (told.status_code, told.content) == (204, b"")
    assert refused["Allow"] == told["Allow"] == "GET, HEAD, OPTIONS"
