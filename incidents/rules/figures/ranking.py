"""One figure from what several sources say of the same thing: the range they span and the figure ranked first.

Steps 6 and 7 of reported-range@1; which claims enter, and as what, is decided in counting.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from incidents.choices import Reliability, StandardOfProof
from incidents.rules.figures.facts import RULESET, ClaimFacts, Estimate
from incidents.rules.figures.ranges import Range, total
from incidents.rules.figures.sifting import Group, credibility_rank, recency

PROOFS = (
    StandardOfProof.BEYOND_REASONABLE_DOUBT,
    StandardOfProof.CLEAR_AND_CONVINCING,
    StandardOfProof.BALANCE_OF_PROBABILITIES,
    StandardOfProof.REASONABLE_GROUNDS,
    StandardOfProof.REASONABLE_SUSPICION,
    StandardOfProof.NONE_STATED,
)
RELIABILITIES = (Reliability.A, Reliability.B, Reliability.C, Reliability.F, Reliability.D, Reliability.E)
CRITERIA = (
    "naming a single figure",
    "the independence of the source from the parties",
    "standard of proof",
    "reliability of the source",
    "credibility",
    "supplying a breakdown",
    "recency",
    "being the lower figure",
)


@dataclass(frozen=True, slots=True)
class Voice:
    """What a claim, or its cells of one area and status, says: a range in the claim's units."""

    claim: ClaimFacts
    status: str
    says: Range


@dataclass(frozen=True, slots=True)
class Entry:
    """The one figure with which a source enters an estimate: a voice, or the sum of several about disjoint people."""

    voices: tuple[Voice, ...]
    says: Range

    @property
    def claims(self) -> tuple[str, ...]:
        """Ids of the claims it rests on, by status."""
        ordered = sorted((voice.claim.status, voice.claim.id) for voice in self.voices)
        return tuple(dict.fromkeys(claim for _, claim in ordered))


def entry(voices: Sequence[Voice]) -> Entry:
    """Let one source speak once: `voices` are its own, not empty, about disjoint people."""
    return Entry(voices=tuple(voices), says=total(voice.says for voice in voices))


def rank(candidate: Entry) -> tuple[int, ...]:
    """Sorts candidates for best, in the order of CRITERIA; a sum is as strong as its weakest part."""
    claims = [voice.claim for voice in candidate.voices]
    return (
        int(candidate.says.point is None),
        int(any(claim.affiliated for claim in claims)),
        max(_place(PROOFS, claim.standard_of_proof, StandardOfProof.NONE_STATED) for claim in claims),
        max(_place(RELIABILITIES, claim.reliability, Reliability.F) for claim in claims),
        max(credibility_rank(claim) for claim in claims),
        int(not all(claim.cells for claim in claims)),
        -min(recency(claim) for claim in claims).toordinal(),
        candidate.says.chosen or 0,
    )


def deciding_criterion(ahead: Entry, behind: Entry) -> str:
    """In words, the first criterion by which `ahead` ranks before `behind`; '' where they tie throughout."""
    places = zip(CRITERIA, rank(ahead), rank(behind), strict=True)
    return next((criterion for criterion, one, other in places if one != other), "")


def first_ranked(entries: Sequence[Entry]) -> Entry | None:
    """The entry whose figure is best; None where all state upper bounds only. Twins differ by content, then id."""
    candidates = [candidate for candidate in entries if candidate.says.chosen is not None]
    return min(candidates, key=_rank_and_content, default=None)


def estimate(group: Group, status: str, entries: Sequence[Entry]) -> Estimate:
    """The estimate of one group and status from `entries`, one a source and at least one.

    low is the smallest stated low (0 and open where none is), high the largest stated bound.
    """
    best = first_ranked(entries)
    lows = [one.says.low for one in entries if one.says.low is not None]
    low, high = min(lows, default=0), max(one.says.high for one in entries)
    setting = [one for one in entries if one is best or one.says.high == high or one.says.low == low]
    measure, unit, basis = group
    return Estimate(
        measure=measure,
        unit=unit,
        basis=basis,
        status=status,
        low=low,
        best=best.says.chosen if best else None,
        high=high,
        low_open=not lows,
        high_open=any(one.says.open for one in entries if one.says.high == high),
        independent_sources=len(entries),
        approximate=any(one.says.approximate for one in setting),
        interpreted=any(one.says.interpreted for one in setting),
        set_by=best.claims if best else (),
        ruleset=RULESET,
    )


def _rank_and_content(candidate: Entry) -> tuple[tuple[int, ...], tuple[int, ...], str, tuple[str, ...]]:
    says = candidate.says
    low = -1 if says.low is None else says.low
    cells = repr(sorted(repr(voice.claim.cells) for voice in candidate.voices))
    return rank(candidate), (says.approximate, says.interpreted, says.open, says.high, low), cells, candidate.claims


def _place(order: Sequence[str], value: str, default: str) -> int:
    return order.index(value) if value in order else order.index(default)
