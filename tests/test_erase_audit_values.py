"""The command that erases private values of the audit chain: what it shows, asks and refuses, and that all verifies."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from incidents.models import AuditEntry, AuditValues, Source
from incidents.rules.trail import auditing
from tests import factories

pytestmark = pytest.mark.django_db
WHY = ("--reason", "She asked for it")
NAME = "Fatima of Tuwaym"


def run(*command: str, answer: str = "") -> str:
    out = StringIO()
    call_command("erase_audit_values", *command, stdout=out, stdin=StringIO(answer))
    return out.getvalue()


@pytest.fixture
def witness() -> Source:
    """A source with two entries that hold her name, an entry of another source, and one that holds her id."""
    source, other = factories.SourceFactory(), factories.SourceFactory()
    auditing.record(action="create", obj=source, after={"names": {"en": NAME}, "kind": "witness"})
    auditing.record(action="view_confidential", obj=source)
    auditing.record(action="change", obj=source, before={"names": {"en": NAME}}, after={"names": {"en": "Fatima"}})
    auditing.record(action="change", obj=other, after={"names": {"en": "A court"}})
    auditing.record(action="merge", obj=other, after={"absorbed": str(source.public_id)}, actor=factories.UserFactory())
    return source


def standing() -> list[int]:
    return list(AuditValues.objects.filter(values__isnull=False).order_by("pk").values_list("pk", flat=True))


def test_it_works(witness: Source) -> None:
    said = run("--object", "source", str(witness.public_id), *WHY, "--yes")
    assert "The values of 2 entries were erased" in said
    assert "stay unless you name them: 5" in said
    assert standing() == [4, 5]
    assert not AuditValues.objects.filter(values__contains=NAME).exists()
    told = AuditEntry.objects.filter(action="erase").values_list("kind", "object_id", "reason")
    assert list(told) == [("audit_entry", number, "She asked for it") for number in ("1", "3")]


@pytest.mark.parametrize(("numbers", "left"), [(("1",), [3, 4, 5]), (("1-3", "5"), [4]), (("3", "3-4"), [1, 5])])
def test_entries_are_named_by_their_numbers(witness: Source, numbers: tuple[str, ...], left: list[int]) -> None:
    run(*numbers, *WHY, "--yes")
    assert standing() == left


def test_a_dry_run_shows_what_would_go_and_no_value(witness: Source) -> None:
    said = run("1-5", *WHY, "--dry-run", "--yes")
    assert f"create source {witness.public_id} by the system: kind, names\n" in said
    assert "the values of 4 entries would be erased" in said
    assert NAME not in said
    assert standing() == [1, 3, 4, 5]
    assert AuditEntry.objects.count() == 5


def test_without_an_answer_nothing_is_erased(witness: Source) -> None:
    for answer in ("", "\n", "yes\n"):
        with pytest.raises(CommandError, match=r"Nothing was erased.*say --yes"):
            run("1", *WHY, answer=answer)
    assert standing() == [1, 3, 4, 5]
    assert "were erased" in run("1", *WHY, answer="erase\n")
    assert standing() == [3, 4, 5]
    assert "nothing to erase" in run("1", *WHY)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("1", "--yes"), "--reason"),
        (("1", "--reason", " ", "--yes"), "Write the reason"),
        (WHY, "Say which entries"),
        (("99", *WHY), "has no entry 99"),
        (("4-2", *WHY), "from the lower"),
        (("1-999999", *WHY), "100,000 at once"),
        (("one", *WHY), "is no number"),
        (("--object", "sources", "1", *WHY), "no entry about sources 1"),
    ],
)
def test_what_it_cannot_do_it_says(witness: Source, command: tuple[str, ...], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        run(*command)
    assert standing() == [1, 3, 4, 5]


def test_everything_verifies_afterwards_online_and_offline(witness: Source, tmp_path: Path, settings: Any) -> None:
    settings.CHECKPOINTS_FILE = tmp_path / "checkpoints.ndjson"
    call_command("checkpoint", stdout=StringIO())
    run("--object", "source", str(witness.public_id), *WHY, "--yes")
    out = StringIO()
    call_command("verify_log", stdout=out)
    assert "audit chain: 7 rows checked to seq 7" in out.getvalue()
    exported = tmp_path / "audit.ndjson"
    call_command("export_audit", str(exported), stdout=StringIO())
    call_command("verify_log", feed=str(exported), checkpoints=str(settings.CHECKPOINTS_FILE), stdout=out)
    assert "feed: 7 rows checked to seq 7" in out.getvalue()
    assert NAME not in exported.read_text()
    assert [json.loads(line)["action"] for line in exported.read_text().splitlines()][-2:] == ["erase", "erase"]
