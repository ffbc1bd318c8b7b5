"""Import a file of the UCDP Georeferenced Event Dataset into the working record.

A thin shell over exchange/ged.py: it shows progress on a terminal, and prints the report.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from incidents.exchange.ged import import_ged
from incidents.exchange.one_at_once import ImportRunning
from incidents.exchange.tables import FileRefused
from incidents.management.arguments import path
from incidents.management.progress import progress_bar

ROWS_REFUSED, FILE_REFUSED = 1, 2


class Command(BaseCommand):
    """`import_ged FILE [--publish]`; exits 1 when rows were refused, 2 when the file was or another import runs."""

    help = "Import a UCDP GED file (41 or 49 columns, CSV or .gz). Importing it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=path, help="such as seeds/ucdp_ged_car_1991_2022.csv.gz")
        parser.add_argument("--publish", action="store_true", help="publish each batch as it is stored")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with progress_bar() as advance:
                report = import_ged(options["file"], publishing=options["publish"], advance=advance)
        except (FileRefused, ImportRunning) as refused:
            raise CommandError(str(refused), returncode=FILE_REFUSED) from refused
        if options["verbosity"]:
            for line in report.lines():
                self.stdout.write(line)
        if report.refused.count:
            raise CommandError(
                f"{report.refused.count:,} of {report.read:,} rows were refused; the rest is stored.",
                returncode=ROWS_REFUSED,
            )
