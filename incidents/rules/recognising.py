"""Whom an organisation means by a name: decisions that were made before, else proposals with a score; never a guess.

A moderator decides (rules/moderating.py); what was decided for an organisation holds for what it sends later.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from rapidfuzz import fuzz, process

from incidents import choices
from incidents.models import (
    Actor,
    AdminArea,
    Organisation,
    PublicIncidentActor,
    PublicPerpetrator,
    PublicSource,
    Recognition,
    Source,
)
from incidents.models.base import name_of
from incidents.models.folding import fold

LIKELY = 80  # of 100, by which names are proposed at all
WITHIN = 90  # for a name of several words that stands whole within another
MOST = 5
CATEGORY = choices.Identification.CATEGORY.value
# Two witnesses may both be called "a witness": a name of theirs says nothing.
NAMELESS = frozenset(choices.CONFIDENTIAL_SOURCE_KINDS)


@dataclass(frozen=True, slots=True)
class Known:
    """A name that a record bears; `public` where the record is published."""

    folded: str
    public_id: UUID
    label: str
    public: bool
    category: bool = False


class Register:
    """The names of every source and actor, read once for a batch of submissions of one organisation."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation

    def decided(self, kind: str, entry: Mapping[str, Any]) -> UUID | None:
        """The record that somebody said this organisation means by the entry's name."""
        if kind == "source" and entry.get("kind") in NAMELESS:
            return None
        found = {self._recognised.get((kind, fold(text))) for text in entry["names"].values()} - {None}
        return found.pop() if len(found) == 1 else None

    def proposals(self, kind: str, entry: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Records that bear a similar name, the most similar first: [{id, name, score of 100, public}]."""
        if kind == "source" and entry.get("kind") in NAMELESS:
            return []
        category = entry.get("identification") == CATEGORY
        known = [each for each in self._names[kind] if each.category == category]
        best: dict[UUID, tuple[float, Known]] = {}
        for text in map(fold, entry["names"].values()):
            if not text:
                continue
            for score, index in _near(text, [each.folded for each in known]):
                each = known[index]
                if score > best.get(each.public_id, (0.0, each))[0]:
                    best[each.public_id] = (score, each)
        ranked = sorted(best.values(), key=lambda pair: (-pair[0], str(pair[1].public_id)))[:MOST]
        return [
            {"id": str(each.public_id), "name": each.label, "score": round(score), "public": each.public}
            for score, each in ranked
        ]

    def areas(self, place: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Areas of the country that bear the place's name as written, the nearest spelling first."""
        text = place.get("text", "")
        found = AdminArea.objects.filter(country=place["country"]).search(text)[:MOST] if text else []
        return [
            {
                "id": area.pcode,
                "name": area.name,
                "score": round(fuzz.ratio(fold(text), fold(area.name))),
                "public": True,
            }
            for area in found
        ]

    @cached_property
    def _recognised(self) -> dict[tuple[str, str], UUID]:
        rows = Recognition.objects.filter(organisation=self.organisation)
        return {(kind, folded): key for kind, folded, key in rows.values_list("kind", "folded", "object_id")}

    @cached_property
    def _names(self) -> dict[str, list[Known]]:
        return {"source": list(_sources()), "actor": list(_actors())}


def _near(text: str, names: list[str]) -> Iterator[tuple[float, int]]:
    """(score, place) of names whose words are alike in any order, or that hold all the words, or are held by them.

    A partial likeness of letters is none: by that, half of all institutions resemble each other.
    """
    for _, score, index in process.extract(
        text, names, scorer=fuzz.token_sort_ratio, score_cutoff=LIKELY, limit=4 * MOST
    ):
        yield score, index
    for name, _, index in process.extract(text, names, scorer=fuzz.token_set_ratio, score_cutoff=100, limit=4 * MOST):
        if min(len(text.split()), len(name.split())) > 1:
            yield WITHIN, index


def _sources() -> Iterable[Known]:
    public = set(PublicSource.objects.values_list("public_id", flat=True))
    rows = Source.objects.exclude(kind__in=NAMELESS).values_list("public_id", "names")
    for key, names in rows.iterator():
        for text in names.values():
            yield Known(fold(text), key, name_of(names), key in public)


def _actors() -> Iterable[Known]:
    public = set(PublicPerpetrator.objects.values_list("public_id", flat=True))
    public |= set(PublicIncidentActor.objects.values_list("actor_id", flat=True))
    rows = Actor.objects.prefetch_related("aliases").only("public_id", "names", "identification")
    for actor in rows.iterator(chunk_size=2000):
        for text in {*actor.names.values(), *(alias.name for alias in actor.aliases.all())}:
            known = actor.public_id in public
            yield Known(fold(text), actor.public_id, name_of(actor.names), known, actor.identification == CATEGORY)


def remember(organisation: Organisation, kind: str, names: Mapping[str, str], key: UUID, by: Any) -> None:
    """Keep that the organisation means this record by these names."""
    for folded in {fold(text)[:300] for text in names.values()} - {""}:
        Recognition.objects.update_or_create(
            organisation=organisation, kind=kind, folded=folded, defaults={"object_id": key, "by": by}
        )


def forget(organisation: Organisation, kind: str, names: Mapping[str, str]) -> None:
    """The organisation means somebody else by these names from now on."""
    Recognition.objects.filter(organisation=organisation, kind=kind, folded__in=map(fold, names.values())).delete()
