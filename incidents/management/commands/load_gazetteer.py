"""The `load_gazetteer` command: countries, administrative areas and their names, from `fixtures/`.

A thin shell over incidents.exchange.gazetteer.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from incidents.exchange.fixture_files import FIXTURES, RowRefused
from incidents.exchange.gazetteer import load_gazetteer
from incidents.management.arguments import path, unreadable
from incidents.management.progress import progress_bar

SHOWN = 20


class Command(BaseCommand):
    help = "Load countries, administrative areas and their names. Running it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=path, default=FIXTURES, help="where the files are (default: fixtures/)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with progress_bar() as advance:
                report = load_gazetteer(options["folder"], advance)
        except OSError as error:
            raise CommandError(f"The gazetteer was not loaded: {unreadable(error)}") from error
        except (UnicodeDecodeError, RowRefused) as error:
            raise CommandError(f"The gazetteer was not loaded: {error}") from error
        if options["verbosity"]:
            for file, rows in report.read.items():
                self.stdout.write(f"{file}: {rows:,} rows read")
            for what, tally in (("areas", report.areas), ("names", report.names)):
                self.stdout.write(f"{what}: {tally.in_words()}")
            self.stdout.write(f"links between areas: {report.links_mended:,} mended")
        if report.refused:
            shown = "\n".join(str(refusal) for refusal in report.refused[:SHOWN])
            raise CommandError(f"Rows refused: {len(report.refused):,}; the rest is loaded.\n{shown}")
