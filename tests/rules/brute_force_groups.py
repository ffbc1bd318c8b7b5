"""Under which groups an incident falls, read from its published document and the gazetteer alone.

The part of the slow computation of totals (brute_force.py) that knows places, days and who is alleged.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Document = dict[str, Any]

PERSONS = ("status", "sex", "age_group", "cause", "occupation")
WITHIN = {
    "child": {"child", "infant", "young_child", "adolescent"},
    "adult": {"adult", "older_person"},
}

FORCES = {"state_forces": {"military", "police"}}
AREAS = {"adm1": 1, "adm2": 2}


@dataclass(frozen=True)
class Asked:
    """One question: killed persons, documented, of which incidents and people, in which groups."""

    status: str = "all"
    persons: Mapping[str, str] = field(default_factory=dict)
    group_by: tuple[str, ...] = ()
    place: str | None = None
    date_from: date | None = None
    date_to: date | None = None
    perpetrators: frozenset[str] = frozenset()
    perpetrator_types: frozenset[str] = frozenset()
    box: tuple[float, float, float, float] | None = None
    """west, south, east, north; no test asks for one through the antimeridian."""


class Groups:
    """Some documents and a gazetteer {P-code: (level, parent)}."""

    def __init__(self, documents: Iterable[Document], gazetteer: Mapping[str, tuple[int, str | None]]) -> None:
        self.documents = {document["id"]: document for document in documents}
        self.gazetteer = gazetteer

    def chain(self, pcode: str) -> list[str]:
        """The area and everything above it."""
        found = [pcode]
        while (parent := self.gazetteer[found[-1]][1]) is not None:
            found.append(parent)
        return found

    def own_areas(self, document: Document) -> list[str]:
        return [area["pcode"] for area in document["place"]["areas"]] or [document["place"]["country"]]

    def key(self, document: Document, asked: Asked, said: Mapping[str, str], area: str = "") -> tuple[str, ...]:
        """The values of the groups for a part of which `said` is known, in an itemised area if one is given."""
        known = {"status": asked.status} if asked.status != "all" else {}
        return tuple(
            {**known, **said}.get(name, "unspecified") if name in PERSONS
            else self.at(area, AREAS[name]) if area and name in AREAS
            else self.incident_group(document, name)
            for name in asked.group_by
        )  # fmt: skip

    def incident_group(self, document: Document, name: str) -> str:
        acts = [act["act"] for act in document["acts"]]
        plain = {"country": document["place"]["country"], "grade": document["grade"], "act": [*acts, "unknown"][0]}
        if name in plain:
            return str(plain[name])
        if name in AREAS:
            return self.area_group(document, AREAS[name])
        if name in {"perpetrator", "perpetrator_type"}:
            return self.perpetrator_group(document, "id" if name == "perpetrator" else "type")
        return self.time_group(document, name)

    @staticmethod
    def perpetrator_group(document: Document, member: str) -> str:
        naming = [row for row in document["attributions"] if row["perpetrating"]]
        several = {row["perpetrator"][member] for row in naming}
        if len(several) == 1 and any(row["extent"] == "whole" for row in naming):
            return str(several.pop())
        return "several" if naming else "unattributed"

    @staticmethod
    def time_group(document: Document, name: str) -> str:
        start, end = interval(document)
        vague = document["dates"]["precision"] == "year_or_more"
        if name == "year":
            return "unknown" if vague and start.year != end.year else str(start.year)
        if vague:
            return "unknown"
        return start.strftime("%Y-%m") if name == "month" else f"{start.year}-Q{(start.month - 1) // 3 + 1}"

    def area_group(self, document: Document, level: int) -> str:
        found = {self.at(area, level) for area in self.own_areas(document)}
        return found.pop() if len(found) == 1 else "several"

    def at(self, area: str, level: int) -> str:
        return next((pcode for pcode in self.chain(area) if self.gazetteer[pcode][0] == level), "unknown")


def interval(document: Document) -> tuple[date, date]:
    """The first day and the last day that it may have lasted to."""
    dates = document["dates"]
    start = date.fromisoformat(dates["start_earliest"])
    if dates["end_latest"]:
        return start, date.fromisoformat(dates["end_latest"])
    if dates["ongoing"]:
        return start, date.max
    return start, date.fromisoformat(dates["start_latest"] or dates["start_earliest"])


def lies_in(document: Document, box: tuple[float, float, float, float]) -> bool | None:
    """Whether it happened in a box; None where no point, or no more than one for a whole area, is public."""
    point = document["place"]["point"]
    if point is None or document["place"]["precision"] not in {"exact", "near", "settlement"}:
        return None
    west, south, east, north = box
    return bool(west <= point["lon"] <= east and south <= point["lat"] <= north)


def named(attribution: Mapping[str, Any], asked: Asked) -> bool:
    """Whether an attribution names somebody asked for."""
    one = not asked.perpetrators or attribution["perpetrator"]["id"] in asked.perpetrators
    return one and (not asked.perpetrator_types or attribution["perpetrator"]["type"] in asked.perpetrator_types)


def is_asked(row: Mapping[str, Any], status: str) -> bool:
    return (row["measure"], row["unit"], row["basis"], row["status"]) == ("killed", "person", "documented", status)


def entry(rows: Sequence[Mapping[str, Any]], status: str) -> Mapping[str, Any] | None:
    """The row about killed persons, documented, of that status."""
    return next((row for row in rows if is_asked(row, status)), None)


def perhaps(code: str) -> set[str]:
    """What somebody is said to be who may be that."""
    wider = {wider for wider, codes in (WITHIN | FORCES).items() if code in codes}
    return {"unspecified", "unknown", *WITHIN.get(code, {code}), *wider}
