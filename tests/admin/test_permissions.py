"""Who may open what in the admin: anonymous, staff without a permission, staff who may look, staff who may change.

Roles and the rule of two persons come with a later release.
"""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from incidents.models import Decision, Publication
from tests.admin.test_registry import REGISTERED, address
from tests.factories import IncidentFactory, UserFactory
from tests.keys import somebody

pytestmark = pytest.mark.django_db
REASON = {"reason_code": "new_information", "reason": "Seen."}
WITHDRAWN = {"withdraw-reason_code": "correction", "withdraw-reason": "Counted twice."}


def staff(*permissions: str) -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, permissions=permissions))
    return client


def pages(incident: Any) -> list[tuple[str, str]]:
    gets = [("get", reverse(f"admin:incidents_incident_{view}", args=[incident.pk])) for view in ("change", "preview")]
    posts = [
        ("post", reverse(f"admin:incidents_incident_{v}", args=[incident.pk]))
        for v in ("publish", "withdraw", "lower", "redact")
    ]
    return gets + posts


@pytest.mark.parametrize("name", sorted(REGISTERED))
def test_the_anonymous_are_sent_to_the_login_page_and_strangers_are_refused(client: Client, name: str) -> None:
    path = address(REGISTERED[name], "changelist")
    answer = client.get(path)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("admin:login"))
    assert staff().get(path).status_code == 403


def test_the_anonymous_and_strangers_neither_look_nor_publish(client: Client) -> None:
    stranger = staff("change_source")
    for method, path in pages(IncidentFactory()):
        assert getattr(client, method)(path, REASON).status_code == 302
        assert getattr(stranger, method)(path, REASON).status_code == 403
    assert not Publication.objects.exists()


def test_who_may_only_look_sees_the_preview_and_publishes_nothing() -> None:
    incident, reader = IncidentFactory(), staff("view_incident")
    statuses = [getattr(reader, method)(path, REASON).status_code for method, path in pages(incident)]
    assert statuses == [200, 200, 403, 403, 403, 403]
    assert b"publish-form" not in reader.get(pages(incident)[1][1]).content
    listed = {"action": "publish_selected", "_selected_action": [str(incident.pk)], "asked": "1", **REASON}
    reader.post(reverse("admin:incidents_incident_changelist"), listed)
    assert not Publication.objects.exists()


def test_who_may_change_proposes_and_publishes_nothing() -> None:
    incident, moderator = IncidentFactory(), Client()
    moderator.force_login(somebody("moderator"))
    assert moderator.post(pages(incident)[2][1], REASON).status_code == 302
    assert Decision.objects.get().object_id == incident.public_id
    assert not Publication.objects.exists()
    assert b"Only the desk proposes this" in staff("change_incident").post(pages(incident)[3][1], WITHDRAWN).content


def test_a_page_that_may_only_be_read_shows_labels_and_texts_not_codes_and_json() -> None:
    incident = IncidentFactory(title={"en": "Killing at Tuwaym"})
    text = staff("view_incident").get(pages(incident)[0][1]).content.decode()
    assert "Settlement not found in the gazetteer" in text
    assert "Killing at Tuwaym" in text
    assert "{&quot;" not in text
