"""export_audit: the entries of the audit chain as NDJSON, without values, so that they can be checked elsewhere."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DataError, transaction

from incidents import choices
from incidents.management.arguments import written
from incidents.rules.trail import auditing
from incidents.rules.trail.chains import audit_rows
from incidents.rules.trail.log import canonical


class Command(BaseCommand):
    """Write the chain to a file that `verify_log --feed` reads; the export is an entry itself, after what it holds."""

    help = "Write the audit chain without its values to a file, for verify_log --feed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=written)

    def handle(self, *_args: Any, **options: Any) -> None:
        count = 0
        try:
            with Path(options["file"]).open("w", encoding="utf-8") as lines:
                for row in audit_rows():
                    lines.write(canonical(row) + "\n")
                    count += 1
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be written: {error.strerror}.") from error
        except (DataError, OverflowError, ValueError) as error:  # days that PostgreSQL knows and Python does not
            raise CommandError(
                f"An entry behind the first {count} cannot be read ({error}); verify_log names it."
            ) from error
        with transaction.atomic():
            auditing.record(action=choices.AuditAction.EXPORT, after={"entries": count})
        self.stdout.write(f"{count} entries written.")
