"""A body that is missing from a saved feed or an exported audit chain is explained by a later row, or found."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from incidents.models import AuditValues, Incident
from incidents.rules.publication.publishing import publish, redact, withdraw
from incidents.rules.sameness.merging import merge
from incidents.rules.trail import auditing
from incidents.rules.trail.chains import audit_rows
from incidents.rules.trail.emptied import ERASED, NOT_EXPORTED, REDACTED, REPLACED
from incidents.rules.trail.verification import verify_audit, verify_log, verify_rows
from tests import factories

pytestmark = pytest.mark.django_db
Rows = list[dict[str, Any]]


def feed() -> Rows:
    """As the feed serves it: of each object the current document only."""
    rows: Rows = Client().get("/api/v1/changes/", {"limit": "1000"}).json()["results"]
    return rows


@pytest.fixture
def log() -> Rows:
    """Every way in which a row of a feed has no document: replaced, redacted, withdrawn and merged."""
    made = factories.IncidentFactory.create_batch(7)
    publish(made)
    changed, twice, redacted, withdrawn, for_privacy, survivor = made[:6]
    for incident in (changed, twice, twice):
        Incident.objects.filter(pk=incident.pk).update(place_text=f"Qardaha {feed()[-1]['seq']}")
        publish([Incident.objects.get(pk=incident.pk)])
    redact(redacted, reason="It named a victim.")
    redact(twice, reason="It named another.")
    withdraw(withdrawn, reason_code="correction", reason="Counted twice.")
    withdraw(for_privacy, reason_code="privacy", reason="It named somebody.")
    merge(survivor, made[6], reason="The same killing.")
    return feed()


def without(rows: Rows, seq: int) -> Rows:
    return [row | ({"document": None, "salt": None} if row["seq"] == seq else {}) for row in rows]


def test_it_works(log: Rows) -> None:
    verdict = verify_rows(log)
    assert verdict.sound, verdict.fault
    missing = [row for row in log if row["document"] is None and row["document_digest"]]
    assert verdict.emptied == len(missing)
    # The first versions of what was changed, withdrawn for correction, survived and was absorbed.
    assert dict(verdict.explained) == {REDACTED: 5, REPLACED: len(missing) - 5}


def test_each_document_that_is_taken_out_is_found_in_its_row(log: Rows) -> None:
    standing = [row["seq"] for row in log if row["document"] is not None]
    assert len(standing) > 3
    for seq in standing:
        verdict = verify_rows(without(log, seq))
        assert (verdict.bad_seq, verdict.sound) == (seq, False)
        assert "no later row of its object says why" in verdict.fault


def test_the_first_of_several_is_named(log: Rows) -> None:
    first, second, *_ = (row["seq"] for row in log if row["document"] is not None)
    assert verify_rows(without(without(log, second), first)).bad_seq == first


def test_the_database_explains_by_redactions_alone(log: Rows) -> None:
    verdict = verify_log()
    assert verdict.sound
    assert verdict.explained == ((REDACTED, verdict.emptied),)


def test_the_command_says_what_explains_them(log: Rows, tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "feed.json"
    file.write_text(json.dumps({"results": log}))
    call_command("verify_log", feed=str(file))
    assert f"emptied (5 {REDACTED}; " in capsys.readouterr().out
    standing = next(row["seq"] for row in log if row["document"] is not None)
    file.write_text(json.dumps({"results": without(log, standing)}))
    with pytest.raises(CommandError, match=f"seq {standing}: its document is missing"):
        call_command("verify_log", feed=str(file))
    call_command("verify_log")
    assert f"emptied ({verify_log().emptied} {REDACTED})" in capsys.readouterr().out


# The audit chain


@pytest.fixture
def entries() -> Rows:
    """Three entries with values, one of which was erased, and the erasure; as somebody keeps them with their values."""
    for each in range(3):
        auditing.record(action="change", after={"number": each})
    auditing.erase([2], "She asked for it")
    kept = {row.pk: {"salt": row.salt, "values": row.values} for row in AuditValues.objects.all()}
    return [row | kept.get(row["seq"], {}) for row in audit_rows()]


def test_values_that_were_erased_are_explained_and_others_that_are_missing_found(entries: Rows) -> None:
    verdict = verify_rows(entries)
    assert verdict.sound, verdict.fault
    assert verdict.explained == verify_audit().explained == ((ERASED, 1),)
    entries[2] |= {"salt": None, "values": None}
    assert verify_rows(entries).bad_seq == 3


def test_an_export_without_any_values_says_so(entries: Rows) -> None:
    verdict = verify_rows(audit_rows())
    assert verdict.sound
    assert dict(verdict.explained) == {ERASED: 1, NOT_EXPORTED: 2}
