"""verify_log: check the publication log of this database, or a saved change feed, and name the first bad row."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.rules.verification import Verdict, rows_of_feed, verify_log, verify_rows


class Command(BaseCommand):
    """Check the log. Exit code 1 where a row does not fit, or where a file holds none."""

    help = "Check every hash of the publication log, or of a change feed saved from /api/v1/changes/."

    def add_arguments(self, parser: ArgumentParser) -> None:
        said = "a feed saved from its first row on, instead of this database: pages of /changes/, or its rows as NDJSON"
        parser.add_argument("--feed", metavar="FILE", help=said)

    def handle(self, *_args: Any, **options: Any) -> None:
        feed = options["feed"]
        verdict = verify_rows(_rows(Path(feed))) if feed else verify_log()
        if feed and verdict.sound and not verdict.rows:
            raise CommandError(f"{feed} holds no row of a log, so nothing was checked.")
        self.stdout.write(_said(verdict))
        if not verdict.sound:
            raise CommandError(f"The log is not sound: seq {verdict.bad_seq}: {verdict.fault}.")


def _rows(file: Path) -> Iterator[Any]:
    try:
        with file.open(encoding="utf-8") as lines:
            yield from rows_of_feed(lines)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    except json.JSONDecodeError as error:
        raise CommandError(f"{file}: there is something in it that is no JSON ({error}).") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} is not a text in UTF-8 ({error}).") from error


def _said(verdict: Verdict) -> str:
    return (
        f"{verdict.rows} rows checked to seq {verdict.last_seq}, {verdict.bodies} documents, "
        f"{verdict.emptied} emptied; last hash {verdict.last_hash}"
    )
