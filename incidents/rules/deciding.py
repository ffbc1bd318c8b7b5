"""What takes two people when it is done to a record itself: one proposes it with a reason, another confirms it.

The second is neither who proposed it nor who changed the record since it was last published. A merge and its undoing
are about two incidents: the decision is kept with the survivor, and `details` name the other as `absorbed`.
"""

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from incidents import choices
from incidents.choices import DecisionAction, DecisionState
from incidents.models import (
    Decision,
    Incident,
    Investigation,
    Merge,
    Submission,
)
from incidents.rules import auditing, editing, log, merging, moderating, publishing, unmerging
from incidents.rules.access import Right, may, roles_with
from incidents.rules.authorship import authors
from incidents.rules.contents import uuid_of
from incidents.rules.disclosure import LEVELS
from incidents.rules.protecting import protect
from incidents.rules.publishing import KINDS, Publishable
from incidents.rules.redacting import standing
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

    `details` of a merge are {absorbed: id, take_from_absorbed: [field, ...]}, of undoing one {merge: number} or
    {absorbed: id}, of lowering a sensitivity {sensitivity}. Raises NotAllowed for anybody but the desk, NeedsReason,
    and NotNow where the same is proposed already, or could not be done.
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
        meant = _meant(action, stored, details or {})
        decision = Decision.objects.create(
            action=action.value,
            kind=KINDS[type(obj)],
            object_id=obj.public_id,
            seen_version=stored.version,
            details=meant,
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
        if held.version != stored.seen_version or _other_changed(stored):
            raise NotNow("What it is about changed since this was proposed; decline it and propose it anew.")
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
    other = Incident.objects.select_for_update().filter(public_id=decision.details["absorbed"]).first()
    return other is None or other.version != decision.details["absorbed_version"]


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


def _meant(action: DecisionAction, record: Any, details: Mapping[str, Any]) -> dict[str, Any]:
    """The details as they are kept, once it is sure that what they ask for can be done as things stand."""
    match action:
        case DecisionAction.LOWER_SENSITIVITY:
            level = details.get("sensitivity")
            if not isinstance(record, Incident) or level not in LEVELS:
                raise NotNow(f"Name the sensitivity: one of {', '.join(LEVELS)}.")
            if LEVELS.index(level) >= LEVELS.index(record.sensitivity):
                raise NotNow("That is no lower sensitivity; a higher one takes nobody else.")
        case DecisionAction.REDACT:
            if not isinstance(record, Incident | Investigation):
                raise NotNow("Only incidents and investigations are redacted; withdraw it for privacy.")
            if not standing(KINDS[type(record)], [record.public_id]):
                raise NotNow(f"No version of {record} stands in the log, so there is nothing to redact.")
        case DecisionAction.MERGE:
            return _meant_by_merge(record, details)
        case DecisionAction.UNDO_MERGE:
            merges = Merge.objects.select_related("absorbed").filter(survivor=record.pk)
            absorbed = uuid_of(str(details.get("absorbed")))
            asked = Q(absorbed__public_id=absorbed) if absorbed else Q(pk=details.get("merge", 0))
            merge = merges.filter(asked).order_by("-pk").first()
            if not isinstance(record, Incident) or merge is None:
                raise NotNow("Name the merge into this incident that is to be undone.")
            refusal = unmerging.why_not(merge, record)
            if refusal:
                raise NotNow(refusal)
            return {"merge": merge.pk, **_other(merge.absorbed)}
    return dict(details)


def _meant_by_merge(record: Any, details: Mapping[str, Any]) -> dict[str, Any]:
    key = uuid_of(str(details.get("absorbed")))
    absorbed = Incident.objects.filter(public_id=key).first() if key else None
    if not isinstance(record, Incident) or absorbed is None:
        raise NotNow("Name the incident that is to be absorbed.")
    if absorbed.pk == record.pk:
        raise NotNow("An incident cannot be merged into itself.")
    for each in (record, absorbed):
        if each.merged_into_id is not None:
            raise NotNow(f"{each} was merged already; merge the incident that it points to.")
    fields = list(details.get("take_from_absorbed", ()))
    unknown = sorted(set(fields) - merging.CHOOSABLE)
    if unknown:
        raise NotNow(
            f"'{unknown[0]}' cannot be chosen in a merge; choose among {', '.join(sorted(merging.CHOOSABLE))}."
        )
    trial = copy(record)
    for name in fields:
        setattr(trial, name, getattr(absorbed, name))
    try:
        trial.full_clean()
    except ValidationError as error:
        raise NotNow(f"The merged incident would not be valid: {'; '.join(error.messages)}") from error
    return {"take_from_absorbed": fields, **_other(absorbed)}


def _other(absorbed: Incident) -> dict[str, Any]:
    return {"absorbed": str(absorbed.public_id), "absorbed_version": absorbed.version}


def _publish(record: Any, decision: Decision, by: User) -> None:
    publishing.publish([record], reason_code=decision.reason_code, reason=decision.reason)
    if isinstance(record, Incident):
        moderating.published_with(record, by=by, reason=decision.reason)


def _withdraw(record: Any, decision: Decision, _by: User) -> None:
    publishing.withdraw(record, reason_code=decision.reason_code, reason=decision.reason)


def _redact(record: Any, decision: Decision, _by: User) -> None:
    publishing.redact(record, reason=decision.reason)


def _merge(record: Any, decision: Decision, by: User) -> None:
    absorbed = Incident.objects.get(public_id=decision.details["absorbed"])
    fields = tuple(decision.take_from_absorbed)
    merging.merge(record, absorbed, reason=decision.reason, take_from_absorbed=fields, by=by)


def _undo_merge(_record: Any, decision: Decision, by: User) -> None:
    unmerging.undo_merge(Merge.objects.get(pk=decision.details["merge"]), reason=decision.reason, by=by)


def _lower(record: Any, decision: Decision, _by: User) -> None:
    record.sensitivity = decision.sensitivity
    # The change is of who proposed it; who confirms stays a second person for what comes next.
    record._history_user = decision.proposed_by
    editing.save(record, ["sensitivity"])
    protect(record)


_ACTIONS: dict[DecisionAction, Callable[[Any, Decision, User], None]] = {
    DecisionAction.PUBLISH: _publish,
    DecisionAction.WITHDRAW: _withdraw,
    DecisionAction.REDACT: _redact,
    DecisionAction.MERGE: _merge,
    DecisionAction.UNDO_MERGE: _undo_merge,
    DecisionAction.LOWER_SENSITIVITY: _lower,
}
