"""checkpoint: sign the heads of the publication log and of the audit chain, into the database and into a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from incidents.management.arguments import written
from incidents.rules.trail.checkpoints import CheckpointError, checkpoint


class Command(BaseCommand):
    """Run it by the clock, every hour say; what was signed already is not signed again."""

    help = "Sign the heads of the log and of the audit chain; keep the file where the database's owner cannot write."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", metavar="FILE", type=written, help="instead of CHECKPOINTS_FILE")

    def handle(self, *_args: Any, **options: Any) -> None:
        file = Path(options["file"] or settings.CHECKPOINTS_FILE)
        try:
            made = checkpoint(file)
        except CheckpointError as error:
            raise CommandError(str(error)) from error
        for each in made:
            self.stdout.write(f"{each.log} seq {each.seq}, hash {each.hash}, signed by {each.key_id}")
        if not made:
            self.stdout.write("Nothing new to sign.")
