"""Entering investigations that a submission holds: all of one, or the events and deadlines that are new of it.

Events are never rewritten, so that what is entered here stays.
"""

from django.db.models import Max

from incidents.models import Deadline, Incident, Investigation, InvestigationEvent, Scope
from incidents.rules import editing
from incidents.rules.entering_desk import Desk
from incidents.rules.refusals import Fault, Refused, pointer


def enter_investigation(desk: Desk) -> Investigation:
    """A new inquiry, or what is new of one that is published."""
    facts = desk.content["investigation"]
    where = pointer("investigation")
    plain = ("type", "names", "independence", "independence_note", "mandate", "period_from", "period_to", "outcome")
    columns = {name: facts[name] for name in plain if name in facts}
    columns |= {name: desk.find("source", facts[name]) for name in ("body", "established_by") if name in facts}
    before = desk.submission.investigation
    inquiry: Investigation
    if before is None:
        inquiry = desk.make(Investigation, where, "investigation", columns)
    else:
        inquiry = desk.change(before, where, columns)
    if "areas" in facts:
        inquiry.areas.set(desk.areas(facts["areas"]))
    events: dict[str, InvestigationEvent] = {}
    for index, entry in enumerate(facts.get("events", [])):
        values = {"investigation": inquiry, "kind": entry["kind"], "on": entry.get("on")}
        values |= {"note": entry.get("note", "")}
        values |= {name: desk.find("source", entry[name]) for name in ("by", "reported_by") if name in entry}
        if "document" in entry:
            values["document"] = desk.find("document", entry["document"])
        event = desk.make(InvestigationEvent, pointer("investigation", "events", index), "event", values)
        events[entry.get("key", "")] = event
    seq = inquiry.deadlines.aggregate(last=Max("seq"))["last"] or 0
    for index, entry in enumerate(facts.get("deadlines", [])):
        where = pointer("investigation", "deadlines", index)
        if "set_by" in entry and entry["set_by"] not in events:
            raise Refused(Fault(f"{where}/set_by", "unknown_reference", "It is not the key of one of the events."))
        values = {name: entry[name] for name in ("due_on", "basis", "assumed") if name in entry}
        values |= {"investigation": inquiry, "seq": seq + index + 1, "set_by": events.get(entry.get("set_by", ""))}
        desk.make(Deadline, where, "deadline", values)
    for index, entry in enumerate(facts.get("scope", [])):
        incident = Incident.objects.get(public_id=entry["incident"])
        values = {"investigation": inquiry, "incident": incident, "kind": entry["kind"]}
        desk.make(Scope, pointer("investigation", "scope", index), "scope", values)
    editing.save(inquiry, ["InvestigationEvent", "Deadline"])
    return inquiry
