"""Every environment variable the project reads: its name, type, default and meaning, in one typed table.

Settings read ``environment`` and nothing else does; ``python -m config.env`` prints the table for the README.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, get_type_hints

from django.core.exceptions import ImproperlyConfigured
from environ import Env

T = TypeVar("T")
PORTS = 65_535
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
TRUE, FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})
ARTICLE = {"true or false": ""}


def variable(default: T, meaning: str, *, secret: bool = False, least: int = 1, most: int = 2**31 - 1) -> T:
    """A field of the table; its upper-case name is the variable, its annotation the type.

    What may hold a password or a key is ``secret``: it stands in no repr, so in no traceback. Numbers go from ``least``
    to ``most``.
    """
    bounds = {"least": least, "most": most}
    value: T = field(default=default, repr=not secret, metadata={"meaning": meaning, **bounds})
    return value


@dataclass(frozen=True)
class Environment:
    """The table itself, and at the same time the values read from it."""

    secret_key: str = variable(
        "", "Signs sessions and cursors, 50 characters or more. Required unless DEBUG is on.", secret=True
    )
    key_peppers: tuple[str, ...] = variable(
        (),
        "Secrets under which API keys are stored, as 1:secret,2:secret, each of 32 characters or more without commas: "
        "the newest makes new keys, older ones still open theirs. Empty: no key is made or opens anything; with DEBUG "
        "one comes from the secret key.",
        secret=True,
    )
    secret_key_fallbacks: tuple[str, ...] = variable(
        (),
        "Earlier values of SECRET_KEY, separated by commas: what was signed or sealed with them is still read.",
        secret=True,
    )
    debug: bool = variable(
        False, "On a developer's machine and in the demo: plain HTTP, detailed errors, a key made once in var/."
    )
    allowed_hosts: tuple[str, ...] = variable(
        (), "Host names this site answers to, separated by commas. With DEBUG, localhost is always among them."
    )
    site_url: str = variable(
        "", "Public address of the site without a slash at the end, e.g. https://data.example.org."
    )
    contact_email: str = variable("", "Where readers of the data can write; stands in the OpenAPI document and at /.")
    database_url: str = variable(
        "sqlite:///var/hid.sqlite3",
        "The database: sqlite:///path (relative to the project) or postgresql://user:password@host:5432/name.",
        secret=True,
    )
    public_database_url: str = variable(
        "",
        "What the public API reads: a role that may only SELECT, or a replica. Empty: DATABASE_URL, read only.",
        secret=True,
    )
    database_pool_size: int = variable(20, "PostgreSQL connections a process may hold for each database.", most=10_000)
    request_seconds: int = variable(
        60,
        "Seconds that one statement of a request may take; on PostgreSQL it may wait for a lock for a third of that. "
        "Then 503. A client of gunicorn has as long for the head of a request, and for its body a second more "
        "for each 5 kB; one that stops reading is let go of after up to three times as long. Commands have no such "
        "bound.",
        most=86_400,
    )
    releases_dir: str = variable("var/releases", "Where the files of releases stand; relative to the project.")
    checkpoint_key: str = variable(
        "",
        "Signs the heads of the log and of the audit chain: the 32 bytes of an Ed25519 seed in base64 "
        "(`openssl rand -base64 32`). With DEBUG made once in var/; without it `checkpoint` signs nothing.",
        secret=True,
    )
    checkpoint_public_keys: tuple[str, ...] = variable(
        (), "Public keys, base64, of the keys that signed before this one; `verify_log` still trusts them."
    )
    checkpoints_file: str = variable(
        "var/checkpoints.ndjson",
        "Where `checkpoint` appends what it signed: on another machine's disk, best where the database's owner "
        "cannot write. Relative to the project.",
    )
    cache_url: str = variable(
        "locmemcache://hid",
        "Where answers that took counting are kept; may be shared by all processes, e.g. rediscache://host:6379/1.",
        secret=True,
    )
    num_proxies: int = variable(
        0, "Trusted proxies in front of the site; decides which X-Forwarded-* headers are believed.", least=0, most=100
    )
    cors_allowed_origins: tuple[str, ...] = variable(
        (), "Origins whose pages may call the API, separated by commas. Empty: every origin, without cookies."
    )
    anon_rate: str = variable(
        "",
        "Requests an address may make without a key, such as 600/min or 5000/day; 0 for no limit. "
        "Empty: 600/min, and no limit with DEBUG.",
    )
    key_rate: str = variable(
        "",
        "Requests a key may make where its organisation has no rate of its own; 0 for no limit. "
        "Empty: 6000/min, and no limit with DEBUG.",
    )
    max_body_bytes: int = variable(2_000_000, "The largest body that a request to the API may have.")
    webhook_ports: tuple[int, ...] = variable((), "Ports besides 443 to which webhooks may be delivered.", most=PORTS)
    webhook_loopback: bool = variable(
        False, "Webhooks may also go by plain HTTP to this machine: for tests and the demo, and only with DEBUG."
    )
    hsts_seconds: int = variable(31_536_000, "How long browsers are told to insist on HTTPS (not with DEBUG).", least=0)
    log_level: str = variable("INFO", "DEBUG, INFO, WARNING or ERROR; logs go to standard error.")
    port: int = variable(
        8000,
        "Port of the demo on 127.0.0.1, and in addresses that commands write with DEBUG: set it for these too.",
        most=PORTS,
    )


_TYPES: dict[Any, tuple[str, Callable[[Env, str], Any]]] = {
    str: ("text", lambda env, name: env.str(name)),
    bool: ("true or false", lambda env, name: _truth(env.str(name))),
    int: ("number", lambda env, name: _number(env.str(name))),
    tuple[int, ...]: ("list of numbers", lambda env, name: tuple(map(_number, env.list(name)))),
    tuple[str, ...]: ("list", lambda env, name: tuple(part.strip() for part in env.list(name) if part.strip())),
}


def _truth(text: str) -> bool:
    said = text.strip().lower()
    if said not in TRUE | FALSE:
        raise ValueError(f"'{text}' is neither")
    return said in TRUE


def _number(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", text.strip(), re.ASCII):
        raise ValueError(f"'{text}' is no whole number in digits from 0 to 9")
    return int(text)


def read_environment() -> Environment:
    """Read the variables that are set and not empty; raises ImproperlyConfigured naming the first that cannot be."""
    env = Env()
    hints = get_type_hints(Environment)
    values: dict[str, Any] = {}
    for entry in fields(Environment):
        name = entry.name.upper()
        if not env.str(name, default=""):
            continue
        kind, read = _TYPES[hints[entry.name]]
        try:
            values[entry.name] = read(env, name)
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} should be {ARTICLE.get(kind, 'a ')}{kind}: {error}.") from error
        least, most = entry.metadata["least"], entry.metadata["most"]
        given = values[entry.name]
        for number in given if isinstance(given, tuple) else (given,):
            if isinstance(number, int) and not isinstance(number, bool) and not least <= number <= most:
                raise ImproperlyConfigured(f"{name} is {number}; write a number from {least:,} to {most:,}.")
    read_values = Environment(**values)
    if read_values.log_level not in LEVELS:
        raise ImproperlyConfigured(f"LOG_LEVEL is '{read_values.log_level}'; write one of {', '.join(LEVELS)}.")
    if read_values.site_url.endswith("/"):
        raise ImproperlyConfigured(f"SITE_URL is '{read_values.site_url}'; leave the slash at its end out.")
    return read_values


def table() -> str:
    """The variables as a Markdown table."""
    hints = get_type_hints(Environment)
    lines = ["| variable | type | default | meaning |", "|---|---|---|---|"]
    for entry in fields(Environment):
        kind = _TYPES[hints[entry.name]][0]
        default = f"`{_as_written(entry.default)}`" if entry.default not in ("", ()) else ""
        lines.append(f"| `{entry.name.upper()}` | {kind} | {default} | {entry.metadata['meaning']} |")
    return "\n".join(lines)


def _as_written(default: object) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)


environment = read_environment()

if __name__ == "__main__":
    print(table())
