"""Loading the gazetteer: the units of the files become areas, names and closure links.

Idempotent and additive: a second load changes nothing, and what people added is kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from incidents.exchange.fixture_files import FIXTURES, Advance, RowRefused, Tally, recorded, say_nothing
from incidents.exchange.gazetteer_files import Gazetteer, Spelling, Unit, assemble
from incidents.models import AdminArea, AreaClosure, AreaName

BATCH = 5_000
AREA_COLUMNS = ["level", "parent", "country", "names", "latitude", "longitude", "valid_from"]


@dataclass
class GazetteerReport:
    """What a load read and did: rows by file, areas, names, closure links mended, refusals."""

    read: dict[str, int] = field(default_factory=dict)
    areas: Tally = field(default_factory=Tally)
    names: Tally = field(default_factory=Tally)
    links_mended: int = 0
    refused: list[RowRefused] = field(default_factory=list)


def load_gazetteer(folder: Path = FIXTURES, advance: Advance = say_nothing) -> GazetteerReport:
    """Load the files of `folder` in one transaction and say what changed.

    Areas and names that the files do not mention stay; a primary name that they no longer state
    becomes an alias. Languages that a file does not give keep the name they have.
    """
    advance("reading", 0, 1)
    gazetteer = assemble(folder)
    advance("reading", 1, 1)
    report = GazetteerReport(read=gazetteer.read, refused=gazetteer.refused)
    with transaction.atomic():
        _store_areas(gazetteer, report.areas, advance)
        _store_names(gazetteer, report.names, advance)
        advance("links", 0, 1)
        report.links_mended = AreaClosure.objects.rebuild()
        advance("links", 1, 1)
        recorded("gazetteer", report.areas, report.names)
    return report


def _store_areas(gazetteer: Gazetteer, tally: Tally, advance: Advance) -> None:
    stored = {area.pcode: area for area in AdminArea.objects.all()}
    levels: dict[int, list[Unit]] = {}
    for unit in gazetteer.units.values():
        levels.setdefault(unit.level, []).append(unit)
    tally.read = len(gazetteer.units)
    for _level, units in sorted(levels.items()):
        created, updated = [], []
        for unit in units:
            area = stored.get(unit.pcode)
            if area is None:
                area = stored[unit.pcode] = AdminArea(pcode=unit.pcode)
                created.append(area)
            elif not _differs(area, unit, stored):
                tally.unchanged += 1
                continue
            else:
                updated.append(area)
            _assign(area, unit, stored)
        AdminArea.objects.bulk_create(created, batch_size=BATCH)
        AdminArea.objects.bulk_update(updated, AREA_COLUMNS, batch_size=500)
        tally.created += len(created)
        tally.updated += len(updated)
        advance("areas", tally.created + tally.updated + tally.unchanged, tally.read)


def _wanted(area: AdminArea, unit: Unit, stored: dict[str, AdminArea]) -> dict[str, object]:
    """The columns of an area as the files want them; what they leave open stays as stored."""
    parent = stored[unit.parent].pk if unit.parent else None
    return {
        "level": unit.level,
        "parent_id": parent,
        "country": unit.country,
        "names": area.names | unit.names,
        "latitude": area.latitude if unit.latitude is None else unit.latitude,
        "longitude": area.longitude if unit.longitude is None else unit.longitude,
        "valid_from": unit.valid_from or area.valid_from,
    }


def _differs(area: AdminArea, unit: Unit, stored: dict[str, AdminArea]) -> bool:
    return any(getattr(area, column) != value for column, value in _wanted(area, unit, stored).items())


def _assign(area: AdminArea, unit: Unit, stored: dict[str, AdminArea]) -> None:
    for column, value in _wanted(area, unit, stored).items():
        setattr(area, column, value)


def _store_names(gazetteer: Gazetteer, tally: Tally, advance: Advance) -> None:
    pks = dict(AdminArea.objects.values_list("pcode", "pk"))
    wanted = {
        (pks[unit.pcode], folded, language): spelling
        for unit in gazetteer.units.values()
        for (folded, language), spelling in unit.spellings.items()
    }
    tally.read = len(wanted)
    created, updated = dict(wanted), []
    for name in AreaName.objects.all():
        spelling = created.pop((name.area_id, name.folded, name.language), None)
        if spelling is None:
            if name.kind == AreaName.Kind.PRIMARY:
                name.kind = AreaName.Kind.ALIAS
                updated.append(name)
        elif (name.name, name.kind) == (spelling.name, spelling.kind):
            tally.unchanged += 1
        else:
            name.name, name.kind = spelling.name, spelling.kind
            updated.append(name)
    AreaName.objects.bulk_create(_name_rows(created.items()), batch_size=BATCH)
    AreaName.objects.bulk_update(updated, ["name", "kind"], batch_size=500)
    tally.created, tally.updated = len(created), len(updated)
    advance("names", tally.read, tally.read)


def _name_rows(spellings: "Iterable[tuple[tuple[int, str, str], Spelling]]") -> Iterable[AreaName]:
    for (area_id, _folded, language), spelling in spellings:
        row = AreaName(area_id=area_id, name=spelling.name, language=language, kind=spelling.kind)
        row.set_search_forms()
        yield row
