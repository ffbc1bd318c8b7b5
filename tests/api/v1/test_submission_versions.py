"""A new version through the API: what it changes is told before anybody approves it, and the desk is told more."""

from typing import Any

import pytest

from incidents.models import Incident
from incidents.rules.accounts.keys import NewKey
from incidents.rules.publication import publishing
from incidents.rules.sameness.merging import merge
from tests.contract.validation import CheckedClient
from tests.contributions import country, tuwaym
from tests.factories import IncidentFactory
from tests.keys import key_of, organisation, send

pytestmark = pytest.mark.django_db

URL = "/api/v1/submissions/"
PUT = f"{URL}by-external-id/partner/tuwaym-1/"
BOTH = ["submissions:read", "submissions:write"]


@pytest.fixture
def ngo() -> NewKey:
    country()
    return key_of(scopes=BOTH)


def desk(role: str = "moderator") -> NewKey:
    return key_of(role, organisation=organisation("Desk"), scopes=[*BOTH, "moderation"])


def publish(api: CheckedClient, sent: Any) -> None:
    assert sent.status_code == 201, sent.content
    where, moderator = f"{URL}{sent.json()['id']}/actions/", desk()
    for key, action in ((moderator, "claim"), (moderator, "approve"), (desk("lead"), "publish")):
        done = send(api, key, "POST", where, {"action": action, "reason": "Two sources"}, if_match="*")
        assert done.status_code == 200, done.content


def changed() -> dict[str, Any]:
    content = tuwaym(claims=[], attributions=None, actors=None)
    content["incident"]["title"] = {"en": "Another title"}
    return content


def differences(answer: Any) -> dict[str, tuple[Any, Any, Any]]:
    assert answer.status_code in {200, 201}, answer.content
    told = answer.json()["differences"]
    return {each["pointer"]: (each["previous"], each["record"], each["sent"]) for each in told}


def test_it_works(api: CheckedClient, ngo: NewKey) -> None:
    """The organisation reads what it said and says; only the desk reads what it made of it and did not publish."""
    publish(api, send(api, ngo, "PUT", PUT, tuwaym()))
    Incident.objects.update(title={"en": "Edited, unpublished"})
    title, sent = tuwaym()["incident"]["title"], {"en": "Another title"}
    answer = send(api, ngo, "PUT", PUT, changed())
    assert differences(answer)["/incident/title"] == (title, None, sent)
    assert "unpublished" not in answer.content.decode()
    where = f"{URL}{answer.json()['id']}/"
    assert differences(send(api, ngo, "GET", where))["/incident/title"] == (title, None, sent)
    assert differences(send(api, desk(), "GET", where))["/incident/title"] == (
        title,
        {"en": "Edited, unpublished"},
        sent,
    )


def test_a_claim_that_is_left_out_is_told_with_its_reason_before_it_is_approved(
    api: CheckedClient, ngo: NewKey
) -> None:
    publish(api, send(api, ngo, "PUT", PUT, tuwaym()))
    answer = send(api, ngo, "PUT", PUT, changed())
    previous, record, sent = differences(send(api, desk(), "GET", f"{URL}{answer.json()['id']}/"))["/claims/-/0"]
    assert (previous["measure"], previous["value"], record["value"]) == ("killed", 31, 31)
    assert "Left out of a later version" in sent["retraction_reason"]


def test_a_dry_run_tells_the_differences_too(api: CheckedClient, ngo: NewKey) -> None:
    publish(api, send(api, ngo, "PUT", PUT, tuwaym()))
    tried = send(api, ngo, "POST", f"{URL}?dry_run=true", changed())
    assert differences(tried) == differences(send(api, ngo, "PUT", PUT, changed()))
    assert set(differences(tried)) == {"/incident/title", "/claims/-/0"}


def test_what_is_new_differs_from_nothing(api: CheckedClient, ngo: NewKey) -> None:
    assert differences(send(api, ngo, "POST", URL, tuwaym())) == {}


def outcomes(answer: Any) -> dict[str, tuple[str, bool]]:
    """The outcome of each part, and whether its id is told."""
    return {part["pointer"]: (part["outcome"], part["object_id"] is not None) for part in answer.json()["parts"]}


def test_what_stayed_as_it_was_is_unchanged(api: CheckedClient, ngo: NewKey) -> None:
    publish(api, send(api, ngo, "PUT", PUT, tuwaym()))
    again = send(api, ngo, "PUT", PUT, tuwaym())
    publish(api, again)
    told = outcomes(send(api, ngo, "GET", f"{URL}{again.json()['id']}/"))
    assert told == {
        "/sources/0": ("matched", True),
        "/actors/0": ("matched", True),
        "/documents/0": ("unchanged", True),
        "/incident": ("unchanged", True),
        "/incident/place": ("kept_as_written", False),
        "/incident/acts/0": ("unchanged", False),
        "/claims/0": ("unchanged", True),
        "/attributions/0": ("unchanged", True),
    }


def test_what_others_entered_is_told_once_it_is_public(api: CheckedClient, ngo: NewKey) -> None:
    """Another organisation sends the same document: that it stands in the record is told where it is public."""
    first = send(api, ngo, "PUT", PUT, tuwaym())
    moderator = desk()
    for action in ("claim", "approve"):
        body = {"action": action, "reason": "Two sources"}
        send(api, moderator, "POST", f"{URL}{first.json()['id']}/actions/", body, if_match="*")
    other = key_of(organisation=organisation("Another"), scopes=BOTH)
    sent = send(api, other, "POST", URL, tuwaym(attributions=None, actors=None)).json()
    (part,) = [each for each in send(api, moderator, "GET", f"{URL}{sent['id']}/").json()["parts"] if each["proposals"]]
    meant = {"pointer": part["pointer"], "object_id": part["proposals"][0]["id"]}
    send(api, moderator, "POST", f"{URL}{sent['id']}/actions/", {"action": "claim"}, if_match="*")
    assert send(api, moderator, "POST", f"{URL}{sent['id']}/names/", meant, if_match="*").status_code == 200
    body = {"action": "approve", "reason": "Two sources"}
    assert send(api, moderator, "POST", f"{URL}{sent['id']}/actions/", body, if_match="*").status_code == 200
    where = f"{URL}{sent['id']}/"
    assert outcomes(send(api, other, "GET", where))["/documents/0"] == ("kept_as_written", False)
    assert outcomes(send(api, moderator, "GET", where))["/documents/0"] == ("unchanged", True)
    send(api, desk("lead"), "POST", f"{URL}{first.json()['id']}/actions/", {"action": "publish"}, if_match="*")
    assert outcomes(send(api, other, "GET", where))["/documents/0"] == ("unchanged", True)


def test_a_new_version_of_a_merged_incident_is_a_conflict_that_names_the_survivor(
    api: CheckedClient, ngo: NewKey
) -> None:
    publish(api, send(api, ngo, "PUT", PUT, tuwaym()))
    incident = Incident.objects.get()
    survivor = IncidentFactory()
    publishing.publish([survivor])
    merge(survivor, incident, reason="One attack, told twice")
    for query in ("", "?dry_run=true"):
        answer = send(api, ngo, "PUT", PUT + query, tuwaym())
        assert answer.status_code == 409, answer.content
        assert str(survivor.public_id) in answer.json()["detail"]
