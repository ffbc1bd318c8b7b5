"""Events that the desk deleted are known by UCDP's own id; by how they read only where nothing tells the id."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import reverse

from incidents.exchange.ged import import_ged
from incidents.models import Incident, IncidentReference
from incidents.rules.publication.publishing import withdraw
from incidents.rules.trail import auditing
from incidents.rules.trail.differences import said, state_of
from tests import factories
from tests.exchange.ged_files import ONE_SIDED, counts, ged_file, some_areas

pytestmark = pytest.mark.django_db

LOST = "its incident was deleted, or lost this id, by hand in the record; left out"
ALIKE = (
    "an incident that reads like it was deleted, or lost its id, by hand in the record; left out, as is each such event"
)


@pytest.fixture(autouse=True)
def areas() -> None:
    some_areas()


def imported(folder: Path, *ids: str, **changes: str) -> Any:
    rows = [ONE_SIDED | changes | {"id": each} for each in ids]
    return import_ged(ged_file(folder, *rows), publishing=True)


def of_event(key: str) -> Incident:
    return IncidentReference.objects.get(scheme="ucdp-ged", key=key).incident


def known() -> set[str]:
    return set(IncidentReference.objects.filter(identifies=True).values_list("key", flat=True))


def warned(report: Any) -> list[str]:
    return [str(note) for note in report.warnings.kept if note.column == "id"]


def test_a_new_event_that_reads_alike_comes_in_and_the_deleted_one_does_not(tmp_path: Path) -> None:
    imported(tmp_path, "100")
    withdraw(Incident.objects.get(), reason_code="privacy", reason="A danger to a witness.")
    Incident.objects.get().delete()
    report = imported(tmp_path, "99", "100")
    assert (counts(report), known()) == ((2, 1, 0, 1, 0), {"99"})
    assert warned(report) == [f'row 3, id "100": {LOST}']


@pytest.mark.parametrize("changes", [{"where_coordinates": "Bambari"}, {"date_start": "2017-05-08"}, {"side_a": "X"}])
def test_a_deleted_event_stays_out_however_it_is_corrected(tmp_path: Path, changes: dict[str, str]) -> None:
    imported(tmp_path, "100")
    Incident.objects.get().delete()
    report = imported(tmp_path, "100", date_end="2017-05-08", **changes)
    assert (report.created, warned(report)) == (0, [f'row 2, id "100": {LOST}'])


def test_one_of_several_alike_is_left_out_whatever_comes_before_it(tmp_path: Path) -> None:
    imported(tmp_path, "99", "100")
    of_event("99").delete()
    assert imported(tmp_path, "98", "99", "100").created == 1
    assert known() == {"98", "100"}


def test_an_id_that_the_desk_took_from_a_record_of_its_own_is_a_new_event(tmp_path: Path) -> None:
    imported(tmp_path, "1")
    factories.IncidentReferenceFactory(scheme="ucdp-ged", key="100").delete()
    assert (imported(tmp_path, "100").created, known()) == (1, {"1", "100"})


def test_where_no_history_tells_the_id_all_that_read_alike_are_left_out(tmp_path: Path) -> None:
    imported(tmp_path, "100")
    Incident.objects.get().delete()
    IncidentReference.history.all().delete()
    report = imported(tmp_path, "99", "100")
    assert (report.created, warned(report)) == (0, [f'row 2, id "99": {ALIKE}', f'row 3, id "100": {ALIKE}'])


@pytest.mark.parametrize("deleted", ["incident", "reference", "on the page of the incident"])
def test_the_audit_chain_tells_what_was_deleted_before_references_had_a_history(tmp_path: Path, deleted: str) -> None:
    import_ged(ged_file(tmp_path, ONE_SIDED | {"id": "100"}))
    desk = Client()
    desk.force_login(factories.UserFactory(is_staff=True, is_superuser=True))
    incident = Incident.objects.get()
    reference = incident.references.get(scheme="ucdp-ged")
    if deleted == "on the page of the incident":
        recorded_on_the_page(incident, reference)
    else:
        row = incident if deleted == "incident" else reference
        page = reverse(f"admin:incidents_{row._meta.model_name}_delete", args=[row.pk])
        assert desk.post(page, {"post": "yes"}).status_code == 302
    gone = IncidentReference.history.filter(history_type="-")
    before = set(gone.values_list("id", "incident_id", "scheme", "key", "identifies"))
    gone.delete()
    import_module("incidents.migrations.0023_history_of_references").tell(apps, None)
    told = set(gone.values_list("incident_id", "scheme", "key", "identifies"))
    assert told == {row[1:] for row in before}
    assert warned(imported(tmp_path, "99", "100")) == [f'row 3, id "100": {LOST}']


def recorded_on_the_page(incident: Incident, reference: IncidentReference) -> None:
    """What the audit chain keeps when a part is deleted on the page of its record."""
    with transaction.atomic():
        parts = {"incident_reference": {str(reference.pk): said(state_of(reference))}}
        reference.delete()
        auditing.record(action="change", obj=incident, before={"parts": parts}, after={})
