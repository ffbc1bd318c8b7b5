"""Every way of sending says in a dry run what would become of it, and leaves everything as it was."""

from copy import deepcopy
from typing import Any

import pytest

from incidents.models import AuditEntry, Claim, Incident, Submission, SubmissionPart, SubmissionStep
from tests.api.v1.test_submissions import BOTH, URL, Caller, pointers
from tests.contract.validation import CheckedClient
from tests.contributions import country, tuwaym, with_reference
from tests.factories import ClaimFactory, DocumentFactory, SourceFactory
from tests.keys import key_of, organisation

pytestmark = pytest.mark.django_db

STORED = (Submission, SubmissionPart, SubmissionStep, Incident, Claim, AuditEntry)


@pytest.fixture
def ngo(api: CheckedClient) -> Caller:
    country()
    return Caller(api, key_of(scopes=BOTH))


def rows() -> list[Any]:
    return [list(model._default_manager.order_by("pk").values()) for model in STORED]


def best(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [row["best"] for row in answer.json()["estimates"] if row["status"] == "all"]


def killed(number: int, **changed: Any) -> dict[str, Any]:
    content = deepcopy(tuwaym(**changed))
    content["claims"][0]["value"] = number
    return content


def test_a_change_of_what_was_sent(ngo: Caller) -> None:
    where = ngo.post(URL, tuwaym())["Location"]
    before, claims = rows(), killed(44)["claims"]
    tried = ngo.send("PATCH", f"{where}?dry_run=true", {"claims": claims}, if_match='"1"')
    assert best(tried) == [44]
    assert [part["pointer"] for part in tried.json()["parts"]]
    assert ngo.send("PATCH", f"{where}?dry_run=true", {"claims": claims}).status_code == 428
    assert ngo.send("PATCH", f"{where}?dry_run=true", {"claims": claims}, if_match='"7"').status_code == 412
    wrong = ngo.send("PATCH", f"{where}?dry_run=true", {"claims": [claims[0] | {"measure": "x"}]}, if_match='"1"')
    assert pointers(wrong) == {"/claims/0/measure": "invalid_choice"}
    assert rows() == before
    # Sent in earnest it becomes what was said.
    assert ngo.send("PATCH", where, {"claims": claims}, if_match='"1"').status_code == 200
    assert best(ngo.send("PATCH", f"{where}?dry_run=true", {"note": "x"}, if_match='"2"')) == [44]


def test_what_has_an_external_id_new_or_open(ngo: Caller) -> None:
    url = f"{URL}by-external-id/partner/tuwaym-1/"
    assert best(ngo.send("PUT", f"{url}?dry_run=true", tuwaym(external_reference=None))) == [31]
    assert not Submission.objects.exists()
    assert ngo.send("PUT", url, tuwaym()).status_code == 201
    before = rows()
    assert best(ngo.send("PUT", f"{url}?dry_run=true", killed(44))) == [44]
    other = killed(44, external_reference={"scheme": "partner", "key": "another"})
    assert pointers(ngo.send("PUT", f"{url}?dry_run=true", other)) == {"/external_reference": "contradiction"}
    assert rows() == before


def test_each_of_many_has_its_estimate(ngo: Caller) -> None:
    items = [with_reference("a"), with_reference("b", incident=None), killed(44), with_reference("a")]
    answer = ngo.post(f"{URL}bulk/?dry_run=true", {"items": items})
    assert answer.status_code == 200, answer.content
    results = answer.json()["results"]
    said = [row["estimates"] and next(each["best"] for each in row["estimates"]) for row in results]
    assert said == [31, None, 44, None]
    assert [bool(row["errors"]) for row in results] == [False, True, False, True], "a reference twice is refused too"
    atomic = ngo.post(f"{URL}bulk/?dry_run=true", {"items": items, "atomic": True})
    assert set(pointers(atomic)) == {"/items/1/incident", "/items/3/external_reference"}
    assert not Submission.objects.exists()
    assert [row["estimates"] for row in ngo.post(f"{URL}bulk/", {"items": items}).json()["results"]] == [None] * 4


def test_what_others_entered_since_is_nobodys_to_learn_from_a_trial_of_a_change(ngo: Caller) -> None:
    """A change is tried as of now, however long ago what it changes was sent."""
    published = _published(ngo)
    claims = {"type": "claims", "about": str(published.public_id), "external_reference": None}
    content = tuwaym(incident=None, actors=None, attributions=None, **claims)
    where = ngo.post(URL, content)["Location"]
    ClaimFactory(incident=published, document=DocumentFactory(publisher=SourceFactory()), value=9_999, status="all")
    highest = [
        row["high"]
        for tried in (
            ngo.post(f"{URL}?dry_run=true", content),
            ngo.send("PATCH", f"{where}?dry_run=true", {"note": "x"}, if_match='"1"'),
        )
        for row in tried.json()["estimates"]
    ]
    assert highest
    assert max(highest) == 31


def _published(ngo: Caller) -> Incident:
    sent = Submission.objects.get(public_id=ngo.post(URL, tuwaym()).json()["id"])
    desk = organisation("Desk")
    moderator, lead = (
        Caller(ngo.api, key_of(role, organisation=desk, scopes=[*BOTH, "moderation"])) for role in ("moderator", "lead")
    )
    for caller, action in ((moderator, "claim"), (moderator, "approve"), (lead, "publish")):
        body = {"action": action, "reason": "Two sources"}
        assert caller.send("POST", f"{URL}{sent.public_id}/actions/", body, if_match="*").status_code == 200
    return Incident.objects.get()
