"""An edit that is saved while an import or a seed works waits for it: it is neither overwritten nor published.

Two threads and real commits on PostgreSQL; on SQLite one transaction writes at a time.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from incidents.exchange import ged, ged_changes, seeds, seeds_publishing
from incidents.exchange.ged import import_ged
from incidents.exchange.seeds import RIVALS, load_founding_case, load_story
from incidents.models import Actor, Claim, Incident, PublicIncident, PublicSource, Source
from incidents.models.base import Record
from incidents.rules.sameness.merging import merge
from incidents.rules.sameness.unmerging import undo_merge
from incidents.rules.trail import editing
from tests.exchange.ged_files import ONE_SIDED, ged_file, some_areas
from tests.exchange.test_seeds import changed_copy
from tests.rules.test_lock_order import Other
from tests.stories import add_areas, id_of

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("commits")]


def saved_on_a_page(record: Any, **values: Any) -> Callable[[], None]:
    """What a page of the desk does that was opened now: saved later, it is refused where somebody saved before."""

    def save() -> None:
        with transaction.atomic():
            stored: Record = editing.check(record, record.version)
            for name, value in values.items():
                setattr(stored, name, value)
            editing.save(stored)

    return save


def meanwhile(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, does: Callable[[], None]) -> Other:
    """Another thread that begins when this function of the module is called, and has to wait."""
    other, function = Other(does), getattr(module, name)

    def called(*args: Any, **kwargs: Any) -> Any:
        if other.thread.ident is None:
            other.start_and_wait_until_it_waits()
        return function(*args, **kwargs)

    monkeypatch.setattr(module, name, called)
    return other


def edited_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> Other:
    """An edit of an imported incident that somebody saves when this function of the next import is called."""
    some_areas()
    import_ged(ged_file(tmp_path, {"id": "1"}))
    return meanwhile(monkeypatch, module, name, saved_on_a_page(Incident.objects.get(), summary={"en": "TOKDRAFT"}))


def drafts() -> int:
    return sum("TOKDRAFT" in str(text) for text in PublicIncident.objects.values_list("document", flat=True))


def test_an_edit_of_an_incident_waits_for_the_batch_that_publishes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = edited_meanwhile(tmp_path, monkeypatch, ged, "publish")
    assert import_ged(ged_file(tmp_path, {"id": "1"}), publishing=True).published
    other.thread.join()
    assert not other.failed
    assert (Incident.objects.get().summary, drafts()) == ({"en": "TOKDRAFT"}, 0)


def test_nor_is_an_edit_overwritten_by_a_batch_that_publishes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = edited_meanwhile(tmp_path, monkeypatch, ged_changes, "apply")
    import_ged(ged_file(tmp_path, {"id": "1", "where_coordinates": "Elsewhere"}))
    other.thread.join()
    assert [type(each) for each in other.failed] == [editing.Stale]
    assert Incident.objects.get().summary == {}


def test_a_figure_goes_to_the_incident_that_has_its_event_once_an_undone_merge_is_waited_for(tmp_path: Path) -> None:
    some_areas()
    import_ged(ged_file(tmp_path, {"id": "1"}, {"id": "2"}))
    kept, gone = Incident.objects.order_by("pk")
    row, _ = merge(kept, gone, reason="One event, reported twice.")
    corrected = ged_file(tmp_path, {"id": "1"}, {"id": "2", "best": "11", "deaths_unknown": "5"})
    other = Other(lambda: import_ged(corrected))
    with transaction.atomic():
        undo_merge(row, reason="They are two.")
        other.start_and_wait_until_it_waits()
    other.thread.join()
    assert not other.failed
    claims = Claim.objects.order_by("pk").values_list("incident", "value")
    assert list(claims) == [(kept.pk, 10), (gone.pk, 10), (gone.pk, 11)]


def test_what_an_import_is_the_first_to_name_is_published_as_it_was_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_areas()
    import_ged(ged_file(tmp_path, {"id": "1", **ONE_SIDED}))
    actor = Actor.objects.get(attributions__isnull=False)
    other = meanwhile(monkeypatch, ged, "publish", saved_on_a_page(actor, names={"en": "TOKDRAFT"}))
    assert import_ged(ged_file(tmp_path, {"id": "1", **ONE_SIDED}), publishing=True).published
    other.thread.join()
    assert not other.failed
    actor.refresh_from_db()
    assert (actor.names, drafts()) == ({"en": "TOKDRAFT"}, 0)


def test_an_edit_of_an_incident_waits_for_the_seed_that_publishes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    add_areas()
    load_founding_case()
    coast = Incident.objects.get(public_id=id_of("incident", "coast"))
    edit = saved_on_a_page(coast, summary={"en": "TOKDRAFT"})
    other = meanwhile(monkeypatch, seeds_publishing, "publish", edit)
    load_founding_case(publishing=True)
    other.thread.join()
    assert not other.failed
    assert PublicIncident.objects.filter(public_id=coast.public_id).exists()
    assert drafts() == 0


def test_nor_is_an_edit_of_a_source_overwritten_by_a_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_areas()
    load_founding_case(publishing=True)
    sana = Source.objects.get(public_id=id_of("source", "sana"))
    other = meanwhile(monkeypatch, seeds, "_enter", saved_on_a_page(sana, names={"en": "TOKDRAFT"}))
    changed = changed_copy(tmp_path, "key: sana, kind: media_local", "key: sana, kind: media_international")
    load_story([changed, RIVALS], publishing=True)
    other.thread.join()
    assert [type(each) for each in other.failed] == [editing.Stale]
    assert "TOKDRAFT" not in str(PublicSource.objects.get(public_id=sana.public_id).document)
