"""Incidents that may be one: found, scored, proposed to moderators, and what was decided remembered.

Nothing here merges anything. How alike two incidents are is in likeness.py.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from incidents.choices import AuditAction, DuplicateDecision, SubmissionType
from incidents.models import DuplicateCandidate, Incident, Submission
from incidents.rules.legible import illegible, is_written
from incidents.rules.refusals import Changed
from incidents.rules.sameness import likened
from incidents.rules.sameness.likeness import Likened, Likeness, comparable, digest, likeness
from incidents.rules.sentences import worded
from incidents.rules.trail import auditing
from incidents.rules.trail.differences import changed

PROPOSED_FROM = 500
CANDIDATES_AT_MOST = 50
# While somebody waits for an answer: a flood of one event must not make each of it dear. The search of all takes more.
COMPARED_IN_A_REQUEST, PROPOSED_IN_A_REQUEST = 100, 10
CHUNK = 200
REMEMBERED = 5_000
OPEN = DuplicateDecision.OPEN

Advance = Callable[[int, int], None]


class DecisionError(Exception):
    """A decision on a pair that cannot be taken; the message says why and what to do instead."""


class NeedsNote(DecisionError):
    """A pair is decided with a note that can be read; the message says what is wrong with this one."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An incident that may be the same as another, with the likeness of the two."""

    incident: int
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class FindOutcome:
    """What a search did: incidents searched for, pairs compared, and of the pairs proposed how many are new,

    come back because an incident changed, or are proposed no more.
    """

    incidents: int
    compared: int
    proposed: int
    new: int
    reopened: int
    dropped: int


def candidates_for(incident: Incident, search: "Search | None" = None, *, is_new: bool = False) -> list[Candidate]:
    """The incidents that may be the same as this one, the likeliest first, at most 10; writes nothing.

    What a relation says to be another incident, whatever contains it or lies in it, and pairs of a kind that cannot
    be one are left out; so are scores below 500. Decisions are not looked at. Whoever asks about many in a row gives
    the same search each time: what it read of others is not read again. One that `is_new` has no relations yet.
    """
    if incident.merged_into_id is not None:
        return []
    search = search or Search.in_a_request()
    # The row may be on trial, and its number another's in the next one.
    search.read.pop(incident.pk, None)
    found = search.candidates([incident.pk], both_ways=True, related=not is_new)[incident.pk]
    search.read.pop(incident.pk, None)
    return found


def told(candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
    """Candidates as a submission keeps them: [{id, score, reasons}], by the public ids of the incidents."""
    ids = dict(Incident.objects.filter(pk__in=[each.incident for each in candidates]).values_list("pk", "public_id"))
    return [
        {
            "id": str(ids[each.incident]),
            "score": each.likeness.score,
            "reasons": list(each.likeness.reasons),
        }
        for each in candidates
    ]


def pairs_of(submission: Submission) -> list[DuplicateCandidate]:
    """The pairs of the incident that a submission of a whole one became; none of others, or before it stands."""
    incident = submission.incident
    if incident is None or submission.type != SubmissionType.INCIDENT:
        return []
    return [*incident.candidates_as_first.all(), *incident.candidates_as_second.all()]


def of_submission(submission: Submission) -> list[dict[str, Any]]:
    """What a new incident may be: [{id, score, reasons, decision}], the likeliest first.

    Those found when it was sent and, once it stands in the record, the pairs as they are now, with what was decided.
    """
    found = {each["id"]: each | {"decision": OPEN.value} for each in submission.possible_duplicates}
    incident = submission.incident
    if incident is not None and submission.type == SubmissionType.INCIDENT:
        found.pop(str(incident.public_id), None)
        for pair in pairs_of(submission):
            other = pair.second if pair.first_id == incident.pk else pair.first
            told = {"score": pair.score, "reasons": pair.reasons, "decision": pair.decision}
            found[str(other.public_id)] = {"id": str(other.public_id), **told}
    return sorted(found.values(), key=lambda each: (-each["score"], each["id"]))


def propose(incidents: Sequence[Incident]) -> int:
    """Keep the pairs of these incidents as they are now, for moderators to decide; returns how many there are.

    Called when content of organisations was entered: nobody has to wait for the next search of all. Pairs that were
    decided stay decided as in find().
    """
    search, counts = Search.in_a_request(), _Counts()
    pks = sorted({each.pk for each in incidents if each.merged_into_id is None})
    for start in range(0, len(pks), CHUNK):
        _keep(search, search.candidates(pks[start : start + CHUNK], both_ways=True), counts)
    return counts.proposed


def find(*, since: datetime | None = None, advance: Advance | None = None) -> FindOutcome:
    """Search for the duplicates of every incident, or of those changed since a moment, and keep what is proposed.

    A pair that was decided stays decided unless one of the two changed materially: kind, days, country, areas, point,
    figures or ids (likeness.digest). Costs time in proportion to the incidents searched for, however many there are.
    """
    search = Search(since=since)
    searched = Incident.objects.filter(merged_into__isnull=True)
    if since is not None:
        searched = searched.filter(updated_at__gte=since)
    pks = list(searched.order_by("pk").values_list("pk", flat=True))
    counts = _Counts()
    for start in range(0, len(pks), CHUNK):
        chunk = pks[start : start + CHUNK]
        _keep(search, search.candidates(chunk, both_ways=False), counts)
        if advance:
            advance(min(start + CHUNK, len(pks)), len(pks))
    dropped = _drop(search.begun, since)
    return FindOutcome(len(pks), search.compared, counts.proposed, counts.new, counts.reopened, dropped)


def held(candidate: DuplicateCandidate, version: int | None) -> DuplicateCandidate:
    """The pair as stored, it and its incidents locked until the transaction ends, in the order in which a merge does.

    Raises DecisionError where it is proposed no more, Changed unless it is at `version` (its seen_version).
    """
    ends = (candidate.first_id, candidate.second_id)
    list(Incident.objects.select_for_update(no_key=True).filter(pk__in=ends).order_by("pk"))
    rows = DuplicateCandidate.objects.select_for_update(no_key=True, of=("self",)).select_related("first", "second")
    row = rows.filter(pk=candidate.pk).first()
    if row is None:
        raise DecisionError(worded("This pair is proposed no more: one of the two changed, or is gone."))
    if version is not None and row.seen_version != version:
        raise Changed(row.seen_version)
    return row


def not_duplicates(
    candidate: DuplicateCandidate, *, note: str, by: User | None = None, version: int | None = None
) -> DuplicateCandidate:
    """Remember that somebody looked at a pair and found two; whoever calls has checked who may.

    Raises DecisionError if it was merged, NeedsNote where the note says nothing, and as `held` does.
    """
    if not is_written(note):
        raise NeedsNote(worded("Write a note: whoever meets these two again wants to know why they are not one."))
    if fault := illegible(note):
        raise NeedsNote(fault)
    with transaction.atomic():
        row = held(candidate, version)
        if row.decision == DuplicateDecision.MERGED:
            raise DecisionError(worded("The two were merged; undo the merge first."))
        was = {"decision": row.decision, "note": row.note}
        _decide(row, DuplicateDecision.NOT_DUPLICATES, note=note, by=by)
        before, after = changed(was, {"decision": row.decision, "note": row.note})
        auditing.record(action=AuditAction.CHANGE, obj=row, before=before, after=after, actor=by)
    return row


def mark_merged(one: Incident, other: Incident, *, by: User | None) -> dict[str, Any]:
    """Say of the pair that it was merged, before its claims move; a pair that nobody had proposed is entered.

    Answers what had been decided of the two before, as JSON for `reopen`; empty where nothing had.
    """
    first, second = sorted((one.pk, other.pk))
    rows = DuplicateCandidate.objects.select_for_update(no_key=True)
    row = rows.filter(first=first, second=second).first()
    if row is None:
        now = timezone.now()
        found = likened.likened([first, second])
        alike = likeness(found[first], found[second])
        values = {"score": alike.score, "reasons": list(alike.reasons), "found_at": now, "compared_at": now}
        # A search locks no incident: it may have proposed the two by now.
        row, _ = rows.get_or_create(first_id=first, second_id=second, defaults=values)
    decided = {} if row.decision != DuplicateDecision.NOT_DUPLICATES else _told_of(row)
    _decide(row, DuplicateDecision.MERGED, note=row.note, by=by)
    return decided


def reopen(one: Incident, other: Incident, decided: Mapping[str, Any]) -> None:
    """Give a merged pair back what had been decided of it before, as its merge was undone: else it is to be decided.

    `decided` is what `mark_merged` answered. What changed since brings the pair back with the next search.
    """
    first, second = sorted((one.pk, other.pk))
    values = dict(decided) or {"decision": OPEN, "decided_at": None, "decided_by": None, "facts_digest": ""}
    if not User.objects.filter(pk=values["decided_by"]).exists():
        values["decided_by"] = None
    DuplicateCandidate.objects.filter(first=first, second=second, decision=DuplicateDecision.MERGED).update(
        **values, version=F("version") + 1
    )


def waiting() -> QuerySet[DuplicateCandidate]:
    """The pairs that somebody should decide: open, and of two incidents that both still stand."""
    return DuplicateCandidate.objects.filter(
        decision=OPEN, first__merged_into__isnull=True, second__merged_into__isnull=True
    )


def _told_of(row: DuplicateCandidate) -> dict[str, Any]:
    """What was decided of a pair, as JSON that can be put back."""
    at = row.decided_at.isoformat() if row.decided_at else None
    return {
        "decision": str(row.decision),
        "decided_at": at,
        "decided_by": row.decided_by_id,
        "note": row.note,
        "facts_digest": row.facts_digest,
    }


def _decide(row: DuplicateCandidate, decision: str, *, note: str, by: User | None) -> None:
    found = likened.likened([row.first_id, row.second_id])
    row.facts_digest = digest(found[row.first_id], found[row.second_id])
    row.decision, row.note, row.decided_by, row.decided_at = decision, note, by, timezone.now()
    row.version += 1
    row.save()


@dataclass(slots=True)
class _Counts:
    proposed: int = 0
    new: int = 0
    reopened: int = 0


class Search:
    """One run: what was read of incidents is kept for a while, as neighbours are compared with many.

    Who decides a pair after it has `begun` may know more than it read.
    """

    def __init__(
        self, *, since: datetime | None = None, compared: int = likened.COMPARED_AT_MOST, most: int = CANDIDATES_AT_MOST
    ) -> None:
        self.since, self.begun = since, timezone.now()
        self.compared_at_most, self.most = compared, most
        self.compared = 0
        self.read: dict[int, Likened] = {}
        self._abroad: dict[tuple[int, int, str], set[str]] = {}

    @classmethod
    def in_a_request(cls) -> "Search":
        """A search that somebody waits for."""
        return cls(compared=COMPARED_IN_A_REQUEST, most=PROPOSED_IN_A_REQUEST)

    def candidates(self, pks: Sequence[int], *, both_ways: bool, related: bool = True) -> dict[int, list[Candidate]]:
        """Of each of these incidents the candidates; a pair that is met from both sides only once, unless both_ways.

        Relations are asked for unless none of them can have one.
        """
        if len(self.read) > REMEMBERED:
            self.read = {}
        self._load(pks)
        near = {pk: self._near(self.read[pk], both_ways=both_ways) for pk in pks}
        self._load({other for others in near.values() for other in others})
        met = [pk for pk in pks if near[pk] and related]  # of most that are sent there is none
        kin, said = likened.kin(met), likened.said_to_be_one(met)
        return {pk: self._best(pk, near[pk], kin.get(pk, ()), said) for pk in pks}

    def _near(self, incident: Likened, *, both_ways: bool) -> list[int]:
        crossing = self._crossing.get(incident.country, ())
        found = likened.near(incident, self.compared_at_most, abroad=self._abroad_of(incident), crossing=crossing)
        across = incident.countries - {incident.country}  # by its areas: the other may not know of the border
        return [
            pk
            for pk, updated_at, country in found.values_list("pk", "updated_at", "country")
            if both_ways
            or pk > incident.pk
            or country in across
            or (self.since is not None and updated_at < self.since)
        ]

    @cached_property
    def _crossing(self) -> Mapping[str, Collection[int]]:
        """Incidents that cross a border, by the country beyond: read once, and not while somebody waits for it."""
        return {} if self.compared_at_most == COMPARED_IN_A_REQUEST else likened.crossing()

    def _abroad_of(self, incident: Likened) -> set[str]:
        """Where near its point other countries lie; what is entered meanwhile may lack."""
        cell = likened.cell_of(incident)
        if cell is None:
            return set()
        if (known := (*cell, incident.country)) not in self._abroad:
            self._abroad[known] = likened.abroad_of(incident)
        return self._abroad[known]

    def _best(
        self, pk: int, others: Iterable[int], kin: Collection[int], said: Collection[frozenset[int]]
    ) -> list[Candidate]:
        own, found = self.read[pk], list[Candidate]()
        for other in others:
            theirs = self.read.get(other)
            if theirs is None or other in kin or not comparable(own, theirs):
                continue
            self.compared += 1
            alike = likeness(own, theirs, said=frozenset((pk, other)) in said)
            if alike.score >= PROPOSED_FROM:
                found.append(Candidate(other, alike))
        found.sort(key=lambda each: (-each.likeness.score, each.incident))
        return found[: self.most]

    def _load(self, pks: Collection[int]) -> None:
        self.read |= likened.likened([pk for pk in pks if pk not in self.read])


def _keep(search: Search, found: dict[int, list[Candidate]], counts: _Counts) -> None:
    """Store the pairs of one chunk: new ones, changed scores, and decided pairs of which an incident changed.

    A new pair is a transaction of its own, where the caller has none: many at once would hold many incidents while
    waiting for one more.
    """
    now, before = timezone.now(), counts.new
    pairs = {tuple(sorted((pk, each.incident))): each.likeness for pk, some in found.items() for each in some}
    with transaction.atomic():
        ends = Q(first__in=found) | Q(second__in=found)
        rows = DuplicateCandidate.objects.select_for_update(no_key=True).filter(ends).order_by("pk")
        known = {(row.first_id, row.second_id): row for row in rows if (row.first_id, row.second_id) in pairs}
        altered = []
        for (first, second), row in known.items():
            was = (row.decision, row.score, row.reasons)
            if row.decision != OPEN:
                newer = row.decided_at is not None and row.decided_at > search.begun
                if newer or row.facts_digest == digest(search.read[first], search.read[second]):
                    continue
                row.decision, row.decided_at, row.decided_by, row.found_at = OPEN, None, None, now
                counts.reopened += 1
            _score(row, pairs[first, second], now)
            row.version += was != (row.decision, row.score, row.reasons)
            altered.append(row)
        columns = ["version", "score", "reasons", "compared_at", "decision", "decided_at", "decided_by", "found_at"]
        DuplicateCandidate.objects.bulk_update(altered, columns, batch_size=200)
    made = []
    for first, second in sorted(pairs.keys() - known.keys()):
        made.append(DuplicateCandidate(first_id=first, second_id=second, found_at=now))
        _score(made[-1], pairs[first, second], now)
    at_once = max(1, len(made)) if connection.in_atomic_block else 1
    for start in range(0, len(made), at_once):
        some = made[start : start + at_once]
        try:
            DuplicateCandidate.objects.bulk_create(some, ignore_conflicts=True, batch_size=CHUNK)
        except IntegrityError:
            continue  # one of the two was deleted since it was read
        counts.new += len(some)
    counts.proposed += counts.new - before + len(altered)


def _score(row: DuplicateCandidate, alike: Likeness, now: datetime) -> None:
    row.score, row.reasons, row.compared_at = alike.score, list(alike.reasons), now


def _drop(begun: datetime, since: datetime | None) -> int:
    """Forget open pairs that the search did not meet again; returns how many."""
    stale = DuplicateCandidate.objects.filter(decision=OPEN, compared_at__lt=begun)
    if since is not None:
        stale = stale.filter(Q(first__updated_at__gte=since) | Q(second__updated_at__gte=since))
    stale = stale.filter(first__merged_into__isnull=True, second__merged_into__isnull=True)
    dropped, _ = stale.delete()
    return dropped
