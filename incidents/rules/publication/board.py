"""The documents that one transaction works on: how each reads now, and how it will.

A content is a document without its place in the log; contents are replaced, never changed in place.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from incidents.choices import GIVEN_BY_PEOPLE, Operation, PublicKind, ReasonCode
from incidents.documents.upgrades import upgrade
from incidents.models import (
    Publication,
    PublicDocument,
    PublicIncident,
    PublicInvestigation,
    PublicMention,
    PublicObject,
    PublicPerpetrator,
    PublicSource,
)
from incidents.models.gathering import columns
from incidents.rules.figures.rollup import Figure, Key

Content = dict[str, Any]
Address = tuple[str, UUID]
References = Mapping[str, dict[str, Any] | None]

# Parts of documents that hold figures, codes and texts by language, and name neither an object nor a place.
NAMELESS = frozenset(
    {"estimates", "by_area", "totals", "breakdown", "cells", "used", "dates", "point", "id", "based_on"}
)
NESTED = frozenset({dict, list})
# What is said of other objects than those that a document names in full.
ASIDE = ("relations", "statements")
TEXTS = frozenset({"name", "title", "summary", "names", "group", "mandate"})
ALL_TEXTS = TEXTS | {"text", "unit_as_written", "key"}
# The one bare id by which a document names another: that of the inquiry whose finding a claim or an attribution is.
FINDING_OF = "investigation"
PLACE_IN_LOG = ("version", "seq", "published_at")
TABLES: dict[str, type[PublicObject]] = {
    PublicKind.SOURCE.value: PublicSource,
    PublicKind.DOCUMENT.value: PublicDocument,
    PublicKind.PERPETRATOR.value: PublicPerpetrator,
    PublicKind.INCIDENT.value: PublicIncident,
    PublicKind.INVESTIGATION.value: PublicInvestigation,
}
ORDER = list(TABLES)
FOLLOWING = frozenset({ReasonCode.DEPENDENCY.value, ReasonCode.RENAME.value})


@dataclass(slots=True)
class Slot:
    """One object's document in this transaction."""

    now: Content | None
    next: Content | None
    operation: str = Operation.PUBLISH.value
    reason_code: str = ReasonCode.DEPENDENCY.value
    reason: str = ""
    forced: bool = False
    survivor: UUID | None = None
    outdated: bool = False
    """Whether the stored document lacks members of today's schema, which `now` has."""

    @property
    def changed(self) -> bool:
        return self.forced or self.now != self.next


@dataclass(slots=True)
class Board:
    """Every document touched in one transaction, by kind and id; loads what is asked for in batches."""

    slots: dict[Address, Slot] = field(default_factory=dict)
    as_published: dict[str, dict[str, Any]] = field(default_factory=dict)
    """How sources, documents and perpetrators that are being edited read in public, by id: so others name them."""
    figures: dict[str, tuple[Any, dict[Key, Figure]]] = field(default_factory=dict)
    """By incident: the rows of estimates of a content that was rendered here, and the figures that they tell."""

    def load(self, kind: str, ids: Iterable[UUID]) -> None:
        """Bring in the current documents of these objects; an unpublished one is None."""
        missing = [key for key in dict.fromkeys(ids) if (kind, key) not in self.slots]
        if not missing:
            return
        table = TABLES[kind]

        def current(some: Any) -> QuerySet[Any, Any]:
            schema = Subquery(Publication.objects.filter(seq=OuterRef("seq")).values("schema_version"))
            return table._default_manager.filter(public_id__among=some).values("public_id", "document", schema=schema)

        rows = columns(("as published", kind), current, table._meta.get_field("public_id"), missing)
        found = {key: said for key, *said in rows}
        for key in missing:
            stored = content_of(found[key][0]) if key in found else None
            content = stored if stored is None else upgrade(kind, stored, found[key][1])
            self.slots[kind, key] = Slot(now=content, next=content, outdated=content != stored)

    def content(self, kind: str, key: UUID) -> Content | None:
        """How the object's document will read, None where it is or becomes unpublished."""
        if (kind, key) not in self.slots:
            self.load(kind, [key])
        return self.slots[kind, key].next

    def put(
        self,
        kind: str,
        key: UUID,
        content: Content | None,
        *,
        reason_code: str = ReasonCode.DEPENDENCY.value,
        reason: str = "",
        operation: str = Operation.PUBLISH.value,
    ) -> None:
        """Set how the document will read; the first reason given for a real change stays.

        What follows from other objects gives way to a reason of the object's own: also to one that somebody gives for
        publishing it while nothing but its links is new, which are written later.
        """
        if content is not None and self.as_published:
            content = renamed(content, self.as_published)
        self.load(kind, [key])
        slot = self.slots[kind, key]
        if slot.next == content:
            if not slot.changed and reason_code in GIVEN_BY_PEOPLE:
                slot.reason_code, slot.reason = reason_code, reason
            return
        if not slot.changed:
            if not (reason_code in FOLLOWING and slot.reason_code in GIVEN_BY_PEOPLE):
                slot.reason_code, slot.reason = reason_code, reason
            slot.operation = operation
        else:
            if operation != Operation.PUBLISH.value:
                slot.operation = operation
            if slot.reason_code in FOLLOWING and reason_code not in FOLLOWING:
                slot.reason_code, slot.reason = reason_code, reason
        slot.next = content

    def changes_what_stands(self) -> bool:
        """Whether something that is published already will read otherwise, or not be public any more."""
        return any(slot.changed and slot.now is not None for slot in self.slots.values())

    def holders(self, mentioned: Iterable[UUID]) -> list[Address]:
        """The published objects whose current document names one of these, loaded and in a fixed order."""
        rows = columns(
            "who mentions",
            lambda some: PublicMention.objects.filter(mentioned__among=some).values("holder_kind", "holder"),
            PublicMention._meta.get_field("mentioned"),
            set(mentioned),
        )
        found: set[Address] = {(kind, holder) for kind, holder in rows}
        for kind in TABLES:
            self.load(kind, [key for each, key in found if each == kind])
        return sorted(found, key=lambda address: (ORDER.index(address[0]), str(address[1])))

    def changed(self) -> Iterator[tuple[Address, Slot]]:
        """The objects to be appended to the log: what others name comes first."""
        for kind in ORDER:
            for address in sorted((a for a in self.slots if a[0] == kind), key=lambda a: a[1].int):
                slot = self.slots[address]
                if slot.changed:
                    yield address, slot


def content_of(document: str) -> Content:
    """The content of a stored document."""
    content: Content = json.loads(document)
    for name in PLACE_IN_LOG:
        content.pop(name, None)
    return content


@dataclass(frozen=True, slots=True)
class Told:
    """What a content names and says: ids of published objects, and the texts that it is found by."""

    mentions: set[UUID]
    texts: list[str]


def told(content: Content) -> Told:
    """What a content names (references have a name or a title) and says; texts about others are not its own."""
    ids: set[str] = set()
    texts: list[str] = []
    aside = [name for name in ASIDE if content.get(name)]
    _read({name: value for name, value in content.items() if name not in aside} if aside else content, ids, texts)
    for name in aside:
        _read({name: content[name]}, ids, [])
    return Told(set(map(known_id, ids)), texts)


known_id = lru_cache(maxsize=10_000)(UUID)
"""The id that a text is: thousands of documents name the same sources, documents and perpetrators."""


def _read(content: Content, ids: set[str], texts: list[str]) -> None:
    """Collect what a content names, but for itself, and the texts that it holds."""
    waiting: list[Content] = [content]
    read: set[int] = set()  # references are one value wherever they stand
    for each in waiting:
        if "id" in each and ("name" in each or "title" in each) and each["id"] and each is not content:
            ids.add(each["id"])
        for name, value in each.items():
            if not value or value is True:
                continue
            kind = type(value)
            if kind is str:
                if name in ALL_TEXTS:
                    texts.append(value)
                elif name == FINDING_OF:
                    ids.add(value)
            elif kind is dict and name in TEXTS:
                texts += value.values()
            elif kind in NESTED and name not in NAMELESS:
                for one in (value,) if kind is dict else value:
                    if type(one) in NESTED and id(one) not in read:
                        read.add(id(one))
                        waiting.append(one if type(one) is dict else {"": one})


def renamed(content: Content, references: References) -> Content:
    """The content with its references to these ids brought up to date; `references` maps id to new values, or None."""
    return {name: value if name == "id" else _replaced(value, references) for name, value in content.items()}


def _replaced(value: Any, references: References) -> Any:
    if isinstance(value, list):
        return [_replaced(each, references) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {name: _replaced(each, references) for name, each in value.items()}
    identity = value.get("id") or ""
    if identity not in references or not ("name" in value or "title" in value):
        return kept
    new = references[identity]
    if new is None:
        return None
    return kept | {name: new[name] for name in kept if name in new}
