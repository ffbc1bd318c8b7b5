"""How people rate what is public, and when they say that a document appeared, shows in no figure that an import or a
seed publishes before two people published it."""

from pathlib import Path
from typing import Any

import pytest

from incidents.exchange.ged import import_ged
from incidents.models import Claim, Document, Incident, Source
from incidents.rules.publication.publishing import publish
from tests import factories
from tests.exchange.ged_files import ged_file, some_areas
from tests.rules.published import document_of, fresh

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def areas() -> None:
    some_areas()


def edited(obj: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(obj, name, value)
    obj.save()


def imported(folder: Path, **changes: str) -> Incident:
    report = import_ged(ged_file(folder, {"id": "1"} | changes), publishing=True)
    assert report.published
    return Incident.objects.get()


def killed(incident: Incident) -> tuple[int, int | None, int]:
    (row,) = [
        each for each in document_of(incident)["estimates"] if (each["measure"], each["status"]) == ("killed", "all")
    ]
    return row["low"], row["best"], row["high"]


def rival(incident: Incident, **values: Any) -> Claim:
    """Another figure, of a source that is held to be less reliable than UCDP; both are public."""
    said = {"incident": incident, "measure": "killed", "status": "all", "basis": "documented", "value": 30, **values}
    claim: Claim = factories.ClaimFactory(**said)
    publish([incident])
    return claim


def test_a_rating_that_was_edited_shows_in_nothing_that_an_import_publishes(tmp_path: Path) -> None:
    incident = imported(tmp_path)
    other = rival(incident, asserted_by=factories.SourceFactory(reliability="E"))
    assert killed(incident)[1] == 10
    ucdp = Source.objects.get(kind="dataset")
    edited(ucdp, reliability="F")
    edited(other.asserted_by, reliability="A")
    imported(tmp_path, where_coordinates="Elsewhere")
    assert killed(incident)[1] == 10
    imported(tmp_path, where_coordinates="Elsewhere", best="11")
    assert killed(incident)[1] == 11  # by a claim that was never published
    publish([fresh(incident)])  # by two people, who are shown it
    assert killed(incident)[1] == 30
    imported(tmp_path, where_coordinates="Elsewhere", best="12")
    assert killed(incident)[1] == 30


def test_nor_does_a_rating_in_what_is_published_for_the_first_time(tmp_path: Path) -> None:
    source = factories.SourceFactory(reliability="E")
    publish([source])
    import_ged(ged_file(tmp_path, {"id": "1"}))
    incident = Incident.objects.get()
    factories.ClaimFactory(
        incident=incident, measure="killed", status="all", basis="documented", value=30, asserted_by=source
    )
    edited(source, reliability="A")
    imported(tmp_path)
    assert killed(incident)[1] == 10


def test_nor_does_the_day_of_a_document(tmp_path: Path) -> None:
    incident = imported(tmp_path)
    source = factories.SourceFactory(reliability="A")
    days = {"2025-03-01": 30, "2025-03-02": 40}
    said = [
        rival(
            incident,
            asserted_by=source,
            as_of=None,
            value=value,
            document=factories.DocumentFactory(publisher=source, published_on=day),
        )
        for day, value in days.items()
    ]
    assert killed(incident)[1] == 40
    edited(Document.objects.get(pk=said[0].document_id), published_on="2025-03-03")
    imported(tmp_path, where_coordinates="Elsewhere")
    assert killed(incident)[1] == 40
    assert {each["document"]["published_on"] for each in document_of(incident)["claims"]} >= set(days)
