"""Addresses that somebody typed or a link spoiled: ids and values to start with that cannot be are never an error."""

from datetime import datetime
from itertools import product

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from tests.admin.test_registry import REGISTERED, address, each_page
from tests.factories import IncidentFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NONSENSE = ["abc", "1" + "0" * 23, "-1", "nul\0", "1,abc"]
each_nonsense = pytest.mark.parametrize("value", NONSENSE)


@each_page
def test_a_form_ignores_values_to_start_with_that_cannot_be(desk_of_the_module: Client, name: str) -> None:
    page = REGISTERED[name]
    fields = [field.name for field in (*page.opts.fields, *page.opts.many_to_many)]
    for value in NONSENSE:
        answer = desk_of_the_module.get(address(page, "add"), dict.fromkeys(fields, value))
        assert answer.status_code in {200, 403}, value
        if answer.status_code == 403:
            break


@each_page
def test_an_id_that_cannot_be_is_answered_like_one_that_is_absent(desk_of_the_module: Client, name: str) -> None:
    for view, value in product(("change", "delete", "history"), NONSENSE):
        answer = desk_of_the_module.get(address(REGISTERED[name], view, value))
        assert answer.status_code in {302, 403, 404}, (view, value)


def test_a_row_that_is_there_is_filled_in(desk: Client) -> None:
    incident = IncidentFactory()
    for name in ("Claim", "Attribution"):
        answer = desk.get(address(REGISTERED[name], "add"), {"incident": str(incident.pk), "no_field": "x"})
        assert answer.context["adminform"].form.initial["incident"] == str(incident.pk)
        absent = desk.get(address(REGISTERED[name], "add"), {"incident": str(incident.pk + 1)})
        assert "incident" not in absent.context["adminform"].form.initial


@each_nonsense
def test_a_version_that_cannot_be_is_absent(desk: Client, value: str) -> None:
    incident, page = IncidentFactory(), REGISTERED["Incident"]
    for ids in ((value, 1), (incident.pk, value)):
        assert desk.get(address(page, "simple_history", *ids)).status_code == 404


def test_a_moment_is_filled_in(desk: Client) -> None:
    answer = desk.get(address(REGISTERED["Document"], "add"), {"captured_at": "2014-03-01 10:00"})
    assert answer.context["adminform"].form.initial["captured_at"] == datetime(2014, 3, 1, 10)  # noqa: DTZ001 -- as typed


def test_a_browser_that_asks_for_an_icon_gets_one(client: Client) -> None:
    answer = client.get("/favicon.ico", follow=True)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")


def test_who_logs_in_with_a_foreign_address_to_go_to_arrives_in_the_admin(client: Client) -> None:
    UserFactory(username="moderator", is_staff=True, is_superuser=True, password=make_password("open sesame"))
    words = {"username": "moderator", "password": "open sesame", "next": "https://evil.example/"}
    answer = client.post("/admin/login/", words)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
