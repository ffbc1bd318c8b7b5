"""What Django keeps of what was done at the desk holds no name that may be confidential, then or later."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from incidents.models import AuditEntry, Claim, Source
from tests.admin.forms import filled, inline_rows
from tests.factories import (
    ClaimFactory,
    DocumentFactory,
    IncidentActFactory,
    IncidentFactory,
    SourceFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NAME = "Fatima of Tuwaym"
MIGRATION = import_module("incidents.migrations.0022_no_names_in_the_log_of_the_admin")


def page(row: Any, view: str = "change") -> str:
    return reverse(f"admin:incidents_{row._meta.model_name}_{view}", args=[row.pk])


def save(desk: Client, row: Any, **fields: Any) -> None:
    assert desk.post(page(row), filled(desk, page(row)) | fields).status_code == 302


def kept() -> list[tuple[int, str]]:
    return list(LogEntry.objects.order_by("pk").values_list("action_flag", "object_repr"))


def test_a_source_is_kept_by_its_number_when_it_is_added_changed_and_deleted(desk: Client) -> None:
    add = reverse("admin:incidents_source_add")
    assert desk.post(add, filled(desk, add) | {"names__en": NAME, "kind": "local_monitor"}).status_code == 302
    source = Source.objects.get()
    save(desk, source, confidential="true")
    looks = AuditEntry.objects.filter(action="view_confidential").count()
    desk.get(reverse("admin:index"))  # tells once more that it was saved
    first = desk.get(reverse("admin:index")).content.decode()
    assert NAME not in first
    assert f'href="{page(source)}">Source {source.pk}</a>' in first
    assert AuditEntry.objects.filter(action="view_confidential").count() == looks
    assert desk.post(page(source, "delete"), {"post": "yes"}).status_code == 302
    called = f"Source {source.pk}"
    assert kept() == [(ADDITION, called), (CHANGE, called), (DELETION, called)]


def test_whom_a_claim_of_a_record_is_of_is_not_kept_with_what_changed_there(desk: Client) -> None:
    incident, hidden = IncidentFactory(title={"en": "Killing at Tuwaym"}), SourceFactory(names={"en": NAME})
    IncidentActFactory(incident=incident, act="massacre")
    row = {"asserted_by": hidden.pk, "document": DocumentFactory().pk, "measure": "killed", "status": "civilian"}
    row |= {"qualifier": "exact", "value": 31, "status_basis": "stated"}
    save(desk, incident, **{"acts-0-rank": 2}, **inline_rows("claims", [row]))
    claim = Claim.objects.get()
    entry = LogEntry.objects.get()
    said = entry.get_change_message()
    assert entry.object_repr == "Killing at Tuwaym", "incidents are called by their titles"
    assert f"Added claim “{claim.pk}”" in said
    assert "Massacre" in said
    assert NAME not in entry.change_message
    save(desk, incident, **{"claims-0-value": 32})
    save(desk, incident, **{"claims-0-DELETE": "on"})
    assert "Deleted claim “-”" in LogEntry.objects.latest("pk").get_change_message()
    assert NAME not in "".join(each.change_message for each in LogEntry.objects.all())


def test_claims_are_kept_without_who_says_it(desk: Client) -> None:
    claim = ClaimFactory(asserted_by=SourceFactory(names={"en": NAME}), value=31)
    save(desk, claim, value=32)
    assert kept() == [(CHANGE, f"Claim {claim.pk}")]


def entry(model: Any, name: str, message: str = "") -> LogEntry:
    return LogEntry.objects.create(
        user=UserFactory(),
        content_type=ContentType.objects.get_for_model(model),
        object_id="7",
        object_repr=name,
        action_flag=CHANGE,
        change_message=message,
    )


def test_names_that_were_kept_before_are_taken_out() -> None:
    told = '[{"changed": {"fields": ["Title"]}}, {"added": {"name": "%s", "object": "%s"}}]'
    source = entry(Source, NAME, '[{"changed": {"fields": ["Names"]}}]')
    incident = entry(Claim.incident.field.related_model, "Killing", told % ("Claim", f"{NAME}: killed"))
    act = entry(Claim.incident.field.related_model, "Killing", told % ("Act", "Massacre"))
    plain = entry(Claim.incident.field.related_model, "Killing", 'Revoked "object".')
    before = act.change_message
    MIGRATION.take_out(apps, None)
    for each in (source, incident, act, plain):
        each.refresh_from_db()
    assert source.object_repr == "Source 7"
    assert (incident.object_repr, incident.change_message) == ("Killing", told % ("Claim", "-"))
    assert (act.change_message, plain.change_message) == (before, 'Revoked "object".')
