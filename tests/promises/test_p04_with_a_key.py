"""P4 for whoever has a key: a dry run, and what becomes of one's own, tell nothing that is not public either.

The record is built twice as in test_p04_interference.py; then an organisation sends the same about both.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from incidents.models import Claim, ClaimCell, Incident, PublicClaim, PublicIncident, PublicSource, Source
from incidents.rules.publication.publishing import preview
from incidents.rules.submissions import submitting
from incidents.rules.submissions.submitting import Trial
from tests import factories
from tests.contract.asking import REQUEST_ID
from tests.contributions import country, tuwaym
from tests.keys import key_of, send
from tests.promises.states import Record, built, unpublished

pytestmark = pytest.mark.django_db
Kept = Callable[[str, str], None]
URL = "/api/v1/submissions/"
SCOPES = ["submissions:read", "submissions:write"]


def everything_open(record: Record) -> None:
    """What test_p04_interference.py hides, and every other edit from which a figure or a name could come."""
    unpublished(2)(record)
    if not record.published:
        return
    claims = Claim.objects.filter(incident__in=record.incidents)
    last = claims.order_by("-pk").first()
    assert last is not None
    claims.filter(pk__in=claims.order_by("pk")[:5].values("pk")).update(
        retracted_at=last.created_at, retracted_by="desk", retraction_reason="Hiddenword"
    )
    ClaimCell.objects.filter(claim__in=claims).delete()
    Source.objects.all().update(reliability="A")
    for incident in record.incidents:
        factories.EstimateOverrideFactory(incident=incident)
        factories.AttributionFactory(incident=incident, extent="whole", position="accepts")
    for number in range(6):
        factories.SourceFactory(names={"en": f"Monitor {number} hiddenword"})


def sent(record: Record) -> list[dict[str, Any]]:
    """Claims on every public incident, by a name that resembles published ones, and by published sources themselves."""
    first = PublicSource.objects.order_by("seq").first()
    assert first is not None
    contents = [tuwaym()]
    for incident in PublicIncident.objects.order_by("seq"):
        content = tuwaym(type="claims", incident=None, attributions=None, actors=None, external_reference=None)
        content["sources"][0]["names"] = {"en": "Monitor 1"}
        content["claims"].append(
            {**content["claims"][0], "key": "second", "asserted_by": str(first.public_id), "status": "all", "cells": []}
        )
        contents.append(content | {"about": str(incident.public_id)})
        claim = PublicClaim.objects.filter(incident=incident).order_by("public_id").first()
        if claim is not None:
            retractions = [{"claim": str(claim.public_id), "reason": "Counted twice"}]
            contents.append(
                {
                    "type": "correction",
                    "about": str(incident.public_id),
                    "correction": {"retractions": retractions, "reason": "Counted twice"},
                }
            )
    return contents


def answers(beside: Callable[[Record], None] | None = None) -> list[bytes]:
    """Status, ETag and body of each dry run, then of the same sent and read again, by an organisation's key."""
    with built(beside) as record:
        country()
        key = key_of(scopes=SCOPES)

        def ask(method: str, url: str, body: Any = None) -> bytes:
            answer = send(Client(), key, method, url, body, x_request_id=REQUEST_ID)
            return f"{answer.status_code} {answer.get('ETag')}\n".encode() + bytes(answer.content)

        contents = sent(record)
        found = [ask("POST", f"{URL}?dry_run=true", content) for content in contents]
        found.append(ask("POST", f"{URL}bulk/?dry_run=true", {"items": contents}))
        found += [ask("POST", URL, content) for content in contents]
        found.append(ask("GET", f"{URL}?limit=1000"))
        assert PublicIncident.objects.count() > 8
    return found


def test_what_nobody_published_changes_no_byte_of_a_dry_run_or_of_ones_own(kept: Kept) -> None:
    beside, alone = answers(everything_open), answers()
    differing = [(one, other) for one, other in zip(beside, alone, strict=True) if one != other]
    assert differing == []
    assert {answer[:3] for answer in alone} == {b"200", b"201"}
    assert any(b'"outcome":"waiting"' in answer for answer in alone), "a published name was proposed"
    assert not any(b"iddenword" in answer for answer in beside)
    kept("P4", f"0 differing bytes / {len(alone)} answers to a key, dry runs and an organisation's own submissions")


def test_control_a_dry_run_that_reads_the_working_record_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = submitting.trial

    def leaking(sender: submitting.Sender, content: Any) -> Trial:
        tried = trial(sender, content)
        incident = Incident.objects.filter(public_id=content.get("about")).first()
        found = preview(incident)["estimates"] if incident else tried.estimates
        return replace(tried, estimates=found)

    monkeypatch.setattr(submitting, "trial", leaking)
    assert answers(everything_open) != answers()
