"""verify_log: check the publication log and the audit chain of this database, or a saved feed, against checkpoints.

Names the first bad row of each; what a check is stands in rules/trail/verification.py.
"""

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from incidents.management.arguments import written
from incidents.rules.trail import checkpoints
from incidents.rules.trail.checkpoints import CheckpointError, Signed
from incidents.rules.trail.verification import Verdict, rows_of_feed, verify_audit, verify_log, verify_rows


class Command(BaseCommand):
    """Check the log. Exit code 1 where a row or a signature does not fit, or where a file holds none."""

    help = "Check every hash of the publication log and of the audit chain, or of a feed saved from /api/v1/changes/."

    def add_arguments(self, parser: ArgumentParser) -> None:
        said = (
            "a feed saved from its first row on, instead of this database: pages of /changes/, its rows as NDJSON, or "
            "what export_audit wrote"
        )
        parser.add_argument("--feed", metavar="FILE", type=written, help=said)
        said = "signed heads to compare with, as `checkpoint` writes them; online the default is CHECKPOINTS_FILE"
        parser.add_argument("--checkpoints", metavar="FILE", type=written, help=said)
        said = "trust signatures of this key only, base64; may be repeated. Default: the keys of this installation"
        parser.add_argument("--public-key", metavar="KEY", action="append", default=[], help=said)

    def handle(self, *_args: Any, **options: Any) -> None:
        feed, file = options["feed"], options["checkpoints"]
        try:
            trusted = checkpoints.trusted_keys(options["public_key"])
            signed = _from_file(Path(file)) if file else []
            where = Path(file or settings.CHECKPOINTS_FILE)
            if not feed:
                outside = signed or checkpoints.read_file(where)
                kept = checkpoints.stored()
                self._tell_missing(where, outside, kept)
                signed = [*outside, *kept]
        except CheckpointError as error:
            raise CommandError(str(error)) from error
        if (file or not feed) and checkpoints.ends_torn(where):
            self.stdout.write(
                f"The last line of {where} was not written to its end, as on a full disk or by a kill: it proves "
                "nothing, and the next checkpoint takes it away."
            )
        if feed:
            verdicts = {"feed": verify_rows(_rows(Path(feed)), signed=signed, trusted=trusted)}
        else:
            verdicts = {"publication log": verify_log(signed, trusted), "audit chain": verify_audit(signed, trusted)}
        for name, verdict in verdicts.items():
            self.stdout.write(f"{name}: {_said(verdict)}")
        faults = [fault for name, verdict in verdicts.items() for fault in _faults(name, verdict)]
        if faults:
            raise CommandError("\n".join(faults))
        if feed and not verdicts["feed"].rows:
            raise CommandError(f"{feed} holds no row of a log, so nothing was checked.")
        if feed and file and not verdicts["feed"].checkpoints:
            raise CommandError(
                f"{file} holds no checkpoint of the chain in {feed}: its head was compared with nothing."
            )

    def _tell_missing(self, file: Path, outside: Sequence[Signed], kept: Sequence[Signed]) -> None:
        """Say where a witness is missing: without the file only the database speaks for itself."""
        if not file.exists():
            self.stdout.write(
                f"There is no file of checkpoints at {file}: heads are compared with those of the database alone, "
                "which whoever owns it can change."
            )
        there = set(kept)
        lost = [each for each in outside if each not in there]
        if lost:
            self.stdout.write(
                f"The database lacks {len(lost)} of the {len(outside)} checkpoints of {file}, the first of "
                f"{lost[0].log} seq {lost[0].seq}: one may be lost by a kill, more were taken out."
            )


def _from_file(file: Path) -> list[Signed]:
    """The checkpoints of a file that was named, so that it must be there and hold some."""
    if not file.exists():
        raise CheckpointError(f"There is no file {file}.")
    found = checkpoints.read_file(file)
    if not found:
        raise CheckpointError(f"{file} holds no checkpoint, so that it proves nothing.")
    return found


def _rows(file: Path) -> Iterator[Any]:
    count = 0
    try:
        with file.open(encoding="utf-8") as lines:
            for count, row in enumerate(rows_of_feed(lines), start=1):  # noqa: B007 -- for the sentence below
                yield row
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    except json.JSONDecodeError as error:
        raise CommandError(f"{file}: behind {count} rows there is something that is no JSON ({error}).") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} is not a text in UTF-8 ({error}).") from error


def _faults(name: str, verdict: Verdict) -> Sequence[str]:
    found = [f"The {name} is not sound: {fault}." for fault in verdict.unsigned]
    if verdict.bad_seq is not None:
        found.insert(0, f"The {name} is not sound: seq {verdict.bad_seq}: {verdict.fault}.")
    return found


def _said(verdict: Verdict) -> str:
    why = "; ".join(f"{count} {words}" for words, count in verdict.explained)
    return (
        f"{verdict.rows} rows checked to seq {verdict.last_seq}, {verdict.bodies} documents, "
        f"{verdict.emptied} emptied{f' ({why})' if why else ''}, {verdict.checkpoints} signed heads; "
        f"last hash {verdict.last_hash}"
    )
