"""The actors that sources, perpetrators and inquiries name: whom a source belongs to, whom an inquiry looks at.

They are named only while they are published themselves as alleged perpetrators: nobody is named by the way, and every
id in a document can be followed.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from incidents import choices
from incidents.documents.fields import ActorRef
from incidents.models import Actor, ActorRelation, PublicInvestigation, PublicPerpetrator, Scope
from incidents.rules.publication.board import Board, Content
from incidents.rules.publication.dependencies import Dependencies

PERPETRATOR, INVESTIGATION = choices.PublicKind.PERPETRATOR.value, choices.PublicKind.INVESTIGATION.value
REFERENCE = tuple(ActorRef().fields)


def actors_beside(named: Dependencies) -> dict[UUID, Actor]:
    """The actors that sources belong to, or that perpetrators stand to in some relation."""
    beside = {source.affiliated_with.public_id: source.affiliated_with
              for source in named.sources.values() if source.affiliated_with}  # fmt: skip
    if named.perpetrators:
        related = ActorRelation.objects.filter(from_actor__public_id__among=named.perpetrators)
        beside |= {row.to_actor.public_id: row.to_actor for row in related.select_related("to_actor")}
    return beside


def keep_names(board: Board, named: Dependencies, beside: Mapping[UUID, Actor]) -> None:
    """Have these actors named as they are published, however they are being edited, but those published themselves."""
    stay = beside.keys() - named.explicit
    board.load(PERPETRATOR, stay)
    for key in stay:
        content = board.content(PERPETRATOR, key)
        if content is not None and any(content[name] != said for name, said in ActorRef(beside[key]).data.items()):
            board.as_published[str(key)] = content


def published_actors(named: Dependencies, beside: Collection[UUID]) -> set[str]:
    """The ids of those actors, among them and what is `named`, that are published, or are about to be."""
    asked = {*beside, *named.perpetrators}
    if not asked:
        return set()
    published = set(PublicPerpetrator.objects.filter(public_id__among=asked).values_list("public_id", flat=True))
    coming: set[UUID] = set(named.perpetrators) - named.explicit
    return {str(key) for key in published | coming}


def naming_only(content: Content, published: Collection[str]) -> Content:
    """The content of a source or a perpetrator without the actors that are not among these."""
    return _without(content, lambda key: key not in published)


def without_actors(content: Content, gone: Collection[str]) -> Content:
    """The content of a source, a perpetrator or an inquiry without these actors; any other content as it is."""
    return _without(content, lambda key: key in gone)


def actors_in(board: Board, scopes: Iterable[Scope]) -> list[dict[str, Any]]:
    """The actors of these scopes of an inquiry that are published, or are about to be, by their published names."""
    contents = [(board.content(PERPETRATOR, each.actor.public_id), each.kind) for each in scopes if each.actor]
    named = [
        {"actor": {name: content[name] for name in REFERENCE}, "kind": kind} for content, kind in contents if content
    ]
    return sorted(named, key=by_id)


def name_accused(board: Board) -> None:
    """Name the actors that become public in the published inquiries that have them in their scope, and nothing else."""
    accused = {
        key for (kind, key), slot in board.slots.items() if kind == PERPETRATOR and slot.next and slot.now is None
    }
    if not accused:
        return
    public = PublicInvestigation.objects.values("public_id")
    rows = Scope.objects.filter(actor__public_id__among=accused, investigation__public_id__in=public)
    by_inquiry: dict[UUID, list[Scope]] = {}
    for row in rows.select_related("actor", "investigation").order_by("id"):
        by_inquiry.setdefault(row.investigation.public_id, []).append(row)
    board.load(INVESTIGATION, by_inquiry)
    for key, scopes in by_inquiry.items():
        content = board.content(INVESTIGATION, key)
        if content is not None:
            anew = actors_in(board, scopes)
            named = {each["actor"]["id"] for each in anew}
            kept = [each for each in content["actors"] if each["actor"]["id"] not in named]
            board.put(INVESTIGATION, key, content | {"actors": sorted([*kept, *anew], key=by_id)})


def by_id(scoped: Content) -> str:
    """Orders the actors of an inquiry."""
    return str(scoped["actor"]["id"])


def _without(content: Content, unnamed: Callable[[str], bool]) -> Content:
    left: Content = {}
    affiliated = content.get("affiliated_with")
    if affiliated and unnamed(affiliated["id"]):
        left["affiliated_with"] = None
    related = content.get("relations", ())
    if any("actor" in row for row in related):
        left["relations"] = [row for row in related if not unnamed(row["actor"]["id"])]
    if content.get("actors"):
        left["actors"] = [row for row in content["actors"] if not unnamed(row["actor"]["id"])]
    return content | left
