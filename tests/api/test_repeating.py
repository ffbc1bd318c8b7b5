"""Who may repeat a request with its Idempotency-Key: any key of an organisation; at the desk, the same person."""

from typing import Any

import pytest

from incidents.choices import SubmissionAction
from incidents.models import Organisation, Submission, SubmissionStep
from incidents.rules.accounts.keys import NewKey
from incidents.rules.submissions import forgetting, moderating
from tests.contract.validation import CheckedClient
from tests.contributions import country, tuwaym
from tests.keys import key_of, organisation, send, somebody

pytestmark = pytest.mark.django_db
URL = "/api/v1/submissions/"
BOTH = ["submissions:read", "submissions:write"]


def sent(api: CheckedClient, key: NewKey, **content: Any) -> Any:
    return send(api, key, "POST", URL, tuwaym(**content), idempotency_key="2025-117")


def test_a_key_that_replaces_another_repeats_what_that_began(api: CheckedClient) -> None:
    country()
    first = sent(api, key_of(scopes=BOTH))
    again = sent(api, other := key_of(scopes=BOTH))
    assert (again.status_code, again["Idempotency-Replayed"], again.json()) == (201, "true", first.json())
    assert Submission.objects.count() == 1
    refused = sent(api, other, note="Another")
    assert (refused.status_code, "used for another request; choose" in refused.json()["detail"]) == (422, True)


def test_another_organisation_has_keys_of_its_own(api: CheckedClient) -> None:
    country()
    sent(api, key_of(scopes=BOTH))
    other = sent(api, key_of(scopes=BOTH, organisation=organisation("Another")), external_reference=None)
    assert (other.status_code, other.headers.get("Idempotency-Replayed")) == (201, None)


def test_nobody_of_the_desk_is_answered_for_what_another_did(api: CheckedClient) -> None:
    country()
    taken = sent(api, key_of(scopes=BOTH)).json()["id"]
    desk = [key_of("moderator", organisation=organisation("Desk"), scopes=["moderation"]) for _ in range(2)]
    step = {"action": "claim", "ids": [taken]}
    answers = [send(api, key, "POST", f"{URL}actions/", step, idempotency_key="take") for key in (desk[0], *desk)]
    assert [answer.status_code for answer in answers] == [200, 200, 422]
    assert "or by somebody else of the desk" in answers[2].json()["detail"]
    assert SubmissionStep.objects.filter(action="claim").count() == 1


def test_a_change_is_repeated_and_not_refused_as_stale(api: CheckedClient) -> None:
    country()
    key = key_of(scopes=BOTH)
    address = f"{URL}{sent(api, key).json()['id']}/"

    def change(note: str, version: int, idempotency_key: str | None = "change") -> Any:
        given = {"if_match": f'"{version}"', "idempotency_key": idempotency_key}
        return send(api, key, "PATCH", address, {"note": note}, **{k: v for k, v in given.items() if v})

    first, again = change("Read again", 1), change("Read again", 1)
    assert (first.status_code, first["ETag"], first.json()["note"]) == (200, '"2"', "Read again")
    assert (again.status_code, again["ETag"], again.json()) == (200, first["ETag"], first.json())
    assert again["Idempotency-Replayed"] == "true"
    assert Submission.objects.get().version == 2
    for note, version, status in (("Another", 1, 422), ("Read again", 2, 422)):
        assert change(note, version).status_code == status
    assert change("Read again", 1, None).status_code == 412
    refused = send(api, key, "PATCH", f"{address}", {"claimz": []}, if_match='"2"', idempotency_key="other")
    assert refused.status_code == 400
    assert change("Once more", 2, "other").json()["note"] == "Once more"  # what was refused left nothing behind


def test_what_was_erased_since_is_not_done_again(api: CheckedClient) -> None:
    country()
    key = key_of(scopes=BOTH)
    items = {"items": [tuwaym(external_reference=None, note=note) for note in ("One", "Two")]}

    def bulk() -> Any:
        return send(api, key, "POST", f"{URL}bulk/", items, idempotency_key="night")

    one, _ = (each["id"] for each in bulk().json()["results"])
    taken = Submission.objects.get(public_id=one)
    moderating.act(taken, SubmissionAction.WITHDRAW, by=taken.author, reason="Not ours")
    forgetting.erase(taken, reason="Asked for")
    again = bulk()
    assert (again.status_code, "erased since: it is not done again" in again.json()["detail"]) == (409, True)
    assert Submission.objects.count() == 2
    assert send(api, key, "POST", f"{URL}bulk/", {"items": []}, idempotency_key="night").status_code in {400, 422}


def test_whose_request_it_is_and_of_which_version_are_told_apart(api: CheckedClient) -> None:
    """The one with the number 2000012 sends no version; who has the 12 sends the version 20000."""
    country()
    taken = sent(api, key_of(scopes=BOTH)).json()["id"]
    desk = organisation("Desk")
    keys = {
        pk: key_of(organisation=desk, scopes=["moderation"], owner=somebody("moderator", desk, pk=pk))
        for pk in (2_000_012, 12)
    }
    step = {"action": "claim", "ids": [taken]}
    first = send(api, keys[2_000_012], "POST", f"{URL}actions/", step, idempotency_key="take")
    other = send(api, keys[12], "POST", f"{URL}actions/", step, idempotency_key="take", if_match="20000")
    assert (first.status_code, other.status_code) == (200, 422)


def test_an_answer_is_given_again_though_what_was_named_has_another_name_now(api: CheckedClient) -> None:
    country()
    sent(api, key_of(scopes=BOTH))
    theirs = Submission.objects.get().organisation
    lead = key_of("lead", organisation=organisation("Desk"), scopes=["moderation"])
    period = {"sent_from": "2020-01-01T00:00:00Z", "sent_before": "2100-01-01T00:00:00Z"}
    asked = {"organisation": theirs.name, "reason": "The account was not theirs", **period}
    first = send(api, lead, "POST", f"{URL}undo/", asked, idempotency_key="undo-1")
    Organisation.objects.filter(pk=theirs.pk).update(name="Renamed")
    again = send(api, lead, "POST", f"{URL}undo/", asked, idempotency_key="undo-1")
    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    assert send(api, lead, "POST", f"{URL}undo/", asked, idempotency_key="undo-2").status_code == 400
