"""Who changed a record since it was last published: none of them is the second person for it.

What the second person decides is in deciding.py and moderating.py.
"""

from datetime import datetime
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
    histories: list[Any] = [record.history.all()]
    found: set[int] = set()
    if isinstance(record, Incident):
        histories += [_of_parts(model, record) for model in (Claim, Attribution)]
        for absorbed in _absorbed(record, last):
            found |= authors(absorbed)
    for history in histories:
        found |= _users(history, last)
    if isinstance(record, Incident | Investigation):
        for submission in _approved(record):
            found |= senders(submission)
            found |= {submission.first_reviewer_id} if submission.first_reviewer_id is not None else set()
        found |= _naming(record)
        for other in linked_otherwise(record):
            found |= _users(other.history.all(), _last(other))
        found |= _stating(record)
    return found


def _users(history: Any, since: datetime | None) -> set[int]:
    rows = history if since is None else history.filter(history_date__gt=since)
    return set(rows.exclude(history_user=None).values_list("history_user", flat=True))


def raters(incident: Incident) -> set[int]:
    """The users who changed how claims of an incident rank since it was last published, or else since it was entered.

    Those changes are of sources and documents, so that they make nobody an author; a proposal to publish the incident
    is of the document as it was then (deciding.py), but nobody who approves a submission is shown that.
    """
    since = _last(incident) or incident.created_at
    named = Claim.objects.filter(incident=incident).order_by()
    return {
        user
        for model, column in ((Source, "asserted_by"), (Document, "document"))
        for user in _rating(model, named.values(column), since)
    }


def _rating(model: type[Source | Document], keys: Any, since: datetime) -> set[int]:
    """Who gave these rows other values of what ranks claims; who entered one gave it the first."""
    columns = ("id", "history_user", "history_date", *RANKING[model])
    rows = model.history.filter(id__in=keys).order_by("id", "history_date", "history_id").values_list(*columns)
    found = set()
    for _, versions in groupby(rows, lambda row: row[0]):
        before: tuple[Any, ...] | None = None
        for _, user, at, *ranking in versions:
            if tuple(ranking) != before and at > since and user is not None:
                found.add(user)
            before = tuple(ranking)
    return found


def _naming(record: Incident | Investigation) -> set[int]:
    """Who changed what the record is the first to name since that was last public by itself, if ever."""
    found: set[int] = set()
    for model, keys in named_first(record).items():
        if not keys:
            continue
        rows = model.history.filter(id__in=keys).exclude(history_user=None)
        edits = list(rows.values_list("public_id", "history_user", "history_date"))
        own = _own(Publication.objects.filter(kind=KINDS[model], object_id__in={key for key, *_ in edits}))
        last = dict(own.order_by().values_list("object_id").annotate(Max("published_at")))
        found |= {user for key, user, at in edits if key not in last or at > last[key]}
    return found


def _stating(record: Incident | Investigation) -> set[int]:
    """Who wrote, changed or deleted what is said about the record since that could last be read anywhere."""
    inquiries = inquiries_about(record)
    last = max(filter(None, map(_last, (record, *inquiries))), default=None)
    return set(stating(record, inquiries, last).exclude(actor=None).values_list("actor", flat=True))


def _last(record: Publishable) -> datetime | None:
    """When a record's own content last became public."""
    row = _own_rows(record).order_by("-seq").first()
    return row.published_at if row is not None else None


def _own_rows(record: Publishable) -> QuerySet[Publication]:
    """The rows of the log by which a record's own content, with whatever was edited before, became public.

    None of them is a row that follows from another object, withdraws, or for privacy only takes something out: those
    give no reason, or protecting's. Two people who redact a record give theirs, and publish it as it is.
    """
    return _own(Publication.objects.filter(kind=KINDS[type(record)], object_id=record.public_id))


def _own(rows: QuerySet[Publication]) -> QuerySet[Publication]:
    only_taken_out = Q(reason_code=choices.ReasonCode.PRIVACY, reason__in=("", BECAME_PRIVATE))
    return rows.exclude(only_taken_out | Q(reason_code__in=FOLLOWING) | Q(operation=choices.Operation.WITHDRAW))


def _approved(record: Incident | Investigation) -> QuerySet[Submission]:
    if isinstance(record, Incident):
        return approved_into(record)
    return Submission.objects.filter(investigation=record, state=choices.SubmissionState.APPROVED)


def _of_parts(model: Any, incident: Incident) -> Any:
    """The history of an incident's parts, also from when another incident had them: a merge or its undoing moves it.

    Who took back what a submission had entered wrote nothing that waits for a second person.
    """
    now = model.objects.filter(incident=incident).values("pk")
    taken_back = SubmissionPart.objects.filter(table=model.__name__, row=OuterRef("id"), outcome=PartOutcome.REMOVED)
    history = model.history.filter(Q(incident_id=incident.pk) | Q(id__in=now))
    return history.exclude(Exists(taken_back), history_type=DELETED)


def _absorbed(survivor: Incident, since: datetime | None) -> list[Incident]:
    """What was merged into an incident and is not public as a part of it."""
    merges = Merge.objects.filter(survivor=survivor, undone_at=None).select_related("absorbed")
    return [each.absorbed for each in merges if since is None or each.merged_at > since]


def senders(submission: Submission) -> set[int]:
    """Who sent a submission, and who changed what was sent."""
    sent = (each.by_id for each in submission.steps.all() if each.action in SENDING)
    return {submission.author_id, *(key for key in sent if key is not None)}
