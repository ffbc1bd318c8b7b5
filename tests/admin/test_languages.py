"""The desk in Arabic, French and Spanish: direction, labels, and nothing of ours left in English.

Whether a translation reads well is for people to say; this sees that there is one.
"""

import html
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import trans_real

from incidents.admin import labels, model_labels, terms
from tests.admin.forms import filled
from tests.factories import (
    AttributionFactory,
    ClaimCellFactory,
    ClaimFactory,
    DeadlineFactory,
    DocumentFactory,
    IncidentActFactory,
    IncidentFactory,
    InvestigationEventFactory,
    SourceFactory,
    TermFactory,
    TermLabelFactory,
)

pytestmark = pytest.mark.django_db
LOCALE = Path(settings.ROOT) / "incidents" / "locale"
MESSAGE = re.compile(r'^msgid ((?:".*"\n)+)', re.MULTILINE)
ARABIC = {"HTTP_ACCEPT_LANGUAGE": "ar"}
# Written alike in every language.
SAME = {"SHA-256"}


def messages(language: str) -> list[str]:
    """Every sentence and label of ours, in English."""
    text = (LOCALE / language / "LC_MESSAGES" / "django.po").read_text("utf-8")
    found = ["".join(re.findall(r'"(.*)"', match.group(1))) for match in MESSAGE.finditer(text)]
    return [message.replace('\\"', '"') for message in found if message]


def arabic_labels() -> None:
    """A label in Arabic for every term, as load_vocabularies would put them there."""
    for vocabulary, codes in terms.VOCABULARIES.items():
        for position, code in enumerate(codes.values):
            term = TermFactory(vocabulary=vocabulary, code=code, position=position)
            TermLabelFactory(term=term, language="ar", label=f"تسمية {position}")


def words(page: Any) -> str:
    """What a person sees of a page: text, and what stands in labels and titles; scripts and chosen values left out."""
    text = page.content.decode()
    text = re.sub(r"<script.*?</script>|<style.*?</style>|lang=\"en\"[^<]*<", " ", text, flags=re.DOTALL)
    attributes = " ".join(re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', text))
    return html.unescape(re.sub(r"<[^>]+>", " | ", text) + " | " + attributes)


def parts(page: Any) -> set[str]:
    return {part.strip(" \n:.") for part in words(page).split("|")}


@pytest.mark.parametrize("language", ["ar", "fr", "es"])
def test_every_sentence_of_ours_is_translated(language: str) -> None:
    catalog = (LOCALE / language / "LC_MESSAGES" / "django.mo").stat()
    assert catalog.st_size > 10_000
    with translation.override(language):
        plain = [message for message in messages(language) if "%(" not in message]
        same = {message for message in plain if translation.gettext(message) == message}
    allowed = {m for m in same if len(m) < 20} if language != "ar" else SAME  # Latitude is latitude in French
    assert same - allowed == set()


def test_the_compiled_catalogs_are_those_of_the_sources() -> None:
    for language in ("ar", "fr", "es"):
        trans_real._translations.pop(language, None)  # type: ignore[attr-defined]
        with translation.override(language):
            source = (LOCALE / language / "LC_MESSAGES" / "django.po").read_text("utf-8")
            told = dict(re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', source, re.MULTILINE))
            for message, text in told.items():
                assert translation.gettext(message.replace('\\"', '"')) == text.replace('\\"', '"')


def test_every_label_of_a_field_and_a_model_is_arabic() -> None:
    with translation.override("ar"):
        told = [*labels.FIELDS.values(), *labels.FIELDS_OF_MODELS.values()]
        told += [name for pair in model_labels.MODELS.values() for name in pair]
        assert {str(label) for label in told if not re.search("[\u0600-\u06ff]", str(label))} == SAME


@pytest.mark.once
def test_arabic_pages_run_from_right_to_left_and_hold_no_english_of_ours(desk: Client) -> None:
    arabic_labels()
    monitor = SourceFactory(names={"ar": "راصد"})
    document = DocumentFactory(publisher=monitor, title={"ar": "تقرير"})
    incident = IncidentFactory(title={"ar": "قتل قرويين"}, place_text="تويم")
    claim = ClaimFactory(incident=incident, document=document)
    ClaimFactory(incident=incident, document=document, qualifier="nearly", status="all", value=200)
    ClaimCellFactory(claim=claim)
    IncidentActFactory(incident=incident, document=document)
    AttributionFactory(incident=incident, document=document, actor__names={"ar": "جماعة"})
    deadline = DeadlineFactory(investigation__names={"ar": "لجنة"}, basis="", investigation__body=monitor)
    InvestigationEventFactory(investigation=deadline.investigation)
    ours = {message.strip(" :.") for message in messages("ar") if re.search("[A-Za-z]{3}", message)} - SAME
    paths = [reverse("admin:index"), reverse("admin:incidents_source_add"), reverse("admin:incidents_document_add")]
    for row in (incident, claim, deadline.investigation, document, monitor):
        name = row._meta.model_name
        paths += [
            reverse(f"admin:incidents_{name}_changelist"),
            reverse(f"admin:incidents_{name}_change", args=[row.pk]),
        ]
    paths += [reverse("admin:incidents_incident_preview", args=[incident.pk])]
    english = {str(label) for _, cls in terms.VOCABULARIES.items() for _, label in cls.choices if len(str(label)) > 4}
    for path in paths:
        page = desk.get(path, **ARABIC)  # type: ignore[arg-type]
        assert 'lang="ar" dir="rtl"' in page.content.decode()
        seen = parts(page)
        assert seen & ours == set(), path
        assert seen & english == set(), path
    control = parts(desk.get(reverse("admin:incidents_incident_change", args=[incident.pk])))
    assert len(control & ours) > 50
    assert len(control & english) > 50


def test_after_a_change_it_is_not_said_that_something_was_added(desk: Client) -> None:
    """Django's own Arabic says so; ours is asked before it."""
    for language in ("ar", "fr", "es"):
        with translation.override(language):
            changed, added = (
                translation.gettext(f"The {{name}} “{{obj}}” was {what} successfully.") for what in ("changed", "added")
            )
            assert changed != added
    path = reverse("admin:incidents_source_change", args=[SourceFactory().pk])
    answer = desk.post(path, filled(desk, path), follow=True, headers={"Accept-Language": "ar"})
    (said,) = map(str, answer.context["messages"])
    assert "تعديل" in said
    assert "إضافة" not in said


def test_the_language_is_chosen_in_the_header(desk: Client) -> None:
    page = desk.get(reverse("admin:index")).content.decode()
    assert re.search(r'name="language" value="ar" lang="ar"', page)
    answer = desk.post(reverse("set_language"), {"language": "ar", "next": reverse("admin:index")}, follow=True)
    assert 'dir="rtl"' in answer.content.decode()
    assert "الحوادث" in answer.content.decode()


def test_the_login_page_offers_the_languages_too(client: Client) -> None:
    assert b'value="ar"' in client.get(reverse("admin:login")).content


@pytest.mark.parametrize(("language", "said"), [("ar", "المصادر: {}"), ("en", "Sources: {}"), ("fr", "Sources: {}")])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_how_many_there_are_needs_no_plural(admin_client: Client, language: str, said: str, count: int) -> None:
    SourceFactory.create_batch(count)
    page = admin_client.get(reverse("admin:incidents_source_changelist"), HTTP_ACCEPT_LANGUAGE=language)
    (told,) = re.findall(r'<p class="paginator">(.*?)</p>', page.content.decode(), re.DOTALL)
    assert " ".join(re.sub("<.*?>", " ", told).split()) == said.format(count)
