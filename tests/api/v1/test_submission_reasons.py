"""A reason that stands in the public log has the length that the log takes; of other steps it may be longer."""

from typing import Any

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.rules.submissions import moderating, submitting
from tests.contract.validation import CheckedClient
from tests.contributions import approved, person, sender, tuwaym
from tests.keys import key_of, organisation, send

pytestmark = pytest.mark.django_db
URL = "/api/v1/submissions/"


@pytest.mark.parametrize("action", [Action.PUBLISH, Action.UNDO])
def test_it_is_refused_by_its_pointer_where_it_is_longer(api: CheckedClient, action: Action) -> None:
    waiting = approved(tuwaym())
    lead = key_of("lead", organisation=organisation("Desk"), scopes=["moderation", "submissions:read"])

    def take(length: int) -> Any:
        step = {"action": action.value, "reason": "x" * length}
        return send(api, lead, "POST", f"{URL}{waiting.public_id}/actions/", step, if_match="*")

    (fault,) = take(2_001).json()["errors"]
    assert (fault["pointer"], fault["detail"]) == ("/reason", "The reason has 2001 characters; 2000 are the most.")
    assert (take(2_001).status_code, take(2_000).status_code) == (400, 200)


def test_the_organisation_may_be_told_more() -> None:
    waiting = submitting.submit(sender(), tuwaym())
    moderator = person("moderator")
    moderating.act(waiting, Action.CLAIM, by=moderator)
    assert moderating.act(waiting, Action.APPROVE, by=moderator, reason="x" * 2_001).state == "approved"
