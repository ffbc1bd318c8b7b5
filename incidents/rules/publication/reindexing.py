"""Rebuilding every index table from the log, and comparing what was there with what should be."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import F, Max

from incidents.documents.upgrades import upgrade
from incidents.models import (
    Publication,
    PublicationBody,
    PublicClaim,
    PublicContainment,
    PublicIncident,
    PublicIncidentAct,
    PublicIncidentActor,
    PublicIncidentArea,
    PublicIncidentReference,
    PublicInvestigationIncident,
    PublicMention,
    PublicRollup,
    Tally,
)
from incidents.rules.publication import index, linking
from incidents.rules.publication.board import PLACE_IN_LOG, TABLES, Board, Slot
from incidents.rules.publication.roles import Roles
from incidents.rules.trail import log

BATCH = 500
CHILDREN: tuple[type[models.Model], ...] = (
    PublicIncidentArea,
    PublicIncidentAct,
    PublicIncidentActor,
    PublicIncidentReference,
    PublicContainment,
    PublicClaim,
    Tally,
    PublicInvestigationIncident,
    PublicMention,
    PublicRollup,
)
INDEX_TABLES: tuple[type[models.Model], ...] = (*TABLES.values(), *CHILDREN)


class LogBoard(Board):
    """A board that reads current documents from the log instead of from the index."""

    def load(self, kind: str, ids: Iterable[UUID]) -> None:
        missing = [key for key in dict.fromkeys(ids) if (kind, key) not in self.slots]
        for start in range(0, len(missing), BATCH):
            chunk = missing[start : start + BATCH]
            found = {each.object_id: each.content for each in _current(_last_seqs(kind, chunk))}
            for key in chunk:
                self.slots[kind, key] = Slot(now=found.get(key), next=found.get(key))


def reindex(*, check: bool = False) -> dict[str, tuple[str, str]]:
    """Rebuild every index table; answers {table: (digest before, digest after)} of those that differed.

    With `check` nothing is kept: the tables stay as they are. One transaction under the log's lock.
    """
    with transaction.atomic():
        log.lock_head()
        before = fingerprints()
        for table in reversed(INDEX_TABLES):
            table._default_manager.all().delete()
        for kind in TABLES:
            for seqs in _batches(_last_seqs(kind)):
                index.write(list(_current(seqs)), Roles.of(linking.Component()))
        keys = list(PublicIncident.objects.order_by("seq").values_list("public_id", flat=True))
        for ids in _batches(keys):
            index.write_figures(Roles.of(linking.components(LogBoard(), ids)), {})
        after = fingerprints()
        if check:
            transaction.set_rollback(True)
    return {name: (before[name], after[name]) for name in before if before[name] != after[name]}


def fingerprints() -> dict[str, str]:
    """A digest of each index table's rows, whatever their primary keys and their order of writing."""
    return {table._meta.db_table: _fingerprint(table) for table in INDEX_TABLES}


def _fingerprint(table: type[models.Model]) -> str:
    columns: list[str] = []
    renamed: dict[str, F] = {}
    for field in table._meta.concrete_fields:
        if field.primary_key:
            continue
        if isinstance(field, models.ForeignKey):
            renamed[f"{field.name}_public"] = F(f"{field.name}__public_id")
            columns.append(f"{field.name}_public")
        else:
            columns.append(field.attname)
    # A part whose incident is gone joins with nothing, and is a row still.
    hashed = hashlib.sha256(str(table._default_manager.count()).encode())
    rows = table._default_manager.annotate(**renamed).order_by(*columns).values_list(*columns)
    for row in rows.iterator(chunk_size=2000):
        hashed.update(json.dumps(row, default=str).encode())
    return hashed.hexdigest()


def _last_seqs(kind: str, ids: Sequence[UUID] | None = None) -> list[int]:
    """The last row of each object of a kind, in the order of the log."""
    rows = Publication.objects.filter(kind=kind)
    if ids is not None:
        rows = rows.filter(object_id__in=ids)
    return sorted(rows.values("object_id").annotate(last=Max("seq")).values_list("last", flat=True))


def _current(seqs: Sequence[int]) -> Iterator[index.Current]:
    for body in PublicationBody.objects.filter(pk__in=seqs, document__isnull=False).select_related("publication"):
        row = body.publication
        text = body.document or ""
        document: dict[str, Any] = upgrade(row.kind, json.loads(text), row.schema_version)
        content = {name: value for name, value in document.items() if name not in PLACE_IN_LOG}
        yield index.Current(row.kind, row.object_id, row.seq, row.version, row.published_at, text, content)


def _batches(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]
