"""Which days an incident may have, and which a source may speak of: from 1800, before which nothing is recorded here.

An incident's days end with next year. What a source counted or published is over: a figure as of a day to come would be
the latest one for ever, and set aside whatever is said after it. Programs that write year 1 or 9999 mean a day that is
not known. One rule for whoever sends, imports or edits.
"""

from collections.abc import Callable
from datetime import MAXYEAR, UTC, date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

FIRST_DAY = date(1800, 1, 1)
DAYS_TOLD = f"From {FIRST_DAY} to the end of next year."
SAID_TOLD = f"From {FIRST_DAY} to tomorrow."


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


def validate_said(value: date) -> None:
    """Refuse a day of which no source can have spoken yet; tomorrow has begun east of here."""
    last = timezone.localdate() + timedelta(days=1)
    if not FIRST_DAY <= value <= last:
        raise ValidationError(
            _("%(day)s is no day of which a source can have spoken: write one from %(first)s to %(last)s."),
            code="day_out_of_range",
            params={"day": value.isoformat(), "first": FIRST_DAY.isoformat(), "last": last.isoformat()},
        )


VALIDATED: dict[str, Callable[[date], None]] = {
    **dict.fromkeys(("start_earliest", "start_latest", "end_earliest", "end_latest"), validate_day),
    **dict.fromkeys(("as_of", "covers_from", "covers_to", "published_on"), validate_said),
}
"""By the name of a column, whatever record has it."""
