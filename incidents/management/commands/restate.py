"""restate: carry new names into the many documents that hold them, or a new schema into all that are public."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from incidents.management.progress import progress_bar
from incidents.rules.publication.restating import restate, restate_schema


class Command(BaseCommand):
    """Work off the queue of restatements; run it from a timer, or by hand after renaming a large source."""

    help = "Carry new names into the published documents that hold them, batch by batch."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether names are carried, or the members that a new schema asks for."""
        schema = "publish again what was published under an earlier schema; once, after the migrations of an upgrade"
        parser.add_argument("--schema", action="store_true", help=schema)

    def handle(self, *_args: Any, **options: Any) -> None:
        work = restate_schema if options["schema"] else restate
        with progress_bar() as advance:
            restated = work(lambda done, total: advance("restating", done, total))
        self.stdout.write(f"{restated} documents restated.")
