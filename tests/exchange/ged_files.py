"""Small GED files for tests: rows of one event with what a test changes, in the short or the long form."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from incidents.exchange.ged_report import GedReport
from incidents.exchange.ged_rows import LONG_FORM, SHORT_FORM
from incidents.models import AdminArea, AreaName

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
CAR = SEEDS / "ucdp_ged_car_1991_2022.csv.gz"
MYANMAR = SEEDS / "ucdp_ged_myanmar_1989_2023.csv.gz"
SYRIA = SEEDS / "ucdp_ged_syria_2016_2019.csv.gz"

EVENT = {
    "id": "12422",
    "type_of_violence": "1",
    "conflict_new_id": "416",
    "dyad_new_id": "861",
    "side_a_new_id": "86",
    "side_a": "Government of Central African Republic",
    "side_b_new_id": "490",
    "side_b": "FPRC, MPC",
    "number_of_sources": "2",
    "source_original": "UN, local sources; witness",
    "source_office": "Agence France Presse",
    "source_date": "1753-01-01",
    "where_prec": "1",
    "where_coordinates": "Bambari town",
    "adm_1": "Ouaka province",
    "adm_2": "Bambari region",
    "latitude": "5.765278",
    "longitude": "20.666667",
    "country": "Central African Republic",
    "event_clarity": "1",
    "date_prec": "1",
    "date_start": "2017-05-07",
    "date_end": "2017-05-07",
    "deaths_a": "1",
    "deaths_b": "2",
    "deaths_civilians": "3",
    "deaths_unknown": "4",
    "low": "8",
    "best": "10",
    "high": "12",
}
ONE_SIDED = {"type_of_violence": "3", "side_b_new_id": "1", "side_b": "Civilians", "deaths_a": "0", "deaths_b": "0"}


def ged_text(rows: Iterable[dict[str, str]], columns: Iterable[str] = SHORT_FORM) -> str:
    """A GED file of these events, each written as what differs from EVENT."""
    text = io.StringIO()
    names = list(columns)
    writer = csv.DictWriter(text, names, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(EVENT | row for row in rows)
    return text.getvalue()


def ged_file(folder: Path, *rows: dict[str, str], columns: Iterable[str] = SHORT_FORM, name: str = "ged.csv") -> Path:
    """That file in a folder."""
    path = folder / name
    path.write_text(ged_text(rows, columns), encoding="utf-8")
    return path


LONG_COLUMNS = (*SHORT_FORM, *LONG_FORM)


def some_areas() -> None:
    """The countries of the three files, and two areas of the Central African Republic."""
    names = {"CAF": "Central African Republic", "SYR": "Syria", "MMR": "Myanmar (Burma)"}
    for code, name in names.items():
        country = AdminArea.objects.create(pcode=code, level=0, country=code, names={"en": name})
        AreaName.objects.create(area=country, name=name, language="en", kind="primary")
    above = AdminArea.objects.get(pcode="CAF")
    for level, pcode, name in ((1, "CF61", "Ouaka"), (2, "CF612", "Bambari")):
        above = AdminArea.objects.create(pcode=pcode, level=level, parent=above, country="CAF", names={"en": name})
        AreaName.objects.create(
            area=above, name=f"{name} region" if level == 2 else name, language="en", kind="primary"
        )


def counts(report: GedReport) -> tuple[int, int, int, int, int]:
    """Rows read, created, updated, unchanged, refused."""
    return report.read, report.created, report.updated, report.unchanged, report.refused.count
