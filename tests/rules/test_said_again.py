"""Saying again what was retracted or superseded: it stands, and the dry run says so too."""

from typing import Any

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.models import Claim, Incident, PublicIncident
from incidents.rules.publication.publishing import published_document
from incidents.rules.submissions import moderating, submitting
from tests.contributions import approved, person, sender, tuwaym
from tests.rules.test_unsaying import correction, incident_of

pytestmark = pytest.mark.django_db


def publish(content: dict[str, Any], by: submitting.Sender) -> Any:
    return moderating.act(approved(content, by), Action.PUBLISH, by=person("lead"))


def about(incident: Incident, **changed: Any) -> dict[str, Any]:
    """The claim of Tuwaym once more, of the same source and document."""
    claim = Claim.objects.order_by("pk")[0]
    whose = {"asserted_by": str(claim.asserted_by.public_id), "document": str(claim.document.public_id)}
    return {
        "type": "claims",
        "about": str(incident.public_id),
        "claims": [tuwaym()["claims"][0] | whose | changed],
    }


def best(incident: Incident) -> list[Any]:
    document = published_document("incident", incident.public_id)
    assert document is not None
    return [estimate["best"] for estimate in document["estimates"] if estimate["status"] == "all"]


def foreseen(content: dict[str, Any], by: submitting.Sender) -> list[Any]:
    return [each["best"] for each in submitting.trial(by, content).estimates if each["status"] == "all"]


@pytest.mark.parametrize("organisation", ["Seen", "Another"])
def test_a_claim_retracted_by_mistake_and_said_again_counts(organisation: str) -> None:
    incident = incident_of(publish(tuwaym(), sender()))
    content = correction(incident)
    retraction = {"claim": str(Claim.objects.get().public_id), "reason": "It was a typo"}
    content["correction"] = {"retractions": [retraction], "reason": "Wrong"}
    publish(content, sender("A third"))
    assert best(incident) == []
    by = sender(organisation)
    assert foreseen(about(incident), by) == [31]
    publish(about(incident), by)
    assert best(incident) == [31]


def test_a_source_that_goes_back_to_its_first_word_has_said_it_last() -> None:
    by = sender()
    incident = incident_of(publish(tuwaym(), by))
    first = str(Claim.objects.get().public_id)
    publish(about(incident, value=40, cells=[], supersedes=first), by)
    assert best(incident) == [40]
    second = str(Claim.objects.get(value=40).public_id)
    back = about(incident, supersedes=second)
    assert foreseen(back, by) == [31]
    publish(back, by)
    assert best(incident) == [31]


def test_what_stands_and_is_said_again_is_not_counted_anew() -> None:
    by = sender()
    incident = incident_of(publish(tuwaym(), by))
    publish(about(incident), sender("Another"))
    assert Claim.objects.count() == 1


def test_an_old_word_that_is_sent_again_by_itself_takes_no_newer_ones_place() -> None:
    by = sender()
    incident = incident_of(publish(tuwaym(), by))
    publish(about(incident, value=40, cells=[], supersedes=str(Claim.objects.get().public_id)), by)
    for _ in range(2):
        publish(about(incident), by)
    assert best(incident) == [40]
    assert Claim.objects.count() == 3
    assert PublicIncident.objects.count() == 1
