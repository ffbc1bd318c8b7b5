"""A day typed at the desk is the same in every language and every digits, or refused with what to write."""

from datetime import UTC, date, datetime

import pytest
from django.conf import settings
from django.forms import DateField, DateTimeField, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format

from incidents.admin.digits import MomentField
from incidents.admin.texts import CountsField, DatesField
from tests.admin.forms import filled
from tests.factories import ClaimFactory

LANGUAGES = [code for code, _ in settings.LANGUAGES]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_is_written_with_the_year_first(language: str) -> None:
    with translation.override(language):
        assert DateField().clean("2025-03-06").isoformat() == "2025-03-06"
        assert DateField().widget.format_value(DateField().clean("2025-03-06")) == "2025-03-06"
        assert DateTimeField().clean("2025-03-06 14:30").minute == 30
        for text in ("06/03/2025", "03/06/2025", "06.03.2025", "6 mars 2025", "06/03/25"):
            with pytest.raises(ValidationError):
                DateField().clean(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_moment_is_told_in_the_order_of_a_day(language: str) -> None:
    moment = datetime(2026, 11, 27, 16, 7, tzinfo=UTC)
    with translation.override(language):
        for form in ("", "SHORT_"):
            told = date_format(moment, f"{form}DATETIME_FORMAT")
            assert told.startswith(date_format(moment, f"{form}DATE_FORMAT"))
    with translation.override("ar"):
        assert date_format(moment, "DATETIME_FORMAT") == "27 نوفمبر، 2026، 4:07 م"


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["٢٠٢٥-٠٣-٠٧", "۲۰۲۵-۰۳-۰۷", "2025-03-07"])
def test_days_and_numbers_are_typed_in_arabic_and_persian_digits_too(desk: Client, day: str) -> None:
    claim = ClaimFactory(value=30, as_of=None)
    incident = claim.incident
    page = reverse("admin:incidents_incident_change", args=[incident.pk])
    given = filled(desk, page) | {
        "start_earliest": day,
        "latitude": "٣٥٫١٦",
        "longitude": "36.1",
        "claims-0-value": "٣١",
    }
    answer = desk.post(page, given | {"claims-0-as_of": day})
    assert answer.status_code == 302, answer.context["errors"]
    claim.refresh_from_db()
    incident.refresh_from_db()
    assert (incident.start_earliest, claim.as_of) == (date(2025, 3, 7), date(2025, 3, 7))
    assert (incident.latitude, claim.value) == (35.16, 31)


@pytest.mark.django_db
def test_what_is_no_day_or_number_is_told_what_to_write(desk: Client) -> None:
    claim = ClaimFactory()
    page = reverse("admin:incidents_incident_change", args=[claim.incident.pk])
    given = filled(desk, page) | {"start_earliest": "31/02/2025", "latitude": "north", "claims-0-value": "some"}
    text = desk.post(page, given, headers={"Accept-Language": "en"}).content.decode()
    for sentence in ("Write it as 2025-03-07.", "Write a number, such as 35.16.", "Write a whole number, such as 31."):
        assert sentence in text


def test_a_moment_is_typed_in_any_digits_and_told_what_to_write() -> None:
    assert MomentField().clean(["٢٠٢٥-٠٣-٠٧", "١٤:٣٠"]).isoformat().startswith("2025-03-07T14:30")
    with translation.override("en"):
        with pytest.raises(ValidationError) as refused:
            MomentField().clean(["7 March", "half past two"])
        assert refused.value.messages == ["Write it as 2025-03-07.", "Write it as 14:30."]


def test_lists_of_days_and_counts_take_any_digits() -> None:
    assert DatesField().clean("٢٠٢٥-٠٣-٠٧\n-") == ["2025-03-07", None]
    assert CountsField().clean("testimonies: ۹۳۸") == {"testimonies": 938}
