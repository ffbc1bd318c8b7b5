"""create_public_role: the PostgreSQL role by which the public API reads what is public and nothing else."""

import getpass
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.rules.accounts.public_role import PublicRoleError, create_public_role


class Command(BaseCommand):
    """Make the role, or bring it up to date; to be run again after every upgrade. Exit code 1 where it cannot be."""

    help = "Make or bring up to date the PostgreSQL role that PUBLIC_DATABASE_URL names: it reads what is public only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="such as hid_public")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--password-file", metavar="FILE", help="a file whose first line is its password; - reads it")
        how.add_argument("--no-login", action="store_true", help="a role that other roles are given")

    def handle(self, *_args: Any, **options: Any) -> None:
        file = options["password_file"]
        password = _password(file) if file else ""
        try:
            made = create_public_role(options["name"], password=password, login=not options["no_login"])
        except PublicRoleError as error:
            raise CommandError(str(error)) from error
        for warning in made.warnings:
            self.stderr.write(self.style.WARNING(warning))
        done = "made" if made.created else "brought up to date"
        self.stdout.write(f"The role {made.name} was {done}: it reads {made.tables} tables.")


def _password(file: str) -> str:
    """The password in a file, or typed or piped in."""
    if file == "-":
        password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    else:
        try:
            lines = Path(file).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file} cannot be read as a text: {error}.") from error
        password = lines[0] if lines else ""
    if not password:
        raise CommandError(f"{file} holds no password on its first line.")
    return password
