"""Versions in the admin: what counts as a change, and what happens to a save on top of somebody else's.

The same rule for the API has its tests there.
"""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from incidents.admin import records
from incidents.models import Claim, Incident, Statement
from incidents.rules.publication.protecting import foresee
from incidents.rules.publication.publishing import publish
from incidents.rules.trail import editing
from tests.admin.forms import filled, inline_rows
from tests.factories import (
    ActorAliasFactory,
    AdminAreaFactory,
    ClaimCellFactory,
    ClaimFactory,
    DocumentFactory,
    IncidentActFactory,
    IncidentFactory,
    InvestigationEventFactory,
    StatementFactory,
    UserFactory,
)
from tests.rules.published import all_public_text, fresh

pytestmark = pytest.mark.django_db


def change(row: Any) -> str:
    return reverse(f"admin:incidents_{row._meta.model_name}_change", args=[row.pk])


def version(row: Any) -> int:
    return int(type(row).objects.values_list("version", flat=True).get(pk=row.pk))


def another_desk(username: str) -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True, username=username))
    return client


def test_a_saved_change_is_the_next_version(desk: Client) -> None:
    incident = IncidentFactory()
    answer = desk.post(change(incident), filled(desk, change(incident)) | {"place_text": "Tuwaym, near Jableh"})
    assert answer.status_code == 302
    assert version(incident) == 2
    assert Incident.objects.get().place_text == "Tuwaym, near Jableh"


def test_a_save_without_a_change_is_no_version(desk: Client) -> None:
    incident = IncidentFactory(areas=[AdminAreaFactory()])
    ClaimCellFactory(claim=ClaimFactory(incident=incident))
    IncidentActFactory(incident=incident)
    assert desk.post(change(incident), filled(desk, change(incident))).status_code == 302
    assert version(incident) == 1
    assert incident.history.count() == 1


def test_a_stale_save_is_refused_and_says_who_changed_what(desk: Client) -> None:
    incident = IncidentFactory()
    mine = filled(desk, change(incident))
    hers = another_desk("leila")
    document = DocumentFactory()
    claim = {"asserted_by": document.publisher.pk, "document": document.pk, "measure": "killed", "status": "civilian"}
    claim |= {"qualifier": "exact", "value": 31, "status_basis": "stated"}
    theirs = filled(hers, change(incident)) | {"grade": "confirmed"} | inline_rows("claims", [claim])
    assert hers.post(change(incident), theirs).status_code == 302
    answer = desk.post(change(incident), mine | {"place_text": "Elsewhere"})
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "leila changed meanwhile" in text
    assert "grade, claims" in text.lower()
    assert Incident.objects.get().place_text == "Tuwaym"
    assert version(incident) == 2
    again = desk.post(change(incident), mine | {"place_text": "Elsewhere"})
    assert again.status_code == 200, "it stays refused until the page is opened again"


def test_a_form_without_a_version_is_refused(desk: Client) -> None:
    incident = IncidentFactory()
    data = filled(desk, change(incident)) | {"place_text": "Elsewhere"}
    del data["version"]
    assert desk.post(change(incident), data).status_code == 200
    assert version(incident) == 1


def test_a_claim_changed_on_its_own_page_makes_the_incidents_form_stale(desk: Client) -> None:
    claim = ClaimFactory()
    mine = filled(desk, change(claim.incident))
    assert desk.post(change(claim), filled(desk, change(claim)) | {"value": "745"}).status_code == 302
    assert (version(claim), version(claim.incident)) == (2, 2)
    assert desk.post(change(claim.incident), mine | {"place_text": "Elsewhere"}).status_code == 200
    assert Incident.objects.get().place_text == "Tuwaym"


def test_a_claim_changed_in_the_incidents_form_has_its_own_next_version(desk: Client) -> None:
    claim = ClaimFactory()
    mine = filled(desk, change(claim))
    data = filled(desk, change(claim.incident)) | {"claims-0-value": "745"}
    assert desk.post(change(claim.incident), data).status_code == 302
    assert (version(claim), version(claim.incident)) == (2, 2)
    assert desk.post(change(claim), mine | {"value": "111"}).status_code == 200
    assert Claim.objects.get().value == 745


def test_a_part_of_a_claim_is_a_change_of_claim_and_incident(desk: Client) -> None:
    cell = ClaimCellFactory()
    assert desk.post(change(cell), filled(desk, change(cell)) | {"value": "10"}).status_code == 302
    assert (version(cell.claim), version(cell.claim.incident)) == (2, 2)


def test_a_deleted_child_is_a_change_of_its_parent(desk: Client) -> None:
    alias = ActorAliasFactory()
    path = reverse("admin:incidents_actoralias_delete", args=[alias.pk])
    assert desk.post(path, {"post": "yes"}).status_code == 302
    assert version(alias.actor) == 2


def test_an_event_is_added_and_never_changed(desk: Client) -> None:
    event = InvestigationEventFactory()
    assert desk.post(change(event), {"kind": "closed"}).status_code == 403
    path = change(event.investigation)
    row = {"kind": "extended", "on": "2025-04-10"}
    data = filled(desk, path) | inline_rows("events", [row], start=1) | {"events-0-id": event.pk}
    assert desk.post(path, data).status_code == 302
    assert [e.kind for e in event.investigation.events.all()] == ["announced", "extended"]
    assert version(event.investigation) == 2


def test_a_record_without_history_is_guarded_too(desk: Client) -> None:
    statement = StatementFactory()
    data = filled(desk, change(statement))
    editing.save(statement)
    answer = desk.post(change(statement), data | {"demands": "investigation\nreturn of the bodies"})
    assert "Somebody changed this record meanwhile" in answer.content.decode()
    data = filled(desk, change(statement)) | {"demands": "investigation\nreturn of the bodies"}
    assert desk.post(change(statement), data).status_code == 302
    assert Statement.objects.get().demands == ["investigation", "return of the bodies"]


def test_texts_in_other_languages_are_kept(desk: Client) -> None:
    incident = IncidentFactory(title={"en": "Killing", "ku": "Kuştin"})
    data = filled(desk, change(incident)) | {"title__fr": "Tuerie", "title__en": ""}
    assert desk.post(change(incident), data).status_code == 302
    assert Incident.objects.get().title == {"fr": "Tuerie", "ku": "Kuştin"}


def test_the_history_takes_the_reason_of_a_loader_for_no_changed_part(desk: Client) -> None:
    incident = IncidentFactory()
    pages = reverse("admin:incidents_incident_history", args=[incident.pk])
    for reason, told in (("Seeded", False), ("children: Claim", True)):
        incident.history.update(history_change_reason=reason)
        text = desk.get(pages, headers={"Accept-Language": "en"}).content.decode()
        assert ("Also changed" in text, "Seeded" in text) == (told, False)


def test_the_history_tells_what_changed_in_words(desk: Client) -> None:
    incident = IncidentFactory(title={"en": "Killing"})
    data = filled(desk, change(incident)) | {"grade": "confirmed", "title__fr": "Tuerie"}
    desk.post(change(incident), data)
    text = desk.get(reverse("admin:incidents_incident_history", args=[incident.pk])).content.decode()
    for words in ("Ungraded", "Confirmed", "English: Killing; French: Tuerie", "moderator"):
        assert words in text
    assert "style=" not in text


def test_a_day_that_no_incident_can_have_is_refused_in_the_form(desk: Client) -> None:
    incident = IncidentFactory()
    answer = desk.post(change(incident), filled(desk, change(incident)) | {"end_latest": "9999-12-31"})
    assert answer.status_code == 200
    assert "9999-12-31 is no day of an incident: write one from 1800-01-01" in answer.content.decode()
    assert version(incident) == 1


def test_so_is_a_day_to_come_of_which_a_source_is_said_to_have_spoken(desk: Client) -> None:
    claim = ClaimFactory()
    answer = desk.post(change(claim), filled(desk, change(claim)) | {"as_of": "2205-03-09"})
    assert answer.status_code == 200
    assert "2205-03-09 is no day of which a source can have spoken" in answer.content.decode()
    assert version(claim) == 1


@pytest.mark.parametrize(
    "field", ["title__en", "place_text", "claims-0-quote"], ids=["by language", "a line", "of a part"]
)
def test_a_sign_that_nobody_sees_is_refused_where_a_text_is_changed(desk: Client, field: str) -> None:
    incident = ClaimFactory().incident
    sent = filled(desk, change(incident)) | {field: "tuwaym\u202egpj.exe"}
    answer = desk.post(change(incident), sent)
    assert answer.status_code == 200
    assert "U+202E" in answer.content.decode()
    assert version(incident) == 1


def test_a_text_that_was_imported_with_such_a_sign_keeps_nobody_from_editing(desk: Client) -> None:
    incident = IncidentFactory(place_text="Tuwaym\u200b, near Jableh")
    answer = desk.post(change(incident), filled(desk, change(incident)) | {"title__en": "Told anew"})
    assert answer.status_code == 302
    assert version(incident) == 2


@pytest.mark.parametrize("also", [{}, {"sensitivity": "high"}], ids=["raised later", "raised with it"])
def test_what_is_published_while_a_page_is_saved_is_emptied_when_it_is_raised(
    desk: Client, also: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page read the record before its row was locked; how sensitive it was published is no version of it."""
    incident = IncidentFactory(title={"en": "Killing in Tuwaym, told in full"})
    data = filled(desk, change(incident)) | {"grade": "confirmed"} | also

    def published_before_it_is_locked(to_be: Any) -> None:
        publish([fresh(incident)])
        foresee(to_be)

    monkeypatch.setattr(records, "foresee", published_before_it_is_locked)
    assert desk.post(change(incident), data).status_code == 302
    monkeypatch.undo()
    if not also:
        assert "told in full" in all_public_text()
        data = filled(desk, change(incident)) | {"sensitivity": "high"}
        assert desk.post(change(incident), data).status_code == 302
    assert "told in full" not in all_public_text()
