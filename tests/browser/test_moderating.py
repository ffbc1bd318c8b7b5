"""Merging, taking a merge apart, emptying earlier versions and undoing a period, by two people in a real browser.

What the pages do without a browser is tested under tests/admin/.
"""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from incidents.admin.proposing import merge_address
from incidents.models import Incident, Merge, PublicationBody, PublicIncident, PublicSource
from incidents.rules.publication import publishing
from tests.browser.test_admin import assert_fits, log_in, speak, words
from tests.contributions import sender, with_reference
from tests.factories import ClaimFactory, DuplicateCandidateFactory, IncidentFactory
from tests.rules.test_undoing import publish


def pair() -> tuple[Incident, Incident]:
    """Two public incidents that may be one, with a value each that the other lacks."""
    title = {"en": "Killing of villagers of Tuwaym", "ar": "قتل قرويين في تويم"}
    kept = IncidentFactory(title=title, place_text="")
    gone = IncidentFactory(title={"en": "Killings at Tuwaym", "ar": "قتلى في تويم"}, place_text="Tuwaym")
    DuplicateCandidateFactory(first=kept, second=gone)
    ClaimFactory(incident=kept, value=31)
    ClaimFactory(incident=gone, value=29)
    publishing.publish([kept, gone])
    return kept, gone


def confirm(browser: Browser, page: Page, site: str, name: str) -> None:
    """A second person confirms what is proposed on the page."""
    second = browser.new_page()
    log_in(second, site, name)
    second.goto(page.url)
    second.click(".proposal button[value=confirm]")
    expect(second.locator(".messagelist .success")).to_be_visible()
    second.close()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_two_people_merge_two_incidents_and_take_them_apart_again(
    page: Page, site: str, complaints: list[str], language: str, browser: Browser
) -> None:
    kept, gone = pair()
    log_in(page, site)
    speak(page, language)
    page.goto(site + reverse("admin:incidents_duplicatecandidate_changelist"))
    page.click(f"#result_list a[href*='/{kept.pk}/merge/']")
    expect(page.locator("input[name=place_text][value=absorbed]")).to_be_checked()
    page.check("input[name=title][value=absorbed]")
    page.fill("#merge-form textarea", "One killing, told twice.")
    assert_fits(page)
    page.click("#merge-form [type=submit]")
    expect(page.locator(".messagelist .success")).to_be_visible()
    expect(page.locator(".proposal button[value=confirm]")).to_be_disabled()
    assert_fits(page)
    confirm(browser, page, site, "omar")
    kept.refresh_from_db()
    assert (kept.title["en"], kept.place_text, PublicIncident.objects.count()) == ("Killings at Tuwaym", "Tuwaym", 1)

    page.goto(site + reverse("admin:incidents_merge_change", args=[Merge.objects.get().pk]))
    page.click(f".object-tools :text-is('{words('Propose to undo the merge', language)}')")
    page.fill("#undo-form textarea", "Two villages of one name.")
    page.click("#undo-form [type=submit]")
    expect(page.locator(".proposal")).to_be_visible()
    assert_fits(page)
    confirm(browser, page, site, "rana")
    assert PublicIncident.objects.count() == 2
    gone.refresh_from_db()
    assert gone.merged_into is None
    assert complaints == []


def test_the_other_incident_is_picked_by_typing(page: Page, site: str, complaints: list[str]) -> None:
    kept, gone = pair()
    log_in(page, site)
    page.goto(site + reverse("admin:incidents_incident_change", args=[kept.pk]))
    page.click(".object-tools :text-is('Propose a merge')")
    assert_fits(page)
    page.click("[aria-labelledby=select2-id_with-container]")
    page.fill(".select2-container--open .select2-search__field", "Killings at")
    page.click(".select2-results__option:has-text('Killings at Tuwaym')")
    page.click("#with-form [type=submit]")
    expect(page.locator("#merge-form")).to_be_visible()
    assert page.url == site + merge_address(kept, gone)
    assert complaints == []


def test_two_people_empty_earlier_versions(page: Page, site: str, complaints: list[str], browser: Browser) -> None:
    kept, _ = pair()
    log_in(page, site)
    page.goto(site + reverse("admin:incidents_incident_preview", args=[kept.pk]))
    page.fill("#redact-form textarea", "It named a witness.")
    page.click("#redact-form [type=submit]")
    expect(page.locator(".proposal")).to_be_visible()
    confirm(browser, page, site, "omar")
    bodies = PublicationBody.objects.filter(publication__object_id=kept.public_id).order_by("pk")
    assert [body.document is None for body in bodies] == [True, False]
    assert complaints == []


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_lead_undoes_a_period(page: Page, site: str, complaints: list[str], language: str) -> None:
    by = sender()
    for number in range(3):
        publish(with_reference(str(number)), by)
    log_in(page, site)
    speak(page, language)
    page.goto(site + reverse("admin:incidents_submission_changelist"))
    page.click(f".object-tools :text-is('{words('Undo a batch or a period', language)}')")
    assert_fits(page)
    page.select_option("#id_organisation", label="Seen")
    page.fill("#id_sent_from", f"{timezone.now() - timedelta(hours=1):%Y-%m-%dT%H:%M:%S}")
    page.click("#choice-form [type=submit]")
    # Three incidents, and the source and the document that came with them.
    expect(page.locator(".effect li")).to_have_count(5)
    assert (PublicIncident.objects.count(), PublicSource.objects.count()) == (3, 1)
    assert_fits(page)
    page.fill("#undo-form textarea", "The account was not theirs.")
    page.click("#undo-form [type=submit]")
    expect(page.locator("#results tbody tr")).to_have_count(3)
    assert_fits(page)
    assert (PublicIncident.objects.count(), PublicSource.objects.count()) == (0, 0)
    assert complaints == []


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_page_fits_a_telephone(page: Page, site: str, complaints: list[str], language: str) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    kept, gone = pair()
    by = sender()
    publish(with_reference("1"), by)
    log_in(page, site)
    speak(page, language)
    for address in (
        reverse("admin:incidents_incident_merge", args=[kept.pk]),
        merge_address(kept, gone),
        reverse("admin:incidents_incident_preview", args=[kept.pk]),
        reverse("admin:incidents_submission_undo"),
    ):
        page.goto(site + address)
        assert_fits(page)
    page.select_option("#id_organisation", label="Seen")
    page.fill("#id_sent_from", f"{timezone.now() - timedelta(hours=1):%Y-%m-%dT%H:%M:%S}")
    page.click("#choice-form [type=submit]")
    expect(page.locator("#undo-form")).to_be_visible()
    assert_fits(page)
    assert complaints == []
