"""Checking a log, ours or a mirror's: numbers without gaps, hashes, digests, and the head.

Works on rows as the change feed serves them, so that anybody can verify without us.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from incidents import choices
from incidents.models import LogHead, Publication
from incidents.rules.log import GENESIS, NO_DOCUMENT, canonical, digest, header, row_hash

HEADER = (
    "seq",
    "operation",
    "kind",
    "id",
    "version",
    "schema_version",
    "reason_code",
    "reason",
    "survivor",
    "published_at",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found: rows and bodies read, bodies that were emptied, and the first fault if there is one."""

    rows: int
    bodies: int
    emptied: int
    last_seq: int
    last_hash: str
    bad_seq: int | None = None
    fault: str = ""

    @property
    def sound(self) -> bool:
        return self.bad_seq is None


def verify_rows(rows: Iterable[Mapping[str, Any]], *, after: int = 0, previous: str = GENESIS) -> Verdict:
    """Check rows of a change feed in order, from the row after `after` whose hash is `previous`.

    Each row has the header's fields, document_digest, previous_hash, hash, and document and salt or null.
    Reads one row at a time; stops at the first fault.
    """
    count = bodies = emptied = 0
    seq = after
    for row in rows:
        try:
            fault = _fault(row, seq, previous)
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
            fault = f"it cannot be read as a row of the log ({type(error).__name__}: {error})"
        if fault:
            return Verdict(count, bodies, emptied, seq, previous, bad_seq=seq + 1, fault=fault)
        count += 1
        seq, previous = row["seq"], row["hash"]
        if row["document"] is not None:
            bodies += 1
        elif row["document_digest"] != NO_DOCUMENT:
            emptied += 1
    return Verdict(count, bodies, emptied, seq, previous)


def rows_of_feed(text: Iterable[str]) -> Iterator[Any]:
    """The rows of a saved feed, given line by line: rows, or pages that hold them as `results`, one behind the other.

    An object may go over several lines and a line may hold several. Raises json.JSONDecodeError for anything else.
    """
    waiting, enough = "", 0
    for line in text:
        waiting += line
        # An object over many lines is tried again only at twice its length, so that reading stays linear.
        if len(waiting) >= enough:
            found, waiting = _objects(waiting)
            enough = 2 * len(waiting)
            yield from found
    found, waiting = _objects(waiting)
    yield from found
    if waiting:
        json.loads(waiting)


def _objects(text: str) -> tuple[list[Any], str]:
    """The rows of all JSON values that ``text`` begins with, and what is left of it: the beginning of another."""
    decoder, rows = json.JSONDecoder(), []
    while text := text.lstrip():
        try:
            value, end = decoder.raw_decode(text)
        except json.JSONDecodeError:
            # Only an object can go on in the next line; what begins otherwise is no feed.
            if not text.startswith("{"):
                raise
            break
        rows += _rows_in(value)
        text = text[end:]
    return rows, text


def _rows_in(value: Any) -> list[Any]:
    return value["results"] if isinstance(value, dict) and isinstance(value.get("results"), list) else [value]


def verify_log() -> Verdict:
    """Check the whole log of this database, its bodies, that redactions are logged, and its head."""
    unsaid: dict[tuple[str, str], int] = {}
    verdict = verify_rows(_noting_emptied(stored_rows(), unsaid))
    if verdict.sound and unsaid:
        fault = "its document was emptied, and no later row of its object says so"
        return replace(verdict, bad_seq=min(unsaid.values()), fault=fault)
    head = LogHead.objects.filter(id=1).first() or LogHead()
    if verdict.sound and (verdict.last_seq, verdict.last_hash) != (head.seq, head.hash):
        fault = f"the log ends at {verdict.last_seq}, but its head says {head.seq}: rows were cut off or added"
        return replace(verdict, bad_seq=min(verdict.last_seq, head.seq) + 1, fault=fault)
    return verdict


def stored_rows() -> Iterator[dict[str, Any]]:
    """The rows of this database's log with their bodies as stored text."""
    for row in Publication.objects.select_related("body").order_by("seq").iterator(chunk_size=1000):
        body = getattr(row, "body", None)
        yield header(row) | {
            "document_digest": row.document_digest,
            "previous_hash": row.previous_hash,
            "hash": row.hash,
            "document": None if body is None else body.document,
            "salt": None if body is None else body.salt,
        }


def _noting_emptied(rows: Iterable[dict[str, Any]], unsaid: dict[tuple[str, str], int]) -> Iterator[dict[str, Any]]:
    """The rows as they are; `unsaid` holds the first emptied row of each object until a later row says why."""
    for row in rows:
        address = (row["kind"], row["id"])
        if row["operation"] == choices.Operation.REDACT or row["reason_code"] == choices.ReasonCode.PRIVACY:
            unsaid.pop(address, None)
        if row["document"] is None and row["document_digest"] != NO_DOCUMENT:
            unsaid.setdefault(address, row["seq"])
        yield row


def _fault(row: Mapping[str, Any], seq: int, previous: str) -> str:
    if row["seq"] != seq + 1:
        return f"row {seq + 1} is missing: after {seq} comes {row['seq']}"
    if row["previous_hash"] != previous:
        return "its previous_hash is not the hash of the row before"
    head = {name: row[name] for name in HEADER}
    head["published_at"] = _moment(head["published_at"])
    if row_hash(previous, head, row["document_digest"]) != row["hash"]:
        return "its hash does not fit what the row says"
    document, salt = row["document"], row["salt"]
    if document is None:
        return ""
    text = document if isinstance(document, str) else canonical(document)
    if salt is None or digest(salt, text) != row["document_digest"]:
        return "its document does not fit its digest"
    return ""


def _moment(text: str) -> str:
    """A timestamp as the log hashes it, however many decimals of a second a mirror kept."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
