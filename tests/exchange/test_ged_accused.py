"""An attribution of UCDP that the desk annotated is still UCDP's; whoever stays accused against the file is named."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from incidents.exchange.ged import import_ged
from incidents.models import Attribution, Incident, PublicPerpetrator
from incidents.rules.publication.publishing import publish
from tests import factories
from tests.exchange.ged_files import ONE_SIDED, ged_file, some_areas
from tests.rules.published import document_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]

GOVERNMENT, ANOTHER = "Government of Central African Republic", "Another army"
OTHER_SIDE = {"side_a_new_id": "77", "side_a": ANOTHER}


@pytest.fixture(autouse=True)
def areas() -> None:
    some_areas()


def imported(folder: Path, *changes: dict[str, str]) -> Any:
    row: dict[str, str] = {}
    for change in changes:
        row |= change
    return import_ged(ged_file(folder, row), publishing=True)


def annotated(**values: Any) -> Attribution:
    """The first attribution, as the desk changed and published it."""
    first = Attribution.objects.order_by("id")[0]
    for name, value in values.items():
        setattr(first, name, value)
    first.save()
    publish([first.incident])
    return first


def warned(report: Any) -> list[str]:
    return [str(note) for note in report.warnings.kept if note.column == "side"]


def accused() -> set[str]:
    standing = Attribution.objects.filter(superseded_by=None)
    return set(standing.values_list("actor__names__en", flat=True))


def details() -> list[dict[str, Any]]:
    return [{"as_of": date(2017, 6, 1)}, {"document": factories.DocumentFactory()}, {"confidence": "likely"}]


@pytest.mark.parametrize("which", range(3))
def test_a_side_that_the_desk_annotated_is_superseded_by_the_one_that_the_file_has_now(
    tmp_path: Path, which: int
) -> None:
    imported(tmp_path, ONE_SIDED)
    first = annotated(**details()[which])
    report = imported(tmp_path, ONE_SIDED, OTHER_SIDE)
    assert (accused(), warned(report)) == ({ANOTHER}, [])
    assert Attribution.objects.get(supersedes=first).actor.names == {"en": ANOTHER}
    assert Incident.objects.get().attributions.count() == 2


def test_one_that_the_desk_annotated_is_dropped_with_the_file(tmp_path: Path) -> None:
    imported(tmp_path)
    dated = Attribution.objects.get(actor__references__key="490")
    dated.as_of = date(2017, 6, 1)
    dated.save()
    imported(tmp_path, ONE_SIDED)
    assert accused() == {GOVERNMENT}


def test_one_whose_role_changes_takes_the_new_role(tmp_path: Path) -> None:
    imported(tmp_path)
    annotated(as_of=date(2017, 6, 1))
    assert warned(imported(tmp_path, ONE_SIDED)) == []
    standing = Attribution.objects.get(superseded_by=None)
    assert (standing.role, standing.actor.names["en"]) == ("directly_carried_out", GOVERNMENT)


@pytest.mark.parametrize("values", [{"extent": "unstated"}, {"position": "found"}, {"role": "ordered"}])
def test_one_in_which_the_desk_changed_the_accusation_stays_and_is_named(tmp_path: Path, values: Any) -> None:
    imported(tmp_path, ONE_SIDED)
    changed = annotated(**values)
    report = imported(tmp_path, ONE_SIDED, OTHER_SIDE)
    assert accused() == {GOVERNMENT, ANOTHER}
    note = f"as {changed.role}: was changed by hand and stays, though the file does not say it"
    assert warned(report) == [f'row 2, side "{GOVERNMENT}": {note}']
    assert PublicPerpetrator.objects.count() == 2


def test_whom_an_earlier_file_accused_is_not_accused_again_when_the_last_one_accuses_nobody_there(
    tmp_path: Path,
) -> None:
    """Each took the place of the one before; the last is deleted, and no file says the others any more."""
    for key, name in (("490", "FPRC"), ("491", "MPC"), ("492", "UPC")):
        imported(tmp_path, {"side_b_new_id": key, "side_b": name})
    imported(tmp_path, ONE_SIDED)
    assert accused() == {"Government of Central African Republic"}
    said = document_of(Incident.objects.get())["attributions"]
    assert {each["perpetrator"]["name"]["en"] for each in said} == accused()
    assert imported(tmp_path, ONE_SIDED).updated == 0
