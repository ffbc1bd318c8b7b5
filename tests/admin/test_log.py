"""The publication log at the desk: what is left of records that are gone can be proposed to be emptied."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from incidents.models import Decision, Publication
from incidents.rules.publication import publishing
from tests.factories import IncidentFactory
from tests.keys import somebody

pytestmark = pytest.mark.django_db
LOG = reverse("admin:incidents_publication_changelist")


def at_desk(role: str) -> Client:
    client = Client()
    client.force_login(somebody(role))
    return client


def propose(client: Client, **data: str) -> Any:
    rows = [str(row.pk) for row in Publication.objects.all()]
    return client.post(LOG, {"action": "empty", "_selected_action": rows, "asked": "1", **data}, follow=True)


def said(answer: Any) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def test_two_people_empty_what_is_left() -> None:
    incident, moderator = IncidentFactory(), at_desk("moderator")
    publishing.publish([incident])
    assert "propose it on its own page" in said(propose(moderator, reason="She is named"))
    publishing.withdraw(incident, reason_code="correction", reason="Told twice")
    incident.delete()
    assert propose(moderator, reason=" ").context["form"].errors
    assert "Done: 1." in said(propose(moderator, reason="She is named"))
    decision = Decision.objects.get()
    assert (decision.action, decision.reason_code, decision.object_id) == ("withdraw", "privacy", incident.public_id)
    lead, decisions = at_desk("lead"), reverse("admin:incidents_decision_changelist")
    looked = lead.get(reverse("admin:incidents_decision_look", args=[decision.pk]), follow=True)
    assert looked.redirect_chain == [(f"{LOG}?q={incident.public_id}", 302)]
    lead.post(decisions, {"action": "confirm", "_selected_action": [str(decision.pk)]})
    assert not Publication.objects.filter(body__document__isnull=False).exists()


def test_only_those_who_may_propose_are_shown_the_action_and_the_desk_lists_what_they_proposed() -> None:
    incident = IncidentFactory()
    publishing.publish([incident])
    publishing.withdraw(incident, reason_code="correction", reason="Told twice")
    incident.delete()
    roles = ("contributor", "moderator", "lead")
    offered = {role: b'value="empty"' in at_desk(role).get(LOG).content for role in roles}
    assert offered == {"contributor": False, "moderator": True, "lead": True}
    propose(at_desk("contributor"), reason="She is named")
    assert not Decision.objects.exists()
    propose(at_desk("moderator"), reason="She is named")
    listed = at_desk("lead").get(reverse("admin:incidents_decision_changelist"))
    assert (listed.status_code, str(incident.public_id)[:8] in listed.content.decode()) == (200, True)
