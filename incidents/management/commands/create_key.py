"""create_key: a key for a program, printed once."""

from argparse import ArgumentParser
from datetime import UTC, date, datetime, time
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from incidents.choices import KeyScope
from incidents.management.arguments import day
from incidents.models import Organisation
from incidents.rules.accounts.access import AccessRefused
from incidents.rules.accounts.keys import create_key


class Command(BaseCommand):
    """`create_key --organisation NAME --owner USER --name TEXT [--scope S] [--expires DAY] [--network CIDR]`.

    Only the key goes to standard output, so that it can be piped into a vault; what it is goes to standard error.
    """

    help = "Make a key, which is printed once and kept nowhere; the owner answers for what is done with it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organisation", required=True, help="the name of the organisation")
        parser.add_argument("--owner", required=True, help="the name of the user who answers for it")
        parser.add_argument("--name", required=True, help="what it is for, such as: nightly import")
        parser.add_argument(
            "--scope",
            action="append",
            default=[],
            metavar="SCOPE",
            help=f"of {', '.join(KeyScope.values)}; repeat it for more",
        )
        parser.add_argument("--expires", type=day, help="the last day on which it opens, as 2027-01-31")
        parser.add_argument(
            "--network", action="append", default=[], metavar="CIDR", help="such as 192.0.2.0/24; repeat it for more"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        organisation = Organisation.objects.filter(name=options["organisation"]).first()
        if organisation is None:
            raise CommandError("There is no organisation of that name. Make it first: create_organisation NAME.")
        owner = get_user_model().objects.filter(username=options["owner"]).first()
        if owner is None:
            raise CommandError("There is no user of that name.")
        try:
            made = create_key(
                organisation=organisation,
                owner=owner,
                name=options["name"],
                scopes=options["scope"],
                networks=options["network"],
                expires_at=end_of(options["expires"]),
            )
        except AccessRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stderr.write(f"{made.key} of {organisation} is shown this once:")
        self.stdout.write(made.text)


def end_of(day: date | None) -> datetime | None:
    """The last moment of a day, UTC."""
    return None if day is None else datetime.combine(day, time.max, UTC)
