"""erase_submission: empty what a rejected, withdrawn or undone submission said, for good, with a reason."""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from incidents.documents.given import uuid_of
from incidents.management.confirming import confirm
from incidents.rules.submissions import forgetting
from incidents.rules.submissions.forgetting import NotErasable
from incidents.rules.trail import erasing
from incidents.rules.trail.auditing import AuditError


class Command(BaseCommand):
    """The submission stays, with its steps; its content, names and note, their history and their audit values go.

    What was published of it before it was undone is emptied at the desk, by two people.
    """

    help = "Erase what submissions said that were rejected, withdrawn or undone: content, names, history, audit values."
    stealth_options = ("stdin",)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("submissions", nargs="+", type=_id, metavar="ID", help="ids of submissions")
        said = "why; it stands in the audit chain for good, so write no name into it"
        parser.add_argument("--reason", required=True, metavar="TEXT", help=said)
        parser.add_argument("--dry-run", action="store_true", help="show what would go, and erase nothing")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not options["reason"].strip():
            raise CommandError("Write the reason: it stands in the audit chain for good.")
        try:
            found = forgetting.erasable(options["submissions"])
            for each in found:
                self.stdout.write(f"{each.public_id}  {each.organisation}, {each.type}, {each.state}")
            if options["dry_run"]:
                self.stdout.write(f"Dry run: what they said would be erased for good, of {len(found):,} in all.")
                return
            if not options["yes"]:
                said = f"What they said will be erased for good, {len(found):,} in all."
                confirm(self, said, options.get("stdin") or sys.stdin)
            for each in found:
                done = forgetting.erase(each, reason=options["reason"])
                self.stdout.write(
                    f"{each.public_id}  erased, with {done.history:,} earlier versions of rows that are gone, "
                    f"{done.answers:,} kept answers and the values of {done.entries:,} audit entries."
                )
                if done.quoting:
                    self.stdout.write(
                        f"{each.public_id}  {done.quoting:,} other submissions no longer tell what they change of it."
                    )
                if done.names:
                    self.stdout.write(
                        f"{each.public_id}  {done.names:,} of its names are recognised no more: nothing else that the "
                        "organisation sent has them."
                    )
                if done.beside:
                    self.stdout.write(
                        f"{each.public_id}  audit entries hold something of it and more besides: "
                        f"{erasing.numbers(done.beside)}. They stay; erase_audit_values empties them."
                    )
                if done.standing:
                    self.stdout.write(
                        f"{each.public_id}  rows that it made or changed are in the record: {done.standing:,}, which "
                        f"others say too, or which it corrected. {done.emptied:,} of their versions were emptied of "
                        "what nobody else said; the others stay, and so do audit entries about them. "
                        "erase_audit_values --object KIND ID --history empties both."
                    )
        except (NotErasable, AuditError) as refused:
            raise CommandError(str(refused)) from refused


def _id(text: str) -> UUID:
    found = uuid_of(text)
    if found is None:
        raise ArgumentTypeError(f"'{text}' is no id of a submission: write it with its hyphens, as the API gives it")
    return found
