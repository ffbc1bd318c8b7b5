"""The rows of the publication log and of the audit chain as links to be checked: streamed, or as a mirror keeps them.

Whether links hold is verification.py's matter. PostgreSQL writes the canonical header itself, which saves us a
third of a check; that it writes the same as rules/trail/log.py is proved by every chain that verifies.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from django.db import OperationalError, connection
from django.db.models import DateTimeField, Exists, OuterRef, Q, QuerySet, TextField, UUIDField
from django.db.models.functions import Cast

from incidents import choices
from incidents.models import AuditEntry, Publication
from incidents.models.streaming import streamed
from incidents.rules.trail import auditing
from incidents.rules.trail.log import canonical, header

# seq, what is hashed (previous hash, canonical header, digest), hash, salt and body as one
Link: TypeAlias = tuple[int, str, str, str | None]

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
STORED = "stored_"
MISWRITTEN = ""  # hashed by no row
SALT_LENGTH = 32
UNSALTED = ""  # of no salt, or of one that the body's first letters were moved to: it fits no digest
SALTED = (
    "CASE WHEN length(b.salt) = 32 AND {0} IS NOT NULL THEN b.salt || {0}"
    " WHEN b.salt IS NOT NULL OR {0} IS NOT NULL THEN '' END"
)
# Only what people wrote can need an escape: codes and ids that need one are not what was hashed. to_char writes years
# before our era like those after it.
MOMENT = (
    "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
    " || CASE WHEN {0} < '0001-01-01+00' THEN ' BC' ELSE '' END"
)
LOG_SQL = """
    SELECT r.seq,
        r.previous_hash || '{"id":"' || r.object_id::text || '","kind":"' || r.kind
        || '","operation":"' || r.operation || '","published_at":"' || :moment
        || '","reason":' || to_json(r.reason)::text || ',"reason_code":"' || r.reason_code
        || '","schema_version":"' || r.schema_version || '","seq":' || r.seq::text
        || ',"survivor":' || COALESCE('"' || r.survivor::text || '"', 'null')
        || ',"version":' || r.version::text || '}' || r.document_digest,
        r.hash, :salted
    FROM incidents_publication r LEFT JOIN incidents_publicationbody b ON b.seq = r.seq ORDER BY r.seq
    """.replace(":moment", MOMENT.format("r.published_at")).replace(":salted", SALTED.format("b.document"))
AUDIT_SQL = """
    SELECT r.seq,
        r.previous_hash || '{"action":"' || r.action || '","actor":' || COALESCE(r.actor_id::text, 'null')
        || ',"at":"' || :moment || '","key_prefix":' || to_json(r.key_prefix)::text
        || ',"kind":"' || r.kind || '","object_id":' || to_json(r.object_id)::text
        || ',"reason":' || to_json(r.reason)::text || ',"request_id":' || to_json(r.request_id)::text
        || ',"seq":' || r.seq::text || '}' || r.values_digest,
        r.hash, :salted
    FROM incidents_auditentry r LEFT JOIN incidents_auditvalues b ON b.seq = r.seq ORDER BY r.seq
    """.replace(":moment", MOMENT.format("r.at")).replace(":salted", SALTED.format('b."values"'))


def publication_links() -> Iterator[Link]:
    """The log of this database."""
    if connection.vendor == "postgresql":
        yield from streamed(LOG_SQL)
        return
    for row in _each(_with_stored(Publication.objects.select_related("body"))):
        body = getattr(row, "body", None)
        text = row.previous_hash + canonical(header(row)) + row.document_digest if _is_as_written(row) else MISWRITTEN
        yield row.seq, text, row.hash, None if body is None else _salted(body.salt, body.document)


def audit_links() -> Iterator[Link]:
    """The audit chain of this database."""
    if connection.vendor == "postgresql":
        yield from streamed(AUDIT_SQL)
        return
    for row in _each(_with_stored(AuditEntry.objects.select_related("kept"))):
        kept = getattr(row, "kept", None)
        said = canonical(auditing.header(vars(row)))
        text = row.previous_hash + said + row.values_digest if _is_as_written(row) else MISWRITTEN
        yield row.seq, text, row.hash, None if kept is None else _salted(kept.salt, kept.values)


def _with_stored(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows with the texts in which SQLite keeps their ids and moments, of which it reads several as one."""
    kept = (field for field in rows.model._meta.concrete_fields if isinstance(field, UUIDField | DateTimeField))
    stored = {f"{STORED}{field.attname}": Cast(field.attname, TextField()) for field in kept}
    annotated: QuerySet[Any] = rows.annotate(**stored)
    return annotated


def _is_as_written(row: Any) -> bool:
    """Whether these are the texts that Django writes: by another spelling of its id no query finds a row."""
    found = ((name.removeprefix(STORED), text) for name, text in vars(row).items() if name.startswith(STORED))
    return all(
        text == _text(row._meta.get_field(name).get_db_prep_value(getattr(row, name), connection))
        for name, text in found
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _each(rows: QuerySet[Any]) -> Iterator[Any]:
    """The rows in order, hundreds at once; where some cannot be read, one by one.

    So it raises behind the last of those before the first that cannot.
    """
    last = 0
    try:
        for row in rows.order_by("seq").iterator(chunk_size=500):
            last = row.seq
            yield row
    except (ValueError, OperationalError):
        for seq in rows.filter(seq__gt=last).order_by("seq").values_list("seq", flat=True).iterator():
            yield _one(rows, seq)


def _one(rows: QuerySet[Any], seq: int) -> Any:
    """The row with this number. Raises ValueError where its texts are no UTF-8, which SQLite tells as an outage."""
    try:
        return rows.get(seq=seq)
    except OperationalError as error:
        if "decode" not in str(error):
            raise
        raise ValueError(str(error)) from error


def unsaid_publication(seqs: Iterable[int]) -> int | None:
    """The first of these emptied rows of the log of which no later row of its object says why; None if all are told."""
    later = Publication.objects.filter(
        Q(operation=choices.Operation.REDACT) | Q(reason_code=choices.ReasonCode.PRIVACY),
        kind=OuterRef("kind"), object_id=OuterRef("object_id"), seq__gt=OuterRef("seq"),
    )  # fmt: skip
    return _first(Publication.objects.filter(~Exists(later)), seqs)


def unsaid_audit(seqs: Iterable[int]) -> int | None:
    """The first of these emptied entries of which no later one says that it was erased; None if all are told."""
    for part in _parts(seqs):
        told = AuditEntry.objects.filter(
            action=choices.AuditAction.ERASE, kind=auditing.ENTRY, object_id__in=[str(seq) for seq in part]
        )
        erased = {int(key) for key, seq in told.values_list("object_id", "seq") if seq > int(key)}
        missing = [seq for seq in part if seq not in erased]
        if missing:
            return missing[0]
    return None


def body_of_no_row(rows: Any, bodies: Any, last: int) -> int | None:
    """The first body that belongs to no row of a chain which goes from 1 to `last` without a gap, or on from there."""
    outside = bodies.filter(Q(pk__lt=1) | Q(pk__gt=last))
    stray = outside.filter(~Exists(rows.filter(pk=OuterRef("pk")))).order_by("pk")
    found: int | None = stray.values_list("pk", flat=True).first()
    return found


def _first(rows: Any, seqs: Iterable[int]) -> int | None:
    for part in _parts(seqs):
        found: int | None = rows.filter(seq__in=part).order_by("seq").values_list("seq", flat=True).first()
        if found is not None:
            return found
    return None


def _parts(seqs: Iterable[int]) -> Iterator[list[int]]:
    rows = list(seqs)
    for start in range(0, len(rows), 500):
        yield rows[start : start + 500]


def _salted(salt: str | None, body: str | None) -> str | None:
    """Both as one, or nothing where neither is there; only its length tells a salt from what it stands before."""
    if body is None or salt is None or len(salt) != SALT_LENGTH:
        return None if body is None and salt is None else UNSALTED
    return salt + body


def link_of(row: Mapping[str, Any]) -> Link:
    """A row of a change feed or of an exported audit chain; raises whatever a row that is none makes it raise."""
    if isinstance(row, Twice):
        raise TypeError(str(row))
    audit = "action" in row
    members = auditing.HEADER if audit else HEADER
    moment = "at" if audit else "published_at"
    said = {name: row[name] for name in members}
    said[moment] = _moment(said[moment])
    body = row["values" if audit else "document"]
    digest = row["values_digest" if audit else "document_digest"]
    text = body if body is None or isinstance(body, str) else canonical(body)
    return row["seq"], row["previous_hash"] + canonical(said) + digest, row["hash"], _salted(row["salt"], text)


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


class Twice:
    """What stands for an object with a member twice: some readers take the first of the two, and others the last."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return f"a member stands twice: {self.name}"


def _once(members: list[tuple[str, Any]]) -> Any:
    found = dict(members)
    if len(found) == len(members):
        return found
    names = [name for name, _ in members]
    return Twice(next(name for name in names if names.count(name) > 1))


def _objects(text: str) -> tuple[list[Any], str]:
    """The rows of all JSON values that ``text`` begins with, and what is left of it: the beginning of another."""
    decoder, rows = json.JSONDecoder(object_pairs_hook=_once), []
    while text := text.lstrip():
        try:
            value, end = decoder.raw_decode(text)
        except json.JSONDecodeError:
            # Only an object can go on in the next line; what begins otherwise is no feed.
            if not text.startswith("{"):
                raise
            break
        except RecursionError as error:
            raise json.JSONDecodeError("Nested too deeply to be read", text, 0) from error
        rows += _rows_in(value)
        text = text[end:]
    return rows, text


def _rows_in(value: Any) -> list[Any]:
    return value["results"] if isinstance(value, dict) and isinstance(value.get("results"), list) else [value]


def _moment(text: str) -> str:
    """A timestamp as the log hashes it, however many decimals of a second a mirror kept."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:  # or it would be another one wherever it is read
        raise ValueError(f"{text} has no time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
