"""Erasing what a submission said that came to nothing: afterwards no table holds it, and all verifies."""

import json
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from incidents.choices import SubmissionAction as Action
from incidents.models import AuditEntry, IdempotentRequest, Submission
from incidents.rules.submissions import moderating, submitting
from incidents.rules.trail.verification import verify_audit
from tests.contributions import approved, person, sender, tuwaym

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


def test_an_undone_correction_leaves_the_history_of_what_stands_and_says_so() -> None:
    by = sender()
    known = moderating.act(approved(tuwaym(), by), Action.PUBLISH, by=person("lead")).incident
    assert known is not None
    correction = {"changes": {"title": {"en": f"What {NAME} saw"}}, "reason": "Better known"}
    content = {"type": "correction", "about": str(known.public_id), "correction": correction}
    submission = approved(content, by)
    moderating.act(submission, Action.UNDO, by=person("lead"), reason="It names a witness")
    said = run(str(submission.public_id), *WHY, "--yes")
    assert "rows that it made or changed are in the record and keep their history: 1, " in said
    assert holding_her() == {"HistoricalIncident"}


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
