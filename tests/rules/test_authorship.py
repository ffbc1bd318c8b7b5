"""Who changed a record stays its author until the change itself is public: no second person for it."""

from collections.abc import Callable
from typing import Any

import pytest

from incidents.choices import DecisionAction
from incidents.models import Incident, Publication
from incidents.rules.desk import deciding
from incidents.rules.publication.protecting import protect
from incidents.rules.publication.publishing import publish, redact, withdraw
from incidents.rules.submissions.authorship import authors
from incidents.rules.submissions.transitions import NotAllowed
from incidents.rules.trail import editing
from tests import factories
from tests.contributions import person
from tests.rules.test_disclosure import document_of, fresh

pytestmark = pytest.mark.django_db


def a_container() -> Incident:
    """A published incident that names a source, and contains another that is published."""
    source = factories.SourceFactory(names={"en": "A monitor"})
    document = factories.DocumentFactory(publisher=source)
    incident, part = factories.IncidentFactory.create_batch(2)
    for each in (incident, part):
        factories.ClaimFactory(incident=each, asserted_by=source, document=document)
    factories.IncidentRelationFactory(from_incident=incident, to_incident=part, type="contains", certainty="confirmed")
    publish([incident, part])
    return incident


def stricter(obj: Any, **columns: Any) -> None:
    for name, value in columns.items():
        setattr(obj, name, value)
    editing.save(obj, columns)
    assert protect(obj)


def hide_its_source(incident: Incident) -> None:
    stricter(incident.claims.get().asserted_by, confidential=True)


def hide_its_document(incident: Incident) -> None:
    stricter(incident.claims.get().document, consent="withdrawn")


def make_its_part_severe(incident: Incident) -> None:
    stricter(incident.relations_out.get().to_incident, sensitivity="severe")


def raise_it(incident: Incident) -> None:
    stricter(fresh(incident), sensitivity="moderate")


def take_it_out(incident: Incident) -> None:
    withdraw(incident, reason_code="correction", reason="Told twice")


@pytest.mark.parametrize("happens", [hide_its_source, hide_its_document, make_its_part_severe, raise_it, take_it_out])
def test_who_edited_stays_an_author_whatever_privacy_does_to_the_incident(happens: Callable[[Incident], None]) -> None:
    incident, lead = a_container(), person("lead")
    before = document_of(incident)
    edited = fresh(incident)
    edited.title, edited._history_user = {"en": "Edited by the lead"}, lead
    editing.save(edited, ["title"])
    rows = Publication.objects.filter(object_id=incident.public_id).count()
    happens(incident)
    assert Publication.objects.filter(object_id=incident.public_id).count() == rows + 1
    if happens is not take_it_out:
        assert document_of(incident)["title"] == before["title"]
    assert lead.pk in authors(fresh(incident))
    decision = deciding.propose(DecisionAction.PUBLISH, fresh(incident), by=person("moderator"), reason="New title")
    with pytest.raises(NotAllowed, match="You changed this record"):
        deciding.confirm(decision, by=lead)
    deciding.confirm(decision, by=person("lead"))
    assert authors(fresh(incident)) == set()


def test_redacting_publishes_the_record_and_ends_who_edited_it() -> None:
    incident, lead = a_container(), person("lead")
    edited = fresh(incident)
    edited.title, edited._history_user = {"en": "Edited by the lead"}, lead
    editing.save(edited, ["title"])
    redact(fresh(incident), reason="It named somebody")
    assert document_of(incident)["title"] == {"en": "Edited by the lead"}
    assert authors(fresh(incident)) == set()
