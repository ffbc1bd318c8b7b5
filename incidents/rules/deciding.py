"""What takes two people when it is done to a record itself: one proposes it with a reason, another confirms it.

The second is neither who proposed it nor who changed the record since it was last published.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from incidents import choices
from incidents.choices import DecisionAction, DecisionState
from incidents.models import (
    Decision,
    Incident,
    Investigation,
    Submission,
)
from incidents.models.base import Record
from incidents.rules import auditing, editing, log, merging, moderating, publishing
from incidents.rules.access import Right, may, roles_with
from incidents.rules.authorship import authors
from incidents.rules.disclosure import LEVELS
from incidents.rules.protecting import protect
from incidents.rules.publishing import KINDS, Publishable, PublishingError
from incidents.rules.transitions import NeedsReason, NotAllowed, NotNow

REFUSALS = moderating.REFUSALS
TYPES: dict[str, type[Any]] = {kind: model for model, kind in KINDS.items()}


def propose(
    action: DecisionAction,
    obj: Publishable,
    *,
    by: User,
    reason: str,
    reason_code: str = choices.ReasonCode.NEW_INFORMATION,
    details: Mapping[str, Any] | None = None,
) -> Decision:
    """Propose an action on a record as it stands now; somebody else has to confirm it.

    `details` of a merge are {absorbed: id, take_from_absorbed: [field, ...]}, of lowering a sensitivity {sensitivity}.
    Raises NotAllowed for anybody but the desk, NeedsReason, and NotNow where the same is proposed already.
    """
    if not may(by, Right.REVIEW):
        raise NotAllowed("Only the desk proposes this.")
    if not reason.strip():
        raise NeedsReason("Write the reason: the second person decides by it.")
    with transaction.atomic():
        stored = type(obj)._default_manager.select_for_update().get(pk=obj.pk)
        same = Decision.objects.filter(action=action, object_id=obj.public_id, state=DecisionState.PROPOSED)
        if same.exists():
            raise NotNow("The same is proposed already; confirm or decline that.")
        _check_details(action, stored, details or {})
        decision = Decision.objects.create(
            action=action.value,
            kind=KINDS[type(obj)],
            object_id=obj.public_id,
            seen_version=stored.version,
            details=dict(details or {}),
            reason_code=reason_code,
            reason=reason,
            proposed_by=by,
        )
        _record(choices.AuditAction.PROPOSE, decision, by, reason)
        return decision


def confirm(decision: Decision, *, by: User) -> Decision:
    """Do what was proposed, as the second person; all in one transaction.

    Raises NotAllowed for who proposed it, who changed the record since it was published, and for anybody but a lead;
    NotNow where the record changed since it was proposed; PublishingError as the action itself does.
    """
    with transaction.atomic():
        log.lock_head()  # before any row, as everybody who publishes does
        stored = _open(decision)
        refusal = why_not(stored, by)
        if refusal:
            raise NotAllowed(refusal)
        record = object_of(stored)
        if isinstance(record, Incident):
            # What becomes public with it is locked before the audit chain is, which comes last.
            list(Submission.objects.select_for_update().filter(incident=record).order_by("pk"))
        held = type(record)._default_manager.select_for_update().get(pk=record.pk)
        if held.version != stored.seen_version:
            raise NotNow("The record changed since this was proposed; decline it and propose it anew.")
        _ACTIONS[DecisionAction(stored.action)](held, stored, by)
        _decided(stored, DecisionState.CONFIRMED, by, "")
        _record(choices.AuditAction.CONFIRM, stored, by, stored.reason)
        return stored


def decline(decision: Decision, *, by: User, reason: str) -> Decision:
    """Let a proposal fall; who made it may take it back."""
    if not may(by, Right.REVIEW):
        raise NotAllowed("Only the desk declines this.")
    if not reason.strip():
        raise NeedsReason("Write why: whoever proposed it reads it.")
    with transaction.atomic():
        stored = _decided(_open(decision), DecisionState.DECLINED, by, reason)
        _record(choices.AuditAction.DECLINE, stored, by, reason)
        return stored


def why_not(decision: Decision, by: User) -> str:
    """Why this person may not confirm it, in a sentence; empty where they may."""
    if not may(by, Right.RELEASE):
        return f"This takes a {' or '.join(roles_with(Right.RELEASE))}."
    if by.pk == decision.proposed_by_id:
        return "You proposed it; a second person confirms it."
    if by.pk in {*authors(object_of(decision)), *_authors_of_absorbed(decision)}:
        return "You changed this record since it was last published; a second person confirms it."
    return ""


def _authors_of_absorbed(decision: Decision) -> set[int]:
    """Who changed the incident that a merge would absorb: what they wrote comes into the public with it."""
    absorbed = Incident.objects.filter(public_id=decision.details.get("absorbed")).first()
    return authors(absorbed) if absorbed is not None else set()


def object_of(decision: Decision) -> Publishable:
    """The record that the decision is about; NotNow where it is gone."""
    record: Publishable | None = TYPES[decision.kind]._default_manager.filter(public_id=decision.object_id).first()
    if record is None:
        raise NotNow("The record is not there any more.")
    return record


def _record(action: choices.AuditAction, decision: Decision, by: User, reason: str) -> None:
    """An entry of the audit chain on the record that the decision is about."""
    said = {"decision": str(decision.public_id), "action": decision.action, "details": decision.details}
    auditing.record(action=action, obj=(decision.kind, str(decision.object_id)), after=said, reason=reason, actor=by)


def _open(decision: Decision) -> Decision:
    stored = Decision.objects.select_for_update().get(pk=decision.pk)
    if stored.state != DecisionState.PROPOSED:
        raise NotNow(f"It is {stored.state} already.")
    return stored


def _decided(decision: Decision, state: DecisionState, by: User, reason: str) -> Decision:
    decision.state, decision.decision_reason, decision.decided_at = state.value, reason, timezone.now()
    # Who takes an own proposal back decides nothing.
    decision.decided_by = by if by.pk != decision.proposed_by_id else None
    decision.version += 1
    decision.save()
    return decision


def _check_details(action: DecisionAction, record: Record, details: Mapping[str, Any]) -> None:
    if action == DecisionAction.LOWER_SENSITIVITY:
        level = details.get("sensitivity")
        if not isinstance(record, Incident) or level not in LEVELS:
            raise NotNow(f"Name the sensitivity: one of {', '.join(LEVELS)}.")
        if LEVELS.index(level) >= LEVELS.index(record.sensitivity):
            raise NotNow("That is no lower sensitivity; a higher one takes nobody else.")
    if action == DecisionAction.MERGE and not Incident.objects.filter(public_id=str(details.get("absorbed"))).exists():
        raise NotNow("Name the incident that is to be absorbed.")


def _publish(record: Any, decision: Decision, by: User) -> None:
    publishing.publish([record], reason_code=decision.reason_code, reason=decision.reason)
    if isinstance(record, Incident):
        moderating.published_with(record, by=by, reason=decision.reason)


def _withdraw(record: Any, decision: Decision, _by: User) -> None:
    publishing.withdraw(record, reason_code=decision.reason_code, reason=decision.reason)


def _redact(record: Any, decision: Decision, _by: User) -> None:
    if not isinstance(record, Incident | Investigation):
        raise PublishingError("Only incidents and investigations are redacted; withdraw it for privacy.")
    publishing.redact(record, reason=decision.reason)


def _merge(record: Any, decision: Decision, by: User) -> None:
    absorbed = Incident.objects.get(public_id=UUID(decision.details["absorbed"]))
    fields = tuple(decision.details.get("take_from_absorbed", ()))
    merging.merge(record, absorbed, reason=decision.reason, take_from_absorbed=fields, by=by)


def _lower(record: Any, decision: Decision, _by: User) -> None:
    record.sensitivity = decision.details["sensitivity"]
    # The change is of who proposed it; who confirms stays a second person for what comes next.
    record._history_user = decision.proposed_by
    editing.save(record, ["sensitivity"])
    protect(record)


_ACTIONS: dict[DecisionAction, Callable[[Any, Decision, User], None]] = {
    DecisionAction.PUBLISH: _publish,
    DecisionAction.WITHDRAW: _withdraw,
    DecisionAction.REDACT: _redact,
    DecisionAction.MERGE: _merge,
    DecisionAction.LOWER_SENSITIVITY: _lower,
}
