"""Incidents that may be one where nothing but a written name says that they were at one place."""

from datetime import date
from typing import Any

import pytest

from incidents.models import DuplicateCandidate, Incident
from incidents.rules.sameness.duplicates import candidates_for, find
from tests import factories
from tests.rules.published import fresh

pytestmark = pytest.mark.django_db


def village(value: int = 31, **facts: Any) -> Incident:
    """A killing at Tuwaym on 7 March, known no better than a province as its sender says."""
    plain: dict[str, Any] = {
        "title": {"en": "Killing of villagers of Tuwaym"},
        "place_text": "Tuwaym",
        "start_earliest": date(2025, 3, 7),
        "end_latest": date(2025, 3, 7),
        "geo_precision": "adm1",
    }
    incident = factories.IncidentFactory(**{**plain, **facts})
    factories.ClaimFactory(incident=incident, value=value)
    return incident


def parts(incident: Incident) -> dict[int, dict[str, dict[str, Any]]]:
    """The reasons by candidate and part."""
    found = {each.incident: each.likeness.reasons for each in candidates_for(fresh(incident))}
    return {pk: {reason["part"]: reason for reason in reasons} for pk, reasons in found.items()}


def test_a_village_labelled_as_a_province_is_proposed_with_figures_that_are_close_and_another_title() -> None:
    one = village(end_latest=date(2025, 3, 9), geo_precision="settlement_unmatched")
    other = village(32, title={"en": "Shots at dawn"})
    third = village(29, title={"en": "Villagers of Tuwaym killed"})
    found = parts(one)
    assert found.keys() == {other.pk, third.pk}
    assert (found[other.pk]["place"]["how"], found[other.pk]["figures"]["how"]) == ("written", "near")
    find()
    assert (one.pk, other.pk) in set(DuplicateCandidate.objects.values_list("first", "second"))


def test_the_name_of_a_province_counts_as_the_province() -> None:
    lattakia = factories.AdminAreaFactory(pcode="SY06", names={"en": "Lattakia Governorate"})
    factories.AreaNameFactory(area=lattakia, name="Lattakia Governorate")
    one, other = village(place_text="Lattakia"), village(place_text="Lattakia")
    place = parts(one)[other.pk]["place"]
    assert (place["how"], place["points"]) == ("written", 60)


def test_a_point_and_an_area_alone_do_not_tell_two_places_apart() -> None:
    area = village(areas=[factories.AdminAreaFactory(pcode="SY05")])
    point = village(latitude=35.456, longitude=36.059, geo_precision="settlement")
    assert parts(area).keys() == {point.pk}
    assert parts(point).keys() == {area.pk}
