"""The claims of the founding case as values, with their sources' reliability: the article alone, and its rivals.

Copied from the seeds by hand, so that a mistake of the seed loader cannot hide one of the rules.
"""

from datetime import date
from typing import Any

from tests.rules.facts import a_cell, a_claim, day

ARTICLE: dict[str, Any] = {"document_date": day("03-09"), "credibility": 3}
SEEN: dict[str, Any] = {"asserted_by": "seen", **ARTICLE}
NINE_CHILDREN_FOUR_WOMEN = (a_cell(9, age_group="child"), a_cell(4, age_group="adult", sex="female"))
NEARLY_200: dict[str, Any] = {
    "asserted_by": "",
    "status": "state_forces",
    "qualifier": "nearly",
    "as_of": day("03-09"),
    **ARTICLE,
}

COAST_ARTICLE = (
    a_claim("c717", 717, as_of=day("03-09"), **SEEN),
    a_claim("c29", 29, measure="localities", unit="locality", status="all", qualifier="at_least", **SEEN),
    a_claim("chundreds", asserted_by="press", qualifier="vague", vague_term="hundreds", relays="c717", **ARTICLE),
)
TUWAYM = (a_claim("c31k", 31, asserted_by="", inferred_from="c31", cells=NINE_CHILDREN_FOUR_WOMEN, **ARTICLE),)
COAST_ATTACKS_ARTICLE = (
    a_claim("c200", 200, measure="buried", **NEARLY_200),
    a_claim("c200k", 200, inferred_from="c200", **NEARLY_200),
)


def _sohr(on: str) -> dict[str, Any]:
    return {"asserted_by": "sohr", "reliability": "C", "as_of": day(on), "document_date": day(on)}


COMMISSION: dict[str, Any] = {
    "asserted_by": "commission",
    "reliability": "C",
    "affiliated": True,
    "as_of": date(2025, 7, 22),
    "document_date": date(2025, 7, 22),
}
BY_AREA_R4 = tuple(a_cell(n, area=area) for area, n in {"SY06": 683, "SY10": 433, "SY05": 255, "SY04": 12}.items())
BY_AREA_R6 = tuple(a_cell(n, area=area) for area, n in {"SY06": 732, "SY10": 276, "SY05": 161}.items())

COAST = (
    *COAST_ARTICLE,
    a_claim("r1", 745, interim=True, **_sohr("03-08")),
    a_claim("r4", 1383, cells=BY_AREA_R4, **_sohr("03-12")),
    a_claim(
        "r5",
        111,
        asserted_by="ohchr",
        reliability="B",
        qualifier="at_least",
        as_of=day("03-11"),
        document_date=day("03-11"),
        interim=True,
        standard_of_proof="reasonable_grounds",
    ),
    a_claim("r6", 1169, asserted_by="scm", reliability="C", status="all", cells=BY_AREA_R6),
    a_claim("r7", 1700, asserted_by="seen", qualifier="about", supersedes="c717"),
    a_claim("r8", 1426, status="all", cells=(a_cell(90, age_group="adult", sex="female"),), **COMMISSION),
    a_claim(
        "r10",
        1400,
        asserted_by="un_coi",
        reliability="B",
        status="all",
        qualifier="about",
        as_of=day("08-14"),
        document_date=day("08-14"),
        standard_of_proof="reasonable_grounds",
    ),
)
COAST_ATTACKS = (
    *COAST_ATTACKS_ARTICLE,
    a_claim("r2", 125, status="state_forces", interim=True, **_sohr("03-08")),
    a_claim("r3", 148, status="nonstate_fighter", interim=True, **_sohr("03-08")),
    a_claim("r9", 238, status="state_forces", **COMMISSION),
)
