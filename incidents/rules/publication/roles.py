"""What an incident adds to totals when everything it is connected with by containment lies in the filter too.

Then its role hangs on no filter (containment.py has the rule), and the rollups can hold it ready. Its spread says of
which filters that may not be so: what is connected differs in that column, and a filter by it may take a part. An
interval of months takes a part where one of its ends lies within the reach: the months from the first day to the last
of all that is connected.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from incidents.choices import DatePrecision
from incidents.rules.figures.rollup import Key
from incidents.rules.publication.board import Content
from incidents.rules.publication.disclosure import interval_end
from incidents.rules.publication.linking import Component

WHOLE, HIGH_ONLY, LEFT_OUT, NOTHING = range(4)
"""Counts in low, best and high; in high alone; is counted where it is contained; has no figure of its own."""
SPREAD_BITS = {"country": 1, "grade": 2, "month": 4}
EVERY_SPREAD = range(1, sum(SPREAD_BITS.values()) + 1)
# The first and the last month, as 2025-03.
Reach = tuple[str, str]


def month_of(day: date) -> str:
    """A day's month, as 2025-03."""
    return day.isoformat()[:7]


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles of the figures of a component's incidents, and over what these incidents spread."""

    component: Component
    containers: Mapping[str, Mapping[str, bool]]
    spreads: Mapping[str, int] = field(default_factory=dict)
    reaches: Mapping[str, Reach] = field(default_factory=dict)

    @classmethod
    def of(cls, component: Component) -> "Roles":
        containers: dict[str, dict[str, bool]] = {}
        for ancestor, below in component.closure().items():
            for descendant, certain in below.items():
                containers.setdefault(descendant, {})[ancestor] = certain
        spreads: dict[str, int] = {}
        reaches: dict[str, Reach] = {}
        for together in _connected(component):
            contents = [component.contents[key] for key in together]
            spreads |= dict.fromkeys(together, _spread(contents))
            reaches |= dict.fromkeys(together, _reach(contents))
        return cls(component, containers, spreads, reaches)

    @classmethod
    def alone(cls, component: Component) -> "Roles":
        """Those of a component in which nothing contains anything."""
        contents = component.contents
        spreads = {key: spread_alone(content) for key, content in contents.items()}
        return cls(component, {}, spreads, {key: reach_alone(content) for key, content in contents.items()})

    def role(self, incident: str, key: Key) -> int:
        """The role of one figure of an incident."""
        figures = self.component.figures
        # Where everything connected lies in the filter, its children do: it never stands in for them (standing_in.py).
        if not figures[incident][key].own:
            return NOTHING
        counted = [
            certain
            for container, certain in self.containers.get(incident, {}).items()
            if key in figures[container] and figures[container][key].own
        ]
        if not counted:
            return WHOLE
        return LEFT_OUT if any(counted) else HIGH_ONLY


def spread_alone(content: Content) -> int:
    """The spread of an incident that is connected with nothing: whether it lies across the edge of a month."""
    return 0 if _month(content["dates"]) else SPREAD_BITS["month"]


def reach_alone(content: Content) -> Reach:
    """The months in which an incident that is connected with nothing began and ended."""
    dates = content["dates"]
    start = date.fromisoformat(dates["start_earliest"])
    return month_of(start), month_of(interval_end(start, dates))


def _reach(contents: list[Content]) -> Reach:
    reaches = [reach_alone(content) for content in contents]
    return min(first for first, _ in reaches), max(last for _, last in reaches)


def _spread(contents: list[Content]) -> int:
    if len(contents) == 1:
        return spread_alone(contents[0])
    columns = {
        "country": {content["place"]["country"] for content in contents},
        "grade": {content["grade"] for content in contents},
        "month": {_month(content["dates"]) for content in contents},
    }
    return sum(bit for name, bit in SPREAD_BITS.items() if len(columns[name]) > 1 or None in columns[name])


def _month(dates: dict[str, Any]) -> tuple[int, int] | None:
    """The year and month in which an incident began and ended; None where these are two, or not known."""
    start = date.fromisoformat(dates["start_earliest"])
    end = interval_end(start, dates)
    within = (start.year, start.month) == (end.year, end.month) and dates["precision"] != DatePrecision.YEAR_OR_MORE
    return (start.year, start.month) if within else None


def _connected(component: Component) -> Iterator[list[str]]:
    """The incidents of a component in groups of which nothing in one contains anything in another."""
    linked: dict[str, list[str]] = {}
    for parent, children in component.links.items():
        for child, _ in children:
            linked.setdefault(parent, []).append(child)
            linked.setdefault(child, []).append(parent)
    seen: set[str] = set()
    for key in component.contents:
        if key in seen:
            continue
        together, waiting = [], [key]
        seen.add(key)
        while waiting:
            current = waiting.pop()
            together.append(current)
            new = [each for each in linked.get(current, ()) if each not in seen]
            seen.update(new)
            waiting += dict.fromkeys(new)
        yield together
