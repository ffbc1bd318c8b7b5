"""How incidents contain each other, read from their published documents alone, and which of them then count.

The part of the slow computation of totals (brute_force.py) that knows containers.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from tests.rules.brute_force_groups import Asked, Document, Groups, entry

Rows = list[tuple[tuple[str, ...], int, int | None, int]]
FULL, STRADDLING, LESS_PRECISE = "full", "straddling", "less precise"


@dataclass
class Figure:
    """An incident's figure for the question, how it lies in the filter, and the rows into which it falls."""

    id: str
    share: str
    low: int
    best: int | None
    high: int
    own: bool
    rows: Rows
    unspecified: list[int | None] = field(default_factory=list)
    straddles: bool = False

    @property
    def known(self) -> int:
        return self.best if self.best is not None else self.low


class Containment(Groups):
    """What contains what, and which of the figures of a selection enter a total."""

    @abstractmethod
    def share(self, document: Document, asked: Asked) -> tuple[str | None, list[str]]:
        """How an incident lies in the filter (None: not at all)."""

    def counting(self, figures: Sequence[Figure], asked: Asked) -> dict[str, Figure]:
        """Those with a figure of their own, and containers without one that stand in for what they contain."""
        own = {figure.id: figure for figure in figures if figure.own}
        return own | {
            figure.id: figure
            for figure in figures
            if not figure.own
            and not self.surely(figure.id) & own.keys()
            and (figure.share == FULL or any(self.may_lie_there(key, asked) for key in self.surely(figure.id)))
        }

    def may_lie_there(self, key: str, asked: Asked) -> bool:
        """Whether it has a figure of its own, and may lie in the place and the days asked for."""
        document = self.documents[key]
        where_and_when = replace(asked, perpetrators=frozenset(), perpetrator_types=frozenset(), box=None)
        stated = entry(document["estimates"], asked.status) or entry(document["estimates"], "all")
        return stated is not None and self.share(document, where_and_when)[0] is not None

    def around(self, figure: Figure, counting: Mapping[str, Figure]) -> dict[str, bool]:
        """{what contains it among those that count: certainly}; a sum of children holds nothing that is only possible.

        Where two hold the same people and the smaller has nothing but its children's figures, it may be in the other.
        """
        found = {
            key: sure
            for key, sure in self.containers(figure.id).items()
            if key in counting and (sure or counting[key].own)
        }
        if not figure.own:
            for key, other in counting.items():
                common = self.surely(key) & self.surely(figure.id)
                larger = other.own or (-other.known, key) < (-figure.known, figure.id)
                if common and larger and key != figure.id and key not in self.surely(figure.id):
                    found.setdefault(key, False)
        return found

    def surely(self, key: str) -> set[str]:
        """What it certainly contains."""
        return {inner for inner, sure in self.containing.get(key, {}).items() if sure}

    def children(self, key: str) -> dict[str, bool]:
        """{direct child: certain}."""
        return {
            relation["incident"]["id"]: relation["certainty"] != "possible"
            for relation in self.documents[key]["relations"]
            if relation["type"] == "contains" and not relation["incoming"]
        }

    def below(self, key: str) -> dict[str, bool]:
        """{everything contained through however many links: whether some way down is certain throughout}."""
        found: dict[str, bool] = {}
        for child, sure in self.children(key).items():
            for end, rest in {child: True, **self.below(child)}.items():
                found[end] = found.get(end, False) or (sure and rest)
        return found

    def containers(self, key: str) -> dict[str, bool]:
        """{everything that contains it: certainly}."""
        return {above: under[key] for above, under in self.containing.items() if key in under}

    @cached_property
    def containing(self) -> dict[str, dict[str, bool]]:
        """What lies below each incident that contains any."""
        return {key: self.below(key) for key in self.documents if self.children(key)}
