"""What is proposed to an organisation is told as far as it is public then, also where an answer is repeated."""

from collections.abc import Callable
from typing import Any

import pytest

from incidents.models import Actor, Attribution, AuditEntry, Incident, Source, Submission
from incidents.rules.accounts.keys import NewKey
from incidents.rules.publication.protecting import protect
from incidents.rules.publication.publishing import publish, withdraw
from incidents.rules.submissions.recognising import remember
from tests.contract.validation import CheckedClient
from tests.contributions import country, tuwaym
from tests.factories import (
    ActorFactory,
    AttributionFactory,
    ClaimFactory,
    IncidentFactory,
    InvestigationFactory,
    ScopeFactory,
    SourceFactory,
)
from tests.keys import key_of, organisation, send

pytestmark = [pytest.mark.django_db, pytest.mark.once]

URL = "/api/v1/submissions/"
BOTH = ["submissions:read", "submissions:write"]
PUT = f"{URL}by-external-id/partner/tuwaym-1/"


@pytest.fixture
def ngo() -> NewKey:
    country()
    return key_of(scopes=BOTH)


def desk(**values: Any) -> NewKey:
    return key_of("moderator", organisation=organisation("Desk"), scopes=[*BOTH, "moderation"], **values)


@pytest.fixture
def source() -> Source:
    found: Source = SourceFactory(names={"en": "Civil Peace Group TOKSEEN"})
    publish([found])
    return found


def content() -> dict[str, Any]:
    return tuwaym(sources=[{"key": "seen", "kind": "local_monitor", "names": {"en": "Civil Peace Group"}}])


def sent(api: CheckedClient, key: NewKey, said: Any, method: str = "POST", url: str = URL) -> Any:
    answer = send(api, key, method, url, said, Idempotency_Key="one")
    assert answer.status_code in {200, 201}, answer.content
    return answer


def told(api: CheckedClient, submission_id: str, said: Any, **repeated: str) -> list[Any]:
    """Every answer about it: read, listed, and the first one repeated by another key."""
    key = key_of(scopes=BOTH)
    again = sent(api, key, said, **repeated)
    assert again["Idempotency-Replayed"] == "true"
    return [send(api, key, "GET", f"{URL}{submission_id}/"), send(api, key, "GET", URL), again]


def confidential(source: Source) -> None:
    Source.objects.filter(pk=source.pk).update(confidential=True)
    protect(Source.objects.get(pk=source.pk))


def withdrawn(source: Source) -> None:
    withdraw(Source.objects.get(pk=source.pk), reason_code="privacy", reason="Danger")


def part(answer: Any, kind: str) -> dict[str, Any]:
    (found,) = [each for each in answer["parts"] if each["kind"] == kind]
    return dict(found)


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("hide", [confidential, withdrawn])
def test_a_source_that_is_not_public_any_more_is_proposed_nowhere(
    api: CheckedClient, ngo: NewKey, source: Source, hide: Callable[[Source], None], method: str
) -> None:
    repeated = {"method": method, "url": URL if method == "POST" else PUT}
    first = sent(api, ngo, content(), **repeated)
    assert [each["id"] for each in part(first.json(), "source")["proposals"]] == [str(source.public_id)]
    assert all("TOKSEEN" in each.content.decode() for each in told(api, first.json()["id"], content(), **repeated))
    hide(source)
    for answer in told(api, first.json()["id"], content(), **repeated):
        text = answer.content.decode()
        assert ("TOKSEEN" in text, str(source.public_id) in text) == (False, False)
        shown = answer.json().get("results", [answer.json()])[0]
        found = part(shown, "source")
        assert (found["outcome"], found["proposals"], found["object_id"]) == ("kept_as_written", [], None)


def test_an_answer_is_repeated_byte_for_byte_where_nothing_was_hidden(
    api: CheckedClient, ngo: NewKey, source: Source
) -> None:
    first = sent(api, ngo, content())
    again = sent(api, ngo, content())
    assert (again["Idempotency-Replayed"], again.content, again["ETag"]) == ("true", first.content, first["ETag"])


def test_a_source_that_is_called_otherwise_now_is_proposed_by_that_name(
    api: CheckedClient, ngo: NewKey, source: Source
) -> None:
    first = sent(api, ngo, content())
    Source.objects.filter(pk=source.pk).update(names={"en": "Civil Peace"})
    publish([Source.objects.get(pk=source.pk)])
    for answer in told(api, first.json()["id"], content()):
        shown = answer.json().get("results", [answer.json()])[0]
        assert [each["name"] for each in part(shown, "source")["proposals"]] == ["Civil Peace"]


@pytest.mark.parametrize("role", ["directly_carried_out", "party"])
def test_an_actor_whom_nothing_public_accuses_any_more_is_proposed_nowhere(
    api: CheckedClient, ngo: NewKey, role: str
) -> None:
    actor: Actor = ActorFactory(names={"en": "Brigade of the Coast TOKACTOR"})
    incident: Incident = IncidentFactory()
    ClaimFactory(incident=incident)
    AttributionFactory(incident=incident, actor=actor, role=role)
    publish([incident])
    named = {"identification": "named_group", "names": {"en": "Brigade of the Coast"}}
    said = tuwaym(actors=[tuwaym()["actors"][0] | named])
    first = sent(api, ngo, said)
    assert "TOKACTOR" in first.content.decode()
    Attribution.objects.all().delete()
    publish([Incident.objects.get(pk=incident.pk)])
    assert not any("TOKACTOR" in each.content.decode() for each in told(api, first.json()["id"], said))


def test_what_was_decided_on_a_name_is_repeated_as_far_as_it_is_public(
    api: CheckedClient, ngo: NewKey, source: Source
) -> None:
    remember(ngo.key.organisation, "source", content()["sources"][0]["names"], source.public_id, None)
    first = sent(api, ngo, content())
    assert part(first.json(), "source")["object_id"] == str(source.public_id)
    confidential(source)
    for answer in told(api, first.json()["id"], content()):
        assert str(source.public_id) not in answer.content.decode()


def test_a_scope_that_is_not_public_any_more_is_not_repeated(api: CheckedClient, ngo: NewKey) -> None:
    incident, inquiry = IncidentFactory(), InvestigationFactory()
    ScopeFactory(investigation=inquiry, incident=incident, kind="overlaps")
    publish([incident, inquiry])
    scope = [{"incident": str(incident.public_id), "kind": "within"}]
    said = {"type": "investigation", "about": str(inquiry.public_id), "investigation": {"scope": scope}}
    first = sent(api, ngo, said)
    assert sent(api, ngo, said).content == first.content
    assert len(first.json()["differences"]) == 1
    Incident.objects.filter(pk=incident.pk).update(sensitivity="high")
    protect(Incident.objects.get(pk=incident.pk))
    assert sent(api, ngo, said).json()["differences"] == []


def test_the_desk_is_repeated_all_of_it_and_its_look_is_written_down(
    api: CheckedClient, ngo: NewKey, source: Source
) -> None:
    key = desk()
    first = sent(api, key, content())
    confidential(source)
    assert sent(api, key, content()).content == first.content
    looks = AuditEntry.objects.filter(action="view_confidential").values_list("kind", "object_id")
    assert list(looks) == [("submission", str(Submission.objects.get().public_id))]
