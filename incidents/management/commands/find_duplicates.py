"""find_duplicates: compare incidents that stand near one another and propose those that may be one."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_date, parse_datetime

from incidents.management.arguments import written
from incidents.management.progress import progress_bar
from incidents.rules.sameness.duplicates import find


class Command(BaseCommand):
    """Run it from a timer: `find_duplicates --since 2025-03-09` looks only at what was changed from that day on."""

    help = "Find incidents that may be one and the same; moderators decide, nothing is merged."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since", type=written, metavar="DATE", help="only incidents changed from then on, such as 2025-03-09"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        since = _moment(options["since"]) if options["since"] else None
        with progress_bar() as advance:
            outcome = find(since=since, advance=lambda done, total: advance("comparing", done, total))
        self.stdout.write(
            f"{outcome.incidents:,} incidents, {outcome.compared:,} pairs compared: {outcome.proposed:,} may be one"
            f" ({outcome.new:,} new, {outcome.reopened:,} back because an incident changed);"
            f" {outcome.dropped:,} dropped."
        )


def _moment(text: str) -> datetime:
    """A date or a moment, in UTC unless it says otherwise."""
    if not text.isascii():
        raise CommandError(f"'{text}' is not a date in digits from 0 to 9; write 2025-03-09 or 2025-03-09T12:00:00Z.")
    try:
        day = parse_date(text)
        moment = parse_datetime(text) if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"'{text}' is not a date; write 2025-03-09 or 2025-03-09T12:00:00Z.")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
