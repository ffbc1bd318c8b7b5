"""release: freeze the record into files that can be cited."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.exchange.releases import ReleaseRefused, cut
from incidents.management.arguments import whole_number
from incidents.management.progress import progress_bar


class Command(BaseCommand):
    """`release NAME [--at-seq N] [--again]`; exits 1 with a sentence where it cannot be cut."""

    help = "Freeze the record at a sequence number of its log into files with their SHA-256 and a citation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="lower-case letters, digits, _ and -, such as 2026-11")
        parser.add_argument(
            "--at-seq", type=whole_number, help="the last sequence number it holds; the log's last unless told"
        )
        parser.add_argument("--again", action="store_true", help="cut it anew after something in it was erased")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            with progress_bar() as advance:
                release = cut(options["name"], again=options["again"], at_seq=options["at_seq"], advance=advance)
        except ReleaseRefused as refused:
            raise CommandError(str(refused)) from refused
        for file in release.files:
            self.stdout.write(f"{file['sha256']}  {file['name']}  {file['records']:,} records")
        self.stdout.write(release.citation)
