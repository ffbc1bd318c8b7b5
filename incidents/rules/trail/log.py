"""The publication log: how rows are numbered, salted, hashed and appended, and how bodies are emptied.

What is worth publishing is decided in publishing.py; reading and checking a log is verification.py's.
"""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import rfc8785
from django.db import connection

from incidents.documents.upgrades import SCHEMA_VERSION
from incidents.models import LogHead, Publication, PublicationBody, bulk
from incidents.models.bulk import Row
from incidents.models.gathering import columns

GENESIS = "0" * 64
NO_DOCUMENT = ""
SAID = (
    "seq", "operation", "kind", "object_id", "version", "schema_version", "reason_code", "reason", "survivor",
    "published_at",
)  # fmt: skip
SHORT, LONG = 1e-4, 1e15  # between them a fraction is written without an exponent
MAX_SEQ = 2_147_483_647  # the document says int32, so that generated clients keep it exact


class LogFullError(Exception):
    """There is no number left for another row."""


class Entry(NamedTuple):
    """What one log row is to say; `content` is the document without its place in the log, or None."""

    kind: str
    object_id: UUID
    version: int
    operation: str
    reason_code: str
    reason: str
    content: Mapping[str, Any] | None
    survivor: UUID | None = None


class Appended(NamedTuple):
    """A row that was appended, with the stored text of its document."""

    entry: Entry
    seq: int
    published_at: datetime
    document: str | None


def canonical(value: Any) -> str:
    """The canonical JSON text (RFC 8785) of a value of dicts, lists, strings, numbers, booleans and nulls."""
    plain, is_plain = value, _is_plain(value)
    if not is_plain:
        plain = _without_point_zero(value)
        is_plain = _is_plain(plain)
    return _written(plain) if is_plain else rfc8785.dumps(value).decode()


def _written(plain: Any) -> str:
    """The canonical JSON text of a value that is plain (see _is_plain)."""
    try:
        return orjson.dumps(plain, option=_PLAIN).decode()
    except orjson.JSONEncodeError:  # an integer that is not exact as a double, half of a surrogate pair
        return rfc8785.dumps(plain).decode()


_PLAIN = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER


def _is_plain(value: Any) -> bool:
    """Whether orjson writes the value as RFC 8785 has it, or refuses it, at a tenth of the cost.

    Keys are ASCII, and fractions written without an exponent. One loop, since calls cost more than what they look at.
    """
    waiting = [value]
    try:
        for each in waiting:
            kind = type(each)
            if kind is str or each is None or kind is bool or kind is int:
                continue
            if kind is dict:
                if not "".join(each).isascii():
                    return False
                waiting += each.values()
            elif kind is list:
                waiting += each
            elif kind is not float or not SHORT < abs(each) < LONG or not each % 1:
                return False
    except TypeError:  # a key that is no text
        return False
    return True


def _canonical_document(document: dict[str, Any]) -> str:
    """The canonical JSON text of a document: its only fractions are the degrees of an incident's point.

    Looking for others in it took longer than writing it (tests/documents/test_fractions.py: there are none).
    """
    place = document.get("place") or {}
    point = place.get("point")
    if point is not None:
        if any(degrees and not SHORT < abs(degrees) < LONG for degrees in point.values()):
            return canonical(document)
        if not all(degrees % 1 for degrees in point.values()):
            document = document | {"place": {**place, "point": _without_point_zero(point)}}
    return _written(document)


def _without_point_zero(value: Any) -> Any:
    """The value with its whole fractions, such as 35.0, as the integers that they read as."""
    kind = type(value)
    if kind is dict:
        return {name: _without_point_zero(each) for name, each in value.items()}
    if kind is list:
        return [_without_point_zero(each) for each in value]
    return int(value) if kind is float and abs(value) < 1e15 and not value % 1 else value


def timestamp(moment: datetime) -> str:
    """A moment in UTC with microseconds, as the log hashes and serves it: 2025-03-09T12:00:00.000000Z."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def digest(salt: str, document: str) -> str:
    """SHA-256 over the salt (32 hexadecimal characters) followed by the document, both as UTF-8; hexadecimal."""
    return hashlib.sha256((salt + document).encode()).hexdigest()


def header(row: Publication) -> dict[str, Any]:
    """What of a row is hashed besides the previous hash and the document's digest."""
    return _header({name: getattr(row, name) for name in SAID})


def _header(said: Row, published_at: str = "") -> dict[str, Any]:
    survivor = said["survivor"]
    own = {
        "id": str(said["object_id"]),
        "survivor": None if survivor is None else str(survivor),
        "published_at": published_at or timestamp(said["published_at"]),
    }
    return {name: said[name] for name in SAID if name != "object_id"} | own


def row_hash(previous: str, head: Mapping[str, Any], document_digest: str) -> str:
    """SHA-256 over previous hash, canonical JSON of the header, and document digest, as UTF-8; hexadecimal."""
    return _chained(previous, canonical(dict(head)), document_digest)


def _chained(previous: str, head: str, document_digest: str) -> str:
    return hashlib.sha256((previous + head + document_digest).encode()).hexdigest()


def lock_head() -> LogHead:
    """The log's head, locked until the transaction ends, so that numbers are gapless in commit order.

    SQLite's IMMEDIATE transactions hold the one write lock already. Raises RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("the log is written inside a transaction only")
    head = LogHead.objects.select_for_update(no_key=True).filter(id=1).first()
    if head is None:
        LogHead.objects.bulk_create([LogHead(id=1)], ignore_conflicts=True)
        head = LogHead.objects.select_for_update(no_key=True).get(id=1)
    return head


def last_versions(addresses: Iterable[tuple[str, UUID]]) -> dict[tuple[str, UUID], int]:
    """The last version in the log of each (kind, object); absent where it has none."""
    found: dict[tuple[str, UUID], int] = {}
    rows = columns(
        "versions",
        lambda some: (
            Publication.objects.filter(object_id__among=some).order_by("version").values("kind", "object_id", "version")
        ),
        Publication._meta.get_field("object_id"),
        {key for _, key in addresses},
    )
    for kind, key, version in rows:
        found[kind, key] = version
    return found


def append(head: LogHead, entries: Sequence[Entry], now: datetime) -> list[Appended]:
    """Append rows in the order given and move the head; documents get version, seq and published_at.

    The caller holds the head's lock (lock_head).
    """
    appended = write(head, entries, now)
    head.save(update_fields=["seq", "hash"])
    return appended


def write(head: LogHead, entries: Sequence[Entry], now: datetime) -> list[Appended]:
    """The same, but for the head itself, which the caller saves when it has written all."""
    if head.seq + len(entries) > MAX_SEQ:
        raise LogFullError("The log is full: its sequence numbers are served as 32-bit integers.")
    rows: list[Row] = []
    appended: list[Appended] = []
    # Made while they are written; the database asks only when the transaction ends whether each has its row.
    bulk.insert(PublicationBody, _bodies(head, entries, now, rows, appended))
    bulk.insert(Publication, rows)
    return appended


def _bodies(
    head: LogHead, entries: Sequence[Entry], now: datetime, rows: list[Row], appended: list[Appended]
) -> Iterator[Row]:
    """The bodies of these entries, one after another, as the head moves on; their rows are added to the lists."""
    published_at, salts = timestamp(now), secrets.token_hex(16 * len(entries))
    for place, entry in enumerate(entries):
        seq = head.seq + 1
        document, salt, document_digest = None, None, NO_DOCUMENT
        if entry.content is not None:
            at = {"version": entry.version, "seq": seq, "published_at": published_at}
            document = _canonical_document({**entry.content, **at})
            salt = salts[32 * place : 32 * place + 32]
            document_digest = digest(salt, document)
        said: Row = {
            "seq": seq,
            "operation": str(entry.operation),
            "kind": str(entry.kind),
            "object_id": entry.object_id,
            "version": entry.version,
            "schema_version": SCHEMA_VERSION,
            "reason_code": str(entry.reason_code),
            "reason": entry.reason,
            "survivor": entry.survivor,
            "published_at": now,
        }
        own_hash = _chained(head.hash, _written(_header(said, published_at)), document_digest)
        rows.append({**said, "document_digest": document_digest, "previous_hash": head.hash, "hash": own_hash})
        appended.append(Appended(entry, seq, now, document))
        head.seq, head.hash = seq, own_hash
        if document is not None:
            yield {"publication_id": seq, "salt": salt, "document": document}


def empty_bodies(seqs: Collection[int]) -> int:
    """Empty the bodies of these rows; returns how many were not empty yet. The chain still verifies."""
    rows, emptied = sorted(seqs), 0
    for start in range(0, len(rows), 500):
        bodies = PublicationBody.objects.filter(pk__in=rows[start : start + 500], document__isnull=False)
        emptied += bodies.update(salt=None, document=None)
    return emptied
