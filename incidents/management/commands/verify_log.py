"""verify_log: check the publication log of this database, or an exported change feed, and name the first bad row."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.rules.verification import Verdict, verify_log, verify_rows


class Command(BaseCommand):
    """Check the log. Exit code 1 where a row does not fit."""

    help = "Check every hash of the publication log, or of a change feed saved as one JSON object a line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--feed", metavar="FILE", help="an exported feed (NDJSON) instead of this database")

    def handle(self, *_args: Any, **options: Any) -> None:
        feed = options["feed"]
        verdict = verify_rows(_rows(Path(feed))) if feed else verify_log()
        self.stdout.write(_said(verdict))
        if not verdict.sound:
            raise CommandError(f"The log is not sound: seq {verdict.bad_seq}: {verdict.fault}.")


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    try:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    yield json.loads(line)
                except ValueError as error:
                    raise CommandError(f"{file}, line {number}: not a JSON object ({error}).") from error
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error


def _said(verdict: Verdict) -> str:
    return (
        f"{verdict.rows} rows checked to seq {verdict.last_seq}, {verdict.bodies} documents, "
        f"{verdict.emptied} emptied; last hash {verdict.last_hash}"
    )
