"""Entering the investigations of a seeded case, with their events, deadlines and scope, and public statements.

Several entries with one key tell one investigation's life: later values win, and lists grow.
"""

from typing import Any

from incidents import choices
from incidents.exchange.seeds_desk import Desk, LeftOut
from incidents.exchange.seeds_reading import ANSWER, DEADLINE, EVENT, KEYS, SCOPE, Entry
from incidents.models import Deadline, Investigation, InvestigationEvent, Scope, Statement


def enter_investigations(desk: Desk) -> None:
    """Store each investigation with its events and deadlines."""
    told: dict[str, list[Entry]] = {}
    for entry in desk.story["investigations"]:
        told.setdefault(entry.required("key"), []).append(entry)
    for key, entries in told.items():
        with desk.entering("investigation", key, Investigation):
            _enter_investigation(desk, key, entries)


def _enter_investigation(desk: Desk, key: str, entries: list[Entry]) -> None:
    merged: dict[str, Any] = {}
    facts: dict[str, int] = {}
    for entry in entries:
        merged |= entry.raw
        facts |= _facts(entry)
    whole = Entry(entries[0].where, merged, KEYS["investigations"])
    investigation = desk.record(Investigation, "investigation", key, whole, _values(desk, whole) | {"facts": facts})
    for entry in entries:
        _enter_events(desk, key, entry, investigation)
    for entry in entries:
        _enter_deadlines(desk, key, entry, investigation)


def _facts(entry: Entry) -> dict[str, int]:
    facts = entry.raw.get("facts") or {}
    if not isinstance(facts, dict) or not all(isinstance(value, int) for value in facts.values()):
        raise entry.refuse("facts", "write counts by name, such as {testimonies: 938}")
    return facts


def _values(desk: Desk, entry: Entry) -> dict[str, Any]:
    return {
        "type": entry.code("type", choices.InvestigationType),
        "names": entry.texts("name"),
        "body": desk.find("source", entry, "body"),
        "independence": entry.code("independence", choices.Independence, ""),
        "established_by": desk.find("source", entry, "established_by"),
        "mandate": entry.texts("mandate"),
        "period_from": entry.date("period_from"),
        "period_to": entry.date("period_to"),
        "outcome": entry.code("outcome", choices.Outcome, choices.Outcome.NONE_YET),
    }


def _enter_events(desk: Desk, key: str, entry: Entry, investigation: Investigation) -> None:
    for event in entry.entries("events", EVENT):
        with desk.entering("event of", key):
            identity = {
                "investigation": investigation,
                "kind": event.code("kind", choices.InvestigationEventKind),
                "on": event.date("on"),
                "by": desk.find("source", event, "by"),
                "reported_by": desk.find("source", event, "reported_by"),
                "document": desk.find("document", event, "document"),
                "note": event.text("note"),
            }
            desk.row(InvestigationEvent, f"event of {key}", event, identity, {})


def _enter_deadlines(desk: Desk, key: str, entry: Entry, investigation: Investigation) -> None:
    for deadline in entry.entries("deadlines", DEADLINE):
        with desk.entering("deadline of", key):
            values = {
                "due_on": deadline.date("due_on"),
                "basis": deadline.text("basis"),
                "assumed": bool(deadline.flag("assumed")),
                "set_by": _setting_event(desk, deadline, investigation),
            }
            seq = deadline.number("seq")
            desk.row(Deadline, f"deadline of {key}", deadline, {"investigation": investigation, "seq": seq}, values)


def _setting_event(desk: Desk, deadline: Entry, investigation: Investigation) -> InvestigationEvent | None:
    if not deadline.has("set_by"):
        return None
    kind = deadline.code("set_by", choices.InvestigationEventKind)
    events = list(InvestigationEvent.objects.filter(investigation=investigation, kind=kind))
    if len(events) == 1:
        return events[0]
    if desk.by_hand.touched(investigation, InvestigationEvent.__name__):
        raise LeftOut(f"is left alone, since the desk added events '{kind}'")
    raise deadline.refuse("set_by", f"needs one event '{kind}' of this investigation; it has {len(events)}")


def enter_scopes_and_statements(desk: Desk) -> None:
    """Store which incidents each investigation covers, and what was said in public about them."""
    for entry in desk.story["investigations"]:
        for scope in entry.entries("scope", SCOPE):
            with desk.entering("scope of", entry.text("key")):
                identity = {
                    "investigation": desk.needed("investigation", entry, "key"),
                    "incident": desk.needed("incident", scope, "incident"),
                }
                values = {"kind": scope.code("kind", choices.InvestigationScope)}
                desk.row(Scope, f"scope of {entry.text('key')}", scope, identity, values)
    for entry in desk.story["statements"]:
        key = f"{entry.required('by')}/{entry.date('on') or 'undated'}/{entry.required('kind')}"
        if key in desk.by_key.get("statement", {}):
            raise entry.refuse("kind", "this source, day and kind have a statement already")
        with desk.entering("statement", key, Statement):
            _enter_statement(desk, key, entry)


def _enter_statement(desk: Desk, key: str, entry: Entry) -> None:
    answer = entry.entry("answered_by", ANSWER)
    values = {
        "by": desk.needed("source", entry, "by"),
        "on": entry.date("on"),
        "kind": entry.code("kind", choices.StatementKind),
        "demands": entry.words("demands"),
        "document": desk.needed("document", entry, "document"),
        "summary": entry.texts("summary"),
        "answered_by": desk.needed("investigation", answer, "investigation") if answer else None,
        "answer_asserted_by": desk.needed("source", answer, "asserted_by") if answer else None,
    }
    statement = desk.record(Statement, "statement", key, entry, values)
    about = [desk.named("incident", entry, "about", word) for word in entry.words("about")]
    desk.links(f"statement {key}", statement, "about", about)
