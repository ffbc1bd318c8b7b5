"""A schema that grew: what is public already gets the new members, and nothing else of it changes."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from incidents.choices import ReasonCode
from incidents.documents.upgrades import SCHEMA_VERSION
from incidents.models import EstimateOverride, Incident, Publication, Source
from incidents.rules.publication import restating
from incidents.rules.publication.publishing import preview, publish, published_document, withdraw
from incidents.rules.publication.reindexing import reindex
from incidents.rules.publication.restating import restate_schema
from incidents.rules.trail import log
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.contributions import sender, tuwaym
from tests.rules.published import DRAFT, all_public_text, document_of, edit_without_publishing, fresh, history
from tests.rules.test_returning import request, undo
from tests.rules.test_undoing import publish as sent
from tests.rules.test_unsaying import incident_of

pytestmark = pytest.mark.django_db
SCHEMA = ("publish", "schema")


@pytest.fixture
def before(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What is published is written as the first schema had it; undone by `before.undo()`."""
    append = log.append

    def older(head: Any, entries: Sequence[log.Entry], now: Any) -> list[log.Appended]:
        for entry in entries:
            for row in (entry.content or {}).get("estimates", ()):
                del row["override"]
        return append(head, entries, now)

    monkeypatch.setattr(log, "append", older)
    monkeypatch.setattr(log, "SCHEMA_VERSION", "1")
    return monkeypatch


def published(**values: Any) -> Incident:
    incident: Incident = factories.ClaimFactory(value=3, **values).incident
    publish([incident])
    incident.refresh_from_db()
    return incident


def stored(incident: Incident) -> list[dict[str, Any]]:
    """The estimates of the current document, as it is served."""
    answer = Client().get(f"/api/v1/incidents/{incident.public_id}/")
    assert answer.status_code == 200
    return list(answer.json()["estimates"])


def test_what_was_published_before_gets_the_members_of_the_schema(before: pytest.MonkeyPatch) -> None:
    own = published()
    EstimateOverride.objects.create(incident=own, measure="killed", low=1, best=2, high=4, role="lead", reason=DRAFT)
    publish([fresh(own)])
    incidents = [own, published(), published(incident__sensitivity="high")]
    inner = published()
    factories.IncidentRelationFactory(from_incident=own, to_incident=inner, type="contains", certainty="confirmed")
    publish([fresh(own), inner])
    before.undo()
    later = published()
    assert "override" not in stored(own)[0]
    totals = document_of(own)["totals"]

    assert restate_schema() == 4
    *derived, by_desk = [row["override"] for row in stored(own)]
    assert (set(derived), by_desk) == ({None}, {"role": None, "reason": None})
    assert document_of(own)["totals"] == totals
    assert all(history(each)[-1][1:] == SCHEMA and "override" in stored(each)[0] for each in [*incidents, inner])
    assert history(later)[-1][1:] != SCHEMA
    rows = Publication.objects.filter(reason_code=ReasonCode.SCHEMA)
    assert set(rows.values_list("schema_version", flat=True)) == {SCHEMA_VERSION}
    assert DRAFT not in all_public_text()  # what nobody said in public is left to who publishes it
    assert restate_schema() == 0
    assert verify_log().sound
    assert reindex(check=True) == {}


def test_nothing_that_is_being_edited_or_was_withdrawn_becomes_public(before: pytest.MonkeyPatch) -> None:
    incident, gone, taken = published(), published(), published()
    edit_without_publishing(incident)
    Source.objects.filter(claims__incident=incident).update(names={"en": DRAFT})
    withdraw(gone, reason_code=ReasonCode.CORRECTION, reason="Counted twice.")
    Incident.objects.filter(pk=taken.pk).update(sensitivity="severe")
    publish([fresh(taken)])
    before.undo()
    assert restate_schema() == 1
    assert DRAFT not in all_public_text()
    for each in (gone, taken):
        assert Client().get(f"/api/v1/incidents/{each.public_id}/").status_code == 410
    publish([fresh(incident)])
    assert history(incident)[-1][1:] == ("publish", "new_information")


def test_it_goes_on_where_it_was_killed(before: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        published()
    before.undo()
    monkeypatch.setattr(restating, "BATCH", 2)

    def killed(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restate_schema(killed)
    seen: list[tuple[int, int]] = []
    left = 5 - Publication.objects.filter(reason_code=ReasonCode.SCHEMA).count()
    assert restate_schema(lambda done, total: seen.append((done, total))) == left
    assert seen[-1][0] == seen[-1][1]
    assert len(seen) > 1


def test_what_changes_for_another_reason_meanwhile_has_the_members_too(before: pytest.MonkeyPatch) -> None:
    """Once it is a document of the present schema, nobody looks at it again."""
    incident = published()
    source = Source.objects.get(claims__incident=incident)
    before.undo()
    source.names = {"en": "Renamed"}
    source.save()
    publish([source])
    assert history(incident)[-1][1:] == ("publish", "rename")
    assert stored(incident)[0]["override"] is None


def test_what_was_withdrawn_before_comes_back_as_it_was(before: pytest.MonkeyPatch) -> None:
    incident = incident_of(sent(tuwaym(), sender()))
    asked = sent(request(incident), sender("Another"))
    before.undo()
    assert undo(asked).state == "withdrawn"
    assert stored(incident)[0]["override"] is None


def test_what_is_public_is_compared_with_the_record_under_the_present_schema(before: pytest.MonkeyPatch) -> None:
    incident = published()
    before.undo()
    assert published_document("incident", incident.public_id) == preview(incident)


def test_the_command(before: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    published()
    before.undo()
    call_command("restate", schema=True)
    call_command("restate")
    assert capsys.readouterr().out.splitlines()[-2:] == ["1 documents restated.", "0 documents restated."]
