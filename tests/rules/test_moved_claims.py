"""A claim that was moved by hand and is public as another incident's still: its new one is refused in words."""

from typing import Any

import pytest
from django.db import transaction

from incidents.choices import DecisionAction
from incidents.choices import SubmissionAction as Action
from incidents.models import Claim, Incident, PublicClaim
from incidents.rules.desk import deciding
from incidents.rules.publication.publishing import publish, redact, withdraw
from incidents.rules.publication.refusing import PublishingError
from incidents.rules.sameness.merging import merge
from incidents.rules.submissions import moderating
from incidents.rules.submissions.transitions import NotNow
from incidents.rules.trail import editing
from tests.contributions import approved, person, sender
from tests.factories import ClaimFactory, IncidentFactory
from tests.rules.published import document_of, fresh
from tests.rules.test_undoing import claims_on

pytestmark = pytest.mark.django_db
SAID = "is public as a claim of that one still; publish"


def public_and_moved(*, into_public: bool = True) -> tuple[Incident, Incident]:
    """The incident whose claim it is in public, and the one that has it now."""
    claim = ClaimFactory(value=31)
    left, other = claim.incident, ClaimFactory(value=5).incident if into_public else IncidentFactory()
    publish([left, other] if into_public else [left])
    stored = Claim.objects.get(pk=claim.pk)
    stored.incident = other
    editing.save(stored)
    return fresh(left), fresh(other)


@pytest.mark.parametrize("into_public", [True, False])
@pytest.mark.parametrize("importer", ["", "an import"])
def test_its_new_incident_waits_for_the_other_one(into_public: bool, importer: str) -> None:
    left, other = public_and_moved(into_public=into_public)
    with pytest.raises(PublishingError, match=SAID) as refused:
        publish([IncidentFactory(), other], importer=importer)
    assert str(left) in str(refused.value)
    assert PublicClaim.objects.filter(incident__public_id=left.public_id).count() == 1
    publish([left])
    assert document_of(left)["claims"] == []
    publish([other])
    assert 31 in {claim["value"] for claim in document_of(other)["claims"]}


def test_both_are_published_at_once() -> None:
    left, other = public_and_moved()
    publish([left, other])
    assert (len(document_of(left)["claims"]), len(document_of(other)["claims"])) == (0, 2)


def test_once_the_other_is_withdrawn_nothing_stands_in_the_way() -> None:
    left, other = public_and_moved()
    withdraw(left, reason_code="correction", reason="Counted twice.")
    publish([other])
    assert len(document_of(other)["claims"]) == 2


def test_it_is_said_where_it_is_proposed_and_where_it_is_confirmed() -> None:
    _, other = public_and_moved()
    moderator = person("moderator")
    with pytest.raises(NotNow, match=SAID):
        deciding.propose(DecisionAction.PUBLISH, other, by=moderator, reason="ok")
    decision = deciding.propose(DecisionAction.REDACT, other, by=moderator, reason="It told where a witness lives")
    with pytest.raises(PublishingError, match=SAID):
        deciding.confirm(decision, by=person("lead"))


def test_every_other_way_to_publish_it_says_so_too() -> None:
    _, other = public_and_moved()
    waiting = approved(claims_on(other), sender("Another"))
    lead = person("lead")
    ways: list[Any] = [
        lambda: moderating.act(waiting, Action.PUBLISH, by=lead),
        lambda: redact(other, reason="It told where a witness lives"),
        lambda: merge(ClaimFactory().incident, fresh(other), reason="One attack"),
    ]
    for way in ways:
        with pytest.raises(PublishingError, match=SAID), transaction.atomic():
            way()
    (result,) = moderating.act_on_many([waiting.public_id], Action.PUBLISH, by=lead)
    assert SAID in str(result.refusal)
