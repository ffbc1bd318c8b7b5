"""Short ways to write the values that the counting rules read, every field at its most ordinary.

A test names only what it is about.
"""

from datetime import date
from typing import Any

from incidents.rules.figures.counting import Cell, ClaimFacts, Derivation, Estimate

ORDINARY_CLAIM = ClaimFacts(
    id="c",
    asserted_by="",
    measure="killed",
    unit="person",
    basis="documented",
    status="civilian",
    qualifier="exact",
    value=None,
    low=None,
    high=None,
    vague_term="",
    as_of=None,
    document_date=None,
    scope="same",
    interim=False,
    running_total=False,
    credibility=None,
    standard_of_proof="none_stated",
    relays="",
    inferred_from="",
    supersedes="",
    retracted=False,
    retracted_by="",
    affiliated=False,
    reliability="F",
    cells=(),
)
ORDINARY_CELL = Cell(
    cut=1, status="", sex="", age_group="", cause="", occupation="", area="", value=None, low=None, high=None
)


def a_claim(key: str, value: int | None = None, **differs: Any) -> ClaimFacts:
    """An exact figure of civilians killed, by a source of its own unless one is named."""
    return ORDINARY_CLAIM._replace(**{"id": key, "asserted_by": f"source of {key}", "value": value, **differs})


def a_cell(value: int | None = None, **differs: Any) -> Cell:
    return ORDINARY_CELL._replace(value=value, **differs)


def day(text: str) -> date:
    return date.fromisoformat(f"2025-{text}")


def figures(estimate: Estimate) -> tuple[int, int | None, int]:
    return estimate.low, estimate.best, estimate.high


def estimate_of(derived: Derivation, status: str = "all", measure: str = "killed") -> Estimate:
    found = [one for one in derived.estimates if one.status == status and one.measure == measure]
    assert len(found) == 1, f"{len(found)} estimates of {measure} {status}"
    return found[0]


def reasons(derived: Derivation) -> dict[str, str]:
    """Why each claim that no estimate uses was set aside."""
    used = {use.claim for use in derived.uses if use.used}
    return {use.claim: use.reason for use in derived.uses if use.claim not in used}
