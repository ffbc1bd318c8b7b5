"""The `load_vocabularies` command: labels in four languages and mappings of every code, from `fixtures/`.

A thin shell over incidents.exchange.vocabularies.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from incidents.exchange.fixture_files import FIXTURES, RowRefused
from incidents.exchange.vocabularies import load_vocabularies
from incidents.management.arguments import path, unreadable
from incidents.management.progress import progress_bar

SHOWN = 20


class Command(BaseCommand):
    help = "Load the labels and mappings of every vocabulary. Running it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=path, default=FIXTURES, help="where the files are (default: fixtures/)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with progress_bar() as advance:
                report = load_vocabularies(options["folder"], advance)
        except OSError as error:
            raise CommandError(f"The vocabularies were not loaded: {unreadable(error)}") from error
        except (UnicodeDecodeError, RowRefused) as error:
            raise CommandError(f"The vocabularies were not loaded: {error}") from error
        if options["verbosity"]:
            for what, tally in (("terms", report.terms), ("labels", report.labels), ("mappings", report.mappings)):
                self.stdout.write(f"{what}: {tally.in_words()}")
        if report.refused:
            shown = "\n".join(str(refusal) for refusal in report.refused[:SHOWN])
            raise CommandError(f"Rows refused: {len(report.refused):,}; the rest is loaded.\n{shown}")
