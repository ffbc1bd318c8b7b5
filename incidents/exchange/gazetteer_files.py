"""The gazetteer as its files state it: five files in, one `Unit` a P-code out.

Which file wins where two speak of the same unit is decided here; storing is gazetteer.py's.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from incidents.exchange.fixture_files import FIXTURES, Row, RowRefused, read
from incidents.models import AreaName
from incidents.models.folding import fold
from incidents.models.places import SEARCH_LENGTH, core_name

COUNTRIES = "countries.csv"
PCODES = "global_pcodes_adm1_2.csv.gz"
SYRIA = "syria_admin_1_3.csv"
SETTLEMENTS = "geonames_sy_cities500.csv"
ALIASES = "area_aliases.csv"

# A town names its district if one district of that name lies within this distance of it. Measured:
# the farthest true pair (desert subdistricts) is 52 km, the nearest wrong namesake 116 km.
NAMESAKE_KM = 60
EARTH_KM = 6371.0


@dataclass(frozen=True)
class Spelling:
    """One way to write a unit's name; language '' where the file does not state it."""

    name: str
    language: str
    kind: AreaName.Kind


@dataclass
class Unit:
    """A country or administrative unit: its place in the tree, its names, its centroid."""

    pcode: str
    level: int
    parent: str | None
    country: str
    names: dict[str, str]
    latitude: float | None = None
    longitude: float | None = None
    valid_from: date | None = None
    spellings: dict[tuple[str, str], Spelling] = field(default_factory=dict)

    def spell(self, name: str, language: str = "", kind: AreaName.Kind = AreaName.Kind.ALIAS) -> None:
        """Add a spelling unless one with the same search form and language is there.

        A name without a letter or digit, or longer than a name can be, cannot be searched for.
        """
        folded = fold(name)
        if folded and len(name) <= SEARCH_LENGTH:
            self.spellings.setdefault((folded, language), Spelling(name, language, kind))

    def name(self, name: str, language: str, stated_language: str | None = None) -> None:
        """Add the unit's main name in a language; `stated_language` '' if the file names none."""
        if name:
            self.names[language] = name
            self.spell(name, language if stated_language is None else stated_language, AreaName.Kind.PRIMARY)


@dataclass
class Gazetteer:
    """All units by P-code, rows read by file, and the rows that were refused."""

    units: dict[str, Unit] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    refused: list[RowRefused] = field(default_factory=list)

    def each(self, rows: Iterable[Row], file: str, take: "Callable[[Gazetteer, Row], None]") -> None:
        """Hand every row to `take`, count it, and keep its refusal if it has one."""
        self.read[file] = 0
        for row in rows:
            self.read[file] += 1
            try:
                take(self, row)
            except RowRefused as refusal:
                self.refused.append(refusal)


def assemble(folder: Path = FIXTURES) -> Gazetteer:
    """Read the five files of `folder` into units, parents before children.

    Rows that cannot be read or contradict an earlier file are refused and listed; the rest stands.
    """
    gazetteer = Gazetteer()
    gazetteer.each(read(folder / COUNTRIES, ["alpha3", "en", "latitude", "longitude"]), COUNTRIES, _country)
    gazetteer.each(_by_level(folder / PCODES, "Admin Level", "P-Code"), PCODES, _unit)
    gazetteer.each(_by_level(folder / SYRIA, "level", "pcode"), SYRIA, _syrian_unit)
    gazetteer.each(read(folder / ALIASES, ["pcode", "name", "language", "source"]), ALIASES, _alias)
    namesakes = _Namesakes(unit for unit in gazetteer.units.values() if unit.country == "SYR" and unit.level >= 2)
    gazetteer.each(read(folder / SETTLEMENTS, ["name", "alternatenames"]), SETTLEMENTS, namesakes.take)
    return gazetteer


def _by_level(path: Path, level: str, pcode: str) -> Iterator[Row]:
    """Rows with higher units first, so that a parent is known before its children."""
    return iter(sorted(read(path, [level, pcode]), key=lambda row: row.text(level)))


def _country(gazetteer: Gazetteer, row: Row) -> None:
    code = row.required("alpha3")
    if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
        raise row.refused("alpha3", "is not an ISO 3166 alpha-3 code; write three capitals, such as SYR.")
    if code in gazetteer.units:
        raise row.refused("alpha3", "stands twice; keep one row for each country.")
    unit = Unit(code, 0, None, code, {}, row.degrees("latitude", 90), row.degrees("longitude", 180))
    unit.name(row.required("en"), "en")
    for language in ("fr", "es", "ar", "ru", "zh"):
        unit.name(row.text(language), language)
    for alias in row.several("aliases"):
        unit.spell(alias, "en")
    gazetteer.units[code] = unit


def _unit(gazetteer: Gazetteer, row: Row) -> None:
    """A unit of OCHA's list. Its name is the primary one, in Latin script, its language unstated."""
    country = row.required("Location")
    if country not in gazetteer.units:
        raise row.refused("Location", f"is not in {COUNTRIES}; add the country there first.")
    unit = _new_unit(gazetteer, row, country, row.required("P-Code"), row.required("Parent P-Code"))
    unit.valid_from = row.day("Valid from date")
    unit.name(row.text("Name"), "en", stated_language="")
    gazetteer.units[unit.pcode] = unit


def _new_unit(gazetteer: Gazetteer, row: Row, country: str, pcode: str, parent: str) -> Unit:
    """A unit under the parent its file states: 132 second-level codes do not begin with it."""
    level_column, parent_column, code_column = (
        ("Admin Level", "Parent P-Code", "P-Code") if row.file == PCODES else ("level", "parent_pcode", "pcode")
    )
    level = row.whole_number(level_column)
    if not 1 <= level <= 4:
        raise row.refused(level_column, "is not a level from 1 to 4.")
    if pcode in gazetteer.units:
        raise row.refused(code_column, "stands twice; keep one row for each P-code.")
    above = gazetteer.units.get(parent)
    if above is None or above.country != country or above.level >= level:
        raise row.refused(parent_column, f"is no unit above level {level} in {country}; write the parent's P-code.")
    return Unit(pcode, level, parent, country, {})


def _syrian_unit(gazetteer: Gazetteer, row: Row) -> None:
    """A unit of Syria: new at level 3; at levels 1 and 2 names and centroid for OCHA's own."""
    pcode = row.required("pcode")
    unit = gazetteer.units.get(pcode)
    if unit is None:
        unit = _new_unit(gazetteer, row, "SYR", pcode, row.required("parent_pcode"))
        unit.name(row.text("name_en"), "en")
    elif unit.parent != row.text("parent_pcode"):
        raise row.refused("parent_pcode", f"is not the parent {unit.parent} that {PCODES} states.")
    unit.latitude, unit.longitude = row.degrees("lat", 90), row.degrees("lon", 180)
    unit.name(row.text("name_ar"), "ar")
    unit.spell(row.text("name_en"), "en")
    for alias in row.several("aliases"):
        unit.spell(alias)
    gazetteer.units[pcode] = unit


def _alias(gazetteer: Gazetteer, row: Row) -> None:
    unit = gazetteer.units.get(row.required("pcode"))
    if unit is None:
        raise row.refused("pcode", "is not a P-code of the other files; write one that is.")
    row.required("source")
    unit.spell(row.required("name"), row.text("language"))


class _Namesakes:
    """Finds the subdistrict and the district a town has given its name to."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self.by_name: defaultdict[tuple[int, str], set[str]] = defaultdict(set)
        self.units = {unit.pcode: unit for unit in units}
        for unit in self.units.values():
            for folded, _language in unit.spellings:
                self.by_name[unit.level, core_name(folded)].add(unit.pcode)

    def take(self, gazetteer: Gazetteer, row: Row) -> None:
        """Give a town's other names to its namesakes; a town with none, or two, gives none."""
        name = row.required("name")
        others = row.several("alternatenames")
        latitude, longitude = row.degrees("latitude", 90), row.degrees("longitude", 180)
        if latitude is None or longitude is None:
            raise row.refused("latitude", "is empty; a town without a place cannot be compared.")
        known = {core_name(fold(spelling)) for spelling in [name, *others] if spelling == name or _is_arabic(spelling)}
        for level in (2, 3):
            near = {
                pcode
                for core in known
                for pcode in self.by_name.get((level, core), ())
                if _kilometres(self.units[pcode], latitude, longitude) <= NAMESAKE_KM
            }
            if len(near) == 1:
                unit = self.units[near.pop()]
                for spelling in [name, *others]:
                    if not _is_airport_code(spelling):
                        unit.spell(spelling)


def _is_arabic(text: str) -> bool:
    return any("\u0600" <= character <= "\u06ff" for character in text)


def _is_airport_code(text: str) -> bool:
    """Whether a GeoNames alternate name is an IATA code such as LTK rather than a name."""
    return len(text) == 3 and text.isascii() and text.isupper()


def _kilometres(unit: Unit, latitude: float, longitude: float) -> float:
    """Great-circle distance from a unit's centroid (haversine); infinite if it has none."""
    if unit.latitude is None or unit.longitude is None:
        return math.inf
    lat_1, lon_1, lat_2, lon_2 = map(math.radians, (unit.latitude, unit.longitude, latitude, longitude))
    half = math.sin((lat_2 - lat_1) / 2) ** 2 + math.cos(lat_1) * math.cos(lat_2) * math.sin((lon_2 - lon_1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))
