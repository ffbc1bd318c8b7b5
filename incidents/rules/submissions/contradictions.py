"""What contradicts itself in one member of a submission: days out of order, figures that do not fit their qualifier.

The database refuses the same, but one row at a time, and only says which row it was.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from incidents import choices
from incidents.models.claims import POINT_QUALIFIERS, Claim
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
    "locator",
    "measure",
    "unit",
    "unit_as_written",
    "basis",
    "as_of",
    "covers_from",
    "covers_to",
)
WHOSE = ("asserted_by", "document")
UNTOLD = Claim()
"""What a claim says where it leaves something out."""
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

    A total of all would say less than one of civilians alone. Another page may speak of another day or village, and so
    may a claim about a part of the incident; what is superseded or said by others is not what the source says.
    """
    replaced = {claim.get("supersedes") for claim in claims}
    most: dict[tuple[Any, ...], tuple[int, int]] = {}
    compared = [
        (index, claim)
        for index, claim in enumerate(claims)
        if _told(claim, "scope") == choices.ClaimScope.SAME
        and not (claim.get("running_total") or claim.get("relays") or claim.get("inferred_from"))
        and not (claim.get("key") and claim["key"] in replaced)
    ]
    for index, claim in compared:
        ends = claim.get(MOST.get(claim["qualifier"], ""))
        if _told(claim, "status") == ALL and ends is not None:
            most[_about(claim)] = min((ends, index), most.get(_about(claim), (ends, index)))
    for index, claim in compared:
        least = claim.get(LEAST.get(claim["qualifier"], ""))
        total, of_all = most.get(_about(claim), (None, None))
        status = _told(claim, "status")
        if status != ALL and least is not None and total is not None and least > total:
            detail = (
                f"{least} are of the status '{status}', and /claims/{of_all} says {total} of all. Correct one of them;"
                " where that one is about others, give it their status."
            )
            yield Fault(pointer("claims", index, LEAST[claim["qualifier"]]), "contradiction", detail)


def _about(claim: Mapping[str, Any]) -> tuple[Any, ...]:
    """What two claims have in common that are about the same people, as far as their source says."""
    told = [_told(claim, name) or "" for name in SAME]
    return tuple(map(str, [*told, *map(claim.get, WHOSE), sorted(claim.get("covers_areas") or [])]))


def _told(claim: Mapping[str, Any], name: str) -> Any:
    """A member, or what it is where it is left out."""
    return claim[name] if claim.get(name) is not None else getattr(UNTOLD, name, None)


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
