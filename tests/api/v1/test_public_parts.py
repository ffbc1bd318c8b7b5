"""Each part of a submission says whether what it stands for can be read in public, which its own state does not."""

from copy import deepcopy
from typing import Any

import pytest

from incidents.models import Incident, Source
from incidents.rules.accounts.keys import NewKey
from incidents.rules.publication import publishing
from tests.api.v1.test_submission_versions import BOTH, PUT, URL, desk, publish
from tests.contract.validation import CheckedClient
from tests.contributions import TUWAYM, country, tuwaym
from tests.keys import key_of, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def ngo() -> NewKey:
    country()
    return key_of(scopes=BOTH)


def with_testimony() -> dict[str, Any]:
    """Tuwaym as the article has it, and a claim that rests on a witness who did not consent to be read in public."""
    content = tuwaym()
    content["sources"].append({"key": "witness", "kind": "witness", "names": {"en": "W. 7"}})
    told = {"key": "told", "publisher": "witness", "type": "testimony", "title": {"en": "What W. 7 said"}}
    content["documents"].append(told | {"consent": "none"})
    killed = deepcopy(TUWAYM["claims"][0])
    content["claims"].append({**killed, "key": "seen", "asserted_by": "witness", "document": "told", "value": 33})
    return content


def public(answer: Any) -> dict[str, bool | None]:
    assert answer.status_code in {200, 201}, answer.content
    return {part["pointer"]: part["public"] for part in answer.json()["parts"]}


def test_what_was_entered_and_is_not_public_says_so(api: CheckedClient, ngo: NewKey) -> None:
    first = send(api, ngo, "PUT", PUT, with_testimony())
    publish(api, first)
    where = f"{URL}{first.json()['id']}/"
    expected = {
        "/sources/0": True,
        "/sources/1": False,
        "/documents/0": True,
        "/documents/1": False,
        "/claims/0": True,
        "/claims/1": False,
        "/actors/0": True,
        "/incident": True,
        "/incident/place": None,
        "/incident/acts/0": None,
        "/attributions/0": None,
    }
    told = send(api, ngo, "GET", where)
    assert {part["outcome"] for part in told.json()["parts"] if part["kind"] == "claim"} == {"entered"}
    assert public(told) == public(send(api, desk(), "GET", where)) == expected


def test_nothing_is_before_it_is_published_nor_after_it_was_withdrawn(api: CheckedClient, ngo: NewKey) -> None:
    sent = send(api, ngo, "PUT", PUT, tuwaym())
    assert set(public(sent).values()) == {None}, "nothing is entered yet"
    where, moderator = f"{URL}{sent.json()['id']}/", desk()
    for action in ("claim", "approve"):
        send(api, moderator, "POST", f"{where}actions/", {"action": action, "reason": "Two sources"}, if_match="*")
    assert set(public(send(api, ngo, "GET", where)).values()) == {False, None}
    send(api, desk("lead"), "POST", f"{where}actions/", {"action": "publish", "reason": "Two sources"}, if_match="*")
    assert public(send(api, ngo, "GET", where))["/claims/0"] is True
    publishing.withdraw(Incident.objects.get(), reason_code="retraction", reason="Another village")
    after = public(send(api, ngo, "GET", where))
    assert (after["/incident"], after["/claims/0"], after["/sources/0"]) == (False, False, True)


def test_a_dry_run_tells_it_of_what_is_public_already(api: CheckedClient, ngo: NewKey) -> None:
    publish(api, send(api, ngo, "PUT", PUT, with_testimony()))
    told = public(send(api, ngo, "PUT", f"{PUT}?dry_run=true", with_testimony()))
    assert (told["/incident"], told["/claims/0"], told["/claims/1"]) == (True, True, False)


def test_an_actor_who_is_named_and_not_accused_is_public_too(api: CheckedClient, ngo: NewKey) -> None:
    content = tuwaym()
    content["attributions"][0] |= {"role": "present"}
    first = send(api, ngo, "PUT", PUT, content)
    publish(api, first)
    assert public(send(api, ngo, "GET", f"{URL}{first.json()['id']}/"))["/actors/0"] is True


def test_it_is_told_of_no_record_that_nobody_may_know_of(api: CheckedClient, ngo: NewKey) -> None:
    """A source of the same name that is not public: neither that it is there nor that it is not public."""
    Source.objects.create(kind="local_monitor", names={"en": "Civil Peace Group - Seen"})
    assert public(send(api, ngo, "POST", URL, tuwaym()))["/sources/0"] is None
