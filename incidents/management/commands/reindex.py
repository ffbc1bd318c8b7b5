"""reindex: rebuild every index table from the publication log and say which differed."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.rules.publication.reindexing import reindex


class Command(BaseCommand):
    """Rebuild the index. With --check nothing is written, and a difference is exit code 1."""

    help = "Rebuild every index table from the log; --check compares only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare, change nothing, fail on a difference")

    def handle(self, *_args: Any, **options: Any) -> None:
        differed = reindex(check=options["check"])
        for table in differed:
            self.stdout.write(f"{table} differed from what the log says")
        if options["check"] and differed:
            raise CommandError("The index is not what the log says; run manage.py reindex.")
        self.stdout.write("The index is what the log says." if not differed else "The index was rebuilt.")
