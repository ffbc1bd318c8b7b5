"""The desk at which a seeded case is entered: it finds what keys refer to, and stores each row once.

What is entered, and in which order, is seeds.py's matter.
"""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models

from incidents.exchange.seeds_reading import Entry, SeedRefused, Story, nearest
from incidents.models import AdminArea, Incident, Investigation
from incidents.models.base import Record

# Seeds are stories that docs and tests name, so their ids are the same everywhere; all other ids are random.
NAMESPACE = uuid.UUID("0c6e9d52-7a41-4f6b-9d2e-3b8f5a1c7e40")

M = TypeVar("M", bound=models.Model)


def seed_id(case: str, kind: str, key: str) -> uuid.UUID:
    """The public id of a seeded record, such as ("syria-coast-2025-03", "incident", "coast")."""
    return uuid.uuid5(NAMESPACE, f"{case}/{kind}/{key}")


@dataclass
class SeedReport:
    """What a load did: rows created by kind, each change in words, rows left as they were."""

    case: str
    created: Counter[str] = field(default_factory=Counter)
    changed: list[str] = field(default_factory=list)
    unchanged: int = 0
    disputed: list[str] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    investigations: list[Investigation] = field(default_factory=list)


class Desk:
    """The desk at which a case is entered: finds what keys refer to, and stores rows once."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.report = SeedReport(story.case, disputed=story.disputed)
        self.by_key: dict[str, dict[str, Any]] = {}
        self._areas: dict[str, AdminArea] = {}

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
        """Store the record of that kind and key, and remember it under its key."""
        identity = {"public_id": seed_id(self.story.case, kind, key)}
        stored = self.row(model, f"{kind} {key}", entry, identity, values)
        self.by_key.setdefault(kind, {})[key] = stored
        return stored

    def row(self, model: type[M], label: str, entry: Entry, identity: dict[str, Any], values: dict[str, Any]) -> M:
        """The row with that identity, created or changed where its values differ; nothing is written otherwise."""
        found = model._default_manager.filter(**identity).first()
        if found is None:
            return self._saved(model(**identity, **values), label, entry)
        differing = {name: value for name, value in values.items() if getattr(found, name) != value}
        if not differing:
            self.report.unchanged += 1
            return found
        for name, value in differing.items():
            self.report.changed.append(f"{label}: {name} {_shown(getattr(found, name))} -> {_shown(value)}")
            setattr(found, name, value)
        if isinstance(found, Record):
            found.version += 1
        return self._saved(found, label, entry, new=False)

    def links(self, label: str, stored: Any, wanted: Iterable[models.Model]) -> None:
        """Make a many-to-many field hold just these."""
        before, after = set(stored.all()), set(wanted)
        if before != after:
            if before:
                self.report.changed.append(f"{label}: {_shown(before)} -> {_shown(after)}")
            stored.set(after)

    def _saved(self, instance: M, label: str, entry: Entry, *, new: bool = True) -> M:
        try:
            instance.full_clean()
        except ValidationError as error:
            sentences = [
                f"{name}: {sentence}" for name, found in error.message_dict.items() for sentence in map(str, found)
            ]
            raise SeedRefused(f"{entry.where}: {'; '.join(sentences)}") from error
        instance.save()
        if new:
            self.report.created[label.split(maxsplit=1)[0]] += 1
        return instance


def _shown(value: Any) -> str:
    if isinstance(value, set):
        return ", ".join(sorted(map(str, value))) or "none"
    return "none" if value in (None, "", [], {}) else str(value)
