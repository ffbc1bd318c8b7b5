"""What the desk leaves in the audit chain: every change with its values, every look at a confidential field.

And who may look at the chain itself.
"""

import json
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from incidents.models import AuditEntry, AuditValues, Decision
from incidents.rules.desk import deciding
from incidents.rules.publication import publishing
from incidents.rules.trail import auditing
from incidents.rules.trail.verification import verify_audit
from tests.admin.forms import filled, inline_rows
from tests.factories import (
    AdminAreaFactory,
    ClaimCellFactory,
    ClaimFactory,
    DocumentFactory,
    IncidentActFactory,
    IncidentFactory,
    SourceFactory,
    UserFactory,
)
from tests.moderation_factories import OrganisationFactory

pytestmark = pytest.mark.django_db
REASON = {"reason_code": "new_information", "reason": "Seen."}


def page(row: Any, view: str = "change") -> str:
    return reverse(f"admin:incidents_{row._meta.model_name}_{view}", args=[row.pk])


def save(desk: Client, row: Any, **fields: Any) -> None:
    answer = desk.post(page(row), filled(desk, page(row)) | fields)
    assert answer.status_code == 302, answer.context["errors"]


def chain() -> QuerySet[AuditEntry]:
    """What was done, in its order, besides signing in."""
    return AuditEntry.objects.exclude(action="sign_in").order_by("seq")


def entries(action: str) -> list[tuple[AuditEntry, Any]]:
    found = AuditEntry.objects.filter(action=action).order_by("seq")
    return [(entry, json.loads(AuditValues.objects.get(pk=entry.seq).values or "")) for entry in found]


def only(action: str) -> tuple[AuditEntry, Any]:
    (found,) = entries(action)
    return found


def test_a_change_is_one_entry_with_what_was_there_before_and_after(desk: Client) -> None:
    incident = IncidentFactory(place_text="Tuwaym")
    save(desk, incident, place_text="Tuwaym, near Jableh")
    entry, values = only("change")
    assert entry.actor is not None
    assert entry.actor.username == "moderator"
    assert (entry.kind, entry.object_id) == ("incident", str(incident.public_id))
    assert values == {"before": {"place_text": "Tuwaym"}, "after": {"place_text": "Tuwaym, near Jableh"}}
    assert verify_audit().sound


def test_the_id_of_the_request_stands_in_the_entry(desk: Client) -> None:
    incident = IncidentFactory()
    answer = desk.post(page(incident), filled(desk, page(incident)) | {"place_text": "Baniyas"})
    assert only("change")[0].request_id == answer["X-Request-ID"]


def test_texts_in_every_language_and_areas_are_told(desk: Client) -> None:
    incident, area = IncidentFactory(title={"en": "Killing at Tuwaym"}), AdminAreaFactory()
    save(desk, incident, title__ar="قتل في تويم", areas=[area.pk])
    values = only("change")[1]
    assert values["before"] == {"title": {"en": "Killing at Tuwaym"}, "areas": []}
    assert values["after"] == {"title": {"en": "Killing at Tuwaym", "ar": "قتل في تويم"}, "areas": [area.pk]}


def test_a_save_without_a_change_is_no_entry(desk: Client) -> None:
    incident = IncidentFactory(areas=[AdminAreaFactory()])
    ClaimCellFactory(claim=ClaimFactory(incident=incident))
    save(desk, incident)
    assert not chain().exists()


def test_a_refused_save_is_no_entry(desk: Client) -> None:
    incident = IncidentFactory()
    answer = desk.post(page(incident), filled(desk, page(incident)) | {"version": 7, "place_text": "Baniyas"})
    assert answer.status_code == 200
    assert not chain().exists()


def test_children_are_told_in_the_entry_of_their_record(desk: Client) -> None:
    incident = IncidentFactory()
    act, source, document = IncidentActFactory(incident=incident, rank=1), SourceFactory(), DocumentFactory()
    row = {"asserted_by": source.pk, "document": document.pk, "measure": "killed", "status": "civilian"}
    row |= {"qualifier": "exact", "value": 31, "status_basis": "stated"}
    save(desk, incident, **{"acts-0-rank": 2}, **inline_rows("claims", [row]))
    entry, values = only("change")
    assert entry.object_id == str(incident.public_id)
    assert values["before"]["parts"] == {"incident_act": {str(act.pk): {"rank": 1}}}
    assert values["after"]["parts"]["incident_act"] == {str(act.pk): {"rank": 2}}
    (claim,) = values["after"]["parts"]["claim"].values()
    assert (claim["measure"], claim["value"], claim["asserted_by"]) == ("killed", 31, source.pk)


def test_a_deleted_child_is_told_with_what_it_said(desk: Client) -> None:
    incident = IncidentFactory()
    act = IncidentActFactory(incident=incident)
    save(desk, incident, **{"acts-0-DELETE": "on"})
    values = only("change")[1]
    assert values["before"]["parts"]["incident_act"][str(act.pk)]["act"] == act.act
    assert values["after"] == {}


def test_a_part_changed_on_its_own_page_is_an_entry_of_its_record(desk: Client) -> None:
    act = IncidentActFactory(rank=1)
    save(desk, act, rank=3)
    entry, values = only("change")
    assert (entry.kind, entry.object_id) == ("incident", str(act.incident.public_id))
    assert values == {"before": {"part": "incident_act", "rank": 1}, "after": {"part": "incident_act", "rank": 3}}


def test_a_new_record_is_told_with_all_that_it_says(desk: Client) -> None:
    path = reverse("admin:incidents_source_add")
    desk.post(path, filled(desk, path) | {"kind": "court", "names__en": "Military court"})
    entry, values = only("create")
    assert entry.kind == "source"
    assert values["before"] == {}
    assert values["after"]["kind"] == "court"
    assert values["after"]["names"] == {"en": "Military court"}
    assert values["after"]["confidential"] is False


def test_a_deleted_record_is_told_with_its_parts(desk: Client) -> None:
    incident = IncidentFactory(place_text="Tuwaym")
    claim = ClaimFactory(incident=incident, value=31)
    ClaimCellFactory(claim=claim)
    desk.post(page(claim, "delete"), {"post": "yes"})
    entry, values = only("delete")
    assert (entry.kind, entry.object_id) == ("claim", str(claim.public_id))
    assert values["before"]["value"] == 31
    assert len(values["before"]["parts"]["claim_cell"]) == 1
    assert values["after"] == {}


def test_publishing_from_the_desk_is_an_entry_with_who_did_it_and_why(desk: Client) -> None:
    incident = IncidentFactory()
    desk.post(page(incident, "publish"), REASON)
    proposed = chain().get()
    assert (proposed.action, proposed.object_id, proposed.reason) == ("propose", str(incident.public_id), "Seen.")
    assert proposed.actor is not None
    assert proposed.actor.username == "moderator"
    lead = UserFactory(username="lead", is_superuser=True)
    deciding.confirm(Decision.objects.get(), by=lead)
    found = chain().values_list("action", "object_id", "reason")
    key = str(incident.public_id)
    assert list(found)[1:] == [("publish", key, "Seen."), ("confirm", key, "Seen.")]


def test_a_raised_sensitivity_is_a_change_and_the_publication_that_follows_from_it(desk: Client) -> None:
    incident = IncidentFactory()
    publishing.publish([incident], reason="Seen.")
    save(desk, incident, sensitivity="high")
    assert list(chain().values_list("action", flat=True)) == ["publish", "publish", "change"]
    assert only("change")[1]["after"] == {"sensitivity": "high"}


# Looks at what is confidential.


def seen() -> list[tuple[str, str, Any]]:
    return [(entry.kind, entry.object_id, values["after"]) for entry, values in entries("view_confidential")]


def test_a_look_at_a_confidential_source_names_its_fields(desk: Client) -> None:
    source = SourceFactory(kind="witness")
    desk.get(page(source))
    assert seen() == [("source", str(source.public_id), {"fields": ["names", "affiliated_with"]})]


@pytest.mark.parametrize("view", ["history", "delete", "preview"])
def test_every_page_of_a_confidential_source_is_a_look(desk: Client, view: str) -> None:
    source = SourceFactory(kind="witness")
    assert desk.get(page(source, view)).status_code == 200
    assert [key for _, key, _ in seen()] == [str(source.public_id)]


def test_a_look_at_the_reason_for_a_reliability_is_recorded(desk: Client) -> None:
    source = SourceFactory(reliability_reason="Two of its counts were withdrawn.")
    desk.get(page(source))
    assert seen() == [("source", str(source.public_id), {"fields": ["reliability_reason"]})]


def test_a_look_at_a_claim_of_a_confidential_source_is_recorded(desk: Client) -> None:
    claim = ClaimFactory(asserted_by=SourceFactory(kind="victim_or_family"))
    desk.get(page(claim))
    desk.get(page(claim.incident))
    assert seen() == [
        ("claim", str(claim.public_id), {"fields": ["asserted_by", "document", "quote", "locator"]}),
        ("incident", str(claim.incident.public_id), {"parts": {"claims": [str(claim.public_id)]}}),
    ]


@pytest.mark.parametrize(("consent", "looks"), [("not_needed", 0), ("public", 0), ("partners", 1), ("none", 1)])
def test_a_look_at_a_document_without_consent_is_recorded(desk: Client, consent: str, looks: int) -> None:
    desk.get(page(DocumentFactory(consent=consent)))
    assert len(seen()) == looks


@pytest.mark.parametrize(("sensitivity", "looks"), [("low", 0), ("moderate", 0), ("high", 2), ("severe", 2)])
def test_a_look_at_what_a_highly_sensitive_incident_hides_is_recorded(
    desk: Client, sensitivity: str, looks: int
) -> None:
    incident = IncidentFactory(sensitivity=sensitivity)
    desk.get(page(incident))
    desk.get(reverse("admin:incidents_incident_changelist"))
    assert len(seen()) == looks
    if looks:
        (_, key, of_page), (_, _, of_list) = seen()
        assert key == str(incident.public_id)
        assert {"title", "latitude", "start_earliest"} <= set(of_page["fields"])
        assert of_list == {"rows": {key: of_page["fields"]}}


def test_a_look_at_what_is_written_for_the_desk_is_recorded(desk: Client) -> None:
    incident, organisation = IncidentFactory(notes="Ask M. first."), OrganisationFactory(contact="office@example.org")
    for row in (incident, organisation, OrganisationFactory(contact="", notes="")):
        assert desk.get(page(row)).status_code == 200
    assert [(kind, after) for kind, _, after in seen()] == [
        ("incident", {"fields": ["notes"]}),
        ("organisation", {"fields": ["contact"]}),
    ]


def test_an_administrator_erases_values_with_a_reason(desk: Client) -> None:
    seqs = [auditing.record(action="change", after={"names": {"en": "Fatima"}}) for _ in range(2)]
    address = reverse("admin:incidents_auditentry_changelist")
    chosen = {"action": "erase_values", "_selected_action": seqs}
    assert desk.post(address, chosen).status_code == 200
    desk.post(address, chosen | {"asked": "1", "reason": ""})
    lead = staff("view_auditentry", "view_auditvalues")
    lead.post(address, chosen | {"asked": "1", "reason": "She asked for it"})
    assert AuditValues.objects.filter(values__contains="Fatima").count() == 2
    assert desk.post(address, chosen | {"asked": "1", "reason": "She asked for it"}).status_code == 302
    assert not AuditValues.objects.filter(values__contains="Fatima").exists()
    erased = AuditEntry.objects.filter(action="erase")
    assert {(each.object_id, each.reason, each.actor_id is None) for each in erased} == {
        (str(seq), "She asked for it", False) for seq in seqs
    }
    assert verify_audit().sound


def test_a_list_with_confidential_names_is_one_entry_that_says_whose(desk: Client) -> None:
    hidden = SourceFactory.create_batch(3, kind="witness")
    SourceFactory()
    desk.get(reverse("admin:incidents_source_changelist"))
    ((kind, key, after),) = seen()
    assert (kind, key) == ("source", "")
    assert set(after["rows"]) == {str(each.public_id) for each in hidden}


def test_what_is_public_is_looked_at_without_an_entry(desk: Client) -> None:
    incident = IncidentFactory()
    claim = ClaimFactory(incident=incident, document=DocumentFactory())
    for row in (incident, claim, claim.asserted_by, claim.document):
        assert desk.get(page(row)).status_code == 200
    desk.get(reverse("admin:incidents_source_changelist"))
    assert not chain().exists()


# The chain itself.


def staff(*permissions: str) -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, permissions=permissions))
    return client


def test_values_are_for_those_with_the_permission_and_every_look_at_them_is_an_entry() -> None:
    seq = auditing.record(action="change", after={"names": {"en": "The real name"}})
    entry, values = AuditEntry.objects.get(pk=seq), AuditValues.objects.get(pk=seq)
    moderator, lead = staff("view_auditentry"), staff("view_auditentry", "view_auditvalues")
    link = page(values)
    assert link not in moderator.get(page(entry)).content.decode()
    assert moderator.get(link).status_code == 403
    assert link in lead.get(page(entry)).content.decode()
    assert not AuditEntry.objects.filter(action="view_confidential").exists()
    assert "The real name" in lead.get(link).content.decode()
    assert seen() == [("audit_entry", str(seq), {"fields": ["values"]})]


def test_nobody_changes_the_chain_at_the_desk(desk: Client) -> None:
    seq = auditing.record(action="change", after={"kind": "court"})
    for row in (AuditEntry.objects.get(pk=seq), AuditValues.objects.get(pk=seq)):
        assert desk.post(page(row), {"reason": "x"}).status_code == 403
        assert desk.post(page(row, "delete"), {"post": "yes"}).status_code == 403
        assert desk.get(reverse(f"admin:incidents_{row._meta.model_name}_add")).status_code == 403


def test_signing_in_and_out_are_entries_and_a_refused_attempt_is_none() -> None:
    user = UserFactory(is_staff=True)
    user.set_password("opens the desk")
    user.save()
    client, where = Client(), reverse("admin:login")
    client.post(where, {"username": user.username, "password": "does not"})
    assert not AuditEntry.objects.exists()
    client.post(where, {"username": user.username, "password": "opens the desk"})
    client.post(reverse("admin:logout"))
    client.post(reverse("admin:logout"))
    told = [(entry.action, entry.actor, entry.kind, entry.object_id) for entry in AuditEntry.objects.order_by("seq")]
    assert told == [(action, user, "user", str(user.pk)) for action in ("sign_in", "sign_out")]
    assert all(entry.request_id not in {"", "system"} for entry in AuditEntry.objects.all())
    assert verify_audit().sound
