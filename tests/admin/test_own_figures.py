"""Whose the desk's own figure is, wherever somebody enters or changes it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from incidents.models import EstimateOverride, Incident
from tests.admin.forms import filled, inline_rows
from tests.admin.test_editing import another_desk, change
from tests.factories import EstimateOverrideFactory, IncidentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]
FIGURE = {
    "measure": "killed", "unit": "person", "basis": "documented", "status": "all", "low": 31, "best": 31, "high": 32,
    "role": "Duty moderator", "reason": "Two lists agree",
}  # fmt: skip


def maker() -> Any:
    made_by = EstimateOverride.objects.get().made_by
    return made_by and made_by.get_username()


def enter_inline(desk: Client) -> Incident:
    incident = IncidentFactory()
    data = filled(desk, change(incident)) | inline_rows("overrides", [FIGURE])
    assert desk.post(change(incident), data).status_code == 302
    return incident


def test_entered_on_the_page_of_its_incident_it_is_of_who_entered_it(desk: Client) -> None:
    incident = enter_inline(desk)
    assert maker() == "moderator"
    assert "moderator" in desk.get(change(incident)).content.decode().split("overrides-group")[1]


def test_so_it_is_on_a_page_of_its_own(desk: Client) -> None:
    incident = IncidentFactory()
    page = reverse("admin:incidents_estimateoverride_add")
    assert desk.post(page, FIGURE | {"incident": incident.pk}).status_code == 302
    assert maker() == "moderator"


@pytest.mark.parametrize("inline", [True, False])
def test_another_figure_is_of_who_gave_it_and_other_words_are_of_nobody_else(desk: Client, inline: bool) -> None:
    incident, hers = enter_inline(desk), another_desk("leila")
    entered = EstimateOverride.objects.get()
    path, prefix = (change(incident), "overrides-0-") if inline else (change(entered), "")
    for name, value, whose in (("reason", "Both lists agree", "moderator"), ("best", 32, "leila")):
        assert hers.post(path, filled(hers, path) | {f"{prefix}{name}": value}).status_code == 302
        assert maker() == whose
    assert EstimateOverride.objects.get().made_at > entered.made_at


def test_a_save_of_the_incident_alone_signs_none(desk: Client) -> None:
    row = EstimateOverrideFactory(made_by=None)
    data = filled(desk, change(row.incident)) | {"place_text": "Elsewhere"}
    assert desk.post(change(row.incident), data).status_code == 302
    assert maker() is None
