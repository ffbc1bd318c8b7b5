"""Everything that goes wrong under /api/ is RFC 9457 problem details, whoever noticed it."""

import io
import json
import time
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404
from django.test import Client, RequestFactory
from rest_framework.exceptions import APIException, NotAuthenticated, ParseError, UnsupportedMediaType

from incidents.api import problems
from incidents.api.parsers import StrictJSON, depth
from incidents.api.writing import together
from incidents.models import Submission
from incidents.rules.accounts.limits import refused
from tests.contract.validation import CheckedClient
from tests.contributions import country, tuwaym
from tests.keys import bearer, key_of, send

MEMBERS = {"type", "title", "status", "detail", "instance", "request_id", "errors"}


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(answer.content)
    assert set(body) == MEMBERS
    assert body["status"] == status
    return body


@pytest.mark.django_db
@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("path", ["/api/v1/nowhere/", "/api/v1/incidents/x/", "/api/v2/", "/api/", "/api/v1/nowhere"])
def test_an_address_that_leads_nowhere(client: Client, settings: Any, path: str, debug: bool) -> None:
    settings.DEBUG = debug
    body = problem(client.get(path), 404)
    assert (body["type"], body["instance"]) == ("urn:hid:problem:not-found", path)
    assert body["request_id"] == client.get(path, headers={"x-request-id": body["request_id"]})["X-Request-ID"]


@pytest.mark.django_db
@pytest.mark.parametrize("debug", [True, False])
def test_an_unexpected_failure_tells_nothing_but_the_request_id(
    monkeypatch: pytest.MonkeyPatch, settings: Any, debug: bool
) -> None:
    def fail() -> int:
        raise RuntimeError("secret detail")

    settings.DEBUG = debug
    monkeypatch.setattr("incidents.api.v1.about.head_seq", fail)
    answer = CheckedClient(raise_request_exception=False).get("/api/v1/")
    problem(answer, 500)
    assert b"secret" not in answer.content


@pytest.mark.django_db
def test_a_database_without_time_says_when_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> int:
        raise OperationalError("couldn't get a connection after 20.00 sec from secret.host")

    monkeypatch.setattr("incidents.api.v1.about.head_seq", fail)
    answer = CheckedClient(raise_request_exception=False).get("/api/v1/")
    assert problem(answer, 503)["type"] == "urn:hid:problem:unavailable"
    assert answer["Retry-After"] == "1"
    assert b"secret" not in answer.content


@pytest.mark.django_db
@pytest.mark.parametrize(("lost", "stored"), [("Submissions.found", 0), ("together", 1)])
def test_whether_it_was_done_is_not_known_where_the_database_is_lost(
    monkeypatch: pytest.MonkeyPatch, lost: str, stored: int
) -> None:
    def fail(*given: Any, **_: Any) -> None:
        if lost == "together":  # once it was told to keep what was done
            together(given[0])
        raise OperationalError("server closed the connection unexpectedly")

    country()
    monkeypatch.setattr(f"incidents.api.v1.submissions.{lost}", fail)
    client = CheckedClient(raise_request_exception=False)
    answer = send(client, key_of(scopes=["submissions:write"]), "POST", "/api/v1/submissions/", tuwaym())
    told = problem(answer, 503)["detail"]
    assert "not known" in told
    assert "Idempotency-Key" in told
    assert Submission.objects.count() == stored


@pytest.mark.django_db
def test_too_many_requests_say_how_long_to_wait(api: CheckedClient, settings: Any) -> None:
    settings.ANON_RATE = "2/min"
    refused.forget()
    statuses = [api.get("/api/v1/vocabularies/").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    answer = api.get("/api/v1/vocabularies/")
    assert problem(answer, 429)["type"] == "urn:hid:problem:too-many-requests"
    assert 1 <= int(answer["Retry-After"]) <= 60
    refused.forget()


def test_django_s_own_error_pages_are_problems_under_api_and_pages_elsewhere(rf: RequestFactory) -> None:
    for status, view in (
        (400, problems.handler400), (403, problems.handler403), (404, problems.handler404),
    ):  # fmt: skip
        problem(view(rf.get("/api/x"), Exception("no")), status)
        assert view(rf.get("/admin/x"), Exception("no"))["Content-Type"].startswith("text/html")
    problem(problems.handler500(rf.get("/api/x")), 500)
    assert problems.handler500(rf.get("/x"))["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("exception", "status"),
    [
        (Http404(), 404),
        (PermissionDenied(), 403),
        (SuspiciousOperation(), 400),
        (ParseError(), 400),
        (UnsupportedMediaType("text/plain"), 415),
        (NotAuthenticated(), 401),
        (APIException(), 500),
    ],
)
def test_exceptions_of_the_framework(rf: RequestFactory, exception: Exception, status: int) -> None:
    found = problems.translated(exception)
    assert found is not None
    problem(problems.answer(rf.get("/api/x"), found), status)


def test_a_lone_surrogate_in_a_detail_is_no_encoding_error(rf: RequestFactory) -> None:
    body = problem(problems.answer(rf.get("/api/x"), problems.Problem("bad-request", "a\ud800b")), 400)
    assert body["detail"] == "a\ud800b"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"nul", b'{"a": NaN}', b"[Infinity]", b'{"a": 1, "a": 2}', b'"\\ud800"', b"\xff\xfe", b"[" * 100_000,
        b"1" * 5000, b'"' + b'\\"' * 500_000, b'"\\', b"[" * 33 + b"]" * 33, b'{"a":' * 33 + b"1" + b"}" * 33,
    ],
    ids=lambda body: repr(body[:12]),
)  # fmt: skip
def test_a_body_that_is_no_json_or_nested_too_deeply_is_refused_at_once(body: bytes) -> None:
    begun = time.process_time()
    with pytest.raises(ParseError):
        StrictJSON().parse(io.BytesIO(body))
    assert time.process_time() - begun < 1


def test_a_byte_order_mark_is_named() -> None:
    with pytest.raises(ParseError, match=r"byte order mark.*send it without"):
        StrictJSON().parse(io.BytesIO("\ufeff{}".encode()))


@pytest.mark.parametrize(
    ("body", "levels"),
    [
        (b"1", 0), (b"[]", 1), (b"[[],[[]]]", 3), (b'{"a": {"b": []}}', 3),
        (b'["[[[", "\\"[[", "\\\\"]', 1), (b"]][", 0),
        (b"[" * 1_000_000, 1_000_000),
    ],
    ids=lambda value: repr(value)[:12],
)  # fmt: skip
def test_depth_is_told_without_parsing(body: bytes, levels: int) -> None:
    assert depth(body) == levels


def test_a_body_that_is_too_large_is_a_413_and_not_read_to_its_end(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    assert StrictJSON().parse(io.BytesIO(b'"12345678"')) == "12345678"
    stream = io.BytesIO(b'"' + b"1" * 1_000 + b'"')
    with pytest.raises(problems.Problem) as too_large:
        StrictJSON().parse(stream)
    assert too_large.value.kind == "content-too-large"
    assert stream.tell() == 11


@pytest.mark.django_db
def test_a_body_that_does_not_come_to_its_end_is_no_server_error() -> None:
    api, broken = CheckedClient(raise_request_exception=False), io.BufferedReader(Broken())
    environ: dict[str, Any] = {"wsgi.input": broken, "CONTENT_LENGTH": "9", "CONTENT_TYPE": "application/json"}
    key = bearer(key_of(scopes=["submissions:write"]))
    answer = api.generic("POST", "/api/v1/submissions/", b"", headers=key, **environ)
    assert "Send it again" in problem(answer, 400)["detail"]


class Broken(io.RawIOBase):
    """A connection of which nothing more comes."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        raise BlockingIOError(f"none of {len(buffer)} bytes came")


@pytest.mark.django_db
def test_a_request_whose_body_is_too_large_is_told_how_large_it_may_be(api: CheckedClient, settings: Any) -> None:
    key = key_of(scopes=["submissions:write"])
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    too_large = json.dumps({"note": "x" * 1_000})
    for address in ("", "bulk/", "?dry_run=true"):
        body = problem(send(api, key, "POST", f"/api/v1/submissions/{address}", too_large), 413)
        assert "1,000 bytes" in body["detail"]
    assert send(api, key, "POST", "/api/v1/submissions/", json.dumps({"note": "x" * 900})).status_code == 400


@pytest.mark.django_db
def test_a_body_in_chunks_that_the_server_does_not_end_is_not_taken_for_an_empty_one(api: CheckedClient) -> None:
    key = key_of(scopes=["submissions:write"])
    body = problem(send(api, key, "POST", "/api/v1/submissions/", transfer_encoding="chunked"), 411)
    assert "Content-Length" in body["detail"]


def test_a_body_that_is_json_is_read() -> None:
    assert StrictJSON().parse(io.BytesIO('{"a": ["القرداحة", 1.5, null]}'.encode())) == {"a": ["القرداحة", 1.5, None]}


def test_browsers_may_read_our_headers() -> None:
    assert {"ETag", "Link", "Retry-After", "X-Dataset-Seq", "X-Next-Cursor"} <= set(settings.CORS_EXPOSE_HEADERS)


@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/nothing", "/api/v1/releases/x/files/y"])
def test_a_post_to_nothing_is_a_problem_and_no_page(db: None, path: str) -> None:
    """Django's check of forms answered with its own page before the view was asked."""
    answer = Client(enforce_csrf_checks=True).post(path, "{}", content_type="application/json")
    assert answer.status_code in {308, 403, 404, 405}
    if answer.status_code != 308:
        assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("query", ["q=caf%e9", "q=caf%C3", "q=caf%EF%BF%BD"])
def test_what_is_searched_for_in_another_encoding_is_refused(query: str, db: None) -> None:
    answer = Client().get(f"/api/v1/incidents/?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "invalid_character"
    assert "no UTF-8" in answer.json()["detail"]
