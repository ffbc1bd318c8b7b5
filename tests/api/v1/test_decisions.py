"""What takes two people, by the API: one key proposes it, that of a second person confirms or declines it."""

from typing import Any
from uuid import uuid4

import pytest

from incidents.choices import AccountRole, SubmissionAction
from incidents.models import Decision, Incident, Publication
from incidents.rules.accounts.access import set_role
from incidents.rules.accounts.keys import NewKey
from incidents.rules.desk import deciding
from incidents.rules.publication import publishing
from incidents.rules.submissions import moderating
from incidents.rules.trail import editing
from tests.contract.validation import CheckedClient
from tests.contributions import approved, person, sender, tuwaym
from tests.factories import IncidentFactory, SourceFactory
from tests.keys import key_of, organisation, send

pytestmark = pytest.mark.django_db

URL = "/api/v1/decisions/"


@pytest.fixture
def moderator(db: None) -> NewKey:
    return key_of(AccountRole.MODERATOR, scopes=["moderation"])


@pytest.fixture
def lead(db: None) -> NewKey:
    return key_of(AccountRole.LEAD, scopes=["moderation"])


def about(record: Any, action: str, kind: str = "incident", **more: Any) -> dict[str, Any]:
    return {"action": action, "kind": kind, "object_id": str(record.public_id), "reason": "Three sources"} | more


def public() -> Incident:
    incident = IncidentFactory()
    publishing.publish([incident])
    return incident


def test_it_works(api: CheckedClient, moderator: NewKey, lead: NewKey) -> None:
    incident = IncidentFactory()
    made = send(api, moderator, "POST", URL, about(incident, "publish"))
    assert made.status_code == 201, made.content
    said = made.json()
    assert (said["state"], said["seen_version"], said["absorbed"]) == ("proposed", 1, None)
    assert said["why_not"] == "This takes a lead or administrator."
    assert not Publication.objects.exists()
    read = send(api, lead, "GET", made["Location"])
    assert read.json() == said | {"why_not": None}
    acts = f"{made['Location']}actions/"
    assert send(api, lead, "POST", acts, {"action": "confirm"}).status_code == 428
    assert send(api, lead, "POST", acts, {"action": "confirm"}, if_match='"9"').status_code == 412
    done = send(api, lead, "POST", acts, {"action": "confirm"}, if_match=read["ETag"])
    assert (done.status_code, done.json()["state"], done.json()["version"]) == (200, "confirmed", 2)
    assert api.get(f"/api/v1/incidents/{incident.public_id}/").status_code == 200
    again = send(api, lead, "POST", acts, {"action": "confirm"}, if_match=done["ETag"])
    assert (again.status_code, again.json()["detail"]) == (409, "It is confirmed already.")


def test_who_proposed_it_does_not_confirm_it_and_may_take_it_back(api: CheckedClient, lead: NewKey) -> None:
    made = send(api, lead, "POST", URL, about(public(), "withdraw", reason_code="retraction"))
    assert made.json()["why_not"] == "You proposed it; a second person confirms it."
    acts = f"{made['Location']}actions/"
    assert send(api, lead, "POST", acts, {"action": "confirm"}, if_match="*").status_code == 403
    unsaid = send(api, lead, "POST", acts, {"action": "decline"}, if_match="*")
    assert (unsaid.status_code, unsaid.json()["errors"][0]["pointer"]) == (400, "/reason")
    taken = send(api, lead, "POST", acts, {"action": "decline", "reason": "Mine"}, if_match="*").json()
    assert (taken["state"], taken["decision_reason"]) == ("declined", "Mine")
    assert taken["why_not"] == "It is declined already."


def test_two_incidents_are_merged_and_parted(api: CheckedClient, moderator: NewKey, lead: NewKey) -> None:
    kept, gone = public(), public()
    other = str(gone.public_id)
    asked = about(kept, "merge", absorbed=other, take_from_absorbed=["title"])
    made = send(api, moderator, "POST", URL, asked)
    assert (made.json()["absorbed"], made.json()["take_from_absorbed"]) == (other, ["title"])
    assert send(api, moderator, "POST", URL, asked).status_code == 409
    confirmed = send(api, lead, "POST", f"{made['Location']}actions/", {"action": "confirm"}, if_match="*")
    assert confirmed.status_code == 200, confirmed.content
    moved = api.get(f"/api/v1/incidents/{other}/")
    assert (moved.status_code, moved["Location"][-37:-1]) == (308, str(kept.public_id))
    undoing = send(api, moderator, "POST", URL, about(kept, "undo_merge", absorbed=other))
    assert undoing.status_code == 201, undoing.content
    confirmed = send(api, lead, "POST", f"{undoing['Location']}actions/", {"action": "confirm"}, if_match="*")
    assert confirmed.status_code == 200, confirmed.content
    assert not Incident.objects.exclude(merged_into=None).exists()


def test_a_sensitivity_is_lowered(api: CheckedClient, moderator: NewKey, lead: NewKey) -> None:
    incident = IncidentFactory(sensitivity="high")
    made = send(api, moderator, "POST", URL, about(incident, "lower_sensitivity", sensitivity="moderate"))
    assert made.json()["sensitivity"] == "moderate"
    assert (
        send(api, lead, "POST", f"{made['Location']}actions/", {"action": "confirm"}, if_match="*").status_code == 200
    )
    assert Incident.objects.get().sensitivity == "moderate"


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"action": "merge"}, "/absorbed"),
        ({"action": "undo_merge"}, "/absorbed"),
        ({"action": "lower_sensitivity"}, "/sensitivity"),
        ({"action": "publish", "sensitivity": "low"}, "/sensitivity"),
        ({"action": "redact", "absorbed": str(uuid4())}, "/absorbed"),
        ({"action": "redact", "reason_code": "typo"}, "/reason_code"),
        ({"action": "publish", "reason_code": "ruleset"}, "/reason_code"),
        ({"action": "merge", "absorbed": str(uuid4())}, "/absorbed"),
        ({"action": "merge", "absorbed": str(uuid4()), "kind": "source"}, "/kind"),
        ({"action": "redact", "kind": "source"}, "/kind"),
        ({"reason": "\u200b \n"}, "/reason"),
        ({"reason": "turned \u202e round"}, "/reason"),
        ({"action": "undo_merge", "absorbed": str(uuid4()), "reason": "x" * 1_990}, "/absorbed"),
        ({"action": "merge", "absorbed": str(uuid4()), "take_from_absorbed": ["version"]}, "/take_from_absorbed/0"),
        ({"action": "delete"}, "/action"),
        ({"object_id": str(uuid4())}, "/object_id"),
        ({"kind": "source"}, "/object_id"),
        ({"reason": " "}, "/reason"),
        ({"reason": "x" * (publishing.MAX_REASON + 1)}, "/reason"),
        ({"proposed_by": 1}, "/proposed_by"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(
    api: CheckedClient, lead: NewKey, changed: dict[str, Any], pointer: str
) -> None:
    refused = send(api, lead, "POST", URL, about(IncidentFactory(), "publish") | changed)
    assert refused.status_code == 400, refused.content
    assert pointer in {error["pointer"] for error in refused.json()["errors"]}
    assert not Decision.objects.exists()


def test_what_cannot_be_done_as_things_stand_conflicts(api: CheckedClient, moderator: NewKey) -> None:
    incident = public()
    for asked, said in (
        (about(IncidentFactory(), "redact"), "nothing to redact"),
        (about(IncidentFactory(), "withdraw"), "not published"),
        (about(IncidentFactory(sensitivity="severe"), "publish"), "severe"),
        (about(IncidentFactory(merged_into=incident), "publish"), "was merged into"),
        (about(incident, "merge", absorbed=str(incident.public_id)), "into itself"),
        (about(incident, "undo_merge", absorbed=str(IncidentFactory().public_id)), "Name the merge"),
    ):
        refused = send(api, moderator, "POST", URL, asked)
        assert (refused.status_code, said in refused.json()["detail"]) == (409, True), refused.content
    assert not Decision.objects.exists()


def test_what_changed_since_says_so_before_it_is_confirmed(api: CheckedClient, moderator: NewKey, lead: NewKey) -> None:
    incident = IncidentFactory()
    where = send(api, moderator, "POST", URL, about(incident, "publish"))["Location"]
    read = send(api, lead, "GET", where)
    assert (read.json()["why_not"], read["Cache-Control"]) == (None, "private, no-store")
    incident.summary = {"en": "Changed"}
    editing.save(incident, ["summary"])
    again = send(api, lead, "GET", where, if_none_match=read["ETag"])
    assert (again.status_code, again.json()["why_not"]) == (200, deciding.CHANGED)
    refused = send(api, lead, "POST", f"{where}actions/", {"action": "confirm"}, if_match="*")
    assert (refused.status_code, refused.json()["detail"]) == (409, deciding.CHANGED)


def test_confirming_takes_no_reason(api: CheckedClient, moderator: NewKey, lead: NewKey) -> None:
    where = send(api, moderator, "POST", URL, about(IncidentFactory(), "publish"))["Location"]
    refused = send(api, lead, "POST", f"{where}actions/", {"action": "confirm", "reason": "Hm"}, if_match="*")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/reason")


def test_a_second_merge_into_an_incident_names_the_first(api: CheckedClient, moderator: NewKey) -> None:
    kept, first, second = IncidentFactory(), IncidentFactory(), IncidentFactory()
    made = send(api, moderator, "POST", URL, about(kept, "merge", absorbed=str(first.public_id))).json()
    refused = send(api, moderator, "POST", URL, about(kept, "merge", absorbed=str(second.public_id)))
    assert (refused.status_code, made["id"] in refused.json()["detail"]) == (409, True)
    listed = send(api, moderator, "GET", f"{URL}?object_id={first.public_id}").json()["results"]
    assert [row["id"] for row in listed] == [made["id"]]


def test_the_reason_code_is_what_the_log_says(api: CheckedClient, moderator: NewKey, lead: NewKey) -> None:
    for action, code in (("redact", "privacy"), ("withdraw", "correction")):
        made = send(api, moderator, "POST", URL, about(public(), action))
        assert made.json()["reason_code"] == code
        done = send(api, lead, "POST", f"{made['Location']}actions/", {"action": "confirm"}, if_match="*")
        assert done.status_code == 200, done.content
        assert Publication.objects.order_by("-seq")[0].reason_code == code


def test_they_are_listed_by_what_and_how_they_stand(api: CheckedClient, moderator: NewKey) -> None:
    incident, source = IncidentFactory(), SourceFactory()
    first = send(api, moderator, "POST", URL, about(incident, "publish")).json()["id"]
    second = send(api, moderator, "POST", URL, about(source, "publish", "source")).json()["id"]

    def listed(query: str) -> list[str]:
        return [row["id"] for row in send(api, moderator, "GET", f"{URL}?{query}").json()["results"]]

    assert listed("") == [second, first]
    assert listed("state=proposed&kind=source") == [second]
    assert listed(f"object_id={incident.public_id}") == [first]
    assert listed("state=confirmed,declined") == listed("action=merge") == []
    page = send(api, moderator, "GET", f"{URL}?limit=1&count=exact").json()
    assert (page["count"], [row["id"] for row in page["results"]]) == (2, [second])
    assert [row["id"] for row in send(api, moderator, "GET", page["next"]).json()["results"]] == [first]


def test_the_longest_reason_is_published(api: CheckedClient, moderator: NewKey, lead: NewKey) -> None:
    made = send(api, moderator, "POST", URL, about(public(), "withdraw", reason="x" * publishing.MAX_REASON))
    done = send(api, lead, "POST", f"{made['Location']}actions/", {"action": "confirm"}, if_match="*")
    assert done.status_code == 200, done.content


def test_the_same_request_proposes_once(api: CheckedClient, moderator: NewKey) -> None:
    asked = about(IncidentFactory(), "publish")
    answers = [send(api, moderator, "POST", URL, asked, idempotency_key="once") for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert Decision.objects.count() == 1


def test_it_takes_the_scope_which_goes_with_the_role(api: CheckedClient, moderator: NewKey) -> None:
    where = send(api, moderator, "POST", URL, about(IncidentFactory(), "publish"))["Location"]
    assert api.get(URL).status_code == 401
    unscoped = key_of(AccountRole.LEAD, scopes=["submissions:read"])
    assert "moderation" in send(api, unscoped, "GET", URL).json()["detail"]
    contributor = key_of(AccountRole.MODERATOR, scopes=["moderation"])
    set_role(user=contributor.key.owner, role=AccountRole.CONTRIBUTOR.value, organisation=contributor.key.organisation)
    for method, url, body in (
        ("GET", URL, None),
        ("GET", where, None),
        ("POST", URL, about(IncidentFactory(), "publish")),
        ("POST", f"{where}actions/", {"action": "confirm"}),
    ):
        assert send(api, contributor, method, url, body, if_match="*").status_code == 403, (method, url)
    assert send(api, moderator, "GET", f"{URL}{uuid4()}/").status_code == 404


def test_what_is_left_of_a_record_that_is_gone_is_emptied_by_two(
    api: CheckedClient, moderator: NewKey, lead: NewKey
) -> None:
    incident = public()
    publishing.withdraw(incident, reason_code="correction", reason="Told twice")
    asked = about(incident, "withdraw", reason_code="privacy")
    incident.delete()
    refused = send(api, moderator, "POST", URL, asked | {"reason_code": "correction"})
    assert (refused.status_code, "can be emptied" in refused.json()["detail"]) == (409, True)
    made = send(api, moderator, "POST", URL, asked)
    assert made.status_code == 201, made.content
    done = send(api, lead, "POST", f"{made['Location']}actions/", {"action": "confirm"}, if_match="*")
    assert (done.status_code, done.json()["state"]) == (200, "confirmed")
    assert not Publication.objects.filter(body__document__isnull=False).exists()
    again = send(api, moderator, "POST", URL, asked)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (400, "unknown_reference")


def test_a_witness_named_in_what_was_undone_is_nowhere_after_two_people_emptied_it(
    api: CheckedClient, moderator: NewKey, lead: NewKey
) -> None:
    name, content = "AHMADTHEWITNESS", tuwaym()
    content["incident"]["title"] = {"en": f"{name} was killed"}
    submission = moderating.act(approved(content, sender()), SubmissionAction.PUBLISH, by=person("lead"))
    assert submission.incident is not None
    key = submission.incident.public_id
    moderating.act(submission, SubmissionAction.UNDO, by=person("lead"), reason="The account was not theirs")
    seq = Publication.objects.filter(object_id=key).earliest("seq").seq
    places = (f"/api/v1/incidents/{key}/?at_seq={seq}", f"/api/v1/incidents/{key}/history/", "/api/v1/changes/")
    assert name in api.get(places[0]).content.decode()
    asked = {"action": "redact", "kind": "incident", "object_id": str(key), "reason": "A witness is named"}
    made = send(api, moderator, "POST", URL, asked)
    waiting = send(api, lead, "GET", f"{URL}?state=proposed").json()["results"]
    assert [row["object_id"] for row in waiting] == [str(key)]
    assert send(api, lead, "GET", made["Location"]).json()["why_not"] is None
    send(api, lead, "POST", f"{made['Location']}actions/", {"action": "confirm"}, if_match="*")
    for place in places:
        assert name not in api.get(place).content.decode(), place
    first = api.get(places[1]).json()["results"]
    assert all(row["redacted"] for row in first if row["operation"] == "publish")


def test_a_scope_that_is_no_longer_its_owners_is_told_from_one_that_the_key_lacks(api: CheckedClient) -> None:
    desk = organisation("Desk")
    made = key_of("moderator", organisation=desk, scopes=["moderation"])
    assert send(api, made, "GET", URL).status_code == 200
    set_role(user=made.key.owner, role="contributor", organisation=desk)
    answer = send(api, made, "GET", URL)
    assert answer.status_code == 403
    assert answer.json()["detail"].startswith(
        "This key has the scope moderation, but whoever answers for it may not do"
    )
    lacking = send(api, key_of(scopes=["submissions:read"]), "GET", URL)
    assert lacking.json()["detail"].startswith("This key lacks the scope moderation.")
