"""Steps of a submission: its next state and version, kept among the steps, told to webhooks, said for the audit chain.

Which step is allowed is the table in transitions.py; who takes it is submitting.py's and moderating.py's matter.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone

from incidents import choices
from incidents.choices import SubmissionAction as Action
from incidents.choices import SubmissionState as State
from incidents.models import Submission, SubmissionStep, bulk
from incidents.rules.delivery.webhooks import notify_organisation
from incidents.rules.refusals import Changed
from incidents.rules.trail import auditing
from incidents.rules.trail.auditing import Deed

SUBMISSION_CHANGED = choices.WebhookEvent.SUBMISSION_CHANGED.value


DEEDS: dict[Action, choices.AuditAction] = {
    Action.SUBMIT: choices.AuditAction.SUBMIT,
    Action.REVISE: choices.AuditAction.CHANGE,
    Action.CLAIM: choices.AuditAction.CLAIM_REVIEW,
    Action.RELEASE: choices.AuditAction.RELEASE_REVIEW,
    Action.REQUEST_CHANGES: choices.AuditAction.REQUEST_CHANGES,
    Action.APPROVE: choices.AuditAction.APPROVE,
    Action.SEND_BACK: choices.AuditAction.SEND_BACK,
    Action.PUBLISH: choices.AuditAction.PUBLISH,
    Action.REJECT: choices.AuditAction.REJECT,
    Action.WITHDRAW: choices.AuditAction.WITHDRAW,
    Action.UNDO: choices.AuditAction.REVERT,
}


def held(submission: Submission, version: int | None) -> Submission:
    """The submission as stored, its row locked until the transaction ends; raises Changed unless at `version`."""
    rows = Submission.objects.select_for_update(no_key=True, of=("self",))
    stored = rows.select_related("organisation", "first_reviewer__account").get(pk=submission.pk)
    if version is not None and stored.version != version:
        raise Changed(stored.version)
    return stored


def step(
    submission: Submission, action: Action, target: State, by: User, reason: str = "", *, replaced: Any = None
) -> Deed:
    """Bring the submission to its next state and version, and keep the step; what the audit chain is to say of it.

    `replaced` is the content that was sent before. The caller records the deed once all that belongs to it is done.
    """
    row = SubmissionStep(
        submission=submission,
        action=action.value,
        from_state=submission.state if action != Action.SUBMIT else "",
        to_state=target.value,
        by=by,
        reason=reason,
    )
    deed = _deed(submission, action, target, reason, replaced)
    submission.state = target.value
    if action != Action.SUBMIT:
        submission.version += 1
    submission.save()
    row.save()
    if action != Action.SUBMIT:
        _tell([submission])
    return deed


def count_version(submission: Submission) -> None:
    """The next version of a held submission that changed without a step, as by a decision on a name; tells webhooks."""
    submission.version += 1
    submission.save(update_fields=["version", "updated_at"])
    _tell([submission])


def _deed(submission: Submission, action: Action, target: State, reason: str, replaced: Any = None) -> Deed:
    before: dict[str, Any] = {"state": submission.state} if action != Action.SUBMIT else {}
    after: dict[str, Any] = {"state": target.value}
    if replaced is not None:
        before["content"], after["content"] = replaced, submission.content
    return Deed(DEEDS[action].value, submission, before, after, reason)


def step_all(
    submissions: Sequence[Submission], action: Action, target: State, by: User, reason: str, *, done: Sequence[Deed]
) -> None:
    """The same step for many at once; what else of them changed is the caller's to save.

    `done` is what it did to the record: the audit chain has it before the steps.
    """
    taken = {"action": action.value, "to_state": target.value, "by_id": by.pk, "reason": reason}
    rows = [{"submission_id": each.pk, "from_state": each.state, **taken} for each in submissions]
    deeds = [_deed(each, action, target, reason) for each in submissions]
    bulk.insert(SubmissionStep, bulk.completed(SubmissionStep, rows))
    changed = {"state": target.value, "version": F("version") + 1, "updated_at": timezone.now()}
    Submission.objects.filter(pk__among={each.pk for each in submissions}).update(**changed)
    for each in submissions:
        each.state, each.version = target.value, each.version + 1
    _tell(submissions)
    auditing.record_all([*done, *deeds], actor=by)


def _tell(submissions: Sequence[Submission]) -> None:
    """Tell each organisation's webhooks what became of its submissions, in the same transaction."""
    by_organisation: dict[int, list[Submission]] = {}
    for each in submissions:
        by_organisation.setdefault(each.organisation_id, []).append(each)
    for some in by_organisation.values():
        payloads = [
            {
                "id": each.public_id,
                "version": each.version,
                "state": each.state,
                "url": f"{settings.SITE_URL}/api/v1/submissions/{each.public_id}/",
            }
            for each in some
        ]
        notify_organisation(some[0].organisation, SUBMISSION_CHANGED, payloads)
