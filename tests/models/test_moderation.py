"""What the tables of access, submissions and decisions refuse by themselves."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.factories import UserFactory
from tests.moderation_factories import (
    AccountFactory,
    ApiKeyFactory,
    DecisionFactory,
    IdempotentRequestFactory,
    OrganisationFactory,
    RecognitionFactory,
    SubmissionFactory,
    SubmissionPartFactory,
    SubmissionStepFactory,
)

pytestmark = pytest.mark.django_db
REFERENCE = {"external_scheme": "partner", "external_key": "1"}


def refused(factory: Any, **values: Any) -> bool:
    """Whether the database refuses such a row."""
    try:
        with transaction.atomic():
            factory(**values)
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize(
    ("factory", "values"),
    [
        (SubmissionFactory, {"type": "rumour"}),
        (SubmissionFactory, {"state": "lost"}),
        (SubmissionFactory, {"external_scheme": "partner"}),
        (SubmissionFactory, {"external_key": "1"}),
        (SubmissionPartFactory, {"outcome": "lost"}),
        (SubmissionStepFactory, {"action": "whim"}),
        (DecisionFactory, {"action": "whim"}),
        (DecisionFactory, {"state": "lost"}),
        (AccountFactory, {"role": "king"}),
        (AccountFactory, {"organisation": None}),
        (ApiKeyFactory, {"digest": "secret"}),
    ],
    ids=str,
)
def test_a_row_that_cannot_be_is_refused(factory: Any, values: dict[str, Any]) -> None:
    factory()
    assert refused(factory, **values)


def test_one_submission_of_a_reference_is_open_at_a_time() -> None:
    organisation = OrganisationFactory()
    first = SubmissionFactory(organisation=organisation, **REFERENCE)
    assert refused(SubmissionFactory, organisation=organisation, **REFERENCE)
    assert not refused(SubmissionFactory, **REFERENCE)
    first.state = "published"
    first.save()
    assert not refused(SubmissionFactory, organisation=organisation, **REFERENCE)


def test_who_proposed_a_decision_does_not_decide_it() -> None:
    user = UserFactory()
    assert refused(DecisionFactory, proposed_by=user, decided_by=user, state="confirmed")
    assert not refused(DecisionFactory, proposed_by=user, decided_by=UserFactory(), state="confirmed")


def test_the_same_is_there_once() -> None:
    part, name, kept = SubmissionPartFactory(), RecognitionFactory(), IdempotentRequestFactory()
    assert refused(SubmissionPartFactory, submission=part.submission, pointer=part.pointer)
    assert refused(RecognitionFactory, organisation=name.organisation, kind=name.kind, folded=name.folded)
    assert refused(IdempotentRequestFactory, organisation=kept.organisation, key=kept.key)
    decision = DecisionFactory()
    assert refused(DecisionFactory, action=decision.action, object_id=decision.object_id)
