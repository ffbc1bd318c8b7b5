"""Merges on merges, taken apart again in the order of a stack: the record and the public are as before, each time.

What is drawn is seeded: sensitivities, what hangs on whom, who absorbs whom, fields that are taken over.
"""

import json
from collections import Counter
from random import Random
from typing import Any

import pytest

from incidents.models import Document, Incident, Merge, PublicIncident
from incidents.rules.publication.publishing import publish
from incidents.rules.publication.refusing import PublishingError
from incidents.rules.publication.reindexing import reindex
from incidents.rules.sameness.merging import merge
from incidents.rules.sameness.unmerging import undo_merge
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.public_state import everything_public
from tests.rules.published import fresh
from tests.rules.test_undo_merge import record

pytestmark = pytest.mark.django_db
STEPS = 5
LEVELS = ("low", "low", "low", "moderate", "high", "severe")
TAKEN = (
    (),
    ("title",),
    ("title", "summary"),
    ("country",),
    ("latitude", "longitude"),
    ("start_earliest", "end_latest"),
)


def world(chance: Random) -> list[Incident]:
    """Five incidents with claims, acts, accused, ids, relations and inquiries, all but the severe ones public."""
    incidents = [
        factories.IncidentFactory(
            sensitivity=chance.choice(LEVELS), areas=[factories.AdminAreaFactory()], summary={"en": f"Summary {number}"}
        )
        for number in range(5)
    ]
    document: Document = factories.DocumentFactory()
    who, actor = document.publisher, factories.ActorFactory()
    inquiries = [factories.InvestigationFactory() for _ in range(2)]
    for incident in incidents:
        for _ in range(chance.choice((1, 1, 2))):
            claim = factories.ClaimFactory(incident=incident, value=chance.randrange(1, 60), document=document)
        if chance.random() < 0.5:
            factories.AttributionFactory(incident=incident, document=document, actor=actor, claim=claim)
        if chance.random() < 0.5:
            factories.IncidentActFactory(incident=incident, document=document)
        if chance.random() < 0.5:
            factories.IncidentReferenceFactory(incident=incident)
        for inquiry in inquiries:
            if chance.random() < 0.4:
                factories.ScopeFactory(investigation=inquiry, incident=incident)
    for _ in range(chance.randrange(3)):
        one, other = chance.sample(incidents, 2)
        if not one.relations_out.filter(to_incident=other).exists():
            factories.IncidentRelationFactory(from_incident=one, to_incident=other, type="precedes", asserted_by=who)
    publish([each for each in incidents if each.sensitivity != "severe"])
    publish(inquiries)
    return incidents


def public() -> dict[str, Any]:
    """All that is public, but for the order of lists: what is published again is the newest."""
    return {
        name: sorted(json.dumps(each, sort_keys=True) for each in answer["results"])
        if isinstance(answer, dict) and "results" in answer
        else answer
        for name, answer in everything_public().items()
    }


def each_claim_once() -> bool:
    """Whether no claim is public in two incidents, where totals would count it twice."""
    found = [json.loads(text)["claims"] for text in PublicIncident.objects.values_list("document", flat=True)]
    return max(Counter(claim["id"] for claims in found for claim in claims).values(), default=1) == 1


@pytest.mark.parametrize("seed", range(3, 8))
def test_what_was_merged_and_taken_apart_is_as_it_was(seed: int) -> None:
    chance = Random(seed)
    incidents = world(chance)
    before = [(record(), public())]
    stack: list[Merge] = []
    done = 0
    while done < STEPS or stack:
        if stack and (done >= STEPS or chance.random() < 0.4):
            undo_merge(stack.pop(), reason="They are two.")
            before.pop()
            assert public() == before[-1][1]
            assert record() == before[-1][0]
            continue
        done += 1
        standing = [each for each in map(fresh, incidents) if each.merged_into is None]
        if len(standing) == 1:
            continue
        kept, gone = chance.sample(standing, 2)
        try:
            row, _ = merge(kept, gone, reason="One attack.", take_from_absorbed=chance.choice(TAKEN))
        except PublishingError:
            continue
        stack.append(row)
        assert each_claim_once()
        before.append((record(), public()))
    assert Merge.objects.count() >= 3
    assert verify_log().sound
    assert reindex(check=True) == {}
