"""What two do at once: the second is about what the first left, or is told that it is another version."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from incidents.api.v1.submissions import Submissions
from incidents.choices import SubmissionAction
from incidents.models import AuditEntry, Decision, DuplicateCandidate, Submission, SubmissionPart
from incidents.rules.accounts.keys import NewKey
from incidents.rules.publication.publishing import withdraw
from incidents.rules.submissions import moderating, stepping
from tests.api.v1.test_submission_versions import publish
from tests.contract.validation import CheckedClient
from tests.contributions import person, tuwaym
from tests.factories import DuplicateCandidateFactory
from tests.keys import key_of, organisation, send

pytestmark = pytest.mark.django_db

HELD = "incidents.rules.submissions.moderating.held"
URL, PAIRS = "/api/v1/submissions/", "/api/v1/duplicates/"


def once(then: Callable[[], Any], rule: Callable[..., Any]) -> Callable[..., Any]:
    """The rule, with something else done in its middle: before it is called the first time, or after where it reads."""
    left = [then]

    def called(*given: Any, **named: Any) -> Any:
        if left:
            left.pop()()
        return rule(*given, **named)

    return called


@pytest.fixture
def sent(ngo: NewKey) -> str:
    answer = send(Client(), ngo, "POST", URL, tuwaym())
    assert answer.status_code == 201, answer.content
    return str(answer["Location"]).removeprefix("http://testserver")


def test_two_patches_for_any_version_are_both_kept(ngo: NewKey, sent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile() -> None:
        other = send(Client(), ngo, "PATCH", sent, {"incident": {"summary": {"en": "Told."}}}, if_match="*")
        assert other.status_code == 200, other.content

    read = Submissions.own

    def own(self: Submissions, **asked: Any) -> Submission:
        found = read(self, **asked)
        monkeypatch.setattr(Submissions, "own", read)
        meanwhile()
        return found

    monkeypatch.setattr(Submissions, "own", own)
    answer = send(Client(), ngo, "PATCH", sent, {"note": "Mended."}, if_match="*")
    content = answer.json()["content"]
    assert (content["note"], content["incident"]["summary"]) == ("Mended.", {"en": "Told."})
    assert (answer.json()["version"], Submission.objects.get().version) == (3, 3)


def test_a_decision_on_a_name_is_about_the_name_as_it_stands_then(
    ngo: NewKey, sent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission, desk = Submission.objects.get(), person("moderator")
    moderating.act(submission, SubmissionAction.CLAIM, by=desk)
    part = submission.parts.get(pointer="/sources/0")
    SubmissionPart.objects.filter(pk=part.pk).update(outcome="waiting")
    part.refresh_from_db()

    def meanwhile() -> None:
        moderating.resolve(SubmissionPart.objects.get(pk=part.pk), by=desk, object_id=None)

    monkeypatch.setattr(HELD, once(meanwhile, stepping.held))
    left = moderating.resolve(part, by=desk, object_id=None)
    first, second = AuditEntry.objects.filter(action="match").order_by("seq")
    values = [json.loads(each.kept.values or "") for each in (first, second)]
    assert values[1]["before"] == values[0]["after"]
    assert left.version == 3, "the second decided what the first had"


def test_a_name_that_is_not_sent_any_more_is_another_version(sent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key = key_of("lead", scopes=["submissions:read", "moderation"], organisation=organisation("Desk"))
    assert send(Client(), key, "POST", f"{sent}actions/", {"action": "claim"}, if_match="*").status_code == 200
    gone = once(SubmissionPart.objects.filter(pointer="/sources/0").delete, stepping.held)
    monkeypatch.setattr(HELD, gone)
    body = {"pointer": "/sources/0", "object_id": None}
    assert send(Client(), key, "POST", f"{sent}names/", body, if_match="*").status_code == 412


def test_who_polls_is_told_that_what_it_became_was_withdrawn(api: CheckedClient, ngo: NewKey) -> None:
    answer = send(api, ngo, "POST", URL, tuwaym())
    publish(api, answer)
    sent = f"{URL}{answer.json()['id']}/"
    before = send(Client(), ngo, "GET", sent)
    submission = Submission.objects.get()
    assert submission.incident is not None
    withdraw(submission.incident, reason_code="correction", reason="It is another one.")
    after = send(Client(), ngo, "GET", sent, if_none_match=before["ETag"])
    told = [each.json()["subject"]["standing"] for each in (before, after)]
    assert (after.status_code, told) == (200, ["public", "withdrawn"])


def test_who_read_a_pair_before_its_merge_was_proposed_decides_on_something_else() -> None:
    pair: DuplicateCandidate = DuplicateCandidateFactory()
    key = key_of("moderator", scopes=["moderation"], organisation=organisation("Desk"))
    where = f"{PAIRS}{pair.public_id}/"
    etag = send(Client(), key, "GET", where)["ETag"]
    merge, other = (
        {"action": "propose_merge", "reason": "One attack.", "survivor": str(each.public_id)}
        for each in (pair.first, pair.second)
    )
    proposed = send(Client(), key, "POST", f"{where}actions/", merge, if_match=etag)
    assert (proposed.status_code, proposed["ETag"] != etag) == (200, True)
    two = {"action": "not_duplicates", "reason": "Two villages."}
    for body in (other, two):
        assert send(Client(), key, "POST", f"{where}actions/", body, if_match=etag).status_code == 412
    assert Decision.objects.count() == 1
    assert proposed["ETag"] == send(Client(), key, "GET", where)["ETag"]


def test_a_body_that_is_not_there_changes_nothing(ngo: NewKey, sent: str) -> None:
    refused = send(Client(), ngo, "PATCH", sent, if_match="*")
    assert (refused.status_code, "empty" in refused.content.decode()) == (400, True)
    assert Submission.objects.get().version == 1
