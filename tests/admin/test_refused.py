"""What the desk is shown where it is refused or fails: words in its language, the id of the request, a way back."""

import re
from html import unescape
from typing import Any

import pytest
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from config import failing
from incidents.admin import refused
from incidents.admin.sources import SourceAdmin
from tests.factories import IncidentFactory, UserFactory

LANGUAGES = [("en", "ltr"), ("fr", "ltr"), ("es", "ltr"), ("ar", "rtl")]
EVERY = (refused.BAD_REQUEST, refused.FORBIDDEN, refused.FORM_FROM_ELSEWHERE, refused.NOT_FOUND, refused.FAILED)


def told(answer: Any, words: refused.Told, language: str = "en") -> str:
    """The text of a page that says these words in that language, and how to go on."""
    text: str = unescape(answer.content.decode())
    assert (answer.status_code, answer["Cache-Control"]) == (words.status, "private, no-store")
    with translation.override(language):
        said = [translation.gettext(str(each)) for each in ("Back to the desk", "Home")]
        said += [str(each) for each in (words.title, words.happened, words.advice)]
    assert [each for each in said if each not in text] == []
    assert f'href="{reverse("admin:index")}">{said[0]}</a>' in text
    assert answer["X-Request-ID"] in text
    return text


@pytest.fixture
def staff(db: None) -> Client:
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    client.force_login(UserFactory(is_staff=True))
    return client


@pytest.fixture
def moderator(db: None) -> Client:
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize(("language", "direction"), LANGUAGES)
def test_who_may_not_do_it_is_told_in_their_language(staff: Client, language: str, direction: str) -> None:
    answer = staff.get(reverse("admin:incidents_submission_undo"), headers={"accept-language": language})
    text = told(answer, refused.FORBIDDEN, language)
    assert f'<html lang="{language}" dir="{direction}">' in text
    assert ("You may not do this" in text) == (language == "en")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_form_of_before_signing_in_again_says_that_the_text_is_not_lost(moderator: Client, language: str) -> None:
    address = reverse("admin:incidents_incident_change", args=[IncidentFactory().pk]) + "?_changelist_filters=q%3Dx"
    answer = moderator.post(address, {"place_text": "Tuwaym"}, headers={"accept-language": language})
    text = told(answer, refused.FORM_FROM_ELSEWHERE, language)
    assert f'<a class="button" href="{address}">' in text
    assert "Tuwaym" not in text, "nothing of a form from elsewhere is put into a form of ours"


def test_a_list_asked_for_what_it_does_not_offer_leads_back(moderator: Client) -> None:
    told(moderator.get(reverse("admin:incidents_incident_changelist") + "?title__en__regex=("), refused.BAD_REQUEST)


def test_a_page_that_is_not_there_leads_back(moderator: Client) -> None:
    told(moderator.get(reverse("admin:incidents_incident_preview", args=[7])), refused.NOT_FOUND)
    assert moderator.get("/admin/nowhere/at/all/", follow=True).status_code == 404


def test_a_failure_leads_back_and_says_nothing_of_itself(moderator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any) -> None:
        raise ValueError("a secret of ours")

    monkeypatch.setattr(SourceAdmin, "get_queryset", fail)
    answer = moderator.get(reverse("admin:incidents_source_changelist"), headers={"accept-language": "es"})
    assert "a secret of ours" not in told(answer, refused.FAILED, "es")


@pytest.mark.parametrize("language", ["fr", "es", "ar"])
def test_every_word_of_these_pages_is_translated(language: str) -> None:
    for words in EVERY:
        said = (words.title, words.happened, words.advice)
        with translation.override("en"):
            english = [str(each) for each in said]
        with translation.override(language):
            assert [each for each in map(str, said) if each in english] == []


def test_they_ask_the_database_nothing_and_are_the_desk_s_alone(rf: RequestFactory) -> None:
    """Not marked for the database: a query would fail the test."""
    for words in EVERY:
        assert refused.page(rf.post("/admin/", {"kind": "burial"}), words) is not None
        assert refused.page(rf.get("/"), words) is None
        assert refused.page(rf.get("/api/v1/incidents/"), words) is None
    popup = refused.page(rf.get("/admin/?_popup=1"), refused.FORBIDDEN)
    assert popup is not None
    assert re.search(r'<body class="popup', popup.content.decode())


def test_the_api_answers_problems_as_before(rf: RequestFactory) -> None:
    request, error = rf.get("/api/x"), Http404()
    answers = {
        400: failing.unreadable(request, error),
        403: failing.forbidden(request, error),
        404: failing.absent(request, error),
        500: failing.failed(request),
    }
    for status, answer in answers.items():
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert failing.from_elsewhere(request)["Content-Type"] == "application/problem+json"
    assert failing.absent(rf.get("/nowhere"), error)["Content-Type"].startswith("text/html")
