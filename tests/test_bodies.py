"""Bodies through a real server: in chunks and without Content-Length, too large, or of a type that cannot be read."""

import json
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import httpx
import pytest

from config.bodies import Measured
from tests.contributions import with_reference
from tests.processes import SUBMISSIONS, Site, answers, database, wait_for

LARGEST = 200_000
KEY = """
from django.contrib.auth.models import User
from incidents.models import Organisation
from incidents.rules.accounts.access import set_role
from incidents.rules.accounts.keys import create_key
seen, nadia = Organisation.objects.create(name="Seen"), User.objects.create_user("nadia")
set_role(user=nadia, role="contributor", organisation=seen)
print(create_key(organisation=seen, owner=nadia, name="chunks", scopes=["submissions:write"]).text)
"""
pytestmark = [pytest.mark.processes, pytest.mark.once, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("bodies")
    with database(folder) as url:
        site = Site(url, folder)
        site.environment["MAX_BODY_BYTES"] = str(LARGEST)
        site.migrate()
        key = site.manage("shell", "-v", "0", "-c", KEY)
        site.serve("--threads", "2")
        try:
            wait_for(lambda: answers(site.address), 60, site)
            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
            with httpx.Client(base_url=site.address, headers=headers, timeout=60) as client:
                yield client
        finally:
            site.stop()


def chunks(text: str) -> Iterator[bytes]:
    """What httpx sends in chunks, since it cannot know how long it is."""
    for start in range(0, len(text), 1_000):
        yield text[start : start + 1_000].encode()


def test_what_comes_in_chunks_is_read(client: httpx.Client) -> None:
    answer = client.post(SUBMISSIONS, content=chunks(json.dumps({"type": "incidents"})))
    assert "Content-Length" not in answer.request.headers
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/type"
    assert "incidents" in answer.json()["detail"]


def test_what_comes_in_chunks_and_is_too_large_is_a_413(client: httpx.Client) -> None:
    too_large = json.dumps({"items": [with_reference(f"incident-{number}") for number in range(150)]})
    assert len(too_large) > LARGEST
    for body in (chunks(too_large), too_large.encode()):
        answer = client.post(f"{SUBMISSIONS}bulk/", content=body)
        assert (answer.status_code, answer.json()["type"]) == (413, "urn:hid:problem:content-too-large")
    # The connection is good for the next request.
    assert client.get("/api/v1/sources/").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Authorization": "Bearer hid_none_none"}, 401), ({"Content-Type": "text/plain"}, 415)],
    ids=["no key", "no JSON"],
)
def test_a_refusal_of_what_nobody_reads_leaves_the_connection_as_it_says(
    client: httpx.Client, headers: dict[str, str], status: int
) -> None:
    sent = {name.title(): client.headers[name] for name in ("authorization", "content-type")}
    with closing(HTTPConnection("127.0.0.1", client.base_url.port, timeout=30)) as connection:
        for _ in range(3):
            connection.request("POST", SUBMISSIONS, b" " * (LARGEST - 1), {**sent, **headers})
            answer = connection.getresponse()
            assert (answer.status, answer.getheader("Connection")) == (status, "keep-alive")
            assert answer.read()


@pytest.mark.parametrize("said", ["application/json; a*=nope''x", "multipart/form-data; boundary*=nope''x"])
def test_a_content_type_that_cannot_be_read_is_a_415_where_it_matters_and_nothing_elsewhere(
    client: httpx.Client, said: str
) -> None:
    refused = client.post(SUBMISSIONS, content=b"{}", headers={"Content-Type": said})
    assert (refused.status_code, refused.json()["type"]) == (415, "urn:hid:problem:unsupported-media-type")
    assert client.get("/api/v1/incidents/", headers={"Content-Type": said}).status_code == 200


class BrokenOff:
    def read(self, _size: int) -> bytes:
        raise BlockingIOError("nothing came")


def test_a_body_in_chunks_that_breaks_off_is_told_so() -> None:
    def application(environ: dict[str, Any], _start_response: Any) -> list[bytes]:
        return [environ["wsgi.input"].read()]

    environ: dict[str, Any] = {
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input_terminated": True,
        "wsgi.input": BrokenOff(),
    }
    with pytest.raises(BlockingIOError, match="nothing came"):
        Measured(application, LARGEST)(environ, print)
    assert environ["CONTENT_LENGTH"] == "1", "it is taken for a request with a body"
