"""What was proposed is told by the names of its records, and leads to them and to where it is decided."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from incidents.admin.proposing import look_url
from incidents.choices import DecisionAction
from incidents.models import Decision
from incidents.rules.desk import deciding
from tests.admin.test_languages import arabic_labels
from tests.admin.test_looks_at_pairs import seen
from tests.admin.test_registry import same_number
from tests.admin.test_submissions import at_the_desk, words
from tests.factories import IncidentFactory, SourceFactory, UserFactory
from tests.keys import somebody
from tests.rules.test_merging import two

pytestmark = pytest.mark.django_db
LIST = "admin:incidents_decision_changelist"


def proposed(record: Any, action: DecisionAction = DecisionAction.PUBLISH, **details: Any) -> Decision:
    return deciding.propose(action, record, by=somebody("moderator"), reason="Seen.", details=details)


def page_of(decision: Decision) -> str:
    return reverse("admin:incidents_decision_change", args=[decision.pk])


def may_view(*models: str) -> Client:
    """Somebody at the desk who may open these tables and no others."""
    user, client = UserFactory(is_staff=True), Client()
    user.user_permissions.set(Permission.objects.filter(codename__in=[f"view_{model}" for model in models]))
    client.force_login(user)
    return client


def test_its_page_names_its_record_and_leads_there_and_to_where_it_is_decided() -> None:
    incident = IncidentFactory(title={"en": "Killings in Tuwaym", "ar": "قتل في تويم"})
    decision, lead = proposed(incident), at_the_desk("lead")
    arabic_labels()
    for language, title in (("en", "Killings in Tuwaym"), ("ar", "قتل في تويم")):
        answer = lead.get(page_of(decision), headers={"Accept-Language": language})
        assert title in words(answer)
        assert decision.details["seen"] not in words(answer)
        assert not re.search(r"readonly\">\s*(incident|proposed|publish)\s*<", answer.content.decode())
        for address in (reverse("admin:incidents_incident_change", args=[incident.pk]), look_url(decision)):
            assert f'href="{address}"' in answer.content.decode()
    deciding.decline(decision, by=somebody("lead"), reason="One source only.")
    assert f'href="{look_url(decision)}"' not in lead.get(page_of(decision)).content.decode()


def test_of_a_merge_it_names_both_and_what_is_taken() -> None:
    kept, gone = two()
    given = {"absorbed": str(gone.public_id), "take_from_absorbed": ["place_text"]}
    decision = proposed(kept, DecisionAction.MERGE, **given)
    text = words(at_the_desk("lead").get(page_of(decision), headers={"Accept-Language": "en"}))
    assert f"{kept} + {gone}" in text
    assert "Taken from the other incident: Place as written" in text
    assert "absorbed_version" not in text


def test_the_list_names_the_records_with_as_many_queries_for_many_as_for_few() -> None:
    def more(number: int) -> None:
        for kind in (IncidentFactory, SourceFactory) * number:
            proposed(kind())

    more(1)
    incident = IncidentFactory(title={"en": "Killings in Tuwaym"})
    proposed(incident)
    lead = at_the_desk("lead")
    text = words(lead.get(reverse(LIST), headers={"Accept-Language": "en"}))
    assert "Killings in Tuwaym" in text
    assert str(incident.public_id)[:8] not in text
    same_number(lead, reverse(LIST), lambda: more(3))


def test_the_name_of_a_confidential_source_is_a_look_at_it_in_the_list_and_on_the_page() -> None:
    source = SourceFactory(names={"en": "Hidden Name"})
    decision, lead = proposed(source), at_the_desk("lead")
    type(source).objects.update(confidential=True)
    for number, page in enumerate((reverse(LIST), page_of(decision)), start=1):
        assert "Hidden Name" in words(lead.get(page))
        assert len(seen()) == number
        assert seen()[-1] == ("source", "", {"rows": {str(source.public_id): ["names", "affiliated_with"]}})


def test_what_the_viewer_may_not_open_is_not_named() -> None:
    source = SourceFactory(names={"en": "Hidden Name"})
    decision = proposed(source)
    for page in (reverse(LIST), page_of(decision)):
        assert "Hidden Name" not in words(may_view("decision").get(page))
        assert str(source.public_id)[:8] in words(may_view("decision").get(page))
        assert "Hidden Name" in words(may_view("decision", "source").get(page))


def test_what_is_gone_is_told_by_the_beginning_of_its_id() -> None:
    incident = IncidentFactory()
    decision = proposed(incident)
    incident.delete()
    for page in (reverse(LIST), page_of(decision)):
        assert str(incident.public_id)[:8] in words(at_the_desk("lead").get(page))
