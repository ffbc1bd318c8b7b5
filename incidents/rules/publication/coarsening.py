"""Areas finer than a settlement, as the claims of a moderately sensitive incident tell them: by their settlements.

The place of the incident itself is disclosure.py's matter. Figures are derived afterwards, from what is told here.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from incidents.models import AdminArea
from incidents.rules.publication.board import Content
from incidents.rules.publication.disclosure import SETTLEMENT_LEVEL, at_most

ENDS = ("low", "value", "high")
# {P-code of an area finer than a settlement: that of its settlement}
Settlements = dict[str, str]


def settlements(areas: Iterable[AdminArea | None]) -> Settlements:
    """Those of these areas that may not be told, with what is told in their place."""
    finer = (area for area in areas if area is not None and area.level > SETTLEMENT_LEVEL)
    return {area.pcode: at_most(area, SETTLEMENT_LEVEL).pcode for area in finer}


def settlements_in(claims: Iterable[Content]) -> Settlements:
    """The same of the areas that claims name as they are published."""
    named = {code for claim in claims for code in (*claim["covers_areas"], *(each["area"] for each in claim["cells"]))}
    finer = AdminArea.objects.filter(pcode__in=named - {None}, level__gt=SETTLEMENT_LEVEL)
    return settlements(finer.select_related("parent"))


def coarsened(claims: Sequence[Content], told: Settlements) -> list[Content]:
    """Claims as contents hold them, with the settlement in place of every finer area."""
    if not told:
        return list(claims)
    return [
        claim
        | {
            "covers_areas": sorted({told.get(code, code) for code in claim["covers_areas"]}),
            "cells": _together([cell | {"area": told.get(cell["area"], cell["area"])} for cell in claim["cells"]]),
        }
        for claim in claims
    ]


def _together(cells: Sequence[Content]) -> list[Content]:
    """Cells with those in one that say the same of the same people but for how many.

    They are disjoint, so that they add up. Those with a figure are kept apart from those of which only a low or a high
    end was stated: the ruleset reads these otherwise, and adds them itself.
    """
    alike: dict[tuple[Any, ...], list[Content]] = {}
    for cell in cells:
        members = tuple(value for name, value in cell.items() if name not in ENDS)
        ends = (True,) if cell["value"] is not None else (False, cell["low"] is None, cell["high"] is None)
        alike.setdefault((*members, *ends), []).append(cell)
    return [several[0] | _sums(several) for several in alike.values()]


def _sums(cells: Sequence[Mapping[str, Any]]) -> dict[str, int | None]:
    """The ends of several cells together; where only some have an end, the others' figure is theirs."""
    return {
        name: sum(cell["value"] if cell[name] is None else cell[name] for cell in cells)
        if any(cell[name] is not None for cell in cells)
        else None
        for name in ENDS
    }
