"""A step for many submissions at once: each by itself, compared and told in the audit chain together."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from incidents.choices import AuditAction
from incidents.choices import SubmissionAction as Action
from incidents.models import AuditEntry, Claim, DuplicateCandidate, Incident, Submission
from incidents.rules.submissions import moderating, submitting
from incidents.rules.submissions.moderating import Result
from incidents.rules.trail.verification import verify_audit
from tests.contributions import person, sender, tuwaym, with_reference

pytestmark = pytest.mark.django_db


def in_review(number: int, start: int = 0) -> tuple[list[UUID], User]:
    """So many that tell the same event, and who reviews them."""
    by, moderator = sender(), person("moderator")
    sent = submitting.submit_many(by, [with_reference(str(start + index)) for index in range(number)], atomic=True)
    keys = [each.public_id for each in sent if isinstance(each, Submission)]
    assert [each.refusal for each in act(keys, Action.CLAIM, moderator)] == [None] * number
    return keys, moderator


def act(keys: Sequence[UUID], action: Action, by: User) -> list[Result]:
    with transaction.atomic():
        return moderating.act_on_many(keys, action, by=by, reason="Two sources")


def test_each_is_entered_compared_with_the_others_and_told() -> None:
    keys, moderator = in_review(3)
    done = act(keys, Action.APPROVE, moderator)
    assert [(each.id, each.refusal) for each in done] == [(key, None) for key in keys]
    assert set(Submission.objects.values_list("state", "first_reviewer")) == {("approved", moderator.pk)}
    assert (Incident.objects.count(), DuplicateCandidate.objects.count()) == (3, 3)
    told = AuditEntry.objects.filter(action=AuditAction.APPROVE, actor=moderator).order_by("seq")
    assert list(told.values_list("object_id", flat=True)) == [str(key) for key in keys]
    made = AuditEntry.objects.filter(action=AuditAction.CREATE, kind="incident")
    assert set(made.values_list("object_id", flat=True)) == set(
        map(str, Incident.objects.values_list("public_id", flat=True))
    )
    assert verify_audit().sound


def test_one_that_is_refused_leaves_the_others_and_is_told_nowhere() -> None:
    (first, second), moderator = in_review(2)
    moderating.act(Submission.objects.get(public_id=first), Action.RELEASE, by=moderator)
    start = AuditEntry.objects.count()
    refused, unknown, done = act([first, uuid4(), second], Action.APPROVE, moderator)
    assert [bool(each.refusal) for each in (refused, unknown, done)] == [True, True, False]
    assert Incident.objects.count() == 1
    assert not AuditEntry.objects.filter(seq__gt=start, object_id=str(first)).exists()


def test_what_is_compared_is_read_once_for_all_and_the_chain_is_locked_last() -> None:
    def statements(number: int, start: int) -> list[str]:
        keys, moderator = in_review(number, start)
        with CaptureQueriesContext(connection) as captured:
            act(keys, Action.APPROVE, moderator)
        return [each["sql"] for each in captured.captured_queries]

    statements(2, 0)
    many = statements(12, 100)
    # What was entered, and what was there before.
    assert sum('FROM "incidents_incidentreference"' in sql for sql in many) == 2
    touched = {
        table: [place for place, sql in enumerate(many) if f'"{table}"' in sql]
        for table in ("incidents_audithead", "incidents_duplicatecandidate", "incidents_submissionstep")
    }
    assert touched["incidents_audithead"][0] > touched["incidents_duplicatecandidate"][-1]
    assert touched["incidents_audithead"][0] > touched["incidents_submissionstep"][-1]


def test_a_claim_that_is_sent_twice_in_a_new_incident_is_entered_once() -> None:
    (claim,) = tuwaym()["claims"]
    again = {name: value for name, value in claim.items() if name != "key"}
    submission = submitting.submit(sender(), tuwaym(claims=[claim, again, {**again, "value": 32}]))
    moderator = person("moderator")
    for action in (Action.CLAIM, Action.APPROVE):
        moderating.act(submission, action, by=moderator, reason="ok")
    assert list(Claim.objects.order_by("value").values_list("value", flat=True)) == [31, 32]
    outcomes = submission.parts.filter(kind="claim").order_by("pointer").values_list("outcome", flat=True)
    assert list(outcomes) == ["entered", "unchanged", "entered"]
