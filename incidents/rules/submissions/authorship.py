"""Who changed a record since it was last published: none of them is the second person for it.

What the second person decides is in deciding.py and moderating.py.
"""

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from incidents import choices
from incidents.choices import PartOutcome
from incidents.models import (
    Attribution,
    Claim,
    Document,
    Incident,
    Investigation,
    Merge,
    Publication,
    Source,
    Submission,
    SubmissionPart,
)
from incidents.models.gathering import columns
from incidents.models.history import DELETED
from incidents.rules.publication.disclosure import BECAME_PRIVATE
from incidents.rules.publication.publishing import KINDS, Publishable
from incidents.rules.submissions.alongside import inquiries_about, linked_otherwise, named_first, stating
from incidents.rules.submissions.released import FOLLOWING, approved_into

# What of a source or a document decides whether and how a claim counts, whoever is the first to name it.
RANKING: dict[type[Source | Document], tuple[str, ...]] = {
    Source: ("kind", "reliability", "affiliated_with", "confidential"),
    Document: ("publisher", "published_on", "consent", "public"),
}
RANKED_BY: dict[type[Source | Document], str] = {Source: "asserted_by", Document: "document"}
EDITED = ("history_user", "history_date")
SENDING = (choices.SubmissionAction.SUBMIT, choices.SubmissionAction.REVISE)


def authors(record: Publishable) -> set[int]:
    """The users who changed a record, or its claims and attributions, since it was last published.

    With them those who sent, changed or approved what was entered into it and is not public yet, the authors of
    incidents that were merged into it since: what they changed is its own now, and those of what becomes public with
    it: sources, documents and perpetrators that it is the first to name, links, and what is said of it to inquiries.
    """
    if record._state.adding:
        return set()  # of what is gone nothing waits to become public
    last = _last(record)
    found = _editors(record, last)
    if isinstance(record, Incident):
        for model in (Claim, Attribution):
            found |= _since(_read(("who changed the parts", model), partial(_of_parts, model), record), last)
        for absorbed in _absorbed(record, last):
            found |= authors(absorbed)
    if isinstance(record, Incident | Investigation | Document):
        found |= _naming(record)
    if isinstance(record, Incident | Investigation):
        for submission in _approved(record):
            found |= senders(submission)
            found |= {submission.first_reviewer_id} if submission.first_reviewer_id is not None else set()
        for other in linked_otherwise(record):
            found |= _editors(other, _last(other))
        found |= _stating(record)
    return found


def _editors(record: Publishable, since: datetime | None) -> set[int]:
    """Who changed the record itself since then."""
    return _since(_read(("who changed it", type(record)), partial(_versions, type(record)), record), since)


def _versions(model: Any, keys: Any) -> QuerySet[Any, Any]:
    return model.history.filter(id__among=keys).order_by().values(*EDITED)  # type: ignore[no-any-return]


def _since(edits: Iterable[tuple[int | None, datetime]], since: datetime | None) -> set[int]:
    return {user for user, at in edits if user is not None and (since is None or at > since)}


def _read(what: Hashable, rows: Callable[[Any], QuerySet[Any, Any]], record: Publishable) -> list[Any]:
    """These columns of what belongs to the record; the statement is put together once, which took longer than all
    else."""
    return columns(what, rows, type(record)._meta.pk, [record.pk])


def raters(incident: Incident) -> set[int]:
    """The users who changed how claims of an incident rank since it was last published, or else since it was entered.

    Those changes are of sources and documents, so that they make nobody an author; a proposal to publish the incident
    is of the document as it was then (deciding.py), but nobody who approves a submission is shown that.
    """
    since = _last(incident) or incident.created_at
    return {user for model in (Source, Document) for user in _rating(model, incident, since)}


def _rating(model: type[Source | Document], incident: Incident, since: datetime) -> set[int]:
    """Who gave these rows other values of what ranks claims; who entered one gave it the first."""
    rows = _read(("what ranked its claims", model), partial(_ranked, model), incident)
    found = set()
    for _, versions in groupby(rows, lambda row: row[0]):
        before: list[Any] | None = None
        for _, user, at, *ranking in versions:
            if ranking != before and at > since and user is not None:
                found.add(user)
            before = ranking
    return found


def _ranked(model: type[Source | Document], keys: Any) -> QuerySet[Any, Any]:
    named = Claim.objects.filter(incident__among=keys).order_by().values(RANKED_BY[model])
    rows = model.history.filter(id__in=named).order_by("id", "history_date", "history_id")
    return rows.values("id", *EDITED, *RANKING[model])  # type: ignore[no-any-return]


def _naming(record: Incident | Investigation | Document) -> set[int]:
    """Who changed what the record is the first to name since that was last public by itself, if ever."""
    found: set[int] = set()
    for model, keys in named_first(record).items():
        edits = columns(("who changed what it names", model), partial(_edits, model), model._meta.pk, keys)
        addresses = {key for key, *_ in edits}
        own = partial(_last_ones, KINDS[model])
        last = dict(columns(("last public by itself", model), own, Publication._meta.get_field("object_id"), addresses))
        found |= {user for key, user, at in edits if key not in last or at > last[key]}
    return found


def _edits(model: Any, keys: Any) -> QuerySet[Any, Any]:
    rows = model.history.filter(id__among=keys).exclude(history_user=None).order_by()
    return rows.values("public_id", *EDITED)  # type: ignore[no-any-return]


def _last_ones(kind: str, addresses: Any) -> QuerySet[Any, Any]:
    own = _own(Publication.objects.filter(kind=kind, object_id__among=addresses))
    return own.order_by().values("object_id").annotate(Max("published_at"))


def _stating(record: Incident | Investigation) -> set[int]:
    """Who wrote, changed or deleted what is said about the record since that could last be read anywhere."""
    inquiries = inquiries_about(record)
    last = max(filter(None, map(_last, (record, *inquiries))), default=None)
    return set(stating(record, inquiries, last).exclude(actor=None).values_list("actor", flat=True))


def _last(record: Publishable) -> datetime | None:
    """When a record's own content last became public, with whatever was edited before.

    Not by a row that follows from another object, withdraws, or for privacy only takes something out: those give no
    reason, or protecting's. Two people who redact a record give theirs, and publish it as it is.
    """
    kind = KINDS[type(record)]
    rows = columns(
        ("last public", kind), partial(_last_one, kind), Publication._meta.get_field("object_id"), [record.public_id]
    )
    return rows[0][0] if rows else None


def _last_one(kind: str, addresses: Any) -> QuerySet[Any, Any]:
    own = _own(Publication.objects.filter(kind=kind, object_id__among=addresses))
    return own.order_by("-seq").values("published_at")[:1]


def _own(rows: QuerySet[Publication]) -> QuerySet[Publication]:
    only_taken_out = Q(reason_code=choices.ReasonCode.PRIVACY, reason__in=("", BECAME_PRIVATE))
    return rows.exclude(only_taken_out | Q(reason_code__in=FOLLOWING) | Q(operation=choices.Operation.WITHDRAW))


def _approved(record: Incident | Investigation) -> QuerySet[Submission]:
    if isinstance(record, Incident):
        return approved_into(record)
    return Submission.objects.filter(investigation=record, state=choices.SubmissionState.APPROVED)


def _of_parts(model: Any, keys: Any) -> QuerySet[Any, Any]:
    """The history of an incident's parts, also from when another incident had them: a merge or its undoing moves it.

    Who took back what a submission had entered wrote nothing that waits for a second person.
    """
    now = model.objects.filter(incident__among=keys).values("pk")
    taken_back = SubmissionPart.objects.filter(table=model.__name__, row=OuterRef("id"), outcome=PartOutcome.REMOVED)
    history = model.history.filter(Q(incident_id__among=keys) | Q(id__in=now))
    rows = history.exclude(Exists(taken_back), history_type=DELETED)
    return rows.order_by().values(*EDITED)  # type: ignore[no-any-return]


def _absorbed(survivor: Incident, since: datetime | None) -> list[Incident]:
    """What was merged into an incident and is not public as a part of it."""
    merges = [pk for pk, at in _read("merged into it", _merges, survivor) if since is None or at > since]
    return list(Incident.objects.filter(merges_lost__in=merges)) if merges else []


def _merges(keys: Any) -> QuerySet[Any, Any]:
    return Merge.objects.filter(survivor__among=keys, undone_at=None).order_by().values("pk", "merged_at")


def senders(submission: Submission) -> set[int]:
    """Who sent a submission, and who changed what was sent."""
    sent = (each.by_id for each in submission.steps.all() if each.action in SENDING)
    return {submission.author_id, *(key for key in sent if key is not None)}
