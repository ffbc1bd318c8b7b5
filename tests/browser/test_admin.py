"""The desk in a real browser, in English and Arabic: enter an incident with a claim, publish it; fit every screen.

What the pages do without a browser is tested under tests/admin/.
"""

import re
from datetime import date

import pytest
from django.contrib.auth.hashers import make_password
from django.urls import reverse
from django.utils import translation
from playwright.sync_api import Browser, Page, expect

from incidents.models import Incident
from incidents.rules.publication import publishing
from tests.factories import (
    AttributionFactory,
    ClaimCellFactory,
    ClaimFactory,
    DeadlineFactory,
    DocumentFactory,
    IncidentActFactory,
    IncidentFactory,
    SourceFactory,
    TermFactory,
    TermLabelFactory,
    UserFactory,
)

PASSWORD = "correct horse battery staple"
DIRECTIONS = {"en": "ltr", "ar": "rtl"}
UNLABELLED = """() => [...document.querySelectorAll('input, select, textarea')]
    .filter(field => !['hidden', 'submit'].includes(field.type) && field.checkVisibility())
    .filter(field => !field.closest('.select2'))
    .filter(field => !field.labels?.length && !field.getAttribute('aria-label') && !field.getAttribute('title')
        && !field.closest('.tabular') && !field.classList.contains('vTimeField'))
    .map(field => field.name)"""


def words(text: str, language: str) -> str:
    with translation.override(language):
        return translation.gettext(text)


def log_in(page: Page, site: str, name: str = "leila") -> None:
    UserFactory(username=name, is_staff=True, is_superuser=True, password=make_password(PASSWORD))
    page.goto(site + reverse("admin:index"))
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.click("#login-form [type=submit]")
    expect(page.locator("#user-tools")).to_contain_text(name)


def confirm(second: Page, page: Page) -> None:
    """A second person confirms what is proposed on a page, which then shows it."""
    second.goto(page.url)
    second.click(".proposal button[value=confirm]")
    expect(second.locator(".messagelist .success")).to_be_visible()
    page.reload()


def speak(page: Page, language: str) -> None:
    page.click(f".languages [value={language}]")
    expect(page.locator("html")).to_have_attribute("dir", DIRECTIONS[language])


def pick(page: Page, field: str, search: str) -> None:
    """Choose a row in a picker by typing a part of its name."""
    page.click(f"[aria-labelledby=select2-{field}-container]")
    page.fill(".select2-container--open .select2-search__field", search)
    page.click(f".select2-results__option:has-text('{search}')")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_two_people_enter_an_incident_with_a_claim_and_publish_it(
    page: Page, site: str, complaints: list[str], language: str, browser: Browser
) -> None:
    source = SourceFactory(names={"en": "Civil Peace Group - Seen", "ar": "مجموعة السلم الأهلي - سين"})
    document = DocumentFactory(title={"en": "Press article", "ar": "مقال صحفي"})
    TermLabelFactory(term=TermFactory(vocabulary="measure", code="killed"), language="ar", label="قتلى")
    log_in(page, site)
    speak(page, language)
    page.goto(site + reverse("admin:incidents_incident_add"))
    page.select_option("#id_kind", "killing_event")
    page.fill("#id_title__en", "Killing of villagers of Tuwaym")
    page.fill("#id_title__ar", "قتل قرويين في تويم")
    page.fill("#id_start_earliest", "2025-03-06")
    page.fill("#id_country", "SYR")
    page.select_option("#id_geo_precision", "settlement_unmatched")
    page.click("#claims-group .add-row a")
    pick(page, "id_claims-0-asserted_by", source.names[language])
    pick(page, "id_claims-0-document", document.title[language])
    page.select_option("#id_claims-0-measure", "killed")
    page.select_option("#id_claims-0-status", "civilian")
    page.select_option("#id_claims-0-qualifier", "exact")
    page.fill("#id_claims-0-value", "31")
    page.click("[name=_continue]")

    figures = page.locator(".estimates tbody tr").first
    expect(figures).to_contain_text({"en": "Killed", "ar": "قتلى"}[language])
    expect(figures.locator(".best")).to_have_text("31")
    expect(page.locator(".traces .used").first).to_contain_text("it sets the best figure, 31")

    page.click(".previewlink")
    expect(page.locator(".document")).to_contain_text("قتل قرويين في تويم")
    page.click("#publish-form [type=submit]")
    expect(page.locator("#publish-form .errorlist")).to_have_text(
        words("Write the reason: it stands in the public log for good.", language)
    )
    page.fill("#publish-form textarea", "Reported by Seen on 9 March.")
    page.click("#publish-form [type=submit]")
    expect(page.locator(".messagelist .success")).to_be_visible()
    expect(page.locator(".proposal button[value=confirm]")).to_be_disabled()
    second = browser.new_page()
    log_in(second, site, "omar")
    confirm(second, page)
    expect(page.locator("p.state")).to_contain_text(words("Published", language))
    incident = Incident.objects.get()
    public = publishing.published_document("incident", incident.public_id)
    assert public is not None
    assert (public["estimates"][0]["best"], public["title"]["ar"]) == (31, "قتل قرويين في تويم")

    page.fill("#withdraw-form textarea", "The source took it back.")
    page.click("#withdraw-form [type=submit]")
    confirm(second, page)
    second.close()
    expect(page.locator("p.state")).to_contain_text(words("Withdrawn", language))
    assert publishing.published_document("incident", incident.public_id) is None
    assert complaints == []


def test_two_moderators_on_one_incident(page: Page, site: str, browser: Browser) -> None:
    incident = IncidentFactory(place_text="Tuwaym")
    log_in(page, site)
    page.goto(site + reverse("admin:incidents_incident_change", args=[incident.pk]))
    page.fill("#id_place_text", "A village near Jableh")
    incident.refresh_from_db()
    incident.version += 1
    incident.grade = "confirmed"
    incident.save()
    page.click("[name=_save]")
    expect(page.locator(".errorlist.nonfield")).to_contain_text("changed meanwhile")
    expect(page.locator(".errorlist.nonfield")).to_contain_text("Grade")
    expect(page.locator("#id_place_text")).to_have_value("A village near Jableh")


@pytest.fixture
def full(db: None) -> Incident:
    """An incident with a row of everything, published and changed since."""
    incident = IncidentFactory(place_text="at least 29 localities")
    document = DocumentFactory()
    claim = ClaimFactory(incident=incident, document=document)
    ClaimFactory(
        incident=incident, document=document, status="all", qualifier="nearly", value=200, as_of=date(2025, 3, 8)
    )
    ClaimCellFactory(claim=claim)
    IncidentActFactory(incident=incident, document=document)
    AttributionFactory(incident=incident, document=document)
    publishing.publish([incident], reason="Seen.")
    incident.grade = "confirmed"
    incident.save()
    return incident


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_is_wider_than_the_screen_and_every_field_has_a_label(
    page: Page, site: str, complaints: list[str], full: Incident, width: int, language: str
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    inquiry = DeadlineFactory().investigation
    page.goto(site + reverse("admin:login"))
    speak(page, language)
    assert_fits(page)
    log_in(page, site)
    for path in (
        reverse("admin:index"),
        reverse("admin:incidents_incident_changelist"),
        reverse("admin:incidents_incident_add"),
        reverse("admin:incidents_incident_change", args=[full.pk]),
        reverse("admin:incidents_incident_preview", args=[full.pk]),
        reverse("admin:incidents_incident_history", args=[full.pk]),
        reverse("admin:incidents_investigation_change", args=[inquiry.pk]),
        reverse("admin:incidents_claim_changelist"),
    ):
        page.goto(site + path)
        for card in page.locator("details.card > summary").all():
            card.click(position={"x": 5, "y": 10} if language == "en" else None)
        assert_fits(page)
    assert complaints == []


def assert_fits(page: Page) -> None:
    path = re.sub(r"^https?://[^/]+", "", page.url)
    wide, screen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= screen, f"{path} is {wide} wide on a screen of {screen}"
    assert page.evaluate(UNLABELLED) == [], path
