"""A correction of a place: what it names and no area knows gets proposals, and the place before is gone as a whole."""

from typing import Any

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.models import Incident
from incidents.rules.publication.publishing import publish
from incidents.rules.submissions import moderating, submitting
from tests.contributions import TUWAYM, approved, person, publish_version, sender, tuwaym
from tests.factories import AdminAreaFactory, AreaNameFactory, country_of

pytestmark = pytest.mark.django_db

PLACE: dict[str, Any] = {"country": "SYR", "text": "Tuwaym", "precision": "adm1"}
WHERE = "/correction/changes/place"


@pytest.fixture
def incident() -> Incident:
    country_of("SYR")
    for code, name in (("SY05", "Hama"), ("SY0602", "Jableh")):
        AreaNameFactory(area=AdminAreaFactory(pcode=code, country="SYR"), name=name)
    found = Incident.objects.get(submissions=publish_version(tuwaym(), sender()))
    found.areas.set([AdminAreaFactory(pcode="SY06", country="SYR")])
    publish([found])
    return found


def correction(incident: Incident, **place: Any) -> dict[str, Any]:
    said = {"country": "SYR", "precision": "settlement_unmatched"} | place
    told = {"reason": "It was another town", "changes": {"place": said}}
    return {"type": "correction", "about": str(incident.public_id), "correction": told}


def areas(incident: Incident) -> list[str]:
    return sorted(incident.areas.values_list("pcode", flat=True))


def test_what_it_names_gets_proposals_and_none_is_chosen(incident: Incident) -> None:
    content = correction(incident, text="Jableh")
    for parts in (
        submitting.trial(sender(), content).parts,
        submitting.submit(sender(), content).parts.all(),
    ):
        (place,) = [part for part in parts if part.kind == "place"]
        assert (place.pointer, place.as_written, place.outcome) == (WHERE, "Jableh", "kept_as_written")
        assert [each["id"] for each in place.proposals] == ["SY0602"]
    assert areas(incident) == ["SY06"]


@pytest.mark.parametrize("place", [{"text": "Jableh", "areas": ["SY0602"]}, {}])
def test_where_an_area_says_it_or_nothing_is_written_none_is_proposed(incident: Incident, place: Any) -> None:
    sent = submitting.submit(sender(), correction(incident, **place))
    assert not sent.parts.filter(kind="place").exists()


@pytest.mark.parametrize(("named", "then"), [({}, []), ({"areas": ["SY05"]}, ["SY05"])])
def test_the_areas_of_the_place_before_are_replaced_with_it(
    incident: Incident, named: dict[str, Any], then: list[str]
) -> None:
    """An incident that moved would count in the district that it did not happen in."""
    sent = approved(correction(incident, text="Jableh", **named), sender("Another"))
    assert areas(incident) == then
    (told,) = [each for each in sent.differences if each["pointer"] == f"{WHERE}/areas"]
    assert (told["record"], told["sent"]) == (["SY06"], then)
    moderating.act(sent, Action.REJECT, by=person("moderator"), reason="It was right")
    assert areas(incident) == ["SY06"]


def test_what_leaves_the_place_alone_leaves_its_areas(incident: Incident) -> None:
    told = {"reason": "Another name", "changes": {"title": {"en": "Killings at Tuwaym"}}}
    approved({"type": "correction", "about": str(incident.public_id), "correction": told}, sender("Another"))
    assert areas(incident) == ["SY06"]


@pytest.mark.parametrize(
    ("place", "country", "then"),
    [
        ({"country": "TUR"}, "TUR", []),
        ({"country": "SYR", "areas": ["SY05"]}, "SYR", ["SY05"]),
        ({"country": "SYR", "text": "Tuwaym village"}, "LBN", ["LB1"]),
    ],
)
def test_a_new_version_says_country_and_areas_together_or_neither(
    incident: Incident, place: dict[str, Any], country: str, then: list[str]
) -> None:
    """It would stand in two countries: what is said of the one by this version, and of the other by a correction."""
    for code in ("TUR", "LBN"):
        country_of(code)
    AdminAreaFactory(pcode="LB1", country="LBN")
    publish_version(tuwaym(incident=TUWAYM["incident"] | {"place": PLACE}), sender())
    moved = approved(correction(incident, country="LBN", areas=["LB1"], text="Across"), sender("Another"))
    moderating.act(moved, Action.PUBLISH, by=person("lead"), reason="Two sources")
    sent = publish_version(tuwaym(incident=TUWAYM["incident"] | {"place": PLACE | place}), sender())
    found = Incident.objects.get(pk=incident.pk)
    assert (found.country, areas(found)) == (country, then)
    moderating.act(sent, Action.UNDO, by=person("lead"), reason="It was across")
    found.refresh_from_db()
    assert (found.country, areas(found)) == ("LBN", ["LB1"])
