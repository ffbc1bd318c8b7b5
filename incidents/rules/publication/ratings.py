"""How the claims of incidents rank in what an import or a seed publishes: as it was published, whatever people edit.

How reliable a source is held to be, whose side it is on and the day of a document are changed on their own pages. Two
people who publish an incident are shown what follows from it (recalling.py reads it back); who loads a file is not.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from incidents.choices import PublicKind
from incidents.models import Incident, Source
from incidents.models.gathering import parts_of
from incidents.rules.publication.board import Board
from incidents.rules.publication.recalling import known_as_published, lives_of, moments_of, stood_at
from incidents.rules.publication.rendering import private_facts

INCIDENT = PublicKind.INCIDENT.value
RATED = ("reliability", "affiliated")


def rank_as_published(board: Board, incidents: Sequence[Incident], importer: str) -> None:
    """Have the claims of these incidents (from incidents_to_render) rank as it was published.

    The board has what they name. `importer` is the reason that it gives for its own changes, which are published. A
    claim of a source that people rate otherwise ranks as when its incident was published, a new one as when its source
    was. One query where nobody edited a rating.
    """
    claims = {each.pk: list(parts_of(each, "claims")) for each in incidents}
    every = [claim for some in claims.values() for claim in some]
    edited = _edited({claim.asserted_by_id for claim in every}, importer)
    rated = [each for each in incidents if any(claim.asserted_by_id in edited for claim in claims[each.pk])]
    board.load(INCIDENT, [each.public_id for each in rated])
    contents = [content for each in rated if (content := board.content(INCIDENT, each.public_id))]
    known = known_as_published(contents) if contents else {}
    for incident in rated:
        _rate(claims[incident.pk], edited, known.get(str(incident.public_id), {}))
    for claim in every if board.as_published else ():
        said = board.as_published.get(str(claim.document.public_id))
        if said is not None:
            day = said["published_on"] and datetime.fromisoformat(said["published_on"]).date()
            claim.ranked_by = {**getattr(claim, "ranked_by", {}), "document_date": day}


def _rate(claims: Sequence[Any], edited: dict[int, dict[str, Any]], known: dict[str, dict[str, Any]]) -> None:
    """Rate the claims of one incident by the sources that people edited; `known` is what it was published with."""
    by_source = dict(edited)
    for claim in claims:
        facts = known.get(str(claim.public_id))
        if facts and claim.asserted_by_id in edited:
            by_source[claim.asserted_by_id] = {name: facts[name] for name in RATED}
    for claim in claims:
        if claim.asserted_by_id in by_source:
            claim.ranked_by = by_source[claim.asserted_by_id]


def _edited(sources: set[int], importer: str) -> dict[int, dict[str, Any]]:
    """{source: how it was rated when it was published}, of those of these public ones that people rate otherwise."""
    lives = {pk: life for pk, life in lives_of(Source, id__among=sources).items() if _rerated(life)}
    moments = moments_of((life[-1].public_id for life in lives.values()), PublicKind.SOURCE) if lives else {}
    found = {}
    for pk, life in lives.items():
        for published in moments.get(life[-1].public_id, ())[:1]:
            then = stood_at(published, life)
            if then is not None and _by_people(life, published, importer):
                found[pk] = _rating(then)
    return found


def _rerated(life: Sequence[Any]) -> bool:
    return any(_rating(row) != _rating(life[0]) for row in life)


def _by_people(life: Sequence[Any], published: datetime, importer: str) -> bool:
    """Whether people gave a source the rating that it has now, and nobody published it by itself since."""
    given = life[-1]
    for row in reversed(life):
        if _rating(row) != _rating(life[-1]):
            break
        given = row
    return bool(given.history_date > published and given.history_change_reason != importer)


def _rating(row: Any) -> dict[str, Any]:
    facts = private_facts(row)
    return {name: facts[name] for name in RATED}
