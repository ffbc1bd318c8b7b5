"""What others named stays in their versions when its own are emptied: who makes it private empties those as well."""

from typing import Any

import pytest

from incidents.choices import DecisionAction
from incidents.models import Incident, IncidentRelation, Investigation, PublicationBody, Scope
from incidents.rules.desk import deciding
from incidents.rules.publication.protecting import protect
from incidents.rules.publication.publishing import publish, redact, withdraw
from incidents.rules.trail.verification import verify_log
from tests.contributions import person
from tests.factories import (
    ClaimFactory,
    IncidentFactory,
    IncidentRelationFactory,
    InvestigationFactory,
    ScopeFactory,
    SourceFactory,
)
from tests.rules.published import fresh

pytestmark = pytest.mark.django_db
TITLE = "The house by the mill"


def told(text: str = TITLE) -> list[str]:
    rows = PublicationBody.objects.filter(document__contains=text).order_by("pk")
    return list(rows.values_list("publication__kind", flat=True))


def change(record: Any, **columns: Any) -> bool:
    record = fresh(record)
    for name, value in columns.items():
        setattr(record, name, value)
    record.save()
    return protect(record)


def named_by_others(*, relation: bool = True, scope: bool = True) -> Incident:
    """A withdrawn incident whose own versions are empty, since its source became confidential."""
    claim = ClaimFactory(incident__title={"en": TITLE})
    incident: Incident = claim.incident
    inquiry, other = InvestigationFactory(), IncidentFactory()
    if scope:
        ScopeFactory(investigation=inquiry, incident=incident)
    if relation:
        IncidentRelationFactory(from_incident=other, to_incident=incident, type="precedes")
    publish([inquiry, other])
    publish([incident])
    withdraw(fresh(incident), reason_code="correction", reason="Counted twice.")
    change(claim.asserted_by, confidential=True)
    assert told() == ["incident"] * relation + ["investigation"] * scope
    return incident


@pytest.mark.parametrize("level", ["high", "severe"])
@pytest.mark.parametrize(("relation", "scope"), [(True, True), (True, False), (False, True)])
def test_raising_it_empties_what_others_said_of_it(level: str, relation: bool, scope: bool) -> None:
    incident = named_by_others(relation=relation, scope=scope)
    assert change(incident, sensitivity=level)
    assert told() == []
    assert verify_log().sound


def test_so_it_does_where_what_linked_them_is_gone() -> None:
    incident = named_by_others()
    Scope.objects.all().delete()
    IncidentRelation.objects.get().delete()
    assert change(incident, sensitivity="high")
    assert told() == []


def test_two_people_may_empty_it_though_it_has_no_version_of_its_own() -> None:
    incident = named_by_others()
    decision = deciding.propose(
        DecisionAction.REDACT, fresh(incident), by=person("moderator"), reason="It tells where."
    )
    deciding.confirm(decision, by=person("lead"))
    assert told() == []


def test_of_an_inquiry_as_well() -> None:
    inquiry: Investigation = InvestigationFactory(names={"en": "Inquiry of the mill"}, body=SourceFactory())
    ScopeFactory(investigation=inquiry, incident=IncidentFactory())
    publish([inquiry, Incident.objects.get()])
    withdraw(fresh(inquiry), reason_code="correction", reason="There was none.")
    change(inquiry.body, confidential=True)
    assert told("Inquiry of the mill") == ["incident"]
    redact(fresh(inquiry), reason="It tells where.")
    assert told("Inquiry of the mill") == []


def test_what_nobody_named_has_nothing_to_empty() -> None:
    incident = named_by_others(relation=False, scope=False)
    assert not change(incident, sensitivity="high")
