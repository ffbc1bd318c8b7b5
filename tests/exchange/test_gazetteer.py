"""The gazetteer as shipped: what it holds, how it is searched and matched, and what a load refuses."""

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoDbBlocker

from incidents.exchange import gazetteer_files as files
from incidents.exchange.fixture_files import FIXTURES
from incidents.exchange.gazetteer import GazetteerReport, load_gazetteer
from incidents.models import AdminArea, AreaClosure, AreaName, AuditEntry, AuditValues

PCODES = 32_767
COUNTRIES = 250
SYRIAN_SUBDISTRICTS = 272


@pytest.fixture(scope="class")
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[GazetteerReport]:
    """The whole gazetteer, loaded once for a class of tests and rolled back after it.

    Its foreign keys are checked here, where they would wait for the end of the transaction and be checked at the end
    of every test.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        report = load_gazetteer()
        connection.check_constraints()
        yield report
        transaction.set_rollback(True)


def area(pcode: str) -> AdminArea:
    return AdminArea.objects.get(pcode=pcode)


@pytest.mark.django_db
@pytest.mark.usefixtures("loaded")
class TestTheShippedGazetteer:
    def test_every_row_of_every_file_is_there(self, loaded: GazetteerReport) -> None:
        assert loaded.refused == []
        assert loaded.read[files.PCODES] == PCODES
        assert loaded.areas.created == PCODES + COUNTRIES + SYRIAN_SUBDISTRICTS == AdminArea.objects.count()
        assert AdminArea.objects.filter(level=0).count() == COUNTRIES
        assert AdminArea.objects.filter(country="SYR", level=3).count() == SYRIAN_SUBDISTRICTS
        assert loaded.names.created == AreaName.objects.count()

    def test_a_second_load_changes_nothing(self) -> None:
        again = load_gazetteer()
        assert (again.areas.created, again.areas.updated, again.areas.unchanged) == (0, 0, AdminArea.objects.count())
        assert (again.names.created, again.names.updated, again.names.unchanged) == (0, 0, AreaName.objects.count())
        assert again.links_mended == 0

    def test_every_area_is_linked_to_itself_and_all_above_it(self) -> None:
        by_level = {level: AdminArea.objects.filter(level=level).count() for level in range(4)}
        assert AreaClosure.objects.count() == sum((level + 1) * count for level, count in by_level.items())

    def test_the_parent_is_the_one_stated_even_where_the_code_says_otherwise(self) -> None:
        with gzip.open(FIXTURES / files.PCODES, "rt", encoding="utf-8") as file:
            odd = {
                row["P-Code"]: row["Parent P-Code"]
                for row in csv.DictReader(file)
                if row["Admin Level"] == "2" and not row["P-Code"].startswith(row["Parent P-Code"])
            }
        assert len(odd) == 132
        found = AreaClosure.objects.filter(descendant__pcode__in=odd, depth__gt=0).order_by("depth")
        above: dict[str, list[str]] = {}
        for descendant, ancestor in found.values_list("descendant__pcode", "ancestor__pcode"):
            above.setdefault(descendant, []).append(ancestor)
        assert above == {code: [parent, area(parent).country] for code, parent in odd.items()}

    def test_ancestors_and_descendants_walk_the_tree(self) -> None:
        assert [above.pcode for above in area("SY060400").ancestors()] == ["SYR", "SY06", "SY0604"]
        assert area("SY06").descendants().filter(level=2).count() == 4
        assert AdminArea.objects.below("SY06").count() == area("SY06").descendants().count() + 1
        assert not AdminArea.objects.below("nowhere").exists()

    def test_namibia_is_not_null(self) -> None:
        namibia = area("NAM")
        assert namibia.names["ar"] == "ناميبيا"
        assert namibia.children.filter(pcode__startswith="NA").count() == 14

    def test_ocha_name_is_primary_and_other_spellings_are_aliases(self) -> None:
        lattakia = area("SY06")
        assert lattakia.names == {"en": "Lattakia", "ar": "اللاذقية"}
        kinds = dict(lattakia.area_names.values_list("name", "kind"))
        assert kinds["Lattakia"] == kinds["اللاذقية"] == "primary"
        assert kinds["Latakia"] == kinds["Latakia Governorate"] == "alias"

    def test_a_town_gives_its_names_to_the_district_named_after_it_only(self) -> None:
        assert area("SY060400").area_names.filter(folded="kerdaha").exists()
        suran = AreaName.objects.filter(folded="souran", area__country="SYR").values_list("area__pcode", flat=True)
        assert len(set(suran)) <= 2, "the two Surans lie 150 km apart and keep their own names"

    @pytest.mark.parametrize("text", ["القرداحة", "القَرْداحَة", "ﺍﻟﻘﺮﺩﺍﺣﺔ", "al-Qardāḥah", "AL QARDAHA"])
    def test_qardaha_is_found_however_it_is_written(self, text: str) -> None:
        assert "SY0604" in [found.pcode for found in AdminArea.objects.search(text)]

    def test_exact_names_come_first_then_beginnings_then_the_rest(self) -> None:
        found = [area.pcode for area in AdminArea.objects.search("hama")]
        names = {code: list(area(code).area_names.values_list("folded", flat=True)) for code in found}

        def rank(code: str) -> int:
            return min(0 if n == "hama" else 1 if n.startswith("hama") else 2 for n in names[code] if "hama" in n)

        assert found[0] == "SY05"
        assert [rank(code) for code in found] == sorted(rank(code) for code in found)
        assert {rank(code) for code in found} == {0, 1, 2}

    @pytest.mark.parametrize("text", ["", "'", "%", "x" * 10_000, "\x00"])
    def test_a_text_without_a_name_finds_nothing(self, text: str) -> None:
        assert list(AdminArea.objects.search(text)) == []

    @pytest.mark.parametrize(
        ("country", "name", "level", "pcode"),
        [
            ("SYR", "Hamah Governorate", 1, "SY05"),
            ("SYR", "Rif Dimashq Governorate", 1, "SY03"),
            ("SYR", "محافظة درعا", 1, "SY12"),
            ("SYR", "Mintaqat Markaz Hamah district", 2, "SY0501"),
            ("SYR", "Markaz al Quneitra district", 2, "SY1400"),
            ("CAF", "Nana-Grébizi province", 1, "CF42"),
            ("CAF", "M'Baïki region", 2, "CF121"),
            ("MMR", "Magway  region", 1, "MMR009"),
            ("MMR", "Karen state", 1, "MMR003"),
            ("SYR", "Syria", 0, "SYR"),
        ],
    )
    def test_a_name_with_the_word_for_its_unit_is_matched(
        self, country: str, name: str, level: int, pcode: str
    ) -> None:
        assert AdminArea.objects.match_area(country, name, level) == area(pcode)

    @pytest.mark.parametrize(
        ("country", "name", "level"),
        [
            ("MMR", "Bago division", 1),  # two units since, Bago (East) and Bago (West)
            ("MMR", "Shan state", 1),  # three units
            ("SYR", "Atarib district", 2),  # cut out of Jebel Saman; OCHA's list has no such unit
            ("SYR", "Governorate", 1),
            ("SYR", "", 1),
            ("CAF", "Hama", 1),
        ],
    )
    def test_no_guess_is_made(self, country: str, name: str, level: int) -> None:
        assert AdminArea.objects.match_area(country, name, level) is None

    def test_a_parent_tells_namesakes_apart(self) -> None:
        assert AdminArea.objects.match_area("SYR", "Suran", 3) is None
        assert AdminArea.objects.match_area("SYR", "Suran", 3, area("SY02")) == area("SY020405")
        assert AdminArea.objects.match_area("SYR", "Suran", 3, area("SY05")) == area("SY050101")

    def test_names_people_added_stay(self) -> None:
        AreaName.objects.create(area=area("SY06"), name="Ladhiqiyya", language="de")
        assert load_gazetteer().names.updated == 0
        assert AdminArea.objects.match_area("SYR", "ladhiqiyya", 1) == area("SY06")

    def test_a_renamed_area_keeps_its_old_name_as_an_alias(self) -> None:
        AreaName.objects.create(area=area("SY06"), name="Old Name", kind=AreaName.Kind.PRIMARY)
        AdminArea.objects.filter(pcode="SY06").update(names={"en": "Old Name", "de": "Latakia"})
        again = load_gazetteer()
        assert (again.areas.updated, again.names.updated) == (1, 1)
        assert area("SY06").names == {"en": "Lattakia", "de": "Latakia", "ar": "اللاذقية"}
        assert AreaName.objects.get(name="Old Name").kind == AreaName.Kind.ALIAS


@pytest.mark.django_db
class TestTheTables:
    def test_saving_an_area_links_it_and_moving_it_moves_all_below(self) -> None:
        country = AdminArea.objects.create(pcode="XAA", level=0, country="XAA")
        north, south = (
            AdminArea.objects.create(pcode=code, level=1, country="XAA", parent=country) for code in ("XN", "XS")
        )
        district = AdminArea.objects.create(pcode="XN1", level=2, country="XAA", parent=north)
        village = AdminArea.objects.create(pcode="XN11", level=3, country="XAA", parent=district)
        assert [above.pcode for above in village.ancestors()] == ["XAA", "XN", "XN1"]
        district.parent = south
        district.save()
        assert [above.pcode for above in village.ancestors()] == ["XAA", "XS", "XN1"]
        assert AreaClosure.objects.rebuild() == 0

    def test_a_wrong_link_is_mended(self) -> None:
        country = AdminArea.objects.create(pcode="XAA", level=0, country="XAA")
        other = AdminArea.objects.create(pcode="XAB", level=0, country="XAB")
        north = AdminArea.objects.create(pcode="XN", level=1, country="XAA", parent=country)
        AreaClosure.objects.filter(descendant=north, depth=1).update(ancestor=other)
        assert AreaClosure.objects.rebuild() == 2
        assert list(north.ancestors()) == [country]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"level": 5},
            {"level": 0},
            {"parent": None},
            {"latitude": 35.0},
            {"latitude": 91.0, "longitude": 0.0},
            {"latitude": 0.0, "longitude": 195.3},
            {"valid_from": "2025-01-02", "valid_to": "2025-01-01"},
        ],
    )
    def test_the_database_refuses(self, wrong: dict[str, object]) -> None:
        country = AdminArea.objects.create(pcode="XAA", level=0, country="XAA")
        right: dict[str, object] = {"pcode": "XN", "level": 1, "country": "XAA", "parent": country}
        with pytest.raises(IntegrityError), transaction.atomic():
            AdminArea.objects.bulk_create([AdminArea(**(right | wrong))])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The five files, small and right; tests spoil one of them."""
    texts = {
        files.COUNTRIES: "alpha3,en,fr,es,ar,ru,zh,latitude,longitude,aliases\nSYR,Syria,,,,,,35,38.5,\n",
        files.SYRIA: "level,pcode,name_en,name_ar,parent_pcode,lat,lon,aliases\n1,SY05,Hama,حماة,SYR,35.1,36.7,Hamah\n",
        files.SETTLEMENTS: "name,latitude,longitude,alternatenames\n",
        files.ALIASES: "pcode,name,language,source\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    write_pcodes(tmp_path, "SYR,1,SY05,Hama,SYR,2021-11-17")
    return tmp_path


def write_pcodes(folder: Path, *rows: str) -> None:
    text = "\n".join(["Location,Admin Level,P-Code,Name,Parent P-Code,Valid from date", *rows, ""])
    (folder / files.PCODES).write_bytes(gzip.compress(text.encode()))


@pytest.mark.django_db
class TestWhatALoadRefuses:
    def test_it_works(self, folder: Path) -> None:
        report = load_gazetteer(folder)
        assert (report.refused, report.areas.created) == ([], 2)

    def test_a_load_that_changes_something_stands_in_the_audit_chain(self, folder: Path) -> None:
        before = AuditEntry.objects.count()
        report = load_gazetteer(folder)
        load_gazetteer(folder)
        (values,) = AuditValues.objects.filter(entry__seq__gt=before).values_list("values", flat=True)
        made = report.areas.created + report.names.created
        assert json.loads(str(values))["after"] == {"file": "gazetteer", "created": made, "updated": 0}

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ("QQQ,1,QQ01,Here,QQQ,2021-11-17", 'row 3, column Location: "QQQ" is not in countries.csv'),
            ("SYR,1,SY05,Hama,SYR,2021-11-17", 'row 3, column P-Code: "SY05" stands twice'),
            ("SYR,2,SY0501,Hama,SY99,2021-11-17", 'row 3, column Parent P-Code: "SY99" is no unit above level 2'),
            ("SYR,x,SY06,Hama,SYR,2021-11-17", 'row 3, column Admin Level: "x" is not a whole number'),
            ("SYR,7,SY06,Hama,SYR,2021-11-17", 'row 3, column Admin Level: "7" is not a level from 1 to 4'),
            ("SYR,1,SY06,Hama,SYR,17/11/2021", 'row 3, column Valid from date: "17/11/2021" is not a date'),
            ("SYR,1,,Hama,SYR,2021-11-17", 'row 3, column P-Code: "" is empty'),
        ],
    )
    def test_a_bad_row_is_named_and_the_rest_loads(self, folder: Path, row: str, said: str) -> None:
        write_pcodes(folder, "SYR,1,SY05,Hama,SYR,2021-11-17", row)
        report = load_gazetteer(folder)
        assert len(report.refused) == 1
        assert said in str(report.refused[0])
        assert report.areas.created == 2

    def test_a_centroid_off_the_globe_is_refused(self, folder: Path) -> None:
        with (folder / files.COUNTRIES).open("a", encoding="utf-8") as file:
            file.write("FJI,Fiji,,,,,,-19,195.3,\n")
        assert 'column longitude: "195.3" is not between -180 and 180' in str(load_gazetteer(folder).refused[0])

    def test_an_alias_of_nothing_is_refused(self, folder: Path) -> None:
        (folder / files.ALIASES).write_text("pcode,name,language,source\nSY77,Nowhere,,hearsay\n", encoding="utf-8")
        assert 'column pcode: "SY77" is not a P-code of the other files' in str(load_gazetteer(folder).refused[0])

    def test_the_command_says_what_it_refused_and_fails(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write_pcodes(folder, "SYR,1,SY05,Hama,SYR,2021-11-17", "QQQ,1,QQ01,Here,QQQ,2021-11-17")
        with pytest.raises(CommandError, match="Rows refused: 1; the rest is loaded"):
            call_command("load_gazetteer", folder=folder)
        assert "areas: 2 read, 2 created, 0 updated, 0 unchanged" in capsys.readouterr().out
        assert AdminArea.objects.count() == 2

    @pytest.mark.parametrize("command", ["load_gazetteer", "load_vocabularies"])
    def test_a_folder_without_the_files_is_named_with_what_to_write(self, tmp_path: Path, command: str) -> None:
        with pytest.raises(CommandError, match=r"\.csv cannot be read \(No such file .* leave it out for those of"):
            call_command(command, folder=tmp_path)

    def test_a_file_in_another_encoding_loads_nothing(self, folder: Path) -> None:
        (folder / files.SYRIA).write_bytes(
            b"level,pcode,name_en,name_ar,parent_pcode,lat,lon,aliases\n1,SY05,\xe9,,,,,\n"
        )
        with pytest.raises(CommandError, match="was not loaded"):
            call_command("load_gazetteer", folder=folder)
        assert not AdminArea.objects.exists()
