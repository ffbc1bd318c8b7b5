"""The seeded founding case: what it stores, that it is stored once, and how a faulty file is refused."""

import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml

from incidents import models
from incidents.exchange.seeds import FOUNDING, RIVALS, load_founding_case, load_story
from incidents.exchange.seeds_desk import seed_id
from incidents.exchange.seeds_reading import SeedRefused, StrictLoader
from incidents.models import AdminArea, Claim, Incident, Investigation

pytestmark = pytest.mark.django_db
CASE = "syria-coast-2025-03"
# A few lines that tell of ten thousand million values.
MANY = ", ".join(f"&a{level} [{', '.join([f'*a{level - 1}' if level else 'x'] * 10)}]" for level in range(10))


@pytest.fixture(autouse=True)
def areas() -> None:
    """The areas that the case names, without the rest of the gazetteer."""
    syria = AdminArea.objects.create(pcode="SYR", level=0, country="SYR", names={"en": "Syria"})
    for pcode in ("SY04", "SY05", "SY06", "SY10"):
        AdminArea.objects.create(pcode=pcode, level=1, parent=syria, country="SYR", names={"en": pcode})
    lattakia = AdminArea.objects.get(pcode="SY06")
    AdminArea.objects.create(pcode="SY0604", level=2, parent=lattakia, country="SYR", names={"en": "Qardaha"})


def incident(key: str) -> Incident:
    return Incident.objects.get(public_id=seed_id(CASE, "incident", key))


def claim(key: str) -> Claim:
    return Claim.objects.get(public_id=seed_id(CASE, "claim", key))


def commission() -> Investigation:
    return Investigation.objects.get(public_id=seed_id(CASE, "investigation", "national_commission"))


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the working record, in order, times of change included."""
    names = [name for name in models.__all__ if not name.startswith(("Area", "Admin", "Public", "Log", "Term"))]
    return {name: list(getattr(models, name).objects.order_by("pk").values_list()) for name in names}


def changed_copy(tmp_path: Path, old: str, new: str, file: Path = FOUNDING) -> Path:
    text = file.read_text(encoding="utf-8")
    assert old in text
    copy = tmp_path / file.name
    copy.write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy


def test_it_works() -> None:
    report = load_founding_case()
    assert (Incident.objects.count(), Claim.objects.count()) == (8, 21)
    assert len(report.incidents) == 8
    assert len(report.investigations) == 2
    assert len(report.disputed) == 2


def test_the_article_alone_holds_no_rival() -> None:
    load_founding_case(only=True)
    assert Claim.objects.count() == 11
    assert incident("coast").ongoing is None
    assert commission().deadlines.count() == 1


def test_a_second_load_changes_nothing() -> None:
    load_founding_case()
    before = rows()
    history = Claim.history.count()
    report = load_founding_case()
    assert (report.created.total(), report.changed) == (0, [])
    assert rows() == before
    assert Claim.history.count() == history


def test_the_rivals_come_on_top_of_the_article() -> None:
    load_founding_case(only=True)
    report = load_founding_case()
    assert report.created["claim"] == 10
    assert "incident coast: ongoing none -> False" in report.changed
    load_founding_case()
    alone = rows()
    assert {name: len(found) for name, found in alone.items() if name == "Claim"} == {"Claim": 21}


def test_the_article_alone_is_refused_after_its_rivals() -> None:
    load_founding_case()
    with pytest.raises(SeedRefused, match=r"rivals\.yaml is loaded already"):
        load_founding_case(only=True)


def test_ids_are_the_same_in_every_installation() -> None:
    load_founding_case(only=True)
    assert incident("coast").public_id == uuid.UUID("cb7a6e49-cd3f-58a5-b79f-ab1300cb93f3")


def test_an_incident_without_a_known_place_gets_no_point_and_no_area() -> None:
    load_founding_case()
    for key in ("coast", "tuwaym", "elder", "qardaha_killing"):
        assert incident(key).latitude is None
    assert incident("coast").areas.count() == 0
    grave = incident("qardaha_grave")
    assert (grave.latitude, grave.longitude, grave.geo_method) == (35.45644, 36.05909, "gazetteer")
    assert [area.pcode for area in grave.areas.all()] == ["SY0604"]
    assert incident("elder").place_text == "a town in the province of Hama"


def test_claims_keep_their_links_and_parts() -> None:
    load_founding_case()
    assert claim("chundreds").relays == claim("c717")
    assert claim("c31k").inferred_from == claim("c31")
    assert claim("r7").supersedes == claim("c717")
    assert claim("r8").investigation == commission()
    assert [(cell.age_group, cell.sex, cell.value) for cell in claim("c31k").cells.all()] == [
        ("child", "", 9),
        ("adult", "female", 4),
    ]
    assert {cell.area.pcode: cell.value for cell in claim("r4").cells.all() if cell.area} == {
        "SY06": 683,
        "SY10": 433,
        "SY05": 255,
        "SY04": 12,
    }
    corroborating = claim("c2").corroborated_by.get()
    assert (corroborating.names, corroborating.confidential) == ({}, True)


def test_the_order_of_claims_does_not_matter(tmp_path: Path) -> None:
    raw = yaml.load(FOUNDING.read_text(encoding="utf-8"), Loader=StrictLoader)  # noqa: S506 - a SafeLoader
    raw["claims"].reverse()
    copy = tmp_path / FOUNDING.name
    copy.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    load_story([copy, RIVALS])
    assert claim("c31k").inferred_from == claim("c31")
    assert load_founding_case().changed == []


def test_the_commission_has_its_life() -> None:
    load_founding_case()
    investigation = commission()
    assert [(str(event.on), event.kind) for event in investigation.events.exclude(on=None)] == [
        ("2025-03-09", "announced"),
        ("2025-04-10", "extended"),
        ("2025-07-20", "report_submitted"),
        ("2025-07-22", "findings_presented"),
    ]
    rejected = investigation.events.get(on=None)
    assert rejected.by is not None
    assert rejected.by.names == {"en": "Supreme Alawite Islamic Council"}
    first, second = investigation.deadlines.all()
    assert (first.set_by, str(second.due_on)) == (None, "2025-07-10")
    assert second.set_by is not None
    assert second.set_by.kind == "extended"
    assert investigation.facts["testimonies"] == 938
    assert investigation.body is not None
    assert investigation.body.public_id == seed_id(CASE, "source", "commission")
    assert {scope.kind for scope in investigation.scopes.all()} == {"within", "overlaps"}
    answered = models.Statement.objects.get(answered_by=investigation)
    assert [about.pk for about in answered.about.all()] == [incident("coast").pk]


def test_no_age_of_a_person_is_stored() -> None:
    load_founding_case()
    assert "ages_reported_for_the_elder" in RIVALS.read_text(encoding="utf-8")
    assert {cell.age_group for cell in claim("c2").cells.all()} == {"older_person", ""}


def test_a_changed_file_changes_what_it_names_and_says_so(tmp_path: Path) -> None:
    load_founding_case(only=True)
    version = claim("c717").version
    report = load_story([changed_copy(tmp_path, "value: 717", "value: 718")])
    assert report.changed == ["claim c717: value 717 -> 718"]
    assert (claim("c717").value, claim("c717").version) == (718, version + 1)
    assert report.created.total() == 0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "status_basis: inferred, value: 717",
            "status_basys: inferred, value: 717",
            r"claims\[c717\]: 'status_basys' is not a known key; did you mean .status_basis",
        ),
        ("acts:  ", "actts:  ", r"syria-coast-2025-03\.yaml: 'actts' is not a known key; did you mean 'acts'"),
        (
            "relays: c717",
            "relays: c771",
            r"claims\[chundreds\]\.relays: no claim has the key 'c771'; did you mean 'c717'",
        ),
        ("asserted_by: seen,", "asserted_by: sen,", r"no source has the key 'sen'; did you mean 'seen'"),
        ("areas: [SY05]", "areas: [SY0S]", r"place\.areas: no area has the P-code 'SY0S'; did you mean 'SY"),
        ("qualifier: exact", "qualifier: exactly", r"'exactly' is not a code; did you mean 'exact'"),
        ("age: child", "agee: child", r"claims\[c31\]\.cells\[0\]: 'agee' is not a known key; did you mean 'age'"),
        ("as_of: 2025-03-09", "as_of: soon", r"as_of: write a date such as 2025-03-09, not 'soon'"),
        ("value: 717", "value: -1", r"value: write a whole number"),
        ("key: c29", "key: c717", r"'c717' is used already at"),
        ("case: ", "case: x\ncase: ", r"'case' is written twice"),
        ("start: [2025-03-06, 2025-03-07]", "start: [2025-03-07, 2025-03-06]", r"incidents\[coast\]: .*start"),
        ("qualifier: exact", "qualifier: range", r"claims\[c717\]: .*claim_qualifier_fits_figures"),
        ("kind: announced", "kind: anounced", r"events\[0\]\.kind: 'anounced' is not a code; did you mean 'announced'"),
        ("documents:", "documents: {", r"is not YAML"),
        ("documents:", f"sources: {'[' * 10_000}\ndocuments:", r"nests values in values too deep"),
        ("as_of: 2025-03-09", "as_of: 2025-13-45", r"holds a date or number that cannot be: month must be in 1\.\.12"),
        ("\ncase: ", f"\ncase: [{MANY}] # ", r"case: write a text, not .{,600}$"),
        ("title: ", "title: \0", r"is not YAML: unacceptable character #x0000"),
        ("inferred_from: c31,", "inferred_from: c31k,", r"in a circle: c31k -> c31k"),
    ],
)
def test_a_faulty_file_is_refused_in_words_and_nothing_is_loaded(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(SeedRefused, match=message):
        load_story([changed_copy(tmp_path, old, new)])
    assert Incident.objects.count() == 0
    assert models.Source.objects.count() == 0


def test_a_file_that_is_not_utf_8_is_refused_at_the_byte(tmp_path: Path) -> None:
    copy = tmp_path / "case.yaml"
    copy.write_bytes(b"case: \xff")
    with pytest.raises(SeedRefused, match=r"case\.yaml is not UTF-8 at byte 6"):
        load_story([copy])


def test_without_a_gazetteer_it_says_what_to_run() -> None:
    AdminArea.objects.filter(level=2).delete()
    AdminArea.objects.filter(level=1).delete()
    AdminArea.objects.all().delete()
    with pytest.raises(SeedRefused, match="run load_gazetteer first"):
        load_founding_case()
