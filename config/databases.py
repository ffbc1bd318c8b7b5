"""The two database aliases: ``default`` is the working record and the log, ``public`` what the API reads.

Both point at the same database unless PUBLIC_DATABASE_URL says otherwise; ``public`` refuses writes either way.
"""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environ import Env

ADDRESSES = frozenset({"sqlite", "postgres", "postgresql"})
WRITE = "Write DATABASE_URL, and PUBLIC_DATABASE_URL, as sqlite:///path or postgresql://user:password@host:5432/name."
SQLITE = "django.db.backends.sqlite3"
POSTGRESQL = "config.postgresql"
# WAL lets readers work while one process writes; NORMAL is durable against a crash of the process, and an operating
# system that dies loses at most the last transactions, never the file.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY; "
    "PRAGMA cache_size=-32000; PRAGMA mmap_size=268435456; PRAGMA journal_size_limit=67108864;"
)
READS = "-c default_transaction_read_only=on"
# Compiling a statement to machine code takes longer than most of ours run, and is paid again for every plan.
EVERYWHERE = "-c jit=off"
BUSY_SECONDS = 20
LOCK_SHARE = 3  # a request may wait for a lock for a third of what a statement may take: then somebody else is long
SQLITE_SECONDS = 60  # that a thread keeps its connection: opening the file took four fifths of the time of a detail


def databases(url: str, public_url: str, root: Path, pool_size: int) -> dict[str, dict[str, Any]]:
    """Django's DATABASES for the two addresses; a relative SQLite path is taken from ``root``."""
    return {
        "default": _connection(url, root, pool_size, read_only=False),
        "public": _connection(public_url or url, root, pool_size, read_only=True) | {"TEST": {"MIRROR": "default"}},
    }


def bound_requests(configured: dict[str, dict[str, Any]], seconds: int, *, own_public_role: bool) -> None:
    """Let no statement on PostgreSQL take longer than so many seconds, nor wait for a lock for more than a third.

    For processes that answer requests, before they connect; imports, migrations and `verify_log` take long by right.
    What DATABASE_URL itself says goes before it, and so do the limits of a role of the public API's own.
    """
    milliseconds = seconds * 1_000
    limits = f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds // LOCK_SHARE}"
    for alias in ("default",) if own_public_role else ("default", "public"):
        if configured[alias]["ENGINE"] == POSTGRESQL:
            options = configured[alias]["OPTIONS"]
            options["options"] = f"{limits} {options['options']}".strip()


def _connection(url: str, root: Path, pool_size: int, *, read_only: bool) -> dict[str, Any]:
    kind, _, _ = url.partition(":")
    try:
        config: dict[str, Any] = Env.db_url_config(url) if kind in ADDRESSES else {}
    except ValueError:  # a port that is none; what was read as one may be a part of the password
        told = "The address of the database cannot be read: its port is none, or its password holds / ? or #."
        raise ImproperlyConfigured(f"{told} {WRITE}") from None
    if "ENGINE" not in config:
        raise ImproperlyConfigured(f"The address of the database begins with neither sqlite: nor postgresql:. {WRITE}")
    options: dict[str, Any] = config.get("OPTIONS", {})
    if config["ENGINE"] == SQLITE:
        config["NAME"] = _sqlite_file(config["NAME"], root)
        options |= {
            "timeout": BUSY_SECONDS,
            "transaction_mode": "DEFERRED" if read_only else "IMMEDIATE",
            "init_command": SQLITE_PRAGMAS + ("PRAGMA query_only=ON;" if read_only else ""),
        }
    else:
        config["ENGINE"] = POSTGRESQL
        options |= {"prepare_threshold": 1}  # the second time that a connection is asked (config/postgresql/)
        # Each attempt to connect again waits twice as long as the last: five minutes of them, which is the default,
        # find a server that was away for half a minute half a minute late. Whoever asks next begins anew.
        waits = {"timeout": BUSY_SECONDS, "reconnect_timeout": BUSY_SECONDS}
        options |= {"pool": {"min_size": 1, "max_size": pool_size, **waits}}
        options["options"] = " ".join(filter(None, (EVERYWHERE, options.get("options"), READS if read_only else "")))
    kept = SQLITE_SECONDS if config["ENGINE"] == SQLITE else 0  # a pool keeps its own
    return config | {"CONN_MAX_AGE": kept, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}


def _sqlite_file(name: str, root: Path) -> str:
    if name == ":memory:":
        return name
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    return str(file)
