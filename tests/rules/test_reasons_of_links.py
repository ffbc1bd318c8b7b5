"""A record of which nothing but a link is new is published for the reason given, and by the name of who sent it."""

from typing import Any

import pytest

from incidents.choices import SubmissionAction as Action
from incidents.models import Incident, IncidentRelation, Investigation, Publication, Submission
from incidents.rules.publication.publishing import publish
from incidents.rules.submissions import moderating, submitting
from incidents.rules.submissions.submitting import Sender
from tests.contributions import country, person, sender
from tests.factories import ClaimFactory, IncidentFactory, SourceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def public() -> Incident:
    incident: Incident = IncidentFactory()
    ClaimFactory(incident=incident)
    publish([incident])
    return incident


def inquiry(*scope: Incident, **said: Any) -> dict[str, Any]:
    covered = [{"incident": str(each.public_id), "kind": "within"} for each in scope]
    facts = {"type": "national_commission", "names": {"en": "Commission of inquiry"}, "scope": covered}
    return {"type": "investigation", "investigation": facts | said}


def rows() -> list[tuple[str, str]]:
    found = Publication.objects.filter(kind="investigation").order_by("seq")
    return list(found.values_list("reason_code", "reason"))


def decided(content: Any, by: Sender, lead: Any, reason: str) -> Submission:
    sent, _ = submitting.put(by, "partner", "commission", content)
    moderator = person("moderator")
    moderating.act(sent, Action.CLAIM, by=moderator)
    moderating.act(sent, Action.APPROVE, by=moderator, reason="Two sources")
    return moderating.act(sent, Action.PUBLISH, by=lead, reason=reason)


@pytest.mark.parametrize("event", [False, True])
def test_what_a_new_version_adds_to_the_scope_has_its_reason_and_makes_nobody_an_author_but_who_sent_it(
    *, event: bool
) -> None:
    country()
    by, lead, incidents = sender(), person("lead"), [public(), public()]
    more = {"events": [{"kind": "announced", "on": "2025-03-09"}]} if event else {}
    decided(inquiry(), by, lead, "First")
    decided(inquiry(incidents[0], **more), by, lead, "It covers the coast")
    # Who published the last version changed nothing since.
    decided(inquiry(*incidents, **more), by, lead, "And the mountains")
    assert rows() == [
        ("new_information", "First"),
        ("new_information", "It covers the coast"),
        ("new_information", "And the mountains"),
    ]
    changed = Investigation.objects.get().history.values_list("history_user", flat=True)
    assert set(changed) <= {by.author.pk, None}


def test_a_relation_alone_is_published_for_the_reason_given_and_at_its_other_end_as_what_follows() -> None:
    one, other = public(), public()
    IncidentRelation.objects.create(
        from_incident=one, to_incident=other, type="causes", certainty="probable", asserted_by=SourceFactory()
    )
    publish([one], reason="They were seen to flee there")
    found = Publication.objects.filter(kind="incident").order_by("seq")
    last = {row.object_id: (row.reason_code, row.reason) for row in found}
    assert last == {
        one.public_id: ("new_information", "They were seen to flee there"),
        other.public_id: ("dependency", ""),
    }


def test_what_is_as_published_adds_no_row_whatever_the_reason() -> None:
    one, before = public(), Publication.objects.count()
    publish([one], reason="Once more")
    assert Publication.objects.count() == before
