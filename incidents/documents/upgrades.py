"""The schema version of stored documents, and how a document of an older one reads today.

Stored bodies never change: an older version passes through `upgrade` on its way out, so that every
answer matches the published schema.
"""

from collections.abc import Callable, Mapping
from typing import Any

from incidents.choices import PublicKind

SCHEMA_VERSION = "3"
SET_BY_THE_DESK = "override@1"

Step = Callable[[dict[str, Any]], dict[str, Any]]


def _who_set_figures(document: dict[str, Any]) -> dict[str, Any]:
    """Estimates say in `override` who set them and why. Of the desk's own nobody knows what was public of that."""
    unsaid = {"role": None, "reason": None}
    anew = [{"override": unsaid if row["ruleset"] == SET_BY_THE_DESK else None} | row for row in document["estimates"]]
    return document | {"estimates": anew}


def _which_events_stand(document: dict[str, Any]) -> dict[str, Any]:
    """Timelines say which entry supersedes which, and deadlines whether the event that set them was: none could be."""
    timeline = [{**row, "superseded": False, "supersedes": None, **row} for row in document["timeline"]]
    deadlines = [{**row, "retracted": False, **row} for row in document["deadlines"]]
    return document | {"timeline": timeline, "deadlines": deadlines}


# From the version named to the next one: how a document of which kind of object grew, without side effects. What it
# has already stays, as some of a version may have been written while the next one was made.
STEPS: dict[str, tuple[str, Step]] = {
    "1": (PublicKind.INCIDENT.value, _who_set_figures),
    "2": (PublicKind.INVESTIGATION.value, _which_events_stand),
}


def upgrade(kind: str, document: Mapping[str, Any], from_schema: str) -> dict[str, Any]:
    """The document as the current schema has it; raises ValueError for a schema version never published."""
    known = [*STEPS, SCHEMA_VERSION]
    if from_schema not in known:
        raise ValueError(f"'{from_schema}' is no schema version of this record; known are {', '.join(known)}.")
    upgraded = dict(document)
    for step in known[known.index(from_schema) : -1]:
        grown, grow = STEPS[step]
        upgraded = grow(upgraded) if kind == grown else upgraded
    return upgraded


def lacking(kind: str) -> list[str]:
    """The schema versions under which documents of this kind lack members of the present one."""
    versions = list(STEPS)
    last = max((place for place, version in enumerate(versions) if STEPS[version][0] == kind), default=-1)
    return versions[: last + 1]
