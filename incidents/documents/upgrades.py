"""The schema version of stored documents, and how a document of an older one reads today.

Stored bodies never change: an older version passes through `upgrade` on its way out, so that every
answer matches the published schema.
"""

from collections.abc import Callable, Mapping
from typing import Any

SCHEMA_VERSION = "1"

Step = Callable[[str, dict[str, Any]], dict[str, Any]]

# From the version named to the next one: (kind of object, document) -> document, without side effects.
STEPS: dict[str, Step] = {}


def upgrade(kind: str, document: Mapping[str, Any], from_schema: str) -> dict[str, Any]:
    """The document as the current schema has it; raises ValueError for a schema version never published."""
    known = [*STEPS, SCHEMA_VERSION]
    if from_schema not in known:
        raise ValueError(f"'{from_schema}' is no schema version of this record; known are {', '.join(known)}.")
    upgraded = dict(document)
    for step in known[known.index(from_schema) : -1]:
        upgraded = STEPS[step](kind, upgraded)
    return upgraded
