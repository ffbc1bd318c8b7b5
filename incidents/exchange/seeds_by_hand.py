"""What the desk made of seeded records since they were entered, so that loading again leaves it alone.

Read from the histories, and from the audit chain for what has none; entering is seeds_desk.py's matter.
"""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Model

from incidents import choices
from incidents.exchange.by_hand import EVERYTHING, Life, emptied, lives
from incidents.models import AuditEntry, Document, Incident, Source
from incidents.models.base import Record
from incidents.models.history import DELETED
from incidents.rules.trail.differences import kind_of
from incidents.rules.trail.editing import PARENTS

REASON = "Seeded"
CHANGED = "was changed since and stays as it is"
TAKEN_OUT = "was taken out since and stays out"
PARTS_CHANGED = "is left out, since the desk changed others of its kind there"
MERGED = "is left alone, since its incident was merged into another"
CONSENTS = (choices.Consent.PARTNERS, choices.Consent.NONE, choices.Consent.WITHDRAWN)


class ByHand:
    """What people changed and took out of the records of a case.

    `repeated` says that the same files were loaded last: then whatever differs is the desk's doing.
    """

    def __init__(self, *, repeated: bool) -> None:
        self.repeated = repeated
        self._lives: dict[tuple[type[Model], int], Life] = {}
        self._deleted: dict[type[Model], set[UUID]] = {}

    def touched(self, owner: Model, name: str) -> bool:
        """Whether people changed this many-to-many field, or this kind of part, of a record that stood before."""
        return self.repeated or self._life(owner).touched(name)

    def why_left_out(self, model: type[Model], columns: Mapping[str, Any]) -> str:
        """Why a row that is not there is not entered; empty where it is."""
        if self.repeated or self._was_deleted(model, columns.get("public_id")):
            return TAKEN_OUT
        if _merged(columns.values()):
            return MERGED
        part = model in PARENTS and not issubclass(model, Record)
        return PARTS_CHANGED if part and self.touched(columns[PARENTS[model]], model.__name__) else ""

    def kept(self, row: Model, differing: Mapping[str, Any]) -> dict[str, str]:
        """The columns among `differing` {name: value wanted} that stay as the row has them, each with the reason."""
        model = type(row)
        if _merged(differing.values()):
            return dict.fromkeys(differing, MERGED)
        if isinstance(row, Record):
            everything, changed = self.repeated, self._life(row).changed
        else:
            everything, changed = self.touched(getattr(row, PARENTS[model]), model.__name__), set()
        return {
            name: CHANGED
            for name, value in differing.items()
            if everything or name in changed or _laxer(row, name, value) or _emptied(row, name)
        }

    def _life(self, owner: Model) -> Life:
        key = type(owner), owner.pk
        if key not in self._lives:
            self._lives[key] = _read(owner)
        return self._lives[key]

    def _was_deleted(self, model: type[Model], public_id: UUID | None) -> bool:
        if public_id is None:
            return False
        if not hasattr(model, "history"):
            return _audited(model, public_id, choices.AuditAction.DELETE)
        if model not in self._deleted:
            rows = model.history.filter(history_type=DELETED)
            self._deleted[model] = set(rows.values_list("public_id", flat=True))
        return public_id in self._deleted[model]


def _read(owner: Any) -> Life:
    if hasattr(owner, "history"):
        return lives(type(owner), REASON, id=owner.pk).get((owner.pk,), Life(imported=False))
    life = Life(imported=False)
    if _audited(type(owner), owner.public_id, choices.AuditAction.CHANGE):
        life.changed = {EVERYTHING, *(field.name for field in owner._meta.concrete_fields)}
    return life


def _audited(model: type[Model], public_id: UUID, action: choices.AuditAction) -> bool:
    """Whether the audit chain has such an entry; its values may be erased, that it stands there never is."""
    return AuditEntry.objects.filter(kind=kind_of(model), object_id=str(public_id), action=action).exists()


def _merged(values: Collection[Any]) -> bool:
    return any(isinstance(value, Incident) and value.merged_into_id is not None for value in values)


def _emptied(row: Model, name: str) -> bool:
    return isinstance(row, Record) and emptied(row, name)


def _laxer(row: Model, name: str, wanted: Any) -> bool:
    """Whether the value would open what the record protects, whoever closed it and however."""
    if isinstance(row, Source) and name == "confidential":
        return bool(row.confidential) and not wanted
    if isinstance(row, Document) and name == "consent":
        return _strictness(wanted) < _strictness(row.consent)
    return False


def _strictness(consent: str) -> int:
    """How much a consent withholds: 0 where all may be published."""
    return next((place for place, each in enumerate(CONSENTS, 1) if each == consent), 0)
