"""From claims to estimates with their trace, by the ruleset reported-range@1 (domain.md section 3).

Pure functions over the values of facts.py: the API, the admin, the importers and the seeds all count with `derive`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from functools import lru_cache
from typing import Any

from incidents.choices import PersonStatus
from incidents.rules.figures.facts import (
    RULESET,
    AreaEstimate,
    Cell,
    ClaimFacts,
    Derivation,
    Estimate,
    Use,
)
from incidents.rules.figures.ranges import of_cell, stated, total
from incidents.rules.figures.ranking import Entry, Voice, deciding_criterion, entry, estimate, first_ranked
from incidents.rules.figures.sifting import Aside, Group, Recency, Source, group_of, latest_first, sift, source_of

__all__ = ["RULESET", "AreaEstimate", "Cell", "ClaimFacts", "Derivation", "Estimate", "Use", "derive"]

ALL = PersonStatus.ALL.value
NOT_SINGLE = frozenset({ALL, PersonStatus.UNKNOWN.value})
USED, OWN_TOTAL = "used", "own_total"


def derive(claims: Iterable[ClaimFacts]) -> Derivation:
    """All figures of one incident from `claims` (all of them, every measure), and what became of each claim.

    Figures count the claims' own units and are never added across sources, measures, units or bases. Ids are unique;
    the answer does not depend on the order of `claims`. Raises ValueError for a credibility outside 1 to 6.
    """
    by_id = {claim.id: claim for claim in claims}
    if len(by_id) != 1:
        return _derived(by_id)
    ((key, claim),) = by_id.items()
    figures = _of_one(unnamed(claim))
    return Derivation(
        estimates=tuple(replace(each, set_by=each.set_by and (key,)) for each in figures.estimates),
        by_area=tuple(replace(each, set_by=each.set_by and (key,)) for each in figures.by_area),
        uses=tuple(use._replace(claim=key) for use in figures.uses),
    )


# What of a claim changes nothing where it is the only one: it is compared with none.
ALONE: dict[str, Any] = {
    "id": "", "asserted_by": "", "as_of": None, "document_date": None, "relays": "", "supersedes": "",
}  # fmt: skip


def unnamed(claim: ClaimFacts) -> ClaimFacts:
    """A claim that is the only one of its incident, without what changes nothing then."""
    return claim._replace(**ALONE, inferred_from=claim.inferred_from and "another")


@lru_cache(maxsize=10_000)
def _of_one(claim: ClaimFacts) -> Derivation:
    """The figures of an incident of which one claim tells: most that are imported are such, and many are alike."""
    return _derived({claim.id: claim})


def _derived(by_id: Mapping[str, ClaimFacts]) -> Derivation:
    sifted = sift(by_id.values())
    kept: dict[Group, list[Voice]] = defaultdict(list)
    for claim in sorted(sifted.kept, key=lambda claim: claim.id):
        says = stated(claim)
        if says is not None:
            kept[group_of(claim)].append(Voice(claim, claim.status, says))
    estimates: list[Estimate] = []
    areas: list[AreaEstimate] = []
    uses = [use for key, aside in sifted.aside.items() for use in _set_aside(by_id[key], aside)]
    for group, voices in kept.items():
        for status, entries in _entries(voices).items():
            figure = estimate(group, status, entries)
            estimates.append(figure)
            uses.extend(_uses(figure, entries, voices))
        areas.extend(_by_area(group, voices))
    return Derivation(
        estimates=tuple(sorted(estimates, key=_order)),
        by_area=tuple(sorted(areas, key=lambda figure: (figure.area, _order(figure)))),
        uses=tuple(sorted(uses, key=lambda use: (_order(use), use.claim))),
    )


def _order(row: Estimate | Use) -> tuple[str, str, str, bool, str]:
    return row.measure, row.unit, row.basis, row.status != ALL, row.status


def _statuses(status: str) -> tuple[str, ...]:
    """The estimates that a claim of `status` is about: its own, and all."""
    return (ALL,) if status in NOT_SINGLE else (ALL, status)


def _entries(voices: Sequence[Voice]) -> dict[str, list[Entry]]:
    """By status, one entry of every source that speaks of it; into `all` go its own total or the sum of its parts."""
    entries: dict[str, list[Entry]] = defaultdict(list)
    by_source: dict[Source, list[Voice]] = defaultdict(list)
    for voice in voices:
        by_source[source_of(voice.claim)].append(voice)
    for own in by_source.values():
        totals = [voice for voice in own if voice.claim.status == ALL]
        entries[ALL].append(entry(totals or own))
        for status in sorted({voice.status for voice in own} - NOT_SINGLE):
            entries[status].append(entry([min((one for one in own if one.status == status), key=_most_direct)]))
    return entries


def _most_direct(voice: Voice) -> tuple[bool, Recency]:
    """A source's claim about a status says more of it than the cells of its claim about all."""
    return voice.claim.status != voice.status, latest_first(voice.claim)


def _by_area(group: Group, voices: Sequence[Voice]) -> list[AreaEstimate]:
    by_area: dict[str, list[Voice]] = defaultdict(list)
    for voice in voices:
        for area in {cell.area for cell in voice.claim.cells if cell.area}:
            by_area[area].extend(_in_area(voice.claim, area))
    figures: list[AreaEstimate] = []
    for area, itemised in by_area.items():
        for status, entries in _entries(itemised).items() if itemised else ():
            figure = estimate(group, status, entries)
            values = {field.name: getattr(figure, field.name) for field in fields(figure)}
            figures.append(AreaEstimate(**values, area=area))
    return figures


def _in_area(claim: ClaimFacts, area: str) -> list[Voice]:
    """What `claim` says of `area` by status, from its lowest-numbered cut that names it; its other cuts repeat it."""
    cut = min(cell.cut for cell in claim.cells if cell.area == area)
    by_status = defaultdict(list)
    for cell in claim.cells:
        says = of_cell(claim, cell) if cell.cut == cut and cell.area == area else None
        if says is not None:
            by_status[cell.status or claim.status].append(says)
    return [Voice(claim, status, total(parts)) for status, parts in sorted(by_status.items())]


def _set_aside(claim: ClaimFacts, aside: Aside) -> list[Use]:
    return [_use(claim, status, aside.reason, aside.explanation) for status in _statuses(claim.status)]


def _uses(figure: Estimate, entries: Sequence[Entry], voices: Sequence[Voice]) -> list[Use]:
    """What became of every kept claim that is about the status of `figure`."""
    best = first_ranked(entries)
    uses: dict[str, Use] = {}
    for one in entries:
        words = _part_played(figure, one, best, entries)
        for voice in one.voices:
            uses[voice.claim.id] = _use(voice.claim, figure.status, USED, words, sets_best=one is best)
    for voice in voices:
        if figure.status in _statuses(voice.status) and voice.claim.id not in uses:
            words = "Not added to the figure for all: its source states a figure for all itself."
            uses[voice.claim.id] = _use(voice.claim, figure.status, OWN_TOTAL, words)
    return list(uses.values())


def _part_played(figure: Estimate, one: Entry, best: Entry | None, entries: Sequence[Entry]) -> str:
    start = "Used"
    if len(one.voices) > 1:
        start = f"Used in the sum of its source's figures by status, {_bounds(one)}"
    if one is best:
        others = [other for other in entries if other is not best]
        runner_up = first_ranked(others)
        by = deciding_criterion(one, runner_up) if runner_up else ""
        why = f", ranked first by {by}" if by else ""
        return f"{start}: it sets the best figure, {figure.best:,}{why}."
    sets = []
    if one.says.low == figure.low:
        sets.append(f"the lowest figure, {figure.low:,}")
    if one.says.high == figure.high:
        sets.append(f"the highest figure, {figure.high:,}")
    role = f"it sets {' and '.join(sets)}" if sets else "it lies between the lowest and the highest figure"
    if best is None:
        return f"{start}: {role}; nobody states more than an upper bound, so there is no best figure."
    if one.says.chosen is None:
        return f"{start}: {role}; an upper bound sets no best figure."
    by = deciding_criterion(best, one)
    return f"{start}: {role}; the best figure, {figure.best:,}, is another source's" + (
        f", ranked ahead by {by}." if by else ", otherwise its equal."
    )


def _bounds(one: Entry) -> str:
    chosen = one.says.chosen
    return f"at most {one.says.high:,}" if chosen is None else f"{chosen:,}"


def _use(claim: ClaimFacts, status: str, reason: str, explanation: str, *, sets_best: bool = False) -> Use:
    return Use(
        claim=claim.id,
        measure=claim.measure,
        unit=claim.unit,
        basis=claim.basis,
        status=status,
        used=reason == USED,
        sets_best=sets_best,
        reason=reason,
        explanation=explanation,
    )
