"""What people paste and programs send into the forms of the desk is refused in words, and never a server error.

All fields of a page are odd at once in the walk; what a single value does is said of each kind of field below.
"""

from itertools import cycle
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from incidents.models import Claim, Investigation
from tests import factories as f
from tests.admin.forms import filled
from tests.admin.rows import CHILDREN, add_children, come_of_publishing, make_rows

ODD = ("a\0b", "[]", "9" * 5000)
MANAGEMENT = ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS", "-id")
REGISTERED = {model.__name__: page for model, page in admin.site._registry.items()}
FILLED_IN = sorted(
    name for name, page in REGISTERED.items() if page.opts.app_label == "incidents" and not come_of_publishing(name)
)
pytestmark = pytest.mark.django_db


def address(name: str, view: str, *args: Any) -> str:
    page = REGISTERED[name]
    return reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_{view}", args=args)


@pytest.mark.parametrize("name", FILLED_IN)
def test_no_form_of_the_desk_breaks_on_odd_values(desk_of_the_module: Client, name: str) -> None:
    row = make_rows(name, 1)[0]
    if name in CHILDREN:
        add_children(row, 1)
    for path in (address(name, "add"), address(name, "change", row.pk)):
        opened = desk_of_the_module.get(path)
        if opened.status_code == 403:
            continue
        untouched = filled(desk_of_the_module, path)
        fields = [field for field in untouched if not field.endswith(MANAGEMENT)]
        if fields:
            answer = desk_of_the_module.post(path, untouched | dict(zip(fields, cycle(ODD), strict=False)))
            assert answer.status_code in {200, 302, 403}, path


def errors(answer: Any) -> dict[str, Any]:
    """What the form that is shown again says of its fields."""
    assert answer.status_code == 200
    said: dict[str, Any] = answer.context["adminform"].form.errors
    return said


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_a_nul_in_a_text_is_refused_in_every_language(desk: Client, language: str) -> None:
    path = address("Incident", "change", f.IncidentFactory().pk)
    answer = desk.post(path, filled(desk, path) | {f"title__{language}": "Two\0 killed"})
    assert "Null characters are not allowed." in errors(answer)["title"]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("based_on", "hospital\0records", "Null characters"),
        ("based_on_dates", "8 March\0", "is not a date"),
        ("incident", "[]", "Select a valid choice"),
        ("document", "9999-12-31", "Select a valid choice"),
        ("asserted_by", "9" * 5000, "Select a valid choice"),
        ("corroborated_by", ["[]"], "is not a valid value"),
    ],
)
def test_a_claim_says_which_value_is_none(desk: Client, field: str, value: Any, says: str) -> None:
    claim = f.ClaimFactory()
    path = address("Claim", "change", claim.pk)
    answer = desk.post(path, filled(desk, path) | {field: value, "quote": "Kept while it is mended"})
    assert says in str(errors(answer)[field])
    assert "Kept while it is mended" in answer.content.decode()
    assert Claim.objects.get(pk=claim.pk).version == claim.version


def test_a_mistyped_date_in_a_line_of_a_record_is_told_there(desk: Client) -> None:
    incident = f.ClaimFactory().incident
    path = address("Incident", "change", incident.pk)
    seen = filled(desk, path)
    field = next(name for name in seen if name.endswith("-0-based_on_dates"))
    answer = desk.post(path, seen | {field: "8 March"})
    assert answer.status_code == 200
    assert "is not a date" in answer.content.decode()


@pytest.mark.parametrize("facts", ["testimonies: " + "9" * 5000, "testi\0monies: 3"])
def test_a_count_that_no_column_holds_is_refused(desk: Client, facts: str) -> None:
    inquiry = f.InvestigationFactory()
    path = address("Investigation", "change", inquiry.pk)
    assert "facts" in errors(desk.post(path, filled(desk, path) | {"facts": facts}))
    assert Investigation.objects.get(pk=inquiry.pk).facts == inquiry.facts
