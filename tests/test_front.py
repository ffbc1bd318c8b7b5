"""The front page: for people in four languages, for programs as JSON, with queries that really return something.

The addresses it links to are tested with their resources.
"""

import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import pytest
from django.test import Client
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import DjangoAssertNumQueries

from config.front import COAST, QARDAHA, QUERIES, WORDS
from incidents.exchange.ged import import_ged
from incidents.exchange.seeds import load_founding_case
from incidents.models import AdminArea, AreaName, Incident, PublicIncident
from incidents.rules.publication.publishing import publish, withdraw
from tests.exchange.ged_files import ONE_SIDED, ged_file
from tests.factories import country_of
from tests.sharing import made_once
from tests.stories import add_areas, id_of

pytestmark = pytest.mark.django_db
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def publish_founding_case() -> None:
    """The founding case with its rivals; its one district has its Arabic name."""
    add_areas()
    AdminArea.objects.filter(pcode="SY0604").update(names={"en": "Al-Qardaha", "ar": QARDAHA})
    report = load_founding_case()
    publish([*report.incidents, *report.investigations])


@pytest.fixture(scope="class")
def founding_case(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with made_once(django_db_blocker, publish_founding_case):
        yield


@pytest.fixture
def car(db: None, tmp_path: Path) -> None:
    """One event of the Central African Republic, published."""
    AreaName.objects.create(
        area=country_of("CAF", en="Central African Republic"),
        name="Central African Republic",
        language="en",
        kind=AreaName.Kind.PRIMARY,
    )
    import_ged(ged_file(tmp_path, ONE_SIDED | {"date_start": "2014-05-07", "date_end": "2014-05-07"}), publishing=True)


def page(client: Client, address: str = "/", **headers: str) -> str:
    answer = client.get(address, headers=BROWSER | headers)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_it_works(client: Client) -> None:
    assert "<h1>Humanitarian incident database</h1>" in page(client)


class TestTheFoundingCase:
    """It is published once for all of them."""

    def test_programs_get_json_with_whole_addresses_and_figures(self, client: Client, founding_case: None) -> None:
        answer = client.get("/", headers={"accept": "*/*"})
        body = answer.json()
        assert body["openapi"] == "http://testserver/api/v1/schema/"
        assert body["figures"] == {"incidents": 8, "claims": 21, "seq": 40}
        assert body["first_queries"][0]["url"] == "http://testserver/api/v1/victims/?measure=killed&country=SYR"
        assert {"Accept", "Accept-Language"} <= set(re.split(r",\s*", answer["Vary"]))

    def test_every_first_query_returns_something(self, client: Client, founding_case: None, car: None) -> None:
        text = page(client)
        for address in (path for section in QUERIES.values() for path in section.values()):
            assert f'href="{address.replace("&", "&amp;")}"' in text
            answer = client.get(address)
            assert answer.status_code == 200, address
            if "format=csv" in address:
                assert len(b"".join(cast("Any", answer).streaming_content).splitlines()) == 2
            else:
                body: dict[str, Any] = answer.json()
                assert body["results"] or body["total"]["best"], address

    def test_figures_follow_the_log(self, client: Client, founding_case: None) -> None:
        assert client.get("/").json()["figures"]["incidents"] == 8
        withdraw(
            Incident.objects.get(public_id=id_of("incident", "tuwaym_burial")), reason_code="typo", reason="A test"
        )
        assert client.get("/").json()["figures"]["incidents"] == PublicIncident.objects.count() == 7

    def test_figures_are_counted_once_for_each_state_of_the_log(
        self, client: Client, founding_case: None, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        page(client)
        with django_assert_num_queries(1):  # the head of the log
            page(client)


@pytest.mark.parametrize("accept", ["text/html; a*=nope''x", "*/*;q=0", "application/json;q=0.1, text/html;q=0"])
def test_whoever_cannot_say_that_html_is_wanted_gets_json(client: Client, accept: str) -> None:
    answer = client.get("/", headers={"accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def test_the_founding_case_has_the_id_that_the_page_links_to() -> None:
    assert str(id_of("incident", "coast")) == COAST


def test_an_empty_database_is_not_said_to_hold_the_founding_case(client: Client) -> None:
    text = page(client)
    assert COAST not in text
    assert "CAF" not in text
    assert "/api/v1/vocabularies/" in text


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("fr", "ltr"), ("es", "ltr"), ("ar", "rtl")])
def test_the_page_speaks_the_language_of_the_browser_or_of_its_address(
    client: Client, language: str, direction: str
) -> None:
    for text in (page(client, **{"accept-language": language}), page(client, f"/?lang={language}")):
        assert f'<html lang="{language}" dir="{direction}">' in text
        assert f"<h1>{WORDS[language].title}</h1>" in text.replace("&#x27;", "'")


@pytest.mark.parametrize("asked", ["xx", "", "<script>"])
def test_a_language_without_words_is_answered_in_english(client: Client, asked: str) -> None:
    assert '<html lang="en" dir="ltr">' in page(client, f"/?lang={asked}")


@pytest.mark.parametrize("language", [language for language in WORDS if language != "en"])
def test_every_language_says_everything(language: str) -> None:
    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shape(each) for key, each in value.items()}
        return len(value) if isinstance(value, list) else bool(value)

    assert shape(asdict(WORDS[language])) == shape(asdict(WORDS["en"]))
    assert set(WORDS[language].sections) == set(QUERIES)
    assert {name for section in QUERIES.values() for name in section} == set(WORDS[language].queries)


def test_the_page_holds_no_inline_script_or_style_and_names_no_other_host(client: Client) -> None:
    answer = client.get("/", headers=BROWSER)
    text = answer.content.decode()
    assert re.findall(r"<script|<style|\sstyle=|\son\w+=|://", text) == []
    assert "unsafe" not in answer["Content-Security-Policy"]
