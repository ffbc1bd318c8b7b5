"""Claims that say the same are found whatever their order; the record is read once for all that are sent."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.choices import SubmissionAction as Action
from incidents.models import Claim
from incidents.rules.submissions import moderating
from incidents.rules.submissions.same_claims import SameClaims
from tests import factories
from tests.contributions import approved, person, sender, tuwaym

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def said(claim: Claim, **changed: Any) -> dict[str, Any]:
    names = ("incident", "asserted_by", "document", "measure", "status", "qualifier", "value", "as_of", "based_on")
    return {name: getattr(claim, name) for name in names} | changed


def test_one_that_says_the_same_is_found_by_what_was_sent_alone() -> None:
    claim = factories.ClaimFactory(quote="Said once", based_on=["The hospital"])
    factories.ClaimCellFactory(claim=claim, value=9)
    cells = {"cells": [{"age_group": "child", "value": 9}]}
    same = SameClaims(Claim.objects.all())
    assert same.find(said(claim, as_of=str(claim.as_of), value=str(claim.value)), cells) == claim
    assert same.find(said(claim, quote="Said once"), cells) == claim
    for values, entry in (
        (said(claim, value=1), cells),
        (said(claim, quote="Said otherwise"), cells),
        (said(claim, based_on=["The morgue"]), cells),
        (said(claim), {"cells": [{"age_group": "child", "value": 8}]}),
        (said(claim), {}),
    ):
        assert same.find(values, entry) is None
    assert same.find(said(claim), cells, none_of={str(claim.public_id)}) is None


def test_one_that_was_made_meanwhile_is_found() -> None:
    claim = factories.ClaimFactory()
    same = SameClaims(Claim.objects.none())
    assert same.find(said(claim), {}) is None
    same.add(claim, {"cells": [{"value": 3}]})
    assert same.find(said(claim), {"cells": [{"cut": 1, "value": 3}]}) == claim
    assert same.find(said(claim), {}) is None


@pytest.mark.parametrize("number", [1, 7])
def test_what_stands_in_the_record_is_read_at_once_however_much_that_is(number: int) -> None:
    """Each claim asked for its incident, its source and its document again."""
    incident = factories.IncidentFactory()
    factories.ClaimFactory.create_batch(number, incident=incident)
    sought = factories.ClaimFactory(incident=incident, quote="The one")
    values = said(sought, quote="The one")
    same = SameClaims(Claim.objects.order_by("pk"))
    with CaptureQueriesContext(connection) as asked:
        assert same.find(values, {}) == sought
    assert len(asked) == 2


@pytest.mark.parametrize("more", [0, 20])
def test_claims_that_differ_in_a_list_alone_read_the_record_once(more: int) -> None:
    """Each of them read all that were there: two hundred took eight seconds."""
    content = tuwaym(attributions=None)
    content["claims"] = [content["claims"][0] | {"key": f"k{n}", "based_on": [f"Person {n}"]} for n in range(5 + more)]
    submission = approved(content, sender())
    with CaptureQueriesContext(
        connection,
    ) as asked:
        moderating.act(submission, Action.PUBLISH, by=person("lead"))
    assert Claim.objects.count() == 5 + more
    read = [each["sql"] for each in asked if each["sql"].startswith("SELECT") and 'claim"."based_on"' in each["sql"]]
    assert len(read) < 20
