"""What people made of records that an import or a seed wrote: read from the histories, one query a table.

What an importer does about it is the importer's matter.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from incidents.choices import AuditAction
from incidents.models import AuditEntry, Merge
from incidents.models.history import CREATED, DELETED
from incidents.rules.trail.differences import kind_of
from incidents.rules.trail.earlier import empty_words
from incidents.rules.trail.editing import CHILDREN, REASON_LENGTH, UNCOUNTED

# A merge, or its undoing, moves parts of every kind and says so with one word.
EVERYTHING = Merge.__name__
CUT_SHORT = "..."


@dataclass(slots=True)
class Life:
    """What its history tells of one row.

    `changed` are the columns that somebody else than the importer changed, with the kinds of parts and the
    many-to-many fields; `imported` says that the importer entered it, `taken_back` that the importer deleted it.
    `said` are the values that `told` names, of all its states, and `written` those that the importer gave it last.
    """

    imported: bool
    taken_back: bool = False
    changed: set[str] = field(default_factory=set)
    said: list[dict[str, Any]] = field(default_factory=list)
    written: dict[str, Any] = field(default_factory=dict)

    def touched(self, *names: str) -> bool:
        """Whether people changed one of these columns, many-to-many fields or kinds of parts, a merge among it."""
        return EVERYTHING in self.changed or self.edited(*names)

    def edited(self, *names: str) -> bool:
        """The same without merges; a reason that was cut short may have named any."""
        return not self.changed.isdisjoint({*names, CUT_SHORT})

    def differs(self, name: str, value: Any) -> bool:
        """Whether people changed a column, and its value now is not the one that the importer gave it last."""
        return name in self.changed and (name not in self.written or self.written[name] != value)


def lives(
    model: Any, reason: str, told: Iterable[str] = (), *, each: tuple[str, ...] = ("id",), **which: Any
) -> dict[tuple[Any, ...], Life]:
    """The lives of rows of a model that has a history, as far as their versions fulfil `which`.

    `reason` is what the importer gives as the reason of its own changes. A life is told for each row, or for each row
    in each incident that had it: {(value of each of these columns): life}.
    """
    columns = {field.attname: field.name for field in model._meta.concrete_fields if field.name not in UNCOUNTED}
    rows = model.history.filter(**which).order_by(*each, "history_date", "history_id")
    states = rows.values("history_type", "history_change_reason", *columns)
    grouped = groupby(states, lambda state: tuple(state[name] for name in each))
    empty = {column: nothing for column, nothing in empty_words(model).items() if column in columns}
    return {key: _life(list(some), reason, columns, list(told), empty) for key, some in grouped}


def _life(
    states: list[dict[str, Any]], reason: str, columns: dict[str, str], told: list[str], empty: dict[str, Any]
) -> Life:
    first, last = states[0], states[-1]
    life = Life(first["history_type"] == CREATED and first["history_change_reason"] == reason)
    life.taken_back = last["history_type"] == DELETED and last["history_change_reason"] == reason
    if life.imported:
        life.written = {name: first[column] for column, name in columns.items()}
    previous = first
    for state in _without_emptied(states, empty):
        new = {name: state[column] for column, name in columns.items() if state[column] != previous[column]}
        if state["history_change_reason"] != reason:
            life.changed |= new.keys() | _parts(state["history_change_reason"] or "")
        else:
            life.written |= new
        previous = state
    life.said = [{name: state[name] for name in told} for state in states]
    return life


def _without_emptied(states: list[dict[str, Any]], empty: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The states with what stood before in place of texts that are `empty`, where a later state has a text again.

    So reads a text that was erased for good (trail/earlier.py), which is no edit. One that is empty at the end is: that
    is how somebody left it.
    """
    filled = {
        column: max((place for place, state in enumerate(states) if state[column] != nothing), default=-1)
        for column, nothing in empty.items()
    }
    known = states[0]
    for place, state in enumerate(states):
        kept = {
            column: known[column]
            for column, nothing in empty.items()
            if place < filled[column] and state[column] == nothing
        }
        known = state | kept
        yield known


def emptied(row: Any, name: str) -> bool:
    """Whether a text column is empty where versions of the record were erased: a file brings back nothing of that.

    No version tells any more that people took the text out.
    """
    model: Any = type(row)
    empty = empty_words(model)
    if name not in empty or getattr(row, name) != empty[name]:
        return False
    erased = AuditEntry.objects.filter(action=AuditAction.ERASE, kind=kind_of(model))
    return bool(erased.filter(object_id=str(row.public_id)).exists())


def _parts(reason: str) -> set[str]:
    """The kinds of parts and the many-to-many fields that a change names as its reason."""
    if not reason.startswith(CHILDREN):
        return set()
    named = set(reason.removeprefix(CHILDREN).split())
    return named | {CUT_SHORT} if len(reason) == REASON_LENGTH else named
