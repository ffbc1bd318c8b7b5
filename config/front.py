"""The first queries that the front page offers, and its words in four languages, which stand in words/.

How the page is answered is in pages.py; the words of the admin are translated by gettext, elsewhere.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import yaml

# The founding case of seeds/, whose ids are the same in every installation (exchange/seeds_desk.py).
COAST = "cb7a6e49-cd3f-58a5-b79f-ab1300cb93f3"
QARDAHA = "القرداحة"

# A section of queries is shown only where the data it speaks of is published: `pages.figures` asks which.
FOUNDING, CAR, EVERYTHING = "founding", "car", "everything"
QUERIES = {
    FOUNDING: {
        "killed_syria": "/api/v1/victims/?measure=killed&country=SYR",
        "claims": f"/api/v1/claims/?incident={COAST}&measure=killed",
        "lattakia": "/api/v1/victims/?measure=killed&place=SY06",
        "overdue": "/api/v1/investigations/?overdue=true&on=2025-04-09",
        "arabic": f"/api/v1/incidents/?q={quote(QARDAHA)}",
    },
    CAR: {
        "killed_year": "/api/v1/victims/?measure=killed&country=CAF&group_by=year",
        "deadliest": "/api/v1/incidents/?country=CAF&ordering=-killed&limit=10",
        "table": "/api/v1/incidents/?country=CAF&date_from=2014-01-01&date_to=2014-12-31&format=csv",
    },
    EVERYTHING: {
        "perpetrators": "/api/v1/perpetrators/?limit=10",
        "changes": "/api/v1/changes/?after=0&limit=10",
        "vocabularies": "/api/v1/vocabularies/",
    },
}


@dataclass(frozen=True)
class Words:
    """Everything the page says in one language."""

    title: str
    what: list[str]
    incidents: str
    claims: str
    seq: str
    documentation: str
    admin: str
    sections: dict[str, str]
    queries: dict[str, str]
    queries_title: str
    reading_title: str
    reading: str
    users_title: str
    users: str
    licence_title: str
    licence: str
    citation: str
    terms: str


def words(language: str) -> Words:
    """The words in that language; TypeError where a key is missing or unknown."""
    text = (Path(__file__).parent / "words" / f"{language}.yaml").read_text(encoding="utf-8")
    return Words(**yaml.safe_load(text))


WORDS = {language: words(language) for language in ("en", "fr", "es", "ar")}
