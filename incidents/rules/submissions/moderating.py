"""The steps of a submission: review, approval into the record, publication by a second person, or refusal.

Which step is allowed is the table in transitions.py; each is one transaction with its entry among the steps. All that
came in together is undone in reverting.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from incidents import choices
from incidents.choices import PartOutcome
from incidents.choices import SubmissionAction as Action
from incidents.models import Actor, Incident, Investigation, Source, Submission, SubmissionPart, bulk
from incidents.rules.publication import publishing
from incidents.rules.publication.refusing import PublishingError
from incidents.rules.refusals import Changed, Refused
from incidents.rules.sameness import duplicates
from incidents.rules.sentences import worded
from incidents.rules.submissions import undoing
from incidents.rules.submissions.alongside import hold_named
from incidents.rules.submissions.contents import CORRECTION, INCIDENT, INVESTIGATION, WITHDRAWAL, read
from incidents.rules.submissions.differing import for_both, of_claims, tried
from incidents.rules.submissions.entering import enter
from incidents.rules.submissions.newcomers import Resembles, ask_about_newcomers
from incidents.rules.submissions.recognising import forget, remember
from incidents.rules.submissions.released import ENTERED_AT_APPROVAL, PUBLIC_ALREADY, approved_into, is_public_already
from incidents.rules.submissions.returning import refuse_withdrawn
from incidents.rules.submissions.stepping import count_version, held, step
from incidents.rules.submissions.transitions import NeedsReason, NotAllowed, NotNow, check
from incidents.rules.trail import auditing, log
from incidents.rules.trail.auditing import Deed
from incidents.rules.trail.changes import Changes

REFUSALS = (NotNow, NotAllowed, NeedsReason, Changed, Refused, PublishingError)
MOST_AT_ONCE = 500
ENTERING = frozenset({Action.APPROVE, Action.PUBLISH, Action.UNDO})
TAKING_OUT = frozenset({Action.SEND_BACK, Action.REJECT, Action.WITHDRAW})  # of what was approved
OTHERWISE = frozenset({Action.SUBMIT, Action.REVISE})  # steps that are taken by sending and changing
RECORDS: dict[str, type[Source] | type[Actor]] = {"source": Source, "actor": Actor}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item of a bulk action: the submission as it is now, or why nothing was done."""

    id: UUID
    submission: Submission | None
    refusal: Exception | None


@dataclass(frozen=True, slots=True)
class _Taken:
    """A step that was taken: the submission as it is now, what it entered, and what the audit chain is to say."""

    submission: Submission
    entered: list[Incident]
    deeds: list[Deed]


def act(
    submission: Submission, action: Action, *, by: User, reason: str = "", version: int | None = None
) -> Submission:
    """Take a step other than sending or revising.

    Raises NotNow, NotAllowed, NeedsReason, Changed, or what entering and publishing refuse; then nothing is done.
    """
    try:
        with transaction.atomic():
            taken = _take(submission, action, by, reason, version)
            _finish([taken], by)
            return taken.submission
    except Resembles as waiting:
        waiting.keep()
        raise


def _hold_subject(submission: Submission) -> None:
    """Wait for whoever is editing what the submission became, or what that stands on.

    It is published with what they change, or before they begin.
    """
    for name, model in (("incident", Incident), ("investigation", Investigation)):
        key = getattr(submission, f"{name}_id")
        if key is not None:
            setattr(submission, name, model._default_manager.select_for_update(no_key=True).get(pk=key))
    if submission.incident is not None:
        hold_named(submission.incident)


def _finish(taken: Sequence[_Taken], by: User) -> None:
    """Search for duplicates of what was entered, and tell the audit chain, whose head is the last lock to be taken."""
    duplicates.propose([incident for each in taken for incident in each.entered])
    auditing.record_all([deed for each in taken for deed in each.deeds], actor=by)


def _take(submission: Submission, action: Action, by: User, reason: str, version: int | None) -> _Taken:
    with transaction.atomic():
        is_version = submission.type == INCIDENT and submission.incident_id is not None
        takes_out = action in TAKING_OUT and submission.state == choices.SubmissionState.APPROVED
        if action in ENTERING or takes_out or submission.type == CORRECTION or is_version:
            # Whoever publishes, protects, enters names or takes them out takes the log's head before any row.
            log.lock_head()
        stored = held(submission, version)
        if action == Action.PUBLISH:
            _hold_subject(stored)
        target = check(stored, action, by, reason).target
        changes, entered = Changes(), list[Incident]()
        match action:
            case Action.CLAIM:
                stored.assignee, stored.assigned_at = by, timezone.now()
                _compare_anew(stored)
            case Action.RELEASE:
                stored.assignee = stored.assigned_at = None
            case Action.APPROVE:
                entered = _approve(stored, by, changes)
            case Action.PUBLISH:
                _publish(stored, by, reason, changes)
            case Action.SEND_BACK | Action.REJECT | Action.WITHDRAW:
                if stored.state == choices.SubmissionState.APPROVED:
                    if is_public_already(stored):
                        raise NotNow(PUBLIC_ALREADY)
                    undoing.take_out([stored], changes)
                    stored.first_reviewer = None
            case Action.UNDO:
                undoing.undo([stored], reason, changes, by=by)
        taken = step(stored, action, target, by, reason)
        return _Taken(stored, entered, [*changes.deeds(reason), taken])


@bulk.uncollected()
def act_on_many(ids: Sequence[UUID], action: Action, *, by: User, reason: str = "") -> list[Result]:
    """The same step for up to 500 submissions, each by itself; the results stand in the order of the ids."""
    ids = ids[:MOST_AT_ONCE]
    found = {each.public_id: each for each in Submission.objects.filter(public_id__in=ids)}
    if connection.in_atomic_block:
        # In a transaction around all of them every lock is taken first, in the one order there is.
        log.lock_head()
        list(
            Submission.objects.select_for_update(no_key=True)
            .filter(pk__in=[each.pk for each in found.values()])
            .order_by("pk")
        )
        return _each(ids, found, action, by, reason)
    results = []
    for key in ids:
        with transaction.atomic():
            results += _each([key], found, action, by, reason)
    return results


def _each(ids: Sequence[UUID], found: Mapping[UUID, Submission], action: Action, by: User, reason: str) -> list[Result]:
    """What becomes of each of these; what they entered is searched for duplicates together, and told together."""
    results: list[Result] = []
    done: list[_Taken] = []
    for key in ids:
        submission = found.get(key)
        if submission is None:
            results.append(Result(key, None, NotNow(worded("There is no submission with this id."))))
            continue
        try:
            done.append(_take(submission, action, by, reason, None))
        except REFUSALS as refusal:
            if isinstance(refusal, Resembles):
                refusal.keep()
            results.append(Result(key, None, refusal))
        else:
            results.append(Result(key, done[-1].submission, None))
    _finish(done, by)
    return results


def resolve(part: SubmissionPart, *, by: User, object_id: UUID | None, version: int | None = None) -> Submission:
    """Decide whom a source or an actor of a submission stands for: a known record, or with None a new one.

    A known record is remembered for what the organisation sends later. Another decision than before is the next
    version of the submission, which is returned. Raises Changed, NotNow once it is entered or for an id that is none,
    and NotAllowed for anybody but the desk.
    """
    with transaction.atomic():
        submission = held(part.submission, version)
        check(submission, Action.APPROVE, by, "decides on a name")
        current = submission.parts.filter(pointer=part.pointer).first()
        if current is None:  # other names were sent meanwhile
            raise Changed(submission.version)
        part = current
        model = RECORDS.get(part.kind)
        if model is None:
            raise NotNow(
                worded(
                    "A %(kind)s is not matched; correct it in the record.",
                    desk="Only sources and actors are matched; correct this in the record.",
                    kind=part.kind,
                )
            )
        before = _meant(part)
        _, section, index = part.pointer.split("/")
        names = submission.content[section][int(index)]["names"]
        if object_id is None:
            part.outcome, part.object_id = PartOutcome.KEPT_AS_WRITTEN.value, ""
            forget(submission.organisation, part.kind, names)
        else:
            record = model._default_manager.filter(public_id=object_id).first()
            if record is None:
                raise NotNow(
                    worded(
                        "%(id)s is not the id of a %(kind)s.",
                        desk="What was chosen is not in the record any more, or is of another kind.",
                        id=object_id,
                        kind=part.kind,
                    )
                )
            part.outcome, part.object_id = PartOutcome.MATCHED.value, str(object_id)
            remember(submission.organisation, part.kind, names, object_id, by)
        part.save(update_fields=["outcome", "object_id"])
        after = _meant(part)
        if after != before:
            count_version(submission)
        auditing.record(action=choices.AuditAction.MATCH, obj=submission, before=before, after=after, actor=by)
        return submission


def _meant(part: SubmissionPart) -> dict[str, str | None]:
    """Whom a part of a submission stands for, as the audit chain tells it."""
    return {"pointer": part.pointer, "outcome": part.outcome, "object_id": part.object_id or None}


def _compare_anew(submission: Submission) -> None:
    """Say of a new version or a correction what it changes in the record as that is now, not when it was sent."""
    if submission.type == WITHDRAWAL or submission.subject is None:
        return
    try:
        with transaction.atomic():
            submission.differences = tried(submission, read(submission.content), submission.parts.all())[1]
            transaction.set_rollback(True)
    except Refused:
        return  # whoever approves it is told what stands in the way


def _approve(submission: Submission, by: User, changes: Changes) -> list[Incident]:
    """Enter what is entered at approval; answers the incident that it is about, if any."""
    waiting = list(submission.parts.filter(outcome=PartOutcome.WAITING).values_list("as_written", flat=True))
    if waiting:
        names = waiting[:5]
        raise NotNow(worded("Decide first whom these names stand for: %(names)s.", names=names))
    content = read(submission.content)
    ask_about_newcomers(submission, content)
    submission.first_reviewer = by
    if submission.type in ENTERED_AT_APPROVAL:
        told = of_claims(submission, content, submission.parts.all())
        record = enter(submission, content, changes=changes)
        submission.differences = for_both(submission.differences, told)
        _keep(submission, record)
        return [record] if isinstance(record, Incident) else []
    if submission.type == INVESTIGATION:
        with transaction.atomic():
            enter(submission, content, on_trial=True)
            transaction.set_rollback(True)
    return []


def _publish(submission: Submission, by: User, reason: str, changes: Changes) -> None:
    submission.publisher = by
    if submission.type == WITHDRAWAL:
        content = read(submission.content)
        record = submission.incident or submission.investigation
        if record is None or record.public_id != content["about"]:
            raise NotNow(worded("What was to be withdrawn is not in the record any more."))
        asked = content["withdrawal"]
        publishing.withdraw(record, reason_code=asked["reason_code"], reason=reason or asked["reason"])
        return
    if submission.type == INVESTIGATION:
        _keep(submission, enter(submission, read(submission.content), changes=changes))
    record = submission.incident or submission.investigation
    if record is None:
        raise NotNow(worded("What it became was removed from the record."))
    refuse_withdrawn(submission, record)
    others = approved_into(record).exclude(pk=submission.pk) if isinstance(record, Incident) else None
    if others is not None and others.exclude(type=WITHDRAWAL).exists():
        raise NotNow(
            worded("More was approved into this incident: publish the incident itself, which brings all of it.")
        )
    code = choices.ReasonCode.CORRECTION if submission.type == CORRECTION else choices.ReasonCode.NEW_INFORMATION
    publishing.publish([record], reason_code=code.value, reason=reason)


def _keep(submission: Submission, record: Incident | Investigation) -> None:
    if isinstance(record, Incident):
        submission.incident = record
    else:
        submission.investigation = record
