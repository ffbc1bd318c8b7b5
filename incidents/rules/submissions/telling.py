"""What an organisation may be told of the parts of its submissions, and of what they change.

A part that met a record says so only where that record is public or was entered for the same organisation: whoever
sends guesses would otherwise learn what the desk holds. documents/submission_answers.py words it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Model

from incidents import choices
from incidents.documents.given import uuid_of
from incidents.models import (
    Organisation,
    PublicClaim,
    PublicDocument,
    PublicIncident,
    PublicIncidentActor,
    PublicInvestigation,
    PublicInvestigationIncident,
    PublicPerpetrator,
    PublicSource,
    Submission,
    SubmissionPart,
)
from incidents.rules.refusals import pointer
from incidents.rules.submissions.recognising import public_names

# Where it is told whether the record that a part stands for is public.
PUBLISHED: dict[str, type[Model]] = {
    "source": PublicSource,
    "actor": PublicPerpetrator,
    "document": PublicDocument,
    "claim": PublicClaim,
    "incident": PublicIncident,
    "investigation": PublicInvestigation,
}
PROPOSED = frozenset({"source", "actor"})
SCOPE = ("investigation", "scope")
Scoped = set[tuple[int, str]]
STANDING = frozenset({choices.PartOutcome.MATCHED, choices.PartOutcome.UNCHANGED, choices.PartOutcome.CHANGED})


def public_among(parts: Iterable[Any]) -> set[str]:
    """The public ids, of those that the parts name, that are published."""
    asked: dict[str, set[Any]] = {}
    for part in parts:
        if part.object_id and part.kind in PUBLISHED:
            asked.setdefault(part.kind, set()).add(part.object_id)
    public: set[str] = set()
    for kind, ids in asked.items():
        rows = PUBLISHED[kind]._default_manager.filter(public_id__in=ids).values_list("public_id", flat=True)
        public.update(map(str, rows))
        if kind == "actor":  # whom a document names without accusing them
            named = PublicIncidentActor.objects.filter(actor_id__in=ids).values_list("actor_id", flat=True)
            public.update(map(str, named))
    return public


def names_among(parts: Iterable[Any]) -> dict[str, str]:
    """The sources and actors proposed for the parts that are public, by id, as they are called in public now."""
    proposed: dict[str, set[str]] = defaultdict(set)
    for part in parts:
        if part.kind in PROPOSED:
            proposed[part.kind].update(each["id"] for each in part.proposals if each["public"])
    return {key: name for kind, ids in proposed.items() if ids for key, name in public_names(kind, ids).items()}


def entered_among(parts: Iterable[Any], organisation: Organisation | None) -> set[tuple[str, int | None]]:
    """The rows (table, key), of those that the parts met, that were entered for the organisation itself."""
    rows = {(part.table, part.row) for part in parts if part.outcome in STANDING and part.row is not None}
    if not rows:
        return set()
    entered = SubmissionPart.objects.filter(
        submission__organisation=organisation,
        outcome=choices.PartOutcome.ENTERED,
        table__in={table for table, _ in rows},
        row__in={row for _, row in rows},
    )
    return set(entered.values_list("table", "row"))


def differences(said: Iterable[Mapping[str, Any]], *, desk: bool) -> list[Mapping[str, Any]]:
    """Those of these differences that the desk, or else the organisation, reads: some are for one of them alone."""
    reader = "desk" if desk else "organisation"
    return [each for each in said if each.get("to", reader) == reader]


def differences_of(submission: Submission, scoped: Scoped, *, desk: bool) -> list[Mapping[str, Any]]:
    """The same of what a submission changed when it was sent, taken or approved.

    An incident may have left the public scope since; `scoped` is what scoped_among() answered.
    """
    told = differences(submission.differences, desk=desk)
    return told if desk else [each for each in told if _is_theirs(submission, each, scoped)]


def _is_theirs(submission: Submission, difference: Mapping[str, Any], scoped: Scoped) -> bool:
    where: str = difference["pointer"]
    if not where.startswith(pointer(*SCOPE)):
        return True
    said_otherwise = difference["previous"] not in (None, difference["sent"])
    return said_otherwise or (submission.pk, where.removesuffix("/kind")) in scoped


def scoped_among(submissions: Iterable[Submission]) -> Scoped:
    """Which entries of their scopes name an incident that is in the scope of the inquiry as that is published.

    Each as (primary key of the submission, pointer).
    """
    named: dict[tuple[UUID, UUID], Scoped] = defaultdict(set)
    for submission in submissions:
        if submission.investigation is not None:
            for where, incident in _scope_of(submission.content):
                named[submission.investigation.public_id, incident].add((submission.pk, where))
    if not named:
        return set()
    rows = PublicInvestigationIncident.objects.filter(
        investigation__public_id__in={inquiry for inquiry, _ in named}, incident_id__in={key for _, key in named}
    )
    public = rows.values_list("investigation__public_id", "incident_id")
    return {each for inquiry, incident in public for each in named.get((inquiry, incident), ())}


def _scope_of(content: Mapping[str, Any]) -> Iterator[tuple[str, UUID]]:
    """The incidents that a content names in a scope, each by its pointer; an erased content names none."""
    for place, entry in enumerate(content.get("investigation", {}).get("scope", [])):
        incident = uuid_of(str(entry["incident"]))
        if incident is not None:
            yield pointer(*SCOPE, place), incident
