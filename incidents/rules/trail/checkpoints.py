"""Heads of the log and of the audit chain, signed with Ed25519 and kept outside the database as well.

A chain alone does not show that its end was cut off or that it was made anew: a signed head does. What is compared
with them is verification.py's matter.
"""

import base64
import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.db import DataError, IntegrityError, models, transaction
from django.db.models import Case, When
from django.utils import timezone

from incidents import choices
from incidents.models import AuditEntry, AuditHead, Checkpoint, LogHead, Publication
from incidents.rules.trail.log import canonical, timestamp

SIGNED = ("log", "seq", "hash", "at", "key_id")
KEY_BYTES = 32
CHAINS: dict[str, tuple[type[models.Model], type[models.Model]]] = {
    choices.SignedLog.PUBLICATION: (LogHead, Publication),
    choices.SignedLog.AUDIT: (AuditHead, AuditEntry),
}


class CheckpointError(Exception):
    """A checkpoint that cannot be made or read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed head as it stands in a file: `at` is the moment as the log writes moments, keys are base64."""

    log: str
    seq: int
    hash: str
    at: str
    key_id: str
    public_key: str
    signature: str


def sign(log: str, seq: int, head_hash: str, at: str) -> Signed:
    """Sign a head with the key of this installation. Raises CheckpointError where it has none."""
    key = _signing_key()
    public = key.public_key().public_bytes_raw()
    said = {"log": str(log), "seq": seq, "hash": head_hash, "at": at, "key_id": key_id(public)}
    signature = key.sign(canonical(said).encode())
    return Signed(**said, public_key=_text(public), signature=_text(signature))  # type: ignore[arg-type]


def checkpoint(file: Path) -> list[Signed]:
    """Sign both heads, append them to the file and store them; answers what was new to the file.

    A head that this key has signed already is not signed again; one that the file lacks is written to it. Raises
    CheckpointError where there is no key, where the file cannot be written, where a chain no longer holds what was
    signed last, and where it has no row that its head could be of: then nothing is signed.
    """
    at = timezone.now()
    try:
        with transaction.atomic():
            held, kept = read_file(file), stored()
            made = [signed for chain in CHAINS for signed in _of(chain, at, held, kept)]
            rows = [_row(signed, at) for signed in made]
            Checkpoint.objects.bulk_create(rows)
            # Before the commit: the file may know of a head more than the database, never of one less.
            there = set(held)
            new = [*_proving(each for each in kept if each not in there), *made]
            _append(file, new)
    except IntegrityError as error:
        raise CheckpointError("Another checkpoint was made at the same moment; nothing was signed twice.") from error
    return new


def _proving(signed: Iterable[Signed]) -> Iterator[Signed]:
    """Those whose signature is that of a key of this installation: the others prove nothing, as verify_log says."""
    trusted = trusted_keys()
    return (each for each in signed if not fault(each, trusted))


def stored() -> list[Signed]:
    """The checkpoints of this database, oldest first; a moment that is none is empty, and no signature fits it."""
    columns = ("log", "seq", "hash", "key_id", "public_key", "signature")
    rows = Checkpoint.objects.order_by("pk")
    try:
        found = list(rows.values_list("signed_at", *columns))
    except (DataError, OverflowError, ValueError):  # PostgreSQL knows days that Python does not, such as infinity
        known = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
        found = list(rows.annotate(at=Case(When(signed_at__range=known, then="signed_at"))).values_list("at", *columns))
    return [
        Signed(log, seq, hash_, timestamp(at) if at is not None else "", *key) for at, log, seq, hash_, *key in found
    ]


def read(lines: Iterable[str]) -> list[Signed]:
    """The checkpoints of a file: one a line as `checkpoint` writes them, or a page of /api/v1/log/checkpoints/ a line.

    Raises CheckpointError naming the line that is neither.
    """
    found: list[Signed] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
            page = given.get("results")
            found += map(_signed, [given] if page is None else page)
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
            raise CheckpointError(
                f"Line {number} is no checkpoint: each is one JSON object as `checkpoint` writes it, or a page of "
                "/api/v1/log/checkpoints/."
            ) from error
    return found


def _signed(given: Mapping[str, Any]) -> Signed:
    """A checkpoint as a file has it or as the API serves it; raises whatever anything else makes it raise."""
    served = {"log": choices.SignedLog.PUBLICATION.value, "at": given.get("signed_at")}
    signed = Signed(**{name: given.get(name, served.get(name)) for name in Signed.__dataclass_fields__})
    if not all(isinstance(value, int if name == "seq" else str) for name, value in asdict(signed).items()):
        raise TypeError(given)
    choices.SignedLog(signed.log)  # of a log that there is not, it would be compared with nothing
    return signed


def read_file(file: Path) -> list[Signed]:
    """The checkpoints of a file, without a torn last line; none where there is no such file yet."""
    if file.exists() and not file.is_file():  # a device may have no end
        raise CheckpointError(f"{file} is no file that could hold checkpoints; name one.")
    try:
        held = file.read_bytes()
        return read(held[: torn(held)].decode().split("\n"))
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise CheckpointError(f"{file} cannot be read: {error}.") from error


def torn(held: bytes) -> int | None:
    """Where in a file a last line begins that was not written to its end, as by a kill or a full disk; else None.

    It proves nothing and was committed nowhere: the next checkpoint takes it away.
    """
    begin = held.rfind(b"\n") + 1
    try:
        if held[begin : begin + 1] == b"{":
            json.loads(held[begin:])
    except RecursionError:
        return None
    except ValueError:
        return begin
    return None


def ends_torn(file: Path) -> bool:
    """Whether a file that was read has such a line, so that somebody can be told."""
    return file.exists() and torn(file.read_bytes()) is not None


def trusted_keys(given: Sequence[str] = ()) -> dict[str, bytes]:
    """{key id: public key} of the keys whose signatures count: the given ones, else those of this installation.

    Raises CheckpointError for a text that is no public key.
    """
    texts = list(given) or list(settings.CHECKPOINT_PUBLIC_KEYS)
    keys = [_raw(text) for text in texts]
    if not given and settings.CHECKPOINT_KEY:
        keys.append(_signing_key().public_key().public_bytes_raw())
    return {key_id(key): key for key in keys}


def fault(signed: Signed, trusted: Mapping[str, bytes]) -> str:
    """Why a checkpoint proves nothing, in words; nothing where its signature is that of a trusted key."""
    if signed.key_id not in trusted:
        return f"the checkpoint of {signed.log} seq {signed.seq} is signed by key {signed.key_id}, which is not trusted"
    said = {name: getattr(signed, name) for name in SIGNED}
    try:
        key = Ed25519PublicKey.from_public_bytes(trusted[signed.key_id])
        key.verify(base64.b64decode(signed.signature, validate=True), canonical(said).encode())
    except (InvalidSignature, ValueError):
        return f"the signature of the checkpoint of {signed.log} seq {signed.seq} does not fit what it says"
    if signed.public_key != _text(trusted[signed.key_id]):
        return f"the public key of the checkpoint of {signed.log} seq {signed.seq} is not the one that signed it"
    return ""


def key_id(public: bytes) -> str:
    """The name of a public key: the first 16 hexadecimal characters of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def _of(chain: str, at: datetime, held: Sequence[Signed], kept: Sequence[Signed]) -> list[Signed]:
    """The head of a chain, signed; nothing where the chain is empty or this head is signed already."""
    heads, rows = CHAINS[chain]
    name = choices.SignedLog(chain).label.lower()
    head: Any = heads._default_manager.filter(pk=1).first()
    known = [each for each in (*kept, *held) if each.log == chain]
    # Whoever signed it: better no checkpoint than one of a log that was cut.
    last = max(known, key=lambda each: each.seq, default=None)
    if last is not None and not rows._default_manager.filter(pk=last.seq, hash=last.hash).exists():
        raise CheckpointError(
            f"The {name} does not hold what was signed at seq {last.seq} on {last.at}. Nothing was signed; run "
            "verify_log."
        )
    if head is None or head.seq == 0:
        return []
    if not rows._default_manager.filter(pk=head.seq, hash=head.hash).exists():
        raise CheckpointError(
            f"The head of the {name} says seq {head.seq} with a hash that no row of it has. Nothing was signed; run "
            "verify_log."
        )
    signed = sign(chain, head.seq, head.hash, timestamp(at))
    same = [each for each in known if (each.seq, each.key_id) == (signed.seq, signed.key_id)]
    if any(_proving(same)):
        return []
    if any(each in same for each in kept):
        raise CheckpointError(
            f"The database holds a checkpoint of the {name} at seq {signed.seq} whose signature does not fit. Nothing "
            "was signed; run verify_log."
        )
    return [signed]


def _row(signed: Signed, at: datetime) -> Checkpoint:
    said = {name: value for name, value in asdict(signed).items() if name != "at"}
    return Checkpoint(**said, signed_at=at)


def _append(file: Path, made: Sequence[Signed]) -> None:
    """One line each, on the disk before this returns."""
    if not made:
        return
    text = "".join(canonical(asdict(each)) + "\n" for each in made).encode()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a+b", buffering=0) as lines:
            fcntl.flock(lines, fcntl.LOCK_EX)  # so that nobody's lines are cut off with those of another
            lines.seek(0)
            held = lines.readall()
            whole = held[: torn(held)]
            if len(whole) < len(held):
                lines.truncate(len(whole))
            if whole and not whole.endswith(b"\n"):
                text = b"\n" + text
            try:
                while text:
                    text = text[lines.write(text) :]
                os.fsync(lines.fileno())
            except OSError:  # a disk that is full for a moment must not leave half a line
                lines.truncate(len(whole))
                raise
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise CheckpointError(f"{file} cannot be written ({error.strerror}), so nothing was signed.") from error


def _signing_key() -> Ed25519PrivateKey:
    if not settings.CHECKPOINT_KEY:
        raise CheckpointError(
            "There is no key to sign with: set CHECKPOINT_KEY to what `openssl rand -base64 32` says."
        )
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(settings.CHECKPOINT_KEY))


def _raw(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise CheckpointError(f"'{text}' is no public key: it should be 32 bytes in base64, 44 characters.")
    return key


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
