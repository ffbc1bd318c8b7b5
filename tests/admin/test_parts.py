"""Pages of parts of a record carry its version: a save on top of somebody else's is refused there as well."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from incidents.models import EstimateOverride, IncidentAct
from incidents.rules.trail import editing
from tests.admin.forms import filled
from tests.admin.rows import make_rows
from tests.admin.test_editing import another_desk, change, version
from tests.factories import (
    ActorAliasFactory,
    ClaimCellFactory,
    EstimateOverrideFactory,
    IncidentActFactory,
    IncidentFactory,
    ScopeFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PARTS = (
    "ActorAlias", "ActorReference", "ActorRelation", "ClaimCell", "EstimateOverride", "IncidentAct",
    "IncidentReference", "IncidentRelation", "Recommendation", "Scope", "TargetedGroup",
)  # fmt: skip


@pytest.mark.parametrize("name", PARTS)
def test_a_page_of_a_part_is_saved_untouched_once_and_is_stale_then(desk: Client, name: str) -> None:
    row = make_rows(name, 1)[0]
    mine = filled(desk, change(row))
    assert desk.post(change(row), mine).status_code == 302
    answer = desk.post(change(row), mine)
    assert answer.status_code == 200
    assert "Nothing was saved" in answer.content.decode()


def test_a_later_save_overwrites_nothing_and_says_who_changed_what(desk: Client) -> None:
    row = EstimateOverrideFactory(low=31, best=31, high=32, reason="First")
    mine, hers = filled(desk, change(row)), another_desk("leila")
    theirs = filled(hers, change(row)) | {"best": "32", "reason": "Two more died"}
    assert hers.post(change(row), theirs).status_code == 302
    answer = desk.post(change(row), mine | {"role": "Night desk"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "leila changed meanwhile" in text
    assert "estimates by moderators" in text
    stored = EstimateOverride.objects.get()
    assert (stored.best, stored.reason, stored.role) == (32, "Two more died", row.role)
    assert version(row.incident) == 2


@pytest.mark.parametrize("sent", [None, "", "1", "x:1", "{pk}:", "{pk}:x", "{pk}:99", "{pk}:-1", "{pk}:" + "9" * 5000])
def test_without_the_version_that_it_has_nothing_is_saved(desk: Client, sent: str | None) -> None:
    row = IncidentActFactory(rank=1)
    data = filled(desk, change(row)) | {"rank": "3"}
    del data["version"]
    if sent is not None:
        data["version"] = sent.format(pk=row.incident_id)
    assert desk.post(change(row), data).status_code == 200
    assert IncidentAct.objects.get().rank == 1


def test_what_moved_meanwhile_is_not_moved_back_by_a_page_that_was_open(desk: Client) -> None:
    row, other = IncidentActFactory(), IncidentFactory()
    editing.save(row.incident)
    mine = filled(desk, change(row))
    assert desk.post(change(row), mine | {"incident": other.pk}).status_code == 302
    assert version(other) == 2, "the number that the open page has of the first"
    assert desk.post(change(row), mine).status_code == 200
    assert IncidentAct.objects.get().incident_id == other.pk


def test_a_part_of_a_claim_is_stale_where_the_claim_changed(desk: Client) -> None:
    cell = ClaimCellFactory()
    mine = filled(desk, change(cell))
    assert desk.post(change(cell.claim), filled(desk, change(cell.claim)) | {"quote": "Nine"}).status_code == 302
    assert desk.post(change(cell), mine | {"value": "10"}).status_code == 200


def test_a_change_elsewhere_is_none_of_it(desk: Client) -> None:
    row, other = ActorAliasFactory(), ActorAliasFactory()
    mine = filled(desk, change(row))
    assert desk.post(change(other), filled(desk, change(other))).status_code == 302
    assert desk.post(change(row), mine).status_code == 302


@pytest.mark.parametrize(("where", "window"), [("", {}), ("?_popup=1", {"_popup": "1"})])
def test_new_ones_are_added_on_their_page_and_in_a_window_of_another(
    desk: Client, where: str, window: dict[str, str]
) -> None:
    path = reverse("admin:incidents_estimateoverride_add")
    incident = IncidentFactory()
    data: dict[str, Any] = filled(desk, path + where)
    assert "version" not in data
    data |= {"incident": incident.pk, "measure": "killed", "unit": "person", "basis": "documented", "status": "all"}
    data |= {"low": 1, "high": 2, "role": "Lead", "reason": "Why"}
    answer = desk.post(path + where, data | window)
    assert answer.status_code == (200 if window else 302)
    assert EstimateOverride.objects.count() == 1
    assert version(incident) == 2


def test_a_change_in_a_window_of_another_page_is_checked_too(desk: Client) -> None:
    row = ScopeFactory()
    path = change(row) + "?_popup=1"
    mine = filled(desk, path) | {"_popup": "1"}
    for _ in range(2):
        assert desk.post(path, mine).status_code == 200
        assert version(row.investigation) == 2
