"""The actors that sources and perpetrators name: whom a source belongs to, whom a perpetrator is a part of.

They are named only while they are published themselves as alleged perpetrators: nobody is named by the way, and every
id in a document can be followed.
"""

from collections.abc import Callable, Collection
from uuid import UUID

from incidents.models import ActorRelation, PublicPerpetrator
from incidents.rules.publication.board import Content
from incidents.rules.publication.dependencies import Dependencies


def published_actors(named: Dependencies) -> set[str]:
    """The ids of those actors among what `named` may name that are published, or are about to be."""
    affiliated = {source.affiliated_with.public_id for source in named.sources.values() if source.affiliated_with}
    related = ActorRelation.objects.filter(from_actor__public_id__among=named.perpetrators)
    asked = {*affiliated, *named.perpetrators, *related.values_list("to_actor__public_id", flat=True)}
    published = set(PublicPerpetrator.objects.filter(public_id__among=asked).values_list("public_id", flat=True))
    coming: set[UUID] = set(named.perpetrators) - named.explicit
    return {str(key) for key in published | coming}


def naming_only(content: Content, published: Collection[str]) -> Content:
    """The content of a source or a perpetrator without the actors that are not among these."""
    return _without(content, lambda key: key not in published)


def without_actors(content: Content, gone: Collection[str]) -> Content:
    """The content of a source or a perpetrator without these actors; any other content as it is."""
    return _without(content, lambda key: key in gone)


def _without(content: Content, unnamed: Callable[[str], bool]) -> Content:
    left: Content = {}
    affiliated = content.get("affiliated_with")
    if affiliated and unnamed(affiliated["id"]):
        left["affiliated_with"] = None
    related = content.get("relations", ())
    if any("actor" in row for row in related):
        left["relations"] = [row for row in related if not unnamed(row["actor"]["id"])]
    return content | left
