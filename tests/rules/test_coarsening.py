"""Claims of a moderately sensitive incident tell no area finer than its settlement, and count as they did."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidents.models import AdminArea, Claim, Incident
from incidents.rules.publication.protecting import protect
from incidents.rules.publication.publishing import publish
from incidents.rules.publication.reindexing import reindex
from incidents.rules.publication.rendering import IncidentRenderer, incidents_to_render
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.rules.published import all_public_text, document_of, fresh

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SETTLEMENT, OTHER = "SY060101", "SY060102"
WARDS = ("CANARYWARD1", "CANARYWARD2", "CANARYWARD3")


@pytest.fixture(autouse=True)
def areas() -> None:
    """Two settlements of one district; two wards in the first, one in the second."""
    province = factories.AdminAreaFactory(pcode="SY06")
    district = factories.AdminAreaFactory(pcode="SY0601", level=2, parent=province)
    first, second = (factories.AdminAreaFactory(pcode=pcode, level=3, parent=district) for pcode in (SETTLEMENT, OTHER))
    for pcode, settlement in zip(WARDS, (first, first, second), strict=True):
        factories.AdminAreaFactory(pcode=pcode, level=4, parent=settlement)


def area(pcode: str) -> AdminArea:
    return AdminArea.objects.get(pcode=pcode)


def an_incident(sensitivity: str = "moderate") -> Incident:
    incident: Incident = factories.IncidentFactory(
        sensitivity=sensitivity, areas=[area(SETTLEMENT), area(OTHER)], geo_precision="settlement"
    )
    return incident


def a_claim(incident: Incident, *cells: dict[str, Any], **facts: Any) -> Claim:
    claim: Claim = factories.ClaimFactory(incident=incident, **{"value": 31, **facts})
    for cell in cells:
        factories.ClaimCellFactory(claim=claim, **{"age_group": "", **cell, "area": area(cell["area"])})
    return claim


def told(incident: Incident) -> list[tuple[Any, ...]]:
    names = ("cut", "sex", "area", "low", "value", "high")
    return [tuple(cell[name] for name in names) for cell in document_of(incident)["claims"][0]["cells"]]


def by_area(incident: Incident) -> dict[str, tuple[int | None, ...]]:
    rows = [row for row in document_of(incident)["by_area"] if row["status"] == "all"]
    return {row["area"]: (row["low"], row["best"], row["high"]) for row in rows}


@pytest.mark.parametrize("first", ["low", "moderate"])
def test_no_area_finer_than_the_settlement_is_told(first: str) -> None:
    incident = an_incident(first)
    claim = a_claim(incident, {"area": WARDS[0], "value": 9}, {"area": WARDS[2], "value": 4})
    claim.covers_areas.set([area(WARDS[0]), area(WARDS[1]), area("SY0601")])
    publish([incident])
    if first == "low":
        assert by_area(incident) == {WARDS[0]: (9, 9, 9), WARDS[2]: (4, 4, 4)}
        Incident.objects.filter(pk=incident.pk).update(sensitivity="moderate")
        assert protect(fresh(incident))
    content = document_of(incident)
    assert content["claims"][0]["covers_areas"] == ["SY0601", SETTLEMENT]
    assert by_area(incident) == {SETTLEMENT: (9, 9, 9), OTHER: (4, 4, 4)}
    assert "CANARYWARD" not in all_public_text().upper()
    assert verify_log().sound
    assert reindex(check=True) == {}
    before = document_of(incident)
    publish([fresh(incident)])
    assert document_of(incident) == before, "one who only raised it and one who publishes it anew see the same"


def test_what_is_finer_is_found_by_its_settlement_alone() -> None:
    incident = an_incident()
    a_claim(incident, {"area": WARDS[0], "value": 9})
    publish([incident])
    asked = "/api/v1/victims/?measure=killed&place="
    assert Client().get(asked + WARDS[0]).json()["incidents"] == 0
    assert Client().get(asked + SETTLEMENT).json()["total"]["best"] == 9


def test_wards_of_one_settlement_add_up() -> None:
    incident, rival = an_incident(), an_incident("low")
    for each in (incident, rival):
        a_claim(
            each,
            {"area": WARDS[0], "value": 9, "sex": "female"},
            {"area": WARDS[1], "value": 5, "sex": "female", "low": 4},
            {"area": WARDS[1], "value": 3, "sex": "male"},
            {"area": WARDS[0], "value": 14, "cut": 2, "age_group": "adult"},
        )
    publish([incident, rival])
    assert told(incident) == [
        (1, "female", SETTLEMENT, 13, 14, None),
        (1, "male", SETTLEMENT, None, 3, None),
        (2, None, SETTLEMENT, None, 14, None),
    ]
    assert by_area(incident) == {SETTLEMENT: (16, 17, 17)}
    whole, anew = document_of(rival), document_of(incident)
    assert anew["breakdown"] == whole["breakdown"]
    assert [anew["estimates"][0][name] for name in ("low", "best", "high")] == [31, 31, 31]


def test_ends_that_the_ruleset_reads_otherwise_are_not_mixed() -> None:
    """A ward of which only a bound is stated leaves the figure of the other as it is; the ruleset adds them."""
    incident = an_incident()
    a_claim(
        incident,
        {"area": WARDS[0], "value": 9, "sex": "female"},
        {"area": WARDS[1], "value": None, "low": 3, "sex": "female"},
    )
    publish([incident])
    assert told(incident) == [(1, "female", SETTLEMENT, None, 9, None), (1, "female", SETTLEMENT, 3, None, None)]
    (row,) = (row for row in document_of(incident)["by_area"] if row["status"] == "all")
    assert (row["low"], row["high"], row["high_open"]) == (12, 12, True)
    assert {(part["sex"], part["best"]) for part in document_of(incident)["breakdown"]} == {
        ("female", 9),
        ("unspecified", 22),
    }


def test_each_source_is_counted_by_settlements_as_if_it_had_said_so() -> None:
    incident = an_incident()
    a_claim(incident, {"area": WARDS[0], "value": 9})
    a_claim(incident, {"area": WARDS[0], "value": 7}, {"area": WARDS[1], "value": 5})
    publish([incident])
    assert by_area(incident)[SETTLEMENT][::2] == (9, 12)


@pytest.mark.parametrize("sensitivity", ["low", "moderate"])
def test_settlements_and_what_is_coarser_stay(sensitivity: str) -> None:
    incident = an_incident(sensitivity)
    a_claim(incident, {"area": SETTLEMENT, "value": 9}, {"area": "SY0601", "value": 4}).covers_areas.set([area("SY06")])
    publish([incident])
    assert [cell[2] for cell in told(incident)] == [SETTLEMENT, "SY0601"]
    assert document_of(incident)["claims"][0]["covers_areas"] == ["SY06"]


def test_more_incidents_take_no_more_statements() -> None:
    def statements(incidents: list[Incident]) -> int:
        with CaptureQueriesContext(connection) as found:
            for each in incidents_to_render([each.pk for each in incidents]):
                IncidentRenderer().content(each)
        return len(found)

    made = [an_incident() for _ in range(6)]
    for each in made:
        a_claim(each, {"area": WARDS[0], "value": 9}).covers_areas.set([area(WARDS[1])])
    assert statements(made[:2]) == statements(made)
