"""Load the founding case of seeds/ into the working record and publish it.

A thin shell over exchange/seeds.py.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.exchange.one_at_once import ImportRunning, one_at_once
from incidents.exchange.seeds import load_founding_case
from incidents.exchange.seeds_reading import SeedRefused


class Command(BaseCommand):
    """`seed [--only] [--no-publish]`; exits 1, with nothing loaded, when a file is refused or an import runs."""

    help = "Load the founding case with its rivals and the commission's later life, and publish it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--only", action="store_true", help="What the press report of 9 March 2025 says, alone.")
        parser.add_argument("--no-publish", action="store_true", help="Fill the working record, publish nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with one_at_once():
                report = load_founding_case(only=options["only"], publishing=not options["no_publish"])
        except (SeedRefused, ImportRunning) as refused:
            raise CommandError(str(refused)) from refused
        created = ", ".join(f"{count} {kind}" for kind, count in sorted(report.created.items())) or "nothing"
        self.stdout.write(f"Case {report.case}: created {created}; {report.unchanged} rows unchanged.")
        for change in report.changed:
            self.stdout.write(f"  changed: {change}")
        for sentence in report.left:
            self.stdout.write(f"  left alone: {sentence}")
        if options["verbosity"] >= 2:
            for sentence in report.disputed:
                self.stdout.write(f"  disputed: {sentence}")
        if report.published is not None:
            done = report.published
            self.stdout.write(f"Published {done.published}, unchanged {done.unchanged}; the log is at {done.last_seq}.")
