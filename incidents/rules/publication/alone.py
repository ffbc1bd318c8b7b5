"""Publishing many new incidents that have to do with no other: piece by piece, while the database takes in the last.

Such an incident changes no document but its own. Nothing else of the batch hangs on it, so that it need not be settled
together with the rest (settling.py), and what was written of it is forgotten.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connections, router
from django.db.models import QuerySet

from incidents import choices
from incidents.models import (
    AdminArea,
    Incident,
    IncidentRelation,
    Publication,
    PublicIncident,
    PublicMention,
    Scope,
    Statement,
    bulk,
)
from incidents.models.behind import behind
from incidents.models.gathering import CACHE, columns, parts_of
from incidents.rules.publication import areas, index, linking, rollups
from incidents.rules.publication.board import Address, Board, renamed
from incidents.rules.publication.linking import Component
from incidents.rules.publication.rendering import IncidentRenderer
from incidents.rules.publication.roles import Roles
from incidents.rules.publication.settling import current
from incidents.rules.trail import log

INCIDENT = choices.PublicKind.INCIDENT.value
LOW = choices.Sensitivity.LOW.value
# Of fewer it is quicker to settle them with the rest.
ENOUGH = 100
# Small pieces first and last: the database waits for the first, and whoever publishes for the last.
SMALLEST, LARGEST = 60, 250
FINDINGS = ("claims", "attributions")


def parted(board: Board, incidents: Sequence[Incident]) -> tuple[list[Incident], list[Incident]]:
    """Of incidents from incidents_to_render, those that nothing published or recorded has to do with, and the others.

    The first are not public, not sensitive, in no relation, merge, inquiry or statement, and no inquiry's finding is
    told of them. Of a few incidents all are others.
    """
    if len(incidents) < ENOUGH:
        return [], list(incidents)
    pks, ids = {each.pk for each in incidents}, {each.public_id for each in incidents}
    board.load(INCIDENT, ids)
    tied = {pk for name, rows in TIED.items() for (pk,) in columns(name, rows, Incident._meta.pk, pks)}
    named = {key for (key,) in columns("mentioned", _mentioned, PublicMention._meta.get_field("mentioned"), ids)}
    alone = {
        each.pk: each
        for each in incidents
        if each.sensitivity == LOW
        and each.published_sensitivity in {"", LOW}
        and each.merged_into_id is None
        and each.pk not in tied
        and each.public_id not in named
        and board.content(INCIDENT, each.public_id) is None
        and all(row.investigation_id is None for part in FINDINGS for row in parts_of(each, part))
    }
    return list(alone.values()), [each for each in incidents if each.pk not in alone]


def _mentioned(some: Any) -> QuerySet[Any, Any]:
    return PublicMention.objects.filter(mentioned__among=some).values("mentioned")


def _tied(rows: QuerySet[Any], column: str) -> Any:
    return lambda some: rows.filter(**{f"{column}__among": some}).values(column)


# By a name for the statement: what ties an incident to others.
TIED = {
    "related to": _tied(IncidentRelation.objects.all(), "from_incident"),
    "related from": _tied(IncidentRelation.objects.all(), "to_incident"),
    "looked into": _tied(Scope.objects.all(), "incident"),
    "stated about": _tied(Statement.about.through.objects.all(), "incident"),
    "merged into": _tied(Incident.objects.all(), "merged_into"),
}


def publish_alone(
    head: Any, board: Board, incidents: Sequence[Incident], now: datetime, reason_code: str, reason: str
) -> set[Address]:
    """Publish incidents that stand alone: log rows, index and rollups; returns their addresses.

    The board has what they name, published or about to be, and the log has it already.
    """
    ordered = sorted(incidents, key=lambda each: each.public_id.int)
    versions = log.last_versions([(INCIDENT, each.public_id) for each in ordered])
    named = {area.pcode: area.level for each in ordered for area in _areas_of(each)}
    lying = areas.lying_in(named, {each.country for each in ordered})
    pks = bulk.reserve(PublicIncident, len(ordered))
    renderer = IncidentRenderer()
    board.figures = renderer.figures
    with behind(connections[router.db_for_write(Publication)]):
        _note_sensitivity(ordered)
        for start, stop in pieces(len(ordered)):
            piece = _rendered(board, renderer, ordered[start:stop])
            contents = zip(ordered[start:stop], piece.contents.values(), strict=True)
            entries = [
                log.Entry(
                    kind=INCIDENT,
                    object_id=each.public_id,
                    version=versions.get((INCIDENT, each.public_id), 0) + 1,
                    operation=choices.Operation.PUBLISH.value,
                    reason_code=reason_code,
                    reason=reason,
                    content=content,
                )
                for each, content in contents
            ]
            _write(head, entries, now, piece, lying, pks[start:stop])
            _forget(ordered[start:stop])
        rollups.add(pks)  # once: a sum that many pieces add to is written once
    head.save(update_fields=["seq", "hash"])
    return {(INCIDENT, each.public_id) for each in ordered}


def _forget(incidents: Iterable[Incident]) -> None:
    """Let go of what was gathered of them now, while the database is busy, and not when it waits for what follows."""
    for each in incidents:
        each.__dict__.pop(CACHE, None)


def pieces(count: int) -> Iterator[tuple[int, int]]:
    """(start, stop) of the pieces of so many: small ones first and last."""
    start, size = 0, SMALLEST
    while start < count:
        stop = min(start + size, count)
        yield start, stop
        start, size = stop, max(SMALLEST, min(LARGEST, 2 * size, (count - stop) // 2))


def _areas_of(incident: Incident) -> Iterator[AdminArea]:
    """The areas that the document of an incident which is not sensitive names."""
    yield from parts_of(incident, "areas")
    for claim in parts_of(incident, "claims"):
        yield from (cell.area for cell in parts_of(claim, "cells") if cell.area is not None)


def _note_sensitivity(incidents: Sequence[Incident]) -> None:
    """Keep with which sensitivity they are published."""
    new = [each for each in incidents if each.published_sensitivity != LOW]
    for each in new:
        each.published_sensitivity = LOW
    connection = connections[router.db_for_write(Incident)]
    table, column, key = (
        connection.ops.quote_name(name)
        for name in (Incident._meta.db_table, "published_sensitivity", str(Incident._meta.pk.column))
    )
    among, keys = bulk.one_parameter(connection, [each.pk for each in new])
    if new:
        bulk.execute(connection, f"UPDATE {table} SET {column} = %s WHERE {key} {among}", [LOW, keys])  # noqa: S608


def _rendered(board: Board, renderer: IncidentRenderer, incidents: Sequence[Incident]) -> Component:
    """The contents of these incidents with their figures as totals: each is connected with nothing."""
    piece = Component()
    board.figures.clear()
    for incident in incidents:
        content = renderer.content(incident)
        if board.as_published:
            content = renamed(content, board.as_published)
        key = content["id"]
        piece.links[key] = []
        piece.figures[key] = linking.own_figures(board, content)
        piece.contents[key] = content | {"totals": linking.totals_of(piece, key)}
    return piece


def _write(
    head: Any,
    entries: Sequence[log.Entry],
    now: datetime,
    piece: Component,
    lying: areas.Lying,
    pks: Sequence[int],
) -> None:
    """Append log rows of a piece and write the index of it."""
    roles = Roles.alone(piece)
    currents = [current(row) for row in log.write(head, entries, now)]
    index.add(currents, roles, lying, pks)
    index.mention(currents)
