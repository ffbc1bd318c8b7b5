"""A served demonstration on one's own machine: fill a database with the founding case and one UCDP file, and serve it.

Every step is a command of its own that may be run again, so a demo that was stopped half way is finished by the next;
this file only knows their order, the demo's accounts and the server.
"""

import errno
import hashlib
import json
import os
import secrets
import socket
import sys
import time
from argparse import ArgumentParser
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connections, transaction

from incidents.choices import AccountRole, KeyScope
from incidents.models import Account as Member
from incidents.models import LogHead, Organisation, Publication
from incidents.rules.accounts.access import role_of, set_role
from incidents.rules.accounts.keys import KeyRefused, check_key, create_key

CAR = Path(settings.ROOT) / "seeds" / "ucdp_ged_car_1991_2022.csv.gz"
HOST = "127.0.0.1"  # never another one: the demo runs with DEBUG
THREADS = 8
# Addresses under .invalid belong to nobody (RFC 2606); they mark the accounts as the demo's own.
DOMAIN = "demo.invalid"
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # none that looks like another
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the filling, and what a person reads while it runs."""

    says: str
    command: tuple[str, ...]


MIGRATE = Step("tables of the database", ("migrate", "--no-input"))
STEPS = (
    Step("gazetteer: countries and areas", ("load_gazetteer",)),
    Step("vocabularies in four languages", ("load_vocabularies",)),
    Step("founding case, its rivals and its investigations", ("seed",)),
    Step("UCDP events, Central African Republic 1991-2022", ("import_ged", str(CAR), "--publish")),
)


@dataclass(frozen=True, slots=True)
class Account:
    """One of the demo's own accounts."""

    name: str
    may: str
    role: str = AccountRole.MODERATOR
    superuser: bool = False

    @property
    def email(self) -> str:
        return f"{self.name}@{DOMAIN}"


ACCOUNTS = (
    Account("admin", "may do everything", superuser=True),
    Account("moderator", "works on the record, reviews and proposes"),
    Account("lead", "confirms as the second person", role=AccountRole.LEAD),
)
CONTRIBUTOR = "contributor"
PARTNER, DESK = "Partner of the demo", "Desk of the demo"


class Command(BaseCommand):
    """`demo [--no-serve]`; refuses without DEBUG, on a port in use, and in a database that others have accounts in."""

    help = "Fill a database with demonstration data (once) and serve it on 127.0.0.1 at PORT."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="Fill the database and print the accounts only.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "The demo makes accounts whose passwords it prints, so it runs with DEBUG=true only: make demo."
            )
        try:
            listening = None if options["no_serve"] else reserve(settings.PORT)
            passwords = self.fill()
            self.introduce(passwords, serving=listening is not None)
        except KeyboardInterrupt:
            raise CommandError("Stopped. The next `make demo` goes on from here.", returncode=INTERRUPTED) from None
        if listening is not None:
            serve(listening)

    def fill(self) -> dict[str, str]:
        """Bring the database to the state of the demo; returns the passwords of its accounts by name."""
        self.stdout.write(f"Database: {database_name()}")
        try:
            self.run(MIGRATE)
        except OperationalError as error:
            raise CommandError(f"The database cannot be used ({database_name()}): {str(error).strip()}") from error
        state = read_state()
        passwords = state.get("passwords", {})
        with transaction.atomic():
            passwords = open_accounts(passwords)
            self.key = contributors_key(state.get("key", ""))
        write_state({"passwords": passwords, "key": self.key, "filled": state.get("filled")})
        if is_filled(state.get("filled")):
            self.stdout.write("  the data is there already")
            return passwords
        for step in STEPS:
            self.run(step)
        write_state({"passwords": passwords, "key": self.key, "filled": mark()})
        return passwords

    def run(self, step: Step) -> None:
        """Run a step and say in one line how long it took; on a terminal also that it began, and its progress bars."""
        if self.stdout.isatty():
            self.stdout.write(f"  {step.says} ...")
            self.stdout.flush()
        begun = time.monotonic()
        call_command(*step.command, verbosity=0, stdout=StringIO())
        self.stdout.write(f"  {step.says:<50} {time.monotonic() - begun:5.1f} s")
        self.stdout.flush()

    def introduce(self, passwords: dict[str, str], *, serving: bool) -> None:
        """Say where everything is and how to get in."""
        site = f"http://{HOST}:{settings.PORT}"
        lines = [f"\nThe demo is at {site}/" if serving else f"\nFilled; `make demo` serves it at {site}/"]
        lines += [f"  API        {site}/api/docs/", f"  admin      {site}/admin/"]
        lines += [f"    {each.name:<10} password {passwords[each.name]}   {each.may}" for each in ACCOUNTS]
        lines.append(f"  a key      {self.key}   sends submissions")
        if serving:
            lines.append("It answers on this machine only. Ctrl-C stops it; the next start takes seconds.\n")
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def reserve(port: int) -> socket.socket:
    """The port, bound before any work is done; CommandError where another program has it."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise CommandError(_refusal(port, error)) from error
    return listening


def serve(listening: socket.socket) -> None:
    """Become the server: gunicorn takes the place of this process and answers on the port reserved."""
    port = listening.getsockname()[1]
    try:
        listening.listen()
    except OSError as error:
        raise CommandError(_refusal(port, error)) from error
    listening.set_inheritable(True)
    connections.close_all()
    arguments = {
        "config": str(settings.ROOT / "config/gunicorn.py"),
        "bind": f"fd://{listening.fileno()}",
        "chdir": str(settings.ROOT),
        "threads": str(THREADS),
        "graceful-timeout": "5",  # seconds that Ctrl-C may take at most
        "log-level": "warning",
    }
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--no-control-socket"]
    command += [word for name, value in arguments.items() for word in (f"--{name}", value)]
    os.execv(sys.executable, command)  # noqa: S606 -- no shell is wanted


def _refusal(port: int, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use by another program. Choose another one: make demo PORT={free_port()}"
    return f"Port {port} cannot be used ({error}). Choose another one: make demo PORT={free_port()}"


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def database_name() -> str:
    """Which database it is, for people: never with a password."""
    config = connections["default"].settings_dict
    name = str(config["NAME"])
    if connections["default"].vendor == "sqlite":
        file = Path(name)
        return str(file.relative_to(settings.ROOT)) if file.is_relative_to(settings.ROOT) else name
    host = ":".join(str(config[part]) for part in ("HOST", "PORT") if config.get(part))
    return f"{connections['default'].vendor}, {name}{' at ' + host if host else ''}"


def open_accounts(passwords: dict[str, str]) -> dict[str, str]:
    """Make the demo's accounts, or mend them; their passwords are those given, or new ones.

    Raises CommandError in a database that has accounts but none of the demo's: it belongs to somebody.
    """
    users = get_user_model().objects
    ours = users.filter(email__endswith=f"@{DOMAIN}")
    if users.exists() and not ours.exists():
        raise CommandError(
            f"The database ({database_name()}) has accounts already that are not the demo's, so the demo does not "
            "touch it. Unset DATABASE_URL, or name an empty database."
        )
    opened = {}
    desk, _ = Organisation.objects.get_or_create(name=DESK)
    for account in ACCOUNTS:
        user, _ = users.get_or_create(username=account.name, defaults={"email": account.email})
        user.is_staff, user.is_active, user.is_superuser = True, True, account.superuser
        opened[account.name] = passwords.get(account.name) or new_password()
        if not user.check_password(opened[account.name]):
            user.set_password(opened[account.name])
        user.save()
        if (
            not account.superuser
            and not Member.objects.filter(user=user, role=account.role, organisation=desk).exists()
        ):
            set_role(user=user, role=account.role, organisation=desk)
    return opened


def contributors_key(text: str) -> str:
    """A key of the demo's partner organisation that sends submissions: the one given, where it opens, or a new one."""
    try:
        check_key(text=text, address=HOST)
    except KeyRefused:
        partner, _ = Organisation.objects.get_or_create(name=PARTNER)
        owner, _ = get_user_model().objects.get_or_create(
            username=CONTRIBUTOR, defaults={"email": f"{CONTRIBUTOR}@{DOMAIN}"}
        )
        if role_of(owner) is None:
            set_role(user=owner, role=AccountRole.CONTRIBUTOR, organisation=partner)
        scopes = (KeyScope.SUBMISSIONS_READ, KeyScope.SUBMISSIONS_WRITE, KeyScope.WEBHOOKS)
        return create_key(organisation=partner, owner=owner, name="demo", scopes=scopes).text
    return text


def new_password() -> str:
    """Twelve letters and digits in threes: 59 bits, and easy to type."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


def state_file() -> Path:
    """Where the demo keeps its passwords and how far it is; only its owner may read it."""
    return Path(settings.VAR) / "demo.json"


def read_state() -> dict[str, Any]:
    """What was kept, or nothing where that cannot be read."""
    try:
        state = json.loads(state_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def write_state(state: dict[str, Any]) -> None:
    """Keep the state, whole or not at all."""
    file = state_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(state), encoding="utf-8")
    fresh.replace(file)


def mark() -> dict[str, Any]:
    """By which a filled database is known again: the files it was filled from, and the end of its log.

    The log is salted and only ever grows, so its hash at a sequence number names this database and no other.
    """
    head = LogHead.objects.get(id=1)
    return {"files": fingerprint(), "seq": head.seq, "hash": head.hash}


def is_filled(filled: Any) -> bool:
    """Whether the database is one that was filled to the end from the files as they are now."""
    if not isinstance(filled, dict) or filled.get("files") != fingerprint():
        return False
    return Publication.objects.filter(seq=filled["seq"], hash=filled["hash"]).exists()


def fingerprint() -> str:
    """SHA-256 over the names and contents of the files that the steps read; hexadecimal."""
    root = Path(settings.ROOT)
    files = [*(root / "fixtures").rglob("*.csv*"), *(root / "seeds").glob("*.yaml"), CAR]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.relative_to(root).as_posix().encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
