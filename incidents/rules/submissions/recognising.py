"""Whom an organisation means by a name: decisions that were made before, else proposals with a score; never a guess.

A moderator decides (moderating.py); what was decided for an organisation holds for what it sends later.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Min
from rapidfuzz import fuzz, process

from incidents import choices
from incidents.models import (
    Actor,
    AdminArea,
    Organisation,
    PublicIncident,
    PublicIncidentActor,
    PublicPerpetrator,
    PublicSource,
    Recognition,
    Source,
)
from incidents.models.base import name_of
from incidents.models.folding import fold
from incidents.rules.publication.board import content_of

LIKELY = 80  # of 100, by which names are proposed at all
WITHIN = 90  # for a name of several words that stands whole within another
MOST = 5
CATEGORY = choices.Identification.CATEGORY.value
# Two witnesses may both be called "a witness": a name of theirs says nothing.
NAMELESS = frozenset(choices.CONFIDENTIAL_SOURCE_KINDS)


@dataclass(frozen=True, slots=True)
class Known:
    """A name that a record bears; `public` where it stands in a published document."""

    folded: str
    public_id: UUID
    label: str
    public: bool
    category: bool = False


class Register:
    """The names of every source and actor, read once for a batch of submissions of one organisation."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self._areas: dict[tuple[str, str], list[dict[str, Any]]] = {}

    def decided(self, kind: str, entry: Mapping[str, Any]) -> UUID | None:
        """The record that somebody said this organisation means by the entry's name."""
        if kind == "source" and entry.get("kind") in NAMELESS:
            return None
        found = {self._recognised.get((kind, fold(text))) for text in entry["names"].values()} - {None}
        return found.pop() if len(found) == 1 else None

    def proposals(self, kind: str, entry: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Records that bear a similar name, the most similar first: [{id, name, score of 100, public}].

        Those found by a published name are chosen among themselves: what is not public neither renames nor displaces
        one, and is proposed beside them.
        """
        if kind == "source" and entry.get("kind") in NAMELESS:
            return []
        category = entry.get("identification") == CATEGORY
        known = [each for each in self._names[kind] if each.category == category]
        texts = [text for text in map(fold, entry["names"].values()) if text]
        public = _ranked(texts, [each for each in known if each.public])
        shown = {each.public_id for _, each in public}
        others = _ranked(texts, [each for each in known if not each.public and each.public_id not in shown])
        return [
            {"id": str(each.public_id), "name": each.label, "score": round(score), "public": each.public}
            for score, each in sorted([*public, *others], key=_likest)
        ]

    def areas(self, place: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Areas of the country that bear the place's name as written, the nearest spelling first."""
        asked = place["country"], place.get("text", "")
        if asked not in self._areas:
            self._areas[asked] = self._areas_named(*asked)
        return self._areas[asked]

    def _areas_named(self, country: str, text: str) -> list[dict[str, Any]]:
        found = AdminArea.objects.filter(country=country).search(text)[:MOST] if text else []
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


def _ranked(texts: Iterable[str], known: Sequence[Known]) -> list[tuple[float, Known]]:
    """The records that bear a name like one of these, each with its best score; the most similar first."""
    names = [each.folded for each in known]
    best: dict[UUID, tuple[float, Known]] = {}
    for text in texts:
        for score, index in _near(text, names):
            each = known[index]
            if score > best.get(each.public_id, (0.0, each))[0]:
                best[each.public_id] = (score, each)
    return sorted(best.values(), key=_likest)[:MOST]


def _likest(found: tuple[float, Known]) -> tuple[float, str]:
    score, known = found
    return -score, str(known.public_id)


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


def _sources() -> Iterator[Known]:
    for key, text in PublicSource.objects.exclude(kind__in=NAMELESS).values_list("public_id", "document").iterator():
        names = content_of(text)["name"]
        yield from (Known(fold(name), key, name_of(names), public=True) for name in names.values())
    for key, names in Source.objects.exclude(kind__in=NAMELESS).values_list("public_id", "names").iterator():
        yield from (Known(fold(name), key, name_of(names), public=False) for name in names.values())


def _actors() -> Iterator[Known]:
    for content in _public_actors():
        category = content["identification"] == CATEGORY
        for name in {*content["name"].values(), *(alias["name"] for alias in content.get("aliases", []))}:
            yield Known(fold(name), UUID(content["id"]), name_of(content["name"]), public=True, category=category)
    rows = Actor.objects.prefetch_related("aliases").only("public_id", "names", "identification")
    for actor in rows.iterator(chunk_size=2000):
        category = actor.identification == CATEGORY
        for name in {*actor.names.values(), *(alias.name for alias in actor.aliases.all())}:
            yield Known(fold(name), actor.public_id, name_of(actor.names), public=False, category=category)


def _public_actors() -> Iterator[dict[str, Any]]:
    """Actors as they are published: alleged perpetrators, and those whom an attribution of another role names."""
    for text in PublicPerpetrator.objects.values_list("document", flat=True).iterator():
        yield content_of(text)
    alleged = PublicPerpetrator.objects.values("public_id")
    named = PublicIncidentActor.objects.exclude(actor_id__in=alleged).values("actor_id")
    where = dict(named.annotate(at=Min("incident_id")).values_list("actor_id", "at"))
    texts = dict(PublicIncident.objects.filter(pk__in=set(where.values())).values_list("pk", "document"))
    for actor_id, at in where.items():
        said = [each["perpetrator"] for each in content_of(texts[at])["attributions"]]
        yield next(each for each in said if each["id"] == str(actor_id))


def remember(organisation: Organisation, kind: str, names: Mapping[str, str], key: UUID, by: Any) -> None:
    """Keep that the organisation means this record by these names."""
    for folded in {fold(text)[:300] for text in names.values()} - {""}:
        Recognition.objects.update_or_create(
            organisation=organisation, kind=kind, folded=folded, defaults={"object_id": key, "by": by}
        )


def forget(organisation: Organisation, kind: str, names: Mapping[str, str]) -> None:
    """The organisation means somebody else by these names from now on."""
    Recognition.objects.filter(organisation=organisation, kind=kind, folded__in=map(fold, names.values())).delete()
