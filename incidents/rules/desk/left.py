"""Records whose row is gone, undone or deleted, and whose published versions are left: privacy can still empty them."""

from typing import Any
from uuid import UUID

from incidents.choices import DecisionAction, ReasonCode
from incidents.rules.publication.publishing import KINDS, Publishable
from incidents.rules.publication.retold import standing
from incidents.rules.sentences import worded
from incidents.rules.submissions.transitions import NotNow

TYPES: dict[str, type[Any]] = {kind: model for model, kind in KINDS.items()}
GONE = worded("The record is not there any more.")
STILL_THERE = worded("The record is there still: propose it on its own page.")


def record_or_left(kind: str, key: UUID) -> Publishable | None:
    """The record with this public id; a stand-in that is never saved where only published versions are left; or None.

    A stand-in is no row: its public id is all that emptying its versions needs.
    """
    model = TYPES[kind]
    found: Publishable | None = model._default_manager.filter(public_id=key).first()
    if found is None and standing(kind, [key]):
        found = model(public_id=key)
    return found


def left(kind: str, key: UUID) -> Publishable:
    """The stand-in for a record that is gone; NotNow where the record is there, or nothing of it stands in the log."""
    found = record_or_left(kind, key)
    if found is None:
        raise NotNow(worded("Every version of it is emptied already."))
    if not found._state.adding:
        raise NotNow(STILL_THERE)
    return found


def refuse_but_emptying(action: DecisionAction, reason_code: str, record: Publishable) -> None:
    """Raises NotNow where something else is asked of what is gone than to empty its versions."""
    emptying = action == DecisionAction.REDACT or (
        action == DecisionAction.WITHDRAW and reason_code == ReasonCode.PRIVACY
    )
    if record._state.adding and not emptying:
        raise NotNow(
            worded(
                "It is not in the record any more. What was published of it can be emptied: withdraw it with the "
                "reason code '%(code)s'.",
                desk="It is not in the record any more. What was published of it can be emptied: withdraw it for this "
                "reason: %(code)s.",
                code=ReasonCode.PRIVACY,
            )
        )
