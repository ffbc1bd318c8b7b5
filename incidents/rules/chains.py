"""The rows of the publication log and of the audit chain as links to be checked: streamed, or as a mirror keeps them.

Whether links hold is verification.py's matter. The header is written here as log.canonical would, at a tenth of the
cost: its members are fixed and in order, so that only texts need an escape.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from json.encoder import encode_basestring as quoted
from typing import Any, TypeAlias

from incidents import choices
from incidents.models import AuditEntry, Publication
from incidents.models.streaming import text_rows
from incidents.rules import auditing
from incidents.rules.log import NO_DOCUMENT, canonical, header

# seq, previous hash, text to hash (previous hash, canonical header, digest), digest, hash, salt and body
Link: TypeAlias = tuple[int, str, str, str, str, str | None]

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
LOG_COLUMNS = (
    "seq", "operation", "kind", "object_id", "version", "schema_version", "reason_code", "reason", "survivor",
    "published_at", "document_digest", "previous_hash", "hash",
)  # fmt: skip
AUDIT_COLUMNS = (
    "seq", "at", "actor_id", "key_prefix", "action", "kind", "object_id", "reason", "request_id", "values_digest",
    "previous_hash", "hash",
)  # fmt: skip
LOG_BODY, AUDIT_BODY = ("body__salt", "body__document"), ("kept__salt", "kept__values")
REDACT, PRIVACY = choices.Operation.REDACT.value, choices.ReasonCode.PRIVACY.value
ERASE = choices.AuditAction.ERASE.value


def publication_links(unsaid: dict[tuple[Any, Any], int]) -> Iterator[Link]:
    """The log of this database; `unsaid` holds the first emptied row of each object until a later one says why."""
    stream: Iterator[Any] = text_rows(
        Publication.objects.order_by("seq"), *LOG_COLUMNS, moment="published_at", body=LOG_BODY
    )
    for (
        seq, operation, kind, object_id, version, schema, code, reason, survivor, at, digest, previous, own, body,
    ) in stream:  # fmt: skip
        if operation == REDACT or code == PRIVACY:
            unsaid.pop((kind, object_id), None)
        if body is None and digest != NO_DOCUMENT:
            unsaid.setdefault((kind, object_id), seq)
        text = (
            f'{previous}{{"id":"{object_id}","kind":{quoted(kind)},"operation":{quoted(operation)},"published_at":"{at}",'
            f'"reason":{quoted(reason)},"reason_code":{quoted(code)},"schema_version":{quoted(schema)},"seq":{seq},'
            f'"survivor":{"null" if survivor is None else quoted(survivor)},"version":{version}}}{digest}'
        )
        yield seq, previous, text, digest, own, body


def audit_links(unsaid: dict[tuple[Any, Any], int]) -> Iterator[Link]:
    """The audit chain of this database; `unsaid` holds each emptied entry until a later one says that it was erased."""
    stream: Iterator[Any] = text_rows(AuditEntry.objects.order_by("seq"), *AUDIT_COLUMNS, moment="at", body=AUDIT_BODY)
    for (
        seq, at, actor, prefix, action, kind, object_id, reason, request_id, digest, previous, own, body,
    ) in stream:  # fmt: skip
        if action == ERASE:
            unsaid.pop((auditing.ENTRY, object_id), None)
        if body is None and digest != NO_DOCUMENT:
            unsaid.setdefault((auditing.ENTRY, str(seq)), seq)
        text = (
            f'{previous}{{"action":{quoted(action)},"actor":{"null" if actor is None else actor},"at":"{at}",'
            f'"key_prefix":{quoted(prefix)},"kind":{quoted(kind)},"object_id":{quoted(object_id)},'
            f'"reason":{quoted(reason)},"request_id":{quoted(request_id)},"seq":{seq}}}{digest}'
        )
        yield seq, previous, text, digest, own, body


def link_of(row: Mapping[str, Any]) -> Link:
    """A row of a change feed or of an exported audit chain; raises whatever a row that is none makes it raise."""
    audit = "action" in row
    members = auditing.HEADER if audit else HEADER
    moment = "at" if audit else "published_at"
    said = {name: row[name] for name in members}
    said[moment] = _moment(said[moment])
    body = row["values" if audit else "document"]
    text = body if body is None or isinstance(body, str) else canonical(body)
    salted = None if text is None else (row["salt"] or "") + text
    digest = row["values_digest" if audit else "document_digest"]
    previous = row["previous_hash"]
    return row["seq"], previous, previous + canonical(said) + digest, digest, row["hash"], salted


def stored_rows() -> Iterator[dict[str, Any]]:
    """The rows of this database's log as the feed serves them, with their bodies as stored text."""
    for row in Publication.objects.select_related("body").order_by("seq").iterator(chunk_size=1000):
        body = getattr(row, "body", None)
        yield header(row) | {
            "document_digest": row.document_digest,
            "previous_hash": row.previous_hash,
            "hash": row.hash,
            "document": None if body is None else body.document,
            "salt": None if body is None else body.salt,
        }


def audit_rows() -> Iterator[dict[str, Any]]:
    """The entries of this database's audit chain without their values, which stay here: digests are enough to check."""
    columns = ("seq", "at", "actor_id", "key_prefix", "action", "kind", "object_id", "reason", "request_id")
    hashes = ("values_digest", "previous_hash", "hash")
    for row in AuditEntry.objects.order_by("seq").values(*columns, *hashes).iterator(chunk_size=1000):
        yield auditing.header(row) | {name: row[name] for name in hashes} | {"salt": None, "values": None}


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


def _moment(text: str) -> str:
    """A timestamp as the log hashes it, however many decimals of a second a mirror kept."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
