"""A day typed at the desk is the same in every language, or refused."""

import pytest
from django.conf import settings
from django.forms import DateField, DateTimeField, ValidationError
from django.utils import translation

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
