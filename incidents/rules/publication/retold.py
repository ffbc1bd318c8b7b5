"""Versions in the log that tell what privacy takes out without naming it, so that no search for its id finds them.

redacting.py empties those that name it, and these with them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from incidents import choices
from incidents.models import (
    Attribution,
    Claim,
    Document,
    Incident,
    IncidentRelation,
    Investigation,
    Merge,
    Publication,
    PublicationBody,
    PublicClaim,
    Source,
    Submission,
    SubmissionPart,
)
from incidents.rules.publication.board import Address, Board, Content, content_of
from incidents.rules.publication.linking import CERTAIN, CONTAINS
from incidents.rules.publication.unsaid import standing_in

INCIDENT, DOCUMENT = choices.PublicKind.INCIDENT.value, choices.PublicKind.DOCUMENT.value
MODELS: dict[str, type[Any]] = {
    INCIDENT: Incident,
    DOCUMENT: Document,
    choices.PublicKind.SOURCE.value: Source,
    choices.PublicKind.INVESTIGATION.value: Investigation,
}
EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
MOVING = ("claims", "attributions")
FIGURE = ("measure", "unit", "basis", "status", "low", "best", "high")
Versions = dict[Address, list[int]]
Row = tuple[int, str, UUID]


def standing(kind: str, ids: Collection[UUID]) -> set[UUID]:
    """Those of these objects of which a published body still stands in the log, current or not."""
    if not ids:
        return set()
    rows = Publication.objects.filter(kind=kind, object_id__among=set(ids), body__document__isnull=False)
    return set(rows.values_list("object_id", flat=True))


def unnamed(private: Iterable[Address]) -> Versions:
    """{object: log rows} that tell of private incidents, and of what stands in hidden documents, under other names."""
    found: Versions = defaultdict(list)
    of_kind: dict[str, set[UUID]] = defaultdict(set)
    for kind, key in private:
        of_kind[kind].add(key)
    parted = Merge.objects.filter(absorbed__public_id__among=of_kind[INCIDENT], undone_at__isnull=False)
    absorbed = set(parted.values_list("absorbed__public_id", flat=True)) if of_kind[INCIDENT] else ()
    merged = (row for key in absorbed for row in _while_merged(key, *EVER))
    unsaid = ((seq, INCIDENT, key) for seq, key in standing_in(of_kind[DOCUMENT]))
    for seq, kind, key in chain(merged, _moved_by_hand(of_kind[INCIDENT]), unsaid):
        found[kind, key].append(seq)
    return found


def earlier_lives(private: Collection[Address]) -> set[Address]:
    """What was sent under the same external reference before, undone, and stands in the log under ids of its own."""
    found: set[Address] = set()
    for kind, model in MODELS.items():
        keys = {key for each, key in private if each == kind}
        if not keys:
            continue
        rows = list(model._default_manager.filter(public_id__among=keys).values_list("pk", flat=True))
        parts = SubmissionPart.objects.filter(table=model.__name__, row__in=rows)
        entered = Submission.objects.filter(pk__in=parts.values("submission")).exclude(external_scheme="")
        undone = {
            key for submission in entered.select_related("organisation") for key in _undone(submission, model.__name__)
        }
        found |= {(kind, key) for key in standing(kind, undone)}
    return found - set(private)


def told_by_totals(board: Board, emptied: Mapping[Address, Sequence[int]], private: Collection[Address]) -> Versions:
    """Versions of whatever contained, in any depth, an incident whose figures go: less today's totals they tell them.

    Called when the totals of today are on the board. Versions from before the figures were told are left.
    """
    hidden = {
        key: first
        for kind, key in {*emptied, *private}
        if kind == INCIDENT and (first := _first_told(board, key, emptied.get((kind, key), ()), private)) is not None
    }
    found: Versions = {}
    since, waiting = dict(hidden), set(hidden)
    while waiting:
        above: dict[UUID, datetime] = {}
        for key in waiting:
            told = (holder for _, _, content in _versions(key) for holder in _containers(content))
            for holder in {*told, *_once_contained_in(key)}:
                above[holder] = min(since[key], above.get(holder, since[key]))
        waiting = {key for key, first in above.items() if key not in since or first < since[key]}
        since |= {key: above[key] for key in waiting}
    board.load(INCIDENT, since.keys() - hidden.keys())
    for key in since.keys() - hidden.keys():
        now = board.content(INCIDENT, key)
        seqs = [
            seq
            for seq, at, content in _versions(key)
            if at >= since[key] and (now is None or _totals(content) != _totals(now))
        ]
        if seqs:
            found[INCIDENT, key] = seqs
    return found


def _bodies() -> QuerySet[PublicationBody]:
    return PublicationBody.objects.filter(document__isnull=False)


def _while_merged(key: UUID, since: datetime, until: datetime) -> Iterator[Row]:
    """Of an incident that was merged and parted again: the survivor's versions from in between.

    With them go those of others that name the survivor, where it took the absorbed one's title.
    """
    merges = Merge.objects.filter(absorbed__public_id=key, merged_at__lt=until, undone_at__gt=since)
    for row in merges.select_related("survivor"):
        begun, ended = max(since, row.merged_at), min(until, row.undone_at or until)
        survivor = row.survivor.public_id
        telling = Q(publication__kind=INCIDENT, publication__object_id=survivor)
        if "title" in row.field_choices.get("from_absorbed", ()):
            telling |= Q(document__contains=str(survivor))
        between = _bodies().filter(telling, publication__published_at__gte=begun, publication__published_at__lt=ended)
        yield from between.values_list("pk", "publication__kind", "publication__object_id")
        yield from _while_merged(survivor, begun, ended)


def _moved_by_hand(incidents: Collection[UUID]) -> Iterator[Row]:
    """Versions of other incidents that told claims or attributions which belong to these by now."""
    models: tuple[Any, ...] = (Claim, Attribution) if incidents else ()
    for model in models:
        own = dict(model.objects.filter(incident__public_id__among=set(incidents)).values_list("pk", "incident_id"))
        merged = set(Incident.objects.filter(merged_into__among=set(own.values())).values_list("pk", flat=True))
        earlier = model.history.filter(id__in=list(own)).values_list("id", "public_id", "incident_id")
        there: dict[int, set[str]] = defaultdict(set)
        for pk, key, incident in earlier:
            if incident != own[pk] and incident not in merged:
                there[incident].add(str(key))
        for pk, key in Incident.objects.filter(pk__among=set(there)).values_list("pk", "public_id"):
            for seq, _, content in _versions(key):
                if not there[pk].isdisjoint(said["id"] for part in MOVING for said in content[part]):
                    yield seq, INCIDENT, key


def _undone(submission: Submission, table: str) -> Iterator[UUID]:
    """Public ids of what other submissions under the same reference entered into a table and lost by being undone."""
    same = submission.under_same_reference().exclude(pk=submission.pk)
    removed = SubmissionPart.objects.filter(submission__in=same, table=table, outcome=choices.PartOutcome.REMOVED)
    for key in removed.exclude(object_id="").values_list("object_id", flat=True):
        yield UUID(key)


def _first_told(board: Board, key: UUID, seqs: Sequence[int], private: Collection[Address]) -> datetime | None:
    """When figures of an incident which privacy takes out were first told; None where it takes none out.

    It takes them out with the whole of the incident, with claims that are public nowhere any more, or, where two
    people redact it, with whatever was counted otherwise.
    """
    slot = board.slots[INCIDENT, key]
    is_private = (INCIDENT, key) in private
    if slot.next is None:
        rows = Publication.objects.filter(kind=INCIDENT, object_id=key)
        rows = rows if is_private else rows.filter(seq__in=seqs)
        return rows.order_by("seq").values_list("published_at", flat=True).first()
    standing = {claim["id"] for claim in slot.next["claims"]}
    redacted = is_private and slot.forced
    for seq, at, content in _versions(key):
        if seq not in seqs:
            continue
        gone = {claim["id"] for claim in content["claims"]} - standing
        if (gone and not _public_elsewhere(board, gone)) or (redacted and _figures(content) != _figures(slot.next)):
            return at
    return None


def _public_elsewhere(board: Board, claims: Collection[str]) -> bool:
    """Whether all these claims stand in documents of incidents as they will read."""
    rows = PublicClaim.objects.filter(public_id__among={UUID(each) for each in claims})
    holders = set(rows.values_list("incident__public_id", flat=True))
    board.load(INCIDENT, holders)
    contents = [board.content(INCIDENT, key) for key in holders]
    told = {claim["id"] for content in contents if content is not None for claim in content["claims"]}
    return told.issuperset(claims)


def _figures(content: Mapping[str, Any]) -> list[list[Any]]:
    return [[estimate[name] for name in FIGURE] for estimate in content["estimates"]]


def _totals(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The sums of a document; how many incidents they come from tells of no figure."""
    return [{name: value for name, value in total.items() if name != "contained"} for total in content["totals"]]


def _versions(key: UUID) -> Iterator[tuple[int, datetime, Content]]:
    """The versions of an incident that stand in the log, with their row and moment: one for a whole transaction."""
    rows = _bodies().filter(publication__kind=INCIDENT, publication__object_id=key).order_by("pk")
    for seq, at, text in rows.values_list("pk", "publication__published_at", "document"):
        yield seq, at, content_of(str(text))


def _once_contained_in(key: UUID) -> Iterator[UUID]:
    """What the record says that an incident was certainly contained in: the version that told it may be emptied."""
    rows = IncidentRelation.history.filter(to_incident__public_id=key, type=CONTAINS, certainty__in=CERTAIN)
    held = rows.filter(from_incident__public_id__isnull=False).order_by().distinct()
    yield from held.values_list("from_incident__public_id", flat=True)


def _containers(content: Content) -> set[UUID]:
    """What a content says that it is certainly contained in."""
    return {
        UUID(relation["incident"]["id"])
        for relation in content["relations"]
        if relation["type"] == CONTAINS and relation["incoming"] and relation["certainty"] in CERTAIN
    }
