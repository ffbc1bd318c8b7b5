"""All that is public, to be compared: the rows of every public table and answers of the API.

Places in the log are left out, since whatever is done and undone takes numbers.
"""

import json
from typing import Any

from django.db.models import F, ForeignKey, Model
from django.test import Client

from incidents.rules.publication.reindexing import INDEX_TABLES

PLACE_IN_LOG = frozenset({"seq", "version", "published_at", "last_seq"})
ASKED = (
    "incidents/", "claims/", "sources/", "documents/", "perpetrators/", "investigations/",
    "victims/?measure=killed", "victims/?measure=killed&group_by=perpetrator", "victims/?measure=killed&country=SYR",
)  # fmt: skip


def everything_public() -> dict[str, Any]:
    """{table or address: rows or answer}; equal where a reader could tell no difference but the log's numbers."""
    client = Client()
    answers = {asked: _placeless(client.get(f"/api/v1/{asked}").json()) for asked in ASKED}
    return {table.__name__: _rows(table) for table in INDEX_TABLES} | answers


def _rows(table: type[Model]) -> list[str]:
    columns: list[str] = []
    renamed: dict[str, F] = {}
    for field in table._meta.concrete_fields:
        if isinstance(field, ForeignKey):
            renamed[f"{field.name}_public"] = F(f"{field.name}__public_id")
            columns.append(f"{field.name}_public")
        elif not field.primary_key and field.attname not in PLACE_IN_LOG:
            columns.append(field.attname)
    rows = table._default_manager.annotate(**renamed).values(*columns)
    return sorted(json.dumps(_placeless(_read(row)), default=str, sort_keys=True) for row in rows.iterator())


def _read(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"document": json.loads(row["document"])} if "document" in row else row


def _placeless(value: Any) -> Any:
    if isinstance(value, list):
        return [_placeless(each) for each in value]
    if isinstance(value, dict):
        return {name: _placeless(each) for name, each in value.items() if name not in PLACE_IN_LOG}
    return value
