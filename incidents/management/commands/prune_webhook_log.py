"""prune_webhook_log: delete what was delivered to webhooks long ago."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.management.arguments import whole_number
from incidents.models.triggers import KEPT_DAYS
from incidents.rules.delivery.pruning import PruningError, prune_webhook_log


class Command(BaseCommand):
    """Run it from a timer: `prune_webhook_log --days 90` keeps what was delivered in the last ninety days."""

    help = "Delete delivered webhook messages and their attempts that are older than 30 days, or than you say."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--days", type=whole_number, default=KEPT_DAYS, metavar="DAYS", help=f"keep so many, {KEPT_DAYS} at least"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            gone = prune_webhook_log(options["days"])
        except PruningError as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{gone.messages:,} delivered messages and {gone.attempts:,} attempts deleted.")
