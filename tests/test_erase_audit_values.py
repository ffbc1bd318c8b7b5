"""The command that erases private values of the audit chain: what it shows, asks and refuses, and that all verifies."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from incidents.models import AuditEntry, AuditValues, Claim, Incident, Source, TargetedGroup
from incidents.rules.delivery import webhooks
from incidents.rules.trail import auditing, editing
from incidents.rules.trail.verification import verify_audit
from tests import factories
from tests.factories import SourceFactory
from tests.keys import organisation

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
        (("1", "--history", *WHY), "Say whose history"),
        (("--object", "account", "1", "--history", *WHY), "No versions are kept of account; they are of actor, attr"),
        (("--object", "source", "1", "--history", *WHY), "no entry about source 1"),
    ],
)
def test_what_it_cannot_do_it_says(witness: Source, command: tuple[str, ...], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        run(*command)
    assert standing() == [1, 3, 4, 5]


@pytest.fixture
def renamed() -> Source:
    """A witness by name, who is "A witness" now, as two pages of the desk made it; and another whom nobody changed."""
    source, other = (SourceFactory(kind="witness", names={"en": NAME}, confidential=True) for _ in range(2))
    auditing.record(action="create", obj=source, after={"names": {"en": NAME}})
    for names, why in (({"en": "A witness"}, "She said so"), ({"en": "A witness"}, f"As {NAME} asked")):
        source.names, source.reliability_reason = names, why
        editing.save(source)
    source.reliability_reason = ""
    editing.save(source)
    auditing.record(action="create", obj=other, after={"names": {"en": NAME}})
    return source


def test_what_earlier_versions_say_stays_and_is_told(renamed: Source) -> None:
    said = run("--object", "source", str(renamed.public_id), *WHY, "--yes")
    stays = "stay, and stand on its page at the desk, unless you say --history: names, reliability_reason"
    assert f"Texts of 3 earlier versions of source {renamed.public_id} {stays}" in said
    assert NAME not in said
    assert NAME in json.dumps(list(Source.history.filter(id=renamed.pk).values_list("names", "reliability_reason")))


@pytest.mark.parametrize("gone", [False, True])
def test_what_earlier_versions_say_is_emptied(renamed: Source, *, gone: bool) -> None:
    key, pk = str(renamed.public_id), renamed.pk
    desk = Client()
    desk.force_login(factories.UserFactory(is_staff=True, is_superuser=True))
    page = f"/admin/incidents/source/{pk}/history/"
    assert NAME in desk.get(page).content.decode()
    if gone:
        renamed.delete()
    before = list(Source.history.filter(id=pk).values_list("history_date", "history_type", "kind", "version"))
    said = run("--object", "source", key, "--history", *WHY, "--dry-run")
    assert f"the values of 2 entries and texts of {5 if gone else 3} versions would be erased" in said
    assert "The texts of" in run("--object", "source", key, "--history", *WHY, answer="erase\n")
    assert "nothing to erase" in run("--object", "source", key, "--history", *WHY)
    told = Source.history.filter(id=pk).order_by("history_id").values_list("names", "reliability_reason")
    assert NAME not in json.dumps(list(told))
    assert told[0] == ({}, "")
    assert list(told)[-1] == (({}, "") if gone else ({"en": "A witness"}, ""))
    assert list(Source.history.filter(id=pk).values_list("history_date", "history_type", "kind", "version")) == before
    assert NAME not in desk.get(page).content.decode()
    assert Source.history.exclude(id=pk).get().names == {"en": NAME}
    assert AuditEntry.objects.filter(action="erase", kind="source", object_id=key).get().reason == WHY[1]
    assert verify_audit().fault == ""


def test_a_version_keeps_what_figures_and_privacy_follow_from_and_parts_of_no_own_id_go_with_the_whole() -> None:
    incident = factories.IncidentFactory(title={"en": NAME}, latitude=35.5, longitude=36.5)
    group = factories.TargetedGroupFactory(incident=incident, group={"en": NAME})
    claim = factories.ClaimFactory(incident=incident, value=3, quote=NAME)
    incident.title, incident.latitude, incident.longitude = {"en": "Other"}, None, None
    editing.save(incident)
    group.delete()
    claim.quote, claim.value = "", 4
    editing.save(claim)
    run("--object", "incident", str(incident.public_id), "--history", *WHY, "--yes")
    first = Incident.history.filter(id=incident.pk).order_by("history_id")[0]
    assert (first.title, first.latitude, first.start_earliest) == ({}, None, incident.start_earliest)
    assert {json.dumps(row.group) for row in TargetedGroup.history.all()} == {"{}"}
    assert {row.ground for row in TargetedGroup.history.all()} == {group.ground}
    assert NAME in {row.quote for row in Claim.history.all()}
    run("--object", "claim", str(claim.public_id), "--history", *WHY, "--yes")
    assert set(Claim.history.values_list("quote", "value")) == {("", 3), ("", 4)}


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


def test_entries_that_once_kept_secrets_are_found_by_what_they_kept(witness: Source) -> None:
    webhook, _ = webhooks.subscribe(organisation(), name="Archive", url="https://hooks.example.org/")
    kept = [  # as the desk wrote them beside the entries of the rules
        auditing.record(action="create", obj=webhook, after={"name": "Archive", "secret": webhook.secret}),
        auditing.record(action="create", obj=("api_key", "7"), after={"digest": "0" * 64, "pepper_version": 1}),
    ]
    auditing.record(action="create", obj=witness, after={"digest": "of something else"})
    assert "The values of 2 entries were erased" in run("--secrets", *WHY, "--yes")
    assert not set(kept) & set(standing())
    assert "nothing to erase" in run("--secrets", *WHY, "--yes")
