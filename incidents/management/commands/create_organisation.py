"""create_organisation: an organisation that contributes or moderates."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.management.arguments import written
from incidents.rules.accounts.access import AccessRefused, create_organisation


class Command(BaseCommand):
    """`create_organisation NAME`; exits 1 with a sentence where there is one of that name."""

    help = "Make an organisation; its accounts and keys come after it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", type=written)

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            organisation = create_organisation(name=options["name"])
        except AccessRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{organisation.name} ({organisation.public_id})")
