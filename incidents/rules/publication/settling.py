"""Bringing a board of changes to its end: links and totals, log rows, emptied bodies, the index; one transaction.

What is put on the board is decided by publishing.py, withdrawals and merges included.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from incidents import choices
from incidents.rules.publication import index, linking
from incidents.rules.publication.board import TABLES, Board, Slot
from incidents.rules.publication.naming import drop_orphans, rename, take_out
from incidents.rules.publication.redacting import also_emptied, forsaken, to_empty
from incidents.rules.publication.retold import earlier_lives, told_by_totals
from incidents.rules.publication.roles import Roles
from incidents.rules.trail import log

INCIDENT, INVESTIGATION = choices.PublicKind.INCIDENT.value, choices.PublicKind.INVESTIGATION.value


def link(
    board: Board,
    incidents: set[UUID],
    investigations: set[UUID],
    private: set[tuple[str, UUID]],
    hushed: Iterable[UUID] = (),
) -> linking.Component:
    """Relations, scopes, names and totals of everything that this transaction touches.

    Those of `incidents` and `investigations` are as the record has them; `hushed` lose theirs, as far as they must.
    """
    references: dict[str, dict[str, Any] | None] = {}
    for (kind, key), slot in board.slots.items():
        if slot.changed and slot.now is not None and slot.next is not None and kind in {INCIDENT, INVESTIGATION}:
            shown = ("title",) if kind == INCIDENT else ("type", "name")
            references[str(key)] = {name: slot.next[name] for name in shown}
    rename(board, references, private)
    linking.relate(board, incidents)
    linking.scope(board, incidents, investigations)
    for key in hushed:
        linking.hush(board, key)
    component = _connected(board)
    linking.write_totals(board, component)
    return component


def _connected(board: Board) -> linking.Component:
    """All incidents connected by containment with those that change and stay public."""
    changed = [key for (kind, key), slot in board.slots.items() if kind == INCIDENT and slot.changed]
    return linking.components(board, [key for key in changed if board.content(INCIDENT, key) is not None])


def settle(
    head: Any,
    board: Board,
    incidents: set[UUID],
    investigations: set[UUID],
    private: set[tuple[str, UUID]],
    hushed: Iterable[UUID] = (),
    now: datetime | None = None,
) -> set[tuple[str, UUID]]:
    """Link, append every change to the log, empty what privacy demands, and write the index."""
    private |= earlier_lives(private)
    emptied = to_empty(board, private)
    component = link(board, incidents, investigations, private, hushed)
    drop_orphans(board)
    alone = forsaken(board, emptied, private)
    for kind, key in sorted(alone, key=str):
        take_out(board, kind, key, choices.ReasonCode.PRIVACY.value, "")
    also_emptied(board, emptied, to_empty(board, alone))
    also_emptied(board, emptied, told_by_totals(board, emptied, private))
    if emptied:  # that puts incidents on the board which nothing was linked with, and whose figures stay as they are
        component = _connected(board)
    changed = list(board.changed())
    versions = log.last_versions([address for address, _ in changed])
    now = now or timezone.now()
    entries = [
        _entry(address, slot, versions.get(address, 0) + 1, redacted=address in emptied) for address, slot in changed
    ]
    appended = log.append(head, entries, now)
    log.empty_bodies([seq for seqs in emptied.values() for seq in seqs])
    gone = [row for row in appended if row.document is None]
    for kind in TABLES:
        index.remove(kind, [row.entry.object_id for row in gone if row.entry.kind == kind])
    roles = Roles.of(component)
    written = index.write([current(row) for row in appended if row.document is not None], roles)
    index.write_figures(roles, written)
    return {address for address, _ in changed}


def _entry(address: tuple[str, UUID], slot: Slot, version: int, *, redacted: bool) -> log.Entry:
    operation, reason_code = slot.operation, slot.reason_code
    if redacted and slot.next is None:
        reason_code = choices.ReasonCode.PRIVACY.value
    elif redacted:
        operation = choices.Operation.REDACT.value
    return log.Entry(
        kind=address[0],
        object_id=address[1],
        version=version,
        operation=operation,
        reason_code=reason_code,
        reason=slot.reason,
        content=slot.next,
        survivor=slot.survivor,
    )


def current(row: log.Appended) -> index.Current:
    """A row that was appended, as the index takes it."""
    content = row.entry.content
    if content is None or row.document is None:
        raise ValueError(f"{row.entry.object_id} has no document to index.")
    return index.Current(
        kind=row.entry.kind,
        object_id=row.entry.object_id,
        seq=row.seq,
        version=row.entry.version,
        published_at=row.published_at,
        document=row.document,
        content=dict(content),
    )
