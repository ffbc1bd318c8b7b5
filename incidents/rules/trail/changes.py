"""What one transaction makes, changes and deletes of the record, row by row, for the audit chain to say at the end.

Rows are read many at once, so that undoing ten thousand submissions takes few statements more.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import SET_NULL, Model

from incidents.choices import AuditAction
from incidents.models.gathering import Gathering
from incidents.rules.trail.auditing import Deed
from incidents.rules.trail.differences import State, changed, kind_of, said, state_of, states_of, subject_of
from incidents.rules.trail.editing import PARENTS

AT_ONCE = 5_000


@dataclass(slots=True)
class _Record:
    """One record: what it and its parts were and are; `was` and `is_there` say whether it stood and stands."""

    submission: UUID | None
    before: State = field(default_factory=dict)
    after: State = field(default_factory=dict)
    was: bool = True
    is_there: bool = True

    @property
    def action(self) -> AuditAction:
        if not self.was:
            return AuditAction.CREATE
        return AuditAction.CHANGE if self.is_there else AuditAction.DELETE

    @property
    def told(self) -> State:
        """What it is now, and for which submission."""
        return self.after if self.submission is None else {**self.after, "submission": str(self.submission)}


@dataclass(frozen=True, slots=True)
class _Kept:
    """A row as it was: its state, empty where it is new, the record that it is a part of, and whose submission, if it
    is changed for one."""

    state: State
    subject: tuple[str, str] | None
    submission: UUID | None


class Changes:
    """Rows as they were before this transaction touched them; nothing is written before `deeds` are recorded."""

    def __init__(self) -> None:
        self._kept: dict[type[Model], dict[int, _Kept]] = {}
        self._others: list[Deed] = []

    def also(self, deeds: Iterable[Deed]) -> None:
        """Have these recorded after what is said of rows: the head of the chain is the last lock to be taken."""
        self._others += deeds

    def made(self, row: Model, submission: UUID | None = None) -> None:
        """Say that a row is new."""
        self._of(type(row)).setdefault(row.pk, _Kept({}, None, submission))

    def keep(self, row: Model, submission: UUID | None = None) -> None:
        """Keep how a row stands, before it is changed, for this submission if it is for one."""
        known = self._of(type(row))
        if row.pk not in known:
            known[row.pk] = _Kept(state_of(row), subject_of(row), submission)

    def keep_all(self, model: type[Any], submissions: Mapping[int, UUID | None]) -> None:
        """Keep how these rows stand, and what goes or changes with them when they are deleted: {row: submission}."""
        self._keep_all(model, submissions, Gathering())

    def _keep_all(self, model: type[Any], submissions: Mapping[int, UUID | None], gathering: Gathering) -> None:
        known = self._of(model)
        for keys in _chunks(row for row in submissions if row not in known):
            for row, state in states_of(model, keys, gathering):
                known[row.pk] = _Kept(state, subject_of(row), submissions[row.pk])
            for other, name in _hanging_on(model):
                hanging = other._default_manager.filter(**{f"{name}__among": keys}).values_list("pk", name)
                self._keep_all(other, {pk: submissions[row] for pk, row in hanging}, gathering)

    def deeds(self, reason: str) -> list[Deed]:
        """A deed for each record that is new, gone or says something else than before; with its parts of no own id."""
        records: dict[tuple[str, str], _Record] = {}
        gathering = Gathering()
        for model, kept in self._kept.items():
            there: dict[int, tuple[Model, State]] = {}
            for keys in _chunks(kept):
                there.update((row.pk, (row, state)) for row, state in states_of(model, keys, gathering))
            for pk, was in kept.items():
                row, now = there.get(pk, (None, {}))
                subject = was.subject or (subject_of(row) if row is not None else None)
                before, after = _told(was.state, now)
                if subject is None or not (before or after):
                    continue
                record = records.setdefault(subject, _Record(was.submission))
                if hasattr(model, "public_id"):
                    record.before, record.after = {**before, **record.before}, {**after, **record.after}
                    record.was, record.is_there = bool(was.state), bool(now)
                else:
                    _nest(record.before, model, pk, before)
                    _nest(record.after, model, pk, after)
        told = [Deed(each.action.value, subject, each.before, each.told, reason) for subject, each in records.items()]
        return told + self._others

    def _of(self, model: type[Model]) -> dict[int, _Kept]:
        return self._kept.setdefault(model, {})


def _told(was: State, now: State) -> tuple[State, State]:
    """What differs; of a new or a deleted row all that it says."""
    if was and now:
        return changed(was, now)
    return said(was), said(now)


def _nest(record: State, model: type[Model], pk: int, state: State) -> None:
    """Add a part to what is said of a record, as pages of the admin do: parts {kind: {primary key: state}}."""
    if state:
        record.setdefault("parts", {}).setdefault(kind_of(model), {})[str(pk)] = state


def _hanging_on(model: type[Any]) -> list[tuple[type[Any], str]]:
    """(model, field) of parts that are deleted with a row of a model, and of other parts that then forget it."""
    parts = [
        (part, name)
        for part, name in PARENTS.items()
        if part._meta.get_field(name).related_model is model and not hasattr(part, "public_id")
    ]
    forgetting = [
        (relation.related_model, relation.field.name)
        for relation in model._meta.related_objects
        if relation.on_delete is SET_NULL and relation.related_model in PARENTS
    ]
    return parts + forgetting


def _chunks(keys: Iterable[int]) -> Iterator[list[int]]:
    waiting = iter(list(keys))
    while some := list(islice(waiting, AT_ONCE)):
        yield some
