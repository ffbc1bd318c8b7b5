"""What may be proposed to be done to a record as things stand, with the details and the reason code it is kept with.

Who proposes and who confirms is deciding.py's matter. What cannot be done is refused here, so that nobody waits for it.
"""

from collections.abc import Mapping
from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q

from incidents import choices
from incidents.choices import DecisionAction, ReasonCode
from incidents.documents.given import uuid_of
from incidents.models import Incident, Investigation, Merge
from incidents.rules.legible import too_long
from incidents.rules.publication import publishing
from incidents.rules.publication.disclosure import LEVELS
from incidents.rules.publication.publishing import MAX_REASON, Publishable
from incidents.rules.sameness import merging, unmerging
from incidents.rules.sentences import worded
from incidents.rules.submissions.transitions import NeedsReason, NotNow, written

# What stands in the log with each action where nobody says otherwise; only the first two may be given another code.
REASON_CODES: dict[DecisionAction, ReasonCode] = {
    DecisionAction.PUBLISH: ReasonCode.NEW_INFORMATION,
    DecisionAction.WITHDRAW: ReasonCode.CORRECTION,
    DecisionAction.REDACT: ReasonCode.PRIVACY,
    DecisionAction.MERGE: ReasonCode.NEW_INFORMATION,
    DecisionAction.UNDO_MERGE: ReasonCode.CORRECTION,
    DecisionAction.LOWER_SENSITIVITY: ReasonCode.NEW_INFORMATION,
}
CODED = frozenset({DecisionAction.PUBLISH, DecisionAction.WITHDRAW})
Details = dict[str, Any]


def check_reason(action: DecisionAction, reason: str) -> None:
    """Raises NeedsReason where the reason is none, holds signs that nobody sees, or is longer than the log takes."""
    written(reason, worded("Write the reason: the second person decides by it."))
    longest = MAX_REASON - (len(unmerging.SAID) if action == DecisionAction.UNDO_MERGE else 0)
    if len(reason) > longest:
        raise NeedsReason(too_long(reason, longest))


def code_of(action: DecisionAction, given: str | None) -> str:
    """The reason code that a decision is kept with; raises NotNow for one that only the rules give."""
    if given is None or action not in CODED:
        return REASON_CODES[action].value
    if given not in choices.GIVEN_BY_PEOPLE:
        raise NotNow(
            worded(
                "'%(given)s' is given by the rules; write one of %(codes)s.",
                given=given,
                codes=map(ReasonCode, choices.GIVEN_BY_PEOPLE),
            )
        )
    return str(given)


def meant(action: DecisionAction, record: Publishable, details: Mapping[str, Any], reason_code: str) -> Details:
    """The details as they are kept; raises NotNow where what they ask for cannot be done as things stand."""
    match action:
        case DecisionAction.PUBLISH:
            _refuse(publishing.why_not_published(record))
        case DecisionAction.WITHDRAW:
            _refuse(publishing.why_not_withdrawn(record, reason_code))
        case DecisionAction.LOWER_SENSITIVITY:
            level = details.get("sensitivity")
            if not isinstance(record, Incident) or level not in LEVELS:
                raise NotNow(
                    worded("Name the sensitivity: one of %(levels)s.", levels=map(choices.Sensitivity, LEVELS))
                )
            if LEVELS.index(level) >= LEVELS.index(record.sensitivity):
                raise NotNow(worded("That is no lower sensitivity; a higher one takes nobody else."))
            return {"sensitivity": level}
        case DecisionAction.REDACT:
            if not isinstance(record, Incident | Investigation):
                raise NotNow(worded("Only incidents and investigations are redacted; withdraw it for privacy."))
            if not publishing.still_told(publishing.with_absorbed(record)):
                raise NotNow(
                    worded("No version of %(record)s stands in the log, so there is nothing to redact.", record=record)
                )
        case DecisionAction.MERGE:
            return _of_merge(record, details)
        case DecisionAction.UNDO_MERGE:
            return _of_undoing(record, details)
    return {}


def _of_merge(record: Publishable, details: Mapping[str, Any]) -> Details:
    key = uuid_of(str(details.get("absorbed")))
    absorbed = Incident.objects.filter(public_id=key).first() if key else None
    if not isinstance(record, Incident) or absorbed is None:
        raise NotNow(worded("Name the incident that is to be absorbed."))
    if absorbed.pk == record.pk:
        raise NotNow(merging.INTO_ITSELF)
    for each in (record, absorbed):
        if each.merged_into_id is not None:
            raise NotNow(merging.merged_already(each))
    fields = list(dict.fromkeys(details.get("take_from_absorbed", ())))
    unknown = sorted(set(fields) - merging.CHOOSABLE)
    if unknown:
        raise NotNow(merging.not_choosable(unknown[0]))
    if (torn := merging.torn_place(record, absorbed, fields)) is not None:
        raise NotNow(torn)
    trial = copy(record)
    for name in fields:
        setattr(trial, name, getattr(absorbed, name))
    try:
        trial.full_clean()
    except ValidationError as error:
        raise NotNow(merging.not_valid(error)) from error
    return {"take_from_absorbed": fields, **_other(absorbed)}


def _of_undoing(record: Publishable, details: Mapping[str, Any]) -> Details:
    absorbed = uuid_of(str(details.get("absorbed")))
    asked = Q(absorbed__public_id=absorbed) if absorbed else Q(pk=details.get("merge", 0))
    merges = Merge.objects.select_related("absorbed").filter(asked, survivor=record.pk).order_by("-pk")
    merge = merges.first() if isinstance(record, Incident) else None
    if merge is None or not isinstance(record, Incident):
        raise NotNow(worded("Name the merge into this incident that is to be undone."))
    _refuse(unmerging.why_not(merge, record))
    return {"merge": merge.pk, **_other(merge.absorbed)}


def _other(absorbed: Incident) -> Details:
    return {"absorbed": str(absorbed.public_id), "absorbed_version": absorbed.version}


def _refuse(refusal: str) -> None:
    if refusal:
        raise NotNow(refusal)
