"""Which step a submission may take, from which state, by whom: one table, and the rule of the second person.

What a step does to the record is moderating.py's matter.
"""

from dataclasses import dataclass
from typing import Any

from incidents.choices import SubmissionAction as Action
from incidents.choices import SubmissionState as State
from incidents.models import Incident, Submission
from incidents.rules.accounts.access import Right, may, takes
from incidents.rules.legible import illegible, is_written, too_long
from incidents.rules.publication.publishing import MAX_REASON
from incidents.rules.sentences import worded
from incidents.rules.submissions.authorship import authors, raters, senders

LOGGED = frozenset({Action.PUBLISH, Action.UNDO})  # their reason stands in the public log
OPEN = frozenset({State.SUBMITTED, State.IN_REVIEW, State.CHANGES_REQUESTED, State.APPROVED})
GONE = worded(
    "Who approved it may approve nothing any more, so that one person would stand for it: send it back to review."
)
RATED = worded(
    "You changed how a source or a document of it counts since it was last published; a second person publishes it, or "
    "proposes to publish the incident itself, as it reads now."
)


@dataclass(frozen=True, slots=True)
class Transition:
    """A step for whoever has the right; `own`: of the organisation that sent it.

    `reviews`: nobody judges what they sent or changed themselves, nor what another took for review; `second`: nor does
    who approved it.
    """

    sources: frozenset[State]
    target: State
    right: Right = Right.REVIEW
    own: bool = False
    reason: bool = False
    reviews: bool = False
    second: bool = False


TRANSITIONS: dict[Action, Transition] = {
    Action.REVISE: Transition(
        frozenset({State.SUBMITTED, State.CHANGES_REQUESTED}), State.SUBMITTED, right=Right.SUBMIT, own=True
    ),
    Action.CLAIM: Transition(frozenset({State.SUBMITTED}), State.IN_REVIEW),
    Action.RELEASE: Transition(frozenset({State.IN_REVIEW}), State.SUBMITTED),
    Action.REQUEST_CHANGES: Transition(
        frozenset({State.IN_REVIEW}), State.CHANGES_REQUESTED, reason=True, reviews=True
    ),
    Action.APPROVE: Transition(frozenset({State.IN_REVIEW}), State.APPROVED, reason=True, reviews=True),
    Action.SEND_BACK: Transition(frozenset({State.APPROVED}), State.IN_REVIEW, right=Right.RELEASE, reason=True),
    Action.PUBLISH: Transition(frozenset({State.APPROVED}), State.PUBLISHED, right=Right.RELEASE, second=True),
    Action.REJECT: Transition(
        frozenset({State.SUBMITTED, State.IN_REVIEW, State.CHANGES_REQUESTED, State.APPROVED}),
        State.REJECTED,
        reason=True,
        reviews=True,
    ),
    Action.WITHDRAW: Transition(OPEN, State.WITHDRAWN, right=Right.SUBMIT, own=True, reason=True),
    Action.UNDO: Transition(OPEN | {State.PUBLISHED}, State.WITHDRAWN, right=Right.RELEASE, reason=True, second=True),
}


class NotAllowed(Exception):
    """Somebody may not take this step; the sentence says who may."""


class NotNow(Exception):
    """The step does not fit the state; the sentence says which do."""


class NeedsReason(Exception):
    """The step needs a reason, and none was given that could be kept."""


def check(submission: Submission, action: Action, by: Any, reason: str) -> Transition:
    """The transition, if this person may take it now; raises NotNow, NotAllowed or NeedsReason."""
    step = TRANSITIONS.get(action)
    if step is None:
        raise NotNow(worded("'%(action)s' is no step of its own; send or change the submission.", action=action))
    if State(submission.state) not in step.sources:
        raise NotNow(
            worded(
                "It is %(state)s; '%(action)s' is for those that are %(states)s.",
                desk="Where it stands now (%(state)s) this step cannot be taken: %(action)s. It is for what stands "
                "otherwise: %(states)s.",
                state=State(submission.state),
                action=action,
                states=sorted(step.sources),
            )
        )
    refusal = why_not(submission, action, by)
    if refusal:
        raise NotAllowed(refusal)
    if action == Action.PUBLISH and not may(submission.first_reviewer, Right.REVIEW):
        raise NotNow(GONE)
    if step.reason or reason.strip():
        told = "Write the reason for '%(action)s': it is kept, and the organisation reads it."
        written(reason, worded(told, action=action))
    if action in LOGGED and len(reason) > MAX_REASON:
        raise NeedsReason(too_long(reason, MAX_REASON))
    return step


def written(reason: str, otherwise: str) -> None:
    """Raises NeedsReason with the sentence where a reason says nothing, or with what is wrong with its signs."""
    if not is_written(reason):
        raise NeedsReason(otherwise)
    if fault := illegible(reason):
        raise NeedsReason(fault)


def why_not(submission: Submission, action: Action, by: Any) -> str:
    """Why this person may not take the step, in a sentence; empty where they may."""
    step = TRANSITIONS[action]
    if not may(by, step.right):
        return takes(step.right)
    if step.own:
        account = getattr(by, "account", None)
        own = account is not None and account.organisation_id == submission.organisation_id
        # Who sent it by the organisation's key may change it, though they have no account there.
        if own or by.pk in senders(submission):
            return ""
        return worded("Only %(organisation)s itself can do this.", organisation=submission.organisation)
    if step.reviews and (refusal := _not_theirs(submission, by)):
        return refusal
    return _not_second(submission, action, by) if step.second else ""


def _not_second(submission: Submission, action: Action, by: Any) -> str:
    """Why somebody is no second person for this step; empty where they are."""
    if by.pk in {*senders(submission), submission.first_reviewer_id}:
        told = "A second person does this (%(action)s): neither who sent it nor who approved it."
        return worded(told, action=action)
    record = submission.incident or submission.investigation
    if action != Action.PUBLISH or record is None:
        return ""
    if by.pk in authors(record):
        return worded("You changed what it became since that was last published; a second person publishes it.")
    return RATED if isinstance(record, Incident) and by.pk in raters(record) else ""


def _not_theirs(submission: Submission, by: Any) -> str:
    """Why somebody who may review does not decide this one; empty where they do."""
    if by.pk in senders(submission):
        return worded(
            "You sent it, or changed it, yourself; somebody else reviews it. Your organisation can withdraw it."
        )
    if submission.state == State.IN_REVIEW and submission.assignee_id not in {None, by.pk}:
        told = "It is with %(assignee)s, who took it: they decide, or somebody gives it back and takes it."
        return worded(told, assignee=submission.assignee)
    return ""
