"""Submissions and decisions on them: kinds, states, steps, and what became of each part.

Which step is allowed from which state, and to whom, is the table in rules/submissions/transitions.py.
"""

from django.db.models import TextChoices


class SubmissionType(TextChoices):
    INCIDENT = "incident", "A new incident, or a new version of one sent before"
    CLAIMS = "claims", "Claims and attributions on a published incident"
    CORRECTION = "correction", "A correction of a published incident"
    WITHDRAWAL = "withdrawal", "A request to withdraw a published incident or investigation"
    INVESTIGATION = "investigation", "A new investigation, or events and deadlines of a published one"


class SubmissionState(TextChoices):
    SUBMITTED = "submitted", "Submitted"
    IN_REVIEW = "in_review", "In review"
    CHANGES_REQUESTED = "changes_requested", "Changes requested"
    APPROVED = "approved", "Approved, awaiting a second person"
    PUBLISHED = "published", "Published"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"


class SubmissionAction(TextChoices):
    """A step; what somebody may ask for by name, besides sending and changing."""

    SUBMIT = "submit", "Submit"
    REVISE = "revise", "Send a changed version"
    CLAIM = "claim", "Take for review"
    RELEASE = "release", "Give back to the queue"
    REQUEST_CHANGES = "request_changes", "Ask for changes"
    APPROVE = "approve", "Approve"
    SEND_BACK = "send_back", "Send back to review"
    PUBLISH = "publish", "Publish"
    REJECT = "reject", "Reject"
    WITHDRAW = "withdraw", "Withdraw"
    UNDO = "undo", "Undo"


class PartOutcome(TextChoices):
    WAITING = "waiting", "Waits for a decision"
    MATCHED = "matched", "Stands for a known record, as somebody decided"
    KEPT_AS_WRITTEN = "kept_as_written", "Matches nothing; kept as written"
    ENTERED = "entered", "Entered into the record"
    CHANGED = "changed", "Changed in the record"
    UNCHANGED = "unchanged", "Stood in the record already"
    REMOVED = "removed", "Taken out of the record again"


class SubjectStanding(TextChoices):
    """How what a submission is about, or became, stands in public."""

    PUBLIC = "public", "Public"
    NOT_PUBLIC = "not_public", "Never published so far"
    MERGED = "merged", "Merged into another incident"
    WITHDRAWN = "withdrawn", "Withdrawn"


class DecisionAction(TextChoices):
    """What takes two people when it is done to a record itself."""

    PUBLISH = "publish", "Publish"
    WITHDRAW = "withdraw", "Withdraw"
    MERGE = "merge", "Merge"
    UNDO_MERGE = "undo_merge", "Undo a merge"
    REDACT = "redact", "Redact"
    LOWER_SENSITIVITY = "lower_sensitivity", "Lower the sensitivity"


class DecisionStep(TextChoices):
    """What becomes of a proposal."""

    CONFIRM = "confirm", "Confirm"
    DECLINE = "decline", "Decline"


class DecisionState(TextChoices):
    PROPOSED = "proposed", "Proposed, awaiting a second person"
    CONFIRMED = "confirmed", "Confirmed and done"
    DECLINED = "declined", "Declined"
