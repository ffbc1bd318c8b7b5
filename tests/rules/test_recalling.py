"""What privacy takes out leaves figures by the ratings that were published with, not by those that somebody edits."""

from typing import Any

import pytest

from incidents.models import Claim, Incident, Source
from incidents.rules.publication.protecting import protect
from incidents.rules.publication.publishing import publish, published_document
from incidents.rules.publication.recalling import known_as_published
from tests import factories
from tests.rules.published import document_of, fresh, history

pytestmark = pytest.mark.django_db
BOTH = {"reliable": 30, "other": 20}


def edited(obj: Any, **values: Any) -> Any:
    """Changed by somebody who publishes nothing."""
    for name, value in values.items():
        setattr(obj, name, value)
    obj.save()
    return obj


def killed(incident: Incident) -> tuple[int, int | None, int]:
    (row,) = [
        each for each in document_of(incident)["estimates"] if (each["measure"], each["status"]) == ("killed", "all")
    ]
    return row["low"], row["best"], row["high"]


def rivals(**values: Any) -> tuple[Incident, dict[str, Claim]]:
    """A public incident of which a reliable source and another say two figures, and a document more."""
    incident = factories.IncidentFactory(**values)
    said = {
        name: factories.ClaimFactory(
            incident=incident,
            status="all",
            value=value,
            asserted_by=factories.SourceFactory(reliability="A" if name == "reliable" else "E"),
        )
        for name, value in BOTH.items()
    }
    said["gone"] = factories.ClaimFactory(incident=incident, status="all", measure="injured", value=7)
    publish([incident])
    incident.refresh_from_db()
    return incident, said


def swap(said: dict[str, Claim]) -> None:
    for name, rating in (("reliable", "E"), ("other", "A")):
        edited(Source.objects.get(pk=said[name].asserted_by_id), reliability=rating)


@pytest.mark.parametrize("level", ["low", "high"])
def test_a_document_that_is_hidden(level: str) -> None:
    incident, said = rivals(sensitivity=level)
    before = killed(incident)
    swap(said)
    assert protect(edited(said["gone"].document, consent="withdrawn"))
    assert killed(incident) == before
    publish([fresh(incident)])  # by two people, who were shown it
    assert killed(incident) != before


def test_a_raised_sensitivity() -> None:
    incident, said = rivals()
    before = killed(incident)
    swap(said)
    assert protect(edited(fresh(incident), sensitivity="moderate"))
    assert killed(incident) == before
    assert protect(edited(fresh(incident), sensitivity="high"))
    assert killed(incident) == before


def test_a_name_that_was_carried_meanwhile_is_no_publication_of_the_ratings() -> None:
    incident, said = rivals()
    before = killed(incident)
    swap(said)
    publish([edited(Source.objects.get(pk=said["reliable"].asserted_by_id), names={"en": "Renamed"})])
    assert history(incident)[-1][1:] == ("publish", "rename")
    assert protect(edited(said["gone"].document, consent="withdrawn"))
    assert killed(incident) == before


def test_a_claim_that_somebody_gave_to_another_source_or_deleted() -> None:
    incident, said = rivals()
    before = killed(incident)
    edited(said["other"], asserted_by=factories.SourceFactory(reliability="A"))
    said["reliable"].delete()
    assert protect(edited(said["gone"].document, consent="withdrawn"))
    assert killed(incident) == before


def test_what_no_history_tells_is_as_the_record_has_it() -> None:
    incident, said = rivals()
    Source.history.all().delete()
    content = published_document("incident", incident.public_id)
    assert content is not None
    known = known_as_published([content])[content["id"]]
    assert known[str(said["reliable"].public_id)]["reliability"] == "A"
    assert known.keys() == {str(each.public_id) for each in said.values()}
