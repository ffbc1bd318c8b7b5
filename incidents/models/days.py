"""Which days an incident may have: from 1800, before which nothing of this field is recorded, to the end of next year.

Programs that write year 1 or 9999 mean a day that is not known. One rule for whoever sends, imports or edits.
"""

from datetime import MAXYEAR, UTC, date, datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

FIRST_DAY = date(1800, 1, 1)
DAYS_TOLD = f"From {FIRST_DAY} to the end of next year."


def last_day() -> date:
    """The last day that is taken: the end of next year."""
    return date(min(timezone.localdate().year + 1, MAXYEAR), 12, 31)


def validate_day(value: date) -> None:
    """Refuse a day on which no incident of this record can have begun or ended."""
    # Nearly all are of a year that is over, and an importer asks this twice a row: what a time zone costs counts.
    if value >= FIRST_DAY and value.year < datetime.now(UTC).year:
        return
    last = last_day()
    if not FIRST_DAY <= value <= last:
        raise ValidationError(
            _("%(day)s is no day of an incident: write one from %(first)s to %(last)s. Leave out an end not known."),
            code="day_out_of_range",
            params={"day": value.isoformat(), "first": FIRST_DAY.isoformat(), "last": last.isoformat()},
        )
