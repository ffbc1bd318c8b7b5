"""What people made of the parts of imported events that have no reason of their own: references, and cells of claims.

Of references the histories tell; of cells the audit chain, as far as its values were not erased.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from incidents.models import AuditValues, Claim, ClaimCell, IncidentReference
from incidents.models.history import CHANGED, CREATED, DELETED
from incidents.rules.trail.differences import kind_of

State = dict[str, Any]
DIMENSIONS = ("status", "sex", "age_group", "cause", "occupation")
UNNUMBERED = 0  # a cell that was changed on a page of its own
FIGURES = ("value", "low", "high")
# The cells that an import writes: the first cut, by status alone.
PLAIN = {"cut": 1, "area_id": None, **dict.fromkeys(DIMENSIONS[1:], "")}


class References:
    """The references of these incidents that people added, changed or deleted; one query."""

    def __init__(self, incidents: Collection[int]) -> None:
        rows = IncidentReference.history.filter(incident__among=set(incidents)).order_by(
            "id", "history_date", "history_id"
        )
        states = rows.values() if incidents else ()
        self._lives: dict[int, list[list[State]]] = {}
        for _, some in groupby(states, lambda state: state["id"]):
            life = list(some)
            self._lives.setdefault(life[-1]["incident_id"], []).append(life)

    def tell(self, incident: int) -> bool:
        """Whether anything is known of what people did to the references of an incident."""
        return incident in self._lives

    def changed(self, incident: int, scheme: str, stored: Collection[str]) -> bool:
        """Whether people changed, added or took out a key of that scheme; `stored` are those that stand there now."""
        return any(_by_hand(life, stored) for life in self._lives.get(incident, ()) if life[-1]["scheme"] == scheme)


def _by_hand(life: list[State], stored: Collection[str]) -> bool:
    """Whether it stands otherwise than an import left it; one that a merge dropped comes back with its undoing."""
    first, last = life[0], life[-1]
    if last["history_type"] == DELETED:
        return first["history_type"] != CREATED and last["key"] not in stored
    back = first["history_type"] == DELETED and first["key"] == last["key"]
    changed = any(state["history_type"] == CHANGED for state in life)
    return last["key"] in stored and (changed or not back)


@dataclass(slots=True)
class Cells:
    """What people made of the cells of one claim: those that they `added` {primary key: in words}.

    `others` says that they changed or deleted cells of the import as well, or that nobody knows.
    """

    added: dict[int, str] = field(default_factory=dict)
    others: bool = False


def cells_by_hand(claims: Collection[int]) -> dict[int, Cells]:
    """Of these claims, whose cells people changed: which of them are theirs. Three queries, however many."""
    if not claims:
        return {}
    found = {claim: Cells(others=True) for claim in claims}
    ids = {str(key): pk for pk, key in Claim.objects.filter(pk__among=set(claims)).values_list("pk", "public_id")}
    entries = AuditValues.objects.filter(entry__kind=kind_of(Claim), entry__object_id__in=ids)
    theirs: set[int] = set()
    rows = entries.order_by("entry__object_id", "pk").values_list("entry__object_id", "values")
    for key, several in groupby(rows, lambda row: row[0]) if ids else ():
        _read(found[ids[key]], theirs, [values for _, values in several])
    for cell in ClaimCell.objects.filter(claim__among=set(claims)).order_by("claim", "cut", "id"):
        if cell.pk in theirs or any(getattr(cell, name) != value for name, value in PLAIN.items()):
            found[cell.claim_id].added[cell.pk] = _in_words(cell)
    return found


def _read(cells: Cells, theirs: set[int], entries: list[str | None]) -> None:
    """Take from the entries about one claim which cells people added, and whether they touched any other."""
    kind = kind_of(ClaimCell)
    told = False
    for values in entries:
        if values is None:
            return
        before, after = (_cells(json.loads(values)[side], kind) for side in ("before", "after"))
        told = told or bool(before or after)
        theirs |= after.keys() - before.keys() - {UNNUMBERED}
        if UNNUMBERED in after or before.keys() - theirs:
            return
    cells.others = not told


def _cells(values: Mapping[str, Any], kind: str) -> dict[int, Any]:
    if values.get("part") == kind:
        return {UNNUMBERED: values}
    return {int(pk): state for pk, state in values.get("parts", {}).get(kind, {}).items()}


def _in_words(cell: ClaimCell) -> str:
    return " ".join(map(str, _words(cell)))


def _words(cell: ClaimCell) -> Iterator[Any]:
    yield from (getattr(cell, name) for name in DIMENSIONS if getattr(cell, name))
    yield "/".join(str(getattr(cell, name)) for name in FIGURES if getattr(cell, name) is not None)
