"""A claim, an attribution or another part that goes to another incident: a change of both, and no link across them."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from incidents.choices import DecisionAction
from incidents.models import Attribution, Claim, Incident
from incidents.rules.desk import deciding
from incidents.rules.publication.publishing import publish
from incidents.rules.submissions.authorship import authors
from incidents.rules.submissions.transitions import NotAllowed, NotNow
from tests.admin.forms import filled, inline_rows
from tests.admin.test_editing import change, version
from tests.contributions import person
from tests.factories import AttributionFactory, ClaimCellFactory, ClaimFactory, IncidentActFactory, IncidentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def move(desk: Client, row: Any, to: Incident, **more: object) -> Any:
    return desk.post(change(row), filled(desk, change(row)) | {"incident": to.pk} | more)


@pytest.mark.parametrize("make", [ClaimFactory, AttributionFactory, IncidentActFactory])
def test_a_move_is_a_change_of_both_incidents_by_who_moved_it(desk: Client, make: Any) -> None:
    row, other = make(), IncidentFactory()
    left = row.incident
    publish([left, other])
    waiting = [
        deciding.propose(DecisionAction.WITHDRAW, each, by=person("moderator"), reason="ok") for each in (left, other)
    ]
    assert move(desk, row, other).status_code == 302
    mover = User.objects.get(username="moderator")
    for incident, decision in zip((left, other), waiting, strict=True):
        stored = Incident.objects.get(pk=incident.pk)
        assert stored.version == 2
        newest = stored.history.first()
        assert (newest.history_user, newest.history_change_reason) == (mover, f"children: {type(row).__name__}")
        assert mover.pk in authors(stored)
        assert deciding.why_not_now(decision, person("lead")) == deciding.CHANGED
        with pytest.raises(NotNow, match="changed since"):
            deciding.confirm(decision, by=person("lead"))


def test_who_moved_a_claim_away_is_no_second_person_for_what_it_left(desk: Client) -> None:
    claim = ClaimFactory()
    publish([claim.incident])
    move(desk, claim, IncidentFactory())
    left = Incident.objects.get(pk=claim.incident_id)
    decision = deciding.propose(DecisionAction.PUBLISH, left, by=person("lead"), reason="ok")
    with pytest.raises(NotAllowed, match="You changed this record"):
        deciding.confirm(decision, by=User.objects.get(username="moderator"))


def test_a_form_of_the_incident_that_a_claim_left_is_stale(desk: Client) -> None:
    claim = ClaimFactory()
    mine = filled(desk, change(claim.incident))
    move(desk, claim, IncidentFactory())
    answer = desk.post(change(claim.incident), mine | {"place_text": "Elsewhere"})
    assert answer.status_code == 200
    assert "moderator changed meanwhile" in answer.content.decode()


def test_a_part_of_a_claim_that_goes_to_another_counts_for_both_claims_and_incidents(desk: Client) -> None:
    cell, other = ClaimCellFactory(), ClaimFactory()
    assert desk.post(change(cell), filled(desk, change(cell)) | {"claim": other.pk}).status_code == 302
    assert [version(row) for row in (cell.claim, cell.claim.incident, other, other.incident)] == [2, 2, 2, 2]


@pytest.mark.parametrize("link", ["relays", "inferred_from", "supersedes"])
def test_a_claim_that_others_point_to_stays(desk: Client, link: str) -> None:
    claim = ClaimFactory()
    pointing = ClaimFactory(incident=claim.incident, **{link: claim})
    answer = move(desk, claim, IncidentFactory())
    assert answer.status_code == 200
    text = answer.content.decode()
    assert f"claim {pointing.public_id}" in text
    assert "Take their links to it out first" in text
    assert Claim.objects.get(pk=claim.pk).incident_id == claim.incident_id
    assert version(claim.incident) == 1


def test_so_does_one_that_an_attribution_stands_on(desk: Client) -> None:
    claim = ClaimFactory()
    pointing = AttributionFactory(incident=claim.incident, claim=claim)
    answer = move(desk, claim, IncidentFactory())
    assert f"attribution {pointing.public_id}" in answer.content.decode()


def test_an_attribution_that_another_supersedes_stays(desk: Client) -> None:
    row = AttributionFactory()
    AttributionFactory(incident=row.incident, supersedes=row)
    assert move(desk, row, IncidentFactory()).status_code == 200
    assert Attribution.objects.get(pk=row.pk).incident_id == row.incident_id


def test_what_points_to_others_leaves_without_its_links_only(desk: Client) -> None:
    first, other = ClaimFactory(), IncidentFactory()
    claim = ClaimFactory(incident=first.incident, relays=first)
    answer = move(desk, claim, other)
    assert "choose one of this incident" in answer.content.decode()
    assert move(desk, claim, other, relays="").status_code == 302
    assert Claim.objects.get(pk=claim.pk).incident_id == other.pk


def test_what_crosses_incidents_already_does_not_stand_in_the_way_of_another_change(desk: Client) -> None:
    claim = ClaimFactory(supersedes=ClaimFactory())
    assert desk.post(change(claim), filled(desk, change(claim)) | {"value": "745"}).status_code == 302


def test_a_link_to_another_incident_is_refused_on_every_page(desk: Client) -> None:
    claim, far = ClaimFactory(), ClaimFactory()
    incident = change(claim.incident)
    new = {"asserted_by": claim.asserted_by_id, "document": claim.document_id, "measure": "killed", "status": "all"}
    new |= {"qualifier": "exact", "value": 31, "status_basis": "stated", "relays": far.pk}
    for path, data in (
        (change(claim), filled(desk, change(claim)) | {"relays": far.pk}),
        (incident, filled(desk, incident) | {"claims-0-relays": far.pk}),
        (incident, filled(desk, incident) | inline_rows("claims", [new], start=1)),
    ):
        answer = desk.post(path, data)
        assert answer.status_code == 200
        assert "choose one of this incident" in answer.content.decode()
    assert Claim.objects.filter(relays=far).count() == 0


@pytest.mark.parametrize("name", ["relays", "inferred_from", "supersedes"])
def test_a_claim_that_names_itself_is_refused_in_the_form(desk: Client, name: str) -> None:
    claim = ClaimFactory()
    answer = desk.post(change(claim), filled(desk, change(claim)) | {name: claim.pk})
    assert answer.status_code == 200
    assert "It names itself" in answer.content.decode()
