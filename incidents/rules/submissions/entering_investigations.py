"""Entering investigations that a submission holds: all of one, or what is new of it.

What stands in the record already is left as it is. Events and deadlines are never rewritten, so that what is entered
here stays.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Max

from incidents import choices
from incidents.models import (
    Deadline,
    Incident,
    Investigation,
    InvestigationEvent,
    PublicInvestigationIncident,
    Scope,
)
from incidents.rules.refusals import Fault, Refused, pointer
from incidents.rules.sentences import worded
from incidents.rules.submissions.entering_desk import Desk, shown
from incidents.rules.submissions.public_inquiries import public_inquiry, timeline_of
from incidents.rules.submissions.superseding import named_by, superseded_by_it
from incidents.rules.submissions.versions import said_anew, told
from incidents.rules.timelines import superseding
from incidents.rules.trail import editing

PLAIN = ("type", "names", "independence", "independence_note", "mandate", "period_from", "period_to", "outcome")
SOURCES = ("body", "established_by")
TOGETHER = (("period_from", "period_to"),)
CHILDREN = frozenset({"InvestigationEvent", "Deadline", "Scope"})
EVENTS, DEADLINES, SCOPE = (("investigation", name) for name in ("events", "deadlines", "scope"))


def enter_investigation(desk: Desk) -> Investigation:
    """A new inquiry, or what is new of one that is published or that the organisation sent before."""
    facts = desk.content["investigation"]
    before = desk.submission.investigation
    inquiry: Investigation
    if before is None:
        missing = [name for name in ("type", "names") if not facts.get(name)]
        if missing:
            detail = worded("A new investigation needs it.")
            raise Refused(*(Fault(pointer("investigation", name), "required", detail) for name in missing))
        columns = {name: facts[name] for name in PLAIN if name in facts}
        columns |= {name: desk.find("source", facts[name]) for name in SOURCES if name in facts}
        inquiry = desk.make(Investigation, pointer("investigation"), "investigation", columns)
    else:
        inquiry = _said_anew(desk, before, facts)
    if "areas" in facts:
        _areas(desk, inquiry, facts["areas"], is_new=before is None)
    events = _events(desk, inquiry, facts.get("events", []))
    _deadlines(desk, inquiry, facts.get("deadlines", []), events)
    _scope(desk, inquiry, facts.get("scope", []))
    made = {part.table for part in desk.parts.values() if part.outcome == choices.PartOutcome.ENTERED}
    if children := made & CHILDREN:
        desk.by_author(inquiry)
        editing.save(inquiry, children)
    return inquiry


def _said_anew(desk: Desk, inquiry: Investigation, facts: Mapping[str, Any]) -> Investigation:
    """Write what is said otherwise than in the version before; of what is left out, nothing new is said.

    Of what that version left out, the organisation is told a difference from what is public.
    """
    said = desk.previous.content.get("investigation", {})
    old = {name: said[name] for name in PLAIN if name in said and name in facts}
    columns = said_anew(Investigation, {name: facts[name] for name in PLAIN if name in facts}, old, together=TOGETHER)
    for name in SOURCES:
        if name in facts:
            earlier = desk.previous.identify("source", said[name]) if name in said else None
            if desk.identify("source", facts[name]) != earlier:
                old[name], columns[name] = earlier, desk.find("source", facts[name])
    public = public_inquiry(inquiry)
    for name in sorted(columns):
        earlier, stands, sent = old.get(name), getattr(inquiry, name), columns[name]
        told = name in said or public.differs(name, shown(sent))
        if told or stands != sent:
            desk.differs(pointer("investigation", name), earlier, stands, sent, told=told)
    return desk.change(inquiry, pointer("investigation"), columns)  # type: ignore[no-any-return]


def _areas(desk: Desk, inquiry: Investigation, codes: Sequence[str], *, is_new: bool) -> None:
    said = desk.previous.content.get("investigation", {})
    wanted, earlier = sorted(set(codes)), sorted(set(said["areas"])) if "areas" in said else None
    if wanted == earlier:
        return
    if not is_new:
        had = sorted(inquiry.areas.values_list("pcode", flat=True))
        told = earlier is not None or public_inquiry(inquiry).differs("areas", wanted)
        if told or had != wanted:
            desk.differs(pointer("investigation", "areas"), earlier, had, wanted, told=told)
    desk.set_areas(inquiry, pointer("investigation"), "investigation", wanted)


def _events(desk: Desk, inquiry: Investigation, entries: Sequence[Mapping[str, Any]]) -> dict[str, InvestigationEvent]:
    """Each event that does not stand in the record yet; all of those sent, by their keys."""
    events: dict[str, InvestigationEvent] = {}
    every = list(inquiry.events.select_related("investigation").order_by("pk"))
    stored = list(every)
    for index, entry in enumerate(entries):
        where = pointer(*EVENTS, index)
        values: dict[str, Any] = told(InvestigationEvent, ("kind", "on", "note"), entry)
        values |= {name: desk.find("source", entry[name]) for name in ("by", "reported_by") if name in entry}
        if "document" in entry:
            values["document"] = desk.find("document", entry["document"])
        whole = {**dict.fromkeys(("by", "reported_by", "document")), **values}
        wrong = entry.get("supersedes")
        said = [whole] if wrong is None else [whole | {"supersedes": each} for each in named_by(wrong, every)]
        event = next((row for each in said if (row := _taken(stored, each)) is not None), None)
        if event is not None:
            desk.part(where, "event", choices.PartOutcome.UNCHANGED, event)
            _tell_superseded(desk, where, entry, event, every)
        else:
            if wrong is not None:
                values["supersedes"] = superseded_by_it(where, wrong, _told_events(desk, every))
                if values["supersedes"].pk in superseding(every):
                    # On trial: that the desk superseded it is not public. It stands in for what deadlines name.
                    events[entry.get("key", "")] = values["supersedes"]
                    continue
            event = desk.make(InvestigationEvent, where, "event", {"investigation": inquiry, **values})
            every.append(event)
        events[entry.get("key", "")] = event
    return events


def _told_events(desk: Desk, events: Sequence[InvestigationEvent]) -> Sequence[InvestigationEvent]:
    """Those that can be named: all of the inquiry's, and on trial what is public or of the sender's own."""
    if not desk.on_trial or not events:
        return events
    own = [each for said in (desk.previous.content, desk.content) for each in _sent(said)]
    known = {(each["kind"], each.get("on")) for each in own} | set(timeline_of(events[0].investigation.public_id) or ())
    return [event for event in events if (event.kind, event.on) in known]


def _sent(content: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    events: Sequence[Mapping[str, Any]] = content.get("investigation", {}).get("events", [])
    return events


def _tell_superseded(
    desk: Desk, where: str, entry: Mapping[str, Any], event: InvestigationEvent, events: Sequence[InvestigationEvent]
) -> None:
    """Say to the desk that an event which is sent again is superseded, unless what supersedes it is sent along."""
    right = superseding(events).get(event.pk)
    if right is None or any((each["kind"], each.get("on")) == (right.kind, right.on) for each in _sent(desk.content)):
        return
    again = any((each["kind"], each.get("on")) == (event.kind, event.on) for each in _sent(desk.previous.content))
    for name in ("kind", "on"):
        stands, sent = getattr(right, name), entry.get(name)
        if stands != sent:
            desk.differs(f"{where}/{name}", sent if again else None, stands, sent, told=False)


def _deadlines(
    desk: Desk,
    inquiry: Investigation,
    entries: Sequence[Mapping[str, Any]],
    events: Mapping[str, InvestigationEvent],
) -> None:
    stored = list(inquiry.deadlines.order_by("pk"))
    seq = inquiry.deadlines.aggregate(last=Max("seq"))["last"] or 0
    for index, entry in enumerate(entries):
        where = pointer(*DEADLINES, index)
        if "set_by" in entry and entry["set_by"] not in events:
            raise Refused(
                Fault(f"{where}/set_by", "unknown_reference", worded("It is not the key of one of the events."))
            )
        values = told(Deadline, ("due_on", "basis", "assumed"), entry)
        values["set_by"] = events[entry["set_by"]] if "set_by" in entry else None
        deadline = _taken(stored, values)
        if deadline is not None:
            desk.part(where, "deadline", choices.PartOutcome.UNCHANGED, deadline)
            continue
        seq += 1
        desk.make(Deadline, where, "deadline", {"investigation": inquiry, "seq": seq, **values})


def _scope(desk: Desk, inquiry: Investigation, entries: Sequence[Mapping[str, Any]]) -> None:
    """The incidents that the mandate covers; of one that is in the scope already, the kind that is said otherwise."""
    said = desk.previous.content.get("investigation", {}).get("scope", [])
    before = {each["incident"]: (place, each["kind"]) for place, each in enumerate(said)}
    public = _public_kinds(inquiry) if entries else {}
    named = set()
    for index, entry in enumerate(entries):
        where = pointer(*SCOPE, index)
        if entry["incident"] in named:
            detail = worded(
                "%(id)s is named twice in the scope; name it once.",
                desk="An incident is named twice in the scope.",
                id=entry["incident"],
            )
            raise Refused(Fault(f"{where}/incident", "unique", detail))
        named.add(entry["incident"])
        place, earlier = before.get(entry["incident"], (None, None))
        if entry["kind"] == earlier and desk.stays(where, "scope", pointer(*SCOPE, place or 0)):
            continue
        incident = Incident.objects.get(public_id=entry["incident"])
        known = inquiry.scopes.filter(incident=incident).first()
        _compare_kind(desk, f"{where}/kind", entry["kind"], earlier, known, public.get(entry["incident"]))
        if known is None:
            values = {"investigation": inquiry, "incident": incident, "kind": entry["kind"]}
            desk.make(Scope, where, "scope", values)
            continue
        desk.part(where, "scope", choices.PartOutcome.UNCHANGED, known)
        if known.kind != entry["kind"] or earlier is not None:
            desk.change(known, where, {"kind": entry["kind"]})


def _compare_kind(
    desk: Desk, where: str, sent: str, earlier: str | None, known: Scope | None, public: str | None
) -> None:
    """Say that a kind differs: to the desk from the record, to the organisation from its own word before, else from
    what is public.

    No document names an inquiry into a highly sensitive incident: a difference from the record would be its name.
    """
    stands = public if earlier is None else earlier
    told = stands is not None and stands != sent
    if told or (known is not None and known.kind != sent):
        desk.differs(where, earlier, known.kind if known is not None else None, sent, told=told)


def _public_kinds(inquiry: Investigation) -> dict[UUID, str]:
    """How each incident is in the scope of the inquiry as that is published, by its id."""
    rows = PublicInvestigationIncident.objects.filter(investigation__public_id=inquiry.public_id)
    return dict(rows.values_list("incident_id", "kind"))


def _taken(stored: list[Any], values: Mapping[str, Any]) -> Any:
    """The first of these rows that says the same, taken from them, so that one row stands for one entry."""
    for row in stored:
        if all(getattr(row, name) == value for name, value in values.items()):
            stored.remove(row)
            return row
    return None
