"""What the desk edited and did not publish is published by no import and no seed; both name what waits."""

from pathlib import Path
from typing import Any

import pytest

from incidents.exchange.ged import import_ged
from incidents.exchange.seeds import FOUNDING, RIVALS, load_founding_case, load_story
from incidents.exchange.unpublished import NAMES_WAITING
from incidents.models import Attribution, Claim, Incident, PublicIncident, PublicSource, Source
from incidents.models.base import Record
from incidents.rules.publication.publishing import publish
from incidents.rules.trail import editing
from tests import factories
from tests.exchange.ged_files import ONE_SIDED, ged_file, some_areas
from tests.exchange.test_seeds import changed_copy
from tests.stories import add_areas, id_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]

WAITS = "is not published, since people changed it and nobody published that yet"


def drafted(record: Record, **values: Any) -> Any:
    for name, value in values.items():
        setattr(record, name, value)
    editing.save(record)
    return record


def drafts() -> int:
    return sum("TOKDRAFT" in str(text) for text in PublicIncident.objects.values_list("document", flat=True))


def imported(folder: Path, *rows: dict[str, str], publishing: bool = True) -> list[str]:
    report = import_ged(ged_file(folder, *rows), publishing=publishing)
    return [str(note) for note in report.warnings.kept if note.column == "id"]


def test_an_import_writes_what_differs_and_leaves_the_draft_unpublished(tmp_path: Path) -> None:
    some_areas()
    imported(tmp_path, {"id": "1"}, {"id": "2"})
    incident = Incident.objects.get(references__key="1")
    drafted(incident, summary={"en": "TOKDRAFT"})
    assert imported(tmp_path, {"id": "1"}, {"id": "2"}) == []
    changed = [{"id": "1", "best": "11"}, {"id": "2", "best": "11"}]
    for _ in range(2):
        assert imported(tmp_path, *changed) == [f'row 2, id "1": {WAITS}']
        assert drafts() == 0
    assert Claim.objects.filter(value=11).count() == 2
    assert sum('"value":11' in str(each.document) for each in PublicIncident.objects.all()) == 1
    publish([Incident.objects.get(pk=incident.pk)])
    assert imported(tmp_path, {"id": "1", "best": "12"}, {"id": "2"}) == []
    assert drafts() == 1


def test_nor_does_an_import_publish_what_the_desk_edited_or_entered_before_it_was_public(tmp_path: Path) -> None:
    some_areas()
    imported(tmp_path, {"id": "1"}, publishing=False)
    drafted(Incident.objects.get(), summary={"en": "TOKDRAFT"})
    own = factories.IncidentFactory(summary={"en": "TOKDRAFT"})
    factories.IncidentReferenceFactory(incident=own, scheme="ucdp-ged", key="2")
    assert imported(tmp_path, {"id": "1"}, {"id": "2"}) == [f'row 2, id "1": {WAITS}', f'row 3, id "2": {WAITS}']
    assert PublicIncident.objects.count() == 0


def test_a_seed_writes_what_differs_and_leaves_the_draft_unpublished(tmp_path: Path) -> None:
    add_areas()
    load_founding_case(publishing=True)
    incident = drafted(Claim.objects.get(public_id=id_of("claim", "c29")).incident, summary={"en": "TOKDRAFT"})
    changed = [changed_copy(tmp_path, "value: 29,", "value: 30,"), RIVALS]
    for _ in range(2):
        report = load_story(changed, publishing=True)
        assert f"incident coast: {WAITS}" in report.left
        assert drafts() == 0
    assert Claim.objects.get(public_id=id_of("claim", "c29")).value == 30
    publish([Incident.objects.get(pk=incident.pk)])
    assert WAITS not in str(load_story(changed, publishing=True).left)
    assert drafts() == 1


def test_a_source_that_the_desk_renamed_is_not_published_with_the_file(tmp_path: Path) -> None:
    add_areas()
    load_founding_case(publishing=True)
    sana = Source.objects.get(public_id=id_of("source", "sana"))
    drafted(sana, names={"en": "TOKDRAFT"})
    sana.refresh_from_db()
    sana.reliability_reason = "Seeded since."
    sana.save()
    sana.history.filter(pk=sana.history.latest().pk).update(history_change_reason="Seeded")
    assert f"source sana: {WAITS}" in load_story([FOUNDING, RIVALS], publishing=True).left
    assert "TOKDRAFT" not in str(PublicSource.objects.get(public_id=sana.public_id).document)


def test_nor_is_what_the_desk_edited_of_something_that_a_seed_is_the_first_to_name(tmp_path: Path) -> None:
    add_areas()
    load_founding_case(publishing=False)
    sana = drafted(Source.objects.get(public_id=id_of("source", "sana")), names={"en": "TOKDRAFT"})
    report = load_story([FOUNDING, RIVALS], publishing=True)
    waiting = [line for line in report.left if line.endswith(f"is not published, since {NAMES_WAITING}")]
    assert waiting
    assert drafts() == 0
    assert not PublicSource.objects.filter(public_id=sana.public_id).exists()
    assert PublicIncident.objects.exists()  # those that do not name it
    publish([sana])
    assert NAMES_WAITING not in str(load_story([FOUNDING, RIVALS], publishing=True).left)


def test_nor_of_an_actor_that_an_import_is_the_first_to_name(tmp_path: Path) -> None:
    some_areas()
    imported(tmp_path, {"id": "1"}, publishing=False)
    actor = Attribution.objects.all()[0].actor
    drafted(actor, names={"en": "TOKDRAFT"})
    for _ in range(2):
        assert imported(tmp_path, {"id": "1"}) == [f'row 2, id "1": is not published, since {NAMES_WAITING}']
    assert (drafts(), PublicIncident.objects.count()) == (0, 0)
    publish([Incident.objects.get()])
    assert imported(tmp_path, {"id": "1"}) == []
    assert imported(tmp_path, {"id": "1", "best": "11"}) == []  # a party has no document, and is named so in public
    drafted(actor, names={"en": "TOKDRAFT again"})
    assert len(imported(tmp_path, {"id": "1", "best": "12"})) == 1
    assert "TOKDRAFT again" not in str(PublicIncident.objects.get().document)


def test_what_is_public_of_what_is_named_stays_as_it_was_published(tmp_path: Path) -> None:
    some_areas()
    accused = {"id": "1", **ONE_SIDED}
    imported(tmp_path, accused)
    drafted(Attribution.objects.get().actor, names={"en": "TOKDRAFT"})
    assert imported(tmp_path, accused | {"best": "11"}) == []
    assert (drafts(), Claim.objects.filter(value=11).count()) == (0, 1)
