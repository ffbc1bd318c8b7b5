"""What would become of each thing that is sent, as far as its organisation can tell: a dry run's answer beside figures.

It is told from what is sent, what the organisation sent before and what is public; the working record is not asked, as
what the desk did there and did not publish is nobody's to learn by sending guesses. Whom names stand for is decided
elsewhere (recognising.py), and their parts are as they were kept.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from incidents import choices
from incidents.models import (
    Attribution,
    Deadline,
    Incident,
    IncidentAct,
    Investigation,
    InvestigationEvent,
    Submission,
    SubmissionPart,
    TargetedGroup,
)
from incidents.rules.refusals import pointer
from incidents.rules.submissions import entering_incidents, entering_investigations
from incidents.rules.submissions.contents import CLAIMS, CORRECTION, INCIDENT, INVESTIGATION, WITHDRAWAL, Content
from incidents.rules.submissions.entering_incidents import ACTS, ATTRIBUTION_COLUMNS, CHANGES, GROUPS, incident_columns
from incidents.rules.submissions.entering_investigations import DEADLINES, EVENTS, PLAIN, SCOPE, SOURCES
from incidents.rules.submissions.foreseeing import beside_public
from incidents.rules.submissions.placing import meant
from incidents.rules.submissions.public_inquiries import public_inquiry
from incidents.rules.submissions.versions import Identify, Meaning, Previous, meaning, pairs, plain_id, said_anew, told

ENTERED, UNCHANGED, CHANGED, REMOVED = (
    choices.PartOutcome.ENTERED,
    choices.PartOutcome.UNCHANGED,
    choices.PartOutcome.CHANGED,
    choices.PartOutcome.REMOVED,
)
# What of an entry may be said otherwise while it stays the same row, by kind; of others nothing.
BESIDE = {
    "act": frozenset({"standard_of_proof"}),
    "attribution": frozenset({"claim"}),
    "scope": frozenset({"kind"}),
    "targeted_group": frozenset[str](),
}
RESTATED = {"act": "standard_of_proof", "scope": "kind"}  # which of it is written then
Means = Callable[[Content, Mapping[str, Any], Identify], Meaning]


def foreseen_parts(submission: Submission, content: Content, parts: Iterable[SubmissionPart]) -> list[SubmissionPart]:
    """Rows that stand nowhere, one for each thing that is sent but names and places; `parts` say whom those stand for.

    What is sent again as before is unchanged, what a new version or a correction says otherwise changed, a claim that
    was retracted or withdrawn in public meanwhile removed, and the rest is entered.
    """
    if content["type"] == WITHDRAWAL:
        return []
    return list(_Foreseen(submission, content, list(parts)))


class _Foreseen:
    """What is sent beside the version before it."""

    def __init__(self, submission: Submission, content: Content, parts: Sequence[SubmissionPart]) -> None:
        self.submission, self.content, self.parts = submission, content, parts
        self.before = Previous(submission)
        self.named = meant(content, {part.pointer: part.object_id for part in parts}, self.before)

    def __iter__(self) -> Iterator[SubmissionPart]:
        kind = self.content["type"]
        yield from self._documents()
        if kind == INVESTIGATION:
            yield from self._investigation(self.content["investigation"])
        if kind == INCIDENT:
            yield from self._incident(self.content["incident"])
        if kind == CORRECTION:
            yield from self._correction(self.content["correction"])
        if kind in {INCIDENT, CLAIMS}:
            yield from self._claims()
            yield from self._listed(("attributions",), "attribution", _meaning_of(Attribution, *ATTRIBUTION_COLUMNS))

    def _documents(self) -> Iterator[SubmissionPart]:
        ids = {part.object_id: part for part in self.before.parts.values() if part.kind == "document"}
        for index, entry in enumerate(self.content.get("documents", [])):
            key = self.named["document", entry["key"]]
            where = pointer("documents", index)
            yield self._again(where, "document", ids.get(key), is_again=key != where)

    def _incident(self, facts: Mapping[str, Any]) -> Iterator[SubmissionPart]:
        said = self.before.content.get("incident", {})
        columns = said_anew(
            Incident, incident_columns(facts), incident_columns(said), together=entering_incidents.TOGETHER
        )
        yield from self._raised(columns.pop("sensitivity", None), "incident")
        areas = [sorted(set(each.get("place", {}).get("areas", []))) for each in (facts, said)]
        yield self._whole("incident", differs=bool(columns) or areas[0] != areas[1])
        yield from self._listed(ACTS, "act", _meaning_of(IncidentAct, "act", "standard_of_proof"))
        yield from self._listed(GROUPS, "targeted_group", _meaning_of(TargetedGroup, "ground", "group"))

    def _investigation(self, facts: Mapping[str, Any]) -> Iterator[SubmissionPart]:
        said = self.before.content.get("investigation", {})
        inquiry = self.submission.investigation
        public = public_inquiry(inquiry)
        new, old = ({name: each[name] for name in PLAIN if name in each and name in facts} for each in (facts, said))
        columns = said_anew(Investigation, new, old, together=entering_investigations.TOGETHER)
        differs = any(name in said or public.differs(name, value) for name, value in columns.items())
        for name in SOURCES:
            if name in facts:
                means = self.identify("source", facts[name])
                earlier = self.before.identify("source", said[name]) if name in said else None
                differs |= means != earlier if name in said else public.differs(name, means)
        if "areas" in facts:
            wanted = sorted(set(facts["areas"]))
            differs |= wanted != sorted(set(said["areas"])) if "areas" in said else public.differs("areas", wanted)
        yield self._whole("investigation", differs=differs)
        yield from self._public_too(public.events, self._listed(EVENTS, "event", _event, stays=False), _event, EVENTS)
        deadlines = self._listed(DEADLINES, "deadline", _deadline, stays=False)
        yield from self._public_too(public.deadlines, deadlines, _deadline_in_public, DEADLINES)
        yield from self._listed(SCOPE, "scope", lambda _, entry, __: dict(entry), stays=False)

    def _public_too(
        self, public: Sequence[Meaning], parts: Iterable[SubmissionPart], means: Means, steps: tuple[str, ...]
    ) -> Iterator[SubmissionPart]:
        """These parts; what stands in public already is not entered again, whoever said it, each row once."""
        left = list(public)
        entries = {pointer(*steps, index): entry for index, entry in enumerate(_at(self.content, steps))}
        for part in parts:
            said = means(self.content, entries[part.pointer], self.identify)
            there = next((row for row in left if said.items() <= row.items()), None)
            if there is not None:
                left.remove(there)
                part.outcome = UNCHANGED.value
            yield part

    def _correction(self, correction: Mapping[str, Any]) -> Iterator[SubmissionPart]:
        incident, changes = self.submission.incident, dict(correction.get("changes", {}))
        yield from self._raised(changes.pop("sensitivity", None), *CHANGES)
        if changes and incident is not None:
            yield self._part(pointer(*CHANGES), "incident", CHANGED, str(incident.public_id), incident.pk)
        for index, entry in enumerate(correction.get("retractions", [])):
            yield self._part(pointer("correction", "retractions", index), "claim", CHANGED, str(entry["claim"]))

    def _raised(self, level: str | None, *steps: str) -> Iterator[SubmissionPart]:
        """A sensitivity that is said of an incident that stands is a part of its own, where it is a higher one."""
        incident = self.submission.incident
        if incident is not None and level is not None and level != incident.published_sensitivity:
            yield self._part(pointer(*steps, "sensitivity"), "incident", CHANGED, str(incident.public_id), incident.pk)

    def _claims(self) -> Iterator[SubmissionPart]:
        found = beside_public(self.submission, self.content, self.parts)
        places = found.places
        ids = {part.object_id: part for part in self.before.parts.values() if part.kind == "claim"}

        def stands(where: str, outcome: choices.PartOutcome, key: str) -> SubmissionPart:
            part = ids.get(key)
            return self._part(where, "claim", outcome, key, part.row if part is not None else None)

        for index in range(len(self.content.get("claims", []))):
            where = pointer("claims", index)
            if index in places.taken_out:
                yield self._part(where, "claim", REMOVED)
            elif index in places.kept:
                yield stands(where, UNCHANGED, places.kept[index])
            else:
                yield self._part(where, "claim", ENTERED)
        for place in places.left_out:
            if places.rows[place] in found.left_out:
                yield stands(pointer("claims", "-", place), CHANGED, places.rows[place])

    def _listed(
        self, steps: tuple[str, ...], kind: str, means: Means, *, stays: bool = True
    ) -> Iterator[SubmissionPart]:
        """The entries of a list: again what the version before said as well, and what that alone said, if it stays."""
        new, old = _at(self.content, steps), _at(self.before.content, steps)
        said = [means(self.content, each, self.identify) for each in new]
        was = [means(self.before.content, each, self.before.identify) for each in old]
        again = _matched(kind, new, said, was)
        for index, entry in enumerate(new):
            earlier = self.before.parts.get(pointer(*steps, again[index])) if index in again else None
            part = self._again(pointer(*steps, index), kind, earlier, is_again=earlier is not None)
            name = RESTATED.get(kind, "")
            if index in again and name in entry and said[index][name] != was[again[index]][name]:
                part.outcome = CHANGED.value
            yield part
        for place in sorted(set(range(len(old))) - set(again.values())) if stays else ():
            if (earlier := self.before.parts.get(pointer(*steps, place))) is not None:
                yield self._again(pointer(*steps, "-", place), kind, earlier, is_again=True)

    def _whole(self, kind: str, *, differs: bool) -> SubmissionPart:
        """The incident or inquiry itself."""
        row: Any = self.submission.incident if kind == "incident" else self.submission.investigation
        if row is None:
            return self._part(pointer(kind), kind, ENTERED)
        return self._part(pointer(kind), kind, CHANGED if differs else UNCHANGED, str(row.public_id), row.pk)

    def _again(self, where: str, kind: str, earlier: SubmissionPart | None, *, is_again: bool) -> SubmissionPart:
        if not is_again:
            return self._part(where, kind, ENTERED)
        if earlier is None:
            return self._part(where, kind, UNCHANGED)
        part = self._part(where, kind, UNCHANGED, earlier.object_id, earlier.row)
        part.table = earlier.table
        return part

    def _part(
        self, where: str, kind: str, outcome: choices.PartOutcome, key: str = "", row: int | None = None
    ) -> SubmissionPart:
        part = SubmissionPart(submission=self.submission, pointer=where, kind=kind, outcome=outcome.value)
        part.object_id, part.row, part.table = key, row, kind.capitalize() if row is not None else ""
        return part

    def identify(self, kind: str, text: str) -> str | None:
        """What a key or an id in it stands for: the id of a record, else its own pointer."""
        return self.named.get((kind, text)) or plain_id(text)


def _matched(
    kind: str, new: Sequence[Mapping[str, Any]], said: Sequence[Meaning], was: Sequence[Meaning]
) -> dict[int, int]:
    """Which entries are which of the version before: what says the same first, then what is the same row."""
    again = pairs(said, was)
    for index, entry in enumerate(new):
        if kind not in BESIDE or index in again:
            continue
        names = [name for name in entry if name in said[index] and name not in BESIDE[kind]]
        left = sorted(set(range(len(was))) - set(again.values()))
        place = next((each for each in left if all(was[each].get(name) == said[index][name] for name in names)), None)
        if place is not None:
            again[index] = place
    return again


def _meaning_of(model: Any, *names: str) -> Means:
    return lambda content, entry, identify: meaning(model, names, content, entry, identify)


def _event(content: Content, entry: Mapping[str, Any], identify: Identify) -> Meaning:
    """What an event says; what it supersedes has no id, and is known by kind and day."""
    wrong = entry.get("supersedes")
    rest = {name: value for name, value in entry.items() if name != "supersedes"}
    said = dict.fromkeys(("by", "reported_by", "document"))
    said |= meaning(InvestigationEvent, ("kind", "on", "note"), content, rest, identify)
    return said if wrong is None else said | {"supersedes": (wrong["kind"], wrong.get("on"))}


def _deadline(content: Content, entry: Mapping[str, Any], identify: Identify) -> Meaning:
    """What a deadline says: the event that set it is known by what that says."""
    events = (each for each in _at(content, EVENTS) if each.get("key") and each["key"] == entry.get("set_by"))
    said = next((_event(content, each, identify) for each in events), None)
    return told(Deadline, ("due_on", "basis", "assumed"), entry) | {"set_by": said}


def _deadline_in_public(content: Content, entry: Mapping[str, Any], identify: Identify) -> Meaning:
    """The same as a document tells it: the event that set it by kind and day."""
    said = _deadline(content, entry, identify)
    event = said["set_by"]
    return said | {"set_by": event and (event["kind"], event["on"])}


def _at(content: Content, steps: Iterable[str]) -> list[Mapping[str, Any]]:
    """The list at these steps; empty where it is left out."""
    found: Any = content
    for step in steps:
        found = found.get(step) or {}
    return list(found)
