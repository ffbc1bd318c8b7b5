"""The address of a list chooses rows by what is offered beside it: nothing else is answered, and nothing breaks it."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from incidents.models import AuditEntry
from incidents.rules.submissions import submitting
from tests.contributions import sender, with_reference
from tests.factories import IncidentFactory, SourceFactory, UserFactory
from tests.webhooks import WebhookFactory

pytestmark = pytest.mark.django_db
NAME = "Fatima of Tuwaym"
WITNESS = {"key": "seen", "kind": "witness", "names": {"en": NAME}}


def listed(name: str) -> str:
    return reverse(f"admin:incidents_{name}_changelist")


LISTS = sorted(reverse(f"admin:{m._meta.app_label}_{m._meta.model_name}_changelist") for m in admin.site._registry)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("submission", "content__sources__0__names__en__startswith=Fatima"),
        ("submission", "content__icontains=Fatima"),
        ("source", "names__en__startswith=Fatima"),
        ("submissionpart", "as_written__startswith=Fatima"),
        ("submissionpart", "submission__content__icontains=Fatima"),
        ("auditvalues", "values__icontains=Fatima"),
        ("auditvalues", "values=x"),
        ("idempotentrequest", "body__icontains=Fatima"),
        ("webhook", "name__startswith=a"),
        ("document", "published_on__gte=2025-01-01"),
    ],
)
def test_no_column_is_read_by_asking_for_what_it_begins_with(desk: Client, name: str, query: str) -> None:
    submitting.submit(sender(), with_reference("1", sources=[WITNESS]))
    SourceFactory(kind="witness", names={"en": NAME})
    before = AuditEntry.objects.count()
    assert desk.get(f"{listed(name)}?{query}").status_code == 400
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize(
    "query",
    [
        "id__range=1",
        "id__regex=(",
        "pk__in=1,99999999999999999999999,x",
        "id__exact=99999999999999999999999",
        "created_at__year=99999",
        "published_at__year=10000",
        "as_of__year=0",
        "at__year=9999",
        "scopes__contains=x",
        "details__contains={",
        "state=%00",
        "decided=%00",
        "_to_field=password",
        "_to_field=id",
        "_popup=1",
        "e=1",
    ],
)
def test_no_address_of_a_list_breaks(desk_of_the_module: Client, query: str) -> None:
    answered = {path: desk_of_the_module.get(f"{path}?{query}").status_code for path in LISTS}
    assert {path: status for path, status in answered.items() if status not in {200, 302, 400, 403}} == {}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("start_earliest__year=2025&start_earliest__month=3&start_earliest__day=7", 200),
        ("start_earliest__year=2025&start_earliest__month=2&start_earliest__day=31", 302),
        ("start_earliest__year=9999&start_earliest__month=12", 400),
        ("start_earliest__year=99999", 400),
        ("start_earliest__month=13", 400),
        ("start_earliest__day=%D9%A7", 400),
        ("kind__exact=killing_event&state=draft&q=Tuwaym&o=1&all=", 200),
        ("id__in=1,2", 200),
        ("pk=1&_popup=1&_to_field=id", 200),
        ("nonsense=1", 400),
    ],
)
def test_what_the_filters_the_dates_and_pickers_write_is_answered(desk: Client, query: str, status: int) -> None:
    IncidentFactory()
    assert desk.get(f"{listed('incident')}?{query}").status_code == status


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("merged_at__gte=2025-01-01+00:00:00%2B00:00&merged_at__lt=2125-01-01+00:00:00%2B00:00", 200),
        ("merged_at__gte=0001-01-01+00:00:00%2B05:00", 400),
        ("merged_at__gte=abc", 400),
        ("undone_at__isempty=1", 200),
        ("undone_at__isempty=perhaps", 400),
    ],
)
def test_moments_and_what_is_empty_are_asked_for_as_the_filters_do(desk: Client, query: str, status: int) -> None:
    assert desk.get(f"{listed('merge')}?{query}").status_code == status


def test_the_links_to_the_deliveries_of_a_webhook_lead_there(desk: Client) -> None:
    webhook = WebhookFactory()
    for name, query in (("webhookmessage", "webhook__id__exact"), ("webhookattempt", "message__webhook__id__exact")):
        assert desk.get(f"{listed(name)}?{query}={webhook.pk}").status_code == 200
        assert desk.get(f"{listed(name)}?{query}=x").status_code == 400


def test_people_are_not_found_by_their_password_or_their_address(desk: Client) -> None:
    UserFactory(email="fatima@example.org")
    path = reverse("admin:auth_user_changelist")
    statuses: dict[str, Any] = {
        query: desk.get(f"{path}?{query}").status_code
        for query in ("is_staff__exact=1", "groups__id__exact=1", "email__startswith=f", "password__startswith=p")
    }
    assert list(statuses.values()) == [200, 200, 400, 400]
