"""Asking whoever runs a command, before something is erased for good."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

SURE = "erase"


def confirm(command: BaseCommand, said: str, stdin: Any) -> None:
    """Say what will be erased, and go on only where the answer is the word asked for; CommandError otherwise."""
    command.stdout.write(f"{said} Write {SURE} to go on:", ending=" ")
    command.stdout.flush()
    if stdin.readline().strip() != SURE:
        raise CommandError(f"Nothing was erased: that was not {SURE}. Where nobody can answer, say --yes.")
