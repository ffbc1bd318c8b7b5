"""erase_audit_values: empty the private values of entries of the audit chain, for good, with a reason."""

import argparse
import re
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from incidents.management.confirming import confirm
from incidents.rules.trail import auditing, erasing
from incidents.rules.trail.auditing import AuditError
from incidents.rules.trail.erasing import Erasable

NUMBERS = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?")
AT_MOST = 100_000


class Command(BaseCommand):
    """The header, the reason and the digest of an entry stay, so that the chain verifies as before.

    Each erasure is an entry with the reason. Servers may go on meanwhile.
    """

    help = "Erase the values before and after that entries of the audit chain keep: of an object, or by their numbers."
    stealth_options = ("stdin",)

    def add_arguments(self, parser: ArgumentParser) -> None:
        said = "numbers of entries: 12, or 12-40 for all from one to the other"
        parser.add_argument("entries", nargs="*", type=_numbers, metavar="SEQ", help=said)
        said = "all entries about an object, such as: --object source 6f0c...; may be repeated"
        parser.add_argument("--object", nargs=2, action="append", default=[], metavar=("KIND", "ID"), help=said)
        said = "why; it stands in the chain for good, so write no name into it"
        parser.add_argument("--reason", required=True, metavar="TEXT", help=said)
        parser.add_argument("--dry-run", action="store_true", help="show what would go, and erase nothing")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not options["reason"].strip():
            raise CommandError("Write the reason: it stands in the audit chain for good.")
        try:
            seqs = _chosen(options)
            found = erasing.erasable(seqs)
            for each in found:
                self.stdout.write(_line(each))
            for _, object_id in options["object"]:
                self._tell_of_others(object_id, seqs)
            if not found:
                self.stdout.write("None of these entries has values: nothing to erase.")
                return
            if options["dry_run"]:
                self.stdout.write(f"Dry run: the values of {len(found):,} entries would be erased for good.")
                return
            if not options["yes"]:
                said = f"The values of {len(found):,} entries will be erased for good."
                confirm(self, said, options.get("stdin") or sys.stdin)
            with transaction.atomic():
                gone = auditing.erase([each.entry.seq for each in found], options["reason"])
        except AuditError as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"The values of {gone:,} entries were erased; each erasure is an entry of the chain itself.")

    def _tell_of_others(self, object_id: str, seqs: list[int]) -> None:
        others = erasing.naming(object_id, seqs)
        if others:
            told = erasing.numbers(others)
            self.stdout.write(f"Entries about other objects hold this id and stay unless you name them: {told}")


def _numbers(text: str) -> range:
    found = NUMBERS.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of an entry: write 12, or 12-40")
    first = int(found[1])
    numbers = range(first, int(found[2] or first) + 1)
    if not 0 < len(numbers) <= AT_MOST:
        raise argparse.ArgumentTypeError(f"'{text}': from the lower to the higher, {AT_MOST:,} at once")
    return numbers


def _chosen(options: dict[str, Any]) -> list[int]:
    seqs = set(erasing.known([seq for numbers in options["entries"] for seq in numbers]))
    for kind, object_id in options["object"]:
        seqs.update(erasing.of_object(kind, object_id))
    if not seqs:
        raise CommandError("Say which entries: their numbers, as in 12-40, or --object source ID.")
    return sorted(seqs)


def _line(each: Erasable) -> str:
    entry = each.entry
    who = entry.actor.get_username() if entry.actor else entry.key_prefix or "the system"
    about = f" {entry.kind} {entry.object_id}".rstrip()
    return f"{entry.seq}  {entry.at:%Y-%m-%d %H:%M}  {entry.action}{about} by {who}: {', '.join(each.fields)}"
