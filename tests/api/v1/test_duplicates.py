"""Pairs of possible duplicates over the API: who reviews reads and decides them, and nobody else learns of them.

How pairs are found is tested in tests/rules/test_duplicates.py, how a merge is confirmed in test_decisions.py.
"""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import AuditEntry, AuditValues, Decision, DuplicateCandidate, Incident
from incidents.rules.accounts.keys import NewKey
from incidents.rules.publication.publishing import publish
from incidents.rules.sameness import duplicates
from incidents.rules.trail import editing
from tests.contract.validation import CheckedClient
from tests.factories import ClaimFactory, DocumentFactory, DuplicateCandidateFactory
from tests.keys import key_of, organisation, send
from tests.rules.test_duplicates import village

pytestmark = pytest.mark.django_db

URL = "/api/v1/duplicates/"
TWO = {"action": "not_duplicates", "reason": "Two villages of one name."}


@pytest.fixture
def moderator(db: None) -> NewKey:
    return key_of("moderator", scopes=["moderation"], organisation=organisation("Desk"))


@pytest.fixture
def lead(db: None) -> NewKey:
    return key_of("lead", scopes=["moderation"], organisation=organisation("Desk"))


def ids(answer: Any) -> list[str]:
    return [each["id"] for each in answer.json()["results"]]


def at(pair: DuplicateCandidate) -> str:
    return f"{URL}{pair.public_id}/"


def one(pair: DuplicateCandidate, keep: Incident) -> dict[str, Any]:
    return {"action": "propose_merge", "reason": "One attack, told twice", "survivor": str(keep.public_id)}


def test_it_works(api: CheckedClient, moderator: NewKey) -> None:
    pair = DuplicateCandidateFactory(first=village(), second=village(), score=740)
    publish([pair.first])
    (told,) = send(api, moderator, "GET", URL).json()["results"]
    assert (told["id"], told["score"], told["decision"]) == (str(pair.public_id), 740, "open")
    assert "Killed: 31 and 31" in {reason["words"] for reason in told["reasons"]}
    assert [(each["id"], each["public"]) for each in told["incidents"]] == [
        (str(pair.first.public_id), True),
        (str(pair.second.public_id), False),
    ]
    read = send(api, moderator, "GET", at(pair))
    assert (read.json(), read["ETag"]) == (told, f'"{told["version"]}"')


@pytest.mark.parametrize("role", ["contributor", "moderator"])
def test_nobody_else_learns_of_them(api: CheckedClient, role: str) -> None:
    pair = DuplicateCandidateFactory()
    key = key_of(role, scopes=["submissions:read", "submissions:write"])
    for method, url in (("GET", URL), ("GET", at(pair)), ("POST", f"{at(pair)}actions/")):
        refused = send(api, key, method, url, TWO if method == "POST" else None, if_match="*")
        assert (refused.status_code, "moderation" in refused.json()["detail"]) == (403, True), url
    assert api.get(URL).status_code == 401


def test_those_that_wait_are_listed_the_likeliest_first_in_pages(api: CheckedClient, moderator: NewKey) -> None:
    low, high, same = (DuplicateCandidateFactory(score=score) for score in (510, 900, 900))
    told = duplicates.not_duplicates(DuplicateCandidateFactory(score=950), note="Two.")
    gone = DuplicateCandidateFactory(score=800)
    Incident.objects.filter(pk=gone.second_id).update(merged_into=low.first)

    def listed(query: str) -> list[str]:
        return ids(send(api, moderator, "GET", f"{URL}?{query}"))

    waiting = [str(each.public_id) for each in (same, high, low)]
    assert listed("waiting=true") == waiting
    assert listed("waiting=false") == [str(told.public_id), str(gone.public_id)]
    assert listed("decision=not_duplicates") == [str(told.public_id)]
    assert listed(f"incident={gone.second.public_id}") == [str(gone.public_id)]
    assert listed(f"incident={low.second.public_id}&decision=merged") == []
    first = send(api, moderator, "GET", f"{URL}?waiting=true&limit=2&count=exact").json()
    second = send(api, moderator, "GET", first["next"]).json()
    assert ([each["id"] for each in first["results"] + second["results"]], first["count"]) == (waiting, 3)
    (merged,) = send(api, moderator, "GET", f"{URL}?incident={gone.second.public_id}").json()["results"]
    assert merged["incidents"][1]["merged_into"] == str(low.first.public_id)


def test_two_are_told_apart_at_the_version_that_was_read(api: CheckedClient, moderator: NewKey) -> None:
    pair = DuplicateCandidateFactory()
    read = send(api, moderator, "GET", at(pair))
    assert send(api, moderator, "POST", f"{at(pair)}actions/", TWO).status_code == 428
    done = send(api, moderator, "POST", f"{at(pair)}actions/", TWO, if_match=read["ETag"])
    assert (done.status_code, done.json()["decision"], done.json()["note"]) == (200, "not_duplicates", TWO["reason"])
    assert done.json()["version"] == read.json()["version"] + 1
    row = DuplicateCandidate.objects.get()
    assert (row.decision, row.decided_by, row.note) == ("not_duplicates", moderator.key.owner, TWO["reason"])
    entry = AuditEntry.objects.get(kind="duplicate_candidate", action="change")
    assert (entry.actor_id, entry.object_id, entry.reason) == (moderator.key.owner_id, str(pair.public_id), "")
    values = AuditValues.objects.get(pk=entry.pk).values or ""
    assert '"decision":"open"' in values
    assert TWO["reason"] in values


@pytest.mark.parametrize("end", ["first", "second", "pair"])
@pytest.mark.parametrize("action", ["not_duplicates", "propose_merge"])
def test_what_changed_since_it_was_read_is_not_decided(
    api: CheckedClient, moderator: NewKey, end: str, action: str
) -> None:
    pair = DuplicateCandidateFactory()
    etag = send(api, moderator, "GET", at(pair))["ETag"]
    if end == "pair":
        duplicates.not_duplicates(pair, note="Told apart meanwhile.")
    else:
        incident = getattr(pair, end)
        incident.summary = {"en": "Changed"}
        editing.save(incident, ["summary"])
    asked = TWO if action == "not_duplicates" else one(pair, pair.first)
    refused = send(api, moderator, "POST", f"{at(pair)}actions/", asked, if_match=etag)
    assert (refused.status_code, "read it again" in refused.json()["detail"]) == (412, True)
    assert not Decision.objects.exists()
    assert not DuplicateCandidate.objects.filter(note=TWO["reason"]).exists()


def test_a_merge_is_proposed_and_a_second_person_confirms_it(
    api: CheckedClient, moderator: NewKey, lead: NewKey
) -> None:
    pair = DuplicateCandidateFactory(first=village(), second=village())
    publish([pair.first])
    read = send(api, moderator, "GET", at(pair))
    asked = one(pair, pair.first) | {"take_from_absorbed": ["title"]}
    proposed = send(api, moderator, "POST", f"{at(pair)}actions/", asked, if_match=read["ETag"]).json()
    assert (proposed["decision"], send(api, moderator, "GET", URL).json()["results"]) == ("open", [proposed])
    decision = send(api, lead, "GET", f"/api/v1/decisions/{proposed['merge']}/")
    told = decision.json()
    assert (told["action"], told["object_id"]) == ("merge", str(pair.first.public_id))
    assert (told["absorbed"], told["take_from_absorbed"]) == (str(pair.second.public_id), ["title"])
    again = send(api, moderator, "POST", f"{at(pair)}actions/", one(pair, pair.first), if_match="*")
    assert (again.status_code, "is proposed for it already" in again.json()["detail"]) == (409, True)
    acts = f"/api/v1/decisions/{proposed['merge']}/actions/"
    assert send(api, moderator, "POST", acts, {"action": "confirm"}, if_match="*").status_code == 403
    assert send(api, lead, "POST", acts, {"action": "confirm"}, if_match=decision["ETag"]).status_code == 200
    merged = send(api, moderator, "GET", at(pair)).json()
    assert (merged["decision"], merged["merge"]) == ("merged", None)
    assert merged["incidents"][1]["merged_into"] == str(pair.first.public_id)
    refused = send(api, moderator, "POST", f"{at(pair)}actions/", TWO, if_match="*")
    assert (refused.status_code, "undo the merge first" in refused.json()["detail"]) == (409, True)


def test_a_decided_pair_is_not_merged(api: CheckedClient, moderator: NewKey) -> None:
    pair = duplicates.not_duplicates(DuplicateCandidateFactory(), note="Two.")
    refused = send(api, moderator, "POST", f"{at(pair)}actions/", one(pair, pair.first), if_match="*")
    assert (refused.status_code, "decided already" in refused.json()["detail"]) == (409, True)


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"reason": " "}, "/reason"),
        ({"reason": "\u2060"}, "/reason"),
        ({"reason": "Two \u202evillages"}, "/reason"),
        ({"action": "merge"}, "/action"),
        ({"survivor": "3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f"}, "/survivor"),
        ({"action": "propose_merge"}, "/survivor"),
        ({"action": "propose_merge", "survivor": "3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f"}, "/survivor"),
        ({"action": "propose_merge", "take_from_absorbed": ["version"]}, "/take_from_absorbed/0"),
        ({"decision": "merged"}, "/decision"),
    ],
    ids=str,
)
def test_a_fault_is_named_by_its_pointer(
    api: CheckedClient, moderator: NewKey, given: dict[str, Any], pointer: str
) -> None:
    pair = DuplicateCandidateFactory()
    refused = send(api, moderator, "POST", f"{at(pair)}actions/", TWO | given, if_match="*")
    assert refused.status_code == 400
    assert pointer in {error["pointer"] for error in refused.json()["errors"]}
    assert DuplicateCandidate.objects.get().decision == "open"


def views() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.filter(action="view_confidential").values_list("kind", "object_id"))


def test_who_reads_the_address_of_a_confidential_document_is_written_down(
    api: CheckedClient, moderator: NewKey
) -> None:
    shared = "https://partners.example.org/r/17"
    pair, other = DuplicateCandidateFactory(), DuplicateCandidateFactory()
    for end in (pair.first, pair.second):
        ClaimFactory(incident=end, document=DocumentFactory(url=shared, consent="partners"))
    reasons = [{"part": "shared", "points": 300, "how": "url", "url": "partners.example.org/r/17"}]
    DuplicateCandidate.objects.update(reasons=reasons)
    send(api, moderator, "GET", at(other))
    assert views() == []
    send(api, moderator, "GET", at(pair))
    send(api, moderator, "GET", URL)
    assert views() == [("duplicate_candidate", str(pair.public_id)), ("duplicate_candidate", "")]


def test_a_list_asks_as_much_about_many_as_about_two(api: CheckedClient, moderator: NewKey) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert send(api, moderator, "GET", URL).status_code == 200
        return len(captured)

    for _ in range(2):
        DuplicateCandidateFactory()
    queries()  # the key is used for the first time
    before = queries()
    for _ in range(8):
        DuplicateCandidateFactory()
    assert queries() == before
