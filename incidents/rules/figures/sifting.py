"""Which claims of an incident stand and which are set aside, and why (steps 1 to 3 of reported-range@1).

It compares claims only by what they are and by when they were made; their figures meet in ranking.py.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from incidents.choices import ClaimScope, Credibility, RetractedBy
from incidents.rules.figures.facts import ClaimFacts
from incidents.rules.figures.ranges import in_words, stated

CREDIBILITIES = (
    Credibility.CONFIRMED,
    Credibility.PROBABLY_TRUE,
    Credibility.POSSIBLY_TRUE,
    Credibility.CANNOT_BE_JUDGED,
    Credibility.DOUBTFUL,
    Credibility.IMPROBABLE,
)
RETRACTED, DOUBTFUL, WIDER, RUNNING_TOTAL = "retracted", "doubtful", "wider", "running_total"
RELAY, SUPERSEDED_ORIGIN, RETRACTED_ORIGIN = "relay", "superseded_origin", "retracted_origin"
SUPERSEDED, LATER_CLAIM, INTERIM = "superseded", "later_claim", "interim"
NARROWER_COVERED, NO_FLOOR, NO_FIGURE = "narrower_covered", "no_floor", "no_figure"

Group = tuple[str, str, str]
Source = tuple[str, str]
Recency = tuple[int, int, int, int, int, str, str]


@dataclass(frozen=True, slots=True)
class Aside:
    """Why a claim does not count: a stable code and one English sentence."""

    reason: str
    explanation: str


@dataclass(slots=True)
class Sifted:
    """The claims that stand, and for the id of every other one why it does not."""

    kept: list[ClaimFacts] = field(default_factory=list)
    aside: dict[str, Aside] = field(default_factory=dict)


def group_of(claim: ClaimFacts) -> Group:
    """Measure, unit and basis: figures that differ in one of them are never compared."""
    return claim.measure, claim.unit, claim.basis


def source_of(claim: ClaimFacts) -> Source:
    """Whose word it is; unattributed claims never share a source."""
    return claim.asserted_by, "" if claim.asserted_by else claim.id


def recency(claim: ClaimFacts) -> date:
    """The day the figure speaks of, else its document's, else the oldest."""
    return claim.as_of or claim.document_date or date.min


def credibility_rank(claim: ClaimFacts) -> int:
    """Place in the order 1 2 3 6 4 5 of the Admiralty code; a missing one cannot be judged."""
    return CREDIBILITIES.index(Credibility(str(claim.credibility or Credibility.CANNOT_BE_JUDGED.value)))


def latest_first(claim: ClaimFacts) -> Recency:
    """Sorts a source's own words; what still ties goes by the figure, so that ids decide only between twins."""
    says = stated(claim)
    return (
        -recency(claim).toordinal(),
        -(claim.document_date or date.min).toordinal(),
        credibility_rank(claim),
        says.chosen or 0 if says else 0,
        says.high if says else 0,
        repr(claim._replace(id="", relays="", inferred_from=claim.inferred_from and "another", supersedes="")),
        claim.id,
    )


def sift(claims: Iterable[ClaimFacts]) -> Sifted:
    """Separate the claims of one incident, all measures together, into those that stand and those set aside."""
    by_id = {claim.id: claim for claim in sorted(claims, key=lambda claim: claim.id)}
    sifted = Sifted()
    successors = _successors(by_id)
    twins = _twins(by_id, successors)
    successors |= {key: successors[twin.id] for key, twin in twins.items()}
    groups: dict[Group, list[ClaimFacts]] = defaultdict(list)
    for claim in by_id.values():
        aside = (
            _set_aside_first(claim)
            or _repeats(claim, by_id, successors)
            or _replaced(claim, successors, twins)
            or _silent(claim)
        )
        if aside:
            sifted.aside[claim.id] = aside
        else:
            groups[group_of(claim)].append(claim)
    for group in groups.values():
        _sift_group(group, sifted)
    return sifted


def _displaces_nothing(claim: ClaimFacts) -> bool:
    return str(claim.credibility) == Credibility.IMPROBABLE or claim.scope == ClaimScope.WIDER or claim.running_total


def _set_aside_first(claim: ClaimFacts) -> Aside | None:
    if claim.retracted:
        by = "the desk, whose coding was wrong" if claim.retracted_by == RetractedBy.DESK else "its source"
        return Aside(RETRACTED, f"Set aside: retracted by {by}.")
    if str(claim.credibility) == Credibility.IMPROBABLE:
        return Aside(DOUBTFUL, "Set aside: judged improbable (credibility 5).")
    if claim.scope == ClaimScope.WIDER:
        return Aside(WIDER, "Set aside: the figure counts more than this incident.")
    if claim.running_total:
        return Aside(RUNNING_TOTAL, "Set aside: a running total that goes beyond the days of this incident.")
    return None


def _circle_heads(links: Mapping[str, str]) -> dict[str, str]:
    """For every id on a circle of `links`, the smallest id of that circle."""
    heads: dict[str, str] = {}
    for start in links:
        path = [start]
        while path[-1] in links and links[path[-1]] not in path:
            path.append(links[path[-1]])
        if links.get(path[-1]) == start:
            heads[start] = min(path)
    return heads


def _successors(by_id: Mapping[str, ClaimFacts]) -> dict[str, ClaimFacts]:
    """By id of a superseded claim, the latest claim that supersedes it; in a circle the smallest id stands."""
    links = {
        claim.id: claim.supersedes
        for claim in by_id.values()
        if claim.supersedes in by_id
        and not (claim.retracted and claim.retracted_by == RetractedBy.DESK)
        and not _displaces_nothing(claim)
    }
    heads = _circle_heads(links)
    successors: dict[str, ClaimFacts] = {}
    for newer in sorted((by_id[key] for key in links), key=latest_first):
        if heads.get(newer.id) != newer.supersedes:
            successors.setdefault(newer.supersedes, newer)
    return successors


def _twins(by_id: Mapping[str, ClaimFacts], successors: Mapping[str, ClaimFacts]) -> dict[str, ClaimFacts]:
    """By id of a claim, the superseded one of its source that says the same of the same day, as merged reports do.

    A source's next word stands on one of them and replaces all. Not a claim that supersedes another: a source may say
    again what it said once. Nor one about a part, which may be another part.
    """
    said: dict[Any, ClaimFacts] = {}
    for key in sorted(successors):
        if by_id[key].asserted_by and by_id[key].scope != ClaimScope.NARROWER:
            said.setdefault(_word(by_id[key]), by_id[key])
    return {
        claim.id: said[_word(claim)]
        for claim in (by_id.values() if said else ())
        if claim.id not in successors and claim.supersedes not in by_id and _word(claim) in said
    }


def _word(claim: ClaimFacts) -> Any:
    """What a source says, whoever wrote it down and from which document."""
    figure = claim.qualifier, claim.value, claim.low, claim.high, claim.vague_term
    return claim.asserted_by, group_of(claim), claim.status, claim.scope, figure, recency(claim)


def _origin(claim: ClaimFacts, by_id: Mapping[str, ClaimFacts]) -> ClaimFacts:
    path = [claim]
    while True:
        relayed = by_id.get(path[-1].relays)
        if relayed is None or relayed.measure != claim.measure:
            return path[-1]
        if relayed in path:
            return min(path[path.index(relayed) :], key=lambda member: member.id)
        path.append(relayed)


def _repeats(claim: ClaimFacts, by_id: Mapping[str, ClaimFacts], successors: Mapping[str, ClaimFacts]) -> Aside | None:
    origin = _origin(claim, by_id)
    if origin is claim:
        return None
    figure = in_words(origin)
    if origin.retracted:
        return Aside(RETRACTED_ORIGIN, f"Set aside: it repeats {figure}, which was retracted.")
    if origin.id in successors:
        newer = in_words(successors[origin.id])
        return Aside(SUPERSEDED_ORIGIN, f"Set aside: it repeats {figure}, which {newer} superseded.")
    return Aside(RELAY, f"Set aside: it repeats {figure} of another source, which counts once.")


def _replaced(claim: ClaimFacts, successors: Mapping[str, ClaimFacts], twins: Mapping[str, ClaimFacts]) -> Aside | None:
    newer = successors.get(claim.id)
    if newer is None:
        return None
    same = "the same word of its source was " if claim.id in twins else ""
    return Aside(SUPERSEDED, f"Set aside: {same}superseded by {in_words(newer)}.")


def _silent(claim: ClaimFacts) -> Aside | None:
    if stated(claim) is not None:
        return None
    if claim.scope == ClaimScope.NARROWER:
        return Aside(NO_FLOOR, "Set aside: an upper bound for a part of the incident says nothing of the whole.")
    return Aside(NO_FIGURE, "Set aside: it names no figure that can be read.")


def _sift_group(group: list[ClaimFacts], sifted: Sifted) -> None:
    wholes = [claim for claim in group if claim.scope != ClaimScope.NARROWER]
    narrower = [claim for claim in group if claim.scope == ClaimScope.NARROWER]
    latest = _latest_words(wholes, sifted)
    floors = _uncovered(narrower, latest)
    final = [claim for claim in (*latest, *floors) if not claim.interim]
    if final:
        # What an interim total covered speaks again once that total has fallen.
        latest = [claim for claim in latest if not claim.interim]
        floors = _uncovered([claim for claim in narrower if not claim.interim], latest)
    _explain_interim(group, final, sifted)
    _explain_covered(narrower, latest, floors, sifted)
    sifted.kept.extend(latest)
    sifted.kept.extend(floors)


def _latest_words(wholes: list[ClaimFacts], sifted: Sifted) -> list[ClaimFacts]:
    latest: dict[tuple[Source, str], ClaimFacts] = {}
    for claim in sorted(wholes, key=latest_first):
        newer = latest.setdefault((source_of(claim), claim.status), claim)
        if newer is not claim:
            kind = "later figure" if recency(newer) > recency(claim) else "figure as recent that ranks ahead"
            words = f"Set aside: the same source has a {kind}, {in_words(newer)}."
            sifted.aside[claim.id] = Aside(LATER_CLAIM, words)
    return list(latest.values())


def _uncovered(narrower: list[ClaimFacts], wholes: list[ClaimFacts]) -> list[ClaimFacts]:
    """Claims about parts, where their source has none about the whole: of each source and status the highest floor."""
    covered = {(source_of(claim), claim.status) for claim in wholes}
    highest: dict[tuple[Source, str], ClaimFacts] = {}
    for claim in sorted(narrower, key=_highest_floor_first):
        if (source_of(claim), claim.status) not in covered:
            highest.setdefault((source_of(claim), claim.status), claim)
    return list(highest.values())


def _highest_floor_first(claim: ClaimFacts) -> tuple[int, Recency]:
    says = stated(claim)
    return -(says.low or 0) if says else 0, latest_first(claim)


def _explain_interim(group: list[ClaimFacts], final: list[ClaimFacts], sifted: Sifted) -> None:
    if not final:
        return
    counted = in_words(min(final, key=latest_first))
    for claim in group:
        if claim.interim and claim.id not in sifted.aside:
            words = f"Set aside: its source was still counting; {counted} is not interim."
            sifted.aside[claim.id] = Aside(INTERIM, words)


def _explain_covered(
    narrower: list[ClaimFacts], wholes: list[ClaimFacts], floors: list[ClaimFacts], sifted: Sifted
) -> None:
    stands = {(source_of(claim), claim.status): claim for claim in (*wholes, *floors)}
    for claim in narrower:
        covering = stands.get((source_of(claim), claim.status))
        if covering is None or covering is claim or claim.id in sifted.aside:
            continue
        about = "a higher figure for a part of" if covering.scope == ClaimScope.NARROWER else "a figure for"
        words = f"Set aside: it counts a part, and the same source has {about} the incident, {in_words(covering)}."
        sifted.aside[claim.id] = Aside(NARROWER_COVERED, words)
