"""The audit chain: who did what to which record, appended in the same transaction as the thing itself.

Which fields are confidential is confidential.py's matter, what changed in a record differences.py's; checking the
chain is verification.py's.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from incidents import choices
from incidents.models import AuditEntry, AuditHead, AuditValues, bulk
from incidents.models.bulk import Row
from incidents.rules.legible import is_written
from incidents.rules.trail import acting, log
from incidents.rules.trail.differences import subject_of

ENTRY = "audit_entry"
HEADER = ("action", "actor", "at", "key_prefix", "kind", "object_id", "reason", "request_id", "seq")
REQUEST_ID_LENGTH = 64
Subject = Model | tuple[str, str]


class AuditError(Exception):
    """Something that the audit chain refuses to do; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing done: to which row, or (kind, id) of it (None: to many at once), which values it had and has, and why.

    `before` and `after` are JSON values of the fields that changed, by name; confidential ones too.
    """

    action: str
    obj: Subject | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    reason: str = ""


def record(
    *,
    action: str,
    obj: Subject | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    actor: User | None = None,
    request_id: str = "",
) -> int:
    """Append one entry in the current transaction and answer its number.

    Who acts and in which request is taken from `acting` unless it is said. The head of the chain stays locked until the
    transaction ends, and everybody takes that lock last: record after the change, never before it. Raises RuntimeError
    outside a transaction.
    """
    return record_all([Deed(action, obj, before, after, reason)], actor=actor, request_id=request_id)


def record_all(deeds: Sequence[Deed], *, actor: User | None = None, request_id: str = "") -> int:
    """Append an entry for each of these in few statements, however many; answers the last number of the chain."""
    head = lock_head()
    if not deeds:
        return head.seq
    who = acting.current()
    now = timezone.now()
    shared: Row = {
        "at": now,
        "actor_id": who.user_id if actor is None else actor.pk,
        "key_prefix": who.key_prefix,
        "request_id": (request_id or who.request_id)[:REQUEST_ID_LENGTH],
    }
    rows: list[Row] = []
    kept: list[Row] = []
    seq, previous = head.seq, head.hash
    for deed in deeds:
        seq += 1
        kind, object_id = _subject(deed.obj)
        values_digest = log.NO_DOCUMENT
        if deed.before or deed.after:
            values = log.canonical({"before": dict(deed.before or {}), "after": dict(deed.after or {})})
            salt = secrets.token_hex(16)
            values_digest = log.digest(salt, values)
            kept.append({"entry_id": seq, "salt": salt, "values": values})
        said: Row = {
            **shared,
            "seq": seq,
            "action": str(deed.action),
            "kind": kind,
            "object_id": object_id,
            "reason": deed.reason,
        }
        own_hash = entry_hash(previous, header(said), values_digest)
        rows.append({**said, "values_digest": values_digest, "previous_hash": previous, "hash": own_hash})
        previous = own_hash
    bulk.insert(AuditEntry, rows)
    bulk.insert(AuditValues, kept)
    head.seq, head.hash = seq, previous
    head.save(update_fields=["seq", "hash"])
    return seq


def erase(entries: Collection[int], reason: str) -> int:
    """Empty the values of these entries for good; answers how many had some.

    Each erasure is an entry itself, and the chain still verifies. Raises AuditError without a reason.
    """
    if not is_written(reason):
        raise AuditError("Write the reason: it stands in the audit chain for good.")
    lock_head()  # so that two who erase the same are not both told that they did
    seqs = sorted(set(entries))
    emptied: list[int] = []
    for start in range(0, len(seqs), 500):
        kept = AuditValues.objects.filter(pk__in=seqs[start : start + 500], values__isnull=False)
        emptied += kept.order_by("pk").values_list("pk", flat=True)
    record_all([Deed(choices.AuditAction.ERASE, (ENTRY, str(seq)), reason=reason) for seq in emptied])
    for start in range(0, len(emptied), 500):
        AuditValues.objects.filter(pk__in=emptied[start : start + 500]).update(salt=None, values=None)
    return len(emptied)


def lock_head() -> AuditHead:
    """The chain's head, locked until the transaction ends. Raises RuntimeError outside a transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("the audit chain is written inside a transaction only")
    head = AuditHead.objects.select_for_update(no_key=True).filter(id=1).first()
    if head is None:
        AuditHead.objects.bulk_create([AuditHead(id=1)], ignore_conflicts=True)
        head = AuditHead.objects.select_for_update(no_key=True).get(id=1)
    return head


def entry_hash(previous: str, header: Mapping[str, Any], values_digest: str) -> str:
    """SHA-256 over previous hash, canonical JSON of the header, and digest of the values; as in the log."""
    return log.row_hash(previous, header, values_digest)


def header(said: Mapping[str, Any]) -> dict[str, Any]:
    """What of an entry is hashed besides the previous hash and the digest, from its columns."""
    at: datetime = said["at"]
    return {name: said[name] for name in HEADER if name not in {"actor", "at"}} | {
        "actor": said["actor_id"],
        "at": log.timestamp(at),
    }


def _subject(obj: Subject | None) -> tuple[str, str]:
    if obj is None:
        return "", ""
    return obj if isinstance(obj, tuple) else subject_of(obj)
