"""Signed heads: what is signed, where it is kept, what is refused, and how a bad signature is named."""

import base64
import json
import resource
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from config.secrets import signing_seed
from incidents.models import Checkpoint, LogHead, Publication, PublicationBody
from incidents.models.triggers import drop_triggers
from incidents.rules.publication.publishing import publish
from incidents.rules.trail import auditing, checkpoints
from incidents.rules.trail.chains import audit_rows, stored_rows
from incidents.rules.trail.checkpoints import CheckpointError, Signed
from incidents.rules.trail.log import canonical
from incidents.rules.trail.verification import verify_audit, verify_log, verify_rows
from tests import factories

pytestmark = pytest.mark.django_db
OTHER_SEED = base64.b64encode(b"another installation's key......").decode()


@pytest.fixture
def file(tmp_path: Path, settings: Any) -> Path:
    """The configured file of checkpoints, not there yet."""
    settings.CHECKPOINTS_FILE = tmp_path / "var" / "checkpoints.ndjson"
    return tmp_path / "var" / "checkpoints.ndjson"


def grow(count: int = 3) -> None:
    publish(factories.IncidentFactory.create_batch(count))


def test_it_works(file: Path) -> None:
    grow()
    made = checkpoints.checkpoint(file)
    assert [(each.log, each.seq) for each in made] == [("publication", 3), ("audit", 1)]
    assert checkpoints.read_file(file) == made == checkpoints.stored()
    said = {name: getattr(made[0], name) for name in ("log", "seq", "hash", "at", "key_id")}
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(made[0].public_key))
    public.verify(base64.b64decode(made[0].signature), canonical(said).encode())
    assert made[0].hash == LogHead.objects.get().hash


def test_a_head_is_signed_once_and_the_file_only_grows(file: Path) -> None:
    grow()
    call_command("checkpoint")
    before = file.read_text()
    call_command("checkpoint")
    assert file.read_text() == before
    grow()
    call_command("checkpoint")
    assert file.read_text().startswith(before)
    assert Checkpoint.objects.count() == len(file.read_text().splitlines()) == 4


def test_an_empty_log_has_nothing_to_sign(file: Path, capsys: Any) -> None:
    call_command("checkpoint")
    assert "Nothing new to sign" in capsys.readouterr().out
    assert not file.exists()


def test_without_a_key_nothing_is_signed(file: Path, settings: Any) -> None:
    settings.CHECKPOINT_KEY = ""
    grow()
    with pytest.raises(CommandError, match="set CHECKPOINT_KEY"):
        call_command("checkpoint")
    assert not Checkpoint.objects.exists()


def test_a_file_that_cannot_be_written_leaves_no_checkpoint(tmp_path: Path) -> None:
    grow()
    (tmp_path / "taken").write_text("")
    with pytest.raises(CheckpointError, match="cannot be"):
        checkpoints.checkpoint(tmp_path / "taken" / "checkpoints.ndjson")
    assert not Checkpoint.objects.exists()


def test_a_disk_that_is_full_for_a_moment_leaves_no_half_of_a_line(file: Path) -> None:
    grow()
    checkpoints.checkpoint(file)
    before = file.read_bytes()
    made = [checkpoints.sign("publication", 4, "e" * 64, "2026-01-01T00:00:00.000000Z")]
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, most))
    try:
        with pytest.raises(CheckpointError, match="nothing was signed"):
            checkpoints._append(file, made)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert file.read_bytes() == before
    grow()
    checkpoints.checkpoint(file)
    assert file.read_bytes().startswith(before)


@pytest.mark.parametrize("length", [1, 60, -2])
def test_half_a_line_stops_nobody_and_goes_with_the_next_checkpoint(file: Path, capsys: Any, length: int) -> None:
    grow()
    checkpoints.checkpoint(file)
    before = file.read_bytes()
    file.write_bytes(before + before.splitlines()[0][:length])
    call_command("verify_log")
    assert "was not written to its end" in capsys.readouterr().out
    grow()
    call_command("checkpoint")
    assert file.read_bytes().startswith(before)
    assert checkpoints.read_file(file) == checkpoints.stored()
    call_command("verify_log")
    assert "was not written to its end" not in capsys.readouterr().out


def test_a_last_line_without_its_end_of_line_gets_one(file: Path) -> None:
    grow()
    checkpoints.checkpoint(file)
    file.write_bytes(file.read_bytes().removesuffix(b"\n"))
    grow()
    checkpoints.checkpoint(file)
    assert len(checkpoints.read_file(file)) == 4


@pytest.mark.usefixtures("unguarded")
def test_a_log_that_was_cut_since_is_not_signed_again(file: Path) -> None:
    grow()
    checkpoints.checkpoint(file)
    Checkpoint.objects.all().delete()
    PublicationBody.objects.filter(pk=3).delete()
    Publication.objects.filter(pk=3).delete()
    LogHead.objects.update(seq=2, hash=Publication.objects.get(pk=2).hash)
    with pytest.raises(CheckpointError, match="does not hold what was signed at seq 3"):
        checkpoints.checkpoint(file)


def forged(signed: Signed) -> Signed:
    return replace(signed, hash="f" * 64)


def by_another_key(signed: Signed) -> Signed:
    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(OTHER_SEED))
    public = key.public_key().public_bytes_raw()
    said = {"log": signed.log, "seq": signed.seq, "hash": signed.hash, "at": signed.at}
    said |= {"key_id": checkpoints.key_id(public)}
    signature = base64.b64encode(key.sign(canonical(said).encode())).decode()
    return Signed(**said, public_key=base64.b64encode(public).decode(), signature=signature)  # type: ignore[arg-type]


def under_our_name(signed: Signed) -> Signed:
    return replace(by_another_key(signed), key_id=signed.key_id)


def no_base64(signed: Signed) -> Signed:
    return replace(signed, signature="***")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (forged, "does not fit what it says"),
        (by_another_key, "is not trusted"),
        (under_our_name, "does not fit what it says"),
        (no_base64, "does not fit what it says"),
    ],
)
def test_a_signature_that_does_not_hold_is_named(
    file: Path, change: Callable[[Signed], Signed], said: str, tmp_path: Path
) -> None:
    grow()
    made = checkpoints.checkpoint(file)
    assert verify_log(made).checkpoints == 1
    assert verify_log(made).sound
    bad = [change(made[0])]
    verdict = verify_log(bad)
    assert (verdict.sound, verdict.bad_seq, verdict.checkpoints) == (False, None, 0)
    assert said in verdict.unsigned[0]
    assert "publication seq 3" in verdict.unsigned[0]
    (tmp_path / "bad.ndjson").write_text(json.dumps({name: getattr(bad[0], name) for name in Signed.__slots__}))
    with pytest.raises(CommandError, match=said):
        call_command("verify_log", checkpoints=str(tmp_path / "bad.ndjson"))


def test_the_key_before_this_one_is_trusted_where_it_is_named(file: Path, settings: Any) -> None:
    grow()
    made = checkpoints.checkpoint(file)
    settings.CHECKPOINT_KEY = OTHER_SEED
    assert not verify_log(made).sound
    settings.CHECKPOINT_PUBLIC_KEYS = (made[0].public_key,)
    assert verify_log(made).sound
    again = checkpoints.checkpoint(file)
    assert again[0].key_id != made[0].key_id
    assert verify_log([*made, *again]).sound


def test_two_signed_heads_with_one_number_and_two_hashes_are_named(file: Path) -> None:
    grow()
    made = checkpoints.checkpoint(file)
    other = checkpoints.sign("publication", 3, "e" * 64, made[0].at)
    assert "name different hashes" in verify_log([made[0], other]).unsigned[0]


def test_both_chains_are_verified_offline_with_nothing_but_files_and_a_public_key(
    file: Path, tmp_path: Path, settings: Any
) -> None:
    grow()
    auditing.record(action="change", after={"place_text": "قتل"})
    made = checkpoints.checkpoint(file)
    call_command("export_audit", str(tmp_path / "audit.ndjson"))
    rows = list(stored_rows())
    trusted = checkpoints.trusted_keys([made[0].public_key])
    settings.CHECKPOINT_KEY = ""
    assert verify_rows(rows, signed=made, trusted=trusted).checkpoints == 1
    assert verify_rows(rows[:-1], signed=made, trusted=trusted).bad_seq == 3
    assert verify_rows(list(audit_rows())[:-2], signed=made, trusted=trusted).bad_seq == 2
    options = {"checkpoints": str(file), "public_key": [made[0].public_key]}
    call_command("verify_log", feed=str(tmp_path / "audit.ndjson"), **options)
    lines = (tmp_path / "audit.ndjson").read_text().splitlines()
    (tmp_path / "audit.ndjson").write_text(lines[0])
    with pytest.raises(CommandError, match="seq 2"):
        call_command("verify_log", feed=str(tmp_path / "audit.ndjson"), **options)


def test_a_file_that_holds_checkpoints_of_the_other_chain_alone_proves_nothing(file: Path, tmp_path: Path) -> None:
    grow()
    auditing.record(action="change", after={"place_text": "Tuwaym"})
    made = {each.log: each for each in checkpoints.checkpoint(file)}
    call_command("export_audit", str(tmp_path / "audit.ndjson"))
    for log, other in (("audit", "publication"), ("publication", "audit")):
        (tmp_path / log).write_text(json.dumps(asdict(made[log])))
        feed = tmp_path / f"{other}.ndjson"
        if other == "publication":
            feed.write_text("\n".join(json.dumps(row) for row in stored_rows()))
        with pytest.raises(CommandError, match="compared with nothing"):
            call_command("verify_log", feed=str(feed), checkpoints=str(tmp_path / log))
        (tmp_path / other).write_text(json.dumps(asdict(made[other])))
        call_command("verify_log", feed=str(feed), checkpoints=str(tmp_path / other))


def test_a_checkpoint_of_a_log_that_there_is_not_is_none(file: Path, tmp_path: Path) -> None:
    grow()
    checkpoints.checkpoint(file)
    (tmp_path / "other").write_text(file.read_text().replace("publication", "publications"))
    with pytest.raises(CommandError, match="Line 1 is no checkpoint"):
        call_command("verify_log", checkpoints=str(tmp_path / "other"))


def test_a_saved_page_of_the_api_is_a_file_of_checkpoints(file: Path, tmp_path: Path, client: Client) -> None:
    grow()
    made = checkpoints.checkpoint(file)
    page = client.get("/api/v1/log/checkpoints/").content
    (tmp_path / "page.json").write_bytes(page)
    assert checkpoints.read_file(tmp_path / "page.json") == made[:1]


def test_what_is_appended_after_a_checkpoint_is_sound(file: Path) -> None:
    grow()
    made = checkpoints.checkpoint(file)
    grow()
    assert verify_log(made).sound
    assert verify_audit(made).sound


@pytest.mark.parametrize("line", ["nothing", "[1]", "{}", '{"log": "audit"}', '{"results": [7]}', "[" * 100_000])
def test_a_line_that_is_no_checkpoint_is_named(line: str, tmp_path: Path) -> None:
    (tmp_path / "bad.ndjson").write_text("\n" + line)
    with pytest.raises(CommandError, match="Line 2 is no checkpoint"):
        call_command("verify_log", checkpoints=str(tmp_path / "bad.ndjson"))


@pytest.mark.parametrize("text", [None, "", "\n"])
def test_a_file_without_a_checkpoint_proves_nothing(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "empty.ndjson").write_text(text)
    with pytest.raises(CommandError, match="There is no file" if text is None else "holds no checkpoint"):
        call_command("verify_log", checkpoints=str(tmp_path / "empty.ndjson"))


@pytest.mark.parametrize("key", ["short", "***", base64.b64encode(b"x" * 31).decode()])
def test_what_is_no_public_key_is_refused(key: str) -> None:
    with pytest.raises(CommandError, match="no public key"):
        call_command("verify_log", public_key=[key])


def test_a_developers_key_is_made_once_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    kept = tmp_path / "var" / "checkpoint_key"
    made = signing_seed("", debug=True, file=kept)
    assert signing_seed("", debug=True, file=kept) == made
    assert len(base64.b64decode(made)) == 32
    assert kept.stat().st_mode & 0o777 == 0o600
    assert signing_seed("", debug=False, file=kept) == ""
    with pytest.raises(ImproperlyConfigured, match="CHECKPOINT_KEY"):
        signing_seed("abc", debug=False, file=kept)


def test_a_head_that_no_row_has_is_not_signed(file: Path) -> None:
    """Else whoever can write one row gets a signature over any hash, and the sound log is called bad for good."""
    grow()
    checkpoints.checkpoint(file)
    grow(1)
    before = file.read_text()
    for said in ({"seq": 5000, "hash": "a" * 64}, {"seq": 4, "hash": "b" * 64}, {"seq": 3, "hash": "x"}):
        head = LogHead.objects.values("seq", "hash").get()
        LogHead.objects.update(**said)
        with pytest.raises(CheckpointError, match=f"says seq {said['seq']} with a hash that no row of it has"):
            checkpoints.checkpoint(file)
        LogHead.objects.update(**head)
    assert file.read_text() == before
    assert [(each.log, each.seq) for each in checkpoints.checkpoint(file)] == [("publication", 4), ("audit", 2)]
    assert verify_log(checkpoints.stored()).sound


def test_a_checkpoint_that_nobody_signed_is_not_taken_for_signed_already(file: Path) -> None:
    grow()
    made = checkpoints.sign("publication", 3, LogHead.objects.get().hash, "2025-03-09T12:00:00.000000Z")
    said = asdict(made) | {"signature": base64.b64encode(b"x" * 64).decode()}
    del said["at"]
    Checkpoint.objects.create(**said, signed_at=datetime(2025, 3, 9, 12, tzinfo=UTC))
    with pytest.raises(CheckpointError, match="at seq 3 whose signature does not fit"):
        checkpoints.checkpoint(file)
    grow(1)
    assert [each.seq for each in checkpoints.checkpoint(file) if each.log == "publication"] == [4]
    assert "does not fit what it says" in verify_log(checkpoints.stored()).unsigned[0]


def test_what_the_file_lacks_is_written_to_it(file: Path, capsys: Any) -> None:
    grow()
    made = checkpoints.checkpoint(file)
    file.unlink()
    call_command("verify_log")
    assert f"There is no file of checkpoints at {file}" in capsys.readouterr().out
    with pytest.raises(CheckpointError, match="cannot be written"):
        checkpoints.checkpoint(Path("/proc/none/checkpoints"))
    assert checkpoints.checkpoint(file) == made == checkpoints.read_file(file)
    call_command("checkpoint")
    assert "Nothing new to sign" in capsys.readouterr().out
    with pytest.raises(CheckpointError, match="is no file that could hold checkpoints"):
        checkpoints.checkpoint(Path("/dev/full"))


def test_checkpoints_that_the_database_lost_are_told(file: Path, capsys: Any) -> None:
    grow()
    checkpoints.checkpoint(file)
    drop_triggers(connection)
    Checkpoint.objects.all()._raw_delete("default")
    call_command("verify_log")
    assert "The database lacks 2 of the 2 checkpoints" in capsys.readouterr().out


@pytest.mark.postgresql
def test_a_moment_that_is_none_is_named_and_stops_nothing(file: Path) -> None:
    grow()
    checkpoints.checkpoint(file)
    drop_triggers(connection)
    for moment in ("infinity", "0044-03-15 BC"):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE incidents_checkpoint SET signed_at = %s WHERE log = 'publication'", [moment])
        assert "does not fit what it says" in verify_log(checkpoints.stored()).unsigned[0]
        assert [each.log for each in checkpoints.stored() if each.at] == ["audit"]


def test_a_head_with_another_hash_than_the_last_row_is_said_to_have_one() -> None:
    grow()
    LogHead.objects.update(hash="x")
    assert verify_log().fault == "the head has another hash than the last row"


@pytest.mark.parametrize("option", ["--feed", "--checkpoints"])
def test_an_empty_option_is_refused(option: str) -> None:
    with pytest.raises(CommandError, match="it is empty"):
        call_command("verify_log", option, "")


def test_what_an_earlier_key_signed_stops_a_cut_log_too(file: Path, settings: Any) -> None:
    """Also where nobody named that key as one that is trusted."""
    grow()
    checkpoints.checkpoint(file)
    drop_triggers(connection)
    PublicationBody.objects.filter(pk=3)._raw_delete("default")
    Publication.objects.filter(seq=3)._raw_delete("default")
    last = Publication.objects.get(seq=2)
    LogHead.objects.update(seq=2, hash=last.hash)
    settings.CHECKPOINT_KEY, settings.CHECKPOINT_PUBLIC_KEYS = OTHER_SEED, ()
    with pytest.raises(CheckpointError, match="does not hold what was signed at seq 3"):
        checkpoints.checkpoint(file)
