"""The key that signs sessions and cursors, the peppers under which keys are stored, the seed that signs checkpoints.

Production names them; a developer's machine makes them once and keeps them in var/, and derives a pepper.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

SEED_BYTES = 32


def secret_key(given: str, *, debug: bool, file: Path) -> str:
    """The given key, or with ``debug`` one made once and kept in ``file``."""
    if given:
        return given
    if not debug:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Set it to 50 random characters or more, or set DEBUG=true on your own machine."
        )
    return _kept(file, get_random_secret_key())


def signing_seed(given: str, *, debug: bool, file: Path) -> str:
    """The given seed of an Ed25519 key in base64, with ``debug`` one made once and kept in ``file``, or none: ""."""
    if not given:
        return _kept(file, base64.b64encode(secrets.token_bytes(SEED_BYTES)).decode()) if debug else ""
    try:
        length = len(base64.b64decode(given, validate=True))
    except ValueError:
        length = 0
    if length != SEED_BYTES:
        raise ImproperlyConfigured(
            "CHECKPOINT_KEY should be 32 bytes in base64, 44 characters, such as `openssl rand -base64 32` prints."
        )
    return given


def _kept(file: Path, made: str) -> str:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(made, encoding="utf-8")
    return file.read_text(encoding="utf-8")


PEPPER_LENGTH = 32


def peppers(given: Iterable[str], *, debug: bool, derived_from: str) -> dict[int, bytes]:
    """The peppers by version from entries `version:secret`; with ``debug`` and none given, one derived from the key."""
    found: dict[int, bytes] = {}
    for entry in given:
        version, _, secret = entry.partition(":")
        if not (version.isascii() and version.isdigit() and 1 <= int(version) < 2**15) or int(version) in found:
            raise ImproperlyConfigured("KEY_PEPPERS: write 1:secret,2:secret, each version a number from 1, and once.")
        if len(secret) < PEPPER_LENGTH:
            raise ImproperlyConfigured(f"KEY_PEPPERS: pepper {version} needs {PEPPER_LENGTH} characters or more.")
        found[int(version)] = secret.encode()
    if not found and debug:
        found[1] = hmac.new(derived_from.encode(), b"pepper of API keys", hashlib.sha256).digest()
    return found
