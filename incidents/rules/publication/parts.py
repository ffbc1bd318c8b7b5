"""How a row of the record is found among the parts of a published incident, and the other way round.

Claims and attributions have ids. Acts and targeted groups have none: they are known by what they say, of which a highly
sensitive incident tells neither the document nor the group.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from incidents.documents.fields import SourceRef
from incidents.models import IncidentAct, TargetedGroup

CODES = {"acts": "act", "targeted_groups": "ground"}
NAMELESS: dict[str, Any] = {"acts": IncidentAct, "targeted_groups": TargetedGroup}
PARTS = ("claims", "attributions", *CODES)
Key = tuple[str, ...]


def key_of_row(part: str, row: Any, *, discreet: bool) -> Key:
    """The key of a row of the record among the parts of this name, of a content that is discreet or not."""
    if part not in CODES:
        return part, str(row.public_id)
    code, source = getattr(row, CODES[part]), SourceRef(row.asserted_by).data["id"]
    if discreet:
        return part, code, str(source)
    return part, code, str(source), _group(getattr(row, "group", None)), str(row.document.public_id)


def key_of_said(part: str, said: Mapping[str, Any], *, discreet: bool) -> Key:
    """The same key of what a content says."""
    if part not in CODES:
        return part, str(said["id"])
    code, source = said[CODES[part]], said["asserted_by"]["id"]
    if discreet:
        return part, code, str(source)
    return part, code, str(source), _group(said.get("group")), str((said["document"] or {}).get("id"))


def _group(names: Mapping[str, str] | None) -> str:
    return json.dumps(names or {}, sort_keys=True)


def said_in(**documents: Any) -> Iterator[tuple[int, Key]]:
    """(incident, discreet key) of the acts and groups that stand in some documents, or did when they said that.

    `documents` is the condition. What stands in another document by now, which may be published, may be said.
    """
    for part, model in NAMELESS.items():
        named = ("asserted_by", "document")
        there = model.objects.filter(**documents).select_related(*named)
        stood = model.history.filter(**documents, asserted_by__public_id__isnull=False).select_related(*named)
        mine = {(row.incident_id, key_of_row(part, row, discreet=True)) for rows in (there, stood) for row in rows}
        others = model.objects.filter(incident__in={incident for incident, _ in mine}).exclude(**documents)
        others = [row for row in others.select_related(*named) if row.document.publishable]
        said = {(row.incident_id, key_of_row(part, row, discreet=True)) for row in others}
        yield from mine - said
