"""erase_audit_values: empty private values of the audit chain, and what earlier versions say, for good."""

import argparse
import re
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from incidents.management.confirming import confirm
from incidents.rules.trail import auditing, earlier, erasing
from incidents.rules.trail.auditing import AuditError
from incidents.rules.trail.earlier import Earlier
from incidents.rules.trail.erasing import Erasable

NUMBERS = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?")
AT_MOST = 100_000


class Command(BaseCommand):
    """The header, the reason and the digest of an entry stay, so that the chain verifies as before.

    The same stands in the versions that a record keeps, which its page at the desk shows: `--history` empties what of
    it the record says no more. Each erasure is an entry with the reason. Servers may go on meanwhile.
    """

    help = "Erase the values before and after that entries of the audit chain keep: of an object, or by their numbers."
    stealth_options = ("stdin",)

    def add_arguments(self, parser: ArgumentParser) -> None:
        said = "numbers of entries: 12, or 12-40 for all from one to the other"
        parser.add_argument("entries", nargs="*", type=_numbers, metavar="SEQ", help=said)
        said = "all entries about an object, such as: --object source 6f0c...; may be repeated"
        parser.add_argument("--object", nargs=2, action="append", default=[], metavar=("KIND", "ID"), help=said)
        said = "empty what earlier versions of these objects say as well, where the record says it no more"
        parser.add_argument("--history", action="store_true", help=said)
        said = "the entries that keep a sealed secret of a webhook or the digest of a key, as those once did"
        parser.add_argument("--secrets", action="store_true", help=said)
        said = "why; it stands in the chain for good, so write no name into it"
        parser.add_argument("--reason", required=True, metavar="TEXT", help=said)
        parser.add_argument("--dry-run", action="store_true", help="show what would go, and erase nothing")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not options["reason"].strip():
            raise CommandError("Write the reason: it stands in the audit chain for good.")
        try:
            seqs, versions = _chosen(options)
            found = erasing.erasable(seqs)
            for each in found:
                self.stdout.write(_line(each))
            for _, object_id in options["object"]:
                self._tell_of_others(object_id, seqs)
            self._tell_of_versions(versions, going=options["history"])
            going = sum(each.versions for each in versions) if options["history"] else 0
            if not found and not going:
                self.stdout.write("None of these entries has values: nothing to erase.")
                return
            what = f"the values of {len(found):,} entries" + (f" and texts of {going:,} versions" if going else "")
            if options["dry_run"]:
                self.stdout.write(f"Dry run: {what} would be erased for good.")
                return
            if not options["yes"]:
                confirm(self, f"T{what[1:]} will be erased for good.", options.get("stdin") or sys.stdin)
            with transaction.atomic():
                wanted = versions if options["history"] else []
                emptied = sum(earlier.forget(each.kind, each.object_id, options["reason"]) for each in wanted)
                gone = auditing.erase([each.entry.seq for each in found], options["reason"])
        except AuditError as refused:
            raise CommandError(str(refused)) from refused
        if emptied:
            self.stdout.write(f"The texts of {emptied:,} earlier versions were erased.")
        self.stdout.write(f"The values of {gone:,} entries were erased; each erasure is an entry of the chain itself.")

    def _tell_of_versions(self, versions: list[Earlier], *, going: bool) -> None:
        for each in versions:
            if each.versions:
                how = "go too" if going else "stay, and stand on its page at the desk, unless you say --history"
                self.stdout.write(
                    f"Texts of {each.versions:,} earlier versions of {each.kind} {each.object_id} {how}: "
                    f"{', '.join(each.fields)}"
                )

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


def _chosen(options: dict[str, Any]) -> tuple[list[int], list[Earlier]]:
    """The entries, and what the versions of the objects say that were named."""
    seqs = set(erasing.known([seq for numbers in options["entries"] for seq in numbers]))
    versions = [earlier.earlier(*each) for each in dict.fromkeys(map(tuple, options["object"]))]
    for each in versions:
        if options["history"]:
            earlier.check(each.kind)
        try:
            seqs.update(erasing.of_object(each.kind, each.object_id))
        except AuditError:
            if not (options["history"] and each.versions):
                raise
    if options["history"] and not versions:
        raise CommandError("Say whose history: --object source ID, as the audit chain names it.")
    if options["secrets"]:
        seqs.update(erasing.of_secrets())
    elif not seqs and not versions:
        raise CommandError("Say which entries: their numbers, as in 12-40, or --object source ID, or --secrets.")
    return sorted(seqs), versions


def _line(each: Erasable) -> str:
    entry = each.entry
    who = entry.actor.get_username() if entry.actor else entry.key_prefix or "the system"
    about = f" {entry.kind} {entry.object_id}".rstrip()
    return f"{entry.seq}  {entry.at:%Y-%m-%d %H:%M}  {entry.action}{about} by {who}: {', '.join(each.fields)}"
