"""The tally rows of a published incident: its rolled-up figures and their disjoint parts.

Reading them into totals is victims.py's matter.
"""

from collections.abc import Iterator, Mapping, Set
from typing import Any

from incidents.choices import PersonStatus
from incidents.models.bulk import Row
from incidents.rules.figures.breakdown import DIMENSIONS, Part
from incidents.rules.figures.rollup import Figure, Key
from incidents.rules.publication.roles import WHOLE, Roles

DIMENSION_BITS = {dimension: 1 << position for position, dimension in enumerate(DIMENSIONS)}
AREA = "area"
STATED = "stated"
UNSPECIFIED = "unspecified"
ALL = PersonStatus.ALL.value


def tallies(incident: int, content: Mapping[str, Any], figures: Mapping[Key, Figure], roles: Roles) -> Iterator[Row]:
    """Every tally row of an incident (its primary key): base rows, those of each part of each cut, by area and stated.

    Rows that are merely stated enter no total: they say of whom somebody spoke, for filters.
    """
    told: set[tuple[str, ...]] = set()
    for key, figure in figures.items():
        parts = figure.decomposition
        itemised = sum(DIMENSION_BITS[dimension] for dimension in parts.cuts)
        shared = _shared(incident, key, figure.low_open, figure.high_open, own=figure.own)
        shared["role"], shared["above"] = roles.role(content["id"], key), roles.above(content["id"], key)
        base = _described(parts.base)
        yield shared | base | {"low": figure.low, "best": figure.best, "high": figure.high, "itemised": itemised}
        for dimension, cut in parts.cuts.items():
            for part in cut:
                bounds = {"low": part.low, "best": part.best, "high": part.high}
                if part.high:
                    told.add((*key[:3], *_described(part).values()))
                yield shared | _described(part) | bounds | {"dimension": dimension, "itemised": itemised}
    for estimate in content["by_area"]:
        key = (estimate["measure"], estimate["unit"], estimate["basis"], estimate["status"])
        shared = _shared(incident, key, estimate["low_open"], estimate["high_open"], own=True)
        status = UNSPECIFIED if estimate["status"] == "all" else estimate["status"]
        unnamed = dict.fromkeys(DIMENSIONS, UNSPECIFIED) | {"status": status}
        bounds = {"low": estimate["low"], "best": estimate["best"], "high": estimate["high"]}
        yield shared | unnamed | bounds | {"dimension": AREA, "area": estimate["area"]}
    yield from _stated(incident, content, told)


def _stated(incident: int, content: Mapping[str, Any], told: Set[tuple[str, ...]]) -> Iterator[Row]:
    """Of whom claims that stand speak in their parts, where no part of a figure says it.

    A cut holds no part without a point, none of a claim that does not set best, and a figure without best has no cuts.
    """
    stated: dict[tuple[str, ...], tuple[Key, list[int]]] = {}
    for claim in content["claims"]:
        if not any(use["used"] for use in claim["used"]):
            continue
        for cell in claim["cells"]:
            ends = [cell[name] for name in ("low", "value", "high") if cell[name] is not None]
            said = {name: cell[name] or UNSPECIFIED for name in DIMENSIONS}
            if not any(ends) or all(code in {UNSPECIFIED, ALL} for code in said.values()):
                continue
            if said["status"] in {UNSPECIFIED, ALL}:
                said["status"] = UNSPECIFIED if claim["status"] == ALL else claim["status"]
            key = (claim["measure"], claim["unit"], claim["basis"], claim["status"])
            described = (*key[:3], *said.values())
            if described not in told:
                stated.setdefault(described, (key, []))[1].extend(ends)
    for described, (key, ends) in stated.items():
        bounds = {"low": min(ends), "best": None, "high": max(ends)}
        said = dict(zip(DIMENSIONS, described[3:], strict=True))
        yield _shared(incident, key, low_open=False, high_open=False, own=True) | said | bounds | {"dimension": STATED}


def _shared(incident: int, key: Key, low_open: bool, high_open: bool, *, own: bool) -> dict[str, Any]:
    measure, unit, basis, of_status = key
    return {
        "incident_id": incident,
        "measure": measure,
        "unit": unit,
        "basis": basis,
        "of_status": of_status,
        "dimension": "",
        "area": "",
        "low_open": low_open,
        "high_open": high_open,
        "itemised": 0,
        "own": own,
        "role": WHOLE,
        "above": "",
    }


def _described(part: Part) -> dict[str, Any]:
    return {
        "status": part.status,
        "sex": part.sex,
        "age_group": part.age_group,
        "cause": part.cause,
        "occupation": part.occupation,
    }
