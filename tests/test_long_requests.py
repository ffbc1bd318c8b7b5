"""Long requests through a real server: a hundred ids as generated clients write them, and a `next` as we write it."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from incidents.api.base import LONGEST_QUERY
from tests.processes import Site, answers, database, wait_for

SOURCES = """
from incidents.models import Source
from incidents.rules.publication.publishing import publish
made = [Source.objects.create(kind="un_body", names={"en": f"Body {number}"}) for number in range(3)]
publish(made)
print(",".join(str(each.public_id) for each in made))
"""
pytestmark = [pytest.mark.processes, pytest.mark.once, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, list[str]]]:
    """A client of a server as README starts it, and the ids of three published sources among a hundred."""
    folder = tmp_path_factory.mktemp("long")
    with database(folder) as url:
        site = Site(url, folder)
        site.migrate()
        made = site.manage("shell", "-v", "0", "-c", SOURCES).split(",")
        site.serve("--threads", "2")
        try:
            wait_for(lambda: answers(site.address), 60, site)
            with httpx.Client(base_url=site.address, timeout=60) as client:
                yield client, [*made, *(str(uuid4()) for _ in range(97))]
        finally:
            site.stop()


def test_a_hundred_ids_may_be_a_parameter_given_a_hundred_times(site: tuple[httpx.Client, list[str]]) -> None:
    client, ids = site
    answer = client.get("/api/v1/claims/?" + "&".join(f"incident={each}" for each in ids))
    assert len(str(answer.request.url)) > 4_600
    assert (answer.status_code, answer.json()["results"]) == (200, [])


def test_a_next_of_parameters_as_long_as_they_may_be_is_answered(site: tuple[httpx.Client, list[str]]) -> None:
    client, ids = site
    repeated = f"id={','.join(ids)}&limit=1&ordering=-seq&kind={','.join(['un_body'] * 50)}"
    query = f"{repeated}&fields={','.join(['published_at'] * 50)}&q=body"
    query += "%F0%9F%95%8A" * ((LONGEST_QUERY - len(query)) // 12)  # a dove: no letter, so not searched for
    answer = client.get(f"/api/v1/sources/?{query}")
    assert answer.status_code == 200, answer.text
    found = [each["id"] for each in answer.json()["results"]]
    while following := answer.json()["next"]:
        assert len(following) > LONGEST_QUERY + 100
        answer = client.get(following)
        assert answer.status_code == 200, answer.text
        found += [each["id"] for each in answer.json()["results"]]
    assert sorted(found) == sorted(ids[:3])


def test_what_would_have_a_longer_next_is_refused_by_the_name_of_the_parameter(
    site: tuple[httpx.Client, list[str]],
) -> None:
    client, ids = site
    answer = client.get(f"/api/v1/claims/?incident={','.join(ids)}&asserted_by={','.join(ids[:95])}")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [each["parameter"] for each in answer.json()["errors"]] == ["incident"]
    assert "3,7" in answer.json()["detail"]
