"""What takes two people when it is done to a record itself: one proposes it with a reason, another confirms it.

The second is neither who proposed it nor who changed the record since it was last published. A merge and its undoing
are about two incidents: the decision is kept with the survivor, and `details` name the other as `absorbed`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from incidents import choices
from incidents.choices import DecisionAction, DecisionState
from incidents.models import (
    Decision,
    Incident,
    Merge,
)
from incidents.rules.accounts.access import Right, may, takes
from incidents.rules.desk.left import GONE, record_or_left, refuse_but_emptying
from incidents.rules.desk.proposals import check_reason, code_of, meant
from incidents.rules.desk.seen import digest_of, hold_all, opened
from incidents.rules.publication import publishing
from incidents.rules.publication.protecting import protect
from incidents.rules.publication.publishing import KINDS, Publishable
from incidents.rules.sameness import merging, unmerging
from incidents.rules.sentences import Sentence, worded
from incidents.rules.submissions import moderating, released
from incidents.rules.submissions.authorship import authors
from incidents.rules.submissions.transitions import NotAllowed, NotNow, written
from incidents.rules.trail import auditing, editing, log

REFUSALS = moderating.REFUSALS
PROPOSER_GONE = worded(
    "Who proposed it may propose nothing any more, so that only one person would stand for it; decline it."
)
CHANGED = worded("What it is about changed since this was proposed; decline it and propose it anew.")
OPENED_BEFORE = worded("What would become public changed since you opened this page; look at it anew, then propose it.")


def propose(
    action: DecisionAction,
    obj: Publishable,
    *,
    by: User,
    reason: str,
    reason_code: str | None = None,
    details: Mapping[str, Any] | None = None,
    shown: str = "",
) -> Decision:
    """Propose an action on a record as it stands now; somebody else has to confirm it.

    `shown` is what opened() of seen.py said when the page was made on which its author looked at it, where there was
    one: it is proposed as it was looked at, or not at all.

    `details` of a merge are {absorbed: id, take_from_absorbed: [field, ...]}, of undoing one {merge: number} or
    {absorbed: id}, of lowering a sensitivity {sensitivity}; `reason_code` is for publishing and withdrawing. Raises
    NotAllowed for anybody but the desk, NeedsReason, and NotNow where such a thing is proposed already, or could not
    be done.
    """
    if not may(by, Right.REVIEW):
        raise NotAllowed(worded("Only the desk proposes this."))
    check_reason(action, reason)
    code = code_of(action, reason_code)
    with transaction.atomic():
        refuse_but_emptying(action, code, obj)
        stored = _held(obj)
        waiting = Decision.objects.filter(action=action, object_id=obj.public_id, state=DecisionState.PROPOSED).first()
        if waiting is not None:
            raise NotNow(
                worded(
                    "'%(action)s' is proposed for it already; confirm or decline %(decision)s first.",
                    desk="This is proposed for it already (%(action)s); confirm or decline that proposal first.",
                    action=action,
                    decision=waiting.public_id,
                )
            )
        decision = Decision(
            action=action.value,
            kind=KINDS[type(obj)],
            object_id=obj.public_id,
            seen_version=stored.version,
            details=meant(action, stored, details or {}, code),
            reason_code=code,
            reason=reason,
            proposed_by=by,
        )
        if shown and shown != opened(action, *_about(decision, stored)):
            raise NotNow(OPENED_BEFORE)
        decision.details |= _seen(decision, stored)
        decision.save()
        _record(choices.AuditAction.PROPOSE, decision, by, reason)
        return decision


def confirm(decision: Decision, *, by: User) -> Decision:
    """Do what was proposed, as the second person; all in one transaction.

    Raises NotAllowed for who proposed it, who changed the record since it was published, and for anybody but a lead;
    NotNow where the record, or what would become public of it, changed since it was proposed, or who proposed it could
    not any more; PublishingError as the action itself does.
    """
    with transaction.atomic():
        log.lock_head()  # before any row, as everybody who publishes does
        stored = _open(decision)
        refusal = why_not(stored, by)
        if refusal:
            raise NotAllowed(refusal)
        if not may(stored.proposed_by, Right.REVIEW):
            raise NotNow(PROPOSER_GONE)
        record = object_of(stored)
        if isinstance(record, Incident) and not record._state.adding:
            # What becomes public with it is locked before the audit chain is, which comes last.
            ends = [record, *filter(None, [absorbed_of(stored)])]
            released.lock(*ends)
            # Both in the order in which whoever looks at them as a pair locks them.
            both = Incident.objects.filter(pk__in=[each.pk for each in ends]).order_by("pk")
            list(both.select_for_update(no_key=True).values_list("pk"))
        held = _held(record)
        if held.version != stored.seen_version or _other_changed(stored):
            raise NotNow(CHANGED)
        hold_all(*_about(stored, held))
        if _reads_otherwise(stored, held):
            raise NotNow(CHANGED)
        _ACTIONS[DecisionAction(stored.action)](held, stored, by)
        _decided(stored, DecisionState.CONFIRMED, by, "")
        _record(choices.AuditAction.CONFIRM, stored, by, stored.reason)
        return stored


def decline(decision: Decision, *, by: User, reason: str) -> Decision:
    """Let a proposal fall; who made it may take it back."""
    if not may(by, Right.REVIEW):
        raise NotAllowed(worded("Only the desk declines this."))
    written(reason, worded("Write why: whoever proposed it reads it."))
    with transaction.atomic():
        stored = _decided(_open(decision), DecisionState.DECLINED, by, reason)
        _record(choices.AuditAction.DECLINE, stored, by, reason)
        return stored


def why_not(decision: Decision, by: User) -> str:
    """Why this person may not confirm it, in a sentence; empty where they may."""
    if not may(by, Right.RELEASE):
        return takes(Right.RELEASE)
    if by.pk == decision.proposed_by_id:
        return worded("You proposed it; a second person confirms it.")
    if by.pk in {*authors(object_of(decision)), *_authors_of_absorbed(decision)}:
        return worded("You changed this record since it was last published; a second person confirms it.")
    return ""


def why_not_now(decision: Decision, by: User) -> str:
    """The same with what stands in the way of anybody: that it is decided, gone, or not as it was when proposed."""
    if decision.state != DecisionState.PROPOSED:
        return _decided_already(decision)
    try:
        record = object_of(decision)
    except NotNow as gone:
        refusal: str = gone.args[0]
        return refusal
    refusal = why_not(decision, by)
    if refusal:
        return refusal
    if not may(decision.proposed_by, Right.REVIEW):
        return PROPOSER_GONE
    absorbed = absorbed_of(decision)
    seen = decision.details.get("absorbed_version")
    changed = record.version != decision.seen_version or (absorbed is not None and absorbed.version != seen)
    return CHANGED if changed or _reads_otherwise(decision, record) else ""


def absorbed_of(decision: Decision) -> Incident | None:
    """The other incident of a merge, or of its undoing; None for any other decision."""
    return Incident.objects.filter(public_id=decision.absorbed).first() if decision.absorbed else None


def _authors_of_absorbed(decision: Decision) -> set[int]:
    """Who changed the other incident: what they wrote comes into the public with it."""
    absorbed = absorbed_of(decision)
    return authors(absorbed) if absorbed is not None else set()


def _other_changed(decision: Decision) -> bool:
    """Whether the other incident of a merge changed since it was proposed; its row is locked from here on."""
    if "absorbed_version" not in decision.details:
        return False
    other = Incident.objects.select_for_update(no_key=True).filter(public_id=decision.details["absorbed"]).first()
    return other is None or other.version != decision.details["absorbed_version"]


def _about(decision: Decision, record: Publishable) -> list[Publishable]:
    """The record, and the other incident of a merge or of its undoing."""
    return [record, *filter(None, [absorbed_of(decision)])]


def _seen(decision: Decision, record: Publishable) -> dict[str, str]:
    """What the decision would make public now, as its details keep it; nothing where it makes nothing public."""
    digest = digest_of(DecisionAction(decision.action), *_about(decision, record))
    return {"seen": digest} if digest else {}


def _reads_otherwise(decision: Decision, record: Publishable) -> bool:
    """Whether another document would become public than when it was proposed, or nobody knows which was meant then."""
    meant_then: str | None = decision.details.get("seen")
    return _seen(decision, record).get("seen") != meant_then


def object_of(decision: Decision) -> Publishable:
    """The record that the decision is about, a stand-in (left.py) where it is gone and can be emptied; else NotNow."""
    record = record_or_left(decision.kind, decision.object_id)
    if record is None:
        raise NotNow(GONE)
    try:
        refuse_but_emptying(DecisionAction(decision.action), decision.reason_code, record)
    except NotNow as refusal:
        raise NotNow(GONE) from refusal
    return record


def _held(record: Any) -> Any:
    """The record as stored, its row locked until the transaction ends; a stand-in has none."""
    return (
        record
        if record._state.adding
        else type(record)._default_manager.select_for_update(no_key=True).get(pk=record.pk)
    )


def _record(action: choices.AuditAction, decision: Decision, by: User, reason: str) -> None:
    """An entry of the audit chain on the record that the decision is about."""
    said = {"decision": str(decision.public_id), "action": decision.action, "details": decision.details}
    auditing.record(action=action, obj=(decision.kind, str(decision.object_id)), after=said, reason=reason, actor=by)


def _open(decision: Decision) -> Decision:
    stored = Decision.objects.select_for_update(no_key=True).get(pk=decision.pk)
    if stored.state != DecisionState.PROPOSED:
        raise NotNow(_decided_already(stored))
    return stored


def _decided_already(decision: Decision) -> Sentence:
    state = DecisionState(decision.state)
    return worded("It is %(state)s already.", desk="It is decided already: %(state)s.", state=state)


def _decided(decision: Decision, state: DecisionState, by: User, reason: str) -> Decision:
    decision.state, decision.decision_reason, decision.decided_at = state.value, reason, timezone.now()
    # Who takes an own proposal back decides nothing.
    decision.decided_by = by if by.pk != decision.proposed_by_id else None
    decision.version += 1
    decision.save()
    return decision


def _publish(record: Any, decision: Decision, by: User) -> None:
    publishing.publish([record], reason_code=decision.reason_code, reason=decision.reason)
    if isinstance(record, Incident):
        released.published_with(record, by=by, reason=decision.reason)


def _withdraw(record: Any, decision: Decision, _by: User) -> None:
    publishing.withdraw(record, reason_code=decision.reason_code, reason=decision.reason)


def _redact(record: Any, decision: Decision, by: User) -> None:
    publishing.redact(record, reason=decision.reason)
    if isinstance(record, Incident) and not record._state.adding:
        released.published_with(record, by=by, reason=decision.reason)


def _merge(record: Any, decision: Decision, by: User) -> None:
    absorbed = Incident.objects.get(public_id=decision.details["absorbed"])
    fields = tuple(decision.take_from_absorbed)
    # The change is of who proposed it; who confirms stays a second person for what comes next.
    merging.merge(
        record, absorbed, reason=decision.reason, take_from_absorbed=fields, by=by, author=decision.proposed_by
    )
    released.published_with(record, by=by, reason=decision.reason)


def _undo_merge(record: Any, decision: Decision, by: User) -> None:
    merge = Merge.objects.get(pk=decision.details["merge"])
    # The change is of who proposed it, as a merge is.
    unmerging.undo_merge(merge, reason=decision.reason, by=by, author=decision.proposed_by)
    released.published_with(record, merge.absorbed, by=by, reason=decision.reason)


def _lower(record: Any, decision: Decision, by: User) -> None:
    before = record.sensitivity
    record.sensitivity = decision.sensitivity
    # The change is of who proposed it, as a merge is.
    record._history_user = decision.proposed_by
    editing.save(record, ["sensitivity"])
    protect(record)
    auditing.record(
        action=choices.AuditAction.CHANGE,
        obj=record,
        before={"sensitivity": before},
        after={"sensitivity": record.sensitivity},
        reason=decision.reason,
        actor=by,
    )


_ACTIONS: dict[DecisionAction, Callable[[Any, Decision, User], None]] = {
    DecisionAction.PUBLISH: _publish,
    DecisionAction.WITHDRAW: _withdraw,
    DecisionAction.REDACT: _redact,
    DecisionAction.MERGE: _merge,
    DecisionAction.UNDO_MERGE: _undo_merge,
    DecisionAction.LOWER_SENSITIVITY: _lower,
}
