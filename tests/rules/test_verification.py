"""verify_log finds every tampering with the log and names the first bad row, online and over an exported feed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from incidents.models import Incident, LogHead, Publication, PublicationBody
from incidents.rules.publication.publishing import publish, redact, withdraw
from incidents.rules.sameness.merging import merge
from incidents.rules.trail import log
from incidents.rules.trail.log import digest, row_hash
from incidents.rules.trail.verification import HEADER, stored_rows, verify_log, verify_rows
from tests import factories

pytestmark = pytest.mark.django_db


def a_log() -> list[Incident]:
    """Sources, documents and incidents: seven rows, with floats and Arabic."""
    document = factories.DocumentFactory()
    made = factories.IncidentFactory.create_batch(5, latitude=35.5, longitude=36.0)
    for incident in made:
        factories.ClaimFactory(incident=incident, document=document)
    publish(made)
    assert Publication.objects.count() == 7
    return made


def feed() -> list[dict[str, Any]]:
    """The log as a mirror holds it: one JSON object a line, the document parsed."""
    lines = []
    for row in stored_rows():
        document = row["document"]
        lines.append(json.dumps(row | {"document": None if document is None else json.loads(document)}))
    return [json.loads(line) for line in lines]


def test_the_log_is_sound_after_every_operation() -> None:
    first, second, third, fourth, fifth = a_log()
    assert verify_log().sound
    Incident.objects.filter(pk=first.pk).update(place_text="Qardaha")
    publish([Incident.objects.get(pk=first.pk)])
    assert verify_log().sound
    withdraw(second, reason_code="correction", reason="Counted twice.")
    assert verify_log().sound
    redact(third, reason="It named a victim.")
    assert verify_log().sound
    merge(fourth, fifth, reason="The same killing.")
    verdict = verify_log()
    assert verdict.sound
    assert verdict.rows == Publication.objects.count() == LogHead.objects.get().seq
    assert verdict.emptied >= 1


CHANGED = {
    "kind": "source",
    "object_id": "00000000-0000-4000-8000-000000000000",
    "version": 77,
    "operation": "withdraw",
    "schema_version": "0",
    "reason_code": "typo",
    "reason": "It never happened.",
    "survivor": "00000000-0000-4000-8000-000000000000",
    "published_at": "2020-01-01T00:00:00Z",
    "document_digest": "0" * 64,
    "previous_hash": "0" * 64,
    "hash": "0" * 64,
}


def test_the_table_of_changes_names_every_column_of_the_log() -> None:
    assert set(CHANGED) == {field.attname for field in Publication._meta.concrete_fields} - {"seq"}


@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize("column", CHANGED)
def test_a_changed_column_is_found_in_its_row(column: str) -> None:
    a_log()
    Publication.objects.filter(seq=4).update(**{column: CHANGED[column]})
    assert verify_log().bad_seq == 4


@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize("column", ["document", "salt"])
def test_a_changed_body_is_found_in_its_row(column: str) -> None:
    a_log()
    body = PublicationBody.objects.get(pk=4)
    text = getattr(body, column)
    setattr(body, column, text.replace("a", "b") if column == "document" else text[::-1])
    body.save()
    verdict = verify_log()
    assert verdict.bad_seq == 4
    assert "digest" in verdict.fault


@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize("seq", [1, 4, 6])
def test_a_deleted_row_is_found_where_it_stood(seq: int) -> None:
    a_log()
    PublicationBody.objects.filter(pk=seq).delete()
    Publication.objects.filter(seq=seq).delete()
    verdict = verify_log()
    assert verdict.bad_seq == seq
    assert "missing" in verdict.fault


def renumber(old: int, new: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE incidents_publicationbody SET seq = %s WHERE seq = %s", [-new, old])
        cursor.execute("UPDATE incidents_publication SET seq = %s WHERE seq = %s", [new, old])
        cursor.execute("UPDATE incidents_publicationbody SET seq = %s WHERE seq = %s", [new, -new])


@pytest.mark.usefixtures("unguarded")
def test_rows_in_another_order_are_found_at_the_first_of_them() -> None:
    a_log()
    for old, new in ((3, 99), (5, 3), (99, 5)):
        renumber(old, new)
    assert verify_log().bad_seq == 3


@pytest.mark.usefixtures("unguarded")
def test_a_row_inserted_in_between_is_found() -> None:
    a_log()
    for seq in (7, 6, 5, 4):
        renumber(seq, seq + 1)
    row = Publication.objects.get(seq=3)
    row.seq, row.version = 4, 2
    row.save(force_insert=True)
    assert verify_log().bad_seq == 4


@pytest.mark.usefixtures("unguarded")
def test_rows_cut_off_at_the_end_are_found_against_the_head() -> None:
    a_log()
    PublicationBody.objects.filter(pk__gt=5).delete()
    Publication.objects.filter(seq__gt=5).delete()
    verdict = verify_log()
    assert verdict.bad_seq == 6
    assert "cut off" in verdict.fault


@pytest.mark.usefixtures("unguarded")
def test_an_emptied_log_is_found_against_the_head() -> None:
    a_log()
    PublicationBody.objects.all().delete()
    Publication.objects.all().delete()
    assert verify_log().bad_seq == 1


def test_a_well_formed_row_added_past_the_head_is_found() -> None:
    a_log()
    head = LogHead.objects.get()
    entry = log.Entry("incident", factories.IncidentFactory().public_id, 1, "withdraw", "correction", "", None)
    seq, last_hash = head.seq, head.hash
    log.append(head, [entry], Publication.objects.get(seq=7).published_at)
    LogHead.objects.update(seq=seq, hash=last_hash)
    assert verify_log().bad_seq == 8


@pytest.mark.usefixtures("unguarded")
def test_a_row_rewritten_with_its_own_hash_is_found_in_the_next() -> None:
    a_log()
    rows = feed()
    forged = rows[3] | {"reason": "Rewritten."}
    rewritten = row_hash(forged["previous_hash"], {name: forged[name] for name in HEADER}, forged["document_digest"])
    Publication.objects.filter(seq=4).update(reason="Rewritten.", hash=rewritten)
    assert verify_log().bad_seq == 5


@pytest.mark.usefixtures("unguarded")
def test_a_current_document_that_was_emptied_without_a_word_is_found() -> None:
    a_log()
    PublicationBody.objects.filter(pk=4).update(document=None, salt=None)
    verdict = verify_log()
    assert verdict.bad_seq == 4
    assert "emptied" in verdict.fault


@pytest.mark.usefixtures("unguarded")
def test_a_body_taken_away_altogether_is_found() -> None:
    first, *_ = a_log()
    Incident.objects.filter(pk=first.pk).update(place_text="Qardaha")
    publish([Incident.objects.get(pk=first.pk)])
    seq = Publication.objects.get(object_id=first.public_id, version=1).seq
    PublicationBody.objects.filter(pk=seq).delete()
    assert verify_log().bad_seq == seq


def test_an_empty_log_is_sound() -> None:
    assert verify_log().sound
    assert verify_log().last_seq == 0


# Offline: rows as a mirror keeps them.


def test_an_exported_feed_verifies_after_a_round_trip_through_json() -> None:
    made = a_log()
    redact(made[0], reason="It named a victim.")
    rows = feed()
    assert any(row["document"] and "قتل" in json.dumps(row["document"], ensure_ascii=False) for row in rows)
    assert any(row["document"] and row["document"].get("place", {}).get("point") for row in rows)
    verdict = verify_rows(rows)
    assert verdict.sound, verdict.fault
    assert (verdict.rows, verdict.emptied) == (8, 1)
    assert verdict.last_hash == LogHead.objects.get().hash


def test_a_feed_can_be_verified_from_the_middle() -> None:
    a_log()
    rows = feed()
    assert verify_rows(rows[3:], after=3, previous=rows[2]["hash"]).sound
    assert verify_rows(rows[3:], after=3, previous=rows[1]["hash"]).bad_seq == 4
    assert verify_rows(rows[3:]).bad_seq == 1


def test_a_mirror_may_keep_moments_with_fewer_decimals_or_another_offset() -> None:
    a_log()
    rows = feed()
    for row in rows:
        row["published_at"] = row["published_at"].replace("Z", "+00:00")
    assert verify_rows(rows).sound


def change_float(row: dict[str, Any]) -> None:
    row["document"]["place"]["point"]["lat"] = 35.50000001


def change_text(row: dict[str, Any]) -> None:
    row["document"]["title"]["ar"] = "قتل"


def drop_salt(row: dict[str, Any]) -> None:
    row["salt"] = None


@pytest.mark.parametrize("change", [change_float, change_text, drop_salt])
def test_a_changed_document_in_a_feed_is_found(change: Callable[[dict[str, Any]], None]) -> None:
    a_log()
    rows = feed()
    change(rows[4])
    assert verify_rows(rows).bad_seq == 5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("published_at", "yesterday"),
        ("published_at", None),
        ("seq", "5"),
        ("version", 1.5e300),
        ("version", 2**70),
        ("salt", 7),
        ("hash", None),
        ("reason", "\ud800"),
        ("document", [1, 2]),
        ("document", 10**30),
    ],
    ids=str,
)
def test_a_row_that_cannot_be_read_is_a_fault_and_no_crash(name: str, value: Any) -> None:
    a_log()
    rows = feed()
    rows[4][name] = value
    assert verify_rows(rows).bad_seq == 5


@pytest.mark.parametrize("name", [*HEADER, "hash", "previous_hash", "document_digest", "document", "salt"])
def test_a_row_that_lacks_a_member_is_a_fault_and_no_crash(name: str) -> None:
    a_log()
    rows = feed()
    del rows[4][name]
    assert verify_rows(rows).bad_seq == 5


def test_a_swapped_salt_and_document_of_two_rows_are_found() -> None:
    a_log()
    rows = feed()
    for name in ("salt", "document"):
        rows[3][name], rows[4][name] = rows[4][name], rows[3][name]
    assert verify_rows(rows).bad_seq == 4
    assert digest("a", "bc") == digest("ab", "c"), "a salt is told from its document by its length only"


def test_the_command_verifies_a_file_and_names_the_first_bad_row(tmp_path: Any, capsys: Any) -> None:
    a_log()
    rows = feed()
    file = tmp_path / "feed.ndjson"
    file.write_text("\n".join(json.dumps(row) for row in rows))
    call_command("verify_log", feed=str(file))
    assert "7 rows checked" in capsys.readouterr().out
    rows[2]["reason"] = "Rewritten."
    file.write_text("\n".join(json.dumps(row) for row in rows))
    with pytest.raises(CommandError, match="seq 3"):
        call_command("verify_log", feed=str(file))
    file.write_text("[1]\n7\n")
    with pytest.raises(CommandError):
        call_command("verify_log", feed=str(file))


def test_an_empty_feed_proves_nothing(tmp_path: Path) -> None:
    for text in ("", "\n \n", '{"results": [], "next": null, "last_seq": 0}'):
        (tmp_path / "feed.json").write_text(text)
        with pytest.raises(CommandError, match="holds no row of a log"):
            call_command("verify_log", feed=str(tmp_path / "feed.json"))


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("between", ["", "\n"])
def test_saved_pages_of_the_feed_verify(tmp_path: Path, capsys: Any, indent: int | None, between: str) -> None:
    """As curl leaves them, one behind the other on a line, and as somebody printed them nicely."""
    a_log()
    rows = feed()
    pages = [{"results": rows[:3], "next": "...", "last_seq": 7}, {"results": rows[3:], "next": None, "last_seq": 7}]
    file = tmp_path / "feed.json"
    file.write_text(between.join(json.dumps(page, indent=indent) for page in pages))
    call_command("verify_log", feed=str(file))
    assert "7 rows checked" in capsys.readouterr().out
    file.write_text(between.join(json.dumps(page, indent=indent) for page in reversed(pages)))
    with pytest.raises(CommandError, match="seq 1"):
        call_command("verify_log", feed=str(file))


@pytest.mark.parametrize("text", ["nothing\n", '{"seq": 1', "\ufeff{}", "[" * 100_000, '{"a":' * 100_000])
def test_what_is_no_feed_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "feed.json").write_text(text)
    with pytest.raises(CommandError, match="behind 0 rows there is something that is no JSON"):
        call_command("verify_log", feed=str(tmp_path / "feed.json"))


@pytest.mark.parametrize("depth", [400, 5_000, 100_000])
def test_a_row_that_is_nested_deeply_is_named(tmp_path: Path, depth: int) -> None:
    a_log()
    rows = feed()
    lines = [json.dumps(row) for row in rows]
    lines[4] = json.dumps(rows[4] | {"document": 7}).replace('"document": 7', f'"document": {"[" * depth}{"]" * depth}')
    (tmp_path / "feed.ndjson").write_text("\n".join(lines))
    with pytest.raises(CommandError, match="seq 5" if depth < 1_000 else r"behind 4 rows .*Nested too deeply"):
        call_command("verify_log", feed=str(tmp_path / "feed.ndjson"))


def test_what_is_not_configured_is_said_in_a_sentence() -> None:
    root = Path(__file__).resolve().parents[2]
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_log"],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("SECRET_KEY is not set.")
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize(
    ("written", "said"),
    [("published_at = '2025-13-01 00:00:00'", "month"), ("reason = CAST(x'ff41' AS TEXT)", "UTF-8")],
)
def test_the_first_row_that_the_database_cannot_read_is_named_not_those_before_it(written: str, said: str) -> None:
    if connection.vendor == "postgresql":
        pytest.skip("its columns hold no such thing")
    a_log()
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE incidents_publication SET {written} WHERE seq IN (5, 6)")  # noqa: S608
    verdict = verify_log()
    assert (verdict.bad_seq, verdict.rows, said in verdict.fault) == (5, 4, True)
