"""Organisations send, follow, change and take back submissions; the desk reviews them through the same door."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import DuplicateCandidate, IdempotentRequest, Incident, Submission, SubmissionPart, SubmissionStep
from incidents.rules.accounts.keys import NewKey
from incidents.rules.publication.publishing import publish
from incidents.rules.sameness import duplicates
from tests.contract.validation import CheckedClient
from tests.contributions import country, tuwaym, with_reference
from tests.factories import ClaimFactory, IncidentFactory, SourceFactory
from tests.keys import key_of, organisation, send

pytestmark = pytest.mark.django_db

URL = "/api/v1/submissions/"
BOTH = ["submissions:read", "submissions:write"]


class Caller:
    """A program with a key."""

    def __init__(self, api: CheckedClient, key: NewKey) -> None:
        self.api = api
        self.key = key

    def send(self, method: str, url: str, body: Any = None, **headers: str) -> Any:
        return send(self.api, self.key, method, url, body, **headers)

    def get(self, url: str, **headers: str) -> Any:
        return self.send("GET", url, **headers)

    def post(self, url: str, body: Any, **headers: str) -> Any:
        return self.send("POST", url, body, **headers)


@pytest.fixture
def ngo(api: CheckedClient) -> Caller:
    country()
    return Caller(api, key_of(scopes=BOTH))


def desk(api: CheckedClient, role: str) -> Caller:
    return Caller(api, key_of(role, organisation=organisation("Desk"), scopes=[*BOTH, "moderation"]))


def pointers(answer: Any) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


def test_it_works(ngo: Caller) -> None:
    answer = ngo.post(URL, tuwaym())
    assert answer.status_code == 201, answer.content
    sent = answer.json()
    assert (sent["state"], sent["version"], sent["external_reference"]["key"]) == ("submitted", 1, "tuwaym-1")
    assert answer["ETag"] == '"1"'
    read = ngo.get(answer["Location"])
    assert read.json() == sent
    assert read["Cache-Control"] == "private, no-store"
    assert ngo.get(URL).json()["results"] == [sent]


def test_nobody_without_a_key_or_without_the_scope(api: CheckedClient) -> None:
    assert api.post(URL, "{}", content_type="application/json").status_code == 401
    answer = Caller(api, key_of(scopes=["submissions:read"])).post(URL, tuwaym())
    assert (answer.status_code, "submissions:write" in answer.json()["detail"]) == (403, True)
    assert not Submission.objects.exists()


def test_each_fault_of_a_body_is_named(ngo: Caller) -> None:
    content = tuwaym(colour="red")
    content["incident"]["dates"]["start_earliest"] = "2025-02-30"
    content["claims"][0]["measure"] = "kiled"
    answer = ngo.post(URL, content)
    assert answer.status_code == 400
    assert pointers(answer) == {
        "/colour": "unknown_field",
        "/incident/dates/start_earliest": "invalid",
        "/claims/0/measure": "invalid_choice",
    }
    assert "did you mean 'killed'?" in answer.content.decode()


@pytest.mark.parametrize("body", ["[]", "null", '"a"', "{", "[" * 100, '{"type": NaN}', '{"type": 1e999}'])
def test_what_is_no_object_is_refused(ngo: Caller, body: str) -> None:
    assert ngo.post(URL, body).status_code == 400


def test_a_dry_run_says_what_would_become_of_it(ngo: Caller) -> None:
    answer = ngo.post(f"{URL}?dry_run=true", tuwaym())
    assert answer.status_code == 200
    assert [row["best"] for row in answer.json()["estimates"] if row["status"] == "all"] == [31]
    assert not Submission.objects.exists()
    assert not Incident.objects.exists()


def test_an_organisation_does_not_see_what_another_sent(api: CheckedClient, ngo: Caller) -> None:
    sent = ngo.post(URL, tuwaym()).json()
    other = Caller(api, key_of(organisation=organisation("Another"), scopes=BOTH))
    assert other.get(URL).json()["results"] == []
    hidden = other.get(f"{URL}{sent['id']}/")
    absent = other.get(f"{URL}3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f/")
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.json()["detail"] == absent.json()["detail"]
    assert other.send("PATCH", f"{URL}{sent['id']}/", {"note": "x"}, if_match="*").status_code == 404


def test_a_name_that_only_an_unpublished_source_bears_tells_nothing(ngo: Caller) -> None:
    SourceFactory(names={"en": "Civil Peace Group Seen"}, kind="local_monitor")
    (part,) = [each for each in ngo.post(URL, tuwaym()).json()["parts"] if each["kind"] == "source"]
    assert (part["outcome"], part["proposals"], part["object_id"]) == ("kept_as_written", [], None)


def test_a_change_needs_the_version_that_was_read(ngo: Caller) -> None:
    where = ngo.post(URL, tuwaym())["Location"]
    assert ngo.send("PATCH", where, {"note": "x"}).status_code == 428
    assert ngo.send("PATCH", where, {"note": "x"}, if_match='"7"').status_code == 412
    assert ngo.send("PATCH", where, {"note": "x"}, if_match="seven").status_code == 412
    changed = ngo.send("PATCH", where, {"note": "Mended", "attributions": None, "actors": None}, if_match='"1"')
    assert changed.status_code == 200, changed.content
    assert (changed.json()["version"], changed.json()["note"], changed["ETag"]) == (2, "Mended", '"2"')
    assert "attributions" not in changed.json()["content"]
    assert ngo.get(where)["ETag"] == '"2"'


def test_what_changed_a_hundred_times_tells_its_last_steps(ngo: Caller) -> None:
    sent = ngo.post(URL, tuwaym()).json()
    made = {"submission": Submission.objects.get(), "action": "revise", "to_state": "submitted"}
    SubmissionStep.objects.bulk_create(SubmissionStep(**made, reason=str(number)) for number in range(1, 121))
    (listed,) = ngo.send("GET", URL).json()["results"]
    for read in (listed, ngo.send("GET", f"{URL}{sent['id']}/").json()):
        assert [step["reason"] for step in read["steps"]] == [str(number) for number in range(21, 121)]


def test_what_has_an_external_id_is_sent_again(ngo: Caller) -> None:
    url = f"{URL}by-external-id/partner/2025-117/"
    content = tuwaym(external_reference=None)
    assert ngo.get(url).status_code == 404
    first = ngo.send("PUT", url, content)
    assert (first.status_code, first.json()["external_reference"]["key"]) == (201, "2025-117")
    again = ngo.send("PUT", url, content | {"note": "More"})
    assert (again.status_code, again.json()["id"], again.json()["version"]) == (200, first.json()["id"], 2)
    assert ngo.get(url).json() == again.json()


def test_an_external_id_may_hold_a_slash(ngo: Caller) -> None:
    sent = ngo.post(URL, tuwaym(external_reference={"scheme": "partner", "key": "2025/117"})).json()
    assert ngo.get(f"{URL}by-external-id/partner/2025/117/").json()["id"] == sent["id"]
    assert ngo.get(f"{URL}by-external-id/partner/2025%2F117/").json()["id"] == sent["id"]


def test_a_bulk_names_each_item_by_its_index(ngo: Caller) -> None:
    items = [with_reference("a"), with_reference("b", incident=None), with_reference("c")]
    answer = ngo.post(f"{URL}bulk/", {"items": items})
    assert answer.status_code == 200, answer.content
    bulk = answer.json()
    assert (bulk["taken"], bulk["refused"]) == (2, 1)
    assert [row["id"] is None for row in bulk["results"]] == [False, True, False]
    assert bulk["results"][1]["errors"][0]["pointer"] == "/incident"
    assert len(ngo.get(f"{URL}?batch={bulk['batch']}").json()["results"]) == 2
    refused = ngo.post(f"{URL}bulk/", {"atomic": True, "items": [with_reference("d"), items[1]]})
    assert (refused.status_code, pointers(refused)) == (400, {"/items/1/incident": "required"})
    dry = ngo.post(f"{URL}bulk/?dry_run=true", {"items": [with_reference("e")]}).json()
    assert (dry["taken"], dry["batch"]) == (1, None)
    assert Submission.objects.count() == 2


@pytest.mark.parametrize("body", [{}, {"items": []}, {"items": [{}] * 501}, {"items": {}}, {"items": [], "x": 1}])
def test_a_bulk_of_none_or_too_many_is_refused(ngo: Caller, body: Any) -> None:
    assert ngo.post(f"{URL}bulk/", body).status_code == 400


def test_the_same_request_is_done_once(ngo: Caller) -> None:
    first = ngo.post(URL, tuwaym(), idempotency_key="k-1")
    again = ngo.post(URL, tuwaym(), idempotency_key="k-1")
    assert (again.status_code, again.content, again["ETag"]) == (201, first.content, first["ETag"])
    assert again["Idempotency-Replayed"] == "true"
    assert ngo.post(URL, tuwaym(note="x"), idempotency_key="k-1").status_code == 422
    assert ngo.post(URL, tuwaym(), idempotency_key="k\n").status_code == 400
    assert Submission.objects.count() == 1


def test_a_refused_request_can_be_sent_again_with_its_key(ngo: Caller) -> None:
    assert ngo.post(URL, tuwaym(incident=None), idempotency_key="k-2").status_code == 400
    assert not IdempotentRequest.objects.exists()
    assert ngo.post(URL, tuwaym(), idempotency_key="k-2").status_code == 201


def test_two_people_publish_it(api: CheckedClient, ngo: Caller) -> None:
    where = ngo.post(URL, tuwaym())["Location"]
    moderator, lead = desk(api, "moderator"), desk(api, "lead")
    for action in ("claim", "approve"):
        done = moderator.post(f"{where}actions/", {"action": action, "reason": "Two sources"}, if_match="*")
        assert done.status_code == 200, done.content
    refused = moderator.post(f"{where}actions/", {"action": "publish"}, if_match="*")
    assert refused.status_code == 403
    published = lead.post(f"{where}actions/", {"action": "publish", "reason": "New report"}, if_match="*")
    assert published.status_code == 200, published.content
    subject = published.json()["subject"]
    document = api.get(f"/api/v1/incidents/{subject['id']}/").json()
    assert document["title"]["en"] == "Killing of villagers of Tuwaym"
    assert ngo.get(where).json()["subject"] == subject


def test_steps_out_of_order_and_without_reason_are_refused(api: CheckedClient, ngo: Caller) -> None:
    where = ngo.post(URL, tuwaym())["Location"]
    moderator = desk(api, "moderator")
    assert moderator.post(f"{where}actions/", {"action": "approve", "reason": "x"}, if_match="*").status_code == 409
    refused = moderator.post(f"{where}actions/", {"action": "reject"}, if_match="*")
    assert (refused.status_code, pointers(refused)) == (400, {"/reason": "required"})
    assert moderator.post(f"{where}actions/", {"action": "submit"}, if_match="*").status_code == 400
    assert ngo.post(f"{where}actions/", {"action": "claim"}, if_match="*").status_code == 403
    withdrawn = ngo.post(f"{where}actions/", {"action": "withdraw", "reason": "Sent by mistake"}, if_match="*")
    assert (withdrawn.status_code, withdrawn.json()["state"]) == (200, "withdrawn")


def test_a_bulk_action_says_what_became_of_each(api: CheckedClient, ngo: Caller) -> None:
    ids = [ngo.post(URL, with_reference(key)).json()["id"] for key in "ab"]
    moderator = desk(api, "moderator")
    absent = "3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f"
    answer = moderator.post(f"{URL}actions/", {"action": "claim", "ids": [*ids, absent]})
    assert answer.status_code == 200, answer.content
    assert [row["state"] for row in answer.json()["results"]] == ["in_review", "in_review", None]
    assert ngo.post(f"{URL}actions/", {"action": "claim", "ids": ids}).status_code == 403


def published(api: CheckedClient, ngo: Caller, *keys: str) -> str:
    """Send these in one bulk and bring them past two people; the id of the batch."""
    items = [with_reference(key) for key in keys]
    sent = ngo.post(f"{URL}bulk/", {"items": items, "atomic": True}).json()
    ids = [row["id"] for row in sent["results"]]
    moderator, lead = desk(api, "moderator"), desk(api, "lead")
    for who, action in ((moderator, "claim"), (moderator, "approve"), (lead, "publish")):
        done = who.post(f"{URL}actions/", {"action": action, "ids": ids, "reason": "Two sources"})
        assert [row["problem"] for row in done.json()["results"]] == [None] * len(keys)
    return str(sent["batch"])


def test_a_lead_undoes_a_batch_after_a_dry_run_that_says_the_same(api: CheckedClient, ngo: Caller) -> None:
    batch, lead = published(api, ngo, "a", "b"), desk(api, "lead")
    asked = {"batch": batch, "reason": "The account was not theirs"}
    tried = lead.post(f"{URL}undo/?dry_run=true", asked)
    assert tried.status_code == 200, tried.content
    assert len(api.get("/api/v1/incidents/").json()["results"]) == 2
    done = lead.post(f"{URL}undo/", asked)
    assert done.json() == tried.json()
    found = done.json()
    assert (found["undone"], found["refused"], found["restated"]) == (2, 0, [])
    assert [row["state"] for row in found["results"]] == ["withdrawn", "withdrawn"]
    assert [row["kind"] for row in found["withdrawn"]] == ["incident", "incident", "document", "source"]
    for row in found["withdrawn"]:
        assert api.get(f"/api/v1/{row['kind']}s/{row['id']}/").status_code == 410
    again = lead.post(f"{URL}undo/", asked).json()
    assert (again["undone"], again["refused"], again["withdrawn"]) == (0, 2, [])
    assert all("It is withdrawn" in row["problem"] for row in again["results"])


def test_a_lead_undoes_all_that_an_organisation_sent_in_a_period(api: CheckedClient, ngo: Caller) -> None:
    published(api, ngo, "a")
    lead = desk(api, "lead")
    period = {"organisation": organisation().name, "sent_from": "2020-01-01T00:00:00Z"}
    before = lead.post(f"{URL}undo/", {**period, "sent_before": "2020-02-01T00:00:00Z", "reason": "x"})
    assert before.json()["results"] == []
    done = lead.post(f"{URL}undo/", {**period, "sent_before": "2120-01-01T00:00:00Z", "reason": "Poisoned"})
    assert (done.status_code, done.json()["undone"]) == (200, 1)
    assert api.get("/api/v1/incidents/").json()["results"] == []


def test_undoing_many_is_done_once_with_an_idempotency_key(api: CheckedClient, ngo: Caller) -> None:
    asked, lead = {"batch": published(api, ngo, "a"), "reason": "Poisoned"}, desk(api, "lead")
    first = lead.post(f"{URL}undo/", asked, idempotency_key="undo-1")
    again = lead.post(f"{URL}undo/", asked, idempotency_key="undo-1")
    assert again["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    assert first.json()["undone"] == 1


def test_nobody_but_a_lead_undoes_many(api: CheckedClient, ngo: Caller) -> None:
    asked = {"batch": published(api, ngo, "a"), "reason": "Poisoned"}
    for dry in ("", "?dry_run=true"):
        assert ngo.post(f"{URL}undo/{dry}", asked).status_code == 403
        assert desk(api, "moderator").post(f"{URL}undo/{dry}", asked).status_code == 403
    assert len(api.get("/api/v1/incidents/").json()["results"]) == 1


PERIOD = {"organisation": "Seen", "sent_from": "2025-01-01T00:00:00Z", "sent_before": "2025-02-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, {"/reason": "required"}),
        ({"reason": "x"}, {"/organisation": "required", "/sent_from": "required", "/sent_before": "required"}),
        ({"reason": "x", "organisation": "Seen"}, {"/sent_from": "required", "/sent_before": "required"}),
        ({"reason": "x", "batch": "no"}, {"/batch": "invalid"}),
        (
            {"reason": "x", "batch": "3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f", "organisation": "Seen"},
            {"/organisation": "invalid"},
        ),
        (PERIOD | {"reason": "x", "sent_before": "2025-01-01T00:00:00Z"}, {"/sent_before": "invalid"}),
        (PERIOD | {"reason": "x", "organisation": "Nobody"}, {"/organisation": "unknown_reference"}),
        (PERIOD | {"reason": "x", "state": "published"}, {"/state": "unknown_field"}),
        (PERIOD | {"reason": " "}, {"/reason": "blank"}),
    ],
    ids=str,
)
def test_what_is_to_be_undone_is_named_in_one_way(api: CheckedClient, asked: Any, found: dict[str, str]) -> None:
    answer = desk(api, "lead").post(f"{URL}undo/", asked)
    assert (answer.status_code, pointers(answer)) == (400, found)


def test_the_desk_says_whom_a_name_stands_for(api: CheckedClient, ngo: Caller) -> None:
    known = SourceFactory(names={"en": "Civil Peace Group Seen"}, kind="local_monitor")
    where = ngo.post(URL, tuwaym())["Location"]
    moderator = desk(api, "moderator")
    moderator.post(f"{where}actions/", {"action": "claim"}, if_match="*")
    (part,) = [each for each in moderator.get(where).json()["parts"] if each["kind"] == "source"]
    assert part["proposals"][0]["id"] == str(known.public_id)
    meant = {"pointer": part["pointer"], "object_id": str(known.public_id)}
    named = moderator.post(f"{where}names/", meant, if_match="*")
    assert named.status_code == 200, named.content
    assert [each["outcome"] for each in named.json()["parts"] if each["kind"] == "source"] == ["matched"]
    assert moderator.post(f"{where}names/", {"pointer": "/x"}, if_match="*").status_code == 400


def test_the_list_is_paged_and_filtered(ngo: Caller) -> None:
    ids = [ngo.post(URL, with_reference(str(number))).json()["id"] for number in range(5)]
    first = ngo.get(f"{URL}?limit=2&count=exact").json()
    assert (len(first["results"]), first["count"]) == (2, 5)
    second = ngo.get(first["next"]).json()
    assert [row["id"] for row in first["results"] + second["results"]] == list(reversed(ids))[:4]
    assert ngo.get(f"{URL}?state=published").json()["results"] == []
    assert ngo.get(f"{URL}?state=publshed").status_code == 400
    assert len(ngo.get(f"{URL}?external_scheme=partner&external_key=3").json()["results"]) == 1


@pytest.mark.parametrize("role", ["contributor", "moderator"])
def test_more_submissions_in_a_list_take_no_more_queries(
    ngo: Caller, api: CheckedClient, role: str, django_assert_num_queries: Any
) -> None:
    source = SourceFactory(names={"en": "Civil Peace Group - Seen"})
    publish([source])
    reader = ngo if role == "contributor" else desk(api, role)
    for number in range(6):
        ngo.post(URL, with_reference(str(number)))
    stands_for = {"object_id": str(source.public_id), "table": "Source", "row": source.pk, "outcome": "matched"}
    SubmissionPart.objects.filter(kind="source").update(**stands_for)
    assert str(source.public_id) in reader.get(f"{URL}?limit=1").content.decode()
    with CaptureQueriesContext(connection) as few:
        assert len(reader.get(f"{URL}?limit=1").json()["results"]) == 1
    with django_assert_num_queries(len(few)):
        assert len(reader.get(f"{URL}?limit=6").json()["results"]) == 6


def test_only_the_desk_is_told_what_it_may_be(ngo: Caller, api: CheckedClient) -> None:
    lead = desk(api, "moderator")
    first = ngo.post(URL, tuwaym()).json()
    for step in ("claim", "approve"):
        told = {"action": step, "reason": "Two sources"}
        assert lead.post(f"{URL}{first['id']}/actions/", told, if_match="*").status_code == 200
    other = Caller(api, key_of(organisation=organisation("Other"), scopes=BOTH))
    answer = other.post(URL, tuwaym())
    assert answer.status_code == 201
    assert answer.json()["possible_duplicates"] is None
    (found,) = lead.get(f"{URL}{answer.json()['id']}/").json()["possible_duplicates"]
    assert found["id"] == str(Incident.objects.get().public_id)
    assert sum(reason["points"] for reason in found["reasons"]) == found["score"] >= 500
    assert {"same day", "Killed: 31 and 31", "same act: Massacre"} <= {each["words"] for each in found["reasons"]}
    assert found["decision"] == "open"


def test_the_desk_is_told_what_was_found_since_it_was_sent_and_what_was_decided(
    ngo: Caller, api: CheckedClient
) -> None:
    moderator = desk(api, "moderator")
    where = ngo.post(URL, tuwaym())["Location"]

    def likely() -> list[tuple[str, str]]:
        return [(each["id"], each["decision"]) for each in moderator.get(where).json()["possible_duplicates"]]

    for step in ("claim", "approve"):
        told = {"action": step, "reason": "Two sources"}
        assert moderator.post(f"{where}actions/", told, if_match="*").status_code == 200
    assert likely() == []
    own = Incident.objects.get()
    same = ("kind", "title", "start_earliest", "start_latest", "end_earliest", "end_latest", "country", "place_text")
    other = IncidentFactory(**{name: getattr(own, name) for name in same}, geo_precision="adm1")
    ClaimFactory(incident=other, value=31)
    duplicates.find()
    assert likely() == [(str(other.public_id), "open")]
    (listed,) = moderator.get(URL).json()["results"]
    assert [each["id"] for each in listed["possible_duplicates"]] == [str(other.public_id)]
    duplicates.not_duplicates(DuplicateCandidate.objects.get(), note="Two villages of one name.")
    assert likely() == [(str(other.public_id), "not_duplicates")]
    assert ngo.get(where).json()["possible_duplicates"] is None
