"""The tally rows of a published incident: its rolled-up figures and their disjoint parts.

Reading them into totals is victims.py's matter.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from incidents.models import PublicIncident, Tally
from incidents.rules.breakdown import DIMENSIONS, Part
from incidents.rules.rollup import Figure, Key

DIMENSION_BITS = {dimension: 1 << position for position, dimension in enumerate(DIMENSIONS)}
AREA = "area"
UNSPECIFIED = "unspecified"


def tallies(incident: PublicIncident, content: Mapping[str, Any], figures: Mapping[Key, Figure]) -> Iterator[Tally]:
    """Every tally row of an incident: base rows, a row for each part of each cut, and estimates by area."""
    for key, figure in figures.items():
        parts = figure.decomposition
        itemised = sum(DIMENSION_BITS[dimension] for dimension in parts.cuts)
        whole = Part(
            **{dimension: getattr(parts.base, dimension) for dimension in DIMENSIONS},
            low=figure.low,
            best=figure.best,
            high=figure.high,
        )
        base = _row(incident, key, "", whole, own=figure.own)
        base.low_open, base.high_open, base.itemised = figure.low_open, figure.high_open, itemised
        yield base
        for dimension, cut in parts.cuts.items():
            for part in cut:
                row = _row(incident, key, dimension, part, own=figure.own)
                row.low_open, row.high_open = figure.low_open, figure.high_open
                yield row
    for estimate in content["by_area"]:
        key = (estimate["measure"], estimate["unit"], estimate["basis"], estimate["status"])
        status = UNSPECIFIED if estimate["status"] == "all" else estimate["status"]
        unnamed = dict.fromkeys(DIMENSIONS, UNSPECIFIED) | {"status": status}
        part = Part(**unnamed, low=estimate["low"], best=estimate["best"], high=estimate["high"])
        row = _row(incident, key, AREA, part, own=True)
        row.area = estimate["area"]
        row.low_open, row.high_open = estimate["low_open"], estimate["high_open"]
        yield row


def _row(incident: PublicIncident, key: Key, dimension: str, part: Part, *, own: bool) -> Tally:
    measure, unit, basis, of_status = key
    return Tally(
        incident=incident,
        measure=measure,
        unit=unit,
        basis=basis,
        of_status=of_status,
        dimension=dimension,
        **{name: getattr(part, name) for name in DIMENSIONS},
        low=part.low,
        best=part.best,
        high=part.high,
        own=own,
    )
