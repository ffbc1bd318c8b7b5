"""How rows introduce themselves on Arabic pages: no code, no English word, and no number in a turned order."""

import re
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.utils import translation

from incidents import models
from incidents.admin import terms
from incidents.admin.naming import describe, figure_of, text_of
from incidents.admin.terms import label
from incidents.documents.reasons import in_words, said
from tests import factories
from tests.admin.test_languages import arabic_labels

pytestmark = pytest.mark.django_db
ID = UUID("3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f")
NOON = datetime(2025, 3, 9, 12, tzinfo=UTC)
ISOLATED = re.compile("\u2068[^\u2069]*\u2069")


@pytest.mark.parametrize(
    "row",
    [
        models.SubmissionPart(pointer="/sources/0", kind="source", outcome="waiting"),
        models.SubmissionStep(action="submit", at=NOON),
        models.Account(role="moderator"),
        models.Recognition(kind="source", folded="اتحاد فلاحي ادلب"),
        models.AuditEntry(seq=109, action="sign_in", kind="user", object_id="1"),
        models.TermMapping(scheme="acled-sub-event", code="Attack", relation="broad"),
        models.Tally(measure="killed", of_status="civilian", low=1, best=2, high=3),
        models.PublicRollup(measure="killed", country="SYR", month="2025-06"),
        models.PublicIncidentAct(act="massacre"),
        models.PublicationBody(publication_id=1931),
        models.MissedDeadline(investigation=ID, due_on=date(2025, 4, 8)),
    ],
    ids=lambda row: type(row).__name__,
)
def test_a_heading_is_in_the_language_of_the_page(row: Any) -> None:
    if isinstance(row, models.Account):
        row.user = factories.UserFactory.build(username="moderator")
    arabic_labels()
    terms.forget()
    with translation.override("ar"):
        told = describe(row)
    assert re.search("[A-Za-z]{4}", ISOLATED.sub("", told)) is None, told


def test_a_text_of_another_country_is_in_the_language() -> None:
    with translation.override("ar"):
        assert text_of({"en": "Killing of a farmer", "ar-SY": "مقتل مزارع"}) == "مقتل مزارع"
        assert text_of({"en": "Killing", "ar-SY": "مقتل", "ar": "قتل"}) == "قتل"


def test_a_range_says_which_number_is_which() -> None:
    claim = models.Claim(qualifier="range", low=3, value=4, high=5)
    assert figure_of(claim) == "3 to 5, best 4"
    with translation.override("ar"):
        assert "3-5" not in figure_of(claim)


def test_reasons_keep_figures_together_and_name_both_places() -> None:
    figures = {"part": "figures", "points": 100, "measure": "killed", "how": "meet", "one": "50+", "other": "40-60"}
    alike = {"part": "place", "points": 225, "how": "name", "name": "الزاره", "other": "الزباره"}
    assert in_words([alike, figures], label) == "places of like names: الزاره and الزباره; Killed: 50+ and 40-60"
    with translation.override("ar"):
        told = said(figures, label)
        assert ("\u206850+\u2069" in told, "\u206840-60\u2069" in told) == (True, True)
        assert "؛ " in in_words([alike, figures], label)
        assert "البلدة نفسها" not in said(alike, label)
