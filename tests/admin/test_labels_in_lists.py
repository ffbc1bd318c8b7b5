"""Codes are told by their labels in the lists that are only read, too: of the audit chain and of what is published."""

import re

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from incidents import models as tables
from incidents.admin import terms
from incidents.choices import AuditAction
from incidents.models import AuditEntry, PublicIncident, Webhook
from incidents.rules.trail import auditing
from tests.admin.rows import publish_some
from tests.admin.test_languages import arabic_labels

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ARABIC = {"Accept-Language": "ar"}


def texts(client: Client, page: str, **asked: str) -> set[str]:
    """What stands in the page, each by itself."""
    found = re.findall(r">\s*([^<>]+?)\s*<", client.get(page, asked, headers=ARABIC).content.decode())
    return set(found)


def test_what_an_audit_entry_is_about_is_called_as_its_table(desk: Client) -> None:
    kinds = ("user", "webhook", "submission", "audit_entry", "perpetrator", "of_old")
    with transaction.atomic():
        for kind in kinds:
            auditing.record(action=AuditAction.CHANGE, obj=(kind, "1"), after={"a": 1})
    assert texts(desk, reverse("admin:incidents_auditentry_changelist")) & {*kinds} == {"of_old"}
    entry = AuditEntry.objects.get(kind="webhook")
    with translation.override("ar"):
        name = str(Webhook._meta.verbose_name)
    shown = texts(desk, reverse("admin:incidents_auditentry_change", args=[entry.pk]))
    assert name in shown
    assert "webhook" not in shown


def test_the_lists_and_pages_of_what_is_published_and_their_filters_speak_in_labels(desk: Client) -> None:
    arabic_labels()
    publish_some(1)
    kinds = set(PublicIncident.objects.values_list("kind", flat=True))
    codes = {code for cls in terms.VOCABULARIES.values() for code in cls.values if "_" in code} | kinds
    for name in (
        "publicincident",
        "publicclaim",
        "publicincidentactor",
        "tally",
        "publicsource",
        "publicinvestigation",
    ):
        page = reverse(f"admin:incidents_{name}_changelist")
        assert texts(desk, page) & codes == set(), name
        assert texts(desk, page, _facets="True") & codes == set(), name
        row = getattr(tables, desk.get(page).context["cl"].model.__name__).objects.first()
        assert texts(desk, reverse(f"admin:incidents_{name}_change", args=[row.pk])) & codes == set(), name
