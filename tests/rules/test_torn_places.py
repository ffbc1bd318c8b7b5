"""A place that says two things is refused when it is sent: it would count in both, or be found where it is not."""

from typing import Any

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.rules.refusals import Refused
from incidents.rules.submissions import moderating, submitting
from tests.contributions import approved, person, publish_version, sender, tuwaym
from tests.factories import AdminAreaFactory, country_of

pytestmark = pytest.mark.django_db


def placed(**place: Any) -> dict[str, Any]:
    content = tuwaym()
    content["incident"]["place"] = {"country": "SYR", "precision": "adm1"} | place
    return content


@pytest.fixture(autouse=True)
def gazetteer() -> None:
    sender()
    for country, code in (("SYR", "SY06"), ("CAF", "CF11")):
        country_of(country)
        AdminAreaFactory(pcode=code, country=country)


@pytest.mark.parametrize(
    ("place", "pointer", "said"),
    [
        ({"areas": ["CF11"]}, "/incident/place/areas/0", "CF11 lies in CAF, the incident in SYR"),
        ({"precision": "exact"}, "/incident/place/precision", "a village or town is 'settlement_unmatched'"),
        ({"precision": "near", "areas": ["SY06"]}, "/incident/place/precision", "'near' needs a point"),
    ],
)
def test_what_contradicts_itself_is_refused(place: dict[str, Any], pointer: str, said: str) -> None:
    for way in (submitting.submit, submitting.trial):
        with pytest.raises(Refused, match=said) as refused:
            way(sender(), placed(**place))
        assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [(pointer, "contradiction")]


@pytest.mark.parametrize(
    "place",
    [{"areas": ["SY06", "CF11"]}, {"areas": []}, {"precision": "exact", "point": {"lat": 35.5, "lon": 35.8}}],
)
def test_what_crosses_a_border_or_has_its_point_is_taken(place: dict[str, Any]) -> None:
    assert submitting.submit(sender(), placed(**place)).state == "submitted"


def test_who_sent_by_the_organisations_key_without_an_account_there_may_change_it() -> None:
    """An administrator who makes the first key of an organisation sends with it, and changes what he sent."""
    by = submitting.Sender(sender().organisation, person("administrator"))
    submission = submitting.submit(by, tuwaym())
    assert submitting.revise(submission, by, tuwaym(note="Read again."), version=None).note == "Read again."


def itemised(*areas: str) -> list[dict[str, Any]]:
    claim = tuwaym()["claims"][0]
    return [claim | {"cells": [{"area": code, "value": 3} for code in areas]}]


def test_people_of_an_incident_are_not_counted_in_a_country_that_it_does_not_lie_in() -> None:
    content = placed(areas=["SY06"]) | {"claims": itemised("SY06", "CF11")}
    with pytest.raises(Refused, match="CF11 lies in CAF, the incident in SYR") as refused:
        submitting.trial(sender(), content)
    assert [fault.pointer for fault in refused.value.faults] == ["/claims/0/cells/1/area"]
    content["incident"]["place"]["areas"].append("CF11")
    assert submitting.trial(sender(), content).estimates


def test_nor_by_claims_that_are_sent_of_it_later() -> None:
    first = publish_version(placed(areas=["SY06"]), sender())
    assert first.incident is not None
    about = {"type": "claims", "about": str(first.incident.public_id), "external_reference": None}
    content = tuwaym(incident=None, attributions=None, actors=None, **about)
    with pytest.raises(Refused, match="CF11 lies in CAF, the incident in SYR"):
        submitting.trial(sender(), content | {"claims": itemised("CF11")})
    assert submitting.trial(sender(), content | {"claims": itemised("SY06")}).estimates


def test_nor_by_a_correction_that_moves_it_away_from_them() -> None:
    first = publish_version(placed(areas=["SY06"]) | {"claims": itemised("SY06")}, sender())
    assert first.incident is not None
    (claim,) = first.incident.claims.all()
    told: dict[str, Any] = {"reason": "Across", "changes": {"place": {"country": "CAF", "precision": "adm1"}}}
    content = {"type": "correction", "about": str(first.incident.public_id), "correction": told}
    with pytest.raises(Refused, match=f"{claim.public_id} counts people in SY06") as refused:
        submitting.trial(sender(), content)
    assert [fault.pointer for fault in refused.value.faults] == ["/correction/changes/place/country"]
    told["changes"]["place"]["areas"] = ["CF11", "SY06"]
    assert submitting.trial(sender(), content).estimates
    told["changes"]["place"]["areas"] = ["CF11"]
    told["retractions"] = [{"claim": str(claim.public_id), "reason": "Counted elsewhere"}]
    assert submitting.trial(sender(), content).differences


def test_nor_by_a_new_version_that_leaves_what_others_say_behind() -> None:
    first = publish_version(placed(areas=["SY06"]), sender())
    assert first.incident is not None
    about = {"type": "claims", "about": str(first.incident.public_id), "external_reference": None}
    theirs = tuwaym(incident=None, attributions=None, actors=None, **about) | {"claims": itemised("SY06")}
    sent = approved(theirs, sender("Another"))
    moderating.act(sent, Action.PUBLISH, by=person("lead"), reason="Two sources")
    moved = placed(country="CAF", areas=["CF11"])
    with pytest.raises(Refused, match="counts people in SY06") as refused:
        submitting.put(sender(), "partner", "tuwaym-1", moved)
    assert [fault.pointer for fault in refused.value.faults] == ["/incident/place/country"]
    assert submitting.put(sender(), "partner", "tuwaym-1", placed(country="CAF", areas=["CF11", "SY06"]))


def test_what_counts_nowhere_keeps_no_place() -> None:
    """A figure of the whole country says where else people were killed, and adds nothing to this incident."""
    content = placed(areas=["SY06"])
    (claim,) = itemised("SY06")
    content["claims"] = [claim | {"scope": "wider"}, {**claim, "key": "here", "cells": []}]
    first = publish_version(content, sender())
    assert first.incident is not None
    told = {"reason": "Across", "changes": {"place": {"country": "CAF", "precision": "adm1", "areas": ["CF11"]}}}
    moved = {"type": "correction", "about": str(first.incident.public_id), "correction": told}
    assert submitting.trial(sender(), moved).differences
