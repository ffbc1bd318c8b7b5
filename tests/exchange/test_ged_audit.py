"""What an import tells the audit chain: what each batch made, and what a later file changed, record by record."""

import json
from pathlib import Path
from typing import Any

import pytest

from incidents.exchange import ged_mapping
from incidents.exchange.ged import import_ged
from incidents.models import Actor, AuditEntry, Incident, IncidentReference
from incidents.rules.trail.verification import verify_audit
from tests.exchange.ged_files import ged_file, some_areas

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def areas() -> None:
    some_areas()


def said(entry: AuditEntry) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(entry.kept.values or "")
    return found


def test_an_import_tells_the_audit_chain_what_it_made_and_a_second_one_nothing(tmp_path: Path) -> None:
    file = ged_file(tmp_path, {})
    report = import_ged(file)
    import_ged(file)
    source, document, entry = AuditEntry.objects.order_by("seq")
    assert [(each.action, each.kind) for each in (source, document)] == [("create", "source"), ("create", "document")]
    assert (entry.action, entry.actor) == ("import", None)
    incidents, actors = (sorted(str(each.public_id) for each in rows.objects.all()) for rows in (Incident, Actor))
    after = said(entry)["after"]
    assert sorted(after.pop("actors")) == actors
    assert after == {
        "file": report.file, "sha256": report.sha256, "created": 1, "updated": 0, "incidents": incidents,
    }  # fmt: skip


def test_what_a_later_file_changed_is_told_record_by_record(tmp_path: Path) -> None:
    import_ged(ged_file(tmp_path, {}, {"id": "2"}))
    last = AuditEntry.objects.order_by("-seq")[0]
    before = Incident.objects.order_by("pk")[0].place_text
    later = {"best": "11", "deaths_unknown": "5", "where_coordinates": "Elsewhere", "type_of_violence": "3"}
    import_ged(ged_file(tmp_path, later, {"id": "2"}, name="later.csv"))
    document, batch, *changed = AuditEntry.objects.filter(seq__gt=last.seq).order_by("seq")
    assert (document.kind, said(batch)["after"]["updated"]) == ("document", 1)
    assert verify_audit().sound
    incident = IncidentReference.objects.get(scheme=ged_mapping.EVENT_SCHEME, key="12422").incident
    fresh = incident.claims.exclude(supersedes=None).get()
    told = {(each.action, each.kind, each.object_id): said(each) for each in changed}
    of_incident = told["change", "incident", str(incident.public_id)]
    assert (of_incident["before"]["place_text"], of_incident["after"]["place_text"]) == (before, incident.place_text)
    (act,) = incident.acts.all()
    assert of_incident["after"]["parts"]["incident_act"][str(act.pk)]["act"] == act.act
    of_claim = told["create", "claim", str(fresh.public_id)]
    assert (of_claim["before"], of_claim["after"]["value"]) == ({}, 11)
    assert len(of_claim["after"]["parts"]["claim_cell"]) == fresh.cells.count() > 0
    assert {each.reason for each in changed} == {"Imported from UCDP GED"}
