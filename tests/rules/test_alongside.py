"""What becomes public with a record has a second person too: what it names first, its links, what is said of it."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from incidents.choices import SubmissionAction as Action
from incidents.models import Actor, Document, Incident, IncidentRelation, Investigation, Source, Statement, Submission
from incidents.rules.publication.publishing import publish, published_document
from incidents.rules.submissions import moderating
from incidents.rules.submissions.authorship import authors
from incidents.rules.submissions.transitions import NotAllowed
from incidents.rules.trail import auditing, editing
from tests import factories
from tests.contributions import approved, person, sender, tuwaym
from tests.rules.published import fresh

pytestmark = pytest.mark.django_db


def edited(obj: Any, by: User, *parts: str, **columns: Any) -> None:
    obj = fresh(obj)
    for name, value in columns.items():
        setattr(obj, name, value)
    obj._history_user = by
    editing.save(obj, [*columns, *parts])


def refused(submission: Submission, lead: User) -> None:
    with pytest.raises(NotAllowed, match="second person"):
        moderating.act(submission, Action.PUBLISH, by=lead)
    assert moderating.act(submission, Action.PUBLISH, by=person("lead")).state == "published"


def public() -> Incident:
    incident = factories.IncidentFactory()
    factories.ClaimFactory(incident=incident)
    publish([incident])
    return fresh(incident)  # type: ignore[no-any-return]


def harmless(incident: Incident) -> Submission:
    """Somebody's approved claim on it."""
    members = {"type": "claims", "about": str(incident.public_id), "incident": None, "external_reference": None}
    return approved(tuwaym(**members, attributions=None, actors=None), sender())


@pytest.mark.parametrize(
    ("model", "columns"),
    [
        (Actor, {"names": {"en": "The army"}}),
        (Source, {"names": {"en": "A commission"}}),
        (Document, {"title": {"en": "Another title"}}),
    ],
)
def test_who_edited_what_is_named_first_is_no_second_person(model: Any, columns: dict[str, Any]) -> None:
    submission, lead = approved(tuwaym(), sender()), person("lead")
    edited(model.objects.get(), lead, **columns)
    refused(submission, lead)


def test_what_is_public_and_edited_stays_as_it_is_and_binds_nobody() -> None:
    incident, lead = public(), person("lead")
    edited(incident.claims.get().asserted_by, lead, names={"en": "A commission"})
    assert lead.pk not in authors(incident)
    moderating.act(harmless(incident), Action.PUBLISH, by=lead)
    content = published_document("incident", incident.public_id)
    assert content is not None
    assert "A commission" not in str(content)


@pytest.mark.parametrize("how", ["added", "certainty", "deleted"])
def test_who_edited_the_other_end_of_a_relation_is_no_second_person(how: str) -> None:
    outer, inner, lead = public(), public(), person("lead")
    ends = {"from_incident": outer, "to_incident": inner, "type": "contains"}
    if how != "added":
        factories.IncidentRelationFactory(**ends, certainty="possible")
        publish([outer, inner])
    submission = harmless(inner)
    if how == "added":
        factories.IncidentRelationFactory(**ends, certainty="confirmed")
    elif how == "certainty":
        IncidentRelation.objects.update(certainty="confirmed")
    else:
        IncidentRelation.objects.all().delete()
    edited(outer, lead, "IncidentRelation")
    refused(submission, lead)
    assert lead.pk not in authors(fresh(inner))


def test_who_edited_something_else_of_the_other_end_binds_nobody() -> None:
    outer, inner, lead = public(), public(), person("lead")
    factories.IncidentRelationFactory(from_incident=outer, to_incident=inner, type="contains", certainty="confirmed")
    publish([outer, inner])
    edited(outer, lead, title={"en": "Another title"})
    assert moderating.act(harmless(inner), Action.PUBLISH, by=lead).state == "published"


def inquiry(*about: Incident) -> Investigation:
    found = factories.InvestigationFactory()
    for incident in about:
        factories.ScopeFactory(investigation=found, incident=incident)
    publish([found])
    return fresh(found)  # type: ignore[no-any-return]


def test_who_put_an_incident_into_the_scope_of_an_inquiry_is_no_second_person() -> None:
    incident, found, lead = public(), inquiry(), person("lead")
    submission = harmless(incident)
    factories.ScopeFactory(investigation=found, incident=incident)
    edited(found, lead, "Scope")
    refused(submission, lead)


@pytest.mark.parametrize("part", ["claims", "attributions"])
def test_who_made_something_a_finding_of_an_inquiry_is_no_second_person_for_it(part: str) -> None:
    incident, found, lead = public(), factories.InvestigationFactory(), person("lead")
    make: Any = {"claims": factories.ClaimFactory, "attributions": factories.AttributionFactory}[part]
    row = make(incident=incident)
    publish([fresh(incident)])
    assert lead.pk not in authors(found)
    row.investigation = found
    row.save()
    edited(incident, lead, type(row).__name__)
    assert lead.pk in authors(found)
    publish([fresh(incident), found])
    assert lead.pk not in authors(found)


def test_who_put_an_accused_actor_into_the_scope_of_an_inquiry_is_no_second_person() -> None:
    submission, found, lead = approved(tuwaym(), sender()), inquiry(), person("lead")
    factories.ScopeFactory(investigation=found, incident=None, actor=Actor.objects.get())
    edited(found, lead, "Scope")
    refused(submission, lead)
    content = published_document("investigation", found.public_id)
    assert content is not None
    assert len(content["actors"]) == 1


@pytest.mark.parametrize("how", ["create", "change", "delete"])
def test_who_wrote_what_is_said_to_an_inquiry_is_no_second_person(how: str) -> None:
    incident, lead = public(), person("lead")
    found = inquiry(incident)
    said = incident.claims.get()
    named = {"by": said.asserted_by, "document": said.document, "kind": "denial", "answered_by": None}
    if how != "create":
        factories.StatementFactory(**named).about.add(incident)
        publish([found])
    submission = harmless(incident)
    if how == "create":
        factories.StatementFactory(**named).about.add(incident)
    elif how == "change":
        Statement.objects.update(summary={"en": "It never happened."})
    statement = Statement.objects.get()
    auditing.record(action=how, obj=statement, before={}, after={}, actor=lead)
    if how == "delete":
        statement.delete()
    assert lead.pk in authors(found)
    refused(submission, lead)
    assert lead.pk not in authors(fresh(incident))
