"""Totals of victims computed the slow way: plain Python over published documents, straight from domain.md section 4.

It shares no code with rules/ and knows no index table; where both agree on random records, both are believed. It reads
records in which an incident with cells about persons has one claim, so that a document's breakdown says everything.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.rules.brute_force_containment import FULL, LESS_PRECISE, STRADDLING, Containment, Figure, Rows
from tests.rules.brute_force_groups import (
    AREAS,
    PERSONS,
    WITHIN,
    Asked,
    Document,
    entry,
    interval,
    is_asked,
    lies_in,
    named,
    perhaps,
)

PartKey = tuple[str, ...]


def total_of(bests: Sequence[int | None]) -> int | None:
    """Those that are known together; none where none is."""
    known = [best for best in bests if best is not None]
    return sum(known) if known else None


@dataclass
class Counted:
    """What the question comes to; a group holds low, best (0 where not known) and high."""

    low: int = 0
    best: int = 0
    high: int = 0
    incidents: int = 0
    left_out: int = 0
    without_best: int = 0
    straddling: tuple[int, int] = (0, 0)
    less_precise: tuple[int, int | None, int] = (0, 0, 0)
    unspecified: list[int | None] = field(default_factory=list)
    groups: dict[tuple[str, ...], list[int]] = field(default_factory=dict)


class BruteForce(Containment):
    """Answers questions over some documents and a gazetteer."""

    def count(self, chosen: Iterable[str], asked: Asked) -> Counted:
        """The totals over the incidents with these ids."""
        figures = [figure for key in chosen if (figure := self.figure(self.documents[key], asked))]
        selected = self.counting(figures, asked)
        counted, whole, giving = Counted(), [], defaultdict[str, list[Figure]](list)
        high_only = []
        for figure in selected.values():
            around = self.around(figure, selected)
            if figure.share == LESS_PRECISE:
                if not any(around.values()):
                    number, best, high = counted.less_precise
                    before, more = best if number else None, figure.best if figure.best is not None else figure.low
                    nothing = around or figure.straddles or (figure.best is None and not figure.low)
                    best = before if nothing else (before or 0) + more
                    counted.less_precise = (number + 1, best, high + figure.high)
                continue
            taking = [key for key, sure in around.items() if sure and selected[key].share != LESS_PRECISE]
            if figure.share == FULL and not any(selected[key].share == FULL for key in around):
                whole.append(figure)
                outer = [one for one in taking if not any(self.containers(one).get(other) for other in taking)]
                if outer:
                    giving[min(outer)].append(figure)
            elif not taking:
                high_only.append(figure)
            else:
                counted.left_out += 1
        counted.unspecified = [total_of(each.unspecified) for each in whole if each.unspecified]
        for figure in whole:
            self.add(counted, figure.low, figure.known, figure.high)
            counted.without_best += figure.best is None
            for key, low, known, high in figure.rows:
                self.add_to_group(counted, key, low, low if known is None else known, high)
        for figure in high_only:
            added = max(0, figure.high - sum(part.high for part in giving[figure.id]))
            self.add(counted, 0, 0, added)
            if figure.share == STRADDLING:
                number, high = counted.straddling
                counted.straddling = (number + 1, high + added)
            for key, _, _, _ in figure.rows:
                self.add_to_group(counted, key, 0, 0, added if len(figure.rows) == 1 else 0)
        counted.incidents = len(whole) + len(high_only)
        return counted

    @staticmethod
    def add(counted: Counted, low: int, best: int, high: int) -> None:
        counted.low += low
        counted.best += best
        counted.high += high

    @staticmethod
    def add_to_group(counted: Counted, key: tuple[str, ...], *bounds: int) -> None:
        group = counted.groups.setdefault(key, [0, 0, 0])
        for place, bound in enumerate(bounds):
            group[place] += bound

    # How an incident lies in the filter

    def share(self, document: Document, asked: Asked) -> tuple[str | None, list[str]]:
        """How it lies in the filter (None: not at all), and the areas inside the place that its claims itemise."""
        start, end = interval(document)
        first, last = asked.date_from or date.min, asked.date_to or date.max
        if end < first or start > last:
            return None, []
        share = FULL if first <= start and end <= last else STRADDLING
        if asked.perpetrators or asked.perpetrator_types:
            naming = [row for row in document["attributions"] if row["perpetrating"] and named(row, asked)]
            if not naming:
                return None, []
            if not any(row["extent"] == "whole" for row in naming):
                share = STRADDLING
        itemised: list[str] = []
        placed: str | None = share
        if asked.place:
            placed, itemised = self.share_of_place(document, asked.place, share)
        if placed and asked.box:
            there = lies_in(document, asked.box)
            placed = placed if there else None if there is False else LESS_PRECISE
        return placed, itemised

    def share_of_place(self, document: Document, place: str, share: str) -> tuple[str | None, list[str]]:
        """The same where a place is asked for, given how it lies in all else."""
        own = self.own_areas(document)
        inside = [area for area in own if place in self.chain(area)]
        itemised = [each["area"] for each in document["by_area"] if place in self.chain(each["area"])]
        if inside and len(inside) == len(own):
            return share, []
        if itemised:
            return share, itemised
        if any(area in self.chain(place)[1:] for area in own):
            return LESS_PRECISE, []
        return (STRADDLING, []) if inside else (None, [])

    # What an incident's figure is

    def figure(self, document: Document, asked: Asked) -> Figure | None:
        """Its rolled-up figure, or that of the itemised areas or of the persons asked for."""
        share, inside = self.share(document, asked)
        found = None if share is None else self.lying(document, asked, share, inside)
        if found is not None:
            found.straddles = share == STRADDLING
        return found

    def lying(self, document: Document, asked: Asked, share: str, inside: Sequence[str]) -> Figure | None:
        """The same of one that lies in the filter."""
        total = entry(document["totals"], asked.status)
        if total is None:
            wanted = {**asked.persons, "status": asked.status}
            return self.of_persons(document, asked, LESS_PRECISE if inside else share, "all", "status", wanted)
        areas = self.outermost([row for row in document["by_area"] if row["area"] in inside], asked.status)
        share = LESS_PRECISE if inside and (not areas or asked.persons) else share
        bounds: list[tuple[int, int | None, int]] = [(total["low"], total["best"], total["high"])]
        rows: Rows = [(self.key(document, asked, {}), *bounds[0])]
        divided = self.parts(document, "all", "status") if asked.status != "all" and not areas else []
        unspecified = self.left_of_all(total, divided, asked.status)
        grouped = [name for name in asked.group_by if name in PERSONS]
        if asked.persons or (grouped and not areas):
            cut = self.cut(document, asked, grouped)
            parts = [
                (dict(zip(PERSONS, key, strict=True)), best) for key, best in self.parts(document, asked.status, cut)
            ]
            parts = [
                each
                for each in parts
                if all(each[0][name] in WITHIN.get(code, {code}) for name, code in asked.persons.items())
            ]
            if not parts:
                return self.of_persons(document, asked, share, asked.status, cut, asked.persons)
            rows = [(self.key(document, asked, said), 0, best, best or 0) for said, best in parts]
            if asked.persons:
                unspecified = self.unspecified(document, asked.status, cut, asked.persons)
                bounds = [(0, best, best or 0) for _, best in parts]
        elif areas:
            bounds = [(row["low"], row["best"], row["high"]) for row in areas]
            rows = [
                (self.key(document, asked, {}, row["area"]), *bound) for row, bound in zip(areas, bounds, strict=True)
            ]
        elif not grouped:
            rows = self.divided(document, asked, rows)
        bests = [best for _, best, _ in bounds if best is not None]
        return Figure(
            id=document["id"],
            share=share,
            low=sum(low for low, _, _ in bounds),
            best=sum(bests) if bests else None,
            high=sum(high for _, _, high in bounds),
            own=entry(document["estimates"], asked.status) is not None,
            rows=rows,
            unspecified=unspecified,
        )

    def cut(self, document: Document, asked: Asked, grouped: Sequence[str]) -> str:
        """The dimension of the first filter; else the first grouped by that the figure is divided by."""
        first = next(iter((*asked.persons, *grouped)))
        if asked.persons:
            return first
        base = self.base(document, asked.status)
        divided = (name for name in grouped if any(key != base for key, _ in self.parts(document, asked.status, name)))
        return next(divided, first)

    def of_persons(
        self, document: Document, asked: Asked, share: str, status: str, cut: str, wanted: Mapping[str, str]
    ) -> Figure | None:
        """The parts about the people wanted (best only) or, where none is, those that may be: less precise."""
        if entry(document["totals"], status) is None:
            return None
        parts = [(dict(zip(PERSONS, key, strict=True)), best) for key, best in self.parts(document, status, cut)]
        mine = [
            each for each in parts if all(each[0][name] in WITHIN.get(code, {code}) for name, code in wanted.items())
        ]
        if not mine:
            share = LESS_PRECISE
            mine = [each for each in parts if all(each[0][name] in perhaps(code) for name, code in wanted.items())]
        if not mine:
            return None
        bests = [best for _, best in mine if best is not None]
        return Figure(
            id=document["id"],
            share=share,
            low=0,
            best=sum(bests) if bests else None,
            high=sum(bests),
            own=entry(document["estimates"], status) is not None,
            rows=[(self.key(document, asked, said), 0, best, best or 0) for said, best in mine],
            unspecified=self.unspecified(document, status, cut, wanted),
        )

    def unspecified(self, document: Document, status: str, cut: str, wanted: Mapping[str, str]) -> list[int | None]:
        """What else may be of the people wanted, where some parts are about them: nothing where nobody is wanted."""
        parts = self.parts(document, status, cut)
        others = self.others(parts, wanted)
        return others if len(others) < len(parts) else []

    @staticmethod
    def left_of_all(
        own: Mapping[str, Any], parts: Sequence[tuple[PartKey, int | None]], status: str
    ) -> list[int | None]:
        """Of those of all who may be of a status, as many as its own figure does not count."""
        mine = sum(best or 0 for key, best in parts if key[PERSONS.index("status")] in perhaps(status))
        left = mine - (own["best"] if own["best"] is not None else own["low"])
        return [left] if left > 0 else []

    @staticmethod
    def others(parts: Sequence[tuple[PartKey, int | None]], wanted: Mapping[str, str]) -> list[int | None]:
        """The parts that are not said to be of the people wanted, and may be."""
        told = [(dict(zip(PERSONS, key, strict=True)), best) for key, best in parts]
        return [
            best
            for said, best in told
            if all(said[name] in perhaps(code) for name, code in wanted.items())
            and any(said[name] not in WITHIN.get(code, {code}) for name, code in wanted.items())
        ]

    def outermost(self, by_area: Sequence[Mapping[str, Any]], status: str) -> list[Mapping[str, Any]]:
        rows = [row for row in by_area if is_asked(row, status)]
        areas = {row["area"] for row in rows}
        return [row for row in rows if not areas & set(self.chain(row["area"])[1:])]

    def divided(self, document: Document, asked: Asked, rows: Rows) -> Rows:
        """The rows of an incident in several or unknown areas, by the areas that its claims itemise (best only)."""
        names = [name for name in asked.group_by if name in AREAS]
        if not names or self.area_group(document, AREAS[names[0]]) not in {"several", "unknown"}:
            return rows
        finest = max(AREAS[name] for name in names)
        fine = [row for row in document["by_area"] if is_asked(row, asked.status) and row["best"] is not None]
        fine = [row for row in fine if self.at(row["area"], finest) != "unknown"]
        inner = {row["area"] for row in fine}
        fine = [row for row in fine if not inner & set(self.chain(row["area"])[1:])]
        left, taken = rows[0][2] or 0, []
        for row in sorted(fine, key=lambda row: (-row["best"], row["area"])):
            if row["best"] <= left:
                left -= row["best"]
                taken.append((self.key(document, asked, {}, row["area"]), row["low"], row["best"], row["high"]))
        return [*taken, (self.key(document, asked, {}), 0, left, left)] if taken else rows

    # Parts of a figure, rolled up

    def parts(self, document: Document, status: str, cut: str) -> list[tuple[PartKey, int | None]]:
        """The figure divided by one dimension, children's parts carried in; they sum to its best."""
        total = entry(document["totals"], status)
        if total is None:
            return []
        place = PERSONS.index(cut)
        own = entry(document["estimates"], status)
        base = own_base(document, status)
        if total["best"] is None:
            return [(base, None)]
        carrying = self.carried_from(document["id"], status)
        inner = [
            part
            for child in carrying
            if (entry(child["totals"], status) or {})["best"] is not None
            for part in self.parts(child, status, cut)
        ]
        if own is not None and (own["best"] if own["best"] is not None else own["low"] or None) == total["best"]:
            mine = own_parts(document)
            named_here = [part for part in mine if part[0][place] != base[place]]
            if named_here:
                taken = [part for part in mine if part[0] != base]
            elif base[place] != "unspecified":
                taken = []
            else:
                room, taken = total["best"], []
                for key, best in inner:
                    if key[place] != "unspecified" and (best or 0) <= room:
                        room -= best or 0
                        taken.append((key, best))
        else:
            bases = [self.base(child, status) for child in carrying]
            bases += [base] if own is not None else []
            base = tuple(
                values.pop() if len(values) == 1 else "unspecified" for values in map(set, zip(*bases, strict=True))
            )
            taken = [part for part in inner if part[0] != base]
        if not any(key[place] != "unspecified" and key != base for key, _ in taken):
            return [(base, total["best"])]
        return [*taken, (base, total["best"] - sum(best or 0 for _, best in taken))]

    def base(self, document: Document, status: str) -> PartKey:
        """What is known of everybody in its rolled-up figure."""
        own, total = entry(document["estimates"], status), entry(document["totals"], status)
        base = own_base(document, status)
        carrying = self.carried_from(document["id"], status)
        stands = (
            own is not None
            and (own["best"] if own["best"] is not None else own["low"] or None) == (total or {})["best"]
        )
        if stands or not carrying:
            return base
        bases = [self.base(child, status) for child in carrying] + ([base] if own is not None else [])
        return tuple(
            values.pop() if len(values) == 1 else "unspecified" for values in map(set, zip(*bases, strict=True))
        )

    def carried_from(self, key: str, status: str) -> list[Document]:
        """The certain direct children with such a figure, of possible duplicates the larger, in order of carrying."""
        certain = [child for child, sure in self.children(key).items() if sure]
        direct = sorted(c for c in certain if not any(self.below(other).get(c) for other in certain))
        groups: list[list[str]] = []
        for child in direct:
            linked = [group for group in groups if any(self.duplicates(child, other) for other in group)]
            groups = [group for group in groups if group not in linked] + [sorted(sum(linked, [child]))]
        chosen = []
        for group in groups:
            having = [child for child in group if entry(self.documents[child]["totals"], status)]
            if having:
                larger = max(having, key=lambda child: self.size(child, status))
                start = self.documents[larger]["dates"]["start_earliest"]
                chosen.append((start, -self.size(larger, status)[0], min(group), larger))
        return [self.documents[each[-1]] for each in sorted(chosen)]

    def duplicates(self, one: str, other: str) -> bool:
        return any(
            relation["type"] == "possible_duplicate" and relation["incident"]["id"] == other
            for relation in self.documents[one]["relations"]
        )

    def size(self, key: str, status: str) -> tuple[int, int, int]:
        figure = entry(self.documents[key]["totals"], status) or {}
        known = figure["best"] if figure["best"] is not None else figure["low"] or -1
        return known, figure["high"], figure["low"]


def own_parts(document: Document) -> list[tuple[PartKey, int | None]]:
    """The document's own breakdown of everybody killed."""
    return [
        (tuple(part[name] for name in PERSONS), part["best"])
        for part in document["breakdown"]
        if (part["measure"], part["unit"], part["basis"]) == ("killed", "person", "documented")
    ]


def own_base(document: Document, status: str) -> PartKey:
    """What the claims behind an estimate say of everybody: the status of the only one, else that of the estimate."""
    said = status if status != "all" else "unspecified"
    setting = (entry(document["estimates"], status) or {"set_by": []})["set_by"]
    statuses = [claim["status"] for claim in document["claims"] if claim["id"] in setting]
    if len(statuses) == 1 and statuses[0] != "all":
        said = statuses[0]
    return (said, "unspecified", "unspecified", "unspecified", "unspecified")
