"""Which claim says the same as one that is sent, word for word and cell for cell; each claim is read once."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Model, QuerySet

from incidents.models import Claim
from incidents.rules.submissions.versions import CELL_COLUMNS

Cells = tuple[tuple[str, ...], ...]


class SameClaims:
    """Claims by what they say; those of the query are read when one is looked for, others are added.

    Compared is what the one that is sent says: a column that it leaves out may hold anything.
    """

    def __init__(self, rows: QuerySet[Claim]) -> None:
        self._rows = rows
        self._known: list[tuple[Claim, Cells]] | None = None
        self._added: list[tuple[Claim, Cells]] = []
        self._by_names: dict[tuple[str, ...], dict[Any, list[Claim]]] = {}

    def add(self, claim: Claim, entry: Mapping[str, Any]) -> None:
        """One that was made from this entry."""
        found = (claim, _cells(entry.get("cells", [])))
        self._added.append(found)
        for names, known in self._by_names.items():
            known.setdefault(_meaning(names, *found), []).append(claim)

    def find(self, values: Mapping[str, Any], entry: Mapping[str, Any], none_of: Collection[str] = ()) -> Claim | None:
        """The first that says these values and the entry's cells, without those of these public ids."""
        names = tuple(sorted({*values, "based_on"}))
        if names not in self._by_names:
            known: dict[Any, list[Claim]] = {}
            for each in self._all():
                known.setdefault(_meaning(names, *each), []).append(each[0])
            self._by_names[names] = known
        sent = _meaning(names, {"based_on": []} | dict(values), _cells(entry.get("cells", [])))
        same = self._by_names[names].get(sent, ())
        return next((claim for claim in same if str(claim.public_id) not in none_of), None)

    def _all(self) -> Iterable[tuple[Claim, Cells]]:
        if self._known is None:
            mine = {claim.pk for claim, _ in self._added}
            rows = self._rows.exclude(pk__in=mine).prefetch_related("cells__area")
            self._known = [(claim, _stored(claim)) for claim in rows]
        return [*self._known, *self._added]


def _meaning(names: Iterable[str], said: Claim | Mapping[str, Any], cells: Cells) -> tuple[Any, ...]:
    """What is said under these names; a stored claim is asked for keys, not for the rows that they lead to."""
    if isinstance(said, Mapping):
        return (*(_plain(name, said[name]) for name in names), cells)
    return (*(_plain(name, getattr(said, _column(name))) for name in names), cells)


def _column(name: str) -> str:
    field: Any = Claim._meta.get_field(name)
    return str(field.attname)


def _plain(name: str, value: Any) -> Any:
    """A value that equals another where the database says so."""
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, list | dict):
        return repr(value)
    field: Any = Claim._meta.get_field(name)
    return value if isinstance(value, date) or field.is_relation else field.to_python(value)


def _stored(claim: Claim) -> Cells:
    return _cells({**vars(cell), "area": cell.area.pcode if cell.area else ""} for cell in claim.cells.all())


def _cells(cells: Iterable[Mapping[str, Any]]) -> Cells:
    return tuple(sorted(map(_cell, cells)))


def _cell(cell: Mapping[str, Any]) -> tuple[str, ...]:
    names = (*CELL_COLUMNS, "area")
    said = {"cut": 1} | {name: cell[name] for name in names if cell.get(name) is not None}
    return tuple(str(said.get(name, "")) for name in names)
