"""Containers that have no figure of their own: where their sum stands in for what they contain.

Such a container has nothing but the sum of its children (rollup.py). It counts where none of what it certainly contains
counts for itself, so that a filter which takes the container and not its children does not lose them; containment.py
settles what it then adds. It takes nothing from what it only possibly contains, since that is not in its sum.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from django.db.models import Exists, OuterRef

from incidents.models import PublicContainment, PublicIncident, Tally
from incidents.rules.figures.containment import Candidate, Share
from incidents.rules.figures.questions import ALL, Question
from incidents.rules.figures.sums import countable
from incidents.rules.totals.selection import Scope, overlapping

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Certain:
    """What the containers in question certainly contain, and everything that certainly contains it: primary keys."""

    below: Mapping[int, set[int]]
    above: Mapping[int, set[int]]

    def sharing(self, container: int) -> set[int]:
        """What else contains something of what a container contains."""
        return {other for inner in self.below.get(container, ()) for other in self.above[inner]} - {container}


def standing_in(candidates: Mapping[int, Candidate], scope: Scope, question: Question, alias: str) -> list[Candidate]:
    """The candidates, by primary key, with containers that stand in for what they contain as having an own figure.

    Who lies in the scope in part or vaguely stands in only where something in it may lie there: of what it contains the
    places and days are known better. Two that share something are not both added up: the one with less is taken as
    possibly contained in the other, and adds to high alone.
    """
    empty = unfilled(candidates)
    certain = certainly(empty, alias)
    partly = [key for key in empty if candidates[key].share is not Share.FULL]
    there = _there({inner for key in partly for inner in certain.below.get(key, ())}, scope, question, alias)
    elsewhere = {key for key in partly if not certain.below.get(key, set()) & there}
    return resolved(candidates, [key for key in empty if key not in elsewhere], certain)


def unfilled(candidates: Mapping[int, Candidate]) -> list[int]:
    """The containers without an own figure of which nothing that they certainly contain counts for itself."""
    filled = {key for each in candidates.values() if each.own for key, sure in each.containers.items() if sure}
    return [key for key, each in candidates.items() if not each.own and each.id not in filled]


def resolved(candidates: Mapping[int, Candidate], standing: Collection[int], certain: Certain) -> list[Candidate]:
    """The candidates as `standing_in` leaves them, where those of `standing` stand in."""
    if not standing:
        return list(candidates.values())
    ids = {candidates[key].id for key in standing}
    order = sorted(standing, key=lambda key: (-(countable(candidates[key]) or 0), candidates[key].id))
    rank = {key: place for place, key in enumerate(order)}
    resolved = []
    for key, each in candidates.items():
        containers = {outer: sure for outer, sure in each.containers.items() if sure or outer not in ids}
        if key in rank:
            for other in certain.sharing(key) & candidates.keys():
                inner = candidates[other].containers.get(each.id, False)
                if not inner and (candidates[other].own or rank.get(other, len(rank)) < rank[key]):
                    containers.setdefault(candidates[other].id, False)
        resolved.append(replace(each, own=each.own or key in rank, containers=containers))
    return resolved


def certainly(containers: Collection[int], alias: str) -> Certain:
    """What these containers certainly contain; no query where there are none."""
    links = PublicContainment.objects.using(alias).filter(certain=True).values_list("ancestor_id", "descendant_id")
    below: dict[int, set[int]] = {}
    above: dict[int, set[int]] = {}
    for chunk in _chunks(containers):
        for ancestor, descendant in links.filter(ancestor__among=chunk):
            below.setdefault(ancestor, set()).add(descendant)
    for chunk in _chunks({inner for inside in below.values() for inner in inside}):
        for ancestor, descendant in links.filter(descendant__among=chunk):
            above.setdefault(descendant, set()).add(ancestor)
    return Certain(below, above)


def _there(primary_keys: Iterable[int], scope: Scope, question: Question, alias: str) -> set[int]:
    """Those of some incidents that have a figure of their own and may lie in the scope's place and days."""
    own = Tally.objects.filter(
        incident=OuterRef("pk"),
        measure=question.measure,
        unit=question.counted_unit,
        basis=question.basis,
        of_status__in={question.status or ALL, ALL},
        dimension="",
        own=True,
    )
    where_and_when = replace(scope, perpetrators=(), perpetrator_types=())
    found: set[int] = set()
    for chunk in _chunks(primary_keys):
        incidents = PublicIncident.objects.using(alias).filter(Exists(own), pk__among=chunk)
        found.update(overlapping(incidents, where_and_when).values_list("pk", flat=True))
    return found


def _chunks(values: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(values)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]
