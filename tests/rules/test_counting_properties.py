"""What holds for the estimates of any claims whatever: every qualifier, relay, retraction and cell at once.

The bounds are checked against a second, plainer reading of the ruleset written here.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st

from incidents.choices import Qualifier, StandardOfProof
from incidents.rules.figures.breakdown import DIMENSIONS, decompose, primary_cut
from incidents.rules.figures.counting import Cell, ClaimFacts, Derivation, Estimate, derive
from tests.rules.facts import a_cell, a_claim, day, figures

IDS = "abcdef"
FIRST = {"retracted", "doubtful", "wider", "running_total"}
VAGUE = {"dozens": (24, 99), "scores": (40, 99), "hundreds": (200, 999), "thousands": (2000, 9999)}
small = st.integers(0, 30)
dates = st.none() | st.sampled_from([day("03-08"), day("03-09"), day("03-10")])
rarely = st.sampled_from([False, False, False, False, True])

cells = st.builds(
    Cell,
    cut=st.integers(1, 3),
    status=st.sampled_from(["", "", "civilian", "police", "unknown", "all"]),
    sex=st.sampled_from(["", "", "male", "female"]),
    age_group=st.sampled_from(["", "", "child", "adult"]),
    cause=st.sampled_from(["", "", "small_arms"]),
    occupation=st.sampled_from(["", "", "health"]),
    area=st.sampled_from(["", "SY06", "SY06", "SY10"]),
    value=st.none() | st.integers(0, 9) | st.integers(1, 9),
    low=st.none() | st.integers(0, 9),
    high=st.none() | st.integers(0, 9),
)


@st.composite
def claim_lists(draw: st.DrawFn, least: int = 1) -> list[ClaimFacts]:
    """Claims of one incident by few sources on few days, so that they meet in every step of the ruleset."""
    count = max(least, draw(st.sampled_from([1, 2, 3, 4, 5, 6, 6, 6])))
    others = st.sampled_from([*["", "elsewhere"] * count, *IDS[:count]])
    return [draw(_claims(key, others)) for key in IDS[:count]]


@st.composite
def _claims(draw: st.DrawFn, key: str, others: st.SearchStrategy[str]) -> ClaimFacts:
    qualifier = draw(st.sampled_from(Qualifier.values))
    ranged, vague = qualifier == "range", qualifier == "vague"
    retracted = draw(rarely)
    return ClaimFacts(
        id=key,
        asserted_by=draw(st.sampled_from(["", "seen", "sohr", "un"])),
        measure=draw(st.sampled_from(["killed", "killed", "killed", "killed", "buried"])),
        unit="person",
        basis=draw(st.sampled_from(["documented", "documented", "documented", "documented", "estimated"])),
        status=draw(st.sampled_from(["all", "civilian", "police", "unknown"])),
        qualifier=qualifier,
        value=None if vague else draw(small | st.none() if ranged else small),
        low=draw(small) if ranged else None,
        high=draw(small) if ranged else None,
        vague_term=draw(st.sampled_from(sorted(VAGUE))) if vague else "",
        as_of=draw(dates),
        document_date=draw(dates),
        scope=draw(st.sampled_from(["same", "same", "same", "same", "narrower", "narrower", "wider", "unknown"])),
        interim=draw(rarely),
        running_total=draw(rarely) and draw(rarely),
        credibility=draw(st.sampled_from([None, None, 1, 2, 3, 4, 5, 6])),
        standard_of_proof=draw(st.sampled_from(["none_stated", *StandardOfProof.values])),
        relays=draw(others.filter(lambda other: other != key)),
        inferred_from=draw(st.sampled_from(["", "", "elsewhere"])),
        supersedes=draw(others.filter(lambda other: other != key)),
        retracted=retracted,
        retracted_by=draw(st.sampled_from(["source", "desk"])) if retracted else "",
        affiliated=draw(rarely),
        reliability=draw(st.sampled_from(list("ABCDEF"))),
        cells=tuple(draw(st.just([]) | st.lists(cells, min_size=1, max_size=3))),
    )


def ordered(low: int, best: int | None, high: int) -> bool:
    return 0 <= low <= high if best is None else 0 <= low <= best <= high


def source_of(claim: ClaimFacts) -> str:
    return claim.asserted_by or f"nobody known, {claim.id}"


def kept_ids(derived: Derivation) -> set[str]:
    return {use.claim for use in derived.uses if use.used}


def standing_of(one: Estimate | ClaimFacts, derived: Derivation, claims: Sequence[ClaimFacts]) -> list[ClaimFacts]:
    """The claims of the measure and basis of `one` that nothing set aside."""
    standing = {use.claim for use in derived.uses if use.reason in {"used", "own_total"}}
    return [c for c in claims if c.id in standing and (c.measure, c.basis) == (one.measure, one.basis)]


def users_of(one: Estimate, derived: Derivation, claims: Sequence[ClaimFacts]) -> list[ClaimFacts]:
    """The standing claims that enter `one`: those of its status, and into all a source's total or else its parts."""
    standing = standing_of(one, derived, claims)
    if one.status != "all":
        return [claim for claim in standing if claim.status == one.status]
    with_total = {source_of(claim) for claim in standing if claim.status == "all"}
    return [claim for claim in standing if claim.status == "all" or source_of(claim) not in with_total]


def ends(claim: ClaimFacts) -> tuple[int | None, int]:
    """The range ends as rule 4 reads them, low null for an upper bound."""
    value = claim.value or 0
    low, high = {
        "exact": (value, value),
        "about": (value, value),
        "nearly": (value, value),
        "at_least": (value, value),
        "more_than": (value + 1, value + 1),
        "at_most": (None, value),
        "vague": VAGUE.get(claim.vague_term, (0, 0)),
        "range": (
            min(one for one in (claim.low, claim.value, claim.high, 10**6) if one is not None),
            max(one for one in (claim.low, claim.value, claim.high, 0) if one is not None),
        ),
    }[claim.qualifier]
    return (low, low or 0) if claim.scope == "narrower" else (low, high)


@given(claim_lists())
def test_every_figure_is_ordered(claims: list[ClaimFacts]) -> None:
    derived = derive(claims)
    assert all(ordered(*figures(one)) for one in (*derived.estimates, *derived.by_area))


@given(claim_lists())
def test_every_bound_was_stated_by_a_source_or_is_the_sum_of_its_parts(claims: list[ClaimFacts]) -> None:
    derived = derive(claims)
    for estimate in derived.estimates:
        stated: dict[str, list[tuple[int | None, int]]] = defaultdict(list)
        for claim in users_of(estimate, derived, claims):
            stated[source_of(claim)].append(ends(claim))
        lows = [
            sum(low for low, _ in own if low is not None)
            for own in stated.values()
            if any(low is not None for low, _ in own)
        ]
        assert estimate.low == min(lows, default=0)
        assert estimate.low_open == (not lows)
        assert estimate.high == max(sum(high for _, high in own) for own in stated.values())
        assert estimate.independent_sources == len(stated)
        assert (estimate.best is None) == (not lows)


@given(claim_lists())
def test_best_is_what_the_claims_that_set_it_say(claims: list[ClaimFacts]) -> None:
    derived = derive(claims)
    by_id = {claim.id: claim for claim in claims}
    for estimate in derived.estimates:
        setting = [by_id[key] for key in estimate.set_by]
        assert {source_of(claim) for claim in setting} <= {source_of(c) for c in users_of(estimate, derived, claims)}
        assert len({source_of(claim) for claim in setting}) <= 1
        pointed = [
            c.value for c in setting if c.qualifier in {"exact", "about", "nearly", "range"} and c.value is not None
        ]
        if len(pointed) == len(setting) and all(claim.scope != "narrower" for claim in setting):
            assert estimate.best == (sum(pointed) if setting else None)
        else:
            assert estimate.best == sum(ends(claim)[0] or 0 for claim in setting)


@given(claim_lists(), st.randoms(use_true_random=False))
def test_the_order_of_claims_does_not_matter(claims: list[ClaimFacts], random: Random) -> None:
    shuffled = claims.copy()
    random.shuffle(shuffled)
    assert derive(shuffled) == derive(claims)


@given(claim_lists(), st.permutations([*IDS, "twin"]), st.data())
def test_ids_decide_no_figure(claims: list[ClaimFacts], new_ids: list[str], data: st.DataObject) -> None:
    linear = [c._replace(relays=_earlier(c.relays, c.id), supersedes=_earlier(c.supersedes, c.id)) for c in claims]
    one, other = data.draw(st.permutations([a_cell(3, area="SY06"), a_cell(4, area="SY06")]))
    linear[-1] = a_claim(linear[-1].id, data.draw(small), asserted_by="monitor", cells=(one,))
    twin = linear[-1]._replace(id="twin", cells=(other,))
    renamed = dict(zip([*IDS, "twin"], new_ids, strict=True))
    again = [
        claim._replace(
            id=renamed[claim.id],
            relays=renamed.get(claim.relays, claim.relays),
            supersedes=renamed.get(claim.supersedes, claim.supersedes),
        )
        for claim in (*linear, twin)
    ]
    assert _numbers(derive(again)) == _numbers(derive([*linear, twin]))


def _earlier(other: str, key: str) -> str:
    return other if other < key else ""


def _numbers(derived: Derivation) -> list[Estimate]:
    return [replace(one, set_by=()) for one in (*derived.estimates, *derived.by_area)]


@given(claim_lists(), st.data())
def test_a_relay_chain_counts_once(claims: list[ClaimFacts], data: st.DataObject) -> None:
    derived = derive(claims)
    assume(kept_ids(derived))
    key_of_origin = data.draw(st.sampled_from(sorted(kept_ids(derived))))
    origin = next(claim for claim in claims if claim.id == key_of_origin)
    chain, before = [], origin.id
    for key in "xyz"[: data.draw(st.integers(1, 3))]:
        relay = data.draw(_claims(key, st.just("")))
        chain.append(relay._replace(relays=before, measure=origin.measure))
        before = key
    louder = derive([*claims, *chain])
    assert (louder.estimates, louder.by_area) == (derived.estimates, derived.by_area)
    assert all(use.reason in {"relay", *FIRST} for use in louder.uses if use.claim in "xyz")


@given(claim_lists(least=2), st.data())
def test_a_retracted_origin_takes_its_relays_along(claims: list[ClaimFacts], data: st.DataObject) -> None:
    origin, *others = claims
    key, measure = origin.id, origin.measure
    repeating = data.draw(st.sets(st.sampled_from([claim.id for claim in others]), min_size=1))
    others = [c._replace(relays=key, measure=measure) if c.id in repeating else c for c in others]
    claims = [origin._replace(relays=""), *others]
    family = _family(key, claims)
    claims = [claim._replace(supersedes="") if claim.id in family else claim for claim in claims]
    by = data.draw(st.sampled_from(["source", "desk"]))
    retracted = [c._replace(retracted=True, retracted_by=by) if c.id == key else c for c in claims]
    derived, without = derive(retracted), derive([claim for claim in claims if claim.id not in family])
    assert (derived.estimates, derived.by_area) == (without.estimates, without.by_area)
    reasons = {use.reason for use in derived.uses if use.claim in family - {key}}
    assert reasons <= {"retracted_origin", *FIRST}


def _family(key: str, claims: Sequence[ClaimFacts]) -> set[str]:
    """`key` and the ids of all that repeat it, directly or not."""
    measure = next(claim.measure for claim in claims if claim.id == key)
    family: set[str] = set()
    grown = {key}
    while grown != family:
        family = grown
        grown = family | {claim.id for claim in claims if claim.relays in family and claim.measure == measure}
    return family


@given(claim_lists())
def test_what_was_set_aside_moves_no_figure(claims: list[ClaimFacts]) -> None:
    derived = derive(claims)
    standing = {use.claim for use in derived.uses if use.reason in {"used", "own_total"}}
    alone = derive([claim._replace(relays="", supersedes="") for claim in claims if claim.id in standing])
    assert (alone.estimates, alone.by_area) == (derived.estimates, derived.by_area)


@given(claim_lists())
def test_every_claim_is_explained_once_under_each_status_it_is_about(claims: list[ClaimFacts]) -> None:
    derived = derive(claims)
    rows = [(use.claim, use.status) for use in derived.uses]
    expected = [(claim.id, "all") for claim in claims]
    expected += [(claim.id, claim.status) for claim in claims if claim.status in {"civilian", "police"}]
    assert sorted(rows) == sorted(expected)
    setting = {(key, one.measure, one.basis, one.status) for one in derived.estimates for key in one.set_by}
    assert {(u.claim, u.measure, u.basis, u.status) for u in derived.uses if u.sets_best} == setting
    assert all(use.used == (use.reason == "used") for use in derived.uses)
    assert all(use.explanation.endswith(".") and "None" not in use.explanation for use in derived.uses)


def twins(one: ClaimFacts, other: ClaimFacts) -> bool:
    """Whether one source says the same figure of the same day twice; reliability and the like are not what it says."""
    days = {claim.as_of or claim.document_date for claim in (one, other)}
    says = ("asserted_by", "measure", "unit", "basis", "status", "scope", "qualifier", "value", "low", "high")
    same = all(getattr(one, name) == getattr(other, name) for name in (*says, "vague_term"))
    return same and len(days) == 1 and one.asserted_by != "" and one.scope != "narrower"


@given(claim_lists())
def test_every_reason_given_is_true(claims: list[ClaimFacts]) -> None:
    derived = derive(claims)
    by_id = {claim.id: claim for claim in claims}
    superseded = {c.supersedes for c in claims if not (c.retracted and c.retracted_by == "desk")}
    superseded |= {claim.id for claim in claims for other in claims if other.id in superseded and twins(claim, other)}
    for use in derived.uses:
        claim, kept = by_id[use.claim], standing_of(by_id[use.claim], derived, claims)
        own = [other for other in kept if source_of(other) == source_of(claim) and other.status == claim.status]
        assert (use.reason == "retracted") == claim.retracted
        assert {
            "doubtful": claim.credibility == 5,
            "wider": claim.scope == "wider",
            "superseded": claim.id in superseded,
            "relay": claim.relays in by_id,
            "later_claim": claim.scope != "narrower" and bool(claim.asserted_by),
            "interim": claim.interim and any(not other.interim for other in kept),
            "narrower_covered": claim.scope == "narrower" and bool(own),
            "no_floor": (claim.scope, claim.qualifier) == ("narrower", "at_most"),
            "used": not claim.interim or all(other.interim for other in kept),
        }.get(use.reason, True)


@given(claim_lists(), small)
def test_people_of_unknown_status_enter_all_only_and_leave_no_trace_when_retracted(
    claims: list[ClaimFacts], value: int
) -> None:
    derived = derive(claims)
    unknown = a_claim("x", value, status="unknown", interim=True)
    louder, again = derive([*claims, unknown]), derive([*claims, unknown._replace(retracted=True, retracted_by="desk")])
    assert _of_statuses(louder) == _of_statuses(derived)
    assert (again.estimates, again.by_area) == (derived.estimates, derived.by_area)


def _of_statuses(derived: Derivation) -> list[Estimate]:
    return [one for one in derived.estimates if one.status != "all"]


@given(claim_lists(), small)
def test_an_upper_bound_of_a_new_source_moves_nothing_but_high(claims: list[ClaimFacts], value: int) -> None:
    before = {(one.measure, one.basis, one.status): one for one in derive(claims).estimates}
    bound = a_claim("x", value, status="all", qualifier="at_most", interim=True)
    for one in derive([*claims, bound]).estimates:
        was = before.get((one.measure, one.basis, one.status))
        if was is not None:
            assert (one.low, one.best, one.low_open, one.set_by) == (was.low, was.best, was.low_open, was.set_by)
            assert one.high in {was.high, max(was.high, value)}


@given(claim_lists())
def test_a_figure_of_an_area_lies_within_the_cells_that_name_it(claims: list[ClaimFacts]) -> None:
    derived = derive(claims)
    for figure in derived.by_area:
        by_source: dict[str, int] = defaultdict(int)
        for claim in standing_of(figure, derived, claims):
            named = [cell for cell in claim.cells if cell.area == figure.area]
            first = [cell for cell in named if cell.cut == min(one.cut for one in named)]
            by_source[source_of(claim)] += sum(max(one.low or 0, one.value or 0, one.high or 0) for one in first)
        assert figure.high <= max(by_source.values())


@given(claim_lists())
def test_parts_sum_to_best_in_every_dimension(claims: list[ClaimFacts]) -> None:
    derived = derive(claims)
    for estimate in derived.estimates:
        divided = decompose(estimate, claims, derived.uses)
        assert (divided.base.low, divided.base.best, divided.base.high) == figures(estimate)
        assert set(divided.cuts) <= set(DIMENSIONS)
        for dimension, parts in (*divided.cuts.items(), ("", primary_cut(divided))):
            assert estimate.best is not None or parts == (divided.base,)
            assert estimate.best is None or sum(part.best or 0 for part in parts) == estimate.best
            assert all(ordered(part.low, part.best, part.high) for part in parts)
            assert not dimension or any(getattr(part, dimension) != "unspecified" for part in parts)


@given(claim_lists(), st.randoms(use_true_random=False))
def test_the_order_of_claims_does_not_matter_to_their_parts(claims: list[ClaimFacts], random: Random) -> None:
    derived = derive(claims)
    shuffled = claims.copy()
    random.shuffle(shuffled)
    for estimate in derived.estimates:
        assert decompose(estimate, shuffled, derived.uses) == decompose(estimate, claims, derived.uses)


@given(claim_lists())
def test_a_claim_alone_says_what_it_would_say_beside_nothing_that_counts(claims: Sequence[ClaimFacts]) -> None:
    silent = a_claim("silent", None, measure="injured")
    for claim in claims:
        alone, beside = derive([claim]), derive([claim, silent])
        uses = tuple(use for use in beside.uses if use.claim == claim.id)
        assert (alone.estimates, alone.by_area, alone.uses) == (beside.estimates, beside.by_area, uses)
        assert derive([claim._replace(id="another")]).by_area == tuple(
            replace(each, set_by=tuple("another" for _ in each.set_by)) for each in alone.by_area
        )
