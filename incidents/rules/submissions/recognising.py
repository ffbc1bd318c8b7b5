"""Whom an organisation means by a name: decisions that were made before, else proposals with a score; never a guess.

A moderator decides (moderating.py); what was decided for an organisation holds for what it sends later.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import product
from typing import Any
from uuid import UUID

from django.db.models import Min
from rapidfuzz import fuzz

from incidents import choices
from incidents.documents.given import uuid_of
from incidents.models import (
    Actor,
    AdminArea,
    AreaName,
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
from incidents.rules.sameness.spelling import place_name
from incidents.rules.submissions.resembling import MOST, Known, Names, likest

CATEGORY = choices.Identification.CATEGORY.value
# Two witnesses may both be called "a witness": a name of theirs says nothing.
NAMELESS = frozenset(choices.CONFIDENTIAL_SOURCE_KINDS)


class Register:
    """The names of every source and actor, read once for a batch of submissions of one organisation."""

    def __init__(self, organisation: Organisation | None) -> None:
        """Of what was decided for this organisation; without one, of names alone."""
        self.organisation = organisation
        self._areas: dict[tuple[str, str], list[dict[str, Any]]] = {}

    def decided(self, kind: str, entry: Mapping[str, Any]) -> UUID | None:
        """The record that somebody said this organisation means by the entry's name."""
        if kind == "source" and entry.get("kind") in NAMELESS:
            return None
        found = {self._recognised.get((kind, _kept(text))) for text in entry["names"].values()} - {None}
        return found.pop() if len(found) == 1 else None

    def proposals(self, kind: str, entry: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Records that bear a similar name, the most similar first: [{id, name, score of 100, public}].

        Those found by a published name are chosen among themselves: what is not public neither renames nor displaces
        one, and is proposed beside them.
        """
        if kind == "source" and entry.get("kind") in NAMELESS:
            return []
        category = entry.get("identification") == CATEGORY
        names = list(entry["names"].values())
        public = self._names[kind, category, True].of(names)
        shown = {each.public_id for _, each in public}
        others = self._names[kind, category, False].of(names, without=shown)
        return [
            {"id": str(each.public_id), "name": each.label, "score": round(score), "public": each.public}
            for score, each in sorted([*public, *others], key=likest)
        ]

    def areas(self, place: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Areas of the country that bear the place's name as written, the nearest spelling first."""
        asked = place["country"], place.get("text", "")
        if asked not in self._areas:
            self._areas[asked] = self._areas_named(*asked)
        return self._areas[asked]

    def _areas_named(self, country: str, text: str) -> list[dict[str, Any]]:
        """Those that hold what is written or, where none does, the place that it begins with: "Saraqab; Idlib"."""
        inside, place = AdminArea.objects.filter(country=country), place_name(text)
        found = list(inside.search(text)[:MOST]) or list(inside.search(place)[:MOST])
        names: dict[int, list[str]] = defaultdict(list)
        for key, folded in AreaName.objects.filter(area__in=found).values_list("area", "folded"):
            names[key].append(folded)
        asked = {fold(text), place}
        return [
            {
                "id": area.pcode,
                "name": area.name,
                "score": round(max(fuzz.ratio(*pair) for pair in product(asked, [fold(area.name), *names[area.pk]]))),
                "public": True,
            }
            for area in found
        ]

    @cached_property
    def _recognised(self) -> dict[tuple[str, str], UUID]:
        rows = Recognition.objects.filter(organisation=self.organisation)
        return {(kind, folded): key for kind, folded, key in rows.values_list("kind", "folded", "object_id")}

    @cached_property
    def _names(self) -> dict[tuple[str, bool, bool], Names]:
        """By kind, whether they name a category, and whether they are public."""
        known: dict[tuple[str, bool, bool], list[Known]] = defaultdict(list)
        for kind, names in (("source", _sources()), ("actor", _actors())):
            for each in names:
                known[kind, each.category, each.public].append(each)
        both = (True, False)
        return {
            (kind, category, public): Names(known[kind, category, public])
            for kind in ("source", "actor")
            for category in both
            for public in both
        }


def like(record: Source | Actor) -> list[Source] | list[Actor]:
    """Other records that bear a name like one of this one's, the most similar first; none that is confidential."""
    kind = "source" if isinstance(record, Source) else "actor"
    entry = {"names": record.names, **{name: getattr(record, name, "") for name in ("kind", "identification")}}
    proposed = [each["id"] for each in Register(None).proposals(kind, entry) if each["id"] != str(record.public_id)]
    rows: Any = type(record)._default_manager.filter(public_id__in=proposed)
    found = rows.filter(confidential=False) if isinstance(record, Source) else rows
    return sorted(found, key=lambda each: proposed.index(str(each.public_id)))


def _sources() -> Iterator[Known]:
    for key, text in PublicSource.objects.exclude(kind__in=NAMELESS).values_list("public_id", "document").iterator():
        names = content_of(text)["name"]
        yield from (Known.by(name, key, name_of(names), public=True) for name in names.values())
    for key, names in Source.objects.exclude(kind__in=NAMELESS).values_list("public_id", "names").iterator():
        yield from (Known.by(name, key, name_of(names), public=False) for name in names.values())


def _actors() -> Iterator[Known]:
    for content in _public_actors():
        category = content["identification"] == CATEGORY
        for name in {*content["name"].values(), *(alias["name"] for alias in content.get("aliases", []))}:
            yield Known.by(name, UUID(content["id"]), name_of(content["name"]), public=True, category=category)
    rows = Actor.objects.prefetch_related("aliases").only("public_id", "names", "identification")
    for actor in rows.iterator(chunk_size=2000):
        category = actor.identification == CATEGORY
        for name in {*actor.names.values(), *(alias.name for alias in actor.aliases.all())}:
            yield Known.by(name, actor.public_id, name_of(actor.names), public=False, category=category)


def public_names(kind: str, ids: Iterable[str]) -> dict[str, str]:
    """How those of these sources or actors that are public are called there now, by their ids."""
    keys = {key for key in map(uuid_of, ids) if key is not None}
    if kind == "actor":
        contents: Iterable[dict[str, Any]] = _public_actors(keys)
    else:
        rows = PublicSource.objects.exclude(kind__in=NAMELESS).filter(public_id__among=keys)
        contents = map(content_of, rows.values_list("document", flat=True))
    return {content["id"]: name_of(content["name"]) for content in contents}


def _public_actors(among: Collection[UUID] | None = None) -> Iterator[dict[str, Any]]:
    """Actors as they are published: alleged perpetrators, and those whom an attribution of another role names.

    All of them, or those with the ids `among` these.
    """
    perpetrators, actors = PublicPerpetrator.objects.all(), PublicIncidentActor.objects.all()
    if among is not None:
        perpetrators, actors = perpetrators.filter(public_id__among=among), actors.filter(actor_id__among=among)
    for text in perpetrators.values_list("document", flat=True).iterator():
        yield content_of(text)
    alleged = PublicPerpetrator.objects.values("public_id")
    named = actors.exclude(actor_id__in=alleged).values("actor_id")
    where = dict(named.annotate(at=Min("incident_id")).values_list("actor_id", "at"))
    texts = dict(PublicIncident.objects.filter(pk__in=set(where.values())).values_list("pk", "document"))
    for actor_id, at in where.items():
        said = [each["perpetrator"] for each in content_of(texts[at])["attributions"]]
        yield next(each for each in said if each["id"] == str(actor_id))


def remember(organisation: Organisation, kind: str, names: Mapping[str, str], key: UUID, by: Any) -> None:
    """Keep that the organisation means this record by these names."""
    for folded in {_kept(text) for text in names.values()} - {""}:
        Recognition.objects.update_or_create(
            organisation=organisation, kind=kind, folded=folded, defaults={"object_id": key, "by": by}
        )


def names_in(content: Mapping[str, Any]) -> set[tuple[str, str]]:
    """(kind, name as a decision on it is kept) of every source and actor that a submission's content names."""
    entries = ((kind, entry) for kind in ("source", "actor") for entry in content.get(f"{kind}s", ()))
    return {(kind, _kept(text)) for kind, entry in entries for text in entry.get("names", {}).values()}


def _kept(text: str) -> str:
    """A name as a decision on it is kept: the column holds 300 characters."""
    return fold(text)[:300]


def forget(organisation: Organisation, kind: str, names: Mapping[str, str]) -> None:
    """The organisation means somebody else by these names from now on."""
    Recognition.objects.filter(organisation=organisation, kind=kind, folded__in=map(_kept, names.values())).delete()
