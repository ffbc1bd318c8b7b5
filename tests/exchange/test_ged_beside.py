"""Corrections of a file are taken where the desk changed something beside them, and left where it changed the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from incidents.exchange.ged import import_ged
from incidents.models import AuditValues, Claim, ClaimCell, Incident, IncidentAct, IncidentReference, Merge
from incidents.rules.sameness.merging import merge
from incidents.rules.sameness.unmerging import undo_merge
from incidents.rules.trail import auditing, editing
from incidents.rules.trail.differences import said, state_of
from tests import factories
from tests.exchange.ged_files import ONE_SIDED, ged_file, some_areas

pytestmark = [pytest.mark.django_db, pytest.mark.once]

BATTLE = {"type_of_violence": "1", "side_b_new_id": "490", "side_b": "FPRC"}
Import = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def areas() -> None:
    some_areas()


@pytest.fixture
def imported(tmp_path: Path) -> Import:
    """Import the one event as it reads with these cells; answers the warnings."""

    def run(**changes: str) -> list[str]:
        report = import_ged(ged_file(tmp_path, ONE_SIDED | changes))
        return [str(note) for note in report.warnings.kept if "sum of its parts" not in note.note]

    return run


def edited(*parts: str) -> None:
    editing.save(Incident.objects.get(), parts)


def keys(scheme: str) -> list[str]:
    return list(IncidentReference.objects.filter(scheme=scheme).values_list("key", flat=True))


def values() -> list[int | None]:
    return list(Claim.objects.order_by("id").values_list("value", flat=True))


def audited(before: list[Any], after: list[Any]) -> None:
    """What the page of the claim leaves in the audit chain when its cells are changed there."""
    claim = Claim.objects.get()
    with transaction.atomic():
        sides = [{"parts": {"claim_cell": {str(pk): each for pk, each in side}}} for side in (before, after)]
        auditing.record(action="change", obj=claim, before=sides[0], after=sides[1])
        editing.save(claim, ["ClaimCell"])


def add_cell(**columns: Any) -> ClaimCell:
    plain = {"sex": "", "age_group": "", "cause": "", "occupation": "", "value": 2}
    cell: ClaimCell = factories.ClaimCellFactory(claim=Claim.objects.get(), **plain | columns)
    audited([], [(cell.pk, said(state_of(cell)))])
    return cell


def test_a_reference_is_corrected_beside_one_of_another_scheme(imported: Import) -> None:
    imported()
    factories.IncidentReferenceFactory(incident=Incident.objects.get(), scheme="hrw", key="x1", identifies=False)
    edited("IncidentReference")
    assert imported(dyad_new_id="999") == []
    assert imported(dyad_new_id="998", conflict_new_id="417") == []
    assert (keys("ucdp-dyad"), keys("ucdp-conflict"), keys("hrw")) == (["998"], ["417"], ["x1"])


def test_a_reference_that_the_desk_changed_added_or_deleted_stays_so(imported: Import) -> None:
    imported()
    incident = Incident.objects.get()
    dyad = incident.references.get(scheme="ucdp-dyad")
    dyad.key = "862"
    dyad.save()
    edited("IncidentReference")
    assert "references were changed" in imported(dyad_new_id="999", conflict_new_id="417")[0]
    assert (keys("ucdp-dyad"), keys("ucdp-conflict")) == (["862"], ["417"])
    incident.references.create(scheme="ucdp-conflict", key="5", identifies=False)
    assert len(imported(dyad_new_id="999", conflict_new_id="418")) == 2
    assert sorted(keys("ucdp-conflict")) == ["417", "5"]


def test_an_act_is_corrected_beside_one_that_somebody_else_named(imported: Import) -> None:
    imported()
    factories.IncidentActFactory(incident=Incident.objects.get(), rank=2, act="torture")
    edited("IncidentAct")
    assert imported(**BATTLE) == []
    assert set(IncidentAct.objects.values_list("act", flat=True)) == {"killing_in_conflict", "torture"}


def test_an_act_that_the_desk_made_another_of_ucdps_stays(imported: Import) -> None:
    imported()
    IncidentAct.objects.update(act="killing_in_conflict")
    edited("IncidentAct")
    assert "was set by hand" in imported()[0]
    assert IncidentAct.objects.get().act == "killing_in_conflict"


def test_an_act_that_ucdp_said_already_is_not_said_twice(imported: Import) -> None:
    imported()
    first = IncidentAct.objects.get()
    second = {"asserted_by": first.asserted_by, "document": first.document, "act": "killing_in_conflict", "rank": 2}
    factories.IncidentActFactory(incident=first.incident, **second)
    assert "was set by hand" in imported(**BATTLE)[0]


@pytest.mark.parametrize(
    "added", [{"status": "", "sex": "female"}, {"status": "state_forces"}, {"status": "civilian", "sex": "male"}]
)
def test_a_cell_that_the_desk_added_stops_no_corrected_figure_and_is_named(imported: Import, added: Any) -> None:
    imported()
    cell = add_cell(**added)
    assert (imported(), values()) == ([], [10])
    (note,) = imported(best="11", deaths_unknown="5")
    words = " ".join([*filter(None, added.values()), "2"])
    assert note == f'row 2, best "11": parts added by hand stay with the figure that this one supersedes: {words}'
    assert (values(), cell.claim.superseded_by.get().value) == ([10, 11], 11)


def test_a_cell_of_ucdp_that_the_desk_changed_keeps_its_figure(imported: Import) -> None:
    imported()
    cell = ClaimCell.objects.get(status="civilian")
    ClaimCell.objects.filter(pk=cell.pk).update(value=2)
    audited([(cell.pk, {"value": 3})], [(cell.pk, {"value": 2})])
    assert "parts of best" in imported(best="11")[0]
    assert values() == [10]


def test_where_the_audit_chain_was_emptied_a_part_that_differs_keeps_its_figure(imported: Import) -> None:
    imported()
    add_cell(status="state_forces")
    with transaction.atomic():
        auditing.erase(list(AuditValues.objects.values_list("pk", flat=True)), "Names somebody.")
    assert "parts of best" in imported(best="11")[0]
    assert values() == [10]


def test_whom_ucdp_relied_on_as_the_desk_wrote_it_stops_no_figure_and_stays_by_itself(imported: Import) -> None:
    imported()
    claim = Claim.objects.get()
    claim.based_on = ["A witness"]
    claim.save()
    assert "was set by hand" in imported()[0]
    assert Claim.objects.get().based_on == ["A witness"]
    assert (imported(best="11"), values()) == ([], [10, 11])


def test_after_a_merge_that_was_undone_corrections_are_taken_as_before(tmp_path: Path) -> None:
    two = ONE_SIDED | {"id": "2", "latitude": "5.9", "where_coordinates": "Elsewhere"}
    import_ged(ged_file(tmp_path, ONE_SIDED, two))
    kept, gone = Incident.objects.order_by("id")
    merge(kept, gone, reason="One.", take_from_absorbed=("title", "latitude"))
    undo_merge(Merge.objects.get(), reason="Two.")
    new = {"dyad_new_id": "999", "adm_2": "", "latitude": "5.8", "best": "11"} | BATTLE
    report = import_ged(ged_file(tmp_path, ONE_SIDED | new, two | new))
    assert (report.updated, [str(note) for note in report.warnings.kept if "sum of" not in note.note]) == (2, [])
    for each in Incident.objects.all():
        assert each.latitude == 5.8
        assert [act.act for act in each.acts.all()] == ["killing_in_conflict"]
        assert [area.pcode for area in each.areas.all()] == ["CF61"]
        assert set(each.references.values_list("scheme", "key")) > {("ucdp-dyad", "999"), ("ucdp-conflict", "416")}
        assert set(each.claims.values_list("value", flat=True)) == {10, 11}
