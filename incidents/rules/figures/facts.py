"""The plain values that go into the counting rules and come out of them.

How figures are derived stands in counting.py, how they are divided in breakdown.py; nothing here touches the database.
What there are many of are named tuples, which are made and compared in a third of a frozen dataclass's time.
"""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

RULESET = "reported-range@1"
OVERRIDE = "override@1"  # of the rows that moderators set themselves


class Cell(NamedTuple):
    """A part of a claim, in units of the claim; '' is a dimension its source did not name.

    Cells of one cut are disjoint; two cuts describe the same people twice. `area` is a P-code.
    """

    cut: int
    status: str
    sex: str
    age_group: str
    cause: str
    occupation: str
    area: str
    value: int | None
    low: int | None
    high: int | None


class ClaimFacts(NamedTuple):
    """What a claim says, as far as counting needs it; figures count `unit`s, in any order where imported.

    `asserted_by` is '' where nobody known asserts it: every such claim is a source of its own. `relays`,
    `inferred_from` and `supersedes` are ids of claims or ''. `affiliated`: its source belongs to a party.
    """

    id: str
    asserted_by: str
    measure: str
    unit: str
    basis: str
    status: str
    qualifier: str
    value: int | None
    low: int | None
    high: int | None
    vague_term: str
    as_of: date | None
    document_date: date | None
    scope: str
    interim: bool
    running_total: bool
    credibility: int | None
    standard_of_proof: str
    relays: str
    inferred_from: str
    supersedes: str
    retracted: bool
    retracted_by: str
    affiliated: bool
    reliability: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A derived figure in `unit`s: low <= best <= high, where best is null if nobody stated more than an upper bound.

    `status` is 'all' or a person status; `set_by` are the ids of the claims whose figure (or sum of figures) is best.
    """

    measure: str
    unit: str
    basis: str
    status: str
    low: int
    best: int | None
    high: int
    low_open: bool
    high_open: bool
    independent_sources: int
    approximate: bool
    interpreted: bool
    set_by: tuple[str, ...]
    ruleset: str


@dataclass(frozen=True, slots=True)
class AreaEstimate(Estimate):
    """An estimate of what happened in one of the incident's areas (a P-code), from cells that name it."""

    area: str


class Use(NamedTuple):
    """What became of a claim in one estimate: a stable code and one English sentence that a person understands."""

    claim: str
    measure: str
    unit: str
    basis: str
    status: str
    used: bool
    sets_best: bool
    reason: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Derivation:
    """Estimates of an incident and of its itemised areas, and the trace: each claim under each status it is about."""

    estimates: tuple[Estimate, ...]
    by_area: tuple[AreaEstimate, ...]
    uses: tuple[Use, ...]
