"""What a form says of a breached constraint is a sentence in the reader's language, and never the constraint's name."""

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db.models import CheckConstraint
from django.test import Client
from django.urls import reverse
from django.utils import translation

from incidents.admin.base import ReadOnlyAdmin
from incidents.admin.breaches import said
from tests.admin.forms import filled
from tests.factories import ClaimFactory

# No form has the columns of these.
NOT_IN_A_FORM = {
    "admin_area_level_0_to_4", "api_key_digest_is_hex", "area_closure_depth", "area_name_can_be_found",
    "incident_not_merged_into_itself", "submission_reference_whole", "webhook_earlier_secret_ends",
    "webhook_has_secret", "webhook_seq_from_zero", "webhook_stopped_says_why",
}  # fmt: skip


def constraints_of_forms() -> list[str]:
    """Names of the conditions that records of the desk's forms may breach; vocabularies are chosen from a list."""
    return [
        constraint.name
        for model in apps.get_app_config("incidents").get_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, CheckConstraint) and not constraint.name.endswith("_known")
        if model in admin.site._registry and not isinstance(admin.site._registry[model], ReadOnlyAdmin)
    ]


@pytest.mark.parametrize("name", constraints_of_forms())
def test_every_constraint_has_its_sentence(name: str) -> None:
    assert bool(said(name)) != (name in NOT_IN_A_FORM)


@pytest.mark.django_db
@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
def test_a_form_says_what_is_wrong(desk: Client, language: str) -> None:
    incident = ClaimFactory(value=30).incident
    page = reverse("admin:incidents_incident_change", args=[incident.pk])
    given = filled(desk, page) | {
        "start_earliest": "2025-03-07",
        "end_latest": "2025-03-01",
        "latitude": "35.1",
        "claims-0-covers_from": "2025-03-07",
        "claims-0-covers_to": "2025-03-01",
    }
    text = desk.post(page, given, headers={"Accept-Language": language}).content.decode()
    with translation.override(language):
        sentences = [said(name) for name in ("incident_ends_after_it_starts", "incident_point_whole_and_on_earth",
                                             "claim_covers_ordered")]  # fmt: skip
    assert len(set(sentences)) == 3
    for sentence in sentences:
        assert text.count(sentence) == 1
    assert "incident_" not in text.partition('class="errornote"')[2].partition("<fieldset")[0]
