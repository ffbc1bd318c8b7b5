"""What is told of the scope of an inquiry that is sent: what is public and was sent before, nothing of the record.

A highly sensitive incident names no inquiry into it in public.
"""

from typing import Any

import pytest

from incidents.choices import InvestigationScope
from incidents.choices import SubmissionAction as Action
from incidents.models import Incident, Investigation, Scope, Submission
from incidents.rules.accounts.keys import NewKey
from incidents.rules.publication.protecting import protect
from incidents.rules.publication.publishing import publish
from incidents.rules.submissions import moderating
from tests.contract.validation import CheckedClient
from tests.contributions import country, person
from tests.factories import IncidentFactory, InvestigationFactory, ScopeFactory
from tests.keys import key_of, organisation, send

pytestmark = [pytest.mark.django_db, pytest.mark.once]

URL = "/api/v1/submissions/"
BOTH = ["submissions:read", "submissions:write"]
KINDS = InvestigationScope.values


@pytest.fixture
def ngo() -> NewKey:
    country()
    return key_of(scopes=BOTH)


def desk() -> NewKey:
    return key_of("moderator", organisation=organisation("Desk"), scopes=[*BOTH, "moderation"])


def looking_into(incident: Incident, kind: str = "overlaps") -> Investigation:
    """A public inquiry with the incident in its scope; both are published."""
    inquiry: Investigation = InvestigationFactory()
    ScopeFactory(investigation=inquiry, incident=incident, kind=kind)
    publish([incident, inquiry])
    return inquiry


def scope(inquiry: Investigation, incident: Incident, kind: str, **more: Any) -> dict[str, Any]:
    entries = [{"incident": str(incident.public_id), "kind": kind}]
    return {"type": "investigation", "about": str(inquiry.public_id), "investigation": {"scope": entries}} | more


def differing(answer: Any) -> list[str]:
    assert answer.status_code in {200, 201}, answer.content
    return [each["pointer"] for each in answer.json()["differences"]]


def tried(api: CheckedClient, key: NewKey, content: Any) -> list[str]:
    return differing(send(api, key, "POST", f"{URL}?dry_run=true", content))


def reviewed(submission_id: str) -> Submission:
    """Taken for review, approved and published by the desk."""
    submission = Submission.objects.get(public_id=submission_id)
    moderator = person("moderator")
    moderating.act(submission, Action.CLAIM, by=moderator)
    moderating.act(submission, Action.APPROVE, by=moderator, reason="ok")
    return moderating.act(submission, Action.PUBLISH, by=person("lead"))


def test_no_dry_run_tells_which_inquiry_looks_into_a_highly_sensitive_incident(api: CheckedClient, ngo: NewKey) -> None:
    high = IncidentFactory(sensitivity="high")
    looks, other = looking_into(high), InvestigationFactory()
    publish([other])
    for inquiry in (looks, other):
        for kind in KINDS:
            assert tried(api, ngo, scope(inquiry, high, kind)) == [], (inquiry, kind)


def test_no_dry_run_tells_a_scope_that_nobody_published(api: CheckedClient, ngo: NewKey) -> None:
    low, inquiry = IncidentFactory(), InvestigationFactory()
    publish([low, inquiry])
    ScopeFactory(investigation=inquiry, incident=low, kind="outside")
    assert [tried(api, ngo, scope(inquiry, low, kind)) for kind in KINDS] == [[] for _ in KINDS]


def test_a_kind_is_compared_with_the_public_one_whatever_the_desk_made_of_it(api: CheckedClient, ngo: NewKey) -> None:
    low = IncidentFactory()
    inquiry = looking_into(low, "overlaps")

    def told() -> dict[str, list[str]]:
        return {kind: tried(api, ngo, scope(inquiry, low, kind)) for kind in KINDS}

    expected = {kind: [] if kind == "overlaps" else ["/investigation/scope/0/kind"] for kind in KINDS}
    assert told() == expected
    Scope.objects.update(kind="outside")
    assert told() == expected
    Scope.objects.all().delete()
    assert told() == expected


def test_the_desk_reads_what_the_record_says_and_the_organisation_does_not(api: CheckedClient, ngo: NewKey) -> None:
    high = IncidentFactory(sensitivity="high")
    sent = send(api, ngo, "POST", URL, scope(looking_into(high), high, "within"))
    where = f"{URL}{sent.json()['id']}/"
    assert differing(sent) == differing(send(api, ngo, "GET", where)) == []
    assert send(api, desk(), "GET", where).json()["differences"] == [
        {"pointer": "/investigation/scope/0/kind", "previous": None, "record": "overlaps", "sent": "within"}
    ]


def test_what_was_told_before_an_incident_became_highly_sensitive_is_not_told_after(
    api: CheckedClient, ngo: NewKey
) -> None:
    incident = IncidentFactory()
    sent = send(api, ngo, "POST", URL, scope(looking_into(incident), incident, "within"))
    assert differing(sent) == ["/investigation/scope/0/kind"]
    Incident.objects.filter(pk=incident.pk).update(sensitivity="high")
    protect(Incident.objects.get(pk=incident.pk))
    assert differing(send(api, ngo, "GET", f"{URL}{sent.json()['id']}/")) == []


def test_a_difference_stored_before_sides_were_told_apart_is_for_the_desk(api: CheckedClient, ngo: NewKey) -> None:
    high = IncidentFactory(sensitivity="high")
    sent = send(api, ngo, "POST", URL, scope(looking_into(high), high, "within"))
    submission = Submission.objects.get()
    submission.differences = [
        {name: value for name, value in each.items() if name != "to"} for each in submission.differences
    ]
    submission.save(update_fields=["differences"])
    assert differing(send(api, ngo, "GET", f"{URL}{sent.json()['id']}/")) == []


def test_no_part_tells_that_the_incident_was_in_the_scope_already(api: CheckedClient, ngo: NewKey) -> None:
    high = IncidentFactory(sensitivity="high")
    looks, other = looking_into(high), InvestigationFactory()
    publish([other])
    told = []
    for inquiry in (looks, other):
        for kind in ("overlaps", "within"):
            Scope.objects.filter(investigation=other).delete()
            sent = send(api, ngo, "POST", URL, scope(inquiry, high, kind)).json()["id"]
            reviewed(sent)
            parts = send(api, ngo, "GET", f"{URL}{sent}/").json()["parts"]
            told.append({part["pointer"]: part["outcome"] for part in parts})
    assert [each["/investigation/scope/0"] for each in told] == ["entered"] * 4


def test_what_the_organisation_said_before_is_compared_whatever_the_desk_made_of_it(
    api: CheckedClient, ngo: NewKey
) -> None:
    high = IncidentFactory(sensitivity="high")
    publish([high])
    reference = {"external_reference": {"scheme": "partner", "key": "inquiry"}}
    names = {"type": "national_commission", "names": {"en": "Commission of inquiry"}}
    entries = [{"incident": str(high.public_id), "kind": "within"}]
    first = {"type": "investigation", "investigation": names | {"scope": entries}} | reference
    reviewed(send(api, ngo, "POST", URL, first).json()["id"])
    again = {"type": "investigation", "investigation": {"scope": [entries[0] | {"kind": "overlaps"}]}} | reference
    assert tried(api, ngo, again) == ["/investigation/scope/0/kind"]
    Scope.objects.update(kind="overlaps")
    assert tried(api, ngo, again) == ["/investigation/scope/0/kind"]
    Scope.objects.all().delete()
    assert tried(api, ngo, again) == ["/investigation/scope/0/kind"]
    assert tried(api, ngo, first) == []
