"""revoke_key: a key opens nothing any more."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.models import ApiKey
from incidents.rules.accounts.keys import prefix_of, revoke_key


class Command(BaseCommand):
    """`revoke_key PREFIX`; the whole key is understood too, for whoever has found one."""

    help = "Revoke a key for good, by its prefix."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("prefix", help="the part between hid_ and the next _")

    def handle(self, *_args: Any, **options: Any) -> None:
        key = ApiKey.objects.filter(prefix=prefix_of(options["prefix"])).first()
        if key is None:
            raise CommandError("There is no key with that prefix.")
        done = revoke_key(key=key)
        self.stdout.write(f"{key} {'is revoked' if done else 'was revoked before'}.")
