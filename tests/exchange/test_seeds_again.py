"""Seeding again: what the desk changed, closed, withdrew, merged or took out since stands, and the report says so."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from incidents import choices
from incidents.exchange import seeds
from incidents.exchange.seeds import FOUNDING, RIVALS, load_founding_case, load_story
from incidents.exchange.seeds_desk import SeedReport
from incidents.exchange.unpublished import WAITS
from incidents.models import (
    ActorAlias,
    Attribution,
    AuditEntry,
    Claim,
    ClaimCell,
    Document,
    Incident,
    IncidentAct,
    IncidentReference,
    IncidentRelation,
    Investigation,
    InvestigationEvent,
    Publication,
    PublicDocument,
    PublicIncident,
    PublicSource,
    Scope,
    Source,
    Statement,
    TargetedGroup,
)
from incidents.models.base import Record
from incidents.rules.publication.protecting import protect
from incidents.rules.publication.publishing import publish, withdraw
from incidents.rules.sameness.merging import merge
from incidents.rules.sameness.unmerging import undo_merge
from incidents.rules.trail import auditing, earlier, editing
from tests.exchange.test_seeds import changed_copy, rows
from tests.sharing import made_once
from tests.stories import add_areas, id_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]

Again = Callable[[], SeedReport]


@pytest.fixture
def areas() -> None:
    add_areas()


def load(*, publishing: bool = False) -> None:
    add_areas()
    load_founding_case(publishing=publishing)


@pytest.fixture(scope="class")
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with made_once(django_db_blocker, load):
        yield


@pytest.fixture(scope="class")
def published(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with made_once(django_db_blocker, lambda: load(publishing=True)):
        yield


@pytest.fixture(params=["same", "changed", "older release"])
def again(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Again:
    """Seed once more: with the same files, with one that changed, and where an earlier release had seeded."""

    def run() -> SeedReport:
        if request.param == "same":
            return load_founding_case(publishing=True)
        if request.param == "older release":
            monkeypatch.setattr(seeds, "_was_loaded_last", lambda *_: False)
            for model in (Source, Document, Incident, Investigation, Claim, Attribution):
                model.history.filter(history_change_reason="Seeded").update(history_change_reason=None)
            return load_founding_case(publishing=True)
        report = load_story([changed_copy(tmp_path, "value: 29,", "value: 30,"), RIVALS], publishing=True)
        assert "claim c29: value 29 -> 30" in report.changed
        return report

    return run


def stored(model: type[Any], key: str) -> Any:
    return model.objects.get(public_id=id_of(model.__name__.lower(), key))


def set_by_hand(record: Record, **values: Any) -> Any:
    """What a page of the desk does: save it as the next version, and protect at once what is private now."""
    for name, value in values.items():
        setattr(record, name, value)
    editing.save(record)
    protect(record)
    return record


def delete_by_hand(row: Any) -> None:
    """The same for a part that is taken out of a record."""
    pk = row.pk
    row.delete()
    row.pk = pk
    editing.touch(row)


def left_alone(report: SeedReport) -> list[str]:
    """What of the desk's was left alone, but for what waits to be published."""
    return sorted(each for each in report.left if WAITS not in each)


def all_but_what_the_file_changed() -> dict[str, list[Any]]:
    """Every row of the working record but the claim that the changed file speaks of, and what counts its change."""
    alone = {name: found for name, found in rows().items() if not name.startswith(("Audit", "Log"))}
    for name, columns in {"Claim": 6, "Incident": 5}.items():
        alone[name] = [each[columns:] for each in alone[name] if each[0] != stored(Claim, "c29").pk or name != "Claim"]
    return {name: found for name, found in alone.items() if not name.startswith(("Publi", "Tally"))}


@pytest.mark.usefixtures("published")
class TestOfWhatIsPublished:
    """The founding case was loaded and published."""

    def test_what_was_made_private_stays_private(self, again: Again) -> None:
        source = set_by_hand(stored(Source, "alawite_council"), confidential=True)
        document = set_by_hand(stored(Document, "sohr_0308"), consent=choices.Consent.WITHDRAWN)
        incident = set_by_hand(stored(Incident, "elder"), sensitivity=choices.Sensitivity.HIGH)
        withdraw(stored(Incident, "tuwaym"), reason_code="privacy", reason="A danger to witnesses.")
        report = again()
        assert stored(Source, "alawite_council").confidential is True
        assert stored(Document, "sohr_0308").consent == "withdrawn"
        assert stored(Incident, "elder").sensitivity == "high"
        assert not PublicSource.objects.filter(public_id=source.public_id).exists()
        assert not PublicDocument.objects.filter(public_id=document.public_id).exists()
        assert not PublicIncident.objects.filter(public_id=id_of("incident", "tuwaym")).exists()
        assert PublicIncident.objects.get(public_id=incident.public_id).killed_best is not None
        assert {
            "source alawite_council: confidential was changed since and stays as it is",
            "document sohr_0308: consent was changed since and stays as it is",
            "incident tuwaym: is not published, since it was withdrawn",
        } <= set(report.left)

    def test_nothing_is_opened_that_no_history_tells_of(self, again: Again) -> None:
        Source.objects.filter(public_id=id_of("source", "sana")).update(confidential=True)
        Document.objects.update(consent=choices.Consent.PARTNERS)
        again()
        assert stored(Source, "sana").confidential is True
        assert set(Document.objects.values_list("consent", flat=True)) == {"partners"}

    def test_a_file_may_close_what_is_open(self, tmp_path: Path) -> None:
        known = "name: {en: L'Orient-Le Jour}, reliability: F"
        changed = changed_copy(tmp_path, f"{known}}}", f"{known}, confidential: true}}")
        load_story([changed, RIVALS], publishing=True)
        assert stored(Source, "lorient").confidential is True
        assert not PublicSource.objects.filter(public_id=id_of("source", "lorient")).exists()

    def test_a_merge_is_not_taken_apart_nor_its_undoing_mended(self, again: Again) -> None:
        row, _ = merge(stored(Incident, "coast"), stored(Incident, "elder"), reason="One event")
        before = all_but_what_the_file_changed()
        report = again()
        assert all_but_what_the_file_changed() == before
        assert "incident elder: is not published, since it was merged into another" in report.left
        assert "claim c2: incident is left alone, since its incident was merged into another" in report.left
        undo_merge(row, reason="They were two")
        before = all_but_what_the_file_changed()
        assert load_founding_case(publishing=True).created.total() == 0
        assert {name for name, found in all_but_what_the_file_changed().items() if found != before[name]} == set()

    def test_what_the_desk_has_not_published_yet_stays_unpublished(self, again: Again) -> None:
        set_by_hand(stored(Incident, "tartus_clashes"), title={"en": "A draft"})
        Attribution.objects.filter(incident=stored(Incident, "tuwaym")).delete()
        seq = Publication.objects.latest("seq").seq
        again()
        kinds = set(Publication.objects.filter(seq__gt=seq).values_list("kind", "object_id"))
        assert kinds <= {("incident", id_of("incident", "coast"))}
        assert "A draft" not in str(PublicIncident.objects.get(public_id=id_of("incident", "tartus_clashes")).document)

    def test_what_a_changed_file_says_otherwise_is_published(self, tmp_path: Path) -> None:
        load_story([changed_copy(tmp_path, "value: 29,", "value: 30,"), RIVALS])
        report = load_story([changed_copy(tmp_path, "value: 29,", "value: 30,"), RIVALS], publishing=True)
        assert report.published is not None
        assert report.published.published >= 1
        document = str(PublicIncident.objects.get(public_id=id_of("incident", "coast")).document)
        assert '"low":30,"low_open":false,"measure":"localities"' in document
        again = load_story([changed_copy(tmp_path, "value: 29,", "value: 30,"), RIVALS], publishing=True)
        assert again.published is not None
        assert (again.published.published, again.published.unchanged) == (0, 10)

    def test_a_new_part_of_an_incident_is_its_next_version_and_published(self, tmp_path: Path) -> None:
        version = stored(Incident, "tuwaym").version
        act = "acts:\n  - {incident: tuwaym, act: massacre, asserted_by: press_report, document: article}\n  #"
        load_story([changed_copy(tmp_path, "acts:  ", act), RIVALS], publishing=True)
        assert stored(Incident, "tuwaym").version == version + 1
        assert '"massacre"' in str(PublicIncident.objects.get(public_id=id_of("incident", "tuwaym")).document)


@pytest.mark.usefixtures("loaded")
class TestOfWhatIsNotPublished:
    """The founding case was loaded."""

    def test_what_the_desk_wrote_otherwise_stays_and_is_named(self, again: Again) -> None:
        set_by_hand(stored(Incident, "coast"), title={"en": "Set by hand"})
        set_by_hand(stored(Claim, "c717"), value=700, retracted_at=timezone.now(), retracted_by="desk")
        set_by_hand(stored(Claim, "r4"), public=False)
        incident = stored(Incident, "elder")
        incident.areas.clear()
        editing.save(incident, ["areas"])
        claim = stored(Claim, "c2")
        claim.corroborated_by.clear()
        editing.save(claim, ["corroborated_by"])
        report = again()
        assert stored(Incident, "coast").title == {"en": "Set by hand"}
        assert (stored(Claim, "c717").value, stored(Claim, "c717").retracted_by) == (700, "desk")
        assert stored(Claim, "r4").public is False
        assert (incident.areas.count(), claim.corroborated_by.count()) == (0, 0)
        assert left_alone(report) == [
            "claim c2: corroborated_by was changed since and stays as it is",
            "claim c717: value was changed since and stays as it is",
            "incident coast: title was changed since and stays as it is",
            "incident elder: areas was changed since and stays as it is",
        ]

    def test_a_text_that_was_erased_from_the_versions_is_no_edit_and_one_that_is_left_empty_is(
        self, tmp_path: Path
    ) -> None:
        coast, elder = stored(Incident, "coast"), stored(Incident, "elder")
        as_seeded = coast.title
        for title in ({"en": "What a witness by name saw"}, as_seeded):
            set_by_hand(coast, title=title)
        set_by_hand(elder, place_text="")
        with transaction.atomic():
            assert earlier.forget("incident", str(coast.public_id), "It names a witness.") == 1
        changed = [changed_copy(tmp_path, f"en: {as_seeded['en']}", "en: Told otherwise"), RIVALS]
        report = load_story(changed)
        assert stored(Incident, "coast").title["en"] == "Told otherwise"
        assert stored(Incident, "elder").place_text == ""
        assert left_alone(report) == ["incident elder: place_text was changed since and stays as it is"]

    def test_a_text_that_was_taken_out_and_erased_comes_back_with_no_file(self, tmp_path: Path) -> None:
        elder = set_by_hand(stored(Incident, "elder"), place_text="")
        with transaction.atomic():
            earlier.forget("incident", str(elder.public_id), "It names a witness.")
        report = load_story([changed_copy(tmp_path, "value: 29,", "value: 30,"), RIVALS])
        assert stored(Incident, "elder").place_text == ""
        assert left_alone(report) == ["incident elder: place_text was changed since and stays as it is"]

    def test_parts_that_the_desk_took_out_stay_out(self, again: Again) -> None:
        models = (ActorAlias, TargetedGroup, IncidentAct, IncidentReference, IncidentRelation, Scope, ClaimCell)
        taken = [row for model in models for row in model._default_manager.all()]
        for row in taken:
            delete_by_hand(row)
        report = again()
        assert [model._default_manager.count() for model in models] == [0] * len(models)
        assert len(left_alone(report)) == len(taken) > 20

    def test_an_event_that_the_desk_added_is_no_fault_of_the_file(self, again: Again) -> None:
        event = InvestigationEvent.objects.create(
            investigation=stored(Investigation, "national_commission"), kind="extended"
        )
        editing.touch(event)
        report = again()
        assert left_alone(report) == [
            "deadline of national_commission: is left alone, since the desk added events 'extended'"
        ]
        assert InvestigationEvent.objects.filter(kind="extended").count() == 2

    def test_records_that_the_desk_took_out_stay_out_with_what_names_them(self, again: Again) -> None:
        for key in ("chundreds", "c31k", "r6"):
            stored(Claim, key).delete()
        stored(Document, "scm_doc").delete()
        Attribution.objects.get(asserted_by=stored(Source, "un_coi")).delete()
        before = Claim.objects.count(), Attribution.objects.count(), Document.objects.count()
        report = again()
        assert (Claim.objects.count(), Attribution.objects.count(), Document.objects.count()) == before
        assert sorted(report.left) == [
            "attribution coast/gov_forces/un_coi/coi_doc/directly_carried_out: was taken out since and stays out",
            "claim c31k: was taken out since and stays out",
            "claim chundreds: was taken out since and stays out",
            "claim r6: is left out, since document scm_doc is",
            "document scm_doc: was taken out since and stays out",
        ]

    def test_a_statement_that_the_desk_took_out_or_changed_stays_so(self, again: Again) -> None:
        gone, changed = Statement.objects.order_by("pk")[:2]
        auditing.record(action=choices.AuditAction.DELETE, obj=gone)
        auditing.record(action=choices.AuditAction.CHANGE, obj=changed)
        Statement.objects.filter(pk=gone.pk).delete()
        Statement.objects.filter(pk=changed.pk).update(summary={"en": "Set by hand"})
        changed.about.clear()
        report = again()
        assert not Statement.objects.filter(public_id=gone.public_id).exists()
        assert (Statement.objects.get(pk=changed.pk).summary, changed.about.count()) == ({"en": "Set by hand"}, 0)
        assert len(report.left) == 3

    def test_an_incident_that_was_made_severe_before_it_was_public_is_left_out_of_the_publication(self) -> None:
        set_by_hand(stored(Incident, "elder"), sensitivity=choices.Sensitivity.SEVERE)
        report = load_founding_case(publishing=True)
        assert PublicIncident.objects.count() == 7
        assert report.left == ["incident elder: is not published, since its sensitivity allows no public document"]


@pytest.mark.usefixtures("areas")
def test_a_load_is_an_entry_of_the_audit_chain_and_a_second_one_is_none() -> None:
    load_founding_case(only=True)
    load_founding_case()
    load_founding_case()
    founding, both = AuditEntry.objects.filter(action="import").order_by("seq")
    assert founding.reason.startswith("Seeded case syria-coast-2025-03 from files of these SHA-256: ")
    assert FOUNDING.name in both.reason
    assert RIVALS.name in both.reason
    made = AuditEntry.objects.filter(seq__gt=founding.seq, seq__lt=both.seq)
    ids = set(made.filter(kind="incident").values_list("object_id", flat=True))
    assert ids == {str(each.public_id) for each in Incident.objects.all()}
    assert set(made.values_list("action", flat=True)) == {"create"}
    assert not AuditEntry.objects.exclude(action="import").filter(object_id="").exists()


@pytest.mark.usefixtures("areas")
def test_what_a_changed_file_changes_is_told_the_audit_chain(tmp_path: Path) -> None:
    load_founding_case(only=True)
    last = AuditEntry.objects.order_by("-seq")[0].seq
    load_story([changed_copy(tmp_path, "value: 29,", "value: 30,")])
    read, change = AuditEntry.objects.filter(seq__gt=last).order_by("seq")
    values = json.loads(change.kept.values or "")
    assert (read.action, change.action, change.kind) == ("import", "change", "claim")
    assert (values["before"], values["after"]) == ({"value": 29}, {"value": 30})


@pytest.mark.usefixtures("areas")
def test_the_command_says_what_it_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("seed")
    set_by_hand(stored(Source, "sana"), confidential=True)
    capsys.readouterr()
    call_command("seed")
    printed = capsys.readouterr().out
    assert "created nothing" in printed
    assert "  left alone: source sana: confidential was changed since and stays as it is\n" in printed
    assert "Published 0, unchanged 10" in printed


@pytest.mark.usefixtures("areas")
def test_publishing_by_hand_what_was_seeded_is_as_before() -> None:
    report = load_founding_case()
    assert publish([*report.incidents, *report.investigations]).unchanged == 0
    again = load_founding_case(publishing=True)
    assert again.published is not None
    assert again.published.published == 0
