"""What was proposed is what becomes public: whoever changes how claims rank meanwhile does not publish it alone."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.choices import DecisionAction, ReasonCode
from incidents.choices import SubmissionAction as Action
from incidents.models import Incident, Merge, Submission
from incidents.rules.desk import deciding
from incidents.rules.publication.publishing import publish
from incidents.rules.sameness import merging
from incidents.rules.submissions import moderating
from incidents.rules.submissions.authorship import authors, raters
from incidents.rules.submissions.transitions import RATED, NotAllowed, NotNow
from incidents.rules.trail import editing
from tests.contributions import approved, person, sender
from tests.factories import (
    ActorFactory,
    ClaimFactory,
    DocumentFactory,
    IncidentFactory,
    IncidentRelationFactory,
    SourceFactory,
)
from tests.rules.test_disclosure import document_of, fresh
from tests.rules.test_released import claims_on, public

pytestmark = [pytest.mark.django_db, pytest.mark.once]
RATINGS: list[tuple[str, dict[str, Any]]] = [
    ("asserted_by", {"reliability": "A"}),
    ("asserted_by", {"kind": "court"}),
    ("asserted_by", {"affiliated_with": True}),
    ("document", {"published_on": date(2025, 3, 20)}),
]


def told_twice() -> Incident:
    """A published incident of which two sources say different figures."""
    incident = IncidentFactory()
    for value in (1400, 1383):
        source = SourceFactory(reliability="B")
        ClaimFactory(
            incident=incident, asserted_by=source, document=DocumentFactory(publisher=source), value=value, status="all"
        )
    publish([incident])
    return incident


def rate(incident: Incident, column: str, values: dict[str, Any], by: User) -> None:
    """Change what the first claim stands on, as the pages of sources and documents do."""
    row = getattr(incident.claims.order_by("pk")[0], column)
    made = {"affiliated_with": ActorFactory, "publisher": SourceFactory}
    for name, value in values.items():
        setattr(row, name, made[name]() if name in made else value)
    row._history_user = by
    editing.save(row, values)


def proposed(action: DecisionAction, incident: Incident, **details: Any) -> Any:
    return deciding.propose(action, fresh(incident), by=person("moderator"), reason="Place", details=details)


def falls(decision: Any, by: User) -> None:
    assert deciding.why_not_now(decision, by) == deciding.CHANGED
    with pytest.raises(NotNow, match="changed since"):
        deciding.confirm(decision, by=by)


@pytest.mark.parametrize(("column", "values"), RATINGS)
@pytest.mark.parametrize("action", [DecisionAction.PUBLISH, DecisionAction.REDACT])
def test_a_proposal_falls_where_a_claim_ranks_otherwise(action: DecisionAction, column: str, values: Any) -> None:
    incident, lead = told_twice(), person("lead")
    before, decision = document_of(incident), proposed(action, incident)
    rate(incident, column, values, lead)
    falls(decision, lead)
    falls(decision, person("lead"))
    assert document_of(incident) == before


def test_proposed_anew_it_is_what_two_people_saw() -> None:
    incident, lead = told_twice(), person("lead")
    rate(incident, *RATINGS[0], lead)
    deciding.confirm(proposed(DecisionAction.PUBLISH, incident), by=lead)


def test_what_ranks_nothing_lets_it_stand() -> None:
    incident, lead = told_twice(), person("lead")
    decision = proposed(DecisionAction.PUBLISH, incident)
    rate(incident, "asserted_by", {"reliability_reason": "Named its own sources"}, lead)
    rate(incident, "document", {"rights": "CC BY"}, lead)
    publish([told_twice()])
    deciding.confirm(decision, by=lead)


def test_it_falls_too_where_it_would_be_linked_otherwise() -> None:
    incident, whole = told_twice(), IncidentFactory()
    IncidentRelationFactory(from_incident=whole, to_incident=incident, type="contains", certainty="confirmed")
    decision = proposed(DecisionAction.PUBLISH, incident)
    publish([whole])
    falls(decision, person("lead"))


def test_one_that_does_not_say_what_was_meant_is_not_confirmed() -> None:
    decision = proposed(DecisionAction.PUBLISH, told_twice())
    del decision.details["seen"]
    decision.save()
    falls(decision, person("lead"))


def test_what_makes_nothing_public_rests_on_the_record_alone() -> None:
    incident, lead = told_twice(), person("lead")
    decision = proposed(DecisionAction.WITHDRAW, incident)
    rate(incident, *RATINGS[0], lead)
    assert "seen" not in decision.details
    deciding.confirm(decision, by=lead)


def test_a_merge_falls_where_a_claim_of_either_ranks_otherwise() -> None:
    survivor, absorbed, lead = told_twice(), told_twice(), person("lead")
    decision = proposed(DecisionAction.MERGE, survivor, absorbed=str(absorbed.public_id))
    rate(absorbed, *RATINGS[0], lead)
    falls(decision, lead)


def test_so_does_undoing_one() -> None:
    survivor, absorbed, lead = told_twice(), told_twice(), person("lead")
    merging.merge(survivor, absorbed, reason="One village", by=person("lead"))
    decision = proposed(DecisionAction.UNDO_MERGE, survivor, merge=Merge.objects.get().pk)
    rate(survivor, "asserted_by", {"reliability": "E"}, lead)
    falls(decision, lead)


@pytest.fixture
def waiting() -> tuple[Incident, Submission]:
    """A published incident, and claims that were approved into it."""
    incident = public("first")
    return incident, approved(claims_on(incident, 71), sender())


@pytest.mark.parametrize(
    ("column", "values"), [*RATINGS, ("document", {"publisher": True}), ("document", {"consent": "public"})]
)
def test_a_submission_is_not_published_by_who_rated_what_its_incident_stands_on(
    waiting: tuple[Incident, Submission], column: str, values: Any
) -> None:
    (incident, submission), lead = waiting, person("lead")
    rate(incident, column, values, lead)
    assert lead.pk not in authors(fresh(incident))
    with pytest.raises(NotAllowed) as refusal:
        moderating.act(fresh(submission), Action.PUBLISH, by=lead)
    assert str(refusal.value) == RATED
    moderating.act(fresh(submission), Action.PUBLISH, by=person("lead"))
    assert raters(fresh(incident)) == set()


def test_that_lead_publishes_the_incident_as_somebody_else_proposes_it(waiting: tuple[Incident, Submission]) -> None:
    (incident, submission), lead = waiting, person("lead")
    rate(incident, *RATINGS[0], lead)
    deciding.confirm(proposed(DecisionAction.PUBLISH, incident), by=lead)
    assert fresh(submission).state == "published"


def test_who_rated_it_before_its_last_publication_or_changed_nothing_that_ranks_publishes_it(
    waiting: tuple[Incident, Submission],
) -> None:
    (incident, submission), lead = waiting, person("lead")
    publish([fresh(incident)], reason_code=ReasonCode.DEPENDENCY)
    rate(incident, "asserted_by", {"reliability_reason": "Named its own sources"}, lead)
    moderating.act(fresh(submission), Action.PUBLISH, by=lead)


def test_a_first_publication_is_not_by_who_rated_since_it_was_entered() -> None:
    source, lead = SourceFactory(), person("lead")
    early = ClaimFactory(asserted_by=source).incident
    rate(early, *RATINGS[0], lead)
    late = ClaimFactory(asserted_by=source).incident
    assert (raters(early), raters(late)) == ({lead.pk}, set())


def test_it_takes_as_many_queries_for_many_claims_as_for_one() -> None:
    counts = []
    for many in (1, 12):
        incident = IncidentFactory()
        ClaimFactory.create_batch(many, incident=incident, document__publisher__kind="court")
        publish([incident])
        decision, lead = proposed(DecisionAction.PUBLISH, incident), person("lead")
        with CaptureQueriesContext(connection) as asked:
            assert deciding.why_not_now(decision, lead) == ""
            assert raters(incident) == set()
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_how_a_linked_incident_is_called_since_is_not_what_was_proposed() -> None:
    """Proposed together from a list, and confirmed one after another."""
    first, second = IncidentFactory(title={"en": "First"}), IncidentFactory(title={"en": "Second"})
    IncidentRelationFactory(from_incident=first, to_incident=second, type="precedes")
    publish([first, second])
    first.title = {"en": "First, by its name"}
    editing.save(first, ["title"])
    proposer, other = person("moderator"), person("lead")
    proposals = [
        deciding.propose(DecisionAction.PUBLISH, each, by=proposer, reason="Checked", details={})
        for each in (fresh(first), fresh(second))
    ]
    for each in proposals:
        deciding.confirm(each, by=other)
    assert document_of(second)["relations"][0]["incident"]["title"] == {"en": "First, by its name"}
