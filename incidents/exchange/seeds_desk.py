"""The desk at which a seeded case is entered: it finds what keys refer to, and stores each row once.

What is entered, and in which order, is seeds.py's matter.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.utils import timezone

from incidents.exchange.seeds_by_hand import CHANGED, REASON, ByHand
from incidents.exchange.seeds_reading import Entry, SeedRefused, Story, nearest
from incidents.models import AdminArea, Incident, Investigation, bulk
from incidents.models.base import Record
from incidents.models.history import CHANGED as HISTORY_CHANGED
from incidents.rules.publication.publishing import PublishOutcome
from incidents.rules.trail.changes import Changes
from incidents.rules.trail.editing import PARENTS

# Seeds are stories that docs and tests name, so their ids are the same everywhere; all other ids are random.
NAMESPACE = uuid.UUID("0c6e9d52-7a41-4f6b-9d2e-3b8f5a1c7e40")

M = TypeVar("M", bound=models.Model)


def seed_id(case: str, kind: str, key: str) -> uuid.UUID:
    """The public id of a seeded record, such as ("syria-coast-2025-03", "incident", "coast")."""
    return uuid.uuid5(NAMESPACE, f"{case}/{kind}/{key}")


@dataclass
class SeedReport:
    """What a load did: rows created by kind, each change in words, what of the desk's it left alone, rows unchanged."""

    case: str
    created: Counter[str] = field(default_factory=Counter)
    changed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    unchanged: int = 0
    published: PublishOutcome | None = None
    disputed: list[str] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    investigations: list[Investigation] = field(default_factory=list)


class LeftOut(Exception):
    """Something is not entered, since the desk took it out, or something that it needs; the message says which."""


class Desk:
    """The desk at which a case is entered: finds what keys refer to, and stores rows once.

    `by_key` holds the records by kind and key; None where one was left out. `changes` are what the audit chain is told.
    """

    def __init__(self, story: Story, by_hand: ByHand) -> None:
        self.story = story
        self.by_hand = by_hand
        self.report = SeedReport(story.case, disputed=story.disputed)
        self.by_key: dict[str, dict[str, Any]] = {}
        self.changes = Changes()
        self._areas: dict[str, AdminArea] = {}
        self._saved_now: set[tuple[type[models.Model], int]] = set()
        self._touched: dict[type[Record], set[int]] = {}

    @contextmanager
    def entering(self, kind: str, key: str, model: type[Record] | None = None) -> Iterator[None]:
        """Enter one entry of the story; where it is left out, say so and go on with the next.

        A record of this `model` that stands, though something that its entry names is gone, is still found by its key.
        """
        try:
            yield
        except LeftOut as left:
            self.report.left.append(f"{kind} {key}: {left}")
            if model is not None:
                found = model._default_manager.filter(public_id=seed_id(self.story.case, kind, key)).first()
                self.by_key.setdefault(kind, {})[key] = found

    def find(self, kind: str, entry: Entry, key: str) -> Any:
        """The record of that kind ("source") whose key stands under `key`; None where nothing stands there."""
        return self.named(kind, entry, key, entry.text(key)) if entry.has(key) else None

    def needed(self, kind: str, entry: Entry, key: str) -> Any:
        """The record of that kind whose key must stand under `key`."""
        return self.named(kind, entry, key, entry.required(key))

    def named(self, kind: str, entry: Entry, key: str, word: str) -> Any:
        """The record of that kind with the key `word`; SeedRefused with the nearest one if there is none."""
        known = self.by_key.get(kind, {})
        if word not in known:
            raise entry.refuse(key, f"no {kind} has the key '{word}'; {nearest(word, list(known))}")
        if known[word] is None:
            raise LeftOut(f"is left out, since {kind} {word} is")
        return known[word]

    def area(self, entry: Entry, key: str, pcode: str) -> AdminArea:
        """The area with that P-code."""
        if pcode not in self._areas:
            found = AdminArea.objects.filter(pcode=pcode).first()
            if found is None:
                like = AdminArea.objects.filter(pcode__startswith=pcode[:2]).values_list("pcode", flat=True)
                close = get_close_matches(pcode, like, n=1)
                hint = f"; did you mean '{close[0]}'?" if close else ""
                raise entry.refuse(key, f"no area has the P-code '{pcode}'{hint}")
            self._areas[pcode] = found
        return self._areas[pcode]

    def record(self, model: type[M], kind: str, key: str, entry: Entry, values: dict[str, Any]) -> M:
        """Store the record of that kind and key, and remember it under its key; LeftOut where the desk took it out."""
        identity = {"public_id": seed_id(self.story.case, kind, key)}
        found = model._default_manager.select_for_update(no_key=True).filter(**identity).first()
        if found is None and (why := self.by_hand.why_left_out(model, identity | values)):
            raise LeftOut(why)
        stored = self._stored(model, found, f"{kind} {key}", entry, identity | values)
        self.by_key.setdefault(kind, {})[key] = stored
        return stored

    def row(
        self, model: type[M], label: str, entry: Entry, identity: dict[str, Any], values: dict[str, Any]
    ) -> M | None:
        """The row with that identity, created or changed where its values differ; None where it is left out."""
        found = model._default_manager.filter(**identity).first()
        if found is None and (why := self.by_hand.why_left_out(model, identity | values)):
            self.report.left.append(f"{label}: {why}")
            return None
        return self._stored(model, found, label, entry, values if found else identity | values)

    def _stored(self, model: type[M], found: M | None, label: str, entry: Entry, values: dict[str, Any]) -> M:
        """The row with these values, but for those that the desk changed; nothing is written where none differs."""
        if found is None:
            return self._saved(model(**values), label, entry)
        differing = {name: value for name, value in values.items() if getattr(found, name) != value}
        if not differing:
            self.report.unchanged += 1
            return found
        kept = self.by_hand.kept(found, differing)
        self.report.left += [f"{label}: {name} {why}" for name, why in kept.items()]
        self.changes.keep(found)
        for name in [name for name in differing if name not in kept]:
            self.report.changed.append(f"{label}: {name} {_shown(getattr(found, name))} -> {_shown(values[name])}")
            setattr(found, name, values[name])
        if kept.keys() == differing.keys():
            return found
        if isinstance(found, Record):
            found.version += 1
        return self._saved(found, label, entry, new=False)

    def links(self, label: str, owner: models.Model, name: str, wanted: Iterable[models.Model]) -> None:
        """Make a many-to-many field hold just these, unless the desk changed it."""
        stored = getattr(owner, name)
        before, after = set(stored.all()), set(wanted)
        if before == after:
            return
        merged = any(isinstance(each, Incident) and each.merged_into_id for each in (owner, *after))
        if merged or self.by_hand.touched(owner, name):
            self.report.left.append(f"{label}: {name} {CHANGED}")
            return
        if before:
            self.report.changed.append(f"{label}: {name} {_shown(before)} -> {_shown(after)}")
        self.changes.keep(owner)
        stored.set(after)
        self.touch(owner)

    def drop(self, part: models.Model, label: str) -> None:
        """Delete a part that the file no longer has, unless the desk changed parts of its kind there."""
        if self.by_hand.touched(getattr(part, PARENTS[type(part)]), type(part).__name__):
            self.report.left.append(f"{label}: {part} {CHANGED}")
            return
        self.report.changed.append(f"{label}: {part} removed")
        self.touch(part)
        self.changes.keep(part)
        part.delete()

    def touch(self, row: models.Model) -> None:
        """Note that the records which a changed row is, or is a part of, say something else now."""
        if isinstance(row, Record) and hasattr(row, "history"):
            self._touched.setdefault(type(row), set()).add(row.pk)
        if type(row) in PARENTS:
            self.touch(getattr(row, PARENTS[type(row)]))

    def count_versions(self) -> None:
        """Make what was entered into a record, but not saved with it, its next version, as at any other desk."""
        for model, keys in self._touched.items():
            others = {pk for pk in keys if (model, pk) not in self._saved_now}
            model._default_manager.filter(pk__in=others).update(version=F("version") + 1, updated_at=timezone.now())
            bulk.remember(model, others, kind=HISTORY_CHANGED, reason=REASON)

    def _saved(self, instance: M, label: str, entry: Entry, *, new: bool = True) -> M:
        instance._change_reason = REASON  # type: ignore[attr-defined]  # read by simple_history
        try:
            # The database checks its constraints itself: Django asks it for each, which took two fifths of a load.
            instance.full_clean(validate_constraints=False)
            try:
                with transaction.atomic():
                    instance.save()
            except IntegrityError:
                instance.full_clean()  # says which constraint it is, in a sentence
                raise
        except ValidationError as error:
            sentences = [
                f"{name}: {sentence}" for name, found in error.message_dict.items() for sentence in map(str, found)
            ]
            raise SeedRefused(f"{entry.where}: {'; '.join(sentences)}") from error
        self._saved_now.add((type(instance), instance.pk))
        self.touch(instance)
        if new:
            self.changes.made(instance)
            self.report.created[label.split(maxsplit=1)[0]] += 1
        return instance


def _shown(value: Any) -> str:
    if isinstance(value, set):
        return ", ".join(sorted(map(str, value))) or "none"
    return "none" if value in (None, "", [], {}) else str(value)
