"""What contradicts itself in one member of a submission: days out of order, figures that do not fit their qualifier.

The database refuses the same, but one row at a time, and only says which row it was.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from incidents import choices
from incidents.models.claims import POINT_QUALIFIERS
from incidents.rules.refusals import Fault, pointer

Steps = tuple[str | int, ...]
# Which member of a claim says how many there are at most, by its qualifier; the others leave that open.
MOST = {
    choices.Qualifier.EXACT.value: "value",
    choices.Qualifier.AT_MOST.value: "value",
    choices.Qualifier.RANGE.value: "high",
}
# And which says how many there are at least.
LEAST = {
    **dict.fromkeys(
        (choices.Qualifier.EXACT.value, choices.Qualifier.AT_LEAST.value, choices.Qualifier.MORE_THAN.value), "value"
    ),
    choices.Qualifier.RANGE.value: "low",
}
ALL = choices.PersonStatus.ALL.value
SAME = (
    "asserted_by",
    "document",
    "locator",
    "measure",
    "unit",
    "basis",
    "as_of",
    "scope",
    "covers_from",
    "covers_to",
    "covers_areas",
)
# Which members have the figures of a claim: by its qualifier those that it needs, and those that it may have.
FIGURES = ("value", "low", "high", "vague_term")
NEEDED: dict[str, tuple[str, ...]] = {
    **{qualifier.value: ("value",) for qualifier in POINT_QUALIFIERS},
    choices.Qualifier.RANGE.value: ("low", "high"),
    choices.Qualifier.VAGUE.value: ("vague_term",),
}
TAKEN = NEEDED | {choices.Qualifier.RANGE.value: ("value", "low", "high")}
DAYS = (
    ("start_earliest", "start_latest"),
    ("start_earliest", "end_earliest"),
    ("end_earliest", "end_latest"),
    ("start_latest", "end_latest"),
    ("start_earliest", "end_latest"),
)
COVERED, PERIOD = (("covers_from", "covers_to"),), (("period_from", "period_to"),)


def contradictions(content: Mapping[str, Any]) -> Iterator[Fault]:
    """Every fault of the days and the claims of a content that has the shape."""
    for steps in (("incident", "dates"), ("correction", "changes", "dates")):
        dates: Any = content
        for step in steps:
            dates = dates.get(step) or {}
        yield from _days(dates, steps, DAYS)
    yield from _days(content.get("investigation") or {}, ("investigation",), PERIOD)
    claims = content.get("claims", [])
    for index, claim in enumerate(claims):
        yield from _claim(claim, ("claims", index))
    yield from _fewer_in_all(claims)


def _fewer_in_all(claims: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    """A figure of all people that is less than what the same source says, there and then, of those of one status.

    A total of all would say less than one of civilians alone. Another page may speak of another day or village.
    """
    most: dict[tuple[Any, ...], tuple[int, int]] = {}
    for index, claim in enumerate(claims):
        ends = claim.get(MOST.get(claim["qualifier"], ""))
        if _status(claim) == ALL and ends is not None:
            most[_about(claim)] = min((ends, index), most.get(_about(claim), (ends, index)))
    for index, claim in enumerate(claims):
        least = claim.get(LEAST.get(claim["qualifier"], ""))
        total, of_all = most.get(_about(claim), (None, None))
        if _status(claim) != ALL and least is not None and total is not None and least > total:
            detail = (
                f"{least} are of the status '{_status(claim)}', and /claims/{of_all} says {total} of all. Correct"
                " one of them; where that one is about others, give it their status."
            )
            yield Fault(pointer("claims", index, LEAST[claim["qualifier"]]), "contradiction", detail)


def _status(claim: Mapping[str, Any]) -> str:
    return str(claim.get("status") or ALL)


def _about(claim: Mapping[str, Any]) -> tuple[Any, ...]:
    """What two claims have in common that are about the same people, as far as their source says."""
    return tuple(str(claim.get(name) or "") for name in SAME)


def _days(said: Mapping[str, Any], at: Steps, pairs: Iterable[tuple[str, str]]) -> Iterator[Fault]:
    """Days that lie before one that they cannot lie before; each is named once."""
    told = set()
    for earlier, later in pairs:
        first, last = said.get(earlier), said.get(later)
        if first is None or last is None or first <= last or later in told:
            continue
        told.add(later)
        detail = (
            f"{later} {last} lies before {earlier} {first}; write {first} or a later day, correct {earlier}, or leave"
            f" {later} out."
        )
        yield Fault(pointer(*at, later), "contradiction", detail)


def _claim(claim: Mapping[str, Any], at: Steps) -> Iterator[Fault]:
    qualifier = claim["qualifier"]
    given = {name for name in FIGURES if claim.get(name) not in (None, "")}
    needed, taken = NEEDED[qualifier], TAKEN[qualifier]
    for name in needed:
        if name not in given:
            yield Fault(pointer(*at, name), "required", f"'{qualifier}' needs {' and '.join(needed)}.")
    for name in FIGURES:
        if name in given and name not in taken:
            instead = "; a figure with two ends is a 'range'" if name in {"low", "high"} else ""
            detail = f"'{qualifier}' has {' and '.join(needed)}, and no {name}: leave it out{instead}."
            yield Fault(pointer(*at, name), "not_allowed", detail)
    if given <= set(taken):
        yield from _ordered(claim, at)
    yield from _days(claim, at, COVERED)
    yield from _overfull(claim, at)
    for number, cell in enumerate(claim.get("cells", [])):
        if all(cell.get(name) is None for name in ("value", "low", "high")):
            yield Fault(pointer(*at, "cells", number), "required", "A cell needs a value, a low or a high.")
        yield from _ordered(cell, (*at, "cells", number))


def _ordered(said: Mapping[str, Any], at: Steps) -> Iterator[Fault]:
    """The ends of a figure and what lies between them; one fault tells all."""
    given = [(name, said[name]) for name in ("low", "value", "high") if said.get(name) is not None]
    for (less, low), (more, high) in pairwise(given):
        if low > high:
            detail = f"{more} {high} is less than {less} {low}; low, value and high stand in this order."
            yield Fault(pointer(*at, more), "contradiction", detail)
            return


def _overfull(claim: Mapping[str, Any], at: Steps) -> Iterator[Fault]:
    """Cells of one cut that add up to more people than their claim has at most."""
    most = claim.get(MOST.get(claim["qualifier"], ""))
    if most is None:
        return
    cuts: Counter[int] = Counter()
    for cell in claim.get("cells", []):
        said = cell.get("value") if cell.get("value") is not None else cell.get("low")
        cuts[cell.get("cut", 1)] += said or 0
    for cut, total in sorted(cuts.items()):
        if total > most:
            detail = f"The cells of cut {cut} add up to {total}, the claim says {most} at most."
            yield Fault(pointer(*at, "cells"), "contradiction", detail)
