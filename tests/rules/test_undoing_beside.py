"""What only inquiries and relations speak of leaves the public with these, in whatever order all of it is undone."""

from itertools import pairwise
from typing import Any

import pytest

from incidents.models import Incident, IncidentRelation, PublicInvestigation, Submission
from incidents.rules.publication.publishing import publish as publish_records
from incidents.rules.publication.reindexing import reindex
from incidents.rules.submissions import reverting
from incidents.rules.submissions.submitting import Sender
from tests.contributions import person, sender, tuwaym, with_reference
from tests.factories import IncidentRelationFactory
from tests.rules.published import fresh
from tests.rules.test_undoing import INQUIRY, public, publish
from tests.rules.test_unsaying import incident_of, undo

pytestmark = pytest.mark.django_db


def inquiry_into(incident: Incident, by: Sender) -> Submission:
    scope = [{"kind": "within", "incident": str(incident.public_id)}]
    content: dict[str, Any] = INQUIRY | {"investigation": INQUIRY["investigation"] | {"scope": scope}}
    submission = publish(content, by)
    assert [each["id"] for each in public()[str(incident.public_id)]["investigations"]]
    return submission


def undo_all_of(by: Sender) -> reverting.Reverted:
    own = Submission.objects.filter(organisation=by.organisation)
    return reverting.undo_all(own, by=person("lead"), reason="The account was not theirs")


def test_an_incident_and_the_inquiry_into_it_are_undone_together() -> None:
    by = sender()
    incident = incident_of(publish(tuwaym(), by))
    inquiry = inquiry_into(incident, by)
    done = undo_all_of(by)
    assert (done.undone, set(done.withdrawn), done.restated) == (2, {incident, inquiry.investigation}, [])
    assert public() == {}
    assert not PublicInvestigation.objects.exists()
    assert reindex(check=True) == {}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("whose", ["own", "another's"])
def test_an_incident_and_the_inquiry_into_it_are_undone_in_either_order(whose: str, order: tuple[int, int]) -> None:
    by = sender()
    first = publish(tuwaym(), by)
    incident = incident_of(first)
    both = first, inquiry_into(incident, by if whose == "own" else sender("Another"))
    undo(both[order[0]])
    assert list(public()) == [str(incident.public_id)]
    done = undo(both[order[1]])
    assert incident in done.withdrawn
    assert public() == {}
    assert done.restated == []
    assert reindex(check=True) == {}


def test_what_another_inquiry_covers_stays_until_that_is_undone_too() -> None:
    by, others = sender(), sender("Another")
    first = publish(tuwaym(), by)
    incident = incident_of(first)
    inquiry_into(incident, by)
    inquiry_into(incident, others)
    assert undo_all_of(by).restated == [incident]
    assert list(public()) == [str(incident.public_id)]
    undo_all_of(others)
    assert public() == {}


def test_an_incident_that_nobody_undid_stays_when_the_inquiry_into_it_goes() -> None:
    incident = incident_of(publish(tuwaym(), sender()))
    before = public()
    undo(inquiry_into(incident, sender("Another")))
    assert public() == before


def related(*ends: Incident) -> None:
    for one, other in pairwise(ends):
        IncidentRelationFactory(from_incident=one, to_incident=other, type="precedes")
    publish_records([fresh(each) for each in ends])


def test_incidents_that_only_each_other_speak_of_go_together() -> None:
    by = sender()
    three = [incident_of(publish(with_reference(key), by)) for key in "abc"]
    related(*three)
    done = undo_all_of(by)
    assert set(done.withdrawn) == set(three)
    assert public() == {}
    assert IncidentRelation.objects.count() == 2


def test_one_that_stayed_for_its_relation_goes_with_the_other_end() -> None:
    three = [publish(with_reference(key), sender(key)) for key in "abc"]
    first, second, third = map(incident_of, three)
    related(first, second, third)
    undo(three[0])
    undo(three[1])
    assert set(public()) == {str(each.public_id) for each in (first, second, third)}
    assert set(undo(three[2]).withdrawn) == {first, second, third}
    assert public() == {}
    assert reindex(check=True) == {}
