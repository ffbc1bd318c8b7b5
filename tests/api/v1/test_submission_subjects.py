"""How what was sent stands in public now: its submission stays published, whatever becomes of the record."""

from typing import Any

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.models import Incident, Submission
from incidents.rules.accounts.keys import NewKey
from incidents.rules.publication.publishing import publish, withdraw
from incidents.rules.sameness.merging import merge
from incidents.rules.submissions import moderating, submitting
from incidents.rules.submissions.submitting import Sender
from tests.contract.validation import CheckedClient
from tests.contributions import approved, person, tuwaym
from tests.factories import IncidentFactory
from tests.keys import send

pytestmark = pytest.mark.django_db
URL = "/api/v1/submissions/"


def sent(ngo: NewKey, **changed: Any) -> Submission:
    return approved(tuwaym(**changed), Sender(ngo.key.organisation, ngo.key.owner, ngo.key))


def published(ngo: NewKey) -> Submission:
    return moderating.act(sent(ngo), Action.PUBLISH, by=person("lead"))


def subject(api: CheckedClient, ngo: NewKey, submission: Submission) -> Any:
    read = send(api, ngo, "GET", f"{URL}{submission.public_id}/").json()["subject"]
    (listed,) = [
        each["subject"]
        for each in send(api, ngo, "GET", URL).json()["results"]
        if each["id"] == str(submission.public_id)
    ]
    assert read == listed
    return read


def test_it_is_not_public_before_and_public_after_a_second_person(api: CheckedClient, ngo: NewKey) -> None:
    waiting = submitting.submit(Sender(ngo.key.organisation, ngo.key.owner), tuwaym(external_reference=None))
    assert subject(api, ngo, waiting) is None
    submission = sent(ngo)
    assert submission.incident is not None
    stands = {"kind": "incident", "id": str(submission.incident.public_id), "survivor": None}
    assert subject(api, ngo, submission) == stands | {"standing": "not_public"}
    moderating.act(submission, Action.PUBLISH, by=person("lead"))
    assert subject(api, ngo, submission) == stands | {"standing": "public"}


def test_a_withdrawal_is_told_where_it_is_read_and_where_it_would_be_sent_again(
    api: CheckedClient, ngo: NewKey
) -> None:
    submission = published(ngo)
    incident = Incident.objects.get()
    withdraw(incident, reason_code="retraction", reason="Told twice")
    assert subject(api, ngo, submission)["standing"] == "withdrawn"
    again = send(api, ngo, "PUT", f"{URL}by-external-id/partner/tuwaym-1/?dry_run=true", tuwaym())
    assert again.json()["subject"] == {
        "kind": "incident", "id": str(incident.public_id), "standing": "withdrawn", "survivor": None
    }  # fmt: skip
    publish([incident])
    assert subject(api, ngo, submission)["standing"] == "public"


def test_a_merge_is_told_with_the_incident_that_it_went_into(api: CheckedClient, ngo: NewKey) -> None:
    submission, kept = published(ngo), IncidentFactory()
    publish([kept])
    merge(kept, Incident.objects.exclude(pk=kept.pk).get(), reason="One attack")
    told = subject(api, ngo, submission)
    assert (told["standing"], told["survivor"]) == ("merged", str(kept.public_id))
    withdraw(Incident.objects.get(pk=kept.pk), reason_code="correction", reason="Counted twice")
    told = subject(api, ngo, submission)
    assert (told["standing"], told["survivor"]) == ("withdrawn", None)


def test_a_dry_run_of_something_new_is_about_nothing_yet(api: CheckedClient, ngo: NewKey) -> None:
    assert send(api, ngo, "POST", f"{URL}?dry_run=true", tuwaym()).json()["subject"] is None
    published(ngo)
    about = str(Incident.objects.get().public_id)
    asked = {"type": "withdrawal", "about": about, "withdrawal": {"reason_code": "retraction", "reason": "Twice"}}
    tried = send(api, ngo, "POST", f"{URL}?dry_run=true", asked).json()
    assert (tried["subject"]["id"], tried["subject"]["standing"]) == (about, "public")
