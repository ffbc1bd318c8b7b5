"""How a row of the record is found among the parts of a published incident, and the other way round.

Claims and attributions have ids. Acts and targeted groups have none: they are known by what they say, of which a highly
sensitive incident tells neither the document nor the group.
"""

import json
from collections.abc import Mapping
from typing import Any

from incidents.documents.fields import SourceRef

CODES = {"acts": "act", "targeted_groups": "ground"}
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
