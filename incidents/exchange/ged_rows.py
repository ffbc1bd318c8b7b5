"""A row of the UCDP Georeferenced Event Dataset, read strictly by name from files of 41 or 49 columns.

What a row becomes in the record is ged_mapping.py's matter. Source: GED codebook 19.1 (Högbladh 2019).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from incidents.choices import Clarity, DatePrecision, GeoPrecision
from incidents.exchange.tables import (
    CellRefused,
    coded,
    degrees,
    iso_date,
    optional_number,
    short_text,
    whole_number,
)
from incidents.models.days import FIRST_DAY, last_day, validate_day

# Known by name so that a file may have them; they carry the names of the dead and are never read.
NEVER_READ = ("source_article", "source_headline")
SHORT_FORM = (
    "id", "year", "active_year", "type_of_violence", "conflict_new_id", "conflict_name", "dyad_new_id", "dyad_name",
    "side_a_new_id", "side_a", "side_b_new_id", "side_b", "number_of_sources", "source_office", "source_date",
    "source_original", "where_prec", "where_coordinates", "adm_1", "adm_2", "latitude", "longitude", "geom_wkt",
    "priogrid_gid", "country", "country_id", "region", "event_clarity", "date_prec", "date_start", "date_end",
    "deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown", "best", "high", "low", "gwnob",
)  # fmt: skip
LONG_FORM = (
    "relid", "code_status", "conflict_dset_id", "dyad_dset_id", "side_a_dset_id", "side_b_dset_id",
    "where_description", "gwnoa",
)  # fmt: skip
REQUIRED = SHORT_FORM
KNOWN = (*SHORT_FORM, *LONG_FORM, *NEVER_READ)

STATE_BASED, NON_STATE, ONE_SIDED = 1, 2, 3
VIOLENCE = {"1": STATE_BASED, "2": NON_STATE, "3": ONE_SIDED}
GEO_PRECISION = {
    "1": GeoPrecision.EXACT,
    "2": GeoPrecision.NEAR,
    "3": GeoPrecision.ADM2,
    "4": GeoPrecision.ADM1,
    "5": GeoPrecision.REGION,
    "6": GeoPrecision.COUNTRY,
    "7": GeoPrecision.INTERNATIONAL,
}
DATE_PRECISION = {
    "1": DatePrecision.DAY,
    "2": DatePrecision.DAYS,
    "3": DatePrecision.WEEK,
    "4": DatePrecision.MONTH,
    "5": DatePrecision.YEAR_OR_MORE,
}
CLARITY = {"1": Clarity.INDIVIDUALLY_DESCRIBED, "2": Clarity.SUMMARY}

# Three place texts are kept in one column of 500 characters.
PLACE_LENGTH, SIDE_LENGTH, SOURCES_LENGTH = 160, 300, 5_000
NOT_RECORDED = -1
NO_DATE = "1753-01-01"


@dataclass(frozen=True, slots=True)
class Side:
    """A side of a dyad: UCDP's id of the actor, its name, and whether it is a government."""

    id: int
    name: str
    government: bool


@dataclass(frozen=True, slots=True)
class GedEvent:
    """One event as UCDP reports it. Deaths are persons, None is not known; coordinates are WGS 84 degrees."""

    id: int
    violence: int
    conflict: int
    dyad: int
    side_a: Side
    side_b: Side
    country: str
    adm_1: str
    adm_2: str
    place: str
    latitude: float
    longitude: float
    geo_precision: GeoPrecision
    clarity: Clarity
    date_precision: DatePrecision
    start: dt.date
    end: dt.date
    deaths_a: int | None
    deaths_b: int | None
    deaths_civilians: int | None
    deaths_unknown: int | None
    low: int
    best: int | None
    high: int
    based_on: tuple[str, ...]
    based_on_dates: tuple[str | None, ...]

    @property
    def one_sided(self) -> bool:
        """Whether civilians were attacked (type 3): side B is then no actor, but "Civilians"."""
        return self.violence == ONE_SIDED


def read_event(row: Mapping[str, str]) -> tuple[GedEvent, list[CellRefused]]:
    """The event of a row, with warnings for figures that are kept as reported though they do not fit.

    Raises CellRefused at the first cell that cannot be read.
    """
    start, end = _day(row, "date_start"), _day(row, "date_end")
    if start > end:
        raise CellRefused("date_start", row["date_start"], f"is after date_end {row['date_end']}; exchange the two")
    event = GedEvent(
        id=whole_number(row, "id", lowest=1),
        violence=coded(row, "type_of_violence", VIOLENCE),
        conflict=whole_number(row, "conflict_new_id"),
        dyad=whole_number(row, "dyad_new_id"),
        side_a=_side(row, "side_a", "gwnoa"),
        side_b=_side(row, "side_b", "gwnob"),
        country=short_text(row, "country", longest=PLACE_LENGTH, needed=True),
        adm_1=short_text(row, "adm_1", longest=PLACE_LENGTH),
        adm_2=short_text(row, "adm_2", longest=PLACE_LENGTH),
        place=short_text(row, "where_coordinates", longest=PLACE_LENGTH),
        latitude=degrees(row, "latitude", limit=90),
        longitude=degrees(row, "longitude", limit=180),
        geo_precision=coded(row, "where_prec", GEO_PRECISION),
        clarity=coded(row, "event_clarity", CLARITY),
        date_precision=coded(row, "date_prec", DATE_PRECISION),
        start=start,
        end=end,
        deaths_a=optional_number(row, "deaths_a"),
        deaths_b=optional_number(row, "deaths_b"),
        deaths_civilians=optional_number(row, "deaths_civilians"),
        deaths_unknown=optional_number(row, "deaths_unknown"),
        low=whole_number(row, "low"),
        best=optional_number(row, "best"),
        high=whole_number(row, "high"),
        based_on=_based_on(row),
        based_on_dates=_based_on_dates(row),
    )
    return event, _warnings(event, row)


def _day(row: Mapping[str, str], column: str) -> dt.date:
    """The cell as a day that an incident may have."""
    day = iso_date(row, column)
    try:
        validate_day(day)
    except ValidationError as refused:
        instead = f"is no day of an incident; write one from {FIRST_DAY} to {last_day()}"
        raise CellRefused(column, row[column], instead) from refused
    return day


def _side(row: Mapping[str, str], column: str, state_column: str) -> Side:
    name = short_text(row, column, longest=SIDE_LENGTH, needed=True)
    government = name.startswith("Government of ") or bool(row.get(state_column, "").strip())
    return Side(whole_number(row, f"{column}_new_id"), name, government)


def _based_on(row: Mapping[str, str]) -> tuple[str, ...]:
    """Whom UCDP relied on, as written: split on ";" only, since names hold commas and slashes."""
    parts = [
        part.strip()
        for column in ("source_original", "source_office")
        for part in short_text(row, column, longest=SOURCES_LENGTH).split(";")
    ]
    return tuple(dict.fromkeys(filter(None, parts)))


def _based_on_dates(row: Mapping[str, str]) -> tuple[str | None, ...]:
    """The dates of the sources relied on, in the order given: "2014-06-09;2017-05-31"; 1753-01-01 is an empty one."""
    cell = short_text(row, "source_date", longest=SOURCES_LENGTH)
    parts = [part.strip() for part in cell.split(";")] if cell else []
    return tuple(_known_date(part) for part in parts)


def _known_date(text: str) -> str | None:
    return text[:10] if _is_date(text) and text[:10] != NO_DATE else None


def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text.strip()[:10])
    except ValueError:
        return False
    return True


def _warnings(event: GedEvent, row: Mapping[str, str]) -> list[CellRefused]:
    found = []
    if any(part.strip() and not _is_date(part) for part in row["source_date"].split(";")):
        found.append(
            CellRefused("source_date", row["source_date"][:40], "holds what is no date; that one is not stored")
        )
    if event.best is not None and not event.low <= event.best <= event.high:
        figures = f"{event.low}/{event.best}/{event.high}"
        found.append(CellRefused("low/best/high", figures, "is out of order; kept as reported"))
    parts = (event.deaths_a, event.deaths_b, event.deaths_civilians, event.deaths_unknown)
    if event.best is not None and None not in parts and sum(filter(None, parts)) != event.best:
        figures = " + ".join(map(str, parts))
        found.append(CellRefused("best", str(event.best), f"is not the sum of its parts {figures}; kept as reported"))
    sources = row["number_of_sources"].strip()
    if sources and not (sources.isdecimal() or sources == str(NOT_RECORDED)):
        found.append(CellRefused("number_of_sources", sources[:40], "is no number of sources; it is not stored"))
    return found
