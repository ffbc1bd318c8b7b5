"""Write the OpenAPI document of the API from the code, or compare it with the committed one.

A thin shell over api/contract.py.
"""

import difflib
from argparse import ArgumentParser
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.api.contract import WarnedError, as_yaml, generate
from incidents.api.versions import V1

REPAIR = "make openapi"


class Command(BaseCommand):
    """`openapi [--check]`; exits 1 with a diff and the command that repairs it where the document is stale."""

    help = "Write incidents/api/v1/openapi.yaml from the code; with --check only compare."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="Compare, write nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            text = as_yaml(generate(V1.name))
        except WarnedError as warned:
            raise CommandError(str(warned)) from warned
        file = V1.document
        before = file.read_text("utf-8") if file.exists() else ""
        if not options["check"]:
            file.write_text(text, encoding="utf-8")
            self.stdout.write(f"{file.name}: {'unchanged' if text == before else 'written'}")
            return
        if text != before:
            lines = difflib.unified_diff(before.splitlines(), text.splitlines(), "committed", "code", lineterm="")
            shown = "\n".join(islice(lines, 60))
            raise CommandError(f"The committed OpenAPI document is not what the code says:\n{shown}\nRun: {REPAIR}")
        self.stdout.write(f"{file.name} is what the code says.")
