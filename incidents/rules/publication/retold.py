"""Versions in the log that tell what privacy takes out without naming it, so that no search for its id finds them.

redacting.py empties those that name it, and these with them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
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
    IncidentAct,
    Investigation,
    Merge,
    Publication,
    PublicationBody,
    Source,
    Submission,
    SubmissionPart,
    TargetedGroup,
)
from incidents.rules.publication.board import Address, Board, Content, content_of
from incidents.rules.publication.linking import CERTAIN, CONTAINS
from incidents.rules.publication.rendering import is_discreet

INCIDENT, DOCUMENT = choices.PublicKind.INCIDENT.value, choices.PublicKind.DOCUMENT.value
MODELS: dict[str, type[Any]] = {
    INCIDENT: Incident,
    DOCUMENT: Document,
    choices.PublicKind.SOURCE.value: Source,
    choices.PublicKind.INVESTIGATION.value: Investigation,
}
EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
FIGURE = ("measure", "unit", "basis", "status", "low", "best", "high")
Versions = dict[Address, list[int]]
Row = tuple[int, str, UUID]


def standing(kind: str, ids: Collection[UUID]) -> set[UUID]:
    """Those of these objects of which a published body still stands in the log, current or not."""
    rows = Publication.objects.filter(kind=kind, object_id__among=set(ids), body__document__isnull=False)
    return set(rows.values_list("object_id", flat=True))


def unnamed(private: Iterable[Address]) -> Versions:
    """{object: log rows} that tell of private incidents, and of what stands in hidden documents, under other names."""
    found: Versions = defaultdict(list)
    of_kind: dict[str, set[UUID]] = defaultdict(set)
    for kind, key in private:
        of_kind[kind].add(key)
    parted = Merge.objects.filter(absorbed__public_id__among=of_kind[INCIDENT], undone_at__isnull=False)
    absorbed = set(parted.values_list("absorbed__public_id", flat=True))
    merged = (row for key in absorbed for row in _while_merged(key, *EVER))
    for seq, kind, key in chain(merged, _standing_in(of_kind[DOCUMENT])):
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
        parts = SubmissionPart.objects.filter(table=model.__name__, row__in=rows).select_related("submission")
        undone = {key for part in parts for key in _undone(part.submission, model.__name__)}
        found |= {(kind, key) for key in standing(kind, undone)}
    return found - set(private)


def told_by_totals(board: Board, emptied: Collection[Address], private: Collection[Address]) -> Versions:
    """Versions of whatever contained, in any depth, an incident whose figures go: less today's totals they tell them.

    Called when the totals of today are on the board.
    """
    hidden = {key for kind, key in {*emptied, *private} if kind == INCIDENT and _figures_go(board, key, private)}
    found: Versions = {}
    seen, waiting = set(hidden), hidden
    while waiting:
        above = {holder for key in waiting for _, content in _versions(key) for holder in _containers(content)}
        waiting = above - seen
        seen |= waiting
        board.load(INCIDENT, waiting)
        for key in waiting:
            now = board.content(INCIDENT, key)
            seqs = [seq for seq, content in _versions(key) if now is None or _totals(content) != _totals(now)]
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


def _standing_in(documents: Collection[UUID]) -> Iterator[Row]:
    """Versions of highly sensitive incidents, which do not say in which document something stands, that tell of it.

    Claims and attributions are known by their ids, wherever they went since; acts and groups by their incident.
    """
    if not documents:
        return
    primary_keys = list(Document.objects.filter(public_id__among=set(documents)).values_list("pk", flat=True))
    ids: set[str] = set()
    holders: set[int] = set()
    managers: list[Any] = [Claim.objects, Claim.history, Attribution.objects, Attribution.history]
    for manager in managers:
        stood = manager.filter(document_id__in=primary_keys).values_list("public_id", "incident_id")
        for key, incident in stood:
            ids.add(str(key))
            holders.add(incident)
    managers = [IncidentAct.objects, TargetedGroup.objects]
    nameless = {
        incident
        for manager in managers
        for incident in manager.filter(document_id__in=primary_keys).values_list("incident_id", flat=True)
    }
    among = set(_public_ids(_merged_with(holders | nameless)))
    whole = set(_public_ids(nameless))
    bodies = _bodies().filter(publication__kind=INCIDENT, publication__object_id__among=among)
    for seq, holder, text in bodies.values_list("pk", "publication__object_id", "document"):
        tells = holder in whole or any(each in str(text) for each in ids)
        if tells and is_discreet(content_of(str(text))):
            yield seq, INCIDENT, holder


def _merged_with(holders: Collection[int]) -> set[int]:
    """These incidents and all that were ever merged with them, directly or through others."""
    found, waiting = set(holders), set(holders)
    while waiting:
        merges = Merge.objects.filter(Q(survivor__in=waiting) | Q(absorbed__in=waiting))
        waiting = {pk for pair in merges.values_list("survivor", "absorbed") for pk in pair} - found
        found |= waiting
    return found


def _public_ids(primary_keys: Collection[int]) -> list[UUID]:
    return list(Incident.objects.filter(pk__among=set(primary_keys)).values_list("public_id", flat=True))


def _undone(submission: Submission, table: str) -> Iterator[UUID]:
    """Public ids of what other submissions under the same reference entered into a table and lost by being undone."""
    if not submission.external_scheme:
        return
    same = Submission.objects.filter(
        organisation=submission.organisation,
        external_scheme=submission.external_scheme,
        external_key=submission.external_key,
    ).exclude(pk=submission.pk)
    removed = SubmissionPart.objects.filter(submission__in=same, table=table, outcome=choices.PartOutcome.REMOVED)
    for key in removed.exclude(object_id="").values_list("object_id", flat=True):
        yield UUID(key)


def _figures_go(board: Board, key: UUID, private: Collection[Address]) -> bool:
    """Whether privacy takes figures of an incident out: with the whole of it, or with what was left out of it."""
    slot = board.slots[INCIDENT, key]
    if slot.next is None:
        return slot.now is not None or (INCIDENT, key) in private
    return slot.now is not None and _figures(slot.now) != _figures(slot.next)


def _figures(content: Mapping[str, Any]) -> list[list[Any]]:
    return [[estimate[name] for name in FIGURE] for estimate in content["estimates"]]


def _totals(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The sums of a document; how many incidents they come from tells of no figure."""
    return [{name: value for name, value in total.items() if name != "contained"} for total in content["totals"]]


def _versions(key: UUID) -> Iterator[tuple[int, Content]]:
    rows = _bodies().filter(publication__kind=INCIDENT, publication__object_id=key)
    for seq, text in rows.values_list("pk", "document"):
        yield seq, content_of(str(text))


def _containers(content: Content) -> set[UUID]:
    """What a content says that it is certainly contained in."""
    return {
        UUID(relation["incident"]["id"])
        for relation in content["relations"]
        if relation["type"] == CONTAINS and relation["incoming"] and relation["certainty"] in CERTAIN
    }
