"""What was approved into the record and becomes public with an incident, whoever publishes it and by which decision.

Each such submission takes the step `publish` with it, so that none stays approved while its content can be read.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import OuterRef, Q, QuerySet, Subquery

from incidents import choices
from incidents.choices import PartOutcome
from incidents.choices import SubmissionAction as Action
from incidents.models import (
    Claim,
    Incident,
    Merge,
    Publication,
    PublicIncident,
    Submission,
    SubmissionPart,
    SubmissionStep,
)
from incidents.rules.publication.board import Content, content_of
from incidents.rules.sentences import worded
from incidents.rules.submissions.contents import CLAIMS, CORRECTION, INCIDENT
from incidents.rules.submissions.stepping import step
from incidents.rules.trail import auditing

# What is entered at approval, so that the desk can work on it; the rest acts when it is published.
ENTERED_AT_APPROVAL = frozenset({INCIDENT, CLAIMS, CORRECTION})
PUBLIC_ALREADY = worded(
    "What it brought is public already, with what else of the incident was published since; a lead undoes it."
)
# Rows of the log that follow from other objects, or from the rules.
FOLLOWING = (
    choices.ReasonCode.DEPENDENCY,
    choices.ReasonCode.RENAME,
    choices.ReasonCode.RULESET,
    choices.ReasonCode.SCHEMA,
)


def approved_into(incident: Incident) -> QuerySet[Submission]:
    """What was approved into an incident, and into those that were merged into it afterwards, and is not published."""
    theirs = Q(incident=incident)
    survivors = [incident.pk]
    while survivors:
        merges = list(Merge.objects.filter(survivor__in=survivors, undone_at=None).values_list("absorbed", "merged_at"))
        for absorbed, at in merges:
            theirs |= Q(incident=absorbed, approved_at__lt=at)
        survivors = [absorbed for absorbed, _ in merges]
    approvals = SubmissionStep.objects.filter(submission=OuterRef("pk"), action=Action.APPROVE).order_by("-pk")
    approved = Submission.objects.filter(state=choices.SubmissionState.APPROVED)
    return approved.annotate(approved_at=Subquery(approvals.values("at")[:1])).filter(theirs).order_by("pk")


def published_with(*incidents: Incident, by: User, reason: str) -> None:
    """Step what was approved into these incidents, as far as they are public; requests to withdraw one are not.

    Whoever makes the record of an incident public calls this afterwards, in the same transaction.
    """
    deeds = []
    public = PublicIncident.objects.filter(public_id__in=[each.public_id for each in incidents])
    there = set(public.values_list("public_id", flat=True))
    for incident in incidents:
        if incident.public_id not in there:
            continue
        entered = approved_into(incident).filter(type__in=ENTERED_AT_APPROVAL)
        for submission in entered.select_for_update(no_key=True, of=("self",)).select_related("organisation"):
            submission.publisher = by
            deeds.append(step(submission, Action.PUBLISH, choices.SubmissionState.PUBLISHED, by, reason))
    if deeds:
        auditing.record_all(deeds, actor=by)


def lock(*incidents: Incident) -> None:
    """Lock what becomes public with these incidents, before the audit chain is, which comes last."""
    keys = {pk for each in incidents for pk in approved_into(each).values_list("pk", flat=True)}
    list(
        Submission.objects.select_for_update(no_key=True)
        .filter(Q(pk__in=keys) | Q(incident__in=incidents))
        .order_by("pk")
    )


def is_public_already(submission: Submission) -> bool:
    """Whether the public reads what an approved submission brought: its incident was published since without it.

    Merging, redacting and protecting did so before they stepped what they published.
    """
    holder = submission.incident
    while holder is not None and holder.merged_into is not None:
        holder = holder.merged_into
    row = PublicIncident.objects.filter(public_id=holder.public_id).first() if holder is not None else None
    approval = SubmissionStep.objects.filter(submission=submission, action=Action.APPROVE).order_by("-pk").first()
    if holder is None or row is None or approval is None:
        return False
    since = Publication.objects.filter(object_id=holder.public_id, published_at__gt=approval.at)
    if not since.exclude(reason_code__in=FOLLOWING).exists():
        return False
    content = content_of(row.document)
    return any(
        _is_read(part, content) for part in SubmissionPart.objects.filter(submission=submission).exclude(table="")
    )


def _is_read(part: SubmissionPart, content: Content) -> bool:
    """Whether an incident's public content has a claim or an attribution that this entered, or says what it changed."""
    said = {UUID(each["id"]): each for name in ("claims", "attributions") for each in content[name]}
    if part.outcome == PartOutcome.ENTERED and part.table in {"Claim", "Attribution"}:
        key = apps.get_model("incidents", part.table)._default_manager.filter(pk=part.row).values_list("public_id")
        return any(each in said for (each,) in key)
    if part.outcome != PartOutcome.CHANGED:
        return False
    if part.table == Incident.__name__:
        return _says(content | content["dates"] | {"place_text": content["place"]["text"]}, part.before or {})
    if part.table != Claim.__name__ or part.row is None:
        return False
    claim = Claim.objects.filter(pk=part.row).first()
    public: Mapping[str, Any] = said.get(claim.public_id, {}) if claim is not None else {}
    return _says({name: public[name] for name in ("retraction_reason",) if name in public}, part.before or {})


def _says(public: Mapping[str, Any], before: Mapping[str, Iterable[Any]]) -> bool:
    """Whether one of the changed columns reads in public as it was changed; what was said as it stood tells nothing."""
    return any(public[name] == after for name, (was, after) in before.items() if name in public and was != after)
