"""GED files that cannot be read, as a whole or in a row: each is refused with the place and what to write instead."""

import gzip
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from incidents.exchange.ged import import_ged
from incidents.exchange.ged_rows import SHORT_FORM
from incidents.exchange.tables import FileRefused
from incidents.models import AdminArea, Document, Incident
from tests.exchange.ged_files import LONG_COLUMNS, ged_file, ged_text, some_areas

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def areas() -> None:
    some_areas()


@pytest.mark.parametrize(
    ("change", "column", "value", "instead"),
    [
        ({"best": "10-15"}, "best", "10-15", "a range goes into low and high"),
        ({"best": "ten"}, "best", "ten", "write one whole number in digits"),
        ({"best": "10.0"}, "best", "10.0", "write one whole number in digits"),
        ({"best": "١٠"}, "best", "١٠", "write one whole number in digits"),
        ({"low": ""}, "low", "", "is empty; write a whole number"),
        ({"high": "2147483648"}, "high", "2147483648", "is more than 2,147,483,647"),
        ({"high": "9" * 5000}, "high", "9" * 5000, "is more than 2,147,483,647"),
        ({"deaths_a": "-1"}, "deaths_a", "-1", "write 0 or more"),
        ({"id": ""}, "id", "", "is empty"),
        ({"id": "0"}, "id", "0", "write 1 or more"),
        ({"date_start": "2017-02-30"}, "date_start", "2017-02-30", "write a date that exists"),
        ({"date_start": "07/05/2017"}, "date_start", "07/05/2017", "such as 2016-01-31"),
        ({"date_end": ""}, "date_end", "", "write a date that exists"),
        ({"date_start": "2017-05-08"}, "date_start", "2017-05-08", "is after date_end 2017-05-07"),
        ({"date_start": "0001-01-01"}, "date_start", "0001-01-01", "write one from 1800-01-01 to "),
        ({"date_end": "9999-12-31"}, "date_end", "9999-12-31", "is no day of an incident"),
        ({"type_of_violence": "4"}, "type_of_violence", "4", "write one of 1, 2, 3"),
        ({"where_prec": "0"}, "where_prec", "0", "write one of 1, 2, 3, 4, 5, 6, 7"),
        ({"date_prec": "6"}, "date_prec", "6", "write one of 1, 2, 3, 4, 5"),
        ({"event_clarity": ""}, "event_clarity", "", "write one of 1, 2"),
        ({"latitude": "95.1"}, "latitude", "95.1", "is off the earth"),
        ({"longitude": "-180.5"}, "longitude", "-180.5", "is off the earth"),
        ({"latitude": "35°12'"}, "latitude", "35°12'", "write decimal degrees"),
        ({"latitude": "nan"}, "latitude", "nan", "write decimal degrees"),
        ({"latitude": ""}, "latitude", "", "write decimal degrees"),
        ({"country": "Atlantis"}, "country", "Atlantis", "is no country of the gazetteer"),
        ({"country": "Siria"}, "country", "Siria", "write its name, such as Syria"),
        ({"country": ""}, "country", "", "is empty; write the name"),
        ({"side_a": ""}, "side_a", "", "is empty; write the name"),
        ({"side_a_new_id": "x"}, "side_a_new_id", "x", "write one whole number"),
        ({"where_coordinates": "Bam\0bari"}, "where_coordinates", "Bam\\0bari", "holds a NUL character"),
        (
            {"where_coordinates": "x" * 161},
            "where_coordinates",
            "x" * 40 + "…",
            "has 161 characters; write 160 at most",
        ),
        ({"source_original": "x" * 5001}, "source_original", "x" * 40 + "…", "write 5,000 at most"),
        ({"side_b": "x" * 200_000}, "(whole row)", "", "are not one CSV row"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_and_the_rest_loads(
    tmp_path: Path, change: dict[str, str], column: str, value: str, instead: str
) -> None:
    report = import_ged(ged_file(tmp_path, {"id": "1"}, {"id": "2"} | change, {"id": "3"}))
    (refused,) = report.refused.kept
    assert (refused.row, refused.column, refused.value) == (3, column, value)
    assert instead in refused.note
    assert (report.read, report.created, report.complete) == (3, 2, True)
    assert str(report.sums_read) == "16 / 20 / 24"


def test_an_id_that_stands_twice_with_other_content_is_refused(tmp_path: Path) -> None:
    report = import_ged(ged_file(tmp_path, {"id": "7"}, {"id": "7"}, {"id": "7", "best": "11"}))
    (refused,) = report.refused.kept
    assert (refused.row, refused.column, refused.value) == (4, "id", "7")
    assert refused.note == "stands in row 2 already, with other content; keep one of the two"
    assert (report.created, report.unchanged, report.complete) == (1, 1, True)
    assert [(each.row, each.note) for each in report.warnings.kept] == [(3, "repeats row 2 word for word")]


def test_a_row_with_a_cell_too_many_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ged.csv"
    file.write_text(ged_text([{"id": "1"}, {"id": "2"}]) + "3,4\n" + ",".join("x" * 40) + "\n", encoding="utf-8")
    report = import_ged(file)
    assert [(each.row, each.column, each.value) for each in report.refused.kept] == [
        (4, "(whole row)", "3"),
        (5, "(whole row)", "x"),
    ]
    assert report.created == 2


def test_a_quote_that_is_never_closed_is_refused_with_its_lines(tmp_path: Path) -> None:
    file = tmp_path / "ged.csv"
    text = ged_text([{"id": "1"}, {"id": "2", "where_coordinates": "OPEN"}, {"id": "3"}])
    file.write_text(text.replace("OPEN", '"OPEN').replace('"FPRC, MPC"', "FPRC"), encoding="utf-8")
    report = import_ged(file)
    (refused,) = report.refused.kept
    assert (refused.row, refused.column) == (3, "(whole row)")
    assert refused.note.startswith("lines 3 to 4 are not one CSV row")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "ged.csv is empty"),
        (ged_text([{}]).encode("utf-16"), r"is not UTF-8 at byte 0 \(line 1\)"),
        (ged_text([{}]).replace("Bambari town", "été").encode("latin-1"), r"not UTF-8 at byte \d+ \(line 2\)"),
        (b"\x1f\x8b\x08\x00broken", "cannot be read"),
        (gzip.compress(ged_text([{}]).encode())[:-20], "cannot be read"),
        (lambda: gzip.compress(b"\0" * 300_000_000, 1), "is longer than 1,048,576 bytes"),
        (lambda: gzip.compress(b"id,year\n" * 30_000_000, 9), "unpacks to more than 200 times its size"),
        (b"a;b;c\n1;2;3\n", r"the header lacks 'id', 'year'.* has unknown columns 'a;b;c'"),
        (ged_text([{}]).replace("adm_1", "adm1").encode(), r"lacks 'adm_1'; .*'adm1' \(did you mean adm_1\?\)"),
        (ged_text([{}], [*SHORT_FORM, "best"]).encode(), "names twice 'best'"),
        ((",".join(f"c{number}" for number in range(100_000)) + "\n").encode(), "and 99,995 more"),
        (b'"id\n' + b"x" * 200_000, "the header is not a CSV row"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_as_a_whole_and_quickly(
    tmp_path: Path, content: bytes | Callable[[], bytes], message: str
) -> None:
    file = tmp_path / "ged.csv"
    file.write_bytes(content() if callable(content) else content)  # bombs are made where they go off
    began = time.process_time()
    with pytest.raises(FileRefused, match=message):
        import_ged(file)
    assert time.process_time() - began < 2
    assert (Incident.objects.count(), Document.objects.count()) == (0, 0)


def test_the_byte_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ged.csv"
    text = ged_text([{}, {}]).encode()
    broken = text.rindex(b"Bambari town")
    file.write_bytes(text[:broken] + b"\xe9" + text[broken:])
    with pytest.raises(FileRefused, match=rf"at byte {broken} \(line 3\)"):
        import_ged(file)


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    named = tmp_path / os.fsdecode(b"car\xff.csv")
    ged_file(tmp_path, {}).rename(named)
    with pytest.raises(FileRefused, match=r"name is not UTF-8: car\\xff\.csv; rename it"):
        import_ged(named)
    assert not Document.objects.exists()


def test_a_byte_order_mark_and_gzip_are_read(tmp_path: Path) -> None:
    file = tmp_path / "ged.csv.gz"
    file.write_bytes(gzip.compress(b"\xef\xbb\xbf" + ged_text([{}], LONG_COLUMNS).encode()))
    assert import_ged(file).created == 1


def test_without_a_gazetteer_it_says_what_to_run(tmp_path: Path) -> None:
    for level in (2, 1, 0):
        AdminArea.objects.filter(level=level).delete()
    with pytest.raises(FileRefused, match="run load_gazetteer first"):
        import_ged(ged_file(tmp_path, {}))
