"""The desk while somebody holds what a request needs: a page that says that nothing was saved, and sends it again.

The locks are real ones, of a second connection. The fixture `commits` must be set up before the database.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation
from psycopg_pool import PoolTimeout

from incidents.admin import unavailable
from incidents.models import AuditEntry, Incident, Webhook
from tests.admin.forms import filled
from tests.factories import IncidentFactory, UserFactory
from tests.webhooks import WebhookFactory

SAVED = "Nothing of it was saved, and nothing that was saved before is lost."


@contextmanager
def held(row: Model, setting: str = "lock_timeout") -> Iterator[None]:
    """Somebody else holds this row, on SQLite the one lock there is; we wait for a fifth of a second."""
    other = connection.copy()
    postgresql = connection.vendor == "postgresql"
    with other.cursor() as theirs, connection.cursor() as ours:
        theirs.execute("BEGIN" if postgresql else "BEGIN IMMEDIATE")
        if postgresql:
            theirs.execute(f"SELECT 1 FROM {row._meta.db_table} WHERE id = %s FOR UPDATE", [row.pk])  # noqa: S608
            ours.execute(f"SET {setting} = '200ms'")
        try:
            yield
        finally:
            theirs.execute("ROLLBACK")
            if postgresql:
                ours.execute(f"RESET {setting}")
    other.close()


@pytest.fixture
def patient(commits: None) -> Client:
    """A moderator who may do everything, and who is shown what a browser would be."""
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def sent_again(page: Any) -> dict[str, list[str]]:
    """What the form of the page would send."""
    given: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.content.decode()):
        given.setdefault(unescape(name), []).append(unescape(value))
    return given


@pytest.mark.parametrize("setting", ["lock_timeout", pytest.param("statement_timeout", marks=pytest.mark.postgresql)])
def test_a_change_that_waits_too_long_is_kept_to_be_sent_again(patient: Client, setting: str) -> None:
    incident = IncidentFactory(title={"en": "Killing of villagers"})
    address = reverse("admin:incidents_incident_change", args=[incident.pk]) + "?_changelist_filters=q%3Dx"
    title, summary = 'Killing of "31" villagers & others', "First line.\nSecond <line>."
    data = filled(patient, address) | {"title__en": title, "summary__en": summary}
    entries = AuditEntry.objects.count()
    with held(incident, setting):
        page = patient.post(address, data)
    text = page.content.decode()
    assert (page.status_code, page["Retry-After"], page["Cache-Control"]) == (503, "1", "private, no-store")
    assert SAVED in text
    assert "<html" in text
    assert page["X-Request-ID"] in text
    incident.refresh_from_db()
    assert (incident.title, incident.version, AuditEntry.objects.count()) == (
        {"en": "Killing of villagers"},
        1,
        entries,
    )
    assert f'action="{address}"' in text
    again = sent_again(page)
    assert {name: values[-1] for name, values in again.items()} == {name: str(value) for name, value in data.items()}
    assert patient.post(address, again).status_code == 302
    incident.refresh_from_db()
    assert title in incident.title.values()
    assert [each.splitlines() for each in incident.summary.values()] == [summary.splitlines()]


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("fr", "ltr"), ("es", "ltr"), ("ar", "rtl")])
def test_it_speaks_the_language_of_the_desk(patient: Client, language: str, direction: str) -> None:
    incident = IncidentFactory()
    address = reverse("admin:incidents_incident_delete", args=[incident.pk])
    with held(incident):
        page = patient.post(address, {"post": "yes"}, headers={"accept-language": language})
    with translation.override(language):
        said = [translation.gettext(words) for words in (SAVED, "The database is busy", "Send again")]
    assert page.status_code == 503
    assert f'<html lang="{language}" dir="{direction}">' in page.content.decode()
    assert [words for words in said if words not in unescape(page.content.decode())] == []
    assert (language == "en") == (said[0] == SAVED)
    assert Incident.objects.count() == 1


def test_a_password_stands_in_no_page(commits: None) -> None:
    user = UserFactory(is_staff=True, is_superuser=True)
    user.set_password("correct horse battery")
    user.save()
    client, given = (
        Client(raise_request_exception=False),
        {"username": user.username, "password": "correct horse battery"},
    )
    with held(user):
        page = client.post(reverse("admin:login"), given)
    assert (page.status_code, b"go back and send it again" in page.content) == (503, True)
    assert b"correct horse" not in page.content
    assert client.post(reverse("admin:login"), given).status_code == 302


@pytest.mark.postgresql
def test_what_a_list_did_before_it_met_a_lock_is_said_and_stays_done(patient: Client) -> None:
    hooks = WebhookFactory.create_batch(3)
    given = {"action": "pause", "asked": "1", "reason": "Moving.", "_selected_action": [each.pk for each in hooks]}
    list_of_them = reverse("admin:incidents_webhook_changelist")
    with held(hooks[1]):
        page = patient.post(list_of_them, given, follow=True)
    said = [str(message) for message in page.context["messages"]]
    assert said == [
        f"{hooks[1]}: the database was busy. It and those after it were not done: choose them again in a moment.",
        "Done: 1.",
    ]
    assert list(Webhook.objects.order_by("pk").values_list("state", flat=True)) == ["paused", "active", "active"]
    with held(hooks[1]):
        first = patient.post(list_of_them, given | {"_selected_action": [hooks[1].pk, hooks[2].pk]})
    assert (first.status_code, SAVED in first.content.decode()) == (503, True)
    assert list(Webhook.objects.order_by("pk").values_list("state", flat=True)) == ["paused", "active", "active"]


@pytest.mark.django_db
def test_a_page_that_was_only_opened_is_opened_again(rf: RequestFactory) -> None:
    page = unavailable.page(rf.get("/admin/incidents/incident/?q=x&o=1"), OperationalError("database is locked"))
    assert page is not None
    assert '<a class="button" href="/admin/incidents/incident/?q=x&amp;o=1">' in page.content.decode()
    assert "database is locked" not in page.content.decode()


def test_it_asks_the_database_nothing(rf: RequestFactory) -> None:
    """Not marked for the database: a query would fail the test."""
    request = rf.post("/admin/incidents/incident/add/", {"kind": "burial"})
    request.user = UserLazily()  # type: ignore[assignment]
    assert unavailable.page(request, OperationalError("no connection")) is not None


class UserLazily:
    """Whoever asks who it is has asked the database."""

    def __getattr__(self, name: str) -> Any:
        raise OperationalError(name)


def test_other_failures_and_other_addresses_are_not_its_matter(rf: RequestFactory) -> None:
    assert unavailable.page(rf.get("/admin/"), ValueError("a mistake of ours")) is None
    assert unavailable.page(rf.get("/api/v1/incidents/"), OperationalError()) is None
    assert unavailable.page(rf.get("/"), None) is None


@pytest.mark.parametrize(
    ("address", "error", "status", "media_type"),
    [
        ("/admin/", OperationalError("locked"), 503, "text/html; charset=utf-8"),
        ("/admin/", ValueError("a mistake"), 500, "text/html; charset=utf-8"),
        ("/api/v1/", ValueError("a mistake"), 500, "application/problem+json"),
    ],
)
def test_a_request_that_dies_outside_of_its_view_is_answered_alike(
    address: str, error: Exception, status: int, media_type: str, settings: Any
) -> None:
    """As when a session cannot be saved: no view is left to answer for it."""
    settings.MIDDLEWARE = [f"{__name__}.Dying"]
    Dying.error = error
    answer = Client(raise_request_exception=False).get(address)
    assert (answer.status_code, answer["Content-Type"]) == (status, media_type)


class Dying:
    """A middleware in which every request dies."""

    error: Exception

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        raise self.error


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sqlstate", "driver", "lost"),
    [
        ("55P03", Exception, False),
        ("57014", Exception, False),
        ("57P01", Exception, True),
        ("08006", Exception, True),
        (None, Exception, True),
        (None, PoolTimeout, False),
    ],
)
def test_who_lost_the_connection_is_told_to_look_first(
    client: Client, sqlstate: str | None, driver: type[Exception], lost: bool
) -> None:
    request = RequestFactory().post(reverse("admin:incidents_incident_add"), {"title__en": "Killing"})
    request.user, request.session = UserFactory.build(), client.session
    error = OperationalError("the database says so")
    error.__cause__ = type("Driver", (driver,), {"sqlstate": sqlstate})()
    answer = unavailable.page(request, error)
    assert answer is not None
    assert ("Look whether what you did was saved" in answer.content.decode()) == lost
    assert (SAVED in answer.content.decode()) != lost
