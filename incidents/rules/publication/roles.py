"""What an incident adds to totals beside those that contain it, said so that the rollups can hold it ready.

Where everything it is connected with by containment lies in a filter, its role hangs on no filter (containment.py has
the rule). Its spread says of which columns that may not be so, since what is connected differs in them. A figure of
such an incident, of all people as the rollups are asked for, also says what it has `above`: country, grade and days of
what contains it, which tells its role wherever it lies in a filter by these as a whole (`role_among`), and whether it
began in one month and ended in another: of it and what it contains an interval may take a part. One that stands in for
what it contains hangs on that as well (standing_in.py), and all figures connected with it are untold: they say over
what they spread, and from which month to which they reach together.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from incidents.models.public import SOME_UNTOLD
from incidents.rules.figures.questions import ALL
from incidents.rules.figures.rollup import Key
from incidents.rules.publication.board import Content
from incidents.rules.publication.disclosure import interval_end
from incidents.rules.publication.linking import Component

WHOLE, HIGH_ONLY, LEFT_OUT, NOTHING = range(4)
"""Counts in low, best and high; in high alone; is counted where it is contained; has no figure of its own."""
SPREAD_BITS = {"country": 1, "grade": 2, "month": 4}
# SOME_UNTOLD is the bit beside these where some of what is connected has an untold figure.
SPREADS_OF_UNTOLD = range(SOME_UNTOLD + 1, SOME_UNTOLD + sum(SPREAD_BITS.values()) + 1)
CERTAINLY, POSSIBLY, UNTOLD, ACROSS = "!", "?", "*", "~"
MOST_ABOVE = 12  # in a text of LONGEST_ABOVE
TEXTS_KEPT = 4_096
# The first and the last month, as 2025-03.
Reach = tuple[str, str]


class Above(NamedTuple):
    """One that contains a figure: where it lies, how it is graded, and from which day to which."""

    country: str
    grade: str
    start: date
    end: date
    certain: bool


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
    untold: Mapping[str, Collection[Key]] = field(default_factory=dict)

    @classmethod
    def of(cls, component: Component) -> "Roles":
        containers: dict[str, dict[str, bool]] = {}
        for ancestor, below in component.closure().items():
            for descendant, certain in below.items():
                containers.setdefault(descendant, {})[ancestor] = certain
        spreads: dict[str, int] = {}
        reaches: dict[str, Reach] = {}
        untold: dict[str, set[Key]] = {}
        for together in _connected(component):
            contents = [component.contents[key] for key in together]
            reach = _reach(contents)
            spread = _spread(contents, reach)
            if spread and (found := _untold(component, containers, together)):
                spread |= SOME_UNTOLD
                untold |= dict.fromkeys(together, found)
            spreads |= dict.fromkeys(together, spread)
            reaches |= dict.fromkeys(together, reach)
        return cls(component, containers, spreads, reaches, untold)

    @classmethod
    def alone(cls, component: Component) -> "Roles":
        """Those of a component in which nothing contains anything."""
        contents = component.contents
        return cls(component, {}, dict.fromkeys(contents, 0), {key: months_of(each) for key, each in contents.items()})

    def role(self, incident: str, key: Key) -> int:
        """The role of one figure of an incident."""
        # Where everything connected lies in the filter, its children do: it never stands in for them (standing_in.py).
        if not self.component.figures[incident][key].own:
            return NOTHING
        if incident not in self.containers:
            return WHOLE
        certain = [certain for _, certain in self._counted(incident, key)]
        return _role(certain, reached=any(certain))

    def above(self, incident: str, key: Key) -> str:
        """What contains a figure of an incident, as `role_among` reads it; '' where its role hangs on no filter."""
        spread = self.spreads[incident]
        if key[-1] != ALL or not spread:
            return ""
        if key in self.untold.get(incident, ()):
            return " ".join((UNTOLD, str(spread), *self.reaches[incident]))
        told: dict[str, bool] = {}
        for container, certain in self._counted(incident, key):
            columns = _columns(self.component.contents[container])
            told[columns] = told.get(columns, False) or certain
        first, last = months_of(self.component.contents[incident])
        across = [ACROSS] if first != last else []
        return " ".join(across + [f"{each}{CERTAINLY if told[each] else POSSIBLY}" for each in sorted(told)])

    def _counted(self, incident: str, key: Key) -> Iterator[tuple[str, bool]]:
        """What contains an incident and has such a figure of its own, and whether it does so certainly."""
        figures = self.component.figures
        for container, certain in self.containers.get(incident, {}).items():
            if key in figures[container] and figures[container][key].own:
                yield container, certain


@lru_cache(maxsize=TEXTS_KEPT)
def read_above(text: str) -> tuple[Above, ...]:
    """What `Roles.above` says of a figure that is not untold."""
    told = [(each[:-1].split(":"), each[-1] == CERTAINLY) for each in text.removeprefix(ACROSS).split()]
    return tuple(
        Above(country, grade, date.fromisoformat(start), date.fromisoformat(end), certain)
        for (country, grade, start, end), certain in told
    )


def role_among(
    text: str, takes: Callable[[str, str], bool], date_from: date | None = None, date_to: date | None = None
) -> int:
    """The role of a figure with this above it that itself lies in the interval as a whole.

    `takes` says whether one of such a country and grade is counted. One that lies in the interval in part contains it
    still, where another does: which keeps its high out of the total, not its low and best.
    """
    full, reached = [], False
    for each in read_above(text):
        overlaps = (date_from is None or each.end >= date_from) and (date_to is None or each.start <= date_to)
        if not overlaps or not takes(each.country, each.grade):
            continue
        reached |= each.certain
        if (date_from is None or each.start >= date_from) and (date_to is None or each.end <= date_to):
            full.append(each.certain)
    return _role(full, reached=reached)


def _role(counted: Collection[bool], *, reached: bool) -> int:
    """By whether each of what counts and contains it does so certainly, and whether anything at all does."""
    if not counted:
        return WHOLE
    return LEFT_OUT if reached else HIGH_ONLY


def months_of(content: Content) -> Reach:
    """The months in which an incident began and ended."""
    start, end = _days(content)
    return month_of(start), month_of(end)


def _days(content: Content) -> tuple[date, date]:
    start = date.fromisoformat(content["dates"]["start_earliest"])
    return start, interval_end(start, content["dates"])


def _reach(contents: Iterable[Content]) -> Reach:
    months = [months_of(content) for content in contents]
    return min(first for first, _ in months), max(last for _, last in months)


def _spread(contents: list[Content], reach: Reach) -> int:
    if len(contents) == 1:
        return 0
    differs = {
        "country": len({content["place"]["country"] for content in contents}) > 1,
        "grade": len({content["grade"] for content in contents}) > 1,
        "month": reach[0] != reach[1],
    }
    return sum(bit for name, bit in SPREAD_BITS.items() if differs[name])


def _columns(content: Content) -> str:
    start, end = _days(content)
    return f"{content['place']['country']}:{content['grade']}:{start}:{end}"


def _untold(component: Component, containers: Mapping[str, Mapping[str, bool]], together: Collection[str]) -> set[Key]:
    """Which figures of these incidents do not say what is above them: all, where of one that is too much to say."""
    above = ({_columns(component.contents[each]) for each in containers.get(incident, ())} for incident in together)
    too_much = any(len(columns) > MOST_ABOVE for columns in above)
    return {
        key
        for incident in together
        for key, figure in component.figures[incident].items()
        if key[-1] == ALL and (too_much or not figure.own)
    }


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
