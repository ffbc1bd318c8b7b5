"""What the desk took out of imported events, or changed, stays so, however often UCDP's files are imported again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from incidents import choices
from incidents.exchange.ged import import_ged
from incidents.models import (
    Actor,
    ActorReference,
    AdminArea,
    Attribution,
    Claim,
    ClaimCell,
    Incident,
    IncidentAct,
    PublicPerpetrator,
)
from incidents.rules.publication.publishing import redact
from incidents.rules.sameness.merging import merge
from incidents.rules.sameness.unmerging import undo_merge
from incidents.rules.trail import earlier, editing
from tests.exchange.ged_files import ONE_SIDED, counts, ged_file, some_areas

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PARTY_B = {"side_b_new_id": "491", "side_b": "FPRC"}


@pytest.fixture(autouse=True)
def areas() -> None:
    some_areas()


@pytest.fixture
def imported(tmp_path: Path) -> Callable[..., Any]:
    """Import the one event as it reads with these cells, and answer the report."""

    def run(*changes: dict[str, str], publishing: bool = False) -> Any:
        row: dict[str, str] = {}
        for change in changes:
            row |= change
        return import_ged(ged_file(tmp_path, row), publishing=publishing)

    return run


def warned(report: Any) -> list[str]:
    """What was left alone, in words; figures that do not add up are another matter."""
    return [str(note) for note in report.warnings.kept if "sum of its parts" not in note.note]


def children_changed(incident: Incident, *kinds: str) -> None:
    """What a page of the desk leaves behind when parts of an incident were changed on it."""
    editing.save(Incident.objects.get(pk=incident.pk), kinds)


def test_whom_the_desk_no_longer_accuses_the_same_file_does_not_accuse_again(imported: Callable[..., Any]) -> None:
    imported(ONE_SIDED, publishing=True)
    accused = Attribution.objects.get()
    accused.delete()
    redact(Incident.objects.get(), reason="Wrongly accused.")
    report = imported(ONE_SIDED, publishing=True)
    assert (Attribution.objects.count(), PublicPerpetrator.objects.count(), report.published) == (0, 0, 0)
    assert counts(report) == (1, 0, 0, 1, 0)
    note = "as directly_carried_out: was taken out or changed by hand; left out"
    assert warned(report) == [f'row 2, side "Government of Central African Republic": {note}']


def test_nor_does_a_later_file_in_another_role_or_after_the_actor_was_deleted(imported: Callable[..., Any]) -> None:
    imported()
    government = Attribution.objects.get(actor__references__key="86")
    government.delete()
    report = imported(ONE_SIDED, {"best": "11"})
    assert "directly_carried_out" in warned(report)[0]
    assert not Attribution.objects.filter(actor=government.actor).exists()
    government.actor.delete()
    imported(ONE_SIDED, {"best": "12"})
    assert (Attribution.objects.count(), Claim.objects.count()) == (0, 3)


def test_a_side_that_nobody_took_out_comes_in(imported: Callable[..., Any]) -> None:
    imported()
    Attribution.objects.get(actor__references__key="490").delete()
    report = imported(PARTY_B)
    assert report.warnings.count == 0
    assert set(Attribution.objects.values_list("actor__references__key", flat=True)) == {"86", "491"}


def test_a_side_that_a_file_left_out_comes_back_with_a_file_that_has_it(imported: Callable[..., Any]) -> None:
    imported()
    imported(ONE_SIDED)
    imported()
    standing = Attribution.objects.filter(superseded_by=None)
    assert set(standing.values_list("actor__references__key", "role")) == {("86", "party"), ("490", "party")}


def test_an_attribution_that_the_desk_changed_is_neither_replaced_nor_deleted(imported: Callable[..., Any]) -> None:
    imported()
    other = Actor.objects.create(type="nonstate_armed", identification="named_group", names={"en": "Other"})
    changed = Attribution.objects.get(actor__references__key="490")
    changed.actor = other
    changed.save()
    assert "FPRC, MPC" in warned(imported())[0]
    imported(PARTY_B)
    named = Attribution.objects.filter(superseded_by=None).values_list("actor__names__en", flat=True)
    assert set(named) == {"Government of Central African Republic", "Other", "FPRC"}


def test_a_claim_that_the_desk_deleted_comes_back_with_no_file(imported: Callable[..., Any]) -> None:
    imported(publishing=True)
    Claim.objects.get().delete()
    for report in (imported(publishing=True), imported({"best": "11"}, publishing=True)):
        assert (Claim.objects.count(), report.updated) == (0, 0)
        assert "UCDP's claim was taken out of the record by hand and stays out" in warned(report)[0]


def test_a_later_claim_that_the_desk_deleted_leaves_the_earlier_one_alone(imported: Callable[..., Any]) -> None:
    imported()
    imported({"best": "11"})
    Claim.objects.get(value=11).delete()
    assert imported({"best": "11"}).updated == imported({"best": "12"}).updated == 0
    assert Claim.objects.get().value == 10


def test_an_earlier_claim_that_the_desk_deleted_stops_no_later_one(imported: Callable[..., Any]) -> None:
    imported()
    imported({"best": "11"})
    later = Claim.objects.get(value=11)
    later.supersedes = None
    later.save()
    Claim.objects.get(value=10).delete()
    assert imported({"best": "12"}).updated == 1
    assert list(Claim.objects.values_list("value", flat=True)) == [11, 12]


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"public": False}, "made non-public"),
        ({"retracted_at": "2026-01-01T00:00Z", "retracted_by": choices.RetractedBy.DESK}, "retracted"),
    ],
)
def test_a_later_figure_takes_no_place_of_one_that_the_desk_retracted(
    imported: Callable[..., Any], values: dict[str, Any], word: str
) -> None:
    imported()
    Claim.objects.update(**values)
    assert imported().warnings.count == 0
    report = imported({"best": "11"})
    assert (Claim.objects.get().value, report.updated) == (10, 0)
    assert f"UCDP's claim was {word} in the record; no other takes its place" in warned(report)[0]


def test_a_figure_and_a_part_that_the_desk_corrected_stay(imported: Callable[..., Any]) -> None:
    imported()
    claim = Claim.objects.get()
    claim.value = 9
    claim.save()
    report = imported({"best": "11", "low": "7"})
    assert (Claim.objects.get().value, Claim.objects.get().low, report.updated) == (9, 8, 0)
    assert warned(report) == ['row 2, value "9": was set by hand in the record and stays as it is']
    claim.value = 10
    claim.save()
    cell = ClaimCell.objects.get(status="unknown")
    cell.delete()
    editing.touch(cell)
    assert "parts of best" in warned(imported())[0]
    assert Claim.objects.count() == 1


@pytest.mark.parametrize("scheme", ["ucdp-conflict", "ucdp-dyad"])
def test_a_reference_that_the_desk_deleted_stays_out(imported: Callable[..., Any], scheme: str) -> None:
    imported()
    incident = Incident.objects.get()
    incident.references.get(scheme=scheme).delete()
    for report in (imported(), imported({"conflict_new_id": "417", "dyad_new_id": "862"})):
        assert not incident.references.filter(scheme=scheme).exists()
        assert "references were changed or taken out by hand; left out" in " ".join(warned(report))
    other = incident.references.exclude(scheme__in=[scheme, "ucdp-ged"]).get()
    assert other.key in {"417", "862"}


def test_a_reference_that_the_desk_changed_stays(imported: Callable[..., Any]) -> None:
    imported()
    incident = Incident.objects.get()
    incident.references.filter(scheme="ucdp-conflict").update(key="999")
    children_changed(incident, "IncidentReference")
    assert imported().updated == 0
    assert incident.references.get(scheme="ucdp-conflict").key == "999"


def test_an_act_that_the_desk_deleted_or_named_otherwise_stays_so(imported: Callable[..., Any]) -> None:
    imported()
    IncidentAct.objects.update(act="massacre")
    assert warned(imported()) == [
        'row 2, type_of_violence "massacre": was set by hand in the record and stays as it is'
    ]
    assert IncidentAct.objects.get().act == "massacre"
    IncidentAct.objects.all().delete()
    report = imported(ONE_SIDED)
    assert IncidentAct.objects.count() == 0
    assert "the act was taken out of the record by hand and stays out" in " ".join(warned(report))


def test_areas_that_the_desk_emptied_stay_empty(imported: Callable[..., Any]) -> None:
    imported()
    incident = Incident.objects.get()
    incident.areas.clear()
    children_changed(incident, "areas")
    for report in (imported(), imported({"where_prec": "4"})):
        assert incident.areas.count() == 0
        assert "areas were set by hand" in " ".join(warned(report))


def test_a_place_without_an_area_is_filled_when_the_gazetteer_grew(imported: Callable[..., Any]) -> None:
    imported({"adm_1": "Elsewhere province"})
    assert Incident.objects.get().areas.count() == 0
    imported()
    assert [area.pcode for area in Incident.objects.get().areas.all()] == ["CF612"]
    assert AdminArea.objects.count() == 5


@pytest.mark.parametrize("deleted", ["incident", "reference"])
def test_an_incident_that_the_desk_deleted_or_took_the_id_from_is_not_made_again(tmp_path: Path, deleted: str) -> None:
    twins = [{"id": str(number)} for number in (1, 2)]
    import_ged(ged_file(tmp_path, *twins))
    incident = Incident.objects.get(references__key="1")
    if deleted == "incident":
        Attribution.objects.filter(incident=incident).delete()
        incident.delete()
        Actor.objects.filter(attributions=None).delete()
    else:
        incident.references.get(scheme="ucdp-ged").delete()
    before = Incident.objects.count(), ActorReference.objects.count()
    report = import_ged(ged_file(tmp_path, *twins, {"id": "3"}), publishing=True)
    assert (report.created, report.unchanged, Incident.objects.count()) == (1, 2, before[0] + 1)
    assert ActorReference.objects.count() == before[1]
    assert 'row 2, id "1": its incident was deleted, or lost this id, by hand in the record; left out' in warned(report)


def test_what_a_merge_brought_to_an_incident_is_not_taken_for_its_own(tmp_path: Path) -> None:
    rows = [{}, {"id": "2", "best": "9", "conflict_new_id": "417"} | PARTY_B]
    import_ged(ged_file(tmp_path, *rows))
    survivor, absorbed = Incident.objects.order_by("id")
    row, _ = merge(survivor, absorbed, reason="One event, reported twice")
    before = [list(model.objects.order_by("pk").values_list()) for model in (Claim, Attribution, Incident)]
    references = set(survivor.references.values_list("scheme", "key"))
    for _ in range(2):
        import_ged(ged_file(tmp_path, *rows))
        assert [list(model.objects.order_by("pk").values_list()) for model in (Claim, Attribution, Incident)] == before
        assert set(survivor.references.values_list("scheme", "key")) == references
    undo_merge(row, reason="They were two")
    report = import_ged(ged_file(tmp_path, *rows))
    assert (report.updated, warned(report)) == (0, [])


def test_queries_do_not_grow_with_what_the_desk_took_out(tmp_path: Path, django_assert_max_num_queries: Any) -> None:
    for last, name in ((3, "three.csv"), (30, "thirty.csv")):
        import_ged(ged_file(tmp_path, *({"id": str(number)} for number in range(1, last + 1)), name=name))
        Attribution.objects.all().delete()
        Claim.objects.all().delete()
        for incident in Incident.objects.all():
            incident.title = {"en": "Set by hand"}
            incident.save()
        with django_assert_max_num_queries(34):
            report = import_ged(tmp_path / name)
        assert (report.updated, report.warnings.count) == (0, 4 * last)


def test_a_place_that_was_taken_out_and_erased_comes_back_with_no_file(imported: Callable[..., Any]) -> None:
    imported({"where_coordinates": "The house of a witness"})
    incident = Incident.objects.get()
    incident.place_text = ""
    editing.save(incident)
    with transaction.atomic():
        assert earlier.forget("incident", str(incident.public_id), "It names a witness.")
    report = imported({"where_coordinates": "The house of a witness", "best": "11"})
    assert Incident.objects.get().place_text == ""
    assert warned(report) == ['row 2, place_text "": was set by hand in the record and stays as it is']
