"""Erasing what a submission said that came to nothing: afterwards no table holds it, and all verifies."""

import json
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from incidents.choices import SubmissionAction as Action
from incidents.models import (
    AuditEntry,
    AuditValues,
    Claim,
    IdempotentRequest,
    Recognition,
    Submission,
    deleting,
)
from incidents.models.folding import fold
from incidents.rules.submissions import moderating, submitting
from incidents.rules.submissions.recognising import remember
from incidents.rules.trail import auditing
from incidents.rules.trail.verification import verify_audit
from tests.admin.forms import filled
from tests.contributions import approved, person, sender, tuwaym
from tests.factories import ActorFactory, SourceFactory, UserFactory

pytestmark = pytest.mark.django_db
NAME = "Fatima of Tuwaym"
WHY = ("--reason", "She asked for it")


def run(*command: str, answer: str = "") -> str:
    out = StringIO()
    call_command("erase_submission", *command, stdout=out, stdin=StringIO(answer))
    return out.getvalue()


def naming_her() -> dict[str, Any]:
    """What nobody should have sent: a witness by name, as a source, in a quote, a title and the note."""
    content = tuwaym(note=f"{NAME} told us")
    content["sources"][0]["names"] = {"en": NAME}
    content["incident"]["title"] = {"en": f"The killing that {NAME} saw"}
    content["claims"][0]["quote"] = f"I am {NAME}"
    return content


def holding_her() -> set[str]:
    """The tables that hold her name in any column."""
    return {
        model.__name__
        for model in apps.get_models()
        if any(NAME in json.dumps(row, default=str, ensure_ascii=False) for row in model._default_manager.values())
    }


def rejected() -> Submission:
    """Approved, so that all of it stood in the record, and rejected then."""
    submission = approved(naming_her())
    IdempotentRequest.objects.create(
        organisation=submission.organisation, key="k", digest="d", status=201,
        body=json.dumps({"id": str(submission.public_id), "content": naming_her()}),
    )  # fmt: skip
    return moderating.act(submission, Action.REJECT, by=submission.first_reviewer, reason="It names a witness")


def test_it_works() -> None:
    submission = rejected()
    assert {"Submission", "HistoricalSource", "AuditValues", "IdempotentRequest"} <= holding_her()
    said = run(str(submission.public_id), *WHY, "--yes")
    assert f"{submission.public_id}  erased, with" in said
    assert holding_her() == set()
    submission.refresh_from_db()
    assert (submission.content, submission.note, submission.state) == ({}, "", "rejected")
    assert [step.reason for step in submission.steps.all()][-1] == "It names a witness"
    last = AuditEntry.objects.order_by("-seq")[0]
    assert (last.action, last.kind, last.object_id) == ("erase", "submission", str(submission.public_id))


def test_the_chain_verifies_and_a_second_time_there_is_nothing_more() -> None:
    submission = rejected()
    run(str(submission.public_id), *WHY, "--yes")
    assert verify_audit().fault == ""
    assert "with 0 earlier versions of rows that are gone, 0 kept answers" in run(
        str(submission.public_id), *WHY, "--yes"
    )


def test_of_what_was_published_and_undone_only_the_log_holds_it() -> None:
    """Emptying what was published takes two people, at the desk."""
    submission = moderating.act(approved(naming_her()), Action.PUBLISH, by=person("lead"))
    moderating.act(submission, Action.UNDO, by=person("lead"), reason="It names a witness")
    run(str(submission.public_id), *WHY, "--yes")
    assert holding_her() == {"PublicationBody"}


@pytest.mark.parametrize("reference", ["the same", "none"])
def test_what_others_were_to_change_of_it_is_not_told_any_more(reference: str) -> None:
    """They compare with what the version before said, and with what it had put into the record."""
    by = sender()
    first = moderating.act(approved(naming_her(), by), Action.PUBLISH, by=person("lead"))
    assert first.incident is not None
    if reference == "the same":
        second, _ = submitting.put(by, first.external_scheme, first.external_key, tuwaym(external_reference=None))
    else:
        changes = {"changes": {"title": {"en": "A killing"}}, "reason": "Names a witness"}
        content = {"type": "correction", "about": str(first.incident.public_id), "correction": changes}
        second = submitting.submit(sender("Another"), content)
    moderating.act(first, Action.UNDO, by=person("lead"), reason="It names a witness")
    second.refresh_from_db()
    assert NAME in json.dumps(second.differences)
    said = run(str(first.public_id), *WHY, "--yes")
    assert f"{first.public_id}  1 other submissions no longer tell what they change of it." in said
    assert holding_her() == {"PublicationBody"}
    was, content = second.version, second.content
    second.refresh_from_db()
    assert (second.version, second.content) == (was + 1, content)
    told = {each["pointer"]: each for each in second.differences}
    title = next(each for where, each in told.items() if where.endswith("/title"))
    assert (title["previous"], title["record"]) == (None, None)
    assert title["sent"]
    assert "1 other" not in run(str(first.public_id), *WHY, "--yes")


def test_an_undone_correction_leaves_the_history_of_what_stands_but_for_its_words_and_says_so() -> None:
    by = sender()
    known = moderating.act(approved(tuwaym(), by), Action.PUBLISH, by=person("lead")).incident
    assert known is not None
    correction = {"changes": {"title": {"en": f"What {NAME} saw"}}, "reason": "Better known"}
    content = {"type": "correction", "about": str(known.public_id), "correction": correction}
    submission = approved(content, by)
    moderating.act(submission, Action.UNDO, by=person("lead"), reason="It names a witness")
    said = run(str(submission.public_id), *WHY, "--yes")
    assert "rows that it made or changed are in the record: 1, which others say too" in said
    assert "1 of their versions were emptied" in said
    assert holding_her() == set()
    versions = [each.title for each in known.history.order_by("history_id")]
    assert versions == [tuwaym()["incident"]["title"], {}, tuwaym()["incident"]["title"]]


@pytest.mark.parametrize("then", ["stands", "is undone"])
def test_what_a_later_version_found_and_changed_is_forgotten_with_it(then: str) -> None:
    by = sender()
    first = moderating.act(approved(naming_her(), by), Action.PUBLISH, by=person("lead"))
    content = tuwaym(external_reference=None)
    content["incident"]["place"] |= {"text": "Tuwaym, at the mill"}
    sent, _ = submitting.put(by, first.external_scheme, first.external_key, content)
    moderator = person("moderator")
    moderating.act(sent, Action.CLAIM, by=moderator)
    for part in sent.parts.filter(outcome="waiting"):
        moderating.resolve(part, by=moderator, object_id=None)
    moderating.act(sent, Action.APPROVE, by=moderator, reason="Two sources")
    second = moderating.act(sent, Action.PUBLISH, by=person("lead"))
    moderating.act(first, Action.UNDO, by=person("lead"), reason="It names a witness")
    record = second.incident
    assert record is not None
    assert NAME in str(second.parts.get(pointer="/incident").before)
    said = run(str(first.public_id), *WHY, "--yes")
    assert holding_her() == {"PublicationBody", "AuditValues"}
    beside = [each.pk for each in AuditValues.objects.all() if NAME in str(each.values)]
    assert f"and more besides: {', '.join(map(str, beside))}. They stay" in said
    assert second.parts.get(pointer="/incident").before == {
        "title": [{}, content["incident"]["title"]],
        "place_text": ["", "Tuwaym, at the mill"],
    }
    if then == "is undone":
        moderating.act(second, Action.UNDO, by=person("lead"), reason="A mistake")
        assert holding_her() == {"PublicationBody", "AuditValues"}
        assert NAME not in str(record.history.values_list("title", flat=True))


@pytest.mark.parametrize("others", ["nothing", "the same name", "another name"])
def test_what_was_decided_on_a_name_goes_unless_they_send_it_in_something_else(others: str) -> None:
    by, known = sender(), SourceFactory(names={"en": "Somebody known"})
    submission, moderator = submitting.submit(by, naming_her()), person("moderator")
    if others != "nothing":
        content = naming_her() if others == "the same name" else tuwaym()
        submitting.submit(by, content | {"external_reference": None})
    moderating.act(submission, Action.CLAIM, by=moderator)
    part = submission.parts.get(pointer="/sources/0")
    moderating.resolve(part, by=moderator, object_id=known.public_id)
    moderating.resolve(submission.parts.get(pointer="/actors/0"), by=moderator, object_id=ActorFactory().public_id)
    remember(sender("Another").organisation, "source", {"en": NAME}, known.public_id, moderator)
    moderating.act(submission, Action.REJECT, by=moderator, reason="It names a witness")
    said = run(str(submission.public_id), *WHY, "--yes")
    left = set(Recognition.objects.values_list("organisation__name", "kind", "folded"))
    hers = {(by.organisation.name, "source", fold(NAME))} if others == "the same name" else set()
    assert {each for each in left if each[1] == "source"} == {("Another", "source", fold(NAME)), *hers}
    assert {each[1] for each in left} == ({"source"} if others == "nothing" else {"source", "actor"})
    gone = {"nothing": 2, "the same name": 0, "another name": 1}[others]
    assert (f"{gone} of its names are recognised no more" in said) is bool(gone)
    assert AuditValues.objects.filter(values__contains=f'"names":{gone}').exists()


def at_the_desk(model: str, action: str, row: Any, **changed: Any) -> None:
    """Change or delete a row on its page, as a lead."""
    desk = Client()
    desk.force_login(UserFactory(is_staff=True, is_superuser=True))
    page = reverse(f"admin:incidents_{model}_{action}", args=[row.pk])
    answer = desk.post(page, {"post": "yes"} if action == "delete" else filled(desk, page) | changed)
    assert answer.status_code == 302


@pytest.mark.parametrize("action", ["delete", "change"])
def test_what_the_desk_did_to_its_rows_is_told_no_more_either(action: str) -> None:
    submission = approved(naming_her())
    claim = Claim.objects.get(quote=f"I am {NAME}")
    at_the_desk("claim", "change", claim, quote="I am a witness")
    if action == "delete":
        at_the_desk("claim", "delete", claim)
    moderating.act(submission, Action.REJECT, by=submission.first_reviewer, reason="It names a witness")
    run(str(submission.public_id), *WHY, "--yes")
    assert holding_her() == set()
    assert verify_audit().fault == ""


@pytest.mark.parametrize("besides", [False, True])
def test_what_the_desk_took_out_of_a_record_that_stands_goes_or_is_named(*, besides: bool) -> None:
    """On the page of the whole, a part that goes is told with whatever else was changed there."""
    by = sender("Another")
    known = moderating.act(approved(tuwaym(), by), Action.PUBLISH, by=person("lead")).incident
    assert known is not None
    content = naming_her() | {"type": "claims", "about": str(known.public_id)}
    for name in ("incident", "external_reference"):
        content.pop(name)
    submission = approved(content)
    claim = Claim.objects.get(quote=f"I am {NAME}")
    told: dict[str, Any] = {"parts": {"claim": {str(claim.pk): {"quote": claim.quote}}}}
    known.refresh_from_db()
    deleting.delete(Claim, {claim.pk})
    entry = auditing.record(action="change", obj=known, before=told | ({"summary": {"en": "Else"}} if besides else {}))
    moderating.act(submission, Action.REJECT, by=submission.first_reviewer, reason="It names a witness")
    said = run(str(submission.public_id), *WHY, "--yes")
    assert holding_her() == ({"AuditValues"} if besides else set())
    assert (f"and more besides: {entry}. They stay; erase_audit_values empties them." in said) is besides


@pytest.mark.parametrize("state", ["submitted", "approved"])
def test_what_is_not_over_is_not_erased(state: str) -> None:
    submission = approved(naming_her()) if state == "approved" else submitting.submit(sender(), naming_her())
    over = submitting.submit(sender("Another"), tuwaym())
    moderating.act(over, Action.WITHDRAW, by=over.author, reason="A mistake")
    with pytest.raises(CommandError, match=f"is {state}: reject it, or undo it, and erase it then. Nothing was"):
        run(str(over.public_id), str(submission.public_id), *WHY, "--yes")
    over.refresh_from_db()
    assert over.content["type"] == "incident"


def test_a_dry_run_and_no_answer_erase_nothing() -> None:
    submission = rejected()
    before = holding_her()
    said = run(str(submission.public_id), *WHY, "--dry-run", "--yes")
    assert "Dry run: what they said would be erased for good, of 1 in all." in said
    assert NAME not in said
    with pytest.raises(CommandError, match=r"Nothing was erased.*say --yes"):
        run(str(submission.public_id), *WHY, answer="yes\n")
    assert holding_her() == before
    assert "erased, with" in run(str(submission.public_id), *WHY, answer="erase\n")


def test_mistakes_are_told() -> None:
    unknown = str(uuid4())
    with pytest.raises(CommandError, match=f"There is no submission {unknown}. Nothing was erased."):
        run(unknown, *WHY, "--yes")
    with pytest.raises(CommandError, match="'12' is no id of a submission"):
        run("12", *WHY, "--yes")
    with pytest.raises(CommandError, match="Write the reason"):
        run(str(rejected().public_id), "--reason", " ", "--yes")
