"""Events sent to say that an earlier one of the inquiry is wrong: what they name, and which row that is.

An event has no id: it is named by its kind and its day.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from incidents.models import InvestigationEvent
from incidents.rules.refusals import Fault, Refused, pointer
from incidents.rules.sentences import worded
from incidents.rules.submissions.public_inquiries import timeline_of
from incidents.rules.timelines import RETRACTED, superseding

SHOWN = 20


def wrong_events(content: Mapping[str, Any]) -> Iterator[Fault]:
    """The faults of what is said to be wrong: retractions of nothing, and what no published timeline has.

    Which events the inquiry has that is not named by its id, but by the sender's own, is asked when it is entered.
    """
    entries = content.get("investigation", {}).get("events", [])
    known = timeline_of(content["about"]) if content.get("about") else None
    for index, entry in enumerate(entries):
        where, wrong = pointer("investigation", "events", index, "supersedes"), entry.get("supersedes")
        if wrong is None:
            if entry["kind"] == RETRACTED:
                detail = "Say which event did not happen, by its kind and its day, such as"
                yield Fault(where, "required", detail + ' {"kind": "report_submitted", "on": "2025-07-20"}.')
        elif entry["kind"] == wrong["kind"] == RETRACTED:
            detail = "A retraction is not retracted: send what happened, with the retraction in 'supersedes'."
            yield Fault(where, "contradiction", detail)
        elif known is not None and (wrong["kind"], wrong.get("on")) not in known:
            there = ", ".join(_named(*each) for each in known[:SHOWN]) or "nothing"
            more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
            detail = f"The published timeline has no {_named(wrong['kind'], wrong.get('on'))}; it has {there}{more}."
            yield Fault(where, "unknown_reference", detail)


def named_by(wrong: Mapping[str, Any], events: Sequence[InvestigationEvent]) -> list[InvestigationEvent]:
    """Those of an investigation's events that this names."""
    return [event for event in events if (event.kind, event.on) == (wrong["kind"], wrong.get("on"))]


def superseded_by_it(where: str, wrong: Mapping[str, Any], events: Sequence[InvestigationEvent]) -> InvestigationEvent:
    """The event that this names, of those that stand. Raises Refused where that is none, or more than one."""
    by = superseding(events)
    found = named_by(wrong, events)
    standing = [event for event in found if event.pk not in by]
    name = _named(wrong["kind"], wrong.get("on"))
    if not standing:
        if found:
            detail = worded(
                "%(name)s is superseded already; supersede the event that did so.",
                desk="%(name)s is superseded already: ask for changes.",
                name=name,
            )
        else:
            detail = worded(
                "The investigation has no %(name)s; name one of its events by kind and day.",
                desk="The investigation has no %(name)s: ask for changes.",
                name=name,
            )
        raise Refused(Fault(f"{where}/supersedes", "unknown_reference", detail))
    if len(standing) > 1:
        detail = worded(
            "The investigation has %(n)s of %(name)s; tell the desk which one is wrong.",
            desk="The investigation has %(n)s of %(name)s: enter what is right of one of them on its own page.",
            n=len(standing),
            name=name,
        )
        raise Refused(Fault(f"{where}/supersedes", "ambiguous", detail))
    return standing[0]


def _named(kind: str, on: date | None) -> str:
    return f"'{kind}' on {on}" if on else f"'{kind}' without a day"
