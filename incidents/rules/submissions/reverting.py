"""Undoing what came in together: a batch, or all that an organisation sent in a period, with a result for each.

What undoing does to the record and to the public is in undoing.py, who may undo which submission in transitions.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from incidents.choices import SubmissionAction, SubmissionState
from incidents.models import Incident, Investigation, Organisation, Submission, SubmissionStep, bulk
from incidents.models.gathering import Gathering, instances
from incidents.rules.accounts.access import Right, may, takes
from incidents.rules.sentences import worded
from incidents.rules.submissions import undoing
from incidents.rules.submissions.authorship import SENDING
from incidents.rules.submissions.moderating import REFUSALS, Result
from incidents.rules.submissions.stepping import step_all
from incidents.rules.submissions.transitions import NotAllowed, NotNow, check, written
from incidents.rules.submissions.unnamed import Gone, withdraw_left_behind, withdrawals
from incidents.rules.trail import auditing, log
from incidents.rules.trail.changes import Changes

MOST_UNDONE = 10_000
LATER = "changed_later"


@dataclass(frozen=True, slots=True)
class Reverted:
    """What became of each submission, oldest first, and of the public records that they spoke of.

    `withdrawn` left the public with them, and `unnamed`, sources and documents that nothing there names any more;
    `restated` stays there without what they said. `changed_later` are the ids of those that were sent in the period
    asked for, and that the organisation changed after it.
    """

    results: list[Result]
    withdrawn: list[Incident | Investigation]
    restated: list[Incident | Investigation]
    unnamed: list[Gone]
    changed_later: list[UUID]

    @property
    def undone(self) -> int:
        """How many of the submissions were undone."""
        return sum(each.refusal is None for each in self.results)


def of_period(organisation: Organisation, start: datetime, end: datetime) -> QuerySet[Submission]:
    """All that an organisation sent or changed from `start` to before `end`: who held its account then wrote it.

    Each says in `changed_later` whether the organisation changed it after that too.
    """
    sent = SubmissionStep.objects.filter(submission=OuterRef("pk"), action__in=SENDING)
    within = Exists(sent.filter(at__gte=start, at__lt=end))
    return Submission.objects.filter(within, organisation=organisation).annotate(
        **{LATER: Exists(sent.filter(at__gte=end))}
    )


def of_batch(batch: UUID) -> QuerySet[Submission]:
    """All that was sent in one bulk, whatever became of it since."""
    return Submission.objects.filter(batch=batch)


@bulk.uncollected()
def undo_all(submissions: QuerySet[Submission], *, by: User, reason: str, dry_run: bool = False) -> Reverted:
    """Undo these submissions in one transaction: each that may be undone, and of each other the reason why not.

    Where none may be, what an earlier undoing left public is withdrawn all the same.
    With `dry_run` all of it is done and taken back, so that the answer is what undoing would give. Raises NotAllowed
    for anybody but a lead, NeedsReason, and NotNow for more than 10,000.
    """
    if not may(by, Right.RELEASE):
        raise NotAllowed(takes(Right.RELEASE))
    written(reason, worded("Write the reason: it is kept, and the organisation reads it."))
    with transaction.atomic():
        log.lock_head()
        asked = dict(submissions.order_by("pk").values_list("pk", "public_id")[: MOST_UNDONE + 1])
        if len(asked) > MOST_UNDONE:
            raise NotNow(worded("These are more than %(most)s; choose a shorter period.", most=f"{MOST_UNDONE:,}"))
        refused: dict[int, Exception] = {}
        able = []
        for each in _held(list(asked)):
            try:
                check(each, SubmissionAction.UNDO, by, reason)
            except REFUSALS as refusal:
                refused[each.pk] = refusal
            else:
                able.append(each)
        later = submissions.filter(**{LATER: True}) if LATER in submissions.query.annotations else ()
        reverted = Reverted([], [], [], [], [each.public_id for each in later])
        together = {each.pk for each in able}
        undone = {each.pk: each for each in _undo(able, together, by, reason, refused, reverted)}
        reverted.results.extend(Result(key, undone.get(pk), refused.get(pk)) for pk, key in asked.items())
        if not undone:
            reverted.unnamed.extend(withdraw_left_behind())
            auditing.record_all(withdrawals(reverted.unnamed), actor=by)
        if dry_run:
            transaction.set_rollback(True)
        return reverted


def _undo(
    able: list[Submission],
    together: set[int],
    by: User,
    reason: str,
    refused: dict[int, Exception],
    reverted: Reverted,
) -> list[Submission]:
    """Undo these of all that are undone together; where one stands in the way each half by itself, the later first."""
    if not able:
        return []
    try:
        with transaction.atomic():
            changes = Changes()
            effect = undoing.undo(able, reason, changes, by=by, together=together)
            done = changes.deeds(reason)
            step_all(able, SubmissionAction.UNDO, SubmissionState.WITHDRAWN, by, reason, done=done)
    except REFUSALS as refusal:
        keys = [each.pk for each in able]
        if len(keys) == 1:
            refused[keys[0]] = refusal
            return []
        middle = len(keys) // 2
        # Read anew: what was rolled back stands changed in the rows that were tried.
        later = _undo(_held(keys[middle:]), together, by, reason, refused, reverted)
        return [*_undo(_held(keys[:middle]), together, by, reason, refused, reverted), *later]
    reverted.withdrawn.extend(effect.withdrawn)
    reverted.unnamed.extend(effect.unnamed)
    gone = {each.public_id for each in effect.withdrawn}
    known = {each.public_id for each in reverted.restated}
    reverted.restated[:] = [each for each in reverted.restated if each.public_id not in gone]
    reverted.restated.extend(each for each in effect.restated if each.public_id not in known)
    return able


def _held(keys: Sequence[int]) -> list[Submission]:
    """These submissions in the order in which they were sent, their rows locked until the transaction ends."""
    rows = Submission.objects.filter(pk__among=set(keys)).order_by("pk").select_for_update(no_key=True)
    held = instances(rows)
    gathering = Gathering()
    gathering.named(held, "organisation", "incident", "investigation")
    gathering.parts(held, "steps", SubmissionStep, "submission", ("pk",))
    return held
