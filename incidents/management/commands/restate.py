"""restate: carry new names into the many documents that hold them, as queued by publications."""

from typing import Any

from django.core.management.base import BaseCommand

from incidents.management.progress import progress_bar
from incidents.rules.publication.restating import restate


class Command(BaseCommand):
    """Work off the queue of restatements; run it from a timer, or by hand after renaming a large source."""

    help = "Carry new names into the published documents that hold them, batch by batch."

    def handle(self, *_args: Any, **_options: Any) -> None:
        with progress_bar() as advance:
            restated = restate(lambda done, total: advance("restating", done, total))
        self.stdout.write(f"{restated} documents restated.")
