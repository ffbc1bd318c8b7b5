"""Importing GED events: what a row becomes, that it becomes it once, and what a later release changes."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from incidents.exchange import ged
from incidents.exchange.ged import import_ged
from incidents.models import (
    Actor,
    Attribution,
    Claim,
    Document,
    Incident,
    IncidentReference,
    PublicIncident,
    Source,
)
from incidents.rules.publication.publishing import publish, withdraw
from tests.exchange.ged_files import LONG_COLUMNS, ONE_SIDED, counts, ged_file, some_areas

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def areas() -> None:
    some_areas()


def only_claim() -> Claim:
    return Claim.objects.get(superseded_by=None)


def test_it_works(tmp_path: Path) -> None:
    report = import_ged(ged_file(tmp_path, {}))
    assert counts(report) == (1, 1, 0, 0, 0)
    assert (str(report.sums_read), report.complete, report.located) == ("8 / 10 / 12", True, 1)


def test_an_event_becomes_an_incident(tmp_path: Path) -> None:
    import_ged(ged_file(tmp_path, {}))
    incident = Incident.objects.get()
    sides = "Government of Central African Republic and FPRC, MPC"
    assert incident.title == {"en": f"State-based violence between {sides}, Bambari town, 2017-05-07"}
    assert (incident.kind, incident.clarity, incident.civilian_targeting) == (
        "armed_event",
        "individually_described",
        None,
    )
    assert incident.place_text == "Bambari town; Bambari region; Ouaka province"
    assert (incident.country, [area.pcode for area in incident.areas.all()]) == ("CAF", ["CF612"])
    assert (incident.geo_precision, incident.geo_method, incident.uncertainty_m) == ("exact", "source", None)
    assert [(each.scheme, each.key, each.identifies) for each in incident.references.all()] == [
        ("ucdp-conflict", "416", False),
        ("ucdp-dyad", "861", False),
        ("ucdp-ged", "12422", True),
    ]
    assert [act.act for act in incident.acts.all()] == ["killing_in_conflict"]
    assert incident.history.count() == 1


def test_the_triple_is_one_claim_of_ucdp_with_its_parts(tmp_path: Path) -> None:
    import_ged(ged_file(tmp_path, {}))
    claim = only_claim()
    assert (claim.low, claim.value, claim.high, claim.qualifier, claim.status) == (8, 10, 12, "range", "all")
    assert (claim.origin, claim.as_of, claim.basis) == ("imported", None, "documented")
    assert claim.based_on == ["UN, local sources", "witness", "Agence France Presse"]
    assert {cell.status: cell.value for cell in claim.cells.all()} == {
        "state_forces": 1,
        "nonstate_fighter": 2,
        "civilian": 3,
        "unknown": 4,
    }
    assert (claim.asserted_by.kind, claim.asserted_by.reliability) == ("dataset", "B")
    assert claim.document.title == {"en": "UCDP Georeferenced Event Dataset (GED), ged.csv"}


def test_sides_of_one_status_share_a_part(tmp_path: Path) -> None:
    import_ged(ged_file(tmp_path, {"type_of_violence": "2", "side_a": "UPC", "side_a_new_id": "5"}))
    assert {cell.status: cell.value for cell in only_claim().cells.all()} == {
        "nonstate_fighter": 3,
        "civilian": 3,
        "unknown": 4,
    }


def test_a_blank_is_unknown_and_not_none(tmp_path: Path) -> None:
    import_ged(ged_file(tmp_path, {"best": "", "deaths_unknown": "", "low": "0", "high": "0"}))
    claim = only_claim()
    assert (claim.low, claim.value, claim.high) == (0, None, 0)
    assert not claim.cells.filter(status="unknown").exists()


def test_parties_are_no_perpetrators_and_a_coalition_is_one_actor(tmp_path: Path) -> None:
    import_ged(ged_file(tmp_path, {}))
    assert {(each.actor.names["en"], each.role, each.extent) for each in Attribution.objects.all()} == {
        ("Government of Central African Republic", "party", "whole"),
        ("FPRC, MPC", "party", "whole"),
    }
    government, group = Actor.objects.order_by("-type")
    assert (government.type, government.identification) == ("state_armed", "named_institution")
    assert (group.type, group.identification) == ("nonstate_armed", "named_group")
    assert group.references.get().key == "490"


def test_one_sided_violence_has_one_alleged_perpetrator_and_civilians_are_no_actor(tmp_path: Path) -> None:
    import_ged(ged_file(tmp_path, ONE_SIDED))
    incident = Incident.objects.get()
    assert (incident.kind, incident.civilian_targeting) == ("killing_event", True)
    assert incident.title["en"].startswith("One-sided violence by Government of Central African Republic, Bambari town")
    attribution = Attribution.objects.get()
    assert (attribution.role, attribution.position, attribution.extent) == ("directly_carried_out", "alleges", "whole")
    assert not Actor.objects.filter(names__en="Civilians").exists()
    assert only_claim().status == "civilian"


@pytest.mark.parametrize(
    ("code", "precision", "method", "uncertainty", "pcodes"),
    [
        ("1", "exact", "source", None, ["CF612"]),
        ("2", "near", "source", 25_000, ["CF612"]),
        ("3", "adm2", "centroid", None, ["CF612"]),
        ("4", "adm1", "centroid", None, ["CF61"]),
        ("5", "region", "centroid", None, ["CF61"]),
        ("6", "country", "centroid", None, []),
        ("7", "international", "centroid", None, []),
    ],
)
def test_a_representative_point_is_never_exact(
    tmp_path: Path, code: str, precision: str, method: str, uncertainty: int | None, pcodes: list[str]
) -> None:
    import_ged(ged_file(tmp_path, {"where_prec": code}))
    incident = Incident.objects.get()
    assert (incident.geo_precision, incident.geo_method, incident.uncertainty_m) == (precision, method, uncertainty)
    assert [area.pcode for area in incident.areas.all()] == pcodes
    assert incident.latitude == 5.765278


@pytest.mark.parametrize(
    ("row", "pcodes"),
    [
        ({"adm_2": "Nowhere region"}, ["CF61"]),
        ({"adm_1": "", "adm_2": "Bambari"}, ["CF612"]),
        ({"adm_1": "Elsewhere province"}, []),
        ({"adm_1": "", "adm_2": ""}, []),
        ({"adm_1": "", "where_prec": "5"}, ["CF61"]),
    ],
)
def test_an_area_is_matched_or_left_out_never_guessed(tmp_path: Path, row: dict[str, str], pcodes: list[str]) -> None:
    import_ged(ged_file(tmp_path, row))
    assert [area.pcode for area in Incident.objects.get().areas.all()] == pcodes


def test_a_period_keeps_start_and_end_apart(tmp_path: Path) -> None:
    import_ged(ged_file(tmp_path, {"date_prec": "4", "date_start": "2017-05-01", "date_end": "2017-05-31"}))
    incident = Incident.objects.get()
    interval = [incident.start_earliest, incident.start_latest, incident.end_earliest, incident.end_latest]
    assert [str(day) for day in interval] == ["2017-05-01", "2017-05-31", "2017-05-01", "2017-05-31"]
    assert incident.date_precision == "month"


def test_a_summary_is_marked_as_one(tmp_path: Path) -> None:
    import_ged(ged_file(tmp_path, {"event_clarity": "2"}))
    assert Incident.objects.get().clarity == "summary"


def test_figures_out_of_order_are_kept_as_reported_with_a_warning(tmp_path: Path) -> None:
    report = import_ged(ged_file(tmp_path, {"low": "177", "best": "142", "high": "177", "deaths_unknown": "136"}))
    claim = only_claim()
    assert (claim.low, claim.value, claim.high) == (177, 142, 177)
    assert [str(warning) for warning in report.warnings.kept] == [
        'row 2, low/best/high "177/142/177": is out of order; kept as reported'
    ]


def test_headlines_are_never_stored(tmp_path: Path) -> None:
    columns = (*LONG_COLUMNS, "source_article", "source_headline")
    import_ged(ged_file(tmp_path, {"source_headline": "CANARY", "source_article": "CANARY"}, columns=columns))
    for model in (Incident, Claim, Document, Source, Actor, IncidentReference):
        assert "CANARY" not in str(list(model.objects.values()))


def test_a_second_import_creates_and_changes_nothing(tmp_path: Path) -> None:
    file = ged_file(tmp_path, {}, {"id": "2"} | ONE_SIDED)
    import_ged(file)
    before = [list(model.objects.values()) for model in (Incident, Claim, Attribution, Actor, Source, Document)]
    report = import_ged(file)
    assert counts(report) == (2, 0, 0, 2, 0)
    assert [list(model.objects.values()) for model in (Incident, Claim, Attribution, Actor, Source, Document)] == before
    assert report.sums_stored == report.sums_read


def test_changed_figures_become_a_claim_that_supersedes(tmp_path: Path) -> None:
    import_ged(ged_file(tmp_path, {}))
    incident = Incident.objects.get()
    report = import_ged(ged_file(tmp_path, {"best": "11", "deaths_unknown": "5"}, name="later.csv"))
    assert counts(report) == (1, 0, 1, 0, 0)
    old, new = Claim.objects.order_by("id")
    assert (old.value, new.value, new.supersedes) == (10, 11, old)
    assert new.document.title == {"en": "UCDP Georeferenced Event Dataset (GED), later.csv"}
    assert old.document != new.document
    assert Incident.objects.get().version == incident.version + 1
    assert str(report.sums_stored) == "8 / 11 / 12"
    assert counts(import_ged(ged_file(tmp_path, {"best": "11", "deaths_unknown": "5"}, name="later.csv"))) == (
        1,
        0,
        0,
        1,
        0,
    )


def test_a_change_of_parts_alone_is_a_new_claim_too(tmp_path: Path) -> None:
    import_ged(ged_file(tmp_path, {}))
    import_ged(ged_file(tmp_path, {"deaths_unknown": "0", "deaths_civilians": "7"}))
    assert Claim.objects.count() == 2
    assert {cell.status: cell.value for cell in only_claim().cells.all()}["civilian"] == 7


def test_other_changes_update_the_incident(tmp_path: Path) -> None:
    import_ged(ged_file(tmp_path, {}))
    changes = {"where_prec": "4", "date_end": "2017-05-09", "conflict_new_id": "417", "source_original": "UN"}
    report = import_ged(ged_file(tmp_path, changes))
    assert report.updated == 1
    incident = Incident.objects.get()
    assert (incident.geo_precision, str(incident.end_latest)) == ("adm1", "2017-05-09")
    assert [area.pcode for area in incident.areas.all()] == ["CF61"]
    assert incident.references.get(scheme="ucdp-conflict").key == "417"
    assert Claim.objects.get().based_on == ["UN", "Agence France Presse"]


def test_a_side_that_changed_is_superseded(tmp_path: Path) -> None:
    import_ged(ged_file(tmp_path, {}))
    import_ged(ged_file(tmp_path, {"side_b_new_id": "491", "side_b": "FPRC"}))
    new = Attribution.objects.get(actor__references__key="491")
    assert new.supersedes is not None
    assert new.supersedes.actor.references.get().key == "490"
    assert import_ged(ged_file(tmp_path, {"side_b_new_id": "491", "side_b": "FPRC"})).unchanged == 1


def test_an_event_reclassified_as_one_sided_keeps_no_second_party(tmp_path: Path) -> None:
    import_ged(ged_file(tmp_path, {}))
    import_ged(ged_file(tmp_path, ONE_SIDED))
    roles = Attribution.objects.filter(superseded_by=None).values_list("role", flat=True)
    assert list(roles) == ["directly_carried_out"]
    assert Incident.objects.get().acts.get().act == "killing_group_targeted"


def test_what_a_person_set_by_hand_stays(tmp_path: Path) -> None:
    import_ged(ged_file(tmp_path, {}))
    incident = Incident.objects.get()
    incident.title = {"en": "Attack on Bambari"}
    incident.save()
    report = import_ged(ged_file(tmp_path, {"event_clarity": "2"}))
    incident.refresh_from_db()
    assert (incident.title, incident.clarity, report.updated) == ({"en": "Attack on Bambari"}, "summary", 1)
    assert [warning.column for warning in report.warnings.kept] == ["title"]
    assert import_ged(ged_file(tmp_path, {"event_clarity": "2"})).unchanged == 1


def test_an_import_that_was_killed_ends_in_the_same_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"id": str(number)} for number in range(1, 8)]
    file = ged_file(tmp_path, *rows)
    monkeypatch.setattr(ged, "BATCH", 2)
    calls: list[Any] = []

    def killed(objects: Any, **said: Any) -> Any:
        calls.append(objects)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return publish(objects, **said)

    monkeypatch.setattr(ged, "publish", killed)
    with pytest.raises(KeyboardInterrupt):
        import_ged(file, publishing=True)
    assert (Incident.objects.count(), PublicIncident.objects.count()) == (4, 4)
    report = import_ged(file, publishing=True)
    assert counts(report) == (7, 3, 0, 4, 0)
    assert PublicIncident.objects.count() == 7
    assert (Actor.objects.count(), Document.objects.count()) == (2, 1)


def test_publishing_takes_up_what_an_earlier_import_left_unpublished(tmp_path: Path) -> None:
    import_ged(ged_file(tmp_path, {}))
    assert PublicIncident.objects.count() == 0
    report = import_ged(ged_file(tmp_path, {}), publishing=True)
    assert (report.unchanged, PublicIncident.objects.get().killed_best) == (1, 10)
    import_ged(ged_file(tmp_path, {"best": "11"}))
    import_ged(ged_file(tmp_path, {"best": "11"}), publishing=True)
    assert PublicIncident.objects.get().killed_best == 11
    assert import_ged(ged_file(tmp_path, {"best": "11"}), publishing=True).published == 0


@pytest.mark.postgresql
def test_after_a_large_import_the_database_knows_how_large_its_tables_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or else a server that was asked while they were small would read them through until autovacuum comes by."""

    def known() -> float:
        with connection.cursor() as cursor:
            cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'incidents_publicincident'")
            return float(cursor.fetchone()[0])

    before = known()
    import_ged(ged_file(tmp_path, {"id": "1"}, {"id": "2"}), publishing=True)
    assert known() == before
    monkeypatch.setattr(ged, "MANY", 3)
    import_ged(ged_file(tmp_path, *({"id": str(number)} for number in range(1, 6))), publishing=True)
    assert known() == PublicIncident.objects.count() == 5


def test_a_withdrawn_incident_is_not_published_again(tmp_path: Path) -> None:
    import_ged(ged_file(tmp_path, {}), publishing=True)
    withdraw(Incident.objects.get(), reason_code="correction", reason="Two events in one")
    import_ged(ged_file(tmp_path, {"best": "11"}), publishing=True)
    assert PublicIncident.objects.count() == 0


def test_an_incident_merged_into_another_is_left_alone(tmp_path: Path) -> None:
    import_ged(ged_file(tmp_path, {}, {"id": "2"}))
    survivor, absorbed = Incident.objects.order_by("id")
    absorbed.merged_into = survivor
    absorbed.save()
    report = import_ged(ged_file(tmp_path, {}, {"id": "2", "best": "99"}), publishing=True)
    assert counts(report) == (2, 0, 0, 2, 0)
    assert Claim.objects.count() == 2
    assert "merged" in report.warnings.kept[-1].note


def test_queries_do_not_grow_with_the_rows_of_a_batch(tmp_path: Path, django_assert_max_num_queries: Any) -> None:
    for last, name in ((3, "three.csv"), (30, "thirty.csv")):
        import_ged(ged_file(tmp_path, *({"id": str(number)} for number in range(1, last + 1)), name=name))
        with django_assert_max_num_queries(30):
            import_ged(tmp_path / name)


def test_the_command_reports_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_ged", str(ged_file(tmp_path, {})))
    printed = capsys.readouterr().out
    assert "ged.csv: 1 rows read" in printed
    assert "created 1, updated 0, unchanged 0, refused 0" in printed
    assert "deaths stored, low / best / high: 8 / 10 / 12" in printed


def test_the_command_exits_1_when_rows_were_refused_and_loads_the_rest(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="1 of 2 rows were refused; the rest is stored") as error:
        call_command("import_ged", str(ged_file(tmp_path, {}, {"id": "x"})))
    assert (error.value.returncode, Incident.objects.count()) == (1, 1)


def test_the_command_exits_2_when_the_file_was_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read") as error:
        call_command("import_ged", str(tmp_path / "absent.csv"))
    assert error.value.returncode == 2
