"""What the tables of webhooks refuse by themselves."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from tests.webhooks import MissedDeadlineFactory, WebhookAttemptFactory, WebhookFactory, WebhookMessageFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2025, 3, 9, 12, tzinfo=UTC)


def refused(factory: Any, **values: Any) -> bool:
    """Whether the database refuses such a row."""
    try:
        with transaction.atomic():
            factory(**values)
    except IntegrityError:
        return True
    return False


def test_it_works() -> None:
    attempt = WebhookAttemptFactory()
    assert str(attempt.message.webhook).endswith("(Active)")


@pytest.mark.parametrize(
    "values",
    [
        {"state": "asleep"},
        {"state": "paused"},
        {"state": "disabled", "state_reason": ""},
        {"secret": ""},
        {"earlier_secret": "1:x"},
        {"earlier_until": NOON},
        {"seq": -1},
    ],
    ids=str,
)
def test_a_subscription_that_cannot_be_is_refused(values: dict[str, Any]) -> None:
    assert refused(WebhookFactory, **values)


@pytest.mark.parametrize(
    "values",
    [
        {"event": "rumour"},
        {"state": "lost"},
        {"event": "publication.published", "seq": None},
        {"event": "submission.changed", "seq": 7},
        {"event": "investigation.deadline_missed", "seq": 7},
    ],
    ids=str,
)
def test_a_message_that_cannot_be_is_refused(values: dict[str, Any]) -> None:
    assert refused(WebhookMessageFactory, **values)


def test_a_missed_day_of_an_inquiry_is_noted_once() -> None:
    key = MissedDeadlineFactory().investigation
    assert refused(MissedDeadlineFactory, investigation=key)
    assert not refused(MissedDeadlineFactory, investigation=key, due_on=date(2025, 7, 9))
    assert not refused(MissedDeadlineFactory)


def test_a_message_has_its_id_for_itself_and_a_row_of_the_log_its_message() -> None:
    message = WebhookMessageFactory(event="publication.published", seq=7)
    assert refused(WebhookMessageFactory, message_id=message.message_id)
    assert refused(WebhookMessageFactory, webhook=message.webhook, event="publication.published", seq=7)
    assert not refused(WebhookMessageFactory, event="publication.published", seq=7)


@pytest.mark.parametrize(
    "values",
    [
        {"fault": "bad luck"},
        {"status": None},
        {"status": 302},
        {"status": 199},
        {"status": 500},
    ],
    ids=str,
)
def test_an_attempt_without_a_fault_has_a_2xx(values: dict[str, Any]) -> None:
    assert refused(WebhookAttemptFactory, **values)


def test_what_was_sent_is_kept_with_its_subscription() -> None:
    attempt = WebhookAttemptFactory()
    for row in (attempt.message, attempt.message.webhook, attempt.message.webhook.organisation):
        with pytest.raises(ProtectedError):
            row.delete()


@pytest.mark.parametrize("value", ["incident", {"incident": 1}, ["rumour"], [["incident"]], [None]])
def test_kinds_and_events_are_lists_of_codes(value: Any) -> None:
    webhook = WebhookFactory.build(kinds=value, events=value, organisation=None)
    with pytest.raises(ValidationError) as error:
        webhook.clean_fields(exclude=["organisation"])
    assert {"kinds", "events"} <= set(error.value.message_dict)
