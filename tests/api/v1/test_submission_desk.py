"""Who reads as the desk: a key with the scope for it, of somebody with the right; and each look is written down."""

from typing import Any

import pytest

from incidents.models import AuditEntry, AuditValues, Incident, Source
from incidents.rules.accounts.keys import NewKey
from tests.contract.validation import CheckedClient
from tests.contributions import country, tuwaym
from tests.factories import ClaimFactory, IncidentFactory, SourceFactory
from tests.keys import key_of, organisation, send

pytestmark = [pytest.mark.django_db, pytest.mark.once]

URL = "/api/v1/submissions/"
BOTH = ["submissions:read", "submissions:write"]
TRIAL = f"{URL}?dry_run=true"


@pytest.fixture(autouse=True)
def hidden() -> Incident:
    """A severe incident like the one that is sent, and a confidential source with such a name."""
    country()
    SourceFactory(names={"en": "Civil Peace Group TOKSEEN"}, confidential=True)
    day = {"start_earliest": "2025-03-07", "end_latest": "2025-03-07"}
    incident: Incident = IncidentFactory(title=tuwaym()["incident"]["title"], sensitivity="severe", **day)
    ClaimFactory(incident=incident, value=31)
    return incident


def content() -> dict[str, Any]:
    return tuwaym(sources=[{"key": "seen", "kind": "local_monitor", "names": {"en": "Civil Peace Group"}}])


def importing(role: str = "moderator") -> NewKey:
    """A key that sends for an organisation and is for nothing else, whoever owns it."""
    return key_of(role, scopes=BOTH)


def desk(**values: Any) -> NewKey:
    return key_of("moderator", scopes=[*BOTH, "moderation"], **values)


def looks() -> list[tuple[str, Any]]:
    """Each entry of the audit chain about a look: of which record, and what was shown."""
    found = AuditEntry.objects.filter(action="view_confidential").order_by("seq")
    kept = {each.entry_id: each.values for each in AuditValues.objects.all()}
    return [(entry.object_id, kept.get(entry.pk)) for entry in found]


@pytest.mark.parametrize("role", ["contributor", "moderator", "lead", "administrator"])
def test_a_key_without_the_scope_reads_as_its_organisation(api: CheckedClient, hidden: Incident, role: str) -> None:
    key = importing(role)
    tried = send(api, key, "POST", TRIAL, content())
    sent = send(api, key, "POST", URL, content(), Idempotency_Key="one")
    where = f"{URL}{sent.json()['id']}/"
    put = send(api, key, "PUT", f"{URL}by-external-id/partner/tuwaym-1/", content())
    changed = send(api, key, "PATCH", where, {"note": "Another"}, if_match="*")
    answers = [tried, sent, put, changed, send(api, key, "GET", where), send(api, key, "GET", URL)]
    assert [answer.status_code for answer in answers] == [200, 201, 200, 200, 200, 200]
    for answer in answers:
        text = answer.content.decode()
        assert ("TOKSEEN" in text, str(hidden.public_id) in text) == (False, False)
    assert sent.json()["possible_duplicates"] is None
    assert looks() == []


def test_a_key_without_the_scope_repeats_what_another_of_its_organisation_began(api: CheckedClient) -> None:
    first = send(api, importing("contributor"), "POST", URL, content(), Idempotency_Key="one")
    again = send(api, importing("moderator"), "POST", URL, content(), Idempotency_Key="one")
    assert (again["Idempotency-Replayed"], again.json()) == ("true", first.json())


def test_nobody_is_answered_with_what_the_desk_was_told(api: CheckedClient) -> None:
    owner = (key := desk()).key.owner
    sent = send(api, key, "POST", URL, content(), Idempotency_Key="one")
    assert "TOKSEEN" in sent.content.decode()
    own = key_of("moderator", owner=owner, scopes=BOTH)
    assert send(api, own, "POST", URL, content(), Idempotency_Key="one").status_code == 422


def test_a_dry_run_of_the_desk_is_written_down_where_it_names_a_confidential_source(api: CheckedClient) -> None:
    assert "TOKSEEN" in send(api, desk(), "POST", TRIAL, content()).content.decode()
    ((shown, values),) = looks()
    assert (shown, str(Source.objects.get(confidential=True).public_id) in str(values)) == ("", True)
    send(api, desk(), "POST", TRIAL, tuwaym(sources=[content()["sources"][0] | {"names": {"en": "Others"}}]))
    assert len(looks()) == 1


def test_what_the_desk_sends_is_written_down_where_it_names_a_confidential_source(api: CheckedClient) -> None:
    key = desk(organisation=organisation("Desk"))
    sent = send(api, key, "POST", URL, content())
    assert "TOKSEEN" in sent.content.decode()
    where = f"{URL}{sent.json()['id']}/"
    assert [shown for shown, _ in looks()] == [sent.json()["id"]]
    assert len(looks()) == 1
    for answer in (send(api, key, "GET", where), send(api, key, "GET", URL)):
        assert "TOKSEEN" in answer.content.decode()
    assert [shown for shown, _ in looks()] == [sent.json()["id"]] * 3
