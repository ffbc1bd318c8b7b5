"""What a published inquiry says, as what is sent about it is compared with that: nobody learns more of the record."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from incidents.models import Investigation, PublicInvestigation
from incidents.rules.trail.differences import plain

PLAIN = ("type", "independence", "independence_note", "mandate", "period_from", "period_to", "outcome")
SOURCES = ("body", "established_by")
NAMED = ("by", "reported_by", "document")


@dataclass(frozen=True, slots=True)
class PublicInquiry:
    """What the document says of an inquiry, by the names of its columns; of a source its id.

    Events and deadlines as foreseeing_parts.py says what is sent of them: days as dates, records by their ids, events
    by kind and day. All of it is empty where the inquiry is not published.
    """

    facts: Mapping[str, Any]
    events: Sequence[dict[str, Any]]
    deadlines: Sequence[dict[str, Any]]

    def differs(self, name: str, value: Any) -> bool:
        """Whether this says something else of a column; nothing said is alike however it is written."""
        return (self.facts.get(name) or None) != (plain(value) or None)


def public_inquiry(inquiry: Investigation | None) -> PublicInquiry:
    """What is public of an inquiry."""
    document = _document(inquiry.public_id) if inquiry is not None else None
    if document is None:
        return PublicInquiry({}, [], [])
    return PublicInquiry(
        {
            **{name: document[name] for name in PLAIN},
            "names": document["name"],
            "areas": sorted(area["pcode"] for area in document["areas"]),
            **{name: document[name] and document[name]["id"] for name in SOURCES},
        },
        [_event(row) for row in document["timeline"]],
        [
            {
                "due_on": _day(row["due_on"]),
                "basis": row["basis"] or "",
                "assumed": row["assumed"],
                "set_by": row["set_by"] and (row["set_by"], _day(row["set_on"])),
            }
            for row in document["deadlines"]
        ],
    )


def timeline_of(public_id: UUID) -> list[tuple[str, date | None]] | None:
    """Kind and day of each event of a published investigation, None where it is none."""
    document = _document(public_id)
    return None if document is None else [(row["kind"], _day(row["on"])) for row in document["timeline"]]


def _event(row: Mapping[str, Any]) -> dict[str, Any]:
    wrong = row.get("supersedes")
    return {
        "kind": row["kind"],
        "on": _day(row["on"]),
        "note": row["note"] or "",
        **{name: row[name] and row[name]["id"] for name in NAMED},
        "supersedes": wrong and (wrong["kind"], _day(wrong["on"])),
    }


def _document(public_id: UUID) -> dict[str, Any] | None:
    text = PublicInvestigation.objects.filter(public_id=public_id).values_list("document", flat=True).first()
    document: dict[str, Any] | None = None if text is None else json.loads(text)
    return document


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
