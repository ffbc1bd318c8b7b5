"""What verify_log did not see: the border of salt and body, bodies of no row, public keys, texts read in two ways."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from incidents.models import AuditEntry, AuditHead, AuditValues, Checkpoint, LogHead, Publication, PublicationBody
from incidents.rules.publication.publishing import publish
from incidents.rules.trail import auditing, checkpoints
from incidents.rules.trail.chains import body_of_no_row, stored_rows
from incidents.rules.trail.log import canonical
from incidents.rules.trail.verification import Verdict, rows_of_feed, verify_audit, verify_log, verify_rows
from tests import factories

pytestmark = pytest.mark.django_db
CHAINS = ("publication", "audit")
SEQ = 2
BODIES: dict[str, tuple[Any, str, Any]] = {
    "publication": (PublicationBody, "document", LogHead),
    "audit": (AuditValues, "values", AuditHead),
}


def grown() -> None:
    """Three rows of the log, and as many entries of the audit chain."""
    publish(factories.IncidentFactory.create_batch(3))
    for each in range(3):
        auditing.record(action="change", obj=("source", str(each)), after={"place_text": "قتل"})


def check(chain: str) -> Verdict:
    return verify_audit() if chain == "audit" else verify_log()


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def into_the_body(salt: str, body: str) -> tuple[str | None, str | None]:
    return salt[:-1], salt[-1] + body


def without_a_salt(salt: str, body: str) -> tuple[str | None, str | None]:
    return None, salt + body


def without_a_body(salt: str, _body: str) -> tuple[str | None, str | None]:
    return salt, None


@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("move", [into_the_body, without_a_salt, without_a_body])
def test_the_border_between_a_salt_and_its_body_does_not_move(
    chain: str, move: Callable[[str, str], tuple[str | None, str | None]]
) -> None:
    grown()
    assert check(chain).sound
    model, column, _ = BODIES[chain]
    body = model.objects.get(pk=SEQ)
    body.salt, text = move(body.salt, getattr(body, column))
    setattr(body, column, text)
    body.save()
    assert check(chain).bad_seq == SEQ


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("behind", [1, 40, None])
def test_a_body_of_no_row_is_found(chain: str, behind: int | None) -> None:
    grown()
    model, column, head = BODIES[chain]
    seq = head.objects.get().seq + behind if behind else 0
    with undone():
        model.objects.bulk_create([model(pk=seq, salt="0" * 32, **{column: "{}"})])
        verdict = check(chain)
        assert (verdict.bad_seq, verdict.sound) == (seq, False)
        assert "no row" in verdict.fault
    assert check(chain).sound


def test_a_row_and_its_body_that_come_meanwhile_are_no_fault() -> None:
    grown()
    last = Publication.objects.latest("seq").seq
    assert body_of_no_row(Publication.objects, PublicationBody.objects, last - 1) is None


@pytest.mark.usefixtures("unguarded")
def test_another_public_key_beside_a_signature_is_found(tmp_path: Path, settings: Any) -> None:
    settings.CHECKPOINTS_FILE = tmp_path / "checkpoints.ndjson"
    grown()
    made = checkpoints.checkpoint(settings.CHECKPOINTS_FILE)
    assert verify_log(made).sound
    other = "A" * 43 + "="
    Checkpoint.objects.filter(log="publication").update(public_key=other)
    assert "public key" in verify_log(checkpoints.stored()).unsigned[0]
    text = settings.CHECKPOINTS_FILE.read_text()
    settings.CHECKPOINTS_FILE.write_text(text.replace(made[0].public_key, other))
    with pytest.raises(CommandError, match="public key"):
        call_command("verify_log", checkpoints=str(settings.CHECKPOINTS_FILE))


# Offline: rows as a mirror keeps them.


def feed() -> list[dict[str, Any]]:
    return [row | {"document": json.loads(row["document"])} for row in stored_rows()]


def test_a_moment_without_a_time_zone_is_a_fault() -> None:
    grown()
    rows = feed()
    assert verify_rows(rows).sound
    rows[1]["published_at"] = rows[1]["published_at"].removesuffix("Z")
    verdict = verify_rows(rows)
    assert (verdict.bad_seq, "time zone" in verdict.fault) == (2, True), "in UTC it would be the same moment"


def test_a_document_that_is_a_text_with_its_salt_in_front_is_a_fault() -> None:
    grown()
    rows = feed()
    rows[1]["document"], rows[1]["salt"] = rows[1]["salt"] + canonical(rows[1]["document"]), ""
    assert verify_rows(rows).bad_seq == 2


@pytest.mark.parametrize("inner", [False, True])
def test_a_member_that_stands_twice_is_a_fault_whichever_is_taken(inner: bool) -> None:
    grown()
    lines = [json.dumps(row) for row in feed()]
    name = '"title": ' if inner else '"reason": '
    lines[1] = lines[1].replace(name, f'{name}"Forged.", {name}', 1)
    assert json.loads(lines[1]), "which takes the last"
    assert verify_rows(rows_of_feed([lines[0]])).sound
    verdict = verify_rows(rows_of_feed(f"{line}\n" for line in lines))
    assert verdict.bad_seq == 2
    page = json.dumps({"results": [], "next": None})[:-1] + ', "results": []}'
    assert not verify_rows(rows_of_feed([page])).sound


SPELT = {
    "publication": [("object_id", str.upper), ("published_at", lambda text: f"{text}0"), ("survivor", lambda _: "")],
    "audit": [("at", lambda text: text.replace(" ", "T"))],
}


@pytest.mark.usefixtures("unguarded")
@pytest.mark.parametrize(
    ("chain", "column", "spell"), [(chain, *each) for chain, several in SPELT.items() for each in several]
)
def test_what_only_reads_as_it_was_written_is_found(chain: str, column: str, spell: Callable[[str], str]) -> None:
    """SQLite keeps ids and moments as texts: spelt otherwise they are read the same, and found by no query."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has types for them.")
    grown()
    table = {"publication": Publication, "audit": AuditEntry}[chain]._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT CAST({column} AS text) FROM {table} WHERE seq = {SEQ}")  # noqa: S608
        (text,) = cursor.fetchone()
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE seq = {SEQ}", [spell(text or "")])  # noqa: S608
    assert check(chain).bad_seq == SEQ
